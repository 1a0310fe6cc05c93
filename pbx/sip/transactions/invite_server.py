"""The INVITE server transaction (RFC 3261 17.2.1, RFC 6026 7.1), with the 2xx retransmission of 13.3.1.4."""

from enum import Enum, auto

from pbx.sip.timers import NEVER, Timers
from pbx.sip.transactions.effects import Effect, Report


class State(Enum):
    PROCEEDING = auto()
    ACCEPTED = auto()  # a 2xx was sent; it is retransmitted until the ACK, copies of the INVITE are absorbed
    COMPLETED = auto()  # a 3xx-6xx was sent; it is retransmitted until the ACK
    CONFIRMED = auto()  # that ACK came; more copies of it are absorbed
    TERMINATED = auto()


class InviteServer:
    """Retransmits what the peer may have missed; never blocks, never reads a clock."""

    __slots__ = (
        "_attempt",
        "_expire_at",
        "_last",
        "_reliable",
        "_resend_at",
        "_timers",
        "alarm_at",
        "deadline",
        "state",
    )

    def __init__(self, timers: Timers, *, reliable: bool) -> None:
        self.state = State.PROCEEDING
        self.deadline: float | None = None
        self.alarm_at = NEVER
        self._timers = timers
        self._reliable = reliable
        self._last = b""
        self._attempt = 0
        self._resend_at = NEVER  # timer G, the same schedule for a 2xx, a slow one for provisionals
        self._expire_at = NEVER  # timer H, I or L, whichever the state has

    def on_invite(self) -> list[Effect]:
        """The INVITE arrived again: the peer missed our last word."""
        if self.state in (State.PROCEEDING, State.COMPLETED) and self._last:
            return [self._last]
        return []

    def on_ack(self, now: float) -> list[Effect]:
        match self.state:
            case State.COMPLETED if self._reliable:
                return self._terminate()
            case State.COMPLETED:
                self.state = State.CONFIRMED
                self._wait(now + self._timers.t4, NEVER)
                return []
            case State.ACCEPTED if self._last:
                self._last = b""
                self._wait(self._expire_at, NEVER)
                return [Report.ACKED]
            case _:
                return []

    def stop_resending(self) -> None:
        """The peer has shown by other means (a BYE) that it knows of our 2xx, or will not care any more."""
        if self.state is State.ACCEPTED:
            self._last = b""
            self._wait(self._expire_at, NEVER)

    def respond(self, status: int, message: bytes, now: float) -> list[Effect]:
        """Only the first final response counts."""
        if self.state is not State.PROCEEDING:
            return []
        self._last = message
        if status >= 300:
            self.state = State.COMPLETED
            self._wait(now + self._timers.give_up, NEVER if self._reliable else now + self._timers.t1)
        elif status >= 200:
            self.state = State.ACCEPTED
            self._wait(now + self._timers.give_up, now + self._timers.t1)
        elif status > 100:
            self._wait(NEVER, now + self._timers.remind)
        return [message]

    def on_deadline(self, now: float) -> list[Effect]:
        if now >= self._expire_at:
            unacked = self.state is State.ACCEPTED and self._last
            return [Report.NEVER_ACKED, *self._terminate()] if unacked else self._terminate()
        if now >= self._resend_at:
            if self.state is State.PROCEEDING:
                self._wait(NEVER, now + self._timers.remind)
                return [self._last]
            self._attempt += 1
            self._wait(self._expire_at, now + self._timers.retransmit(self._attempt))
            return [self._last]
        return []

    def _wait(self, expire_at: float, resend_at: float) -> None:
        self._expire_at, self._resend_at = expire_at, resend_at
        self.deadline = min(expire_at, resend_at)

    def _terminate(self) -> list[Effect]:
        self.state, self.deadline, self._last = State.TERMINATED, None, b""
        return [Report.DONE]
