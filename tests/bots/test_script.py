import tomllib
from typing import Any

import pytest

from pbx.bots.bot import Bot
from pbx.bots.script import parse_bot
from pbx.ivr.flow import FlowErrors
from tests.bots.examples import CARD, CUPS, MILK, NOTE, RECEPTION, SIZE, reception, small


def edited(*edits: tuple[str, Any]) -> dict[str, Any]:
    """The shipped bot's document with values put at dotted places; None takes one away."""
    document = tomllib.loads(RECEPTION.read_text())
    for place, value in edits:
        *path, last = place.split(".")
        table = document
        for part in path:
            table = table.setdefault(part, {})
        if value is None:
            del table[last]
        else:
            table[last] = value
    return document


def faults(*edits: tuple[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(FlowErrors) as caught:
        parse_bot("reception", edited(*edits))
    return [(".".join(map(str, error.path)), error.message) for error in caught.value.errors]


def test_the_shipped_bot_is_in_order():
    bot = reception()
    assert (bot.name, bot.mind, bot.languages) == ("reception", "rules", ("en", "lv"))
    assert bot.exits() == {"appointment", "hours", "prescription"}
    assert bot.filled_by("appointment") == ("day", "time")


def test_the_version_changes_with_the_file():
    assert reception().version == reception().version
    assert reception().version != parse_bot("reception", edited(("turns", 5))).version


def test_everything_it_says_is_listed_with_its_place():
    texts = dict(reception().texts())
    assert ("intents", "appointment", "reply") in texts
    assert ("slots", "day", "key_prompt") in texts
    assert all(set(text.said) == {"en", "lv"} for text in texts.values())


def test_a_text_without_languages_is_in_the_first_one():
    assert small(SIZE, CUPS, MILK, CARD, NOTE).languages == ("",)


def escapes(bot: Bot, text: str, language: str = "en") -> bool:
    return bot.manners(language).escapes(text)


def test_escape_words_count_whatever_is_said_around_them():
    bot = reception()
    assert escapes(bot, "Give me the OPERATOR, now!")
    assert escapes(bot, "es gribu runāt ar cilvēku", "lv")
    assert not escapes(bot, "operators are needed")
    assert not escapes(bot, "someone to talk about")
    assert not escapes(bot, "a persona non grata")
    assert not escapes(bot, "")


def test_the_manners_are_those_of_the_file():
    manners = parse_bot(
        "reception",
        edited(
            ("patience", {"listening": 9.0}), ("attempts", 4), ("escape.keys", "9"), ("barge_in.after", 0.5)
        ),
    ).manners("en", leave_keys="*")
    assert (manners.listening, manners.misses, manners.yields_after) == (9.0, 4, 0.5)
    assert (manners.escape_keys, manners.leave_keys) == (frozenset("9"), frozenset("*"))


@pytest.mark.parametrize(
    ("place", "value", "where", "what"),
    [
        ("disclosure", None, "", "disclosure"),
        ("greeting", "hello-prompt", "greeting", "hello-prompt"),
        ("greeting", {"en": "Hello."}, "greeting", "'lv'"),
        ("greeting", {"en": "Hello {day}.", "lv": "Sveiki."}, "greeting", "'day' is not known"),
        ("greeting", {"en": "Hello {", "lv": "Sveiki."}, "greeting", "braces"),
        ("greeting", "Hello!", "greeting", "add en"),
        ("greetings", {"en": "Hello."}, "greetings", "did you mean 'greeting'?"),
        ("intents.hours.keys", "1", "intents.hours.keys", "did you mean 'key'?"),
        ("mind", "magic", "mind", "'rules'"),
        ("mind", "chat", "", "[chat]"),
        ("bridge", {"url": "wss://bot.example/"}, "bridge", "mind"),
        ("turns", 0, "turns", "at least 1"),
        ("turns", "many", "turns", "whole number"),
        ("patience.listening", 500.0, "patience.listening", "at most 60"),
        ("patience.listenning", 5.0, "patience.listenning", "did you mean 'listening'?"),
        ("zone", "Mars/Olympus", "zone", "Europe/Riga"),
        ("intents", {}, "intents", "at least 1"),
        ("intents.hours.key", "1", "intents.hours.key", "'appointment'"),
        ("intents.hours.key", "0", "intents.hours.key", "person"),
        ("intents.hours.slots", ["dey"], "intents.hours.slots", "did you mean 'day'?"),
        ("intents.hours.phrases", None, "intents.hours", "phrases"),
        ("intents.hours.phrases.en", ["..."], "intents.hours.phrases.en", "words"),
        ("escape.words.en", ["!"], "escape.words.en", "words"),
        ("slots.day.type", "day", "slots.day.type", "'date'"),
        ("slots.day.key_prompt", None, "slots.day", "key_prompt"),
        ("slots.day.keys", {"1": "someday"}, "slots.day.keys.1", "someday"),
        ("slots.day.keys", {"0": "today"}, "slots.day.keys.0", "person"),
        ("slots.day.keys", {"12": "today"}, "slots.day.keys.12", "key of the phone"),
        ("slots.day.choices", {"a": {"en": ["a"]}}, "slots.day", "choice"),
        ("slots.person_code.min_digits", 7, "slots.person_code.min_digits", "max_digits"),
        ("slots.time.confirm", {"en": "{day}?", "lv": "{day}?"}, "slots.time.confirm", "write one of time"),
        ("slots.other", {"type": "text", "ask": {"en": "Hm?", "lv": "Hm?"}}, "slots.other", "no intent"),
        ("slots.day.ask", {"en": "{", "lv": "x"}, "slots.day.ask", "braces"),
        ("slots.day.type", "text", "slots.day", "keyed"),
    ],
)  # fmt: skip
def test_every_fault_is_found_at_its_place(place: str, value: Any, where: str, what: str):
    found = faults((place, value))
    assert any(path == where and what in message for path, message in found), found


def test_a_choice_has_a_key_for_everything():
    with pytest.raises(FlowErrors, match="no key stands for 'large'"):
        small(SIZE.replace(', 2 = "large"', ""))
    with pytest.raises(FlowErrors, match="'medium' is no choice"):
        small(SIZE.replace('2 = "large"', '2 = "large", 3 = "medium"'))


def test_somebody_must_be_reachable():
    (fault,) = faults(("escape", {"keys": "", "words": {}}))
    assert fault[0] == "escape"


CHAT = {"url": "https://llm.example/v1", "model": "small", "system": "Be brief."}


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://llm.example/v1", False),
        ("http://127.0.0.1:8080/v1", False),
        ("http://[::1]/v1", False),
        ("http://localhost/v1", False),
        ("http://llm.example/v1", True),
        ("http://127.0.0.1.example/v1", True),
        ("ftp://llm.example/v1", True),
        ("https://me:secret@llm.example/v1", True),
        ("https://llm.example:99999/v1", True),
        ("https:///v1", True),
        ("https://llm.example/ v1", True),
        ("https://[::1/v1", True),
    ],
)
def test_what_callers_say_crosses_no_network_in_the_clear(url: str, wrong: bool):
    edits = ("mind", "chat"), ("chat", {**CHAT, "url": url})
    if wrong:
        assert [path for path, _ in faults(*edits)] == ["chat.url"]
    else:
        assert parse_bot("reception", edited(*edits)).chat is not None


def test_a_bridge_speaks_websocket():
    assert faults(("mind", "bridge"), ("bridge", {"url": "https://bot.example/"}))
    assert parse_bot("b", edited(("mind", "bridge"), ("bridge", {"url": "ws://127.0.0.1:9000/"}))).bridge


def test_tools_are_only_those_there_are():
    (fault,) = faults(("mind", "chat"), ("chat", {**CHAT, "tools": ["finish", "shell"]}))
    assert fault[0] == "chat.tools.1"
