"""The transaction layer: every transaction by its key, and the one heap of their timers (RFC 3261 17, 18)."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

from pbx.sip.dialog import Dialog
from pbx.sip.message import Request, Response
from pbx.sip.outputs import Output, Peer, Transmit
from pbx.sip.replies import Reply
from pbx.sip.timers import NEVER, Alarms, Timers
from pbx.sip.transactions.effects import Effect, Report
from pbx.sip.transactions.invite_client import InviteClient
from pbx.sip.transactions.invite_server import InviteServer
from pbx.sip.transactions.matching import COOKIE, ClientKey, InviteName, ServerKey, client_key, invite_name
from pbx.sip.transactions.request_client import RequestClient
from pbx.sip.transactions.request_server import RequestServer


class Ids(Protocol):
    """What is needed of pbx.identifiers here, where nothing that draws random numbers may be imported."""

    def token(self) -> str:
        """16 hexadecimal digits that nobody can predict."""
        ...


class OfferedTo(Protocol):
    """Who has a peer's INVITE to answer."""

    def on_cancel(self, transaction: "InviteReceived", now: float) -> None:
        """The peer wants no answer any more; 200 to the CANCEL is on its way."""
        ...


class AnsweredBy(Protocol):
    """Who sent the 2xx and waits for its ACK."""

    def on_ack(self, ack: Request, now: float) -> None: ...
    def on_never_acked(self, now: float) -> None: ...


class ClientUser(Protocol):
    """Who sent a request of ours."""

    def on_response(self, transaction: "Sent", response: Response, source: Peer, now: float) -> None: ...

    def on_silence(self, transaction: "Sent", report: Report, now: float) -> None:
        """TIMED_OUT, or RANG_TOO_LONG."""
        ...


class InviteReceived(InviteServer):
    """An INVITE server transaction and what the endpoint knows it by."""

    __slots__ = ("answered_by", "key", "name", "offered_to", "peer", "reply")

    def __init__(self, timers: Timers, key: ServerKey, name: InviteName, reply: Reply) -> None:
        super().__init__(timers, reliable=reply.peer.transport == "tcp")
        self.key = key
        self.name = name
        self.reply = reply
        self.peer = reply.peer
        self.offered_to: OfferedTo | None = None
        self.answered_by: AnsweredBy | None = None


class RequestReceived(RequestServer):
    """Another server transaction; `owed` is the name under which the shell will order its answer."""

    __slots__ = ("key", "owed", "peer", "reply")

    def __init__(self, timers: Timers, key: ServerKey, reply: Reply, now: float) -> None:
        super().__init__(timers, reliable=reply.peer.transport == "tcp", now=now)
        self.key = key
        self.reply = reply
        self.peer = reply.peer
        self.owed = ""


class InviteSent(InviteClient):
    """An INVITE client transaction. `acks` holds the ACK of every 2xx, by To tag, for when it is missed."""

    __slots__ = ("acks", "key", "peer", "text", "user")

    def __init__(
        self, timers: Timers, branch: str, text: "RequestText", peer: Peer, user: ClientUser, now: float
    ) -> None:
        super().__init__(timers, text.message(), reliable=peer.transport == "tcp", now=now)
        self.key: ClientKey = branch, "INVITE"
        self.peer = peer
        self.text = text
        self.user = user
        self.acks: dict[str, Transmit] = {}


class RequestSent(RequestClient):
    __slots__ = ("key", "peer", "user")

    def __init__(
        self, timers: Timers, key: ClientKey, message: bytes, peer: Peer, user: ClientUser | None, now: float
    ) -> None:
        super().__init__(timers, message, reliable=peer.transport == "tcp", now=now)
        self.key = key
        self.peer = peer
        self.user = user


class Later:
    """Something else to do at a certain time, unless `deadline` is taken back."""

    __slots__ = ("act", "alarm_at", "deadline")

    def __init__(self, act: Callable[[float], None]) -> None:
        self.act = act
        self.deadline: float | None = None
        self.alarm_at = NEVER


Received: TypeAlias = InviteReceived | RequestReceived
Sent: TypeAlias = InviteSent | RequestSent
Transaction: TypeAlias = Received | Sent


