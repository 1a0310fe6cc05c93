from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.dialplan.calendar import Calendar, Hours, Span

RIGA = ZoneInfo("Europe/Riga")
SHUT: Hours = ()
DAYTIME: Hours = (Span(8 * 60, 18 * 60),)
LUNCHED: Hours = (Span(9 * 60, 12 * 60), Span(12 * 60 + 30, 14 * 60))
NIGHT: Hours = (Span(22 * 60, 26 * 60),)  # to 02:00
OFFICE = Calendar(
    RIGA,
    (DAYTIME, DAYTIME, DAYTIME, DAYTIME, DAYTIME, LUNCHED, SHUT),
    {date(2026, 11, 18): SHUT, date(2026, 12, 30): (Span(8 * 60, 14 * 60),)},
)
BAR = Calendar(RIGA, (SHUT, SHUT, SHUT, SHUT, NIGHT, SHUT, SHUT), {date(2026, 7, 4): SHUT})


def riga(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=RIGA, fold=fold)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-03-02 07:59:59", False),
        ("2026-03-02 08:00", True),
        ("2026-03-02 17:59:59", True),
        ("2026-03-02 18:00", False),
        ("2026-03-07 12:00", False),
        ("2026-03-07 12:30", True),
        ("2026-03-08 10:00", False),
        ("2026-11-18 10:00", False),
        ("2026-12-30 13:59", True),
        ("2026-12-30 14:00", False),
    ],
)
def test_hours_include_their_start_and_exclude_their_end(at: str, is_open: bool) -> None:
    assert OFFICE.open_at(riga(at)) is is_open


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-06-26 21:59", False),
        ("2026-06-26 22:00", True),
        ("2026-06-27 01:59", True),
        ("2026-06-27 02:00", False),
        ("2026-06-27 22:00", False),
        ("2026-07-04 01:00", True),  # the night before a holiday ends as it began
    ],
)
def test_hours_past_midnight_belong_to_the_day_they_begin_on(at: str, is_open: bool) -> None:
    assert BAR.open_at(riga(at)) is is_open


def test_opening_follows_the_wall_clock_through_changes_of_summer_time() -> None:
    opens = [
        next(
            at
            for minute in range(1440)
            if OFFICE.open_at(at := datetime(2026, month, day, tzinfo=UTC) + timedelta(minutes=minute))
        )
        for month, day in [(3, 27), (3, 30), (10, 23), (10, 26)]
    ]
    assert [at.strftime("%d %H:%M") for at in opens] == ["27 06:00", "30 05:00", "23 05:00", "26 06:00"]


def test_the_hour_that_comes_twice_is_open_twice_and_the_lost_hour_costs_nothing() -> None:
    always_at_three: Hours = (Span(3 * 60, 4 * 60),)
    early = Calendar(RIGA, (always_at_three,) * 7)

    def minutes_open(day: date) -> int:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return sum(early.open_at(start + timedelta(minutes=minute)) for minute in range(1440))

    assert [minutes_open(date(2026, 10, day)) for day in (24, 25, 26)] == [60, 120, 60]
    assert [minutes_open(date(2026, 3, day)) for day in (28, 29, 30)] == [60, 0, 60]
    assert early.open_at(riga("2026-10-25 03:30", fold=0))
    assert early.open_at(riga("2026-10-25 03:30", fold=1))


def test_the_zone_of_the_question_does_not_matter() -> None:
    at = riga("2026-03-02 08:00")
    assert OFFICE.open_at(at.astimezone(ZoneInfo("America/New_York")))
    assert not OFFICE.open_at(at.astimezone(UTC) - timedelta(minutes=1))


SPANS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda s: Span(s[0], s[0] + s[1]))
HOURS = st.lists(SPANS, max_size=2).map(tuple)


@given(
    st.tuples(HOURS, HOURS, HOURS, HOURS, HOURS, HOURS, HOURS),
    st.integers(0, 13),
    st.integers(0, 1439),
)
def test_open_is_the_same_as_lying_in_some_span_on_the_line_of_minutes(
    week: tuple[Hours, ...], day: int, minute: int
) -> None:
    calendar = Calendar(ZoneInfo("UTC"), week)
    at = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=day, minutes=minute)
    spans = [
        (offset * 1440 + start, offset * 1440 + end)
        for offset in range(-2, 16)
        for start, end in week[offset % 7]
    ]
    assert calendar.open_at(at) == any(start <= day * 1440 + minute < end for start, end in spans)
