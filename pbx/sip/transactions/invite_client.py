"""The INVITE client transaction (RFC 3261 17.1.1, RFC 6026 7.2), with timer C (16.6)."""

from enum import Enum, auto

from pbx.sip.timers import NEVER, Timers
from pbx.sip.transactions.effects import Effect, Report


class State(Enum):
    CALLING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()  # a 2xx came; more of them, from forks too, are passed up until timer M
    COMPLETED = auto()  # a 3xx-6xx came and was acknowledged; copies of it are, again
    TERMINATED = auto()


class InviteClient:
    """Repeats the INVITE until anything is heard, and the ACK of a refusal whenever it is missed."""

    __slots__ = (
        "_ack",
        "_attempt",
        "_expire_at",
        "_hurried",
        "_reliable",
        "_resend_at",
        "_timers",
        "alarm_at",
        "deadline",
        "request",
        "state",
    )

    def __init__(self, timers: Timers, request: bytes, *, reliable: bool, now: float) -> None:
        self.state = State.CALLING
        self.deadline: float | None = None
        self.alarm_at = NEVER
        self._timers = timers
        self.request = request
        self._ack = b""
        self._reliable = reliable
        self._attempt = 0
        self._hurried = False
        self._resend_at = NEVER
        self._expire_at = NEVER
        self._wait(now + timers.give_up, NEVER if reliable else now + timers.t1)

    def on_response(self, status: int, ack: bytes, now: float) -> list[Effect]:
        """`ack` is the ACK to send for a refusal; a 2xx is acknowledged by the user (13.2.2.4)."""
        if self.state in (State.CALLING, State.PROCEEDING):
            if status < 200:
                if not self._hurried and (status > 100 or self.state is State.CALLING):
                    self._wait(now + self._timers.c, NEVER)
                self.state = State.PROCEEDING
                return [Report.PASS_UP]
            self.request = b""
            if status < 300:
                self.state = State.ACCEPTED
                self._wait(now + self._timers.give_up, NEVER)
                return [Report.PASS_UP]
            return self._refused(ack, now)
        if self.state is State.ACCEPTED and 200 <= status < 300:
            return [Report.PASS_UP]
        if self.state is State.COMPLETED and status >= 300:
            return [self._ack]
        return []

    def hurry(self, now: float) -> None:
        """A CANCEL was sent: the final response is due within 64*T1 (RFC 3261 9.1)."""
        if self.state is State.PROCEEDING:
            self._hurried = True
            self._wait(now + self._timers.give_up, NEVER)

    def on_deadline(self, now: float) -> list[Effect]:
        if now >= self._expire_at:
            match self.state:
                case State.PROCEEDING if not self._hurried:
                    self.hurry(now)
                    return [Report.RANG_TOO_LONG]
                case State.CALLING | State.PROCEEDING:
                    return [Report.TIMED_OUT, *self._terminate()]
                case _:
                    return self._terminate()
        if now >= self._resend_at:
            self._attempt += 1
            self._wait(self._expire_at, now + self._timers.resend_invite(self._attempt))
            return [self.request]
        return []

    def _refused(self, ack: bytes, now: float) -> list[Effect]:
        if self._reliable:  # timer D is zero
            return [ack, Report.PASS_UP, *self._terminate()]
        self.state, self._ack = State.COMPLETED, ack
        self._wait(now + self._timers.give_up, NEVER)
        return [ack, Report.PASS_UP]

    def _wait(self, expire_at: float, resend_at: float) -> None:
        self._expire_at, self._resend_at = expire_at, resend_at
        self.deadline = min(expire_at, resend_at)

    def _terminate(self) -> list[Effect]:
        self.state, self.deadline, self.request = State.TERMINATED, None, b""
        return [Report.DONE]
