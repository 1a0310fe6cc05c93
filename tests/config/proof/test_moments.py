"""Moments: every combination of open and closed there is, and no other."""

from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.config.proof.moments import moments, said
from pbx.dialplan.calendar import Calendar, Hours, Span

RIGA, NEW_YORK = ZoneInfo("Europe/Riga"), ZoneInfo("America/New_York")
SPANS = st.tuples(st.integers(0, 47), st.integers(1, 40)).map(
    lambda pair: Span(pair[0] * 30, pair[0] * 30 + pair[1] * 30)
)
HOURS = st.lists(SPANS, max_size=2).map(tuple)
DAYS = st.dictionaries(st.dates(date(2026, 5, 1), date(2026, 5, 20)), HOURS, max_size=2)


def calendar(zone: ZoneInfo, week: list[Hours], days: dict[date, Hours]) -> Calendar:
    return Calendar(zone, tuple(week), MappingProxyType(days))


CALENDARS = st.builds(
    calendar,
    st.sampled_from([RIGA, NEW_YORK, ZoneInfo("UTC")]),
    st.lists(HOURS, min_size=7, max_size=7),
    DAYS,
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(CALENDARS, min_size=1, max_size=3),
    st.integers(0, 2 * 24 * 4),
    st.integers(0, 364),
    st.booleans(),
)
def test_whatever_is_open_at_some_time_is_open_at_one_of_the_moments(
    calendars: list[Calendar], quarter: int, day: int, special: bool
) -> None:
    named = {str(number): calendar for number, calendar in enumerate(calendars)}
    found = {moment.open for moment in moments(named)}
    days = sorted({day for calendar in calendars for day in calendar.days}) if special else []
    first = days[0] if days else date(2026, 1, 1) + timedelta(days=day)
    at = datetime.combine(first, time(), UTC) + timedelta(minutes=quarter * 15)
    assert frozenset(name for name, calendar in named.items() if calendar.open_at(at)) in found


@settings(max_examples=60, deadline=None)
@given(st.lists(CALENDARS, max_size=3))
def test_a_moment_is_as_it_says(calendars: list[Calendar]) -> None:
    named = {str(number): calendar for number, calendar in enumerate(calendars)}
    told = moments(named)
    assert told
    assert len({moment.open for moment in told}) == len(told)
    for at, now_open in told:
        assert now_open == {name for name, calendar in named.items() if calendar.open_at(at)}


def test_a_moment_is_told_by_the_clock_on_the_wall() -> None:
    week: tuple[Hours, ...] = ((Span(480, 600),), *((),) * 6)
    office = Calendar(RIGA, week, MappingProxyType({date(2026, 12, 24): ()}))
    [opening] = [moment for moment in moments({"office": office}) if moment.open]
    assert said(opening, office) == "Mon 2027-01-04 08:00"


def test_a_night_that_begins_on_a_special_day_is_looked_at_to_its_end() -> None:
    closed: tuple[Hours, ...] = ((),) * 7
    ball = Calendar(RIGA, closed, MappingProxyType({date(2026, 5, 5): (Span(22 * 60, 30 * 60),)}))
    bakery = Calendar(RIGA, (*closed[:2], (Span(4 * 60, 5 * 60),), *closed[3:]))  # Wednesday's
    assert {moment.open for moment in moments({"ball": ball, "bakery": bakery})} == {
        frozenset(),
        frozenset({"ball"}),
        frozenset({"bakery"}),
        frozenset({"ball", "bakery"}),
    }


def test_summer_time_begins_on_different_days_around_the_world() -> None:
    def at_noon(zone: ZoneInfo) -> Calendar:
        return Calendar(zone, ((Span(12 * 60, 12 * 60 + 30),),) * 7)

    def from_six(zone: ZoneInfo) -> Calendar:
        return Calendar(zone, ((Span(6 * 60, 6 * 60 + 30),),) * 7)

    both = frozenset({"riga", "new york"})
    assert both in {
        moment.open for moment in moments({"riga": at_noon(RIGA), "new york": from_six(NEW_YORK)})
    }
