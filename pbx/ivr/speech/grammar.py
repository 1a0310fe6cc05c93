"""What a language must tell us before it can announce anything, and what most of them build alike."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")
Words: TypeAlias = tuple[str, ...]  # each is one clip

# "animate" and "personal" are masculines that some Slavic languages count in their own way: living beings
# whose accusative is their genitive, and in Polish men ("dwóch dzwoniących", not "dwa").
Gender: TypeAlias = Literal["masculine", "feminine", "neuter", "animate", "personal"]
Case: TypeAlias = Literal[
    "nominative", "genitive", "dative", "accusative", "locative", "instrumental", "prepositional"
]
Manner: TypeAlias = Literal["plain", "at", "from", "until"]  # how a time or a date stands in its sentence
Plural: TypeAlias = Literal["zero", "one", "few", "many", "other"]

GENDERS: tuple[Gender, ...] = ("masculine", "feminine", "neuter", "animate", "personal")
ByGender: TypeAlias = Mapping[Gender, Mapping[Case, str]]
SLAVIC_CASES: tuple[Case, ...] = (
    "nominative",
    "genitive",
    "dative",
    "accusative",
    "locative",
    "instrumental",
)
CASES: tuple[Case, ...] = (*SLAVIC_CASES, "prepositional")
MANNERS: tuple[Manner, ...] = ("plain", "at", "from", "until")
CURRENCIES = {  # the noun of the unit, and of its hundredth
    "EUR": ("euro", "cent"),
    "CZK": ("crown", "heller"),
    "PLN": ("zloty", "grosz"),
    "RUB": ("rouble", "kopeck"),
    "USD": ("dollar", "cent"),
    "GBP": ("pound", "penny"),
}
NOUNS = (  # what every language can count
    *("second", "minute", "hour", "day", "year", "caller", "person", "message"),
    *dict.fromkeys(noun for pair in CURRENCIES.values() for noun in pair),
)
WAITS = (60, 120, 300, 600, 900, 1800)  # seconds between one way of saying a wait and the next
NAMED_PLACES = 20  # positions in a queue with a sentence of their own
MOST = 999_999_999  # the largest number said in words
MOST_ORDINAL = 999


class Noun(NamedTuple):
    """A word that can be counted, in every case of its language. A gender of None: the language has none."""

    gender: Gender | None
    singular: Mapping[Case, str]
    plural: Mapping[Case, str]
    adjectival: bool = False  # Russian: "два звонящих", but "два рубля"


class Calendar(NamedTuple):
    """The words of dates, by manner: 31 days, 12 months, 7 weekdays from Monday."""

    days: Mapping[Manner, Words]  # after a weekday
    opening_days: Mapping[Manner, Words]  # a date begins with them: "on the second", "до второго"
    months: Mapping[Manner, Words]
    weekdays: Mapping[Manner, Words]


class Language(NamedTuple):
    """Everything that is said differently in another language."""

    code: str
    name: str
    genders: tuple[Gender, ...]
    cases: tuple[Case, ...]
    plural: Callable[[int], Plural]  # CLDR's class of a whole number
    examples: Mapping[Plural, int]  # a noun is written out as it stands after these, in this order
    cardinal: Callable[[int, Gender | None, Case], Words]  # 0 to MOST
    ordinal: Callable[[int, Gender | None, Case], Words]  # 1 to MOST_ORDINAL
    counted: Callable[[Noun, int, Case], str]  # the noun's form after a number
    nouns: Mapping[str, Noun]  # NOUNS
    between_units: Words  # "twelve euros AND fifty cents"
    minus: str
    time: Callable[[int, int, Manner], Words]  # hour 0 to 23, minute
    calendar: Calendar
    waits: Words  # one more than WAITS
    keys: Mapping[str, str]  # 0-9, *, # and +
    positions: Words  # NAMED_PLACES sentences and one for all places behind


class Numerals(NamedTuple):
    """The words of cardinals, which all five languages put together alike."""

    zero: Mapping[Case, str]
    below_thousand: Callable[[int, Gender | None, Case], Words]  # 1 to 999
    million: Noun
    thousand: Noun
    counted: Callable[[Noun, int, Case], str]
    says_one: bool  # "one thousand", not "thousand"


def cardinal(numerals: Numerals, number: int, gender: Gender | None, case: Case) -> Words:
    """A number from 0 to MOST."""
    if number == 0:
        return (numerals.zero[case],)
    said: Words = ()
    for noun, group in (
        (numerals.million, number // 1_000_000),
        (numerals.thousand, number // 1000 % 1000),
    ):
        if group > 1 or (group == 1 and numerals.says_one):
            said += numerals.below_thousand(group, noun.gender, case)
        if group:
            said += (numerals.counted(noun, group, case),)
    return said + (numerals.below_thousand(number % 1000, gender, case) if number % 1000 else ())


def said_date(calendar: Calendar, day: date, manner: Manner, *, weekday: bool) -> Words:
    """A day of the year: the year itself is not said."""
    month = calendar.months[manner][day.month - 1]
    if weekday:
        return calendar.weekdays[manner][day.weekday()], calendar.days[manner][day.day - 1], month
    return calendar.opening_days[manner][day.day - 1], month


def words(line: str) -> Words:
    """One line of a table."""
    return tuple(line.split())


def phrases(line: str) -> Words:
    """One line of a table whose entries are more than a word each: "w poniedziałek, we wtorek"."""
    return tuple(line.split(", "))


def by_case(cases: tuple[Case, ...], line: str) -> Mapping[Case, str]:
    """A declension in one line, its forms in the order of the language's cases."""
    return dict(zip(cases, words(line), strict=True))


