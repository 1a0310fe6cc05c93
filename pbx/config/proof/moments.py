"""Every combination of open and closed that some calendars ever show, each with a moment when they do."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from pbx.dialplan.calendar import Calendar

_USUAL_YEAR = 2026
_ORDINARY = (
    (1, 8),
    (3, 20),
    (7, 8),
    (10, 29),
)  # summer time begins and ends on different days around the world
_ANY_TIME = datetime(_USUAL_YEAR, 1, 1, tzinfo=UTC)
_MOST_DAYS = 400  # looked at: a calendar with more special days is looked at on those that come first


class Moment(NamedTuple):
    """At `at`, UTC, exactly these are open."""

    at: datetime
    open: frozenset[str]


def moments(calendars: Mapping[str, Calendar]) -> list[Moment]:
    """The earliest of each, ordinary weeks first. Nothing opens or closes between the moments looked at."""
    found: dict[frozenset[str], datetime] = {} if calendars else {frozenset(): _ANY_TIME}
    for at in _changes(calendars):
        now_open = frozenset(name for name, calendar in calendars.items() if calendar.open_at(at))
        found.setdefault(now_open, at)
    return [Moment(at, now_open) for now_open, at in found.items()]


def said(moment: Moment, calendar: Calendar) -> str:
    """For people, by the clock on the calendar's wall: "Sat 2027-01-09 00:00"."""
    return f"{moment.at.astimezone(calendar.zone):%a %Y-%m-%d %H:%M}"


def _changes(calendars: Mapping[str, Calendar]) -> Iterator[datetime]:
    special = sorted({day for calendar in calendars.values() for day in calendar.days})[:_MOST_DAYS]
    year = special[-1].year + 1 if special else _USUAL_YEAR
    ordinary = [_monday(date(year, *day)) + timedelta(days=more) for day in _ORDINARY for more in range(8)]
    around = [day + timedelta(days=after) for day in special for after in (0, 1)]
    for day in dict.fromkeys([*ordinary, *around]):
        for calendar in calendars.values():
            midnight = datetime.combine(day, time(), calendar.zone)
            minutes = {0, *(minute for span in calendar.hours(day) for minute in span)}
            yield from ((midnight + timedelta(minutes=minute)).astimezone(UTC) for minute in sorted(minutes))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
