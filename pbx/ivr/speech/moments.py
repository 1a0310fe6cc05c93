"""Slots that say when: times, dates, weekdays, how long to wait, and behind how many."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pbx.ivr.speech.grammar import NAMED_PLACES, WAITS, Language, Manner, Words, said_date
from pbx.ivr.speech.slots import Form, whole

_DATE = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_DAY = re.compile(_DATE + r"(?:[T ][0-9:.]{5,18})?")
_CLOCK = re.compile(rf"(?:{_DATE}[T ])?([0-9]{{2}}):([0-9]{{2}})(?::[0-9]{{2}}(?:\.[0-9]{{1,9}})?)?")
_SECONDS = re.compile(r"([0-9]{1,18})(?:\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class Time(Form):
    """A time of day, "14:30" or the time of "2026-03-02T14:30:00"."""

    manner: Manner = "plain"

    def say(self, value: str, language: Language) -> Words | None:
        match = _CLOCK.fullmatch(value)
        if match is None:
            return None
        hour, minute = int(match[4]), int(match[5])
        return language.time(hour, minute, self.manner) if hour < 24 and minute < 60 else None

    def samples(self) -> Iterator[str]:
        return (f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60))


@dataclass(frozen=True, slots=True)
class Date(Form):
    """A day, "2026-03-02" or that of "2026-03-02T14:30:00", with its weekday or without."""

    manner: Manner = "plain"
    weekday: bool = False

    def say(self, value: str, language: Language) -> Words | None:
        day = _day(value)
        if day is None:
            return None
        return said_date(language.calendar, day, self.manner, weekday=self.weekday)

    def samples(self) -> Iterator[str]:
        return (f"2028-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 32))


@dataclass(frozen=True, slots=True)
class Weekday(Form):
    """The weekday of a day, alone."""

    manner: Manner = "plain"

    def say(self, value: str, language: Language) -> Words | None:
        day = _day(value)
        return None if day is None else (language.calendar.weekdays[self.manner][day.weekday()],)

    def samples(self) -> Iterator[str]:
        return (f"2028-01-{day:02}" for day in range(1, 8))


@dataclass(frozen=True, slots=True)
class Wait(Form):
    """Seconds of waiting, as a range that is no more precise than such a forecast is."""

    def say(self, value: str, language: Language) -> Words | None:
        match = _SECONDS.fullmatch(value)
        return None if match is None else (language.waits[bisect_right(WAITS, int(match[1]))],)

    def samples(self) -> Iterator[str]:
        return map(str, (0, *WAITS))


@dataclass(frozen=True, slots=True)
class Position(Form):
    """A place in a queue, from 1, as a whole sentence."""

    def say(self, value: str, language: Language) -> Words | None:
        number = whole(value)
        if not number or value.startswith("-"):
            return None
        return (language.positions[min(number, NAMED_PLACES + 1) - 1],)

    def samples(self) -> Iterator[str]:
        return map(str, range(1, NAMED_PLACES + 2))


def _day(value: str) -> date | None:
    match = _DAY.fullmatch(value)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None
