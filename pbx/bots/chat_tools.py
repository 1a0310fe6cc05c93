"""What a chat model may do beside talking: choose an intent, fill a slot, call a person, finish. Pure."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from pbx.bots.bot import Bot, Tool
from pbx.bots.lexicon import fold
from pbx.bots.values import LONGEST, from_words

LONGEST_ARGUMENTS = 4096  # characters


class Refused(Exception):  # noqa: N818 - named as the fact it states
    """The model has asked for something it may not do; the message says what."""


class Toolbox:
    """The tools that a bot allows, and what came of their use in one conversation."""

    def __init__(
        self,
        bot: Bot,
        language: str,
        today: date,
        *,
        allowed: tuple[Tool, ...],
        intent: str,
        slots: Mapping[str, str],
    ) -> None:
        self._bot, self._language, self._today, self._allowed = bot, language, today, allowed
        self.intent, self.slots = intent, dict(slots)
        self.person = self.finished = False

    def schema(self) -> list[dict[str, Any]]:
        """As the chat completions API wants to be told of functions."""
        names = list(self._bot.intents)
        slots = list(self._bot.slots)
        described: dict[Tool, tuple[str, dict[str, Any]]] = {
            "choose": ("Note what the caller wants.", {"intent": {"type": "string", "enum": names}}),
            "fill": (
                "Note an answer of the caller's. Dates are YYYY-MM-DD, times HH:MM.",
                {"slot": {"type": "string", "enum": slots}, "value": {"type": "string"}},
            ),
            "person": ("Put the caller through to a person.", {}),
            "finish": ("End the conversation: the intent is chosen and its slots are filled.", {}),
        }
        return [
            {
                "type": "function",
                "function": {
                    "name": name,
                    "description": described[name][0],
                    "parameters": {
                        "type": "object",
                        "properties": described[name][1],
                        "required": list(described[name][1]),
                        "additionalProperties": False,
                    },
                },
            }
            for name in self._allowed
            if name != "fill" or slots
        ]

    def use(self, name: str, arguments: str) -> str:
        """What to tell the model. Raises Refused for a tool that is not allowed, and for no arguments."""
        if name not in self._allowed:
            raise Refused(f"a tool that this bot does not allow: {name[:40]!r}")
        given = _arguments(arguments)
        match name:
            case "choose":
                return self._choose(given.get("intent"))
            case "fill":
                return self._fill(given.get("slot"), given.get("value"))
            case "person":
                self.person = True
                return "done"
            case _:
                return self._finish()

    def _choose(self, intent: object) -> str:
        if intent not in self._bot.intents:
            return f"there is no such intent; choose one of {', '.join(self._bot.intents)}"
        self.intent = str(intent)
        missing = self._missing()
        return f"done; still to be asked: {', '.join(missing)}" if missing else "done"

    def _fill(self, name: object, value: object) -> str:
        slot = self._bot.slots.get(str(name))
        if slot is None:
            return f"there is no such slot; fill one of {', '.join(self._bot.slots)}"
        text = str(value)
        if slot.type == "choice":
            kept = text if text in slot.choices else None
        elif slot.type == "text":
            kept = text.strip()[:LONGEST] or None
        else:
            words = fold(text)
            kept = from_words(slot.type, words, "en", self._today)
            kept = kept or from_words(slot.type, words, self._language, self._today)
        if kept is None or (slot.type == "digits" and not slot.min_digits <= len(kept) <= slot.max_digits):
            return f"that is no {slot.type} of this question; ask the caller again"
        self.slots[str(name)] = kept
        return "done"

    def _finish(self) -> str:
        if not self.intent:
            return "choose what the caller wants first"
        if missing := self._missing():
            return f"still to be asked: {', '.join(missing)}"
        self.finished = True
        return "done"

    def _missing(self) -> list[str]:
        wanted = self._bot.intents[self.intent].slots if self.intent in self._bot.intents else ()
        return [name for name in wanted if name not in self.slots]


def _arguments(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text or "{}") if len(text) <= LONGEST_ARGUMENTS else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Refused("arguments that are no JSON object, or too long")
    return cast("dict[str, Any]", given)
