"""Where each account can be reached: the registrar's table (RFC 3261 10.3)."""

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from pbx.sip.errors import Malformed
from pbx.sip.outputs import ContactAddress, Peer, RegisterReceived
from pbx.sip.uri import parse_uri


@dataclass(frozen=True, slots=True)
class Limits:
    """Lifetimes in seconds: what exceeds `maximum` is shortened, what is below `minimum` refused."""

    minimum: int = 30
    maximum: int = 7200
    bindings: int = 10  # for one account


class Binding(NamedTuple):
    """One contact of an account. Dial `uri`, but send to `peer`: there the phone is, whatever it says."""

    uri: str
    peer: Peer
    q: int  # in thousandths
    expires_at: float  # on our clock
    instance: str
    call_id: str
    sequence: int


class Row(NamedTuple):
    """A binding as it is stored over a restart; `expires` is wall time in seconds since 1970."""

    account: str
    uri: str
    transport: Literal["udp", "tcp"]
    host: str
    port: int
    local: str
    q: int
    expires: float
    instance: str
    call_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Reachable:
    """The account has its first binding."""

    account: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The account's last binding is gone."""

    account: str


Effect: TypeAlias = Reachable | Unreachable


@dataclass(frozen=True, slots=True)
class Registration:
    """How to answer a REGISTER, and what it changed.

    `status` is 200, 400 (out of order, or a contradiction), 403 (too many contacts) or 423 (too brief). With
    200 go all `contacts` there are now, best first, each with the seconds it has left.
    """

    status: int
    contacts: tuple[ContactAddress, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    effects: tuple[Effect, ...] = ()


class Bindings:
    """The registrar's machine. A request is taken as a whole or not at all."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._accounts: dict[str, list[Binding]] = {}  # in the order they were registered
        self._connected: dict[Peer, set[str]] = {}  # the accounts that are reached over this connection
        self._alarms: dict[str, float] = {}  # when to look at an account again
        self._queue: list[tuple[float, str]] = []  # the same as a heap, with entries that no longer hold

    def apply(self, event: RegisterReceived, now: float) -> Registration:
        """Take a REGISTER whose sender has been authenticated as the account."""
        if event.contacts and event.remove_all:
            return Registration(400)
        if any(0 < contact.expires < self.limits.minimum for contact in event.contacts):
            return Registration(423, headers=(("min-expires", str(self.limits.minimum)),))
        kept = self._alive(event.account, now)
        after = [] if event.remove_all else list(kept)
        replaced = kept if event.remove_all else []
        for contact in event.contacts:
            old = [binding for binding in after if _same_phone(binding, contact)]
            after = [binding for binding in after if binding not in old]
            replaced = [*replaced, *(b for b in old if b in kept and b.instance == contact.instance)]
            if contact.expires > 0:
                after.append(self._binding(event, contact, now))
        if any(b.call_id == event.call_id and b.sequence >= event.sequence for b in replaced):
            return Registration(400)
        if len(after) > max(self.limits.bindings, len(kept)):
            return Registration(403)
        effects = tuple(self._put(event.account, after))
        listing = (
            ContactAddress(b.uri, math.ceil(b.expires_at - now), b.q, b.instance) for b in _best_first(after)
        )
        return Registration(200, tuple(listing), effects=effects)

    def lookup(self, account: str, now: float) -> list[Binding]:
        """Where to ring, best first: by q, then the latest registered."""
        return _best_first(self._alive(account, now))

    def lost(self, peer: Peer) -> list[Effect]:
        """A connection is gone, and what was registered over it."""
        effects: list[Effect] = []
        for account in sorted(self._connected.get(peer, ())):
            effects += self._put(account, [b for b in self._accounts[account] if b.peer != peer])
        return effects

    @property
    def deadline(self) -> float | None:
        return self._queue[0][0] if self._queue else None

    def on_deadline(self, now: float) -> list[Effect]:
        """Forget what has expired."""
        effects: list[Effect] = []
        while self._queue and self._queue[0][0] <= now:
            at, account = heapq.heappop(self._queue)
            if self._alarms.get(account) == at:
                del self._alarms[account]
                effects += self._put(account, self._alive(account, now))
        return effects

    def snapshot(self, now: float, wall: float) -> list[Row]:
        """All bindings that have not expired; `wall` is the time since 1970 at `now`."""
        return [
            Row(
                account=account,
                uri=b.uri,
                transport=b.peer.transport,
                host=b.peer.host,
                port=b.peer.port,
                local=b.peer.local,
                q=b.q,
                expires=wall + b.expires_at - now,
                instance=b.instance,
                call_id=b.call_id,
                sequence=b.sequence,
            )
            for account in self._accounts
            for b in self._alive(account, now)
        ]

    def restore(self, rows: Iterable[Row], now: float, wall: float) -> list[Effect]:
        """Take up what an earlier process knew; its TCP connections, and their bindings, ended with it."""
        effects: list[Effect] = []
        for row in rows:
            left = min(row.expires - wall, self.limits.maximum)
            if row.transport == "udp" and left > 0:
                peer = Peer(row.transport, row.host, row.port, row.local)
                binding = Binding(row.uri, peer, row.q, now + left, row.instance, row.call_id, row.sequence)
                effects += self._put(row.account, [*self._accounts.get(row.account, []), binding])
        return effects

    def _binding(self, event: RegisterReceived, contact: ContactAddress, now: float) -> Binding:
        expires_at = now + min(contact.expires, self.limits.maximum)
        return Binding(
            contact.uri, event.peer, contact.q, expires_at, contact.instance, event.call_id, event.sequence
        )

    def _alive(self, account: str, now: float) -> list[Binding]:
        return [binding for binding in self._accounts.get(account, ()) if binding.expires_at > now]

    def _put(self, account: str, after: list[Binding]) -> list[Effect]:
        """Replace an account's bindings, and keep what is derived from them."""
        before = self._accounts.pop(account, [])
        for binding in before:
            if binding.peer.transport == "tcp":
                self._disconnect(binding.peer, account)
        if not after:
            self._alarms.pop(account, None)
            return [Unreachable(account)] if before else []
        self._accounts[account] = after
        for binding in after:
            if binding.peer.transport == "tcp":
                self._connected.setdefault(binding.peer, set()).add(account)
        self._look_again(account, min(binding.expires_at for binding in after))
        return [] if before else [Reachable(account)]

    def _disconnect(self, peer: Peer, account: str) -> None:
        accounts = self._connected.get(peer)
        if accounts is not None:
            accounts.discard(account)
            if not accounts:
                del self._connected[peer]

    def _look_again(self, account: str, at: float) -> None:
        """An alarm is only ever moved forward: too early it finds nothing, and sets itself again."""
        if at < self._alarms.get(account, math.inf):
            self._alarms[account] = at
            heapq.heappush(self._queue, (at, account))


def _best_first(bindings: Sequence[Binding]) -> list[Binding]:
    latest_first = bindings[::-1]
    return sorted(latest_first, key=lambda binding: -binding.q)


def _same_phone(binding: Binding, contact: ContactAddress) -> bool:
    """The contact replaces the binding: it is the same device (RFC 5626 6) or the same URI."""
    if contact.instance and binding.instance == contact.instance:
        return True
    return binding.uri == contact.uri or _comparable(binding.uri) == _comparable(contact.uri)


def _comparable(uri: str) -> object:
    try:
        return parse_uri(uri)
    except Malformed:
        return uri
