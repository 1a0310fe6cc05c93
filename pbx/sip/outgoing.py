"""A call we place, until it is answered, refused, given up or lost, with its forks (RFC 3261 13.2, 9.1)."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote as percent

from pbx.sip.dialog import Dialog
from pbx.sip.endpoint import Endpoint, InviteSent, RequestText, Sent
from pbx.sip.grammar import quote
from pbx.sip.message import Response
from pbx.sip.outputs import CallAnswered, CallProgressed, Peer
from pbx.sip.replies import ALLOW_LINE, header_lines, one_line
from pbx.sip.session import MOST_FORKS, Session
from pbx.sip.table import Call, CallTable
from pbx.sip.transactions.effects import Report
from pbx.sip.transactions.invite_client import State

_USER_SAFE: Final = "-_.!~*'()&=+$,;?/"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to call, over which hop, and on whose behalf."""

    uri: str  # the Request-URI
    peer: Peer  # the next hop
    caller: str = ""  # the user part of From; empty: anonymous
    caller_name: str = ""
    max_forwards: int = 70
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not is_request_uri(self.uri):
            raise ValueError(f"not a Request-URI: {self.uri!r}")


def is_request_uri(text: str) -> bool:
    """Whether this can stand in a request line and bring nothing else into it."""
    return text.isascii() and text.isprintable() and not set(text) & set(' <>"')


class Outgoing(Call):
    """An INVITE of ours. It outlives the call, to acknowledge 2xx that come late, and to hang up on them."""

    __slots__ = ("_cancel_waits", "_early", "_invite", "_target")

    def __init__(
        self, name: str, target: Target, description: str, endpoint: Endpoint, table: CallTable, now: float
    ) -> None:
        super().__init__(name, target.peer, endpoint, table)
        self._target = target
        self._cancel_waits = False  # for a provisional response (9.1)
        self._early: str | None = None  # the latest description in a provisional response
        branch, via = endpoint.branch_line(target.peer)
        text = _invite_text(name, endpoint, target, via, description)
        self._invite = endpoint.send_invite(text, branch, target.peer, self, now)
        table.add(self)

    def end(self, now: float) -> None:
        self._give_up(now)
        self.tell_over(487, by_peer=False)

    def lost(self, now: float) -> None:
        self.endpoint.drop(self._invite)
        self.tell_over(408, by_peer=False)

    def on_response(self, transaction: Sent, response: Response, source: Peer, now: float) -> None:
        if not isinstance(transaction, InviteSent):
            return
        status = response.status
        if status < 200:
            self._on_progress(response, source, now)
        elif status < 300:
            self._on_answer(transaction, response, source, now)
        elif not self.is_over:
            self.tell_over(status, by_peer=True)

    def on_silence(self, transaction: Sent, report: Report, now: float) -> None:
        if report is Report.RANG_TOO_LONG:
            self.endpoint.send_cancel(self._invite, now)
        if not self.is_over:
            self.tell_over(408, by_peer=False)

    def _give_up(self, now: float) -> None:
        if self._invite.state is State.PROCEEDING:
            self.endpoint.send_cancel(self._invite, now)
        else:
            self._cancel_waits = True

    def _on_progress(self, response: Response, source: Peer, now: float) -> None:
        if self._cancel_waits:
            self._cancel_waits = False
            self.endpoint.send_cancel(self._invite, now)
        if self.is_over:
            return
        if source != self.peer:
            self.table.move(self, source)
        if response.status > 100:
            description = response.description()
            self._early = description or self._early
            self.endpoint.outputs.append(CallProgressed(self.name, response.status, description))

    def _on_answer(self, invite: InviteSent, response: Response, source: Peer, now: float) -> None:
        """Every 2xx is acknowledged; the first makes the session, another fork's is hung up (13.2.2.4)."""
        tag = response.to.tag
        again = invite.acks.get(tag)
        if again is not None:
            self.endpoint.outputs.append(again)
            return
        if len(invite.acks) >= MOST_FORKS:
            return
        dialog = Dialog.of_response(response, self._target.uri, source)
        self.endpoint.send_ack(dialog, invite, tag)
        description = response.description() or self._early
        if self.is_over or description is None:
            self.endpoint.send_bye(dialog, None, now)
            if not self.is_over:
                self.tell_over(488, by_peer=False)
            return
        self.is_over = True  # as a call we place: the session goes on in its name
        session = Session(self.name, dialog, self.endpoint, self.table, is_caller=True)
        self.table.dialogs[dialog.key] = session
        self.table.add(session)
        self.endpoint.outputs.append(CallAnswered(self.name, description))


def _invite_text(call: str, endpoint: Endpoint, target: Target, via: str, description: str) -> RequestText:
    host = endpoint.local(target.peer).rpartition(":")[0]
    caller = (
        f"sip:{percent(target.caller, _USER_SAFE)}@{host}"
        if target.caller
        else "sip:anonymous@anonymous.invalid"
    )
    name = f"{quote(one_line(target.caller_name))} " if target.caller_name else ""
    callee = target.uri.partition("?")[0]
    if callee.startswith("sip"):
        callee = callee.partition(";")[0]  # transport and the like belong into no To (RFC 3261 table 1)
    return RequestText(
        start=f"INVITE {target.uri} SIP/2.0\r\n",
        via=via,
        routes="",
        parties=f"From: {name}<{caller}>;tag={endpoint.ids.token()}\r\nTo: <{callee}>\r\nCall-ID: {call}\r\n",
        number=1,
        method="INVITE",
        rest=f"Max-Forwards: {target.max_forwards}\r\n{endpoint.contact(target.peer)}{ALLOW_LINE}"
        f"{endpoint.agent_line}{header_lines(target.headers)}",
        body=description,
    )
