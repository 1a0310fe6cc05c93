"""When somebody is there: weekly hours, holidays and days with hours of their own, by local time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = 24 * 60


class Span(NamedTuple):
    """Minutes after local midnight, from and up to. An end beyond 1440 reaches into the next day."""

    start: int
    end: int


Hours = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open hours by the clock on the wall of `zone`, so a change to summer time moves none of them.

    `days` replaces the weekly hours on its dates; an empty tuple is a holiday. A span past midnight belongs
    to the day on which it begins, also when the next day is a holiday.
    """

    zone: ZoneInfo
    week: tuple[Hours, ...]  # seven, Monday first
    days: Mapping[date, Hours] = field(default_factory=lambda: MappingProxyType[date, Hours]({}))

    def open_at(self, at: datetime) -> bool:
        """`at` must carry a time zone."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        today = local.date()
        return _within(self.hours(today), minute) or _within(
            self.hours(today - timedelta(days=1)), minute + _DAY
        )

    def hours(self, day: date) -> Hours:
        special = self.days.get(day)
        return self.week[day.weekday()] if special is None else special


def _within(hours: Hours, minute: int) -> bool:
    return any(start <= minute < end for start, end in hours)