class RequestText(NamedTuple):
    """A request of ours in the pieces that its CANCEL and its ACK repeat; all are whole lines."""

    start: str
    via: str
    routes: str
    parties: str  # From, To, Call-ID
    number: int
    method: str
    rest: str  # other headers, Content-Length excepted
    body: str = ""

    def message(self) -> bytes:
        body = self.body.encode()
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"{self.start}{self.via}{self.routes}{self.parties}CSeq: {self.number} {self.method}\r\n"
            f"{self.rest}{kind}Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def within(self, method: str, parties: str) -> bytes:
        """The CANCEL (9.1), or the ACK of a refusal (17.1.1.3): the same hop, branch, number and route."""
        start = method + self.start[len(self.method) :]
        return (
            f"{start}{self.via}{self.routes}{parties}CSeq: {self.number} {method}\r\n"
            "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        ).encode()


class Endpoint:
    """Gives requests a transaction, and transactions their messages and time. Outputs gather in `outputs`."""

    def __init__(
        self, ids: Ids, timers: Timers, locals_: Mapping[Literal["udp", "tcp"], str], product: str
    ) -> None:
        self.ids = ids
        self.outputs: list[Output] = []
        self.invites: dict[ServerKey, InviteReceived] = {}
        self.by_name: dict[InviteName, InviteReceived] = {}
        self.requests: dict[ServerKey, RequestReceived] = {}
        self.sent: dict[ClientKey, Sent] = {}
        self.owed: dict[str, RequestReceived] = {}
        self.agent_line = f"User-Agent: {product}\r\n"
        self.timers = timers
        self._locals = locals_
        self._alarms: Alarms[Transaction | Later] = Alarms()

    def __len__(self) -> int:
        """How many transactions there are."""
        return len(self.invites) + len(self.requests) + len(self.sent)

    def take(self) -> list[Output]:
        """What has gathered, in order."""
        outputs, self.outputs = self.outputs, []
        return outputs

    def local(self, peer: Peer) -> str:
        """Our "host:port" towards this peer; where we do not listen on its transport, that of another."""
        return peer.local or self._locals.get(peer.transport) or next(iter(self._locals.values()))

    def contact(self, peer: Peer) -> str:
        """A whole Contact line."""
        parameter = ";transport=tcp" if peer.transport == "tcp" else ""
        return f"Contact: <sip:{self.local(peer)}{parameter}>\r\n"

    def fraction(self) -> float:
        """An unpredictable number from 0 to 1."""
        return int(self.ids.token()[:4], 16) / 0xFFFF

    # Requests of the peer

    def admit_invite(self, key: ServerKey, request: Request, reply: Reply, now: float) -> InviteReceived:
        """A new server transaction; 100 is sent at once."""
        transaction = InviteReceived(self.timers, key, invite_name(request), reply)
        self.invites[key] = self.by_name[transaction.name] = transaction
        self._carry_out(transaction, transaction.respond(100, reply.message(100), now))
        return transaction

    def admit_request(self, key: ServerKey, reply: Reply, now: float) -> RequestReceived:
        transaction = self.requests[key] = RequestReceived(self.timers, key, reply, now)
        self._alarms.set(transaction)
        return transaction

    def respond_invite(self, transaction: InviteReceived, status: int, message: bytes, now: float) -> None:
        self._carry_out(transaction, transaction.respond(status, message, now))

    def respond(self, transaction: RequestReceived, message: bytes, now: float) -> None:
        self._carry_out(transaction, transaction.respond(message, now))

    def owe(self, transaction: RequestReceived, name: str) -> None:
        """The answer is ordered later, under this name; after 64*T1 nobody waits for it any more."""
        transaction.owed = name
        self.owed[name] = transaction

    def pay(self, name: str) -> RequestReceived | None:
        transaction = self.owed.pop(name, None)
        if transaction is not None:
            transaction.owed = ""
        return transaction

    def repeat(self, transaction: Received) -> None:
        """A copy of the request arrived."""
        again = (
            transaction.on_invite() if isinstance(transaction, InviteReceived) else transaction.on_request()
        )
        self._carry_out(transaction, again)

    def acknowledge(self, transaction: InviteReceived, ack: Request, now: float) -> None:
        report = self._carry_out(transaction, transaction.on_ack(now))
        user, transaction.answered_by = transaction.answered_by, None
        if report is Report.ACKED and user is not None:
            user.on_ack(ack, now)

    # Requests of ours

    def branch_line(self, peer: Peer) -> tuple[str, str]:
        """A new branch and its Via line."""
        branch = COOKIE + self.ids.token()
        return branch, f"Via: SIP/2.0/{peer.transport.upper()} {self.local(peer)};rport;branch={branch}\r\n"

    def text_within(
        self, dialog: Dialog, method: str, number: int, via: str, rest: str = "", body: str = ""
    ) -> RequestText:
        """A request of this dialog (12.2.1.1)."""
        start, routes = dialog.request_line(method)
        parties = f"From: {dialog.local}\r\nTo: {dialog.remote}\r\nCall-ID: {dialog.call_id}\r\n"
        rest = f"Max-Forwards: 70\r\n{rest}{self.agent_line}"
        return RequestText(start, via, routes, parties, number, method, rest, body)

    def send_invite(
        self, text: RequestText, branch: str, peer: Peer, user: ClientUser, now: float
    ) -> InviteSent:
        transaction = InviteSent(self.timers, branch, text, peer, user, now)
        self._start(transaction)
        return transaction

    def send_bye(self, dialog: Dialog, user: ClientUser | None, now: float) -> None:
        hop = dialog.hop
        branch, via = self.branch_line(hop)
        message = self.text_within(dialog, "BYE", dialog.next_sequence(), via).message()
        self._start(RequestSent(self.timers, (branch, "BYE"), message, hop, user, now))

    def send_cancel(self, invite: InviteSent, now: float) -> None:
        """Only once a provisional response has been heard (9.1)."""
        invite.hurry(now)
        self._alarms.set(invite)
        message = invite.text.within("CANCEL", invite.text.parties)
        key = (invite.key[0], "CANCEL")
        self._start(RequestSent(self.timers, key, message, invite.peer, None, now))

    def send_ack(self, dialog: Dialog, invite: InviteSent, tag: str) -> None:
        """The ACK to a 2xx: of the dialog, with a branch of its own, kept to be sent again (13.2.2.4)."""
        hop = dialog.hop
        _, via = self.branch_line(hop)
        message = self.text_within(dialog, "ACK", invite.text.number, via).message()
        ack = invite.acks[tag] = Transmit(message, hop)
        self.outputs.append(ack)

    def _start(self, transaction: Sent) -> None:
        self.sent[transaction.key] = transaction
        self.outputs.append(Transmit(transaction.request, transaction.peer))
        self._alarms.set(transaction)

    def on_response(self, response: Response, source: Peer, now: float) -> None:
        """Strays are dropped (RFC 6026 8.2: they are not even forwarded)."""
        transaction = self.sent.get(client_key(response))
        if isinstance(transaction, InviteSent):
            ack = b"" if response.status < 300 else self._refusal_ack(transaction, response)
            report = self._carry_out(transaction, transaction.on_response(response.status, ack, now))
        elif transaction is not None:
            report = self._carry_out(transaction, transaction.on_response(response.status, now))
        else:
            return
        if report is Report.PASS_UP and transaction.user is not None:
            transaction.user.on_response(transaction, response, source, now)

    def _refusal_ack(self, transaction: InviteSent, response: Response) -> bytes:
        lines = transaction.text.parties.split("\r\n")
        lines[1] = f"To: {response.get('to')}"
        return transaction.text.within("ACK", "\r\n".join(lines))

    def held(self) -> list[str]:
        """The names of all transactions and unpaid answers, for whoever looks for leaks."""
        servers = [
            f"{key[5]} server {tx.state.name}" for key, tx in [*self.invites.items(), *self.requests.items()]
        ]
        clients = [f"{key[1]} client {tx.state.name}" for key, tx in self.sent.items()]
        return [
            *servers,
            *clients,
            *[f"owed {name}" for name in self.owed],
            *[f"name {name}" for name in self.by_name],
        ]

    # Time

    @property
    def deadline(self) -> float | None:
        return self._alarms.deadline

    def set_alarm(self, later: Later, at: float) -> None:
        later.deadline = at
        self._alarms.set(later)

    def on_deadline(self, now: float) -> None:
        for transaction in self._alarms.due(now):
            if isinstance(transaction, Later):
                transaction.deadline = None
                transaction.act(now)
                continue
            report = self._carry_out(transaction, transaction.on_deadline(now))
            if report is not None:
                self._tell(transaction, report, now)

    def _tell(self, transaction: Transaction, report: Report, now: float) -> None:
        match transaction:
            case InviteReceived() if transaction.answered_by is not None:
                transaction.answered_by.on_never_acked(now)
            case InviteSent() | RequestSent() if transaction.user is not None:
                transaction.user.on_silence(transaction, report, now)
            case _:
                pass

    def drop(self, transaction: Transaction) -> None:
        """Forget it in the middle: its connection is gone."""
        transaction.deadline = None
        self._forget(transaction)

    def _carry_out(self, transaction: Transaction, effects: list[Effect]) -> Report | None:
        """Send what is to be sent, forget what is done; the report is for the user."""
        told: Report | None = None
        for effect in effects:
            if isinstance(effect, bytes):
                self.outputs.append(Transmit(effect, transaction.peer))
            elif effect is Report.DONE:
                self._forget(transaction)
            else:
                told = effect
        self._alarms.set(transaction)
        return told

    def _forget(self, transaction: Transaction) -> None:
        match transaction:
            case InviteReceived():
                self.invites.pop(transaction.key, None)
                if self.by_name.get(transaction.name) is transaction:
                    del self.by_name[transaction.name]
            case RequestReceived():
                self.requests.pop(transaction.key, None)
                if transaction.owed:
                    self.owed.pop(transaction.owed, None)
            case InviteSent() | RequestSent():
                self.sent.pop(transaction.key, None)
