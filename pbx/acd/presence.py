"""What is known of an agent's will and phone, and which state follows from it."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from pbx.acd.model import (
    AgentForced,
    AgentPauses,
    AgentResumes,
    AgentSignsIn,
    AgentSignsOut,
    PhoneBusy,
    PhoneReachable,
    State,
)

Attendance: TypeAlias = (
    AgentSignsIn | AgentSignsOut | AgentPauses | AgentResumes | AgentForced | PhoneReachable | PhoneBusy
)


@dataclass(slots=True)
class Presence:
    """Facts that outlive rings and conversations."""

    signed_in: bool = False
    gone: bool = False  # no longer configured: may not sign in again
    pause: str | None = None  # the reason; of the desk's own making "rona" and "rejected"
    reachable: bool = False
    phone_failed: bool = False  # an offer could not reach it, whatever the registrar believes
    phone_busy: bool = False
    author: str = ""  # who forced the will that has not been told yet

    @property
    def at_work(self) -> bool:
        return self.signed_in and self.pause is None

    def learn(self, event: Attendance) -> None:
        match event:
            case AgentSignsIn():
                self._will(signed_in=not self.gone)
                self.phone_failed = False
            case AgentSignsOut():
                self._will(signed_in=False)
            case AgentPauses(reason=reason):
                self._will(signed_in=self.signed_in, pause=reason)
            case AgentResumes():
                self._will(signed_in=self.signed_in)
                self.phone_failed = False
            case AgentForced():
                self._obey(event)
            case PhoneReachable(reachable=reachable):
                self.reachable = reachable
                self.phone_failed = self.phone_failed and not reachable
            case PhoneBusy(busy=busy):
                self.phone_busy = busy
            case _:
                assert_never(event)

    def _obey(self, order: AgentForced) -> None:
        match order.state:
            case State.READY:
                self.learn(AgentSignsIn(order.agent))
            case State.NOT_READY:
                self.learn(AgentPauses(order.agent, order.reason))
            case State.SIGNED_OUT:
                self.learn(AgentSignsOut(order.agent))
        self.author = order.author

    def _will(self, *, signed_in: bool, pause: str | None = None) -> None:
        self.signed_in, self.pause, self.author = signed_in, pause, ""

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
