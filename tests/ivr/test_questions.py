"""What callers are asked: entries in order, entries confirmed, surveys, and keys that lead away."""

import pytest

from pbx.ivr.asking import luhn
from pbx.ivr.model import Digit, Event, NoteSurvey, Play, PromptEnded, StopPlaying, TimeUp
from tests.ivr.examples import advance, begin, flow, run, taken

LATE = 1000.0


def keys(text: str) -> list[Event]:
    return [Digit(key) for key in text]


CARD = flow("""
start = "card"
[nodes.card]
do = "collect"
prompt = "enter-card"
variable = "card"
min_digits = 3
max_digits = 6
like = "[1-5][0-9]+"
check = "luhn"
confirm = ["you-entered", "{card}", "right-or-again"]
attempts = 3
invalid = "invalid"
silence = "are-you-there"
next = "good"
otherwise = "bad"
[nodes]
good = { do = "hangup" }
bad = { do = "hangup" }
""")
ASKED = Play(1, ("en/enter-card",))
CONFIRM = ("en/you-entered", "en/digit-1", "en/digit-8", "en/right-or-again")


def test_an_entry_in_order_is_read_back_and_taken_when_it_is_right():
    state, seen = run(CARD, *keys("182#"), PromptEnded(2), Digit("1"))
    assert seen[:3] == [ASKED, StopPlaying(), Play(2, (*CONFIRM[:3], "en/digit-2", CONFIRM[3]))]
    assert seen[3] == taken("card", "ok")
    assert (state.node, state.variables) == ("good", {"card": "182"})


def test_an_entry_that_is_not_right_is_asked_for_again_and_counts():
    state, seen = run(CARD, *keys("182#2"))
    assert seen[3:] == [StopPlaying(), taken("card", "nomatch"), Play(3, ("en/enter-card",))]
    assert (state.stage, state.attempts, state.digits) == (0, 1, "")
    state, seen = run(CARD, *keys("182#2"), *keys("182#2"), *keys("182#2"))
    assert seen[-3:-1] == [taken("card", "nomatch"), taken("card", "max")]
    assert state.node == "bad"


@pytest.mark.parametrize("entry", ["18", "901", "183", "1*8"])
def test_an_entry_that_is_not_in_order_is_not_read_back(entry: str):
    """Too short; not like the pattern; a wrong check digit; no digits at all."""
    state, seen = run(CARD, *keys(f"{entry}#"))
    assert seen[2:] == [taken("card", "nomatch"), Play(2, ("en/invalid", "en/enter-card"))]
    assert (state.stage, state.variables) == (0, {})


def test_another_key_or_silence_asks_for_the_confirmation_again():
    state, seen = run(CARD, *keys("182#"), PromptEnded(2), Digit("7"))
    assert seen[3:] == [
        taken("card", "nomatch"),
        Play(3, ("en/invalid", *CONFIRM[:3], "en/digit-2", CONFIRM[3])),
    ]
    state, _ = advance(CARD, state, PromptEnded(3), LATE)
    state, seen = advance(CARD, state, TimeUp(), 2 * LATE)
    assert seen[0] == taken("card", "noinput")
    assert (state.stage, state.attempts) == (1, 2)
    state, seen = advance(CARD, state, Digit("8"), 2 * LATE)
    assert state.node == "bad"


def test_an_entry_and_its_confirmation_can_be_typed_ahead():
    notice = flow("""
start = "notice"
nodes.notice = { do = "say", prompt = "notice", interruptible = false, next = "ask" }
nodes.good = { do = "hangup" }
[nodes.ask]
do = "collect"
prompt = "q"
confirm = "c"
variable = "x"
max_digits = 2
next = "good"
otherwise = "good"
""")
    for typed in ("12#1", "121"):
        state, seen = run(notice, *keys(typed), PromptEnded(1))
        assert (state.node, state.variables) == ("good", {"x": "12"})
        assert [effect for effect in seen if isinstance(effect, Play)] == [Play(1, ("en/notice",))]
    state, seen = run(notice, *keys("12#2"), PromptEnded(1))
    assert seen[-1] == Play(2, ("en/q",))


