"""The client transaction of requests other than INVITE (RFC 3261 17.1.2)."""

from enum import Enum, auto

from pbx.sip.timers import NEVER, Timers
from pbx.sip.transactions.effects import Effect, Report


class State(Enum):
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()  # the final response came; copies of it are absorbed until timer K
    TERMINATED = auto()


class RequestClient:
    """Repeats the request until its final response."""

    __slots__ = (
        "_attempt",
        "_expire_at",
        "_reliable",
        "_resend_at",
        "_timers",
        "alarm_at",
        "deadline",
        "request",
        "state",
    )

    def __init__(self, timers: Timers, request: bytes, *, reliable: bool, now: float) -> None:
        self.state = State.TRYING
        self.alarm_at = NEVER
        self._timers = timers
        self.request = request
        self._reliable = reliable
        self._attempt = 0
        self._expire_at = now + timers.give_up  # timer F
        self._resend_at = NEVER if reliable else now + timers.t1  # timer E
        self.deadline: float | None = min(self._expire_at, self._resend_at)

    def on_response(self, status: int, now: float) -> list[Effect]:
        if self.state not in (State.TRYING, State.PROCEEDING):
            return []
        if status < 200:
            if self.state is State.TRYING and not self._reliable:
                self._resend_at = now + self._timers.t2
                self.deadline = min(self._expire_at, self._resend_at)
            self.state = State.PROCEEDING
            return []
        if self._reliable:  # timer K is zero
            return [Report.PASS_UP, *self._terminate()]
        self.state, self.request = State.COMPLETED, b""
        self._expire_at, self._resend_at = now + self._timers.t4, NEVER
        self.deadline = self._expire_at
        return [Report.PASS_UP]

    def on_deadline(self, now: float) -> list[Effect]:
        if now >= self._expire_at:
            unanswered = self.state is not State.COMPLETED
            return [Report.TIMED_OUT, *self._terminate()] if unanswered else self._terminate()
        if now >= self._resend_at:
            self._attempt += 1
            proceeding = self.state is State.PROCEEDING
            wait = self._timers.t2 if proceeding else self._timers.retransmit(self._attempt)
            self._resend_at = now + wait
            self.deadline = min(self._expire_at, self._resend_at)
            return [self.request]
        return []

    def _terminate(self) -> list[Effect]:
        self.state, self.deadline, self.request = State.TERMINATED, None, b""
        return [Report.DONE]
