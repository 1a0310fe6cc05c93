"""The JSON Schemas: current, true of what is shipped, and false of what is wrong."""

import json
import runpy
import tomllib
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest

from pbx.ivr.nodes import KINDS
from pbx.plan.comments import field_comments
from pbx.plan.editor import write_schemas

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT, *sorted(path.parent for path in (ROOT / "pbx/templates").glob("*/dialplan.toml"))]
SHIPPED = [
    path
    for folder in FOLDERS
    for path in (
        folder / "dialplan.toml",
        *sorted((folder / "ivr_flows").glob("*.toml")),
        *sorted((folder / "ivr_flows/bots").glob("*.toml")),
    )
]


def kind_of(path: Path) -> str:
    if path.name == "dialplan.toml":
        return "dialplan"
    if path.name.endswith(".test.toml"):
        return "test"
    return "bot" if path.parent.name == "bots" else "flow"


def schema(kind: str) -> Any:
    return json.loads((files("pbx.plan") / "schema" / f"{kind}.json").read_text())


def plain(value: Any) -> Any:
    """As an editor hands a TOML value to a schema: dates and times are texts."""
    match value:
        case dict():
            return {key: plain(inner) for key, inner in cast("dict[str, Any]", value).items()}
        case list():
            return [plain(inner) for inner in cast("list[Any]", value)]
        case date() | datetime() | time():
            return value.isoformat()
        case _:
            return value


def objections(kind: str, text: str) -> list[str]:
    checker = cast("Any", jsonschema.Draft202012Validator(schema(kind)))
    return [error.message for error in checker.iter_errors(plain(tomllib.loads(text)))]


def test_the_schemas_are_what_the_classes_and_the_pages_say():
    pages = runpy.run_path(str(ROOT / "docs/make_schemas.py"))["pages"]()
    shipped = {file.name: file.read_text() for file in sorted((ROOT / "pbx/plan/schema").glob("*.json"))}
    assert shipped == pages, "write them again with `make docs`"


@pytest.mark.parametrize("kind", ["dialplan", "flow", "bot", "test"])
def test_a_schema_is_in_order_itself(kind: str):
    jsonschema.Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_shipped_file_validates(path: Path):
    assert objections(kind_of(path), path.read_text()) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_shipped_file_names_its_schema_in_the_first_line(path: Path, tmp_path: Path):
    first, _ = path.read_text().split("\n", 1)
    assert first.startswith("#:schema ")
    folder = next(folder for folder in reversed(FOLDERS) if path.is_relative_to(folder))
    copy = tmp_path / path.relative_to(folder)
    assert write_schemas(tmp_path)
    assert (copy.parent / first.removeprefix("#:schema ")).resolve() == (
        tmp_path / f"ivr_flows/schema/{kind_of(path)}.json"
    )


def test_the_schemas_that_our_own_files_name_are_those_that_are_shipped():
    for kind in ("dialplan", "flow", "bot", "test"):
        assert (ROOT / f"ivr_flows/schema/{kind}.json").samefile(ROOT / f"pbx/plan/schema/{kind}.json")


# What is wrong

DIALPLAN = (ROOT / "dialplan.toml").read_text()
FLOW = (ROOT / "ivr_flows/main.toml").read_text()


