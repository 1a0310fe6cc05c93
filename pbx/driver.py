"""Runs any of our machines on the event loop: one timer, one place where effects leave."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from pbx.clock import Clock

EffectT = TypeVar("EffectT")
EffectT_co = TypeVar("EffectT_co", covariant=True)


class Machine(Protocol[EffectT_co]):
    """Time and events in, effects out. The SIP agent and the queue desk have this shape."""

    @property
    def deadline(self) -> float | None:
        """When on_deadline must be called if nothing else happens first."""
        ...

    def on_deadline(self, now: float) -> Sequence[EffectT_co]: ...


class Driver(Generic[EffectT]):
    """A machine, its alarm, and whoever carries out its effects, in the order they were asked for."""

    def __init__(self, machine: Machine[EffectT], carry_out: Callable[[EffectT], None], clock: Clock) -> None:
        self._machine, self._carry_out, self._clock = machine, carry_out, clock
        self._loop = asyncio.get_running_loop()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = float("inf")

    def feed(self, turn: Callable[[float], Sequence[EffectT]]) -> None:
        """Let the machine take one turn, then do what it asks and set its alarm."""
        effects = turn(self._clock.now())
        try:
            for effect in effects:
                self._carry_out(effect)
        finally:  # an effect that fails takes nobody else's timer with it
            self._set_alarm()

    def stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _set_alarm(self) -> None:
        """Only ever move the alarm forward: one that rings too early finds nothing due and costs less."""
        at = self._machine.deadline
        if at is None or at >= self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = self._loop.call_at(at, self._ring), at

    def _ring(self) -> None:
        self._alarm, self._alarm_at = None, float("inf")
        self.feed(self._machine.on_deadline)
