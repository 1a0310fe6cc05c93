"""What every slot of a template does: a value of a call, as text, becomes words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pbx.ivr.speech.grammar import MOST, Language, Words

MOST_SPELLED = 32  # keys read back at most

_WHOLE = re.compile(r"(-?)([0-9]{1,18})(?:\.0{1,18})?")


class Form(Protocol):
    """One kind of slot, with what was written after its name."""

    def say(self, value: str, language: Language) -> Words | None:
        """The words for this value, or None if it is none that can be said this way."""
        ...

    def samples(self) -> Iterator[str]:
        """Values that between them make `say` use every word it has."""
        ...

    def objection(self, language: Language) -> str | None:
        """What this language lacks to say it, if anything."""
        del language
        return None


@dataclass(frozen=True, slots=True)
class Spelled(Form):
    """Key by key. What is no key of a phone is left out."""

    def say(self, value: str, language: Language) -> Words:
        return tuple(language.keys[key] for key in value[:MOST_SPELLED] if key in language.keys)

    def samples(self) -> Iterator[str]:
        yield "0123456789*#+"


def whole(value: str) -> int | None:
    """A whole number without its sign, if it is one that we have words for."""
    match = _WHOLE.fullmatch(value)
    number = int(match[2]) if match else None
    return number if number is not None and number <= MOST else None
