"""The commands on real files: with records and without, beside an exchange and without one."""

import asyncio
import json
import time
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from pbx.app import Options
from pbx.config.load import load_configuration
from pbx.config.models import ConfigErrors
from pbx.plan.versions import Versions
from pbx.records.facts import (
    ConfigChanged,
    ContactCreated,
    ContactEnded,
    ContactIdentified,
    Fact,
    FlowEntered,
    NodeEntered,
)
from pbx.records.sqlite_journal import sqlite_journal
from tests.admin.test_control import door
from tests.calls.premises import AGENTS, premises, route

FLOW = 'start = "hi"\n[nodes.hi]\ndo = "say"\nprompt = "welcome"\nnext = "bye"\n[nodes.bye]\ndo = "hangup"\n'
MENU = route("100", 'do = "flow", flow = "main"', name="menu")
ECHO = route("600", 'do = "echo"', name="echo")
NOW = int(time.time() * 1000)
HOUR = 3_600_000
SHIPPED = Path("dialplan.toml").resolve()


def commanded(*arguments: str, status: int = 0) -> str:
    done: Result = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == status, (done.output, done.exception)
    return done.output


def call(name: str, number: str, *nodes: str, ago: int = HOUR) -> list[Fact]:
    at = NOW - ago
    return [
        ContactCreated(at=at, contact=name, dnis=number, entry=""),
        ContactIdentified(at=at, contact=name, number="+37120000001"),
        *(FlowEntered(at=at, contact=name, flow="main", version="") for _ in nodes[:1]),
        *(NodeEntered(at=at, contact=name, flow="main", node=node) for node in nodes),
        ContactEnded(at=at + 1000, contact=name, by="customer", reason="hung_up", sip_code=200),
    ]