def by_manner(plain: T, at: T, from_: T, until: T) -> Mapping[Manner, T]:
    """The same thing, said in four manners."""
    return dict(zip(MANNERS, (plain, at, from_, until), strict=True))


def prefixed(prefixes: Mapping[Manner, str], said: Mapping[Manner, Words]) -> Mapping[Manner, Words]:
    """Words with the preposition of each manner before them."""
    return {manner: tuple(prefixes[manner] + word for word in said[manner]) for manner in MANNERS}


def days_of_month(
    ordinal: Callable[[int, Gender | None, Case], Words], gender: Gender, cases: Mapping[Manner, Case]
) -> Mapping[Manner, Words]:
    """The first to the thirty-first, each one clip."""
    return {
        manner: tuple(" ".join(ordinal(day, gender, cases[manner])) for day in range(1, 32))
        for manner in MANNERS
    }


def by_gender(cases: tuple[Case, ...], masculine: str, feminine: str, neuter: str) -> ByGender:
    """A Slavic adjective. Animates and men differ in the accusative: it is the genitive."""
    thing = by_case(cases, masculine)
    living: Mapping[Case, str] = {**thing, "accusative": thing["genitive"]}
    return {
        "masculine": thing,
        "animate": living,
        "personal": living,
        "feminine": by_case(cases, feminine),
        "neuter": by_case(cases, neuter),
    }


_GENDERS: Mapping[str, Gender] = {gender: gender for gender in GENDERS}


def nouns(cases: tuple[Case, ...], table: str) -> dict[str, Noun]:
    """Nouns of two lines each: "minute feminine: minūte minūtes ..." and the same cases in the plural."""
    found: dict[str, Noun] = {}
    lines = table.strip().splitlines()
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        head, _, singular = first.partition(":")
        name, kind, *adjectival = head.split()
        found[name] = Noun(_GENDERS[kind], by_case(cases, singular), by_case(cases, second), bool(adjectival))
    return found


def keys(digits: str, star: str, pound: str, plus: str) -> Mapping[str, str]:
    """What each key of a phone is called: ten digits on one line, then *, # and +."""
    return dict(zip("0123456789*#+", (*words(digits), star, pound, plus), strict=True))
