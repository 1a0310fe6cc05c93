from math import isclose

import pytest

from pbx.acd.forecast import FEWEST, Forecast, Promise, Span


def test_nothing_is_promised_before_there_is_anything_to_go_by():
    forecast = Forecast()
    assert forecast.expected(3, 2) is None
    assert forecast.expected(3, 2, longest=40) == 40
    for _ in range(FEWEST - 1):
        forecast.handled(60)
    assert forecast.expected(3, 2) is None
    forecast.handled(60)
    assert forecast.expected(3, 2) == 120
    assert forecast.expected(3, 0, longest=7) == 7


def test_the_mean_follows_the_latest_two_hundred_conversations():
    forecast = Forecast()
    for _ in range(200):
        forecast.handled(100)
    for _ in range(1000):
        forecast.handled(200)
    assert isclose(forecast.handling, 200, rel_tol=0.01)


def test_those_ahead_who_give_up_shorten_the_wait():
    forecast = Forecast()
    for _ in range(FEWEST):
        forecast.handled(100)
    forecast.gave_up(400)
    rate, impatience = 2 / 100, 1 / 400
    assert forecast.raw(9, 2) == pytest.approx(sum(1 / (rate + i * impatience) for i in range(10)))
    long = sum(1 / (rate + i * impatience) for i in range(1001))
    assert forecast.raw(1000, 2) == pytest.approx(long, rel=1e-4)


def test_what_was_waited_sets_the_estimate_right():
    forecast = Forecast()
    for _ in range(FEWEST):
        forecast.handled(100)
    for ahead in range(200):
        quoted = forecast.raw(ahead % 10, 1)
        assert quoted is not None
        forecast.served(1, quoted, 20 + quoted / 2)
    assert forecast.expected(4, 1, priority=1) == pytest.approx(20 + (forecast.raw(4, 1) or 0) / 2)
    assert forecast.expected(4, 1, priority=0) == forecast.raw(4, 1), "a line for each priority"


def test_a_forecast_survives_as_plain_data():
    forecast = Forecast()
    forecast.handled(10)
    forecast.served(0, 5, 6)
    forecast.gave_up(3)
    assert Forecast.restored(forecast.kept()) == forecast


def test_what_is_announced_never_rises_without_a_reason():
    promise = Promise()
    told = [promise.announce(seconds, 5) for seconds in (500, 550, 650, 290, 400, 100, 20)]
    assert told == [Span(5, 10)] * 3 + [Span(3, 5)] * 2 + [Span(1, 3)] * 2
    assert promise.announce(9999, 5, overtaken=True) == Span(60, None)
    assert Promise().announce(60, 1) == Span(0, 1)
    assert Promise().announce(61, 1) == Span(1, 3)


def test_what_is_long_past_is_forgotten():
    forecast = Forecast()
    for _ in range(FEWEST):
        forecast.handled(100)
    for late, times in ((500, 300), (0, 6000)):
        for ahead in range(times):
            quoted = forecast.raw(ahead % 10, 1)
            forecast.served(0, quoted, (quoted or 0) + late)
    assert forecast.expected(4, 1) == pytest.approx(500, abs=1)


def test_a_line_is_never_steeper_than_five_nor_flatter_than_a_fifth():
    for factor, slope in ((50, 5.0), (0, 0.2)):
        forecast = Forecast()
        for _ in range(FEWEST):
            forecast.handled(10)
        for ahead in range(100):
            forecast.served(0, ahead % 10 + 1.0, factor * (ahead % 10 + 1.0) + 1)
        steps = [forecast.fits[0].value(float(at)) for at in (4, 5)]
        assert steps[1] - steps[0] == pytest.approx(slope)


def test_a_week_of_waiting_is_looked_back_on_when_people_give_up():
    forecast = Forecast()
    forecast.gave_up(7 * 86400.0)
    forecast.gave_up(10)
    assert (forecast.abandoned, forecast.waited) == (2, 7 * 86400.0 + 10)
    forecast.gave_up(10)
    assert (forecast.abandoned, forecast.waited) == (2, (7 * 86400.0 + 10) / 2 + 10)


def test_who_did_not_wait_teaches_nothing_about_waiting():
    forecast = Forecast()
    forecast.served(0, 30, 0)
    assert forecast.fits[0].n == 0
    forecast.served(0, 30, 0.5)
    assert forecast.fits[0].n == 1
