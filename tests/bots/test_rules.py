from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.bots.bot import Bot
from pbx.bots.model import Keypad, Reply
from pbx.bots.rules import Dialogue, Rules
from tests.bots.examples import CARD, CUPS, MILK, NOTE, SIZE, WHEN, reception, small

TODAY = date(2026, 3, 2)


class Talk:
    def __init__(self, bot: Bot, language: str = "en", **known: str) -> None:
        self.rules = Rules(bot, language, TODAY)
        self.dialogue, self.reply = self.rules.begin(known)

    def says(self, text: str, sure: float = 1.0) -> Reply:
        self.dialogue, self.reply = self.rules.hear(self.dialogue, text, sure)
        return self.reply

    def presses(self, keys: str) -> Reply:
        self.dialogue, self.reply = self.rules.press(self.dialogue, keys)
        return self.reply

    def by_keys(self) -> Reply:
        self.dialogue, self.reply = self.rules.for_keys(self.dialogue)
        return self.reply


def test_the_first_question_is_the_greeting_and_its_keys_are_those_of_the_intents():
    talk = Talk(small())
    assert talk.reply.say == ("What is it?",)
    assert talk.reply.again == ("Hello?", "What is it?")
    assert talk.reply.keypad == Keypad(frozenset("12"))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I want to see a doctor", "appointment"),
        ("book an appoinment please", "appointment"),
        ("are you open on Sunday", "hours"),
        ("could I have a repeat prescription", "prescription"),
    ],
)
def test_an_intent_is_found_by_its_phrases_whatever_is_said_around_them(text: str, intent: str):
    talk = Talk(reception())
    reply = talk.says(text)
    assert (reply.intent, reply.understood) == (intent, True)
    assert not talk.dialogue.doubt


def test_latvian_is_understood_in_its_inflections():
    talk = Talk(reception(), "lv")
    assert talk.says("Labdien, gribētu pieteikties vizītei pie ārsta rīt").say == ("Cikos?",)
    assert talk.says("desmitos no rīta").slots == {"day": "2026-03-03", "time": "10:00"}
    assert talk.reply.then == "finish"


def test_what_is_missing_is_asked_for_and_what_was_said_already_is_not():
    talk = Talk(reception())
    assert talk.says("an appointment for Wednesday at ten").then == "finish"
    assert talk.reply.slots == {"day": "2026-03-04", "time": "10:00"}
    talk = Talk(reception())
    assert talk.says("an appointment").say == ("Which day suits you?",)
    assert talk.says("tomorrow").say == ("At what time?",)


def test_an_answer_may_hold_the_next_one_too():
    talk = Talk(reception())
    talk.says("an appointment")
    assert talk.says("tomorrow at ten").then == "finish"


def test_what_the_flow_knows_is_not_asked_for():
    talk = Talk(reception(), day="2026-03-05", caller="+37120000000")
    assert talk.says("an appointment").say == ("At what time?",)
    assert talk.says("noon").slots == {"day": "2026-03-05", "time": "12:00"}


def test_an_intent_without_slots_is_the_end():
    talk = Talk(reception())
    assert talk.says("opening hours").then == "finish"
    assert talk.reply.intent == "hours"
    assert talk.reply.say == ()


def test_half_sure_is_asked_about():
    talk = Talk(reception())
    assert talk.says("opening hours", 0.6).say == ("Do you want to know our opening hours?",)
    assert talk.reply.keypad == Keypad(frozenset("12"))
    assert talk.says("yes", 0.6).then == "finish"


def test_a_yes_that_was_hardly_heard_is_none():
    talk = Talk(reception())
    talk.says("opening hours", 0.6)
    assert not talk.says("yes", 0.3).understood
    assert talk.dialogue.doubt


def test_an_answer_does_not_change_what_was_said_before():
    talk = Talk(reception())
    talk.says("an appointment tomorrow")
    assert talk.says("on Thursday at ten").slots == {"day": "2026-03-03", "time": "10:00"}


def test_a_no_asks_again_and_costs_no_attempt():
    talk = Talk(reception())
    talk.says("opening hours", 0.6)
    reply = talk.says("no")
    assert reply.say == ("How can I help you?",)
    assert reply.understood


def test_a_no_with_the_right_answer_in_it_is_an_answer():
    talk = Talk(reception())
    talk.says("an appointment")
    assert talk.says("tuesday", 0.5).say[0] == "Did you say"
    assert talk.says("no, on Thursday").say == ("At what time?",)
    assert talk.dialogue.slots == {"day": "2026-03-05"}


def test_what_was_said_with_a_doubtful_intent_counts_once_it_is_confirmed():
    talk = Talk(reception())
    talk.says("an appointment for tomorrow", 0.6)
    assert talk.presses("1").say == ("At what time?",)


