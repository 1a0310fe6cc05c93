from dataclasses import replace

import pytest

from pbx.ivr.interpreter import MOST_MOVES
from pbx.ivr.model import (
    Digit,
    Effect,
    Finish,
    NoteFlow,
    NoteNode,
    Perform,
    Performed,
    Play,
    PromptEnded,
    SetLanguage,
    StopPlaying,
    TimeUp,
)
from pbx.ivr.tasks import AskCalendar
from pbx.steps import Dial, Hangup, JoinQueue, Outcome
from tests.ivr.examples import CALLER, DIAL, MENU, advance, begin, entered, flow, left, run, taken

WELCOME, ASK = Play(1, ("en/welcome",)), Play(2, ("en/main-menu",))
LATE = 100.0


def effects(*events: Digit | PromptEnded | TimeUp | Performed) -> list[Effect]:
    return run(MENU, *events)[1]


def test_a_flow_begins_with_its_first_node():
    state, seen = begin(MENU, CALLER)
    assert seen == [NoteFlow("example"), entered("welcome"), WELCOME]
    assert (state.node, state.phase, state.number, state.deadline) == ("welcome", "playing", 1, None)


def test_a_key_during_the_menu_stops_it_and_joins_the_queue():
    assert effects(PromptEnded(1), Digit("1")) == [
        WELCOME,
        ASK,
        StopPlaying(),
        taken("menu", "ok"),
        Perform(3, JoinQueue("support", 2)),
    ]


def test_a_key_after_the_menu_has_nothing_to_stop():
    assert effects(PromptEnded(1), PromptEnded(2), Digit("1"))[2:] == [
        taken("menu", "ok"),
        Perform(3, JoinQueue("support", 2)),
    ]


def test_a_key_during_an_announcement_cuts_it_short_and_answers_the_menu_unheard():
    assert effects(Digit("1")) == [
        WELCOME,
        StopPlaying(),
        taken("menu", "ok"),
        Perform(2, JoinQueue("support", 2)),
    ]


def test_silence_and_a_wrong_key_are_answered_each_in_its_way_and_then_given_up_on():
    seen = effects(PromptEnded(1), PromptEnded(2), Digit("7"), PromptEnded(3), Digit("8"))
    assert seen[2:] == [
        taken("menu", "nomatch"),
        Play(3, ("en/invalid", "en/main-menu")),
        taken("menu", "nomatch"),
        taken("menu", "max"),
        Play(4, ("en/goodbye",)),
    ]
    state, _ = run(MENU, PromptEnded(1), PromptEnded(2))
    state, seen = advance(MENU, state, TimeUp(), LATE)
    assert seen == [taken("menu", "noinput"), Play(3, ("en/are-you-there", "en/please", "en/main-menu"))]


def test_attempts_are_counted_anew_each_time_a_question_is_come_to():
    seen = effects(
        PromptEnded(1), Digit("7"), Digit("1"), Performed(4, Outcome.QUEUE_FULL), Digit("7"), Digit("1")
    )
    assert seen[-6:] == [
        StopPlaying(),
        taken("menu", "nomatch"),
        Play(6, ("en/invalid", "en/main-menu")),
        StopPlaying(),
        taken("menu", "ok"),
        Perform(7, JoinQueue("support", 2)),
    ]


def test_patience_starts_when_the_prompt_ends():
    state, _ = run(MENU, PromptEnded(1))
    assert state.deadline is None
    state, _ = advance(MENU, state, PromptEnded(2), now=10.0)
    assert (state.phase, state.deadline) == ("listening", 15.0)


def test_an_alarm_that_rings_early_is_no_silence():
    state, _ = run(MENU, PromptEnded(1))
    state, _ = advance(MENU, state, PromptEnded(2), now=10.0)
    assert advance(MENU, state, TimeUp(), now=14.9) == (state, [])
    assert advance(MENU, state, TimeUp(), now=15.0)[1]


