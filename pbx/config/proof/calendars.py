"""Hours of a calendar that run into one another, miss one another by minutes, or are not there at all."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from pbx.config.calendar_section import CalendarSection, weekdays
from pbx.dialplan.calendar import Hours, Span
from pbx.ivr.proof.finding import Finding, Path

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = 24 * 60
_SLIP = 5  # minutes: whoever goes home for lunch takes longer


def calendars(sections: Mapping[str, CalendarSection], written: Mapping[str, Any]) -> Iterator[Finding]:
    """`written` is the document's own table of calendars: days have their places by the keys used there."""
    for name, section in sections.items():
        yield from _repeated(name, section)
        if not any(section.hours) and not any(section.days.values()):
            yield Finding(
                "calendar-never-open",
                ("calendars", name, "hours"),
                f"calendar {name} is never open",
                'write some hours, e.g. hours = { mon-fri = "08:00-18:00" }',
            )
        yield from _days(name, section, written[name]["hours"])


def _repeated(name: str, section: CalendarSection) -> Iterator[Finding]:
    for index, day in enumerate(section.holidays):
        if day in section.holidays[:index]:
            yield Finding(
                "holiday-twice",
                ("calendars", name, "holidays", index),
                f"{day} is there twice",
                "remove one, or correct the year",
            )


def _days(name: str, section: CalendarSection, hours: Mapping[str, Any]) -> Iterator[Finding]:
    """Each day by itself, and how it meets the day after."""
    for key in hours:
        for weekday in weekdays(key):
            today, tomorrow = section.hours[weekday], section.hours[(weekday + 1) % 7]
            if clashes := list(_clashes(("calendars", name, "hours", key), _NAMES[weekday], today, tomorrow)):
                yield from clashes
                break
    for day, today in section.days.items():
        path: Path = ("calendars", name, "days", day.isoformat())
        yield from _clashes(path, day.isoformat(), today, _on(section, day + timedelta(days=1)))


def _on(section: CalendarSection, day: date) -> Hours:
    return section.days.get(day, () if day in section.holidays else section.hours[day.weekday()])


def _clashes(path: Path, day: str, today: Hours, tomorrow: Hours) -> Iterator[Finding]:
    """Told once a day: at the first hours that run into the next, or just miss them."""
    next_day = [Span(start + _DAY, end + _DAY) for start, end in sorted(tomorrow)[:1]]
    spans = [*sorted(today), *next_day]
    for one, other in pairwise(spans):
        if other.start < one.end:
            yield Finding(
                "calendar-overlap",
                path,
                f"{day}: {_clock(one)} and {_clock(other)} overlap",
                "let one begin where the other ends",
            )
            return
        if 0 < other.start - one.end <= _SLIP:
            yield Finding(
                "calendar-gap",
                path,
                f"{day}: it is closed from {_time(one.end)} to {_time(other.start)}, which nobody means",
                f"end the first at {_time(other.start)}",
            )
            return


def _clock(span: Span) -> str:
    return f"{_time(span.start)}-{_time(span.end)}"


def _time(minute: int) -> str:
    return "24:00" if minute == _DAY else f"{minute // 60 % 24:02}:{minute % 60:02}"
