"""docs/checking.md explains every code, and nothing else."""

import re
import tomllib
from pathlib import Path

import pytest

from pbx.ivr.proof.finding import CODES

PAGE = (Path(__file__).parents[2] / "docs/checking.md").read_text()
SECTIONS = dict(re.findall(r"^### `([a-z-]+)`\n\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE))


def test_every_code_is_explained_once_and_no_other() -> None:
    assert sorted(re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)) == sorted(CODES)


@pytest.mark.parametrize(("code", "severity"), CODES.items())
def test_a_code_has_its_severity_a_sentence_an_example_and_a_fix(code: str, severity: str) -> None:
    told, example, fix = re.fullmatch(
        r"(.+?)\n\n```toml\n(.+?)```\n\nFix: (.+?)\n+", SECTIONS[code], re.DOTALL
    ).groups()  # pyright: ignore[reportOptionalMemberAccess] - the test fails all the same
    assert told.startswith(f"{severity.capitalize()}. ")
    assert told.endswith(".")
    assert fix.endswith(".")
    if code != "not-toml":
        assert tomllib.loads(re.sub(r"^then = .*$", "", example, flags=re.MULTILINE)) is not None