def test_a_terminator_after_a_full_entry_confirms_nothing():
    state, _ = run(CARD, *keys("100008"))
    assert state.stage == 1
    state, seen = advance(CARD, state, Digit("#"), LATE)
    assert (state.stage, seen) == (1, [])


@pytest.mark.parametrize(
    ("entry", "right"),
    [
        ("4111111111111111", True),
        ("4111111111111112", False),
        ("0", True),
        ("18", True),
        ("81", False),
        ("1*8", False),
        ("", False),
    ],
)
def test_the_last_digit_checks_the_ones_before_it(entry: str, right: bool):
    assert luhn(entry) == right


def test_any_single_wrong_digit_is_noticed():
    good = "7992739871" + "3"
    assert luhn(good)
    for place in range(len(good)):
        for digit in "0123456789":
            wrong = good[:place] + digit + good[place + 1 :]
            assert luhn(wrong) == (wrong == good)


SURVEY = flow("""
start = "ask"
[nodes.ask]
do = "survey"
questions = { satisfaction = "how-satisfied", effort = ["how-easy", "one-to-five"] }
keys = "123"
attempts = 2
invalid = "invalid"
next = "bye"
[nodes]
bye = { do = "hangup" }
""")


def noted(kind: str, question: str = "", score: int | None = None) -> NoteSurvey:
    return NoteSurvey("ask", kind, question, score, "example")  # pyright: ignore[reportArgumentType]


def test_a_survey_asks_each_question_and_keeps_the_scores():
    state, seen = run(SURVEY, Digit("3"), PromptEnded(2), Digit("1"))
    assert seen[:-1] == [
        noted("offered"),
        Play(1, ("en/how-satisfied",)),
        StopPlaying(),
        taken("ask", "ok"),
        noted("answered", "satisfaction", 3),
        Play(2, ("en/how-easy", "en/one-to-five")),
        taken("ask", "ok"),
        noted("answered", "effort", 1),
        noted("completed"),
    ]
    assert state.node == "bye"


def test_a_wrong_key_asks_again_and_attempts_are_counted_for_each_question():
    state, seen = run(SURVEY, Digit("4"), Digit("2"), Digit("9"))
    assert Play(2, ("en/invalid", "en/how-satisfied")) in seen
    assert Play(4, ("en/invalid", "en/how-easy", "en/one-to-five")) in seen
    assert state.attempts == 1


def test_whoever_stays_silent_declines_the_rest_and_goes_on():
    state, _ = run(SURVEY, Digit("3"), PromptEnded(2))
    state, seen = advance(SURVEY, state, TimeUp(), LATE)
    assert seen == [taken("ask", "noinput"), Play(3, ("en/how-easy", "en/one-to-five"))]
    state, _ = advance(SURVEY, state, PromptEnded(3), LATE)
    state, seen = advance(SURVEY, state, TimeUp(), 2 * LATE)
    assert seen[:3] == [taken("ask", "noinput"), taken("ask", "max"), noted("declined")]
    assert state.node == "bye"


ALWAYS = flow("""
start = "hello"
always = { keys = { 0 = "operator", "*" = "menu" } }
[nodes.hello]
do = "say"
prompt = "hello"
next = "menu"
[nodes.legal]
do = "say"
prompt = "legal"
interruptible = false
next = "menu"
[nodes.menu]
do = "menu"
prompt = "main-menu"
keys = { 1 = "number", 2 = "own", 3 = "legal", 4 = "pin" }
otherwise = "operator"
[nodes.own]
do = "menu"
prompt = "own"
keys = { 0 = "number" }
otherwise = "operator"
[nodes.number]
do = "collect"
prompt = "q"
variable = "x"
max_digits = 2
next = "operator"
otherwise = "operator"
[nodes.pin]
do = "collect"
prompt = "q"
variable = "x"
terminator = "*"
next = "operator"
otherwise = "operator"
[nodes]
operator = { do = "queue", queue = "support", otherwise = "menu" }
""")


