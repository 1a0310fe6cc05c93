from collections.abc import Mapping

import pytest

from pbx.ivr.flow import Flow
from pbx.ivr.model import Finish
from pbx.ivr.walk import Town, Transcript, Walker
from pbx.ivr.walk import walk as walk_flows
from pbx.steps import Hangup, Outcome
from tests.ivr.examples import CALLER, DIAL, MENU, Flows, all_of, flow, flows

TEXTS = {"en/welcome": "Welcome.", "en/main-menu": "For support press one."}


def walk(
    to_walk: Flow | Flows, keys: str, texts: Mapping[str, str] | None = None, town: Town | None = None
) -> Transcript:
    known = all_of(to_walk)
    return walk_flows(known, next(iter(known)), CALLER, keys, texts, town)


def test_a_walk_tells_what_is_heard_pressed_and_done():
    walked = walk(MENU, "1", TEXTS)
    assert walked.lines == (
        "[welcome]",
        "  hears en/welcome: Welcome.",
        "[menu]",
        "  hears en/main-menu: For support press one.",
        "  presses 1",
        "  answer: ok",
        "[support]",
        "  joins queue support with priority 2",
        "  -> completed",
        "ends: queue",
    )
    assert walked.nodes == ("welcome", "menu", "support")
    assert walked.finish == Finish(None, "queue")
    assert walked.left == ""


def test_a_pause_is_silence_and_so_is_the_end_of_the_keys():
    walked = walk(MENU, "p")
    assert walked.lines[4:] == (
        "  says nothing",
        "  answer: noinput",
        "  hears en/are-you-there",
        "  hears en/please",
        "  hears en/main-menu",
        "  says nothing",
        "  answer: noinput",
        "  answer: max",
        "[bye]",
        "  hears en/goodbye",
        "ends: hangs up",
    )
    assert walked.finish == Finish(Hangup(), "contained")
    assert walk(MENU, "").nodes == walked.nodes
    assert walk(MENU, "p1").nodes == ("welcome", "menu", "support")


@pytest.mark.parametrize(
    ("keys", "nodes"),
    [("1w", ("closed", "bye")), ("1a", ("legal", "menu", "bye")), ("1f2", ("menu", "closed", "bye"))],
)
def test_a_letter_says_how_the_queue_ends(keys: str, nodes: tuple[str, ...]):
    assert walk(MENU, keys).nodes == ("welcome", "menu", "support", *nodes)


@pytest.mark.parametrize(
    ("letter", "node"), [("b", "busy"), ("n", "nobody"), ("d", "declined"), ("u", "unreachable")]
)
def test_a_letter_says_how_the_dialled_phone_ends(letter: str, node: str):
    assert walk(DIAL, f"12341{letter}").nodes[-2:] == (node, "end")


def test_a_letter_waits_for_what_it_ends():
    silent = flow("""
start = "a"
nodes.a = { do = "menu", prompt = "p", keys = { 1 = "b" }, otherwise = "q" }
nodes.q = { do = "queue", queue = "s", no_agents = "b", otherwise = "q" }
nodes.b = { do = "hangup" }
""")
    assert walk(silent, "a").nodes == ("a", "q", "b")


def test_a_language_is_told():
    assert "  language: lv" in walk(MENU, "9").lines


def test_keys_without_a_use_are_left():
    assert walk(MENU, "234").left == "34"


def test_what_is_no_key_is_refused():
    with pytest.raises(ValueError, match="'yz' is no key"):
        walk(MENU, "1yz")


def test_secure_digits_are_not_shown():
    secret = flow("""
start = "a"
nodes.a = { do = "collect", prompt = "p", variable = "pin", next = "b", otherwise = "b", secure = true }
nodes.b = { do = "hangup", prompt = "{pin}" }
""")
    walked = walk(secret, "97#")
    assert walked.lines[2:] == (
        "  presses ***",
        "  presses ***",
        "  presses ***",
        "  answer: ok",
        "[b]",
        "ends: hangs up",
    )


HOURS = flow("""
start = "a"
nodes.a = { do = "hours", calendar = "office", open = "b", closed = "c" }
nodes.b = { do = "branch", lists = { vip = "d" }, otherwise = "e" }
nodes.c = { do = "queue_state", queue = "q", of = "waiting", at_least = 3, then = "d", otherwise = "e" }
nodes.d = { do = "hangup" }
nodes.e = { do = "hangup" }
""")


@pytest.mark.parametrize(
    ("town", "nodes"),
    [
        (Town(), ("a", "b", "e")),
        (Town(closed=["lunch"], listed={"vip": ["1", CALLER.caller]}), ("a", "b", "d")),
        (Town(closed=["office"], queues={"q": {"waiting": "3"}}), ("a", "c", "d")),
        (Town(closed=["office"], queues={"p": {"waiting": "3"}}), ("a", "c", "e")),
    ],
)
def test_the_town_answers_what_is_asked(town: Town, nodes: tuple[str, ...]):
    walked = walk(HOURS, "", town=town)
    assert walked.nodes == nodes
    assert "  asks calendar office" in walked.lines


def test_what_fails_or_is_missing_has_its_letters():
    asks = flow("""
start = "a"
[nodes.a]
do = "lookup"
sqlite = { file = "f", sql = "select 1" }
next = "b"
nothing = "c"
otherwise = "d"
[nodes]
b = { do = "hangup" }
c = { do = "hangup" }
d = { do = "hangup" }
""")
    assert [walk(asks, keys).nodes[-1] for keys in ("", "m", "x")] == ["b", "c", "d"]
    assert "  looks it up" in walk(asks, "").lines


def test_other_flows_are_walked_too():
    both = flows(
        main='start = "a"\nnodes.a = { do = "flow", flow = "sub", next = "b" }\nnodes.b = { do = "hangup" }',
        sub='start = "c"\nnodes.c = { do = "return" }',
    )
    assert walk(both, "").lines == ("[a]", "in flow sub:", "[c]", "returns", "[b]", "ends: hangs up")


def test_a_walker_takes_one_act_at_a_time():
    walker = Walker(all_of(MENU), "example", CALLER, texts=TEXTS)
    assert (walker.state.phase, walker.nodes) == ("playing", ["welcome"])
    walker.hear_out()
    walker.hear_out()
    assert (walker.state.phase, walker.now) == ("listening", 0.0)
    walker.stay_silent()
    assert (walker.state.phase, walker.now) == ("playing", 5.0)
    walker.press("1")
    assert walker.state.phase == "performing"
    walker.come_back(Outcome.WAITED_ENOUGH)
    assert (walker.nodes[-1], walker.finish) == ("closed", None)
    walker.hear_out()
    walker.hear_out()
    assert walker.finish == Finish(Hangup(), "contained")
    with pytest.raises(ValueError, match="'x' is no key"):
        walker.press("x")
