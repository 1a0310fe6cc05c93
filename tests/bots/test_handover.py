from pbx.bots.handover import LONGEST_LINE, MOST_LINES, Handover, Line, Memory
from pbx.bots.model import NoteTurn


def test_it_says_in_two_lines_what_is_wanted_and_why_a_person_is():
    memory = Memory("reception", "en", now=100.0)
    memory.intent, memory.slots = "appointment", {"day": "2026-03-04"}
    for turn, match in enumerate(("ok", "nomatch", "noinput", "continued"), 1):
        memory.note(NoteTurn(turn, match, 1.0, barged_in=False))
    handover = memory.handover("asked", now=142.4)
    assert (handover.turns, handover.attempts, round(handover.seconds, 3)) == (3, 2, 42.4)
    assert handover.summary == (
        "wants: appointment (day 2026-03-04)",
        "asked for a person, after 3 turns and 42 s with reception",
    )


def test_what_is_not_known_is_said_to_be_so():
    assert Handover("b", "en", "silence", 9.0, 0, 2).summary[0] == "wants: not known"


def test_the_transcript_is_bounded_in_lines_and_in_their_length():
    memory = Memory("reception", "en", now=0.0)
    for number in range(2 * MOST_LINES):
        memory.say(f"{number} " + "x" * 10_000)
    lines = memory.handover("time", now=1.0).transcript
    assert len(lines) == MOST_LINES
    assert lines[-1].text.startswith(f"{2 * MOST_LINES - 1} ")
    assert all(len(line.text) == LONGEST_LINE for line in lines)


def test_words_that_go_on_are_one_line_and_nothing_is_none():
    memory = Memory("reception", "en", now=0.0)
    memory.hear("an appointment")
    memory.hear("an appointment for my child")
    memory.say("")
    memory.say("Which day?")
    memory.hear("an appointment for my child")
    assert memory.transcript == (
        Line("caller", "an appointment for my child"),
        Line("bot", "Which day?"),
        Line("caller", "an appointment for my child"),
    )


def test_what_was_said_is_in_no_repr():
    memory = Memory("reception", "en", now=0.0)
    memory.slots = {"card": "swordfish"}
    memory.hear("swordfish")
    assert "swordfish" not in repr(memory.handover("failed", now=1.0))
