"""Values out of a caller's words or keys: dates, times, digits, numbers, yes and no. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, TypeAlias

from pbx.bots.lexicon import WORDS, Words

Kind: TypeAlias = Literal["date", "time", "digits", "number", "choice", "yes_no", "text"]
MOST_WORDS = 60  # of one utterance; the rest is not looked at
LONGEST = 256  # characters of a value
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?")
_HOUR = re.compile(r"[0-9]{1,2}")
_FIGURES = re.compile(r"[0-9]{1,12}")


def from_words(
    kind: Kind, words: Sequence[str], language: str, today: date, *, asked: bool = True
) -> str | None:
    """The value that folded words state, None if they state none.

    "2026-03-02", "14:30", "0123", "7", "yes" or "no", or the text itself; choices are not known here. What
    was not `asked` for must be plain: "at ten", not "ten". A language without a lexicon has its figures only.
    """
    known = WORDS.get(language, _NONE)
    words = words[:MOST_WORDS]
    if not asked and kind not in ("date", "time"):
        return None
    match kind:
        case "yes_no":
            return yes_or_no(words, known)
        case "digits":
            return "".join(_digits(words, known))[:LONGEST] or None
        case "number":
            return _number(words, known)
        case "date":
            return _date(words, known, today)
        case "time":
            return _time(words, known, asked=asked)
        case "text":
            return " ".join(words)[:LONGEST] or None
        case "choice":
            return None


def from_keys(kind: Kind, keys: str, today: date) -> str | None:
    """The value that keys state: DDMM for a date, HHMM for a time, 1 or 2 for yes or no, else digits."""
    if not _FIGURES.fullmatch(keys):
        return None
    match kind:
        case "yes_no":
            return {"1": "yes", "2": "no"}.get(keys)
        case "digits":
            return keys
        case "number":
            return str(int(keys))
        case "date":
            return _next(int(keys[:2]), int(keys[2:]), today) if len(keys) == 4 else None
        case "time":
            return _clock(int(keys[:-2] or 24), int(keys[-2:]))
        case "text" | "choice":
            return None


def yes_or_no(words: Sequence[str], known: Words) -> str | None:
    """No counts more: "no, that is not right" has both."""
    if _states(words, known.no):
        return "no"
    return "yes" if _states(words, known.yes) else None


def _states(words: Sequence[str], phrases: frozenset[tuple[str, ...]]) -> bool:
    return any(
        tuple(words[at : at + len(phrase)]) == phrase for phrase in phrases for at in range(len(words))
    )


def _small(words: Sequence[str], known: Words, at: int) -> tuple[int, int] | None:
    """The number 0-99 in words that begins at a place, and where it ends."""
    if at >= len(words) or words[at] not in known.numbers:
        return None
    number, after = known.numbers[words[at]], at + 1
    if words[at] in known.tens and after < len(words) and 0 < known.numbers.get(words[after], 0) < 10:
        return number + known.numbers[words[after]], after + 1
    return number, after


def _numbers(words: Sequence[str], known: Words) -> Iterator[str]:
    """Every number, in figures or in words, as figures."""
    at = 0
    while at < len(words):
        small = _small(words, known, at)
        if small is not None:
            yield str(small[0])
            at = small[1]
            continue
        if _FIGURES.fullmatch(words[at]):
            yield words[at]
        at += 1


def _digits(words: Sequence[str], known: Words) -> Iterator[str]:
    return iter(()) if known.larger & set(words) else _numbers(words, known)


def _number(words: Sequence[str], known: Words) -> str | None:
    """Just one: of two, nobody knows which is meant; and none larger than the words known."""
    found = list(_numbers(words, known))
    return str(int(found[0])) if len(found) == 1 and not known.larger & set(words) else None


def _date(words: Sequence[str], known: Words, today: date) -> str | None:
    for word in words:
        if _ISO.fullmatch(word):
            return _iso(word)
    longest = sorted(known.days, key=len, reverse=True)  # "the day after tomorrow" has "tomorrow" in it
    for phrase in longest:
        if _states(words, frozenset([phrase])):
            return (today + timedelta(days=known.days[phrase])).isoformat()
    for at, word in enumerate(words):
        if word in known.months and (day := _day_near(words, known, at)) is not None:
            return _next(day, known.months[word], today)
    for word in words:
        if word in known.weekdays:
            ahead = (known.weekdays[word] - today.weekday() - 1) % 7 + 1  # today has a word of its own
            return (today + timedelta(days=ahead)).isoformat()
    return None


def _day_near(words: Sequence[str], known: Words, month: int) -> int | None:
    """The day of the month beside its name, on either side, a word like "of" between them."""
    for start in (month - 3, month - 2, month - 1, month + 1, month + 2):
        day = _day_at(words, known, start) if 0 <= start < len(words) else None
        if day is not None and (start > month or month - 1 <= day[1] <= month):
            return day[0]
    return None


def _day_at(words: Sequence[str], known: Words, at: int) -> tuple[int, int] | None:
    """The day of a month that begins at this word, and where it ends."""
    if (found := _DAY.fullmatch(words[at])) is not None:
        return int(found[1]), at + 1
    if words[at] in known.ordinals:
        return known.ordinals[words[at]], at + 1
    if words[at] in known.tens and at + 1 < len(words) and words[at + 1] in known.ordinals:
        return known.numbers[words[at]] + known.ordinals[words[at + 1]], at + 2
    return _small(words, known, at)


def _next(day: int, month: int, today: date) -> str | None:
    """The next day of that name, today included; within eight years even 29 February comes."""
    for year in range(today.year, today.year + 9):
        try:
            then = date(year, month, day)
        except ValueError:
            continue
        if then >= today:
            return then.isoformat()
    return None


def _iso(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _time(words: Sequence[str], known: Words, *, asked: bool) -> str | None:
    said = set(words)
    if known.noon & said:
        return "12:00"
    for at in _hour_places(words, known, asked=asked):
        if (found := _hour_and_minute(words, known, at)) is not None:
            hour, minute = _english_half(words, *found)
            if hour < 12 and not known.morning & said and (hour < 7 or known.afternoon & said):
                hour += 12  # nobody comes at three in the night
            return _clock(hour, minute)
    return None


def _hour_places(words: Sequence[str], known: Words, *, asked: bool) -> Iterator[int]:
    """Where an hour may begin, the likeliest first. A number beside a month is a day."""
    marked = [at for at in range(1, len(words)) if words[at - 1] in known.at]
    yield from marked
    yield from (at for at, word in enumerate(words) if _CLOCK.fullmatch(word) or word in known.hours)
    if asked:
        months = [at for at, word in enumerate(words) if word in known.months]
        yield from (at for at in range(len(words)) if all(abs(at - month) > 2 for month in months))


def _hour_and_minute(words: Sequence[str], known: Words, at: int) -> tuple[int, int] | None:
    if (found := _CLOCK.fullmatch(words[at])) is not None:
        return int(found[1]), int(found[2])
    if words[at] in known.hours:
        return known.hours[words[at]], _minute(words, known, at + 1)
    if (small := _small(words, known, at)) is not None:
        return small[0], _minute(words, known, small[1])
    return (int(words[at]), _minute(words, known, at + 1)) if _HOUR.fullmatch(words[at]) else None


def _minute(words: Sequence[str], known: Words, at: int) -> int:
    if at < len(words) and words[at] == "oh":
        at += 1  # "ten oh five"
    elif (small := _small(words, known, at)) is not None and small[0] < 10:
        return 0
    if (small := _small(words, known, at)) is not None:
        return small[0]
    return int(words[at]) if at < len(words) and re.fullmatch(r"[0-9]{2}", words[at]) else 0


def _english_half(words: Sequence[str], hour: int, minute: int) -> tuple[int, int]:
    """Half past, a quarter past, a quarter to."""
    text = " ".join(words)
    if "half past" in text:
        return hour, 30
    if "quarter past" in text:
        return hour, 15
    return (hour - 1, 45) if "quarter to" in text else (hour, minute)


def _clock(hour: int, minute: int) -> str | None:
    return f"{hour:02}:{minute:02}" if 0 <= hour < 24 and 0 <= minute < 60 else None


_NONE = Words(
    frozenset(), frozenset(), {}, frozenset(), frozenset(), {}, {}, {}, {}, {}, frozenset(), frozenset(),
    frozenset(), frozenset(),
)  # fmt: skip
