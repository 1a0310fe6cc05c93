"""Timer values of RFC 3261 table 4 and RFC 6026, and the one heap that all of them wait in."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Timers:
    """T1, T2 and T4 in seconds, timer C, and how often ringing is repeated (13.3.1.1); the rest follows."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    c: float = 180.0
    remind: float = 60.0

    @property
    def give_up(self) -> float:
        """64*T1: timers B, F, H, J, L and M, and the 32 s of timer D."""
        return 64 * self.t1

    def retransmit(self, attempt: int) -> float:
        """Timers E and G: T1, doubling, up to T2."""
        return min(self.t1 * 2.0**attempt, self.t2)

    def resend_invite(self, attempt: int) -> float:
        """Timer A: T1, doubling without a ceiling (timer B ends it)."""
        return self.t1 * 2.0**attempt


class Timed(Protocol):
    """Something with at most one moment to wait for; whoever changes `deadline` calls `Alarms.set`."""

    deadline: float | None
    alarm_at: float  # the earliest entry it has in the heap; infinity for none


NEVER = float("inf")
TimedT = TypeVar("TimedT", bound=Timed)


class Alarms(Generic[TimedT]):
    """A heap with lazy deletion: an entry is only a reminder to look at the owner's deadline.

    Moving a deadline later, or dropping it, costs nothing now; the old entry is looked at when it rings, and
    the heap is swept when dead entries outnumber the living.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, TimedT]] = []
        self._serial = count()
        self._sweep_at = 256

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def deadline(self) -> float | None:
        """The next moment to look, O(1). It may be earlier than needed, never later."""
        return self._heap[0][0] if self._heap else None

    def set(self, timed: TimedT) -> None:
        at = timed.deadline
        if at is None or at >= timed.alarm_at:
            return
        timed.alarm_at = at
        heappush(self._heap, (at, next(self._serial), timed))
        if len(self._heap) > self._sweep_at:
            self._sweep()

    def due(self, now: float) -> Iterator[TimedT]:
        """Those whose deadline has come, in order. The caller lets each act, then calls `set` for it."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            at, _, timed = heappop(heap)
            if at != timed.alarm_at:  # another entry speaks for it
                continue
            timed.alarm_at = NEVER
            if timed.deadline is None:
                continue
            if timed.deadline <= now:
                yield timed
            else:
                self.set(timed)

    def _sweep(self) -> None:
        living: list[tuple[float, int, TimedT]] = []
        for entry in self._heap:
            at, _, timed = entry
            if at != timed.alarm_at:
                continue
            if timed.deadline is None:
                timed.alarm_at = NEVER
            else:
                living.append(entry)
        heapify(living)
        self._heap[:] = living  # in place: `due` may be walking it
        self._sweep_at = max(256, 2 * len(self._heap))
