import pytest

from pbx.ivr.model import Finish
from pbx.ivr.walk import walk
from pbx.steps import Hangup
from tests.ivr.examples import CALLER, DIAL, MENU, flow

TEXTS = {"en/welcome": "Welcome.", "en/main-menu": "For support press one."}


def test_a_walk_tells_what_is_heard_pressed_and_done():
    walked = walk(MENU, CALLER, "1", TEXTS)
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
    walked = walk(MENU, CALLER, "p")
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
    assert walk(MENU, CALLER, "").nodes == walked.nodes
    assert walk(MENU, CALLER, "p1").nodes == ("welcome", "menu", "support")


@pytest.mark.parametrize(
    ("keys", "nodes"),
    [("1w", ("closed", "bye")), ("1a", ("legal", "menu", "bye")), ("1f2", ("menu", "closed", "bye"))],
)
def test_a_letter_says_how_the_queue_ends(keys: str, nodes: tuple[str, ...]):
    assert walk(MENU, CALLER, keys).nodes == ("welcome", "menu", "support", *nodes)


@pytest.mark.parametrize(
    ("letter", "node"), [("b", "busy"), ("n", "nobody"), ("d", "declined"), ("u", "unreachable")]
)
def test_a_letter_says_how_the_dialled_phone_ends(letter: str, node: str):
    assert walk(DIAL, CALLER, f"12341{letter}").nodes[-2:] == (node, "end")


def test_a_letter_waits_for_what_it_ends():
    silent = flow("""
start = "a"
nodes.a = { do = "menu", prompt = "p", keys = { 1 = "b" }, otherwise = "q" }
nodes.q = { do = "queue", queue = "s", no_agents = "b", otherwise = "q" }
nodes.b = { do = "hangup" }
""")
    assert walk(silent, CALLER, "a").nodes == ("a", "q", "b")


def test_a_language_is_told():
    assert "  language: lv" in walk(MENU, CALLER, "9").lines


def test_keys_without_a_use_are_left():
    assert walk(MENU, CALLER, "234").left == "34"


def test_what_is_no_key_is_refused():
    with pytest.raises(ValueError, match="'xy' is no key"):
        walk(MENU, CALLER, "1xy")


def test_secure_digits_are_not_shown():
    secret = flow("""
start = "a"
nodes.a = { do = "collect", prompt = "p", variable = "pin", next = "b", otherwise = "b", secure = true }
nodes.b = { do = "flow", flow = "other" }
""")
    walked = walk(secret, CALLER, "97#")
    assert walked.lines[2:] == (
        "  presses (secret)",
        "  presses (secret)",
        "  presses (secret)",
        "  answer: ok",
        "[b]",
        "ends: goes on in flow other",
    )
