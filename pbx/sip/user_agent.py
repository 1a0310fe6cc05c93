"""SIP without sockets: bytes and time in, bytes to send and events out."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from pbx.sip.admission import Directory, Doorkeeper
from pbx.sip.authentication import Challenger
from pbx.sip.endpoint import Endpoint, Ids
from pbx.sip.incoming import Incoming
from pbx.sip.outgoing import Outgoing, Target
from pbx.sip.outputs import ContactAddress, Output, Peer
from pbx.sip.reception import Limits, Reception
from pbx.sip.registration import contact_lines
from pbx.sip.replies import header_lines
from pbx.sip.session import Session
from pbx.sip.table import CallTable
from pbx.sip.timers import Timers

_TIMERS: Final = Timers()
_LIMITS: Final = Limits()


class Load(NamedTuple):
    """What is held now, to be compared with Limits."""

    transactions: int
    calls: int
    dialogs: int


class UserAgent:
    """Every SIP call and registration of the switch. Unknown names of calls, and stale orders, do nothing."""

    def __init__(
        self,
        *,
        challenger: Challenger,
        directory: Directory,
        ids: Ids,
        locals_: Mapping[Literal["udp", "tcp"], str],
        timers: Timers = _TIMERS,
        limits: Limits = _LIMITS,
        product: str = "Centrala",
    ) -> None:
        """`locals_` is our "host:port" for each transport, towards peers that have never written to us."""
        self._endpoint = Endpoint(ids, timers, locals_, product)
        self._table = CallTable()
        self._doorkeeper = Doorkeeper(challenger, directory)
        self._reception = Reception(self._endpoint, self._table, self._doorkeeper, limits)

    @property
    def directory(self) -> Directory:
        return self._doorkeeper.directory

    @directory.setter
    def directory(self, directory: Directory) -> None:
        self._doorkeeper.directory = directory

    @property
    def draining(self) -> bool:
        """While true, new calls get 503 with Retry-After; those there are go on."""
        return self._reception.draining

    @draining.setter
    def draining(self, draining: bool) -> None:
        self._reception.draining = draining

    # What the network does

    def receive(self, data: bytes, peer: Peer, now: float) -> list[Output]:
        """One datagram, or one framed message of a connection, from `peer`."""
        self._reception.receive(data, peer, now)
        return self._endpoint.take()

    def lost(self, peer: Peer, now: float) -> list[Output]:
        """The connection is closed, or the address cannot be reached: its calls are over, with 408.

        Of calls over UDP only those that still ring out are: one ICMP message can be forged.
        """
        for call in self._table.with_peer(peer):
            if peer.transport == "tcp" or isinstance(call, Outgoing):
                call.lost(now)
        return self._endpoint.take()

    @property
    def deadline(self) -> float | None:
        return self._endpoint.deadline

    def on_deadline(self, now: float) -> list[Output]:
        self._endpoint.on_deadline(now)
        return self._endpoint.take()

    # What the switch orders

    def progress(self, call: str, status: int, description: str | None, now: float) -> list[Output]:
        """101-199 to an offered call; with a description, early media."""
        incoming = self._table.calls.get(call)
        if isinstance(incoming, Incoming):
            incoming.progress(status, description, now)
        return self._endpoint.take()

    def answer(self, call: str, description: str, now: float) -> list[Output]:
        """200, repeated until the ACK; without one the call is over with 408 after 64*T1 (13.3.1.4)."""
        incoming = self._table.calls.get(call)
        if isinstance(incoming, Incoming):
            incoming.answer(description, now)
        return self._endpoint.take()

    def refuse(
        self,
        call: str,
        status: int,
        now: float,
        reason: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> list[Output]:
        """300-699 to an offered call, which is over thereby."""
        incoming = self._table.calls.get(call)
        if isinstance(incoming, Incoming):
            incoming.refuse(status, now, reason, headers)
        return self._endpoint.take()

    def place(self, call: str, target: Target, description: str, now: float) -> list[Output]:
        """Call somebody under a new name, which is its Call-ID too, so unguessable (RFC 3261 8.1.1.4)."""
        if call in self._table.calls:
            raise ValueError(f"there is a call named {call} already")
        Outgoing(call, target, description, self._endpoint, self._table, now)
        return self._endpoint.take()

    def end(self, call: str, now: float) -> list[Output]:
        """BYE, CANCEL or 480, as far as the call has come. CallOver is told at once, the rest is quiet."""
        ended = self._table.calls.get(call)
        if ended is not None:
            ended.end(now)
        return self._endpoint.take()

    def release(self, call: str, now: float) -> list[Output]:
        """200 to the BYE of a CallOver that owes a reply."""
        bye = self._endpoint.pay(call)
        if bye is not None:
            self._endpoint.respond(bye, bye.reply.message(200), now)
        return self._endpoint.take()

    def accept_offer(self, call: str, description: str, now: float) -> list[Output]:
        """200 to the peer's re-INVITE or UPDATE, with our answer, or with our offer where it made none."""
        session = self._table.calls.get(call)
        if isinstance(session, Session):
            session.accept_offer(description, now)
        return self._endpoint.take()

    def reject_offer(self, call: str, status: int, now: float) -> list[Output]:
        """The session stays as it was."""
        session = self._table.calls.get(call)
        if isinstance(session, Session):
            session.reject_offer(status, now)
        return self._endpoint.take()

    def offer(self, call: str, description: str, now: float) -> list[Output]:
        """Our own re-INVITE, as soon as the session is free for one; OfferAnswered tells how it went."""
        session = self._table.calls.get(call)
        if isinstance(session, Session):
            session.offer(description, now)
        return self._endpoint.take()

    def answer_register(
        self,
        token: str,
        status: int,
        contacts: Sequence[ContactAddress],
        now: float,
        headers: Sequence[tuple[str, str]] = (),
    ) -> list[Output]:
        """`contacts` are all current bindings with what is left of their time."""
        register = self._endpoint.pay(token)
        if register is not None:
            lines = contact_lines(contacts) + header_lines(headers)
            self._endpoint.respond(register, register.reply.message(status, lines), now)
        return self._endpoint.take()

    def load(self) -> Load:
        return Load(len(self._endpoint), len(self._table.calls), len(self._table.dialogs))

    def at_rest(self) -> list[str]:
        """The names of everything still held; empty when all calls are over and all timers have run out."""
        return [
            *[f"call {name}" for name in self._table.calls],
            *[f"dialog {key}" for key in self._table.dialogs],
            *[f"unanswered from {host}" for host in self._table.unanswered],
            *self._endpoint.held(),
        ]
