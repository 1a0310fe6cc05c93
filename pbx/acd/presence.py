"""What is known of an agent's will and phone, and which state follows from it."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from pbx.acd.model import (
    AgentPauses,
    AgentResumes,
    AgentSignsIn,
    AgentSignsOut,
    PhoneBusy,
    PhoneReachable,
    State,
)

Attendance: TypeAlias = AgentSignsIn | AgentSignsOut | AgentPauses | AgentResumes | PhoneReachable | PhoneBusy


@dataclass(slots=True)
class Presence:
    """Facts that outlive rings and conversations."""

    signed_in: bool = False
    gone: bool = False  # no longer configured: may not sign in again
    pause: str | None = None  # the reason; of the desk's own making "rona" and "rejected"
    reachable: bool = False
    phone_failed: bool = False  # an offer could not reach it, whatever the registrar believes
    phone_busy: bool = False

    @property
    def at_work(self) -> bool:
        return self.signed_in and self.pause is None

    def learn(self, event: Attendance) -> None:
        match event:
            case AgentSignsIn():
                self.signed_in, self.pause, self.phone_failed = not self.gone, None, False
            case AgentSignsOut():
                self.signed_in = False
            case AgentPauses(reason=reason):
                self.pause = reason
            case AgentResumes():
                self.pause, self.phone_failed = None, False
            case PhoneReachable(reachable=reachable):
                self.reachable = reachable
                self.phone_failed = self.phone_failed and not reachable
            case PhoneBusy(busy=busy):
                self.phone_busy = busy
            case _:
                assert_never(event)

    def at_leisure(self) -> tuple[State, str]:
        """The state, and why, of an agent whom no offer, conversation or wrap-up holds."""
        if not self.signed_in:
            return State.SIGNED_OUT, ""
        if self.pause is not None:
            return State.NOT_READY, self.pause
        if self.phone_failed or not self.reachable:
            return State.NOT_READY, "phone"
        if self.phone_busy:
            return State.NOT_READY, "busy"
        return State.READY, ""
