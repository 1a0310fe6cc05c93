"""Slots that say how much and how many: numbers, places in an order, counted nouns, money."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pbx.ivr.speech.grammar import CURRENCIES, MOST, MOST_ORDINAL, Case, Gender, Language, Noun, Words
from pbx.ivr.speech.slots import Form, whole

_MONEY = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,18}))?")

# Numbers that between them need every word in every place. Tens and their units are words of their own, and a
# hundred, a thousand or a million may sound otherwise when something follows.
_GROUPS = (*range(1, 30), *range(30, 100, 10), *range(100, 1000, 100), *range(101, 1000, 100))
_COVERING = (
    *(0, *_GROUPS),
    *(group * scale + rest for group in _GROUPS for scale in (1000, 1_000_000) for rest in (0, 1)),
)


@dataclass(frozen=True, slots=True)
class Number(Form):
    """A whole number, in a gender and a case."""

    gender: Gender | None = None
    case: Case = "nominative"

    def say(self, value: str, language: Language) -> Words | None:
        number = whole(value)
        if number is None:
            return None
        return _sign(value, number, language) + language.cardinal(number, self.gender, self.case)

    def samples(self) -> Iterator[str]:
        return _covering()

    def objection(self, language: Language) -> str | None:
        return _lacking(language, self.gender, self.case)


@dataclass(frozen=True, slots=True)
class Ordinal(Form):
    """A place in an order, 1 to MOST_ORDINAL."""

    gender: Gender | None = None
    case: Case = "nominative"

    def say(self, value: str, language: Language) -> Words | None:
        number = whole(value)
        if number is None or not 1 <= number <= MOST_ORDINAL or value.startswith("-"):
            return None
        return language.ordinal(number, self.gender, self.case)

    def samples(self) -> Iterator[str]:
        return map(str, range(1, MOST_ORDINAL + 1))

    def objection(self, language: Language) -> str | None:
        return _lacking(language, self.gender, self.case)


@dataclass(frozen=True, slots=True)
class Count(Form):
    """A number and the noun it counts: one of ours."""

    noun: str
    case: Case = "nominative"

    def say(self, value: str, language: Language) -> Words | None:
        number = whole(value)
        if number is None:
            return None
        noun = language.nouns[self.noun]
        return _sign(value, number, language) + _counted(language, noun, number, self.case)

    def samples(self) -> Iterator[str]:
        return _covering()

    def objection(self, language: Language) -> str | None:
        return _lacking(language, None, self.case)


@dataclass(frozen=True, slots=True)
class CountForms(Form):
    """A number and a noun that is written out as it stands after each of the language's `examples`."""

    forms: Words
    gender: Gender | None = None  # masculine
    case: Case = "nominative"

    def say(self, value: str, language: Language) -> Words | None:
        number = whole(value)
        if number is None:
            return None
        form = dict(zip(language.examples, self.forms, strict=False)).get(language.plural(number))
        numeral = language.cardinal(number, self.gender or "masculine", self.case)
        said = _sign(value, number, language) + numeral
        return said if form is None else (*said, form)

    def samples(self) -> Iterator[str]:
        return _covering()

    def objection(self, language: Language) -> str | None:
        if len(self.forms) != len(language.examples):
            after = ", ".join(map(str, language.examples.values()))
            return (
                f"{language.name} needs {len(language.examples)} forms of a noun, as after {after}, "
                f"not {len(self.forms)}: {'|'.join(self.forms)}"
            )
        return _lacking(language, self.gender, self.case)


@dataclass(frozen=True, slots=True)
class Amount(Form):
    """Money: whole units, and hundredths unless there are none. More decimals are rounded, halves up."""

    currency: str
    case: Case = "nominative"

    def say(self, value: str, language: Language) -> Words | None:
        match = _MONEY.fullmatch(value)
        if match is None:
            return None
        sign, integer, decimals = match.groups(default="")
        thousandths = int((decimals + "000")[:3])
        units, hundredths = divmod(int(integer) * 100 + (thousandths + 5) // 10, 100)
        if units > MOST:
            return None
        unit, hundredth = (language.nouns[noun] for noun in CURRENCIES[self.currency])
        said: Words = (language.minus,) if sign and (units or hundredths) else ()
        if units or not hundredths:
            said += _counted(language, unit, units, self.case)
        if units and hundredths:
            said += language.between_units
        return said + (_counted(language, hundredth, hundredths, self.case) if hundredths else ())

    def samples(self) -> Iterator[str]:
        yield from _covering()
        yield from (f"{units}.{hundredths:02}" for units in (0, 1) for hundredths in range(100))

    def objection(self, language: Language) -> str | None:
        return _lacking(language, None, self.case)


def _sign(value: str, number: int, language: Language) -> Words:
    return (language.minus,) if value.startswith("-") and number else ()


def _covering() -> Iterator[str]:
    yield "-1"
    yield from map(str, _COVERING)


def _counted(language: Language, noun: Noun, number: int, case: Case) -> Words:
    return (*language.cardinal(number, noun.gender, case), language.counted(noun, number, case))


def _lacking(language: Language, gender: Gender | None, case: Case) -> str | None:
    if gender is not None and gender not in language.genders:
        has = f"it has {', '.join(language.genders)}" if language.genders else "leave it out"
        return f"{language.name} numbers have no {gender} gender: {has}"
    if case not in language.cases:
        has = f"it has {', '.join(language.cases)}" if len(language.cases) > 1 else "leave it out"
        return f"{language.name} has no {case} case: {has}"
    return None
