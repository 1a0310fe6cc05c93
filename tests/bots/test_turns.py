from typing import Any

import pytest

from pbx.bots.model import (
    AskKeys,
    Effect,
    Event,
    Finish,
    HandOver,
    Heard,
    Keypad,
    KeyPressed,
    Leave,
    Manners,
    NoteTurn,
    Partial,
    ProviderFailed,
    Reply,
    ReplyReady,
    Resume,
    SentenceReady,
    Sounded,
    Speak,
    SpeechBegan,
    SpeechEnded,
    Spoke,
    StopSpeaking,
    Think,
    TimeUp,
)
from pbx.bots.turns import Turns

HELP = Reply(("How can I help?",), again=("I did not hear you.",), keypad=Keypad(frozenset("12")))
DAY = Reply(("Which day?",), keypad=Keypad(most=4))
MENU = Reply(("Press one or two.",), keypad=Keypad(frozenset("12")))
BYE = Reply(("One moment.",), then="finish")


class Conversation:
    """A machine and its clock: what it does is what `say`, `wait` and `happens` return."""

    def __init__(self, opening: tuple[str, ...] = (), *, deaf: bool = False, **manners: Any) -> None:
        manners.setdefault("escape_keys", frozenset("0"))
        manners.setdefault("escapes", lambda text: text == "operator")  # pyright: ignore
        self.machine = Turns(Manners(**manners), HELP, opening=opening, deaf=deaf)
        self.now = 100.0
        self.done = self.machine.start(self.now)

    def happens(self, *events: Event) -> list[Effect]:
        """Now, one after another."""
        self.done = [effect for event in events for effect in self.machine.handle(event, self.now)]
        return self.done

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass, with every alarm in it."""
        until, done = self.now + seconds, list[Effect]()
        while (due := self.machine.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            done += self.machine.handle(TimeUp(), self.now)
        self.now = until
        self.done = done
        return done

    def asks(self) -> None:
        """The first question is asked to its end."""
        self.happens(Sounded(1, 1), Spoke(1, 1))


def says(utterance: int, text: str, confidence: float = 1.0, silence: float = 0.5) -> tuple[Event, ...]:
    return SpeechBegan(utterance), SpeechEnded(utterance, silence), Heard(utterance, text, confidence)


def test_the_opening_comes_first_and_then_the_question():
    talk = Conversation(("I am a robot.",))
    assert talk.done == [Speak(0, 1, ("I am a robot.",))]
    assert talk.happens(Spoke(0, 1)) == [Speak(1, 1, HELP.say)]


def test_words_after_the_question_are_thought_about_and_the_reply_is_spoken():
    talk = Conversation()
    talk.asks()
    assert talk.happens(*says(1, "an appointment", 0.9)) == [Think(2, "an appointment", 0.9)]
    assert talk.happens(ReplyReady(2, DAY)) == [Speak(2, 1, DAY.say)]


def test_the_end_is_reached_when_the_last_words_are_spoken():
    talk = Conversation()
    talk.asks()
    talk.happens(*says(1, "opening hours"), ReplyReady(2, BYE))
    assert talk.happens(Sounded(2, 1), Spoke(2, 1))[-1] == Finish()
    assert talk.machine.deadline is None
    assert talk.happens(KeyPressed("0"), *says(2, "operator")) == []


def test_a_turn_is_noted_with_the_time_each_provider_took():
    talk = Conversation()
    talk.asks()
    talk.happens(SpeechBegan(1))
    talk.wait(1.0)
    talk.happens(SpeechEnded(1, 0.5))
    talk.wait(0.1)
    talk.happens(Heard(1, "an appointment", 0.9))
    talk.wait(0.2)
    talk.happens(ReplyReady(2, DAY))
    talk.wait(0.05)
    (note,) = talk.happens(Sounded(2, 1))
    assert isinstance(note, NoteTurn)
    assert (note.turn, note.match, note.confidence, note.barged_in) == (1, "ok", 0.9, False)
    assert note.transcriber == pytest.approx(0.6)
    assert note.mind == pytest.approx(0.2)
    assert note.voice == pytest.approx(0.05)
    assert note.latency == pytest.approx(0.85)


def test_speech_during_the_question_stops_it_once_it_has_lasted_long_enough():
    talk = Conversation(yields_after=0.3)
    talk.happens(Sounded(1, 1), SpeechBegan(1))
    assert talk.wait(0.29) == []
    assert talk.wait(0.01) == [StopSpeaking()]
    assert talk.happens(SpeechEnded(1), Heard(1, "opening hours")) == [Think(2, "opening hours")]
    (_, note) = talk.happens(ReplyReady(2, DAY), Sounded(2, 1))
    assert isinstance(note, NoteTurn)
    assert note.barged_in


def test_words_that_are_already_known_stop_it_at_once():
    talk = Conversation(yields_after=5.0)
    talk.happens(Sounded(1, 1), SpeechBegan(1))
    assert talk.happens(Partial(1, "")) == []
    assert talk.happens(Partial(1, "opening")) == [StopSpeaking()]


def test_a_cough_does_not_interrupt():
    talk = Conversation()
    talk.happens(Sounded(1, 1), SpeechBegan(1))
    talk.wait(0.2)
    assert talk.happens(SpeechEnded(1), Heard(1, "")) == []
    talk.wait(3.0)
    assert talk.happens(Spoke(1, 1)) == []
    assert isinstance(talk.wait(6.0)[0], NoteTurn)


@pytest.mark.parametrize("noise", [("", 0.0), ("mumble", 0.2)])
def test_a_long_noise_interrupts_and_then_the_bot_goes_on(noise: tuple[str, float]):
    talk = Conversation()
    talk.happens(Sounded(1, 1), SpeechBegan(1))
    assert talk.wait(1.0) == [StopSpeaking()]
    assert talk.happens(SpeechEnded(1), Heard(1, *noise)) == [Resume(1)]
    assert talk.happens(Sounded(1, 1), Spoke(1, 1)) == []


def test_after_some_false_interruptions_a_reply_is_spoken_to_its_end():
    talk = Conversation(interruptions=2)
    for utterance in (1, 2):
        talk.happens(Sounded(1, 1), SpeechBegan(utterance))
        talk.wait(1.0)
        assert talk.happens(SpeechEnded(utterance), Heard(utterance, "")) == [Resume(1)]
    talk.happens(Sounded(1, 1), SpeechBegan(3))
    assert talk.wait(1.0) == []


def test_a_short_word_counts_even_if_it_did_not_stop_the_voice():
    talk = Conversation()
    talk.happens(Sounded(1, 1), SpeechBegan(1))
    talk.wait(0.1)
    assert talk.happens(SpeechEnded(1), Heard(1, "yes")) == [StopSpeaking(), Think(2, "yes")]


def test_the_opening_is_not_interrupted_and_what_is_said_meanwhile_is_not_an_answer():
    talk = Conversation(("I am a robot.",))
    talk.happens(Sounded(0, 1), SpeechBegan(1))
    assert talk.wait(3.0) == []
    assert talk.happens(SpeechEnded(1), Heard(1, "an appointment")) == []
    assert talk.happens(Spoke(0, 1)) == [Speak(1, 1, HELP.say)]


def test_what_is_said_after_an_answer_is_put_after_it():
    talk = Conversation()
    talk.asks()
    talk.happens(*says(1, "an appointment", 0.9))
    done = talk.happens(*says(2, "for my child", 0.8))
    assert done[-1] == Think(3, "an appointment for my child", 0.8)
    assert isinstance(done[0], NoteTurn)
    assert done[0].match == "continued"
    assert talk.happens(ReplyReady(2, DAY)) == []
    assert talk.happens(ReplyReady(3, DAY)) == [Speak(3, 1, DAY.say)]


def test_a_reply_waits_while_the_caller_speaks_on():
    talk = Conversation()
    talk.asks()
    talk.happens(*says(1, "an appointment"), SpeechBegan(2))
    assert talk.happens(ReplyReady(2, DAY)) == []
    assert talk.happens(SpeechEnded(2), Heard(2, "")) == [Speak(2, 1, DAY.say)]


def test_words_of_an_utterance_that_goes_on_before_they_are_known_are_kept():
    talk = Conversation()
    talk.asks()
    talk.happens(SpeechBegan(1), SpeechEnded(1), SpeechBegan(2))
    assert talk.happens(Heard(1, "on monday")) == []
    assert talk.happens(SpeechEnded(2), Heard(2, "at ten")) == [Think(2, "on monday at ten")]


def test_words_that_come_twice_count_once():
    talk = Conversation()
    talk.asks()
    talk.happens(SpeechBegan(1), SpeechEnded(1), SpeechBegan(2), Heard(1, "on monday"), Heard(1, "on monday"))
    assert talk.happens(SpeechEnded(2), Heard(2, "at ten")) == [Think(2, "on monday at ten")]


def test_what_was_being_said_when_a_key_was_pressed_is_no_part_of_what_is_said_next():
    talk = Conversation()
    talk.asks()
    talk.happens(SpeechBegan(1), SpeechEnded(1), KeyPressed("1"), ReplyReady(2, MENU), SpeechBegan(2))
    talk.happens(Heard(1, "er"))
    assert talk.happens(SpeechEnded(2), Heard(2, "the second"))[-1] == Think(3, "the second")


def test_sentences_are_spoken_as_they_come():
    talk = Conversation()
    talk.asks()
    talk.happens(*says(1, "hello"))
    assert talk.happens(SentenceReady(2, "Hello.")) == [Speak(2, 1, ("Hello.",))]
    assert talk.happens(Sounded(2, 1), SentenceReady(2, "Well.")) == [Speak(2, 2, ("Well.",))]
    talk.happens(Spoke(2, 1))
    (note,) = talk.happens(ReplyReady(2, Reply()))
    assert isinstance(note, NoteTurn)
    assert talk.wait(10.0) == [], "the second is still being spoken"
    talk.happens(Spoke(2, 2))
    assert isinstance(talk.wait(6.0)[0], NoteTurn), "the caller's patience runs from now on"


def test_silence_is_asked_about_once_and_then_keys_are_asked_for():
    talk = Conversation(listening=6.0)
    talk.asks()
    (note, again) = talk.wait(6.0)
    assert isinstance(note, NoteTurn)
    assert note.match == "noinput"
    assert again == Speak(2, 1, HELP.again)
    talk.happens(Sounded(2, 1), Spoke(2, 1))
    assert talk.wait(6.0)[-1] == AskKeys(3, "silence")


def test_silence_after_keys_were_asked_for_leads_to_a_person():
    talk = Conversation(deaf=True, keying=8.0)
    assert talk.done == [AskKeys(1, "failed")]
    talk.happens(ReplyReady(1, MENU), Sounded(1, 1), Spoke(1, 1))
    assert talk.wait(8.0)[-1] == Speak(2, 1, MENU.say)
    talk.happens(Sounded(2, 1), Spoke(2, 1))
    assert talk.wait(8.0)[-1] == HandOver("silence")


def test_what_is_not_understood_twice_leads_to_keys_and_then_to_a_person():
    talk, lost = Conversation(), Reply(("Sorry?",), understood=False, keypad=HELP.keypad)
    talk.asks()
    talk.happens(*says(1, "gibberish"), ReplyReady(2, lost), Sounded(2, 1), Spoke(2, 1))
    talk.happens(*says(2, "more of it"))
    assert talk.happens(ReplyReady(3, lost))[-1] == AskKeys(4, "not_understood")
    talk.happens(ReplyReady(4, MENU), KeyPressed("9"), ReplyReady(5, lost), KeyPressed("9"))
    assert talk.happens(ReplyReady(6, lost))[-1] == HandOver("not_understood")


def test_an_answer_that_is_understood_begins_the_count_again():
    talk, lost = Conversation(), Reply(("Sorry?",), understood=False, keypad=HELP.keypad)
    talk.asks()
    for turn, reply in enumerate([lost, DAY, lost, DAY], 2):
        talk.happens(*says(turn, "words"))
        assert Speak(turn, 1, reply.say) in talk.happens(ReplyReady(turn, reply))


@pytest.mark.parametrize("phase", range(6))
def test_the_escape_key_and_the_escape_word_lead_to_a_person_from_everywhere(phase: int):
    for escape in ((KeyPressed("0"),), says(9, "operator", 0.5)):
        talk = Conversation(("I am a robot.",))
        for event in [Spoke(0, 1), Sounded(1, 1), Spoke(1, 1), *says(1, "hello"), ReplyReady(2, MENU)][
            : phase and phase + 2
        ]:
            talk.happens(event)
        assert talk.happens(*escape)[-1] == HandOver("asked")


def test_an_escape_word_that_was_hardly_heard_is_none():
    talk = Conversation()
    talk.asks()
    assert talk.happens(*says(1, "operator", 0.3)) == [Think(2, "operator", 0.3)]


def test_zero_is_a_digit_where_digits_are_asked_for():
    talk = Conversation(between_keys=3.0)
    talk.asks()
    talk.happens(*says(1, "an appointment"), ReplyReady(2, DAY), Sounded(2, 1))
    assert talk.happens(KeyPressed("0")) == [StopSpeaking()]
    talk.happens(KeyPressed("3"))
    assert talk.wait(3.0) == [Think(3, keys="03")]


def test_zero_alone_leads_to_a_person_within_a_second_though_digits_are_asked_for():
    talk = Conversation(between_keys=3.0)
    talk.asks()
    talk.happens(*says(1, "an appointment"), ReplyReady(2, DAY), Sounded(2, 1), KeyPressed("0"))
    assert talk.wait(0.8) == []
    assert talk.wait(0.2)[-1] == HandOver("asked")


def test_digits_are_over_when_there_are_enough_or_with_hash():
    talk = Conversation()
    talk.asks()
    talk.happens(*says(1, "an appointment"), ReplyReady(2, DAY))
    assert talk.happens(*map(KeyPressed, "0203"))[-1] == Think(3, keys="0203")
    talk.happens(ReplyReady(3, DAY))
    assert talk.happens(*map(KeyPressed, "5#"))[-1] == Think(4, keys="5")


def test_a_key_answers_a_spoken_question_at_once():
    talk = Conversation()
    talk.happens(Sounded(1, 1), SpeechBegan(1))
    assert talk.happens(KeyPressed("2")) == [StopSpeaking(), Think(2, keys="2")]
    assert talk.happens(SpeechEnded(1), Heard(1, "er")) == []


def test_keys_pressed_during_the_opening_or_while_it_thinks_answer_the_next_question():
    talk = Conversation(("I am a robot.",))
    assert talk.happens(KeyPressed("1"), KeyPressed("2")) == []
    done = talk.happens(Spoke(0, 1))
    assert done == [Speak(1, 1, HELP.say), StopSpeaking(), Think(2, keys="1")]
    assert talk.happens(ReplyReady(2, MENU))[-1] == Think(3, keys="2")


def test_a_key_where_no_keys_are_known_asks_for_keys():
    talk = Conversation()
    talk.asks()
    talk.happens(*says(1, "hello"), ReplyReady(2, Reply(("Tell me more.",))), Sounded(2, 1))
    assert talk.happens(KeyPressed("5")) == [StopSpeaking(), AskKeys(3, "not_understood")]


def test_a_key_of_the_flow_leaves_unless_the_question_takes_it():
    talk = Conversation(leave_keys=frozenset("1*"))
    talk.asks()
    assert talk.happens(KeyPressed("1")) == [Think(2, keys="1")]
    assert talk.happens(KeyPressed("*")) == [NoteTurn(1, "ok", 1.0, barged_in=False), Leave("*")]


def test_a_key_during_the_last_words_ends_them():
    talk = Conversation()
    talk.asks()
    talk.happens(*says(1, "opening hours"), ReplyReady(2, BYE), Sounded(2, 1))
    assert talk.happens(KeyPressed("5")) == [StopSpeaking(), Finish()]


def test_a_mind_that_fails_or_is_late_leads_to_keys():
    for failure in (True, False):
        talk = Conversation(thinking=4.0)
        talk.asks()
        talk.happens(*says(1, "hello"))
        done = talk.happens(ProviderFailed(2, "mind")) if failure else talk.wait(4.0)
        assert done[-1] == AskKeys(3, "failed")
        assert talk.happens(ReplyReady(2, DAY)) == []


def test_a_voice_that_fails_or_is_late_leads_to_keys_and_then_to_a_person():
    for failure in (True, False):
        talk = Conversation(voicing=2.0)
        done = talk.happens(ProviderFailed(1, "voice")) if failure else talk.wait(2.0)
        assert done == [StopSpeaking(), AskKeys(2, "failed")]
        talk.happens(ReplyReady(2, MENU))
        done = talk.happens(ProviderFailed(2, "voice")) if failure else talk.wait(2.0)
        assert done[-1] == HandOver("failed")


def test_a_transcriber_that_fails_lets_the_question_end_and_then_asks_for_keys():
    talk = Conversation()
    assert talk.happens(Sounded(1, 1), ProviderFailed(0, "transcriber")) == []
    assert talk.happens(Spoke(1, 1)) == [AskKeys(2, "failed")]


def test_a_transcriber_that_has_failed_interrupts_nothing_any_more():
    talk = Conversation()
    talk.happens(Sounded(1, 1), ProviderFailed(0, "transcriber"), SpeechBegan(1))
    assert talk.wait(1.0) == []
    assert talk.happens(ProviderFailed(0, "transcriber")) == []


def test_words_that_never_come_lead_to_keys():
    talk = Conversation(understanding=2.0)
    talk.asks()
    talk.happens(SpeechBegan(1), SpeechEnded(1))
    assert talk.wait(2.0) == [AskKeys(2, "failed")]


def test_a_noise_without_end_leads_to_keys():
    talk = Conversation(hearing=15.0)
    talk.happens(Sounded(1, 1), SpeechBegan(1))
    assert talk.wait(15.0) == [StopSpeaking(), AskKeys(2, "noise")]


def test_speech_that_nobody_understands_is_asked_about_and_a_cough_is_not():
    talk = Conversation(listening=6.0)
    talk.asks()
    talk.happens(SpeechBegan(1))
    talk.wait(0.5)
    assert talk.happens(SpeechEnded(1, 0.4), Heard(1, "")) == [], "a tenth of a second of sound"
    talk.happens(SpeechBegan(2))
    talk.wait(1.0)
    (note, again) = talk.happens(SpeechEnded(2, 0.4), Heard(2, ""))
    assert isinstance(note, NoteTurn)
    assert note.match == "nomatch"
    assert again == Speak(2, 1, HELP.again)
    talk.happens(Sounded(2, 1), Spoke(2, 1), SpeechBegan(3))
    talk.wait(1.0)
    assert talk.happens(SpeechEnded(3, 0.4), Heard(3, ""))[-1] == AskKeys(3, "not_understood")


def test_a_cough_gives_nobody_more_time():
    talk = Conversation(listening=6.0)
    talk.asks()
    talk.wait(5.8)
    talk.happens(SpeechBegan(1))
    talk.wait(0.5)
    assert talk.happens(SpeechEnded(1, 0.4), Heard(1, "")) == []
    assert talk.wait(0.01)[-1] == Speak(2, 1, HELP.again)


def test_more_turns_than_allowed_lead_to_a_person():
    talk = Conversation(turns=2)
    talk.asks()
    for turn in (2, 3):
        talk.happens(*says(turn, "hello"), ReplyReady(turn, MENU))
    assert talk.happens(*says(4, "hello"))[-1] == HandOver("turns")


def test_a_conversation_that_lasts_too_long_leads_to_a_person():
    talk = Conversation(longest=50.0)
    talk.asks()
    talk.happens(SpeechBegan(1))
    talk.machine.handle(SpeechEnded(1), 149.9)
    talk.now = 149.9
    assert talk.wait(0.1) == [HandOver("time")]


def test_a_mind_that_gives_up_after_keys_were_asked_for_says_why_it_came_to_that():
    talk = Conversation(deaf=True)
    assert talk.happens(ReplyReady(1, Reply(then="give_up"))) == [HandOver("failed")]


def test_a_mind_may_hear_that_a_person_is_wanted():
    talk = Conversation()
    talk.asks()
    talk.happens(*says(1, "let me talk to somebody"))
    assert talk.happens(ReplyReady(2, Reply(("Of course.",), then="person")))[-1] == HandOver("asked")
