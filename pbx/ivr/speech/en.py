"""English: British "and", a.m. and p.m., noon and midnight."""

from pbx.ivr.speech.grammar import (
    MANNERS,
    Calendar,
    Case,
    Gender,
    Language,
    Manner,
    Noun,
    Numerals,
    Plural,
    Words,
    by_manner,
    cardinal,
    keys,
    prefixed,
    words,
)

_ONES = words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = words("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINAL_ONES = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINAL_TENS = words("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth")
_PREPOSITIONS = by_manner("", "at ", "from ", "until ")
_BEFORE_DATES = by_manner("", "on ", "from ", "until ")
_WEEKDAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_MONTHS = words("January February March April May June July August September October November December")


def _noun(one: str, other: str) -> Noun:
    return Noun(None, {"nominative": one}, {"nominative": other})


def _counted(noun: Noun, number: int, case: Case) -> str:
    return (noun.singular if number == 1 else noun.plural)[case]


def _plural(number: int) -> Plural:
    return "one" if number == 1 else "other"


def _below_hundred(number: int, ones: Words, tens: Words) -> Words:
    if number < 20:
        return (ones[number - 1],)
    ten, unit = divmod(number, 10)
    return (_TENS[ten - 2], ones[unit - 1]) if unit else (tens[ten - 2],)


def _below_thousand(number: int, gender: Gender | None, case: Case) -> Words:
    del gender, case
    hundred, rest = divmod(number, 100)
    if not hundred:
        return _below_hundred(rest, _ONES, _TENS)
    said = f"{_ONES[hundred - 1]} hundred"
    return (f"{said} and", *_below_hundred(rest, _ONES, _TENS)) if rest else (said,)


_NUMERALS = Numerals(
    {"nominative": "zero"},
    _below_thousand,
    _noun("million", "million"),
    _noun("thousand", "thousand"),
    _counted,
    says_one=True,
)


def _cardinal(number: int, gender: Gender | None, case: Case) -> Words:
    words = cardinal(_NUMERALS, number, gender, case)
    if number > 999 and 0 < number % 1000 < 100:  # "one thousand and five"
        scale = -1 - len(_below_thousand(number % 1000, gender, case))
        return (*words[:scale], f"{words[scale]} and", *words[scale + 1 :])
    return words


def _ordinal(number: int, gender: Gender | None, case: Case) -> Words:
    del gender, case
    hundred, rest = divmod(number, 100)
    if not rest:
        return (f"{_ONES[hundred - 1]} hundredth",)
    ending = _below_hundred(rest, _ORDINAL_ONES, _ORDINAL_TENS)
    return (f"{_ONES[hundred - 1]} hundred and", *ending) if hundred else ending


def _time(hour: int, minute: int, manner: Manner) -> Words:
    before, half = _PREPOSITIONS[manner], "a.m." if hour < 12 else "p.m."
    if (hour, minute) in ((0, 0), (12, 0)):
        return (before + ("noon" if hour else "midnight"),)
    said = before + _ONES[(hour - 1) % 12]
    if not minute:
        return said, half
    if minute < 10:
        return said, f"oh {_ONES[minute - 1]}", half
    return said, *_below_hundred(minute, _ONES, _TENS), half


_DAYS = dict.fromkeys(
    MANNERS, tuple("the " + " ".join(_ordinal(day, None, "nominative")) for day in range(1, 32))
)
_NOUNS = {
    name: _noun(one, other)
    for name, one, other in (
        ("second", "second", "seconds"),
        ("minute", "minute", "minutes"),
        ("hour", "hour", "hours"),
        ("day", "day", "days"),
        ("year", "year", "years"),
        ("caller", "caller", "callers"),
        ("person", "person", "people"),
        ("message", "message", "messages"),
        ("euro", "euro", "euros"),
        ("cent", "cent", "cents"),
        ("crown", "crown", "crowns"),
        ("heller", "heller", "hellers"),
        ("zloty", "zloty", "zlotys"),
        ("grosz", "grosz", "groszy"),
        ("rouble", "rouble", "roubles"),
        ("kopeck", "kopeck", "kopecks"),
        ("dollar", "dollar", "dollars"),
        ("pound", "pound", "pounds"),
        ("penny", "penny", "pence"),
    )
}

ENGLISH = Language(
    code="en",
    name="English",
    genders=(),
    cases=("nominative",),
    plural=_plural,
    examples={"one": 1, "other": 2},
    cardinal=_cardinal,
    ordinal=_ordinal,
    counted=_counted,
    nouns=_NOUNS,
    between_units=("and",),
    minus="minus",
    time=_time,
    calendar=Calendar(
        days=_DAYS,
        opening_days=prefixed(_BEFORE_DATES, _DAYS),
        months=dict.fromkeys(MANNERS, tuple(f"of {month}" for month in _MONTHS)),
        weekdays=prefixed(_BEFORE_DATES, dict.fromkeys(MANNERS, _WEEKDAYS)),
    ),
    waits=(
        "less than a minute",
        "between one and two minutes",
        "between two and five minutes",
        "between five and ten minutes",
        "between ten and fifteen minutes",
        "between fifteen and thirty minutes",
        "more than half an hour",
    ),
    keys=keys("zero one two three four five six seven eight nine", "star", "hash", "plus"),
    positions=(
        "You are next in the queue.",
        *(f"You are {' '.join(_ordinal(place, None, 'nominative'))} in the queue." for place in range(2, 21)),
        "There are at least twenty callers before you.",
    ),
)