def test_answers_to_old_questions_are_dropped():
    playing, _ = run(MENU, PromptEnded(1))
    assert advance(MENU, playing, PromptEnded(1), LATE) == (playing, [])
    assert advance(MENU, playing, TimeUp(), LATE) == (playing, [])
    assert advance(MENU, playing, Performed(2, Outcome.BUSY), LATE) == (playing, [])
    listening, _ = run(MENU, PromptEnded(1), PromptEnded(2))
    assert advance(MENU, listening, PromptEnded(2), LATE) == (listening, [])
    silent, _ = advance(MENU, listening, Digit("1"), LATE)
    assert silent.deadline is None
    assert advance(MENU, silent, TimeUp(), LATE) == (silent, [])
    queueing, _ = run(MENU, Digit("1"))
    assert advance(MENU, queueing, Performed(1, Outcome.COMPLETED), LATE) == (queueing, [])
    assert advance(MENU, queueing, Digit("1"), LATE) == (queueing, [])
    assert advance(MENU, queueing, PromptEnded(2), LATE) == (queueing, [])
    over, _ = advance(MENU, queueing, Performed(2, Outcome.COMPLETED), LATE)
    for event in (Digit("1"), PromptEnded(2), TimeUp(), Performed(2, Outcome.COMPLETED)):
        assert advance(MENU, over, event, LATE) == (over, [])


def test_what_is_no_key_of_a_phone_is_dropped():
    state, _ = run(MENU, PromptEnded(1))
    for key in ("E", "11", "", "sip:1@x", "１"):
        assert advance(MENU, state, Digit(key), LATE) == (state, [])


def test_a_choice_of_language_lasts():
    seen = effects(PromptEnded(1), Digit("9"), Digit("2"))
    assert [effect for effect in seen if isinstance(effect, (SetLanguage, Play))][2:] == [
        SetLanguage("lv"),
        Play(3, ("lv/main-menu",)),
        Play(4, ("lv/we-are", "lv/closed")),
    ]


@pytest.mark.parametrize(
    ("outcome", "then"),
    [
        (Outcome.WAITED_ENOUGH, Play(3, ("en/we-are", "en/closed"))),
        (Outcome.NO_AGENTS, Play(3, ("en/legal-notice",))),
        (Outcome.QUEUE_FULL, Play(3, ("en/main-menu",))),
        (Outcome.UNREACHABLE, Play(3, ("en/goodbye",))),
        (Outcome.COMPLETED, Finish(None, "queue")),
    ],
)
def test_a_queue_gives_a_caller_back_to_the_node_for_its_reason(outcome: Outcome, then: Effect):
    assert effects(Digit("1"), Performed(2, outcome))[-1] == then


@pytest.mark.parametrize(
    ("outcome", "then"),
    [
        (Outcome.BUSY, Play(4, ("en/busy",))),
        (Outcome.NO_ANSWER, Play(4, ("en/nobody",))),
        (Outcome.DECLINED, Play(4, ("en/declined",))),
        (Outcome.UNREACHABLE, Play(4, ("en/unreachable",))),
        (Outcome.QUEUE_FULL, Finish(Hangup(), "contained")),
        (Outcome.COMPLETED, Finish(None, "dial")),
    ],
)
def test_a_dialled_number_that_fails_leads_to_the_node_for_its_reason(outcome: Outcome, then: Effect):
    digits = [Digit(key) for key in "1234"]
    assert run(DIAL, *digits, Digit("1"), Performed(3, outcome))[1][-1] == then


def test_a_goodbye_is_said_to_its_end_whatever_is_pressed():
    state, seen = run(MENU, PromptEnded(1), Digit("2"), PromptEnded(3), Digit("1"), Digit("2"))
    assert seen[-1] == Play(4, ("en/goodbye",))
    assert advance(MENU, state, PromptEnded(4), LATE)[1] == [left("contained"), Finish(Hangup(), "contained")]


