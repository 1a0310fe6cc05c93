"""Texts with typed slots: parsed once, and rendered in a call into clips that all were made before it."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from pbx.ivr.speech.grammar import Words
from pbx.ivr.speech.languages import LANGUAGES
from pbx.ivr.speech.slot_syntax import parse_form
from pbx.ivr.speech.slots import Form, Spelled

LONGEST_SLUG = 40

_SLOT = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_CYRILLIC = "а б в г д е ё ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я ł"
_LATIN = "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya l"
_READABLE = str.maketrans(dict(zip(_CYRILLIC.split(" "), _LATIN.split(" "), strict=True)))


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a variable is said, and how."""

    variable: str
    form: Form


@dataclass(frozen=True, slots=True)
class Template:
    """A text, in stretches of words and slots."""

    text: str
    parts: tuple[str | Slot, ...]


def parse_template(text: str) -> Template:
    """Read a text such as "You have {n:count message}.", whatever its language.

    Raises ValueError, whose message says what was expected.
    """
    if not "".join(text.split()).isprintable():
        raise ValueError(
            f"expected letters and signs that can be seen, not {text.strip()!r}; delete the others"
        )
    parts: list[str | Slot] = []
    for number, piece in enumerate(_SLOT.split(text)):
        if number % 2:
            parts.append(_slot(piece))
        elif "{" in piece or "}" in piece:
            raise ValueError(f"expected slots like {{name}} and no other braces, not {text.strip()!r}")
        elif stretch := _stretch(piece):
            parts.append(stretch)
    if not parts:
        raise ValueError(f"expected something to say, not {text!r}")
    return Template(text, tuple(parts))


def check_template(template: Template, language: str) -> str | None:
    """What keeps a language from saying it, if anything: a gender or case it has not, too few forms."""
    slots = [part for part in template.parts if isinstance(part, Slot)]
    if slots and language not in LANGUAGES:
        return f"values are said in {', '.join(LANGUAGES)}, but not in {language!r}: leave the slots out"
    objections = (slot.form.objection(LANGUAGES[language]) for slot in slots)
    return next((objection for objection in objections if objection), None)


def variables(template: Template) -> tuple[str, ...]:
    """The variables it says, each once, in their order."""
    return tuple(dict.fromkeys(part.variable for part in template.parts if isinstance(part, Slot)))


def render(template: Template, value: Callable[[str], str], language: str) -> Words:
    """The clips to play one after another, each named by its text.

    A value that its slot cannot say is spelled. The template is one that `check_template` lets pass.
    """
    said: list[str] = []
    for part in template.parts:
        if isinstance(part, str):
            said.append(part)
        elif speaks := LANGUAGES.get(language):
            text = value(part.variable)
            words = part.form.say(text, speaks)
            said += Spelled().say(text, speaks) if words is None else words
    return tuple(said)


def fragments(template: Template, language: str) -> frozenset[str]:
    """Every clip that `render` can ever name."""
    return frozenset[str]().union(
        *({part} if isinstance(part, str) else _every(part.form, language) for part in template.parts)
    )


@lru_cache(maxsize=1024)
def _every(form: Form, language: str) -> frozenset[str]:
    """What a slot can say in a language: nothing, in one that we do not speak."""
    speaks = LANGUAGES.get(language)
    if speaks is None:
        return frozenset()
    said = (form.say(sample, speaks) or () for sample in form.samples())
    return frozenset(speaks.keys.values()).union(*said)


def clip_name(text: str) -> str:
    """The prompt's name of a clip: what it says, as far as a file's name can, and a digest of the text."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_READABLE))
    slug = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode())
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{slug[:LONGEST_SLUG].strip('-') or 'clip'}-{digest}"


def _stretch(piece: str) -> str:
    """The words between two slots. Marks before them belong to what was said before, and are not heard."""
    words = " ".join(piece.split()).lstrip(" ,;.:!?)")
    return words if any(letter.isalnum() for letter in words) else ""


def _slot(inside: str) -> Slot:
    variable, colon, written = inside.partition(":")
    if not _NAME.fullmatch(variable):
        raise ValueError(
            f"expected a variable of small letters, digits and _ in {{{inside}}}, as in {{name:number}}"
        )
    if not colon:
        return Slot(variable, Spelled())
    try:
        return Slot(variable, parse_form(written))
    except ValueError as problem:
        raise ValueError(f"in {{{inside}}}: {problem}") from None