@pytest.mark.parametrize(
    ("pressed", "node"),
    [
        ("0", "operator"),  # during an announcement
        ("*0", "operator"),  # from a menu
        ("20", "number"),  # a menu's own use of the key wins
        ("1*", "menu"),  # a collect is left by what is no digit
        ("10", "number"),  # a digit is one
        ("100", "operator"),
        ("40*", "operator"),  # a terminator ends the entry
    ],
)
def test_a_key_may_lead_away_from_everywhere(pressed: str, node: str):
    state, _ = begin(ALWAYS)
    for turn, key in enumerate(pressed):
        state, _ = advance(ALWAYS, state, Digit(key), float(turn))
    assert state.node == node


def test_a_key_that_leads_away_is_an_answer():
    assert taken("menu", "ok") in run(ALWAYS, PromptEnded(1), Digit("0"))[1]


def test_what_must_be_heard_is_heard_before_a_key_leads_away():
    state, _ = run(ALWAYS, PromptEnded(1), Digit("3"), Digit("0"))
    assert (state.node, state.phase) == ("legal", "playing")
    state, _ = advance(ALWAYS, state, PromptEnded(state.number), LATE)
    assert state.node == "operator"


def test_the_same_keys_lead_to_the_same_place_whether_typed_early_or_late():
    ahead = flow("""
start = "notice"
always = { keys = { 0 = "away" } }
nodes.notice = { do = "say", prompt = "notice", interruptible = false, next = "hello" }
nodes.hello = { do = "say", prompt = "hello", next = "menu" }
nodes.menu = { do = "menu", prompt = "m", keys = { 0 = "own" }, otherwise = "own" }
nodes.own = { do = "hangup" }
nodes.away = { do = "menu", prompt = "m", keys = { 0 = "own" }, otherwise = "own" }
""")
    early, _ = run(ahead, Digit("0"), PromptEnded(1))
    late, _ = run(ahead, PromptEnded(1), Digit("0"))
    assert (early.node, early.phase, early.typed) == (late.node, late.phase, late.typed)
    assert (late.node, late.phase, late.typed) == ("away", "playing", "")


def test_a_question_that_comes_to_nothing_is_waited_for_at_once():
    silent = flow("""
start = "q"
nodes.q = { do = "menu", prompt = { en = "{x:number}" }, keys = { 1 = "end" }, otherwise = "end" }
nodes.end = { do = "hangup" }
""")
    state, seen = begin(silent)
    assert (state.phase, state.deadline, len(seen)) == ("listening", 5.0, 2)


TEXTS = flow("""
start = "balance"
[nodes.balance]
do = "say"
prompt = [{ en = "Your balance is {balance:amount EUR}.", lv = "Jūsu bilance ir {balance}." }, "thanks"]
next = "only"
[nodes.only]
do = "say"
prompt = "Goodbye to {balance}."
next = "lv"
[nodes]
lv = { do = "set", language = "lv", next = "balance" }
""")


def spoken(*events: Event) -> list[str]:
    """The names of clips without the digest at their ends."""
    played = [effect for effect in run(TEXTS, *events)[1] if isinstance(effect, Play)]
    return [prompt.rsplit("-", 1)[0] for effect in played for prompt in effect.prompts]


def test_a_text_is_said_in_the_callers_language_a_clip_for_each_part():
    assert spoken()[0] == "en/your-balance-is"
    assert spoken()[-1] == "en/thanks"
    said = spoken(PromptEnded(1), PromptEnded(2))
    assert "lv/jusu-bilance-ir" in said
    assert said[-1] == "lv/thanks"


def test_a_text_without_languages_is_the_first_language_whatever_the_caller_speaks():
    first = spoken(PromptEnded(1))
    again = spoken(PromptEnded(1), PromptEnded(2), PromptEnded(3))
    assert first.count("en/goodbye-to") == 1
    assert again.count("en/goodbye-to") == 2
    assert "lv/goodbye-to" not in again


def test_a_text_that_lacks_the_language_is_said_in_one_it_has():
    sveiki = flow('start = "a"\nnodes.a = { do = "hangup", prompt = { lv = "Sveiki." } }')
    (said,) = [effect for effect in run(sveiki)[1] if isinstance(effect, Play)]
    assert said.prompts[0].startswith("lv/sveiki-")