def test_two_intents_that_are_about_as_like_are_asked_about():
    talk = Talk(reception())
    talk.says("appointment prescription")
    assert talk.dialogue.doubt


def test_where_there_is_no_question_to_make_sure_with_it_is_not_understood():
    talk = Talk(small(SIZE))
    assert not talk.says("tea", 0.6).understood
    talk.says("tea")
    assert not talk.says("large", 0.6).understood


@pytest.mark.parametrize("sure", [0.0, 0.39])
def test_what_was_hardly_heard_is_not_understood(sure: float):
    talk = Talk(reception())
    reply = talk.says("opening hours", sure)
    assert not reply.understood
    assert reply.say == ("Sorry, I did not understand that.", "How can I help you?")


@pytest.mark.parametrize("text", ["", "...", "cancel my gas contract", "banana"])
def test_what_nobody_expects_is_not_understood(text: str):
    assert not Talk(reception()).says(text).understood


def test_another_matter_in_the_middle_of_a_question_is_followed():
    talk = Talk(reception())
    talk.says("an appointment")
    assert talk.says("actually, are you open on holidays").then == "finish"
    assert talk.reply.intent == "hours"


def test_a_choice_is_found_by_what_callers_call_it():
    talk = Talk(small(SIZE))
    talk.says("tea")
    assert talk.says("a big one").slots == {"size": "large"}


def test_a_choice_may_be_said_at_once():
    assert Talk(small(SIZE)).says("a large cup of tea").slots == {"size": "large"}
    assert Talk(small(SIZE)).says("a cup of tea").slots == {}


def test_digits_must_be_as_many_as_there_are():
    talk = Talk(small(CARD))
    talk.says("tea")
    assert not talk.says("one two three").understood
    assert not talk.says("one two three four five six seven").understood
    assert talk.says("one two three four").slots == {"card": "1234"}


def test_a_text_is_what_was_said():
    talk = Talk(small(NOTE))
    talk.says("tea")
    assert talk.says("No sugar, please!").slots == {"note": "no sugar please"}


def test_keys_answer_every_question_at_any_time():
    talk = Talk(small(SIZE, CUPS, MILK, CARD))
    assert talk.presses("1").say == ("Which size?",)
    assert talk.presses("2").say == ("How many?",)
    assert talk.presses("3").say == ("With milk?",)
    assert talk.presses("2").say == ("Your card?",)
    assert not talk.presses("123").understood
    assert talk.presses("123456").then == "finish"
    assert talk.reply.slots == {"size": "large", "cups": "3", "milk": "no", "card": "123456"}


def test_keys_may_stand_for_days():
    talk = Talk(small(WHEN))
    talk.presses("1")
    assert talk.reply.keypad == Keypad(frozenset("12"))
    assert talk.presses("2").slots == {"day": "2026-03-03"}


@pytest.mark.parametrize("keys", ["3", "9", "", "12", "*"])
def test_keys_that_nothing_stands_for_are_not_understood(keys: str):
    assert not Talk(small()).presses(keys).understood


def test_by_keys_the_same_questions_are_asked_in_other_words():
    talk = Talk(small(SIZE))
    assert talk.by_keys().say == ("Press one for tea, two for coffee.",)
    assert talk.presses("1").say == ("Press one for small, two for large.",)
    assert talk.presses("7").say == ("Sorry?", "Press one for small, two for large.")


def test_by_keys_a_doubt_is_asked_again_and_what_is_known_stays():
    talk = Talk(small(SIZE, CUPS))
    talk.says("a large tea")
    talk.says("seven", 0.5)
    assert talk.by_keys().say == ("Enter how many.",)
    assert talk.presses("7").slots == {"size": "large", "cups": "7"}


def test_a_question_that_no_keys_can_answer_is_given_up():
    talk = Talk(small(NOTE))
    talk.says("tea")
    assert talk.by_keys().then == "give_up"


@given(st.lists(st.tuples(st.text(max_size=40), st.floats(0, 1)), max_size=8))
def test_nothing_a_caller_says_is_an_error(said: list[tuple[str, float]]):
    talk = Talk(BOT)
    for text, sure in said:
        reply = talk.says(text, sure)
        assert reply.then == "finish" or reply.say
        assert reply.then == "finish" or reply.keypad != Keypad()


@given(st.lists(st.text("0123456789*#", max_size=8), max_size=8))
def test_no_keys_a_caller_presses_are_an_error(pressed: list[str]):
    talk = Talk(BOT)
    talk.by_keys()
    for keys in pressed:
        assert talk.presses(keys).then in ("finish", "listen")
        assert isinstance(talk.dialogue, Dialogue)


BOT = reception()
