import tomllib
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from pbx.config.calendar_section import CalendarSection
from pbx.ivr.flow import Flow, parse_flow
from pbx.ivr.model import Context
from pbx.ivr.walk import Figures, Town, Walker
from pbx.plan.session import HELP, ClosedNow, Session, World

FLOW = """start = "menu"
parameters = []
[nodes.menu]
do = "menu"
prompt = "main-menu"
keys = { 1 = "hours", 2 = "pin", 3 = "look", 4 = "state", 5 = "say" }
otherwise = "bye"
attempts = 2
patience = 5
[nodes.hours]
do = "hours"
calendar = "office"
open = "support"
closed = "closed"
[nodes.support]
do = "queue"
queue = "support"
no_agents = "closed"
otherwise = "bye"
[nodes.pin]
do = "collect"
prompt = "enter-pin"
variable = "pin"
secure = true
max_digits = 2
next = "closed"
otherwise = "bye"
[nodes.look]
do = "lookup"
sqlite = { file = "x.db", sql = "select 1" }
fills = { balance = "balance" }
next = "closed"
otherwise = "bye"
[nodes.state]
do = "queue_state"
queue = "support"
of = "waiting"
at_least = 2
then = "bye"
otherwise = "support"
[nodes.say]
do = "say"
prompt = "wait"
interruptible = false
next = "menu"
[nodes.closed]
do = "menu"
prompt = "closed-now"
keys = { 1 = "menu" }
otherwise = "bye"
patience = 4
attempts = 1
[nodes.bye]
do = "hangup"
prompt = "goodbye"
"""
MONDAY = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001 - by the calendar's own clock


def session(text: str = FLOW, at: datetime = MONDAY) -> Session:
    flows: dict[str, Flow] = {"main": parse_flow("main", tomllib.loads(text))}
    office = CalendarSection.model_validate({"zone": "Europe/Riga", "hours": {"mon-fri": "08:00-18:00"}})
    world, queues = World({"office": office.calendar()}, at), dict[str, Figures]()
    town = Town(closed=ClosedNow(world), queues=queues)
    context = Context(caller="77", dialled="100", language="en", first_language="en")
    return Session(lambda: Walker(flows, "main", context, town=town), world, queues, at)


def heard(*commands: str, at: datetime = MONDAY) -> list[str]:
    """What the last of these commands leads to."""
    walk = session(at=at)
    walk.lines()
    lines: list[str] = []
    for command in commands:
        lines = walk.obey(command)
    return lines


def test_it_begins_with_what_the_caller_hears_and_waits_for_a_key():
    walk = session()
    assert walk.lines() == ["[menu]", "  hears en/main-menu"]
    assert (walk.question, walk.over) == ("menu", False)


def test_keys_in_a_row_do_not_wait_for_prompts():
    walk = session()
    walk.lines()
    assert walk.obey("2 71") == [
        "  presses 2",
        "  answer: ok",
        "[pin]",
        "  hears en/enter-pin",
        "  presses ***",
        "  presses ***",
        "  answer: ok",
        "[closed]",
        "  hears en/closed-now",
    ]
    assert "  pin = '***'" in walk.obey("where")


def test_keys_that_nobody_hears_any_more_are_told():
    assert heard("11")[-1] == "  nobody hears 1"


def test_nothing_is_silence_until_the_question_gives_up():
    assert heard("")[0] == "  says nothing"
    walk = session()
    walk.obey("")
    assert walk.obey("")[-1] == "ends: hangs up"
    assert walk.over


def test_waiting_lets_patience_run_out_when_it_is_over_and_not_before():
    assert heard("wait 4.9") == ["  the clock says 2026-03-02 10:00:04"]
    assert heard("wait 4.9", "wait 0.2")[0] == "  says nothing"
    assert heard("wait 60")[-2:] == ["ends: hangs up", "  the clock says 2026-03-02 10:01:00"]
    assert heard("wait 4.9", "1")[0] == "  presses 1"
    assert heard("wait 5")[0] == "  says nothing"


@pytest.mark.parametrize(
    ("word", "outcome", "node"),
    [
        ("no agents", "no_agents", "[closed]"),
        ("no_agents", "no_agents", "[closed]"),
        ("full", "queue_full", "[bye]"),
        ("waited enough", "waited_enough", "[bye]"),
        ("fails", "failed", "[bye]"),
    ],
)
def test_how_a_queue_ends_is_said_in_words(word: str, outcome: str, node: str):
    assert heard("1", word)[:2] == [f"  -> {outcome}", node]


def test_a_conversation_ends_the_flow():
    walk = session()
    walk.obey("1")
    assert walk.question == "joins queue support: how does it end?"
    assert walk.obey("answers") == ["  -> completed", "ends: queue"]
    assert walk.over


def test_a_lookup_is_answered_with_values():
    walk = session()
    walk.obey("3")
    assert walk.obey("balance=12.50 name='A B'")[1] == "[closed]"
    assert "  balance = '12.50'" in walk.obey("where")


