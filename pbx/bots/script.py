"""A bot's file -> a Bot, or everything that is wrong with it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError

from pbx.bots.bot import BargeIn, Bot, Bridge, Chat, Escape, Intent, Patience, Script, Slot, texts_of
from pbx.bots.explain import explained, nearest
from pbx.bots.lexicon import fold
from pbx.bots.values import from_words
from pbx.ivr.fields import CALL_VALUES
from pbx.ivr.flow import FlowError, FlowErrors
from pbx.ivr.kinds.errands import Token
from pbx.ivr.speech.template import check_template

_script: TypeAdapter[Script] = TypeAdapter(Script)
_zones = cache(available_timezones)  # reads hundreds of directory entries
_TABLES: Mapping[str, Any] = {
    "intents": Intent, "slots": Slot, "escape": Escape, "patience": Patience, "barge_in": BargeIn,
    "chat": Chat, "bridge": Bridge, "token": Token,
}  # fmt: skip
_TAKEN = ("intent", "key", *CALL_VALUES)  # what a flow that hears of a conversation calls other things
_SOME_DAY = date(2026, 3, 2)  # to see whether a key's value is a day at all


def parse_bot(name: str, document: Mapping[str, Any]) -> Bot:
    """The bot that a TOML document describes. Raises FlowErrors with everything that is wrong with it."""
    try:
        script = _script.validate_python(document)
    except ValidationError as problem:
        raise FlowErrors(name, tuple(explained(e, _keys(e["loc"])) for e in problem.errors())) from None
    if errors := tuple(_objections(script)):
        raise FlowErrors(name, errors)
    version = hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()[:12]
    return Bot(**{f.name: getattr(script, f.name) for f in fields(Script)}, name=name, version=version)


def _keys(place: tuple[str | int, ...]) -> list[str]:
    """What may be written in the table that an error is in."""
    table = next((_TABLES[str(part)] for part in reversed(place[:-1]) if part in _TABLES), Script)
    return [key.name for key in fields(table)]


def _objections(script: Script) -> Iterator[FlowError]:
    yield from _texts(script)
    yield from _minds(script)
    yield from _intents(script)
    for name, slot in script.slots.items():
        if name in _TAKEN:
            yield FlowError(("slots", name), f"{name!r} means something else to a flow; choose another name")
        yield from _slot(("slots", name), slot)
        for key in slot.keys.keys() & set(script.escape.keys):
            yield FlowError(("slots", name, "keys", key), "this key leads to a person; choose another")
        if not any(name in intent.slots for intent in script.intents.values()):
            yield FlowError(("slots", name), f"no intent asks for {name!r}; add it to the slots of one")
    if script.zone not in _zones():
        yield FlowError(("zone",), f'expected a time zone like "Europe/Riga", found {script.zone!r}')


def _texts(script: Script) -> Iterator[FlowError]:
    """Every text in every language, with nothing in it that is not known when it is said."""
    every = dict.fromkeys(language for _, text in texts_of(script) for language in text.said)
    languages = [language for language in every if language] or [""]
    for path, text in texts_of(script):
        for language in languages:
            template = text.said.get(language)
            if template is None:
                yield FlowError(
                    path, f"nothing is said in {language!r}; add {language} = ...", "missing-text"
                )
            elif objection := check_template(template, language or "en"):
                yield FlowError(path, objection, "unspeakable")
        for variable in text.variables:
            if variable not in _known_in(path, script):
                fix = nearest(variable, _known_in(path, script))
                yield FlowError(path, f"{variable!r} is not known when this is said; {fix}", "unknown-name")


def _known_in(path: tuple[str | int, ...], script: Script) -> tuple[str, ...]:
    match path:
        case ("slots", str(name), "confirm"):
            return (name,)
        case ("intents", str(name), "reply"):
            return script.intents[name].slots
        case _:
            return ()


def _minds(script: Script) -> Iterator[FlowError]:
    for mind, table in (("chat", script.chat), ("bridge", script.bridge)):
        if script.mind == mind and table is None:
            yield FlowError((), f'a bot with mind = "{mind}" needs a table [{mind}]; add it')
        if script.mind != mind and table is not None:
            yield FlowError((mind,), f'this bot has mind = "{script.mind}"; remove the table, or change mind')
    if script.chat is not None:
        yield from _address(("chat", "url"), script.chat.url, "http", "https")
    if script.bridge is not None:
        yield from _address(("bridge", "url"), script.bridge.url, "ws", "wss")


def _address(path: tuple[str, ...], url: str, plain: str, secure: str) -> Iterator[FlowError]:
    """What callers say crosses no network in the clear."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in (plain, secure) or not host or not url.isprintable() or " " in url:
        yield FlowError(path, f'expected an address like "{secure}://bot.example/talk", found {url!r}')
    elif parts.username is not None or parts.fragment:
        yield FlowError(path, "no user and no fragment in an address: use token = { env = ... }")
    elif parts.scheme == plain and not _is_here(host):
        yield FlowError(path, f"what callers say would cross the network in the clear; write {secure}://")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _intents(script: Script) -> Iterator[FlowError]:
    keys: dict[str, str] = {}
    for name, intent in script.intents.items():
        for slot in intent.slots:
            if slot not in script.slots:
                fix = nearest(slot, script.slots)
                yield FlowError(("intents", name, "slots"), f"unknown slot {slot!r}; {fix}", "unknown-name")
        if intent.key in keys:
            yield FlowError(("intents", name, "key"), f"{keys[intent.key]!r} has this key; choose another")
        if intent.key in script.escape.keys:
            yield FlowError(("intents", name, "key"), "this key leads to a person; choose another")
        keys[intent.key] = name
        yield from _phrases(("intents", name, "phrases"), intent.phrases)
        if script.mind == "rules" and not intent.phrases:
            yield FlowError(("intents", name), "nobody can ask for this; add phrases = { en = [...] }")
    yield from _phrases(("escape", "words"), script.escape.words)
    if not script.escape.keys and not script.escape.words:
        yield FlowError(("escape",), 'nothing leads to a person; add keys = "0"')


