"""The numbers a route is for: one number, a pattern of digits, or everything that begins alike."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Key: TypeAlias = str | tuple[str, int]  # a whole number, or how it begins and how long it is

_ANY_LENGTH, _PREFIX = 0, -1  # in place of a length
_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
_PIECE = re.compile(r"[0-9*#+]|[XZN]|\[[0-9](?:-[0-9])?(?:[0-9](?:-[0-9])?)*\]|\.\Z")
_DIGITS = "0123456789*#"  # all that a wildcard can stand for, so that what it took is safe to dial
WILD = frozenset(_DIGITS)


@dataclass(frozen=True, slots=True)
class Match:
    """What a number must look like. Wildcards stand for digits, * and # only; `number` may be any text.

    In a pattern X is 0-9, Z is 1-9, N is 2-9, [1-46] is 1, 2, 3, 4 or 6, and a final "." is one or more of
    0-9, * and #. A prefix needs at least one of these after it.

    Raises ValueError for a pattern that cannot be read, saying where and what was expected.
    """

    kind: Literal["number", "pattern", "prefix"]
    text: str
    _regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "_regex", re.compile(_regex(self.kind, self.text)))
        except re.error:
            raise ValueError(
                f"a set in pattern {self.text!r} counts backwards; write [2-5], not [5-2]"
            ) from None

    def fits(self, number: str) -> bool:
        return self._regex.fullmatch(number) is not None

    def rest(self, number: str) -> str:
        """What was dialled after a prefix; the whole number otherwise."""
        return number[len(self.text) :] if self.kind == "prefix" else number

    def keys(self) -> Iterator[Key]:
        """Under what to file this, so that `keys_of` finds it for every number that fits."""
        match self.kind:
            case "number":
                yield self.text
            case "prefix":
                yield self.text, _PREFIX
            case "pattern":
                pieces = _pieces(self.text)
                length = _ANY_LENGTH if pieces[-1] == "." else len(pieces)
                first = re.compile(_meaning(pieces[0]))
                yield from ((sign, length) for sign in _DIGITS + "+" if first.fullmatch(sign))

    def signs(self) -> tuple[frozenset[str], ...]:
        """What each sign of the shortest numbers that fit may be."""
        match self.kind:
            case "number":
                return tuple(frozenset(sign) for sign in self.text)
            case "prefix":
                return (*(frozenset(sign) for sign in self.text), WILD)
            case "pattern":
                meanings = (re.compile(_meaning(piece)) for piece in _pieces(self.text))
                signs = _DIGITS + "+"
                return tuple(frozenset(sign for sign in signs if one.fullmatch(sign)) for one in meanings)

    @property
    def open_ended(self) -> bool:
        """May any number of further keys follow?"""
        return self.kind == "prefix" or (self.kind == "pattern" and self.text.endswith("."))

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"


def keys_of(number: str, prefixes: Iterable[int]) -> Iterator[Key]:
    """Where to look for whatever may fit a number, given how long the prefixes are."""
    yield number
    yield number[:1], len(number)
    yield number[:1], _ANY_LENGTH
    for length in prefixes:
        yield number[:length], _PREFIX


def _regex(kind: str, text: str) -> str:
    if not text:
        raise ValueError(f"a {kind} cannot be empty; write the digits that are dialled")
    match kind:
        case "number":
            return re.escape(text)
        case "prefix":
            if strange := next((sign for sign in text if sign not in _DIGITS + "+"), None):
                raise ValueError(
                    f"a prefix is made of 0-9, *, # and +, not {strange!r}; use `pattern` for wildcards"
                )
            return re.escape(text) + "[0-9*#]+"
        case _:
            return "".join(_meaning(piece) for piece in _pieces(text))


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise ValueError(
                f"cannot read {text[at]!r} at character {at + 1} of pattern {text!r}; "
                "use 0-9 * # +, X (0-9), Z (1-9), N (2-9), sets like [2-5], and one final `.` for the rest"
            )
        pieces.append(piece[0])
        at = piece.end()
    return pieces


def _meaning(piece: str) -> str:
    if piece == ".":
        return "[0-9*#]+"
    return piece if piece.startswith("[") else _CLASSES.get(piece, re.escape(piece))