@pytest.mark.parametrize(
    ("kind", "text", "old", "new"),
    [
        ("dialplan", DIALPLAN, 'hold_music = "waiting"', ""),
        ("dialplan", DIALPLAN, "hold_music =", "hold_musik ="),
        ("dialplan", DIALPLAN, "ring_time = 15", 'ring_time = "15"'),
        ("dialplan", DIALPLAN, "ring_time = 15", "ring_time = 1"),
        ("dialplan", DIALPLAN, "public = true", 'public = "yes"'),
        ("dialplan", DIALPLAN, 'do = "flow", flow = "main"', 'do = "flow", queue = "main"'),
        ("dialplan", DIALPLAN, 'do = "flow", flow = "main"', 'do = "flows", flow = "main"'),
        ("dialplan", DIALPLAN, 'do = "flow", flow = "main"', 'flow = "main"'),
        ("dialplan", DIALPLAN, '"08:00-18:00"', '"8-18"'),
        ("dialplan", DIALPLAN, "mon-thu", "monday-thu"),
        ("dialplan", DIALPLAN, 'rtp_ports = "10000-19999"', "rtp_ports = 10000"),
        ("dialplan", DIALPLAN, 'languages = ["en", "lv"]', "languages = []"),
        ("dialplan", DIALPLAN, "[calendars.office]", '[calendars."the office"]'),
        ("dialplan", DIALPLAN, 'action = "sign_in"', 'action = "sign in"'),
        ("flow", FLOW, 'start = "language"', ""),
        ("flow", FLOW, 'do = "say"', 'do = "speak"'),
        ("flow", FLOW, 'do = "say"', ""),
        ("flow", FLOW, "attempts = 1", "attempts = 0"),
        ("flow", FLOW, "attempts = 1", "attempts = 1.5"),
        ("flow", FLOW, "patience = 4", "patient = 4"),
        ("flow", FLOW, 'next = "hours"', 'next = "the hours"'),
        ("flow", FLOW, 'otherwise = "english"', ""),
        ("flow", FLOW, '2 = "latvian"', 'two = "latvian"'),
        ("flow", FLOW, 'invalid = "invalid"', "invalid = 3"),
        ("flow", FLOW, 'prompt = ["welcome", "choose-english", "choose-latvian"]', "prompt = []"),
        ("flow", FLOW, "[nodes.hours]", '[nodes."the hours"]'),
        ("flow", FLOW, 'variable = "extension"', 'variable = "Extension"'),
        ("test", '[[tests]]\nname = "a"\ndoes = [{ presses = "1" }]\n', "presses", "press"),
        ("test", '[[tests]]\nname = "a"\ndoes = [{ presses = "1" }]\n', '"1"', '"one"'),
        ("test", '[[tests]]\nname = "a"\nexpect = { wait = [0, 5] }\n', "[0, 5]", "[0]"),
        ("test", '[[tests]]\nname = "a"\nlookups = { x = "late" }\n', "late", "later"),
    ],
)  # fmt: skip
def test_a_typical_fault_does_not_validate(kind: str, text: str, old: str, new: str):
    assert objections(kind, text) == []
    assert text.count(old) >= 1
    assert objections(kind, text.replace(old, new, 1)) != []


def test_what_may_be_written_shortly_validates_both_ways():
    for prompt in (
        '"welcome"',
        '["welcome", "{caller}"]',
        '{ en = "Hello." }',
        '[{ en = "Hello." }, "welcome"]',
    ):
        assert objections("flow", f'start = "a"\n[nodes.a]\ndo = "hangup"\nprompt = {prompt}\n') == []
    long = "Welcome to the clinic. " * 5
    assert objections("flow", f'start = "a"\n[nodes.a]\ndo = "hangup"\nprompt = "{long}"\n') == []
    for listener in ('"udp:127.0.0.1:5060"', '{ listen = "udp:127.0.0.1:5060", advertise = "192.0.2.1" }'):
        assert objections("dialplan", DIALPLAN.replace('"udp:127.0.0.1:5060"', listener)) == []


# What editors show


def test_every_kind_of_node_is_there_with_what_it_does():
    nodes = [each for each in schema("flow")["$defs"].values() if "do" in each.get("properties", {})]
    assert {each["properties"]["do"]["const"] for each in nodes} == set(KINDS)
    assert all(each["description"] and each["required"][0] == "do" for each in nodes)
    refs = schema("flow")["properties"]["nodes"]["additionalProperties"]["oneOf"]
    assert len(refs) == len(KINDS)


def test_keys_are_described_in_the_words_of_the_manual_or_of_the_code():
    collect = schema("flow")["$defs"]["Collect"]["properties"]
    assert collect["min_digits"]["default"] == 1
    assert collect["variable"]["description"] == "Where the keys are kept"
    queue = schema("dialplan")["$defs"]["QueueSection"]["properties"]
    assert queue["hold_music"]["description"] == "Played to a caller whom the agent puts on hold"
    assert queue["ring_time"]["default"] == 15
    comments = field_comments(KINDS["menu"])
    assert comments["patience"] == "of silence after the prompt"
    assert "do" not in comments


def test_nobody_is_offered_null():
    for kind in ("dialplan", "flow", "bot", "test"):
        assert '"null"' not in json.dumps(schema(kind))
