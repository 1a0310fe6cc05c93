"""Every call and dialog there is, and the counts that limit them."""

from typing import Protocol

from pbx.sip.dialog import Dialog, DialogKey
from pbx.sip.endpoint import Endpoint, InviteReceived, RequestReceived
from pbx.sip.message import Request
from pbx.sip.outputs import CallOver, Peer


class InDialog(Protocol):
    """Who takes the requests of a dialog, already checked for source and order."""

    name: str
    dialog: Dialog
    is_over: bool

    def on_bye(self, transaction: RequestReceived, now: float) -> None: ...
    def on_invite(self, transaction: InviteReceived, request: Request, now: float) -> None: ...
    def on_update(self, transaction: RequestReceived, request: Request, now: float) -> None: ...


class Call:
    """What an offered, a placed and an answered call share: a name, a far end, and one end, told once."""

    __slots__ = ("endpoint", "is_over", "name", "peer", "table")

    def __init__(self, name: str, peer: Peer, endpoint: Endpoint, table: "CallTable") -> None:
        self.name = name
        self.peer = peer
        self.endpoint = endpoint
        self.table = table
        self.is_over = False

    def end(self, now: float) -> None:
        raise NotImplementedError

    def lost(self, now: float) -> None:
        raise NotImplementedError

    def tell_over(self, status: int, *, by_peer: bool, owes_reply: bool = False) -> None:
        self.is_over = True
        self.table.remove(self)
        self.endpoint.outputs.append(CallOver(self.name, status, by_peer, owes_reply))


class CallTable:
    """`calls` by their names, until they are over; `dialogs` until their last request is answered."""

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.dialogs: dict[DialogKey, InDialog] = {}
        self.unanswered: dict[str, int] = {}
        self._at: dict[Peer, dict[str, None]] = {}

    def add(self, call: Call) -> None:
        """A new call, or the next stage of one under the same name."""
        before = self.calls.get(call.name)
        if before is not None:
            self.remove(before)
        self.calls[call.name] = call
        self._at.setdefault(call.peer, {})[call.name] = None

    def remove(self, call: Call) -> None:
        self.calls.pop(call.name, None)
        names = self._at.get(call.peer)
        if names is not None:
            names.pop(call.name, None)
            if not names:
                del self._at[call.peer]

    def move(self, call: Call, peer: Peer) -> None:
        """The far end of this call speaks from elsewhere now."""
        held = self.calls.get(call.name) is call
        if held:
            self.remove(call)
        call.peer = peer
        if held:
            self.add(call)

    def with_peer(self, peer: Peer) -> list[Call]:
        """The calls that hang on this connection or address, those included that never heard from it."""
        ends = dict.fromkeys((peer, peer._replace(local="")))
        return [self.calls[name] for end in ends for name in self._at.get(end, ())]

    def count_unanswered(self, host: str, change: int) -> None:
        left = self.unanswered.get(host, 0) + change
        if left:
            self.unanswered[host] = left
        else:
            self.unanswered.pop(host, None)