def test_keys_during_what_must_be_heard_wait_for_the_next_question():
    seen = effects(Digit("1"), Performed(2, Outcome.NO_AGENTS), Digit("9"), Digit("2"), PromptEnded(3))
    assert seen[4:] == [
        Play(3, ("en/legal-notice",)),
        taken("menu", "ok"),
        SetLanguage("lv"),
        taken("menu", "ok"),
        Play(4, ("lv/we-are", "lv/closed")),
    ]


def test_a_wrong_key_typed_ahead_forgets_those_after_it():
    ahead = (Digit("1"), Performed(2, Outcome.NO_AGENTS), Digit("7"), Digit("2"), PromptEnded(3))
    state, seen = run(MENU, *ahead)
    assert seen[5:] == [taken("menu", "nomatch"), Play(4, ("en/invalid", "en/main-menu"))]
    state, seen = advance(MENU, state, PromptEnded(4), LATE)
    assert (state.node, state.phase, seen) == ("menu", "listening", [])


def test_keys_typed_ahead_do_not_cut_short_what_must_be_heard_next():
    notices = flow("""
start = "a"
nodes.a = { do = "say", prompt = "a", interruptible = false, next = "b" }
nodes.b = { do = "say", prompt = "b", interruptible = false, next = "c" }
nodes.c = { do = "say", prompt = "c", next = "q" }
nodes.q = { do = "menu", prompt = "q", keys = { 1 = "end" }, otherwise = "q" }
nodes.end = { do = "hangup" }
""")
    state, seen = run(notices, Digit("1"), PromptEnded(1))
    assert seen == [Play(1, ("en/a",)), Play(2, ("en/b",))]
    _, seen = advance(notices, state, PromptEnded(2), LATE)
    assert [effect.node for effect in seen if isinstance(effect, NoteNode)] == ["c", "q", "end"]


def test_keys_typed_ahead_are_bounded():
    state, _ = run(MENU, Digit("1"), Performed(2, Outcome.NO_AGENTS), *[Digit("3")] * 1000)
    assert state.typed == "3" * 32


def test_keys_typed_before_a_queue_are_forgotten_in_it():
    state, _ = run(MENU, Digit("1"), Performed(2, Outcome.NO_AGENTS), Digit("1"), Digit("2"), PromptEnded(3))
    assert state.phase == "performing"
    state, seen = advance(MENU, state, Performed(state.number, Outcome.QUEUE_FULL), LATE)
    assert seen == [entered("menu"), Play(5, ("en/main-menu",))]


def test_a_menu_that_must_be_heard_takes_its_key_when_it_has_been():
    legal = flow("""
start = "q"
nodes.q = { do = "menu", prompt = "q", keys = { 1 = "q" }, otherwise = "end", interruptible = false }
nodes.end = { do = "hangup" }
""")
    state, seen = run(legal, Digit("1"))
    assert seen == [Play(1, ("en/q",))]
    state, seen = advance(legal, state, PromptEnded(1), LATE)
    assert seen == [taken("q", "ok"), entered("q"), Play(2, ("en/q",))]


def test_digits_are_collected_to_their_full_length_and_read_back():
    state, seen = run(DIAL, *[Digit(key) for key in "1*34"])
    assert seen[1:] == [
        StopPlaying(),
        taken("ask", "ok"),
        Play(
            2,
            (
                "en/you-entered",
                "en/digit-1",
                "en/key-star",
                "en/digit-3",
                "en/digit-4",
                "en/press-one",
            ),
        ),
    ]
    assert state.variables == {"extension": "1*34"}


def test_a_short_entry_ends_with_the_terminator_or_with_silence():
    state, _ = run(DIAL, Digit("1"), Digit("2"), Digit("3"))
    assert state.deadline == 2.0 + 5.0
    for event in (Digit("#"), TimeUp()):
        ended, seen = advance(DIAL, state, event, LATE)
        assert seen[0] == taken("ask", "ok")
        assert ended.variables == {"extension": "123"}


