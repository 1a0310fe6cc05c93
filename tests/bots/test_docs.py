"""The page about bots says what there is."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from pbx.bots.bot import BargeIn, Bridge, Chat, Escape, Intent, Patience, Script, Slot
from pbx.bots.model import Reason
from pbx.bots.script import parse_bot
from pbx.bots.values import Kind

PAGE = (Path(__file__).parents[2] / "docs" / "bots.md").read_text()
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(
    "table", [Script, Escape, Intent, Slot, Patience, BargeIn, Chat, Bridge], ids=lambda t: t.__name__
)
def test_every_key_is_explained(table: type):
    named = {word for cell in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"\w+", cell)}
    written = {word for block in BLOCKS for word in re.findall(r"^\[?(\w+)", block, re.MULTILINE)}
    assert {key.name for key in fields(table)} <= named | written


def test_every_type_of_slot_and_every_reason_is_explained():
    for word in (*get_args(Kind), *get_args(Reason)):
        assert f"`{word}`" in PAGE, word


def test_the_examples_load():
    example, *minds = BLOCKS
    document = tomllib.loads(example)
    assert parse_bot("example", document).languages == ("en", "lv", "ru")
    for mind in minds:
        assert parse_bot("example", document | tomllib.loads(mind)).mind in mind
