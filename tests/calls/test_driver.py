import asyncio
from collections.abc import Sequence

import pytest

from pbx.clock import LoopClock
from pbx.driver import Driver
from tests.support.virtual_time import run


class Bell:
    """Asks to be heard once, at the time it was set to."""

    def __init__(self) -> None:
        self.deadline: float | None = None

    def set(self, at: float) -> Sequence[str]:
        self.deadline = at
        return ["set"]

    def on_deadline(self, now: float) -> Sequence[str]:
        self.deadline = None
        return ["rung"]


def test_an_effect_that_fails_takes_no_alarm_with_it():
    async def story() -> None:
        bell, heard = Bell(), list[str]()

        def carry_out(effect: str) -> None:
            heard.append(effect)
            if effect == "set":
                raise KeyError("nobody can do that")

        driver: Driver[str] = Driver(bell, carry_out, LoopClock())
        with pytest.raises(KeyError):
            driver.feed(lambda now: bell.set(now + 5))
        await asyncio.sleep(4)
        assert heard == ["set"]
        await asyncio.sleep(2)
        assert heard == ["set", "rung"]

    run(story())