def test_too_few_digits_are_asked_for_again_from_the_first():
    state, _ = run(DIAL, Digit("1"), Digit("2"))
    for event in (Digit("#"), TimeUp()):
        again, seen = advance(DIAL, state, event, LATE)
        assert seen == [taken("ask", "nomatch"), Play(2, ("en/invalid", "en/enter-extension"))]
        assert again.digits == ""
        _, seen = advance(DIAL, again, Digit("#"), LATE)
        assert seen[1:3] == [taken("ask", "nomatch"), taken("ask", "max")]
        assert seen[-1] == Finish(Hangup(), "contained")


def test_no_digit_at_all_is_silence():
    state, _ = run(DIAL, PromptEnded(1))
    _, seen = advance(DIAL, state, TimeUp(), LATE)
    assert seen == [taken("ask", "noinput"), Play(2, ("en/are-you-there", "en/enter-extension"))]


def test_the_terminator_after_a_full_entry_answers_nothing():
    state, _ = run(DIAL, *[Digit(key) for key in "1234"])
    state, seen = advance(DIAL, state, Digit("#"), LATE)
    assert seen == []
    _, seen = advance(DIAL, state, Digit("#"), LATE)
    assert seen[-1] == Finish(Hangup(), "contained")


def test_the_terminator_is_an_answer_again_once_the_next_prompt_was_heard():
    state, _ = run(DIAL, *[Digit(key) for key in "1234"], PromptEnded(2))
    _, seen = advance(DIAL, state, Digit("#"), LATE)
    assert seen[-1] == Finish(Hangup(), "contained")


TYPED = flow("""
start = "notice"
nodes.notice = { do = "say", prompt = "notice", interruptible = false, next = "one" }
nodes.one = { do = "collect", prompt = "q", variable = "x", max_digits = 2, next = "say", otherwise = "end" }
nodes.say = { do = "say", prompt = "hello", next = "two" }
nodes.two = { do = "collect", prompt = "q", variable = "y", max_digits = 3, next = "end", otherwise = "end" }
nodes.end = { do = "hangup" }
""")


@pytest.mark.parametrize("typed", ["12#345", "12345", "12#345#"])
def test_several_entries_can_be_typed_ahead_with_and_without_terminators(typed: str):
    state, seen = run(TYPED, *[Digit(key) for key in typed], PromptEnded(1))
    assert state.variables == {"x": "12", "y": "345"}
    assert [effect for effect in seen if isinstance(effect, Play)] == [Play(1, ("en/notice",))]


def test_an_entry_typed_ahead_in_part_is_waited_for():
    state, seen = run(TYPED, *[Digit(key) for key in "12#3"], PromptEnded(1))
    assert (state.node, state.digits, state.phase, state.deadline) == ("two", "3", "listening", 9.0)
    assert seen[-1] == taken("one", "ok")


def test_an_entry_typed_ahead_in_part_ends_with_its_own_terminator():
    state, _ = run(TYPED, *[Digit(key) for key in "123"], PromptEnded(1), Digit("#"))
    assert state.variables == {"x": "12", "y": "3"}


@pytest.mark.parametrize(
    ("on", "went"),
    [
        ("caller", "caller"),
        ("dialled", "dialled"),
        ("identity", "identity"),
        ("language", "language"),
        ("mine", "mine"),
    ],
)
def test_a_branch_goes_where_its_value_says(on: str, went: str):
    cases = '{ "+371" = "caller", 100 = "dialled", anna = "identity", lv = "language", set = "mine" }'
    branches = "\n".join(
        f'nodes.{name} = {{ do = "hangup" }}'
        for name in ("caller", "dialled", "identity", "language", "mine", "other")
    )
    example = flow(f"""
start = "set"
nodes.set = {{ do = "set", language = "lv", variable = "mine", value = "set", next = "branch" }}
nodes.branch = {{ do = "branch", on = "{on}", cases = {cases}, otherwise = "other" }}
{branches}
""")
    context = replace(CALLER, caller="+371", identity="anna")
    assert run(example, context=context)[0].node == went
    if on != "mine":
        stranger = replace(CALLER, dialled="x")
        went = went if on == "language" else "other"
        assert run(example, context=stranger)[0].node == went