def _phrases(path: tuple[str, ...], phrases: Mapping[str, tuple[str, ...]]) -> Iterator[FlowError]:
    for language, said in phrases.items():
        for phrase in said:
            if not fold(phrase):
                yield FlowError(
                    (*path, language), f"expected words, found {phrase!r}; write what callers say"
                )


def _slot(path: tuple[str, str], slot: Slot) -> Iterator[FlowError]:
    if slot.min_digits > slot.max_digits:
        yield FlowError((*path, "min_digits"), "more than max_digits: nothing could ever be entered")
    if (slot.type == "choice") != bool(slot.choices):
        fix = "add choices" if slot.type == "choice" else 'write type = "choice", or remove them'
        yield FlowError(path, f"choices belong to a choice; {fix}")
    for name, phrases in slot.choices.items():
        yield from _phrases((*path, "choices", name), phrases)
    if slot.type == "text":
        if slot.keys or slot.key_prompt is not None:
            yield FlowError(path, "a text cannot be keyed in; remove keys and key_prompt")
        return
    if slot.key_prompt is None:
        yield FlowError(path, "expected the key 'key_prompt': how keys answer the question")
    if missing := sorted(set(slot.choices) - set(slot.keys.values())):
        yield FlowError((*path, "keys"), f"no key stands for {missing[0]!r}; add one")
    for key, value in slot.keys.items():
        if not _is_value(slot, value):
            yield FlowError((*path, "keys", key), f"{value!r} is no {slot.type} of this question; change it")


def _is_value(slot: Slot, value: str) -> bool:
    if slot.type == "choice":
        return value in slot.choices
    return from_words(slot.type, fold(value), "en", _SOME_DAY) is not None
