import asyncio

import pytest

from pbx.calls.race import race
from tests.support.virtual_time import run


class Runner:
    """Takes its time, and says how it ended."""

    def __init__(self) -> None:
        self.fate = "not started"

    async def run(self, seconds: float, answer: str) -> str:
        self.fate = "running"
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.fate = "cancelled"
            raise
        self.fate = "ended"
        return answer


@pytest.mark.parametrize(
    ("one", "other", "winner", "fates"),
    [
        (1, 2, "one", ("ended", "cancelled")),
        (2, 1, "other", ("cancelled", "ended")),
        (1, 1, "one", ("ended", "ended")),
    ],
)
def test_the_first_to_end_wins_and_the_other_is_cancelled_and_awaited(
    one: float, other: float, winner: str, fates: tuple[str, str]
):
    async def story() -> None:
        first, second = Runner(), Runner()
        assert await race(first.run(one, "one"), second.run(other, "other")) == winner
        assert (first.fate, second.fate) == fates

    run(story())


def test_a_race_that_is_called_off_cancels_both():
    async def story() -> None:
        first, second = Runner(), Runner()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await race(first.run(5, "one"), second.run(5, "other"))
        assert (first.fate, second.fate) == ("cancelled", "cancelled")

    run(story())


def test_what_goes_wrong_with_either_is_told_and_the_other_is_cancelled():
    async def fails() -> str:
        await asyncio.sleep(1)
        raise LookupError("a fault")

    async def story() -> None:
        for fault_first in (True, False):
            other = Runner()
            pair = (fails(), other.run(5, "other"))
            with pytest.raises(ExceptionGroup) as caught:
                await race(*(pair if fault_first else pair[::-1]))
            assert isinstance(caught.value.exceptions[0], LookupError)
            assert other.fate == "cancelled"

    run(story())
