"""The SIP user agent on a running loop: each of its outputs goes to the leg, or the desk, it belongs to."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from pbx.clock import Clock
from pbx.driver import Driver
from pbx.sip.admission import Directory
from pbx.sip.outgoing import Target
from pbx.sip.outputs import (
    CallAnswered,
    CallConfirmed,
    CallOffered,
    CallOver,
    CallProgressed,
    ContactAddress,
    Denied,
    KeyPressed,
    OfferAnswered,
    OfferReceived,
    Output,
    Peer,
    RegisterReceived,
    Transmit,
)

log = logging.getLogger(__name__)

LegEvent: TypeAlias = (
    CallProgressed | CallAnswered | CallConfirmed | OfferReceived | OfferAnswered | KeyPressed | CallOver
)


class Party(Protocol):
    """Whoever a call's events are for: a leg."""

    def on_event(self, event: LegEvent) -> None: ...


class SipAgent(Protocol):
    """What speaks SIP for us: pbx.sip.user_agent.UserAgent, or who stands in for it in a rehearsal."""

    @property
    def directory(self) -> Directory: ...
    @directory.setter
    def directory(self, directory: Directory) -> None: ...
    @property
    def draining(self) -> bool: ...
    @draining.setter
    def draining(self, draining: bool) -> None: ...
    @property
    def deadline(self) -> float | None: ...
    def on_deadline(self, now: float) -> Sequence[Output]: ...
    def receive(self, data: bytes, peer: Peer, now: float) -> Sequence[Output]: ...
    def lost(self, peer: Peer, now: float) -> Sequence[Output]: ...
    def progress(self, call: str, status: int, description: str | None, now: float) -> Sequence[Output]: ...
    def answer(self, call: str, description: str, now: float) -> Sequence[Output]: ...
    def refuse(self, call: str, status: int, now: float) -> Sequence[Output]: ...
    def place(self, call: str, target: Target, description: str, now: float) -> Sequence[Output]: ...
    def end(self, call: str, now: float) -> Sequence[Output]: ...
    def release(self, call: str, now: float) -> Sequence[Output]: ...
    def accept_offer(self, call: str, description: str, now: float) -> Sequence[Output]: ...
    def reject_offer(self, call: str, status: int, now: float) -> Sequence[Output]: ...
    def answer_register(
        self,
        token: str,
        status: int,
        contacts: Sequence[ContactAddress],
        now: float,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Sequence[Output]: ...
    def at_rest(self) -> list[str]: ...


class Signalling:
    def __init__(
        self,
        agent: SipAgent,
        clock: Clock,
        send: Callable[[Transmit], None],
        *,
        offered: Callable[[CallOffered], None],
        register: Callable[[RegisterReceived], None],
        denied: Callable[[Denied], None],
    ) -> None:
        self.agent = agent
        self._clock, self._send = clock, send
        self._offered, self._register, self._denied = offered, register, denied
        self._driver: Driver[Output] = Driver(agent, self._carry_out, clock)
        self._parties: dict[str, Party] = {}
        self._unattended: dict[str, list[LegEvent]] = {}  # calls just offered, whose task has not begun

    def attend(self, call: str, party: Party) -> None:
        """Until the call is over, `party` hears of it, and first of what happened since it was offered."""
        missed = self._unattended.pop(call, [])
        self._parties[call] = party
        for event in missed:
            self._tell(event)

    def receive(self, data: bytes, peer: Peer) -> None:
        """One message in. A fault of ours costs that message, and one line in the log, never the exchange."""
        try:
            self._driver.feed(lambda now: self.agent.receive(data, peer, now))
        except Exception:
            log.exception("a message could not be handled", extra={"peer": f"{peer.host}:{peer.port}"})

    def lost(self, peer: Peer) -> None:
        self._driver.feed(lambda now: self.agent.lost(peer, now))

    def happened(self, output: Output) -> None:
        """Something that no message brought: the people of a rehearsal speak no SIP."""
        self._carry_out(output)

    def progress(self, call: str, status: int, description: str | None = None) -> None:
        self._driver.feed(lambda now: self.agent.progress(call, status, description, now))

    def answer(self, call: str, description: str) -> None:
        self._driver.feed(lambda now: self.agent.answer(call, description, now))

    def refuse(self, call: str, status: int) -> None:
        """Also a call that nobody will ever attend to."""
        self._unattended.pop(call, None)
        self._driver.feed(lambda now: self.agent.refuse(call, status, now))

    def place(self, call: str, target: Target, description: str, party: Party) -> None:
        self.attend(call, party)
        self._driver.feed(lambda now: self.agent.place(call, target, description, now))

    def end(self, call: str) -> None:
        self._driver.feed(lambda now: self.agent.end(call, now))

    def release(self, call: str) -> None:
        self._driver.feed(lambda now: self.agent.release(call, now))

    def accept_offer(self, call: str, description: str) -> None:
        self._driver.feed(lambda now: self.agent.accept_offer(call, description, now))

    def reject_offer(self, call: str, status: int) -> None:
        self._driver.feed(lambda now: self.agent.reject_offer(call, status, now))

    def answer_register(
        self,
        token: str,
        status: int,
        contacts: Sequence[ContactAddress],
        headers: Sequence[tuple[str, str]],
    ) -> None:
        self._driver.feed(lambda now: self.agent.answer_register(token, status, contacts, now, headers))

    def at_rest(self) -> list[str]:
        return [f"party {call}" for call in self._parties] + [
            f"unattended {call}" for call in self._unattended
        ]

    def stop(self) -> None:
        self._driver.stop()

    def _carry_out(self, output: Output) -> None:
        match output:
            case Transmit():
                self._send(output)
            case CallOffered(call=call):
                self._unattended[call] = []
                self._offered(output)
            case RegisterReceived():
                self._register(output)
            case Denied():
                self._denied(output)
            case _:
                self._tell(output)

    def _tell(self, event: LegEvent) -> None:
        if (missed := self._unattended.get(event.call)) is not None:
            missed.append(event)
        elif isinstance(event, CallOver):
            if party := self._parties.pop(event.call, None):
                party.on_event(event)
        elif party := self._parties.get(event.call):
            party.on_event(event)
