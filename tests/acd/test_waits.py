import pytest

from pbx.acd.waits import FEWEST, RECENT, Waits


def test_nothing_is_promised_until_enough_have_been_served():
    waits = Waits()
    for _ in range(FEWEST - 1):
        waits.served(1, 10.0)
    assert waits.expected(1) is None
    waits.served(1, 10.0)
    assert waits.expected(1) == 10.0


def test_a_wait_is_expected_to_grow_with_the_place():
    waits = Waits()
    for place in range(1, 11):
        waits.served(place, 30.0 * place)
    assert [waits.expected(place) for place in (1, 2, 7)] == pytest.approx([30.0, 60.0, 210.0])


def test_only_the_latest_are_looked_back_on():
    waits = Waits()
    for _ in range(100):
        waits.served(1, 1000.0)
    for _ in range(RECENT):
        waits.served(2, 10.0)
    assert waits.expected(1) == pytest.approx(5.0)
