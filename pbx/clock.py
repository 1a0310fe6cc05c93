"""The only place of the switch that reads a clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds to decide by, wall time to report by."""

    def now(self) -> float: ...
    def wall(self) -> datetime: ...
    def unix_ms(self) -> int: ...


class LoopClock:
    """The event loop's time, with wall time anchored to it once.

    Both readings ride one timeline, so a virtual loop moves timers and timestamps together, and a step of
    the system's clock neither ends a call nor makes a duration negative.
    """

    def __init__(self, anchor: datetime | None = None) -> None:
        self.now = asyncio.get_running_loop().time
        self._origin = self.now()
        self._anchor = anchor or datetime.now(UTC)
        self._epoch = self._anchor.timestamp() - self._origin

    def unix_ms(self) -> int:
        """The wall time as facts carry it: milliseconds since 1970."""
        return int((self._epoch + self.now()) * 1000)

    def wall(self) -> datetime:
        return self._anchor + timedelta(seconds=self.now() - self._origin)
