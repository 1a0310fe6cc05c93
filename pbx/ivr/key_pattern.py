"""Regular expressions over the phone's keys, matched without backtracking.

The usual notation: keys, `.`, `[2-9]`, `[^0]`, `\\d`, `( | )`, and `?`, `*`, `+`, `{3}`, `{3,5}` after any of
them. A key `*` is written `\\*` or `[*]`. Matching keeps the set of places that can be reached, so that
its time is bounded by the pattern's work times the entry's length, whatever is nested in what.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

ALL_KEYS = "0123456789*#ABCD"
LONGEST = 100  # characters of a pattern
MOST_TIMES = 32  # a repetition's count at most: no entry is longer
MOST_WORK = 4096  # keys a pattern may look at for each place, repetitions multiplied out

Step: TypeAlias = Callable[[frozenset[str], frozenset[int]], frozenset[int]]
"""One of these keys is taken at each of these places: the places after it."""

_Reach: TypeAlias = Callable[[Step, frozenset[int]], frozenset[int]]  # (step, places before) -> places after
_DIGITS = frozenset("0123456789")


class _Part(NamedTuple):
    reach: _Reach
    work: int


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """`text` is the pattern as it was written."""

    text: str
    reach: _Reach = field(repr=False, compare=False)

    def fits(self, entry: str) -> bool:
        """Does the whole entry match?"""

        def step(keys: frozenset[str], places: frozenset[int]) -> frozenset[int]:
            return frozenset(at + 1 for at in places if entry[at : at + 1] in keys)

        return len(entry) in self.reach(step, frozenset({0}))


def parse_key_pattern(text: str) -> KeyPattern:
    """Raises ValueError with a fix."""
    if not 1 <= len(text) <= LONGEST:
        raise ValueError(f"expected a pattern of 1 to {LONGEST} characters, found {len(text)}")
    reading = _Reading(text)
    whole = reading.choice()
    if not reading.done:
        raise reading.wrong('a ")" that closes nothing; remove it')
    if whole.work > MOST_WORK:
        raise ValueError(f"pattern {text!r} repeats what repeats too often; write smaller counts")
    return KeyPattern(text, whole.reach)


class _Reading:
    """Recursive descent; its depth is bounded by the pattern's length."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._text)

    def wrong(self, what: str) -> ValueError:
        return ValueError(f"pattern {self._text!r}, character {self._at + 1}: {what}")

    def choice(self) -> _Part:
        ways = [self._sequence()]
        while self._skip("|"):
            ways.append(self._sequence())
        return ways[0] if len(ways) == 1 else _any_of(ways)

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while not self.done and self._peek() not in "|)":
            parts.append(self._repeated(self._one()))
        return _in_turn(parts)

    def _one(self) -> _Part:
        match sign := self._take():
            case "(":
                inner = self.choice()
                if not self._skip(")"):
                    raise self.wrong('expected ")"; close the group')
                return inner
            case "[":
                return _key_of(self._class())
            case "\\":
                return _key_of(self._escaped())
            case ".":
                return _key_of(frozenset(ALL_KEYS))
            case "*" | "?" | "+" | "{":
                self._at -= 1
                raise self.wrong(f"{sign!r} repeats nothing; put a key before it, or write [*] for the key")
            case _:
                return _key_of(frozenset({self._key(sign)}))

    def _key(self, sign: str) -> str:
        if sign not in ALL_KEYS:
            self._at -= 1
            raise self.wrong(f"{sign!r} is no key of a phone; write 0-9, *, # or A-D")
        return sign

    def _escaped(self) -> frozenset[str]:
        sign = self._take()
        return _DIGITS if sign == "d" else frozenset({self._key(sign)})

    def _class(self) -> frozenset[str]:
        others = self._skip("^")
        keys: set[str] = set()
        while not self._skip("]"):
            sign = self._take()
            if sign == "\\":
                keys |= self._escaped()
            elif self._skip("-"):
                keys |= self._range(sign, self._take())
            else:
                keys.add(self._key(sign))
        chosen = frozenset(ALL_KEYS) - keys if others else frozenset(keys)
        if not chosen:
            raise self.wrong("a class without keys; write some between [ and ]")
        return chosen

    def _range(self, first: str, last: str) -> set[str]:
        keys = {key for key in ALL_KEYS if first <= key <= last}
        if first not in keys or last not in keys or first.isalpha() != last.isalpha():
            raise self.wrong(f"{first}-{last} is no range of keys; write 0-9, or a part of it")
        return keys

    def _repeated(self, one: _Part) -> _Part:
        while not self.done and self._peek() in "?*+{":
            match self._take():
                case "?":
                    one = _times(one, 0, 1)
                case "*":
                    one = _times(one, 0, MOST_TIMES)
                case "+":
                    one = _times(one, 1, MOST_TIMES)
                case _:
                    one = _times(one, *self._counts())
        return one

    def _counts(self) -> tuple[int, int]:
        least = most = self._number()
        if self._skip(","):
            most = MOST_TIMES if self._peek() == "}" else self._number()
        if not self._skip("}") or not least <= most <= MOST_TIMES:
            raise self.wrong(f"expected a count like {{3}} or {{3,5}}, of at most {MOST_TIMES}")
        return least, most

    def _number(self) -> int:
        start = self._at
        while self._at - start < 2 and self._peek() in _DIGITS:
            self._at += 1
        if start == self._at:
            raise self.wrong("expected a count like {3} or {3,5}")
        return int(self._text[start : self._at])

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        if self.done:
            raise self.wrong("the pattern ends too early; complete it")
        self._at += 1
        return self._text[self._at - 1]

    def _skip(self, sign: str) -> bool:
        found = self._peek() == sign
        self._at += found
        return found


def _key_of(keys: frozenset[str]) -> _Part:
    def reach(step: Step, places: frozenset[int]) -> frozenset[int]:
        return step(keys, places)

    return _Part(reach, 1)


def _in_turn(parts: list[_Part]) -> _Part:
    def reach(step: Step, places: frozenset[int]) -> frozenset[int]:
        for part in parts:
            places = part.reach(step, places)
        return places

    return _Part(reach, 1 + sum(part.work for part in parts))


def _any_of(ways: list[_Part]) -> _Part:
    def reach(step: Step, places: frozenset[int]) -> frozenset[int]:
        return frozenset(at for way in ways for at in way.reach(step, places))

    return _Part(reach, 1 + sum(way.work for way in ways))


def _times(one: _Part, least: int, most: int) -> _Part:
    def reach(step: Step, places: frozenset[int]) -> frozenset[int]:
        reached = places if least == 0 else frozenset[int]()
        for time in range(1, most + 1):
            places = one.reach(step, places)
            if time >= least:
                reached |= places
        return reached

    return _Part(reach, 1 + one.work * most)