def test_the_clock_in_ones_hand_opens_and_closes_calendars():
    assert "[support]" in heard("1")
    assert "[closed]" in heard("at 18:30", "1")
    assert "[support]" in heard("at 2026-03-01 12:00", "at 2026-03-02 08:00", "1")
    assert heard("at 18:30") == ["  the clock says 2026-03-02 18:30"]
    assert heard("1", "wait 600", "at 11:00") == ["  the clock says 2026-03-02 11:00"]
    assert "[support]" in heard("at 17:59", "wait 4", "1")
    seconds_later = datetime(2026, 3, 2, 17, 59, 58)  # noqa: DTZ001
    assert "[closed]" in heard("wait 3", "1", at=seconds_later)


def test_a_calendars_time_is_its_own_zones():
    assert "[support]" in heard("at 08:00", "1")
    assert "[closed]" in heard("at 07:59", "1")


def test_the_state_of_a_queue_is_what_one_says():
    assert "[support]" in heard("4")
    assert "[bye]" in heard("queue support waiting=2", "4")
    assert "[support]" in heard("queue support waiting=2", "queue support waiting=1 agents=3", "4")


def test_back_undoes_the_last_command_and_all_it_did():
    walk = session()
    for command in ("at 18:30", "queue support waiting=5", "1", "1"):
        walk.obey(command)
    assert walk.question == "menu"
    assert walk.obey("back") == ["back at [closed]"]
    walk.obey("back")
    walk.obey("back")
    assert "[support]" in walk.obey("4")
    walk.obey("again")
    assert "[support]" in walk.obey("1")
    with pytest.raises(ValueError, match="nothing was done yet"):
        session().obey("back")


def test_a_call_that_is_over_can_be_had_back():
    walk = session()
    walk.lines()
    assert walk.obey("hang up") == ["  hangs up"]
    assert walk.over
    with pytest.raises(ValueError, match="back, again or quit"):
        walk.obey("1")
    walk.obey("back")
    assert not walk.over
    assert "[support]" in walk.obey("1")


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        (["busy"], "nothing is done elsewhere now"),
        (["x=1"], "nothing is done elsewhere now"),
        (["1", "5"], "say how it ends"),
        (["dance"], "`help` lists what can be done"),
        (["wait"], "expected seconds"),
        (["wait five"], "expected seconds"),
        (["wait nan"], "longer than nothing"),
        (["wait -1"], "longer than nothing"),
        (["wait 1e9"], "shorter than a day"),
        (["at noon"], "expected a time"),
        (["at 25:00"], "expected a time"),
        (["queue support"], "expected e.g."),
        (["queue support mood=5"], "expected e.g."),
        (["1", "name='x"], "no closing quotation"),
        (["1", "a=1 b"], "expected name=value"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(commands: list[str], complaint: str):
    walk = session()
    walk.lines()
    for command in commands[:-1]:
        walk.obey(command)
    before = (walk.question, walk.obey("where"))
    with pytest.raises(ValueError, match=complaint):
        walk.obey(commands[-1])
    assert (walk.question, walk.obey("where")) == before
    assert walk.lines() == []


def test_help_names_every_command():
    assert "\n".join(session().obey("help")) == HELP


# By a pipe


def piped(tmp_path: Path, text: str, *options: str) -> str:
    done = CliRunner().invoke(main, ["walk", "main", *options], input=text)
    assert done.exit_code == 0, done.output
    return done.output


def test_commands_may_come_by_a_pipe_and_are_seen_in_the_transcript(tmp_path: Path):
    said = piped(tmp_path, "1\nnonsense\n0\nbusy\n", "--at", "2026-03-02 12:00")
    assert "  hears en/welcome: Welcome to the Centrala clinic.\n" in said
    assert "language> 1\n  presses 1\n" in said
    assert "`help` lists what can be done\n" in said
    assert "menu> 0\n" in said
    assert "dials 1001: how does it end?> busy\n  -> busy\n[support]\n" in said


def test_the_hour_and_the_language_may_be_given_at_the_start(tmp_path: Path):
    at_night = piped(tmp_path, "1\nquit\n1\n", "--at", "2026-03-02 23:00", "--language", "lv")
    assert "hears lv/welcome" in at_night
    assert "hears en/closed-now" in at_night
    assert "queue" not in at_night
    by_hand = piped(tmp_path, "1\n", "--at", "2026-03-02 12:00", "--closed", "office")
    assert "hears en/closed-now" in by_hand


def test_with_keys_it_is_played_in_one_go():
    played = CliRunner().invoke(main, ["walk", "main", "--keys", "11", "--at", "2026-03-02 12:00"])
    assert played.exit_code == 0
    assert "closed-now" not in played.output
    assert "joins queue support" in played.output
    unknown = CliRunner().invoke(main, ["walk", "nowhere"])
    assert unknown.exit_code == 2
    assert "there is no flow 'nowhere'; there are: " in unknown.output