@pytest.mark.parametrize(
    ("answer", "went"),
    [
        (Performed(1, Outcome.COMPLETED, {"open": "yes"}), "in"),
        (Performed(1, Outcome.COMPLETED, {"open": "no"}), "out"),
        (Performed(1, Outcome.FAILED), "in"),
    ],
)
def test_hours_ask_the_calendar_and_lead_in_or_out(answer: Performed, went: str):
    example = flow("""
start = "hours"
nodes.hours = { do = "hours", calendar = "office", open = "in", closed = "out" }
nodes.in = { do = "hangup" }
nodes.out = { do = "hangup" }
""")
    assert run(example)[1] == [Perform(1, AskCalendar("office"))]
    assert run(example, answer)[0].node == went


def test_a_dialled_number_is_put_together_from_what_was_collected():
    _, seen = run(DIAL, *[Digit(key) for key in "1234"], Digit("1"))
    assert seen[-1] == Perform(3, Dial(("1234", "sip:81234@gateway"), 20.0))


def test_a_number_with_a_hole_in_it_is_never_dialled():
    hole = flow("""
start = "d"
nodes.d = { do = "dial", to = "8{x}", unreachable = "u", otherwise = "o" }
nodes.u = { do = "hangup" }
nodes.o = { do = "hangup" }
nodes.c = { do = "collect", prompt = "p", variable = "x", next = "d", otherwise = "o" }
""")
    assert run(hole)[0].node == "u"


def test_saying_nothing_takes_no_time():
    silent = flow("""
start = "a"
nodes.a = { do = "say", prompt = "{x}", next = "b" }
nodes.b = { do = "set", variable = "x", value = "7", next = "c" }
nodes.c = { do = "hangup", prompt = "{x}" }
""")
    assert run(silent)[1] == [Play(1, ("en/digit-7",))]
    assert run(flow('start = "a"\nnodes.a = { do = "hangup", prompt = "{x}" }'))[1] == [
        Finish(Hangup(), "contained")
    ]


def test_a_flow_that_goes_round_by_itself_is_ended():
    circle = flow("""
start = "a"
nodes.a = { do = "set", variable = "x", value = "1", next = "b" }
nodes.b = { do = "branch", on = "x", cases = { 1 = "a" }, otherwise = "a" }
""")
    state, seen = begin(circle, CALLER)
    assert sum(isinstance(effect, NoteNode) for effect in seen) == MOST_MOVES
    assert seen[-1] == Finish(Hangup(), "error")
    assert state.phase == "finished"


def test_a_caller_who_never_presses_a_key_is_let_go_in_the_end_but_one_who_does_is_not():
    again = flow("""
start = "q"
nodes.q = { do = "menu", prompt = "q", keys = { 1 = "q" }, otherwise = "q", attempts = 1 }
""")
    state, _ = begin(again, CALLER)
    for turn in range(3 * MOST_MOVES):
        state, _ = advance(again, state, Digit("1"), float(turn))
    assert state.phase == "playing"
    silences, seen = 0, list[Effect]()
    while state.phase != "finished":
        state, _ = advance(again, state, PromptEnded(state.number), 1000.0 * silences)
        state, seen = advance(again, state, TimeUp(), 1000.0 * silences + 900)
        silences += 1
    assert silences == MOST_MOVES
    assert seen[-1] == Finish(Hangup(), "error")


def test_a_state_shows_neither_what_was_entered_nor_who_calls():
    state, _ = run(DIAL, *[Digit(key) for key in "9753"])
    shown = repr(state)
    assert "9753" not in shown
    assert CALLER.caller not in shown
    state, _ = run(DIAL, Digit("9"), Digit("7"))
    assert "97" not in repr(state)
