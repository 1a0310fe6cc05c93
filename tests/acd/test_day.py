import pytest

from tests.acd.day import days
from tests.acd.faults import FAULTS

SEEDS = range(40)


def test_any_day_keeps_every_law():
    days(SEEDS)


@pytest.mark.parametrize("complaint", FAULTS)
def test_a_fault_that_others_had_is_found(complaint: str):
    with pytest.raises((AssertionError, KeyError, ValueError)):
        days(SEEDS, FAULTS[complaint])
