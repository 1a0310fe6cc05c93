"""Calendars as written in dialplan.toml: hours like "08:00-18:00", by weekday and by date."""

import re
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from pbx.config.section import Section
from pbx.dialplan.calendar import Calendar, Hours, Span

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (ValueError, OSError, ZoneInfoNotFoundError):
        close = get_close_matches(str(value), available_timezones(), n=1) or ["Europe/Riga"]
        raise ValueError(f'no time zone is called {value!r}; did you mean "{close[0]}"?') from None


def _hours(value: object) -> Hours:
    """One span, several, or none: [] is closed."""
    texts: list[object] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType] - whatever TOML holds
    return tuple(_span(text) for text in texts)


def _span(text: object) -> Span:
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f'expected hours like "08:00-18:00", or a list of them, found {text!r}')
    hour, minute, to_hour, to_minute = map(int, found.groups())
    start, end = hour * 60 + minute, to_hour * 60 + to_minute
    if minute > 59 or to_minute > 59 or start >= 1440 or end > 1440:
        raise ValueError(f"{text!r} is not a time of day; write 00:00 to 23:59, and 24:00 only as an end")
    if start == end:
        raise ValueError(f'{text!r} is empty; write [] for closed, "00:00-24:00" for the whole day')
    return Span(start, end if end > start else end + 1440)


def _week(value: object) -> tuple[Hours, ...]:
    week: dict[int, Hours] = {}
    for key, hours in _table(value).items():
        for weekday in weekdays(key):
            if weekday in week:
                raise ValueError(f"{_WEEKDAYS[weekday]} has hours twice; name each day once")
            week[weekday] = _hours(hours)
    return tuple(week.get(weekday, ()) for weekday in range(7))


def weekdays(key: str) -> range:
    """Monday is 0. Raises ValueError for what names no days."""
    first, _, last = key.partition("-")
    if first not in _WEEKDAYS or (last or first) not in _WEEKDAYS:
        raise ValueError(f'expected a weekday like "mon", or several like "mon-fri", found {key!r}')
    start, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
    if end < start:
        raise ValueError(f"{key!r} runs backwards; the week begins with mon")
    return range(start, end + 1)


def _days(value: object) -> dict[date, Hours]:
    days: dict[date, Hours] = {}
    for key, hours in _table(value).items():
        try:
            day = date.fromisoformat(key)
        except ValueError:
            raise ValueError(f"expected a date like 2026-12-23, found {key!r}") from None
        days[day] = _hours(hours)
    return days


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f'expected a table like {{ mon-fri = "08:00-18:00" }}, found {value!r}')  # noqa: TRY004 - pydantic wants ValueError
    return value  # pyright: ignore[reportUnknownVariableType] - TOML's keys are texts


_SPAN_SCHEMA = {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"}
_HOURS_SCHEMA = {"anyOf": [_SPAN_SCHEMA, {"type": "array", "items": _SPAN_SCHEMA}]}
_WEEKDAY = f"({'|'.join(_WEEKDAYS)})"

Zone: TypeAlias = Annotated[ZoneInfo, PlainValidator(_zone), WithJsonSchema({"type": "string"})]
Week: TypeAlias = Annotated[
    tuple[Hours, ...],
    PlainValidator(_week),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{_WEEKDAY}(-{_WEEKDAY})?$"},
            "additionalProperties": _HOURS_SCHEMA,
        }
    ),
]
Days: TypeAlias = Annotated[
    dict[date, Hours],
    PlainValidator(_days),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
            "additionalProperties": _HOURS_SCHEMA,
        }
    ),
]


class CalendarSection(Section):
    zone: Zone
    hours: Week
    holidays: list[date] = Field(default_factory=list[date])
    days: Days = Field(default_factory=dict[date, Hours])

    @model_validator(mode="after")
    def _each_day_once(self) -> "CalendarSection":
        for day in self.holidays:
            if day in self.days:
                raise ValueError(f"{day} is a holiday and also has hours; keep one of the two")
        return self

    def calendar(self) -> Calendar:
        closed: dict[date, Hours] = dict.fromkeys(self.holidays, ())
        return Calendar(self.zone, self.hours, MappingProxyType(closed | self.days))
