"""The server transaction of requests other than INVITE (RFC 3261 17.2.2)."""

from enum import Enum, auto

from pbx.sip.timers import NEVER, Timers
from pbx.sip.transactions.effects import Effect, Report


class State(Enum):
    TRYING = auto()
    COMPLETED = auto()  # answered; copies of the request get the answer again until timer J
    TERMINATED = auto()


class RequestServer:
    """Answers every copy of one request alike. It sends no provisional responses (RFC 4320 4.1)."""

    __slots__ = ("_last", "_reliable", "_timers", "alarm_at", "deadline", "state")

    def __init__(self, timers: Timers, *, reliable: bool, now: float) -> None:
        self.state = State.TRYING
        self.deadline: float | None = now + timers.give_up  # by then the client has gone: RFC 4320 4.2
        self.alarm_at = NEVER
        self._timers = timers
        self._reliable = reliable
        self._last = b""

    def on_request(self) -> list[Effect]:
        return [self._last] if self.state is State.COMPLETED else []

    def respond(self, message: bytes, now: float) -> list[Effect]:
        if self.state is not State.TRYING:
            return []
        if self._reliable:
            return [message, *self._terminate()]
        self.state, self._last = State.COMPLETED, message
        self.deadline = now + self._timers.give_up
        return [message]

    def on_deadline(self, now: float) -> list[Effect]:
        return self._terminate() if self.deadline is not None and now >= self.deadline else []

    def _terminate(self) -> list[Effect]:
        self.state, self.deadline, self._last = State.TERMINATED, None, b""
        return [Report.DONE]