class Place:
    """A folder with a dialplan, and the data of an exchange that ran there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.config = premises(folder, MENU, ECHO, flows={"main": FLOW})
        self.where = ("--config", str(self.config), "--data", str(self.data))

    def rewrite(self, *routes: str, flow: str = FLOW) -> None:
        premises(self.folder, *routes, flows={"main": flow})

    def in_force(self, *, at: int = NOW - 2 * HOUR, keep: bool = True, reverted: bool = False) -> str:
        """As the files are now."""
        configuration = load_configuration(self.config)
        self.data.mkdir(exist_ok=True)
        if keep:
            Versions(self.data).keep(configuration)
        self.file(ConfigChanged(at=at, version=configuration.version, by="command", reverted=reverted))
        return configuration.version

    def file(self, *facts: Fact) -> None:
        async def append() -> None:
            async with sqlite_journal(self.data / "records.db") as journal:
                for fact in facts:
                    journal.append(fact)

        asyncio.run(append())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# plan


def test_before_anything_was_in_force_plan_says_so(place: Place):
    version = load_configuration(place.config).version
    said = commanded("plan", *place.where)
    assert said == f"no configuration was in force here yet ({place.data}); the one on disk is {version}\n"


def test_when_nothing_was_changed_plan_says_so(place: Place):
    version = place.in_force()
    assert commanded("plan", *place.where).splitlines() == [
        f"in force: {version} (when the exchange last ran)",
        f"on disk:  {version}",
        "nothing would change",
    ]


def test_plan_tells_the_changes_and_the_calls_that_would_have_gone_elsewhere(place: Place):
    place.in_force()
    place.file(
        *call("c1", "100", "hi"),
        *call("c2", "100", "hi", "bye"),
        *call("c3", "600", ago=3 * HOUR),
        *call("c4", "600", ago=2 * HOUR),
        *call("old", "600", "hi", ago=8 * 24 * HOUR),
    )
    place.rewrite(MENU, flow=FLOW.replace('"welcome"', '"goodbye"'))
    said = commanded("plan", *place.where).splitlines()
    assert said[3:5] == [
        'route "echo" (600) removed',
        'flow main: node hi: prompt: "welcome" -> "goodbye"',
    ]
    assert said[6] == "of 4 calls of the last 7 days, 2 would have gone elsewhere"
    at = datetime.fromtimestamp((NOW - 2 * HOUR) / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
    assert said[8].split(maxsplit=1)[0] == "2"
    assert "echo" in said[8]
    assert "404 Not Found" in said[8]
    assert f"600 {at} c4, 600 " in said[8]
    assert said[10] == "of these calls, so many came to nodes that change or go"
    assert said[12].split() == ["2", "main", "hi", "changed"]
    longer = commanded("plan", *place.where, "--days", "9")
    assert "of 5 calls of the last 9 days, 3 would have gone elsewhere" in longer


def test_plan_changes_nothing(place: Place):
    place.in_force()
    place.rewrite(MENU)
    before = sorted((path, path.stat().st_mtime_ns) for path in place.data.rglob("*") if path.is_file())
    commanded("plan", *place.where)
    after = sorted((path, path.stat().st_mtime_ns) for path in place.data.rglob("*") if path.is_file())
    assert [path for path, _ in after if path.suffix == ".toml"] == [
        path for path, _ in before if path.suffix == ".toml"
    ]
    assert len(Versions(place.data).kept()) == 1


def test_plan_of_files_with_errors_says_the_errors(place: Place):
    place.in_force()
    place.rewrite(MENU, flow=FLOW.replace('next = "bye"', 'next = "by"'))
    assert "unknown node 'by'" in commanded("plan", *place.where, status=2)


def test_plan_says_when_a_reload_would_be_refused_for_want_of_audio(place: Place):
    place.in_force()
    place.rewrite(MENU, ECHO, flow=FLOW.replace('"welcome"', '"Nobody has said this yet."'))
    said = commanded("plan", *place.where, status=2)
    assert 'flow main: node hi: prompt: "welcome" -> "Nobody has said this yet."' in said
    assert said.index("a reload would be refused:") > said.index("would have gone elsewhere")
    assert "centrala prompts build" in said


def test_what_was_not_kept_cannot_be_compared(place: Place):
    version = place.in_force(keep=False)
    place.rewrite(MENU)
    said = commanded("plan", *place.where, status=2)
    assert f"cannot compare: no version '{version}' is kept" in said


def test_comments_are_no_change_and_plan_says_that_too(place: Place):
    place.in_force()
    place.rewrite(MENU, ECHO, flow=f"# new\n{FLOW}")
    assert "only comments and layout differ" in commanded("plan", *place.where)


def test_beside_an_exchange_plan_compares_with_what_it_has_in_force(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            version = desk.exchange.configuration.version
            shipped = await asyncio.to_thread(commanded, "plan", "--data", str(tmp_path))
            assert shipped.splitlines() == [
                f"in force: {version} (now)",
                f"on disk:  {version}",
                "nothing would change",
            ]
            folder = tmp_path / "other"
            folder.mkdir()
            Versions(tmp_path).keep(desk.exchange.configuration)
            other = premises(folder)
            where = ("--config", str(other), "--data", str(tmp_path))
            elsewhere = await asyncio.to_thread(commanded, "plan", *where)
            note = f"note: the exchange reads {SHIPPED} at a reload, not {other}"
            assert note in elsewhere.splitlines()
            assert "queue sales removed" in elsewhere

    asyncio.run(story())


# versions, and back


def test_versions_lists_what_was_in_force_and_what_each_changed(place: Place):
    one = place.in_force(at=NOW - 3 * HOUR)
    place.rewrite(MENU)
    two = place.in_force(at=NOW - 2 * HOUR, keep=False)
    place.rewrite(MENU, ECHO)
    place.in_force(at=NOW - HOUR, reverted=True)
    place.rewrite(MENU, ECHO, flow=FLOW.replace("welcome", "goodbye"))
    four = place.in_force(at=NOW)
    rows = json.loads(commanded("versions", "--data", str(place.data), "--json"))
    assert [(row["version"], row["by"], row["kept"], row["changed"]) for row in rows] == [
        (four, "reload", "yes", 'flow main: node hi: prompt: "welcome" -> "goodbye"'),
        (one, "reload --to", "yes", ""),
        (two, "reload", "no", ""),
        (one, "reload", "yes", ""),
    ]
    assert commanded("versions", "--data", str(place.data)).splitlines()[1].startswith(four)
    assert json.loads(commanded("versions", "--data", str(place.folder / "nowhere"), "--json")) == []


def test_a_reload_to_a_version_asks_the_exchange_for_it(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            back = await asyncio.to_thread(
                commanded, "reload", "--data", str(tmp_path), "--to", "abcdef012345"
            )
            assert back.splitlines() == [
                "configuration abcdef012345 is in force",
                "the files on disk stay as they are; the next reload or restart puts them in force",
            ]
            assert await asyncio.to_thread(commanded, "reload", "--data", str(tmp_path)) == (
                "configuration 0123456789ab is in force\n"
            )
            desk.wrong = ValueError("no version 'x' is kept")
            refused = await asyncio.to_thread(
                commanded, "reload", "--data", str(tmp_path), "--to", "x", status=2
            )
            assert "no version 'x' is kept" in refused

    asyncio.run(story())


def test_what_was_kept_can_be_in_force_again_with_the_command_lines_own_words(place: Place):
    options = Options(place.config, place.data, rtp_ports=(40000, 40099))
    old = options.configuration()
    options.keep(old)
    place.rewrite(MENU)
    new = options.configuration()
    options.keep(new)
    again = options.configuration(old.version)
    assert (again.version, again.rules, again.rtp_ports) == (old.version, old.rules, (40000, 40099))
    assert new.version != old.version
    with pytest.raises(ValueError, match="is kept"):
        options.configuration("000000000000")
    (place.folder / "ivr_flows/music").unlink()
    with pytest.raises(ConfigErrors, match="waiting"):
        options.configuration(old.version)


def test_a_disk_that_refuses_keeps_no_call_from_being_served(place: Place, caplog: pytest.LogCaptureFixture):
    place.data.mkdir()
    (place.data / "versions").write_text("in the way")
    options = Options(place.config, place.data)
    options.keep(options.configuration())
    assert "is not kept" in caplog.text


# walk, graph, schemas


def test_a_flow_that_takes_parameters_is_walked_with_them(place: Place):
    taking = FLOW.replace('prompt = "welcome"', 'prompt = ["welcome", "{pin}"]').replace(
        'start = "hi"', 'start = "hi"\nparameters = ["pin"]'
    )
    place.rewrite(ECHO, flow=taking)
    for keys in (("--keys", ""), ()):
        said = commanded("walk", "main", "--config", str(place.config), "--value", "pin=42", *keys)
        assert said.index("digit-4") < said.index("digit-2")


def test_graph_draws_a_flow_with_its_recorded_calls(place: Place):
    place.in_force()
    assert commanded("graph", "main", *place.where).splitlines()[0] == "flow main: no recorded calls"
    place.file(*call("c1", "100", "hi"), *call("c2", "100", "hi", "bye"))
    said = commanded("graph", "main", *place.where).splitlines()
    assert said[0] == "flow main: 2 calls in the last 7 days"
    assert said[2].split("  ")[0] == "hi"
    assert said[2].endswith("2 calls, 50% hung up")
    picture = place.folder / "main.svg"
    assert commanded("graph", "main", *place.where, "--svg", str(picture)) == f"wrote {picture}\n"
    assert "2 calls, 50% hung up" in picture.read_text()
    assert "no flow 'other'" in commanded("graph", "other", *place.where, status=2)


def test_schemas_are_written_where_the_first_lines_look_for_them(place: Place):
    said = commanded("schemas", "--config", str(place.config)).splitlines()
    written = [place.folder / f"ivr_flows/schema/{kind}.json" for kind in ("bot", "dialplan", "flow", "test")]
    assert said == [str(path) for path in written]
    assert json.loads(written[2].read_text())["properties"]["start"]


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (("walk", "nowhere"), "flow 'nowhere'"),
        (("walk", "main", "--keys", "1", "--language", "xx"), "language 'xx'"),
        (("walk", "main", "--keys", "1", "--closed", "never"), "calendar 'never'"),
        (("walk", "main", "--keys", "1", "--value", "x=1"), "parameter of main 'x'"),
        (("graph", "main", "--language", "xx"), "language 'xx'"),
        (("route", "--to", "100", "--account", "9999"), "account '9999'"),
        (("route", "--to", "100", "--trunk", "nobody"), "trunk 'nobody'"),
    ],
)
def test_a_name_that_is_not_there_is_said_and_not_passed_over(
    command: tuple[str, ...], what: str, place: Place
):
    said = commanded(*command, "--config", str(place.config), status=2)
    assert f"there is no {what}; there are: " in said


def test_what_cannot_be_written_is_said_in_a_sentence(place: Place):
    config, nowhere = ("--config", str(place.config)), place.folder / "dialplan.toml" / "in-a-file"
    assert "cannot be written" in commanded("graph", "main", "--svg", str(nowhere), *config, status=2)
    assert "cannot be written" in commanded("new", "shop", str(nowhere), status=2)
    assert "there is no" in commanded("schemas", "--config", str(nowhere), status=2)


def test_a_route_is_asked_for_by_the_clock_of_the_calendars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    calendar = '[calendars.office]\nzone = "Asia/Tokyo"\nhours = { mon-sun = "09:00-12:00" }\n'
    open_now = '[[routes]]\nnumber = "110"\npublic = true\nwhen = "office"\nthen = { do = "echo" }\n'
    config = premises(tmp_path, open_now, agents=AGENTS + calendar)
    for zone in ("America/New_York", "UTC"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        at = ("--to", "110", "--config", str(config), "--at")
        assert "Echo" in commanded("route", *at, "2026-03-02 10:00")
        assert "404" in commanded("route", *at, "2026-03-02 13:00")
    monkeypatch.undo()
    time.tzset()
