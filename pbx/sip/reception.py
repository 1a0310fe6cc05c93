"""What arrives from the network, sorted: copies, calls, registrations, requests in dialogs, and rubbish."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pbx.sip.admission import (
    ACCEPT_LINE,
    Admitted,
    Doorkeeper,
    Refusal,
    check_body,
    check_extensions,
    check_hops,
    check_method,
    user_of,
)
from pbx.sip.dialog import Dialog
from pbx.sip.endpoint import Endpoint
from pbx.sip.errors import Malformed
from pbx.sip.in_dialog import check_in_dialog, take_in_dialog
from pbx.sip.incoming import Incoming
from pbx.sip.message import Request, Response, parse_message
from pbx.sip.outputs import CallOffered, Denied, Peer, Standing, Transmit
from pbx.sip.registration import read_register
from pbx.sip.replies import ALLOW_LINE, Reply, one_line, return_address
from pbx.sip.table import CallTable
from pbx.sip.transactions.invite_server import State
from pbx.sip.transactions.matching import ServerKey, invite_name, server_key
from pbx.sip.uri import SipUri

_RETRY_AFTER: Final = "Retry-After: 10\r\n"
_OPTIONS_LINES: Final = f"{ALLOW_LINE}{ACCEPT_LINE}Accept-Encoding: identity\r\nSupported: \r\n"
_KEEP_ALIVE: Final = b"\r\n\0 "
_LONGEST_DETAIL: Final = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that peers can make us hold; beyond it they get 503 with Retry-After."""

    transactions: int = 50_000
    calls: int = 10_000
    unanswered_per_source: int = 1_000  # offered calls from one address, trunks excepted


class Reception:
    """Answers without state whatever can be answered so; the rest becomes transactions and calls."""

    def __init__(self, endpoint: Endpoint, table: CallTable, doorkeeper: Doorkeeper, limits: Limits) -> None:
        self.draining = False
        self._endpoint = endpoint
        self._table = table
        self._doorkeeper = doorkeeper
        self._limits = limits
        self._tag_key = endpoint.ids.token().encode()

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        """Nothing a peer sends raises anything here."""
        if not data.strip(_KEEP_ALIVE) or peer.port == 0 or not _is_somebody(peer.host):
            return
        try:
            message = parse_message(data)
        except Malformed as malformed:
            self._refuse_malformed(malformed, malformed.request, peer)
            return
        try:
            self._receive(message, peer, now)
        except Malformed as malformed:
            self._refuse_malformed(malformed, message if isinstance(message, Request) else None, peer)

    def _receive(self, message: Request | Response, peer: Peer, now: float) -> None:
        if isinstance(message, Response):
            self._endpoint.on_response(message, peer, now)
        elif message.method == "ACK":
            self._on_ack(message, peer, now)
        elif message.method == "CANCEL":
            self._on_cancel(message, peer, now)
        else:
            self._on_request(message, peer, now)

    def _on_request(self, request: Request, peer: Peer, now: float) -> None:
        endpoint = self._endpoint
        key = server_key(request, request.method)
        transaction = endpoint.invites.get(key) or endpoint.requests.get(key)
        if transaction is not None:
            endpoint.repeat(transaction)
        elif len(endpoint) >= self._limits.transactions and request.method != "BYE":
            self._refuse(request, _overload("transactions"), peer)
        elif request.to.tag:
            self._on_request_in_dialog(key, request, peer, now)
        elif request.method == "INVITE":
            self._on_invite(key, request, peer, now)
        elif request.method == "REGISTER":
            self._on_register(key, request, peer, now)
        else:
            self._on_other(request, peer)

    def _on_request_in_dialog(self, key: ServerKey, request: Request, peer: Peer, now: float) -> None:
        call = self._table.dialogs.get((request.call_id, request.to.tag, request.from_.tag))
        if call is None:
            refusal = check_method(request.method) or Refusal(481)
        else:
            refusal = check_in_dialog(request, call, peer, self._doorkeeper)
            if refusal is None and request.method == "OPTIONS":
                refusal = Refusal(200, _OPTIONS_LINES)
        if refusal is not None or call is None:
            self._refuse(request, refusal or Refusal(481), peer)
        else:
            take_in_dialog(self._endpoint, call, key, request, Reply(request, peer, ""), now)

    def _on_invite(self, key: ServerKey, request: Request, peer: Peer, now: float) -> None:
        target = request.target
        dialled = target.user if isinstance(target, SipUri) else target.number
        admitted = self._check_invite(request, peer) or self._doorkeeper.identify(request, peer, dialled, now)
        if isinstance(admitted, Admitted):
            admitted = check_body(request) or self._check_waiting(admitted, peer) or admitted
        if isinstance(admitted, Refusal):
            self._refuse(request, admitted, peer)
            return
        tag, name = self._endpoint.ids.token(), self._endpoint.ids.token()
        invite = self._endpoint.admit_invite(key, request, Reply(request, peer, tag), now)
        description = request.description()
        dialog = Dialog.of_invite(request, tag, peer)
        Incoming(name, dialog, invite, self._endpoint, self._table, late=description is None)
        hops = request.max_forwards
        self._endpoint.outputs.append(
            CallOffered(
                call=name,
                identity=admitted.identity,
                caller=admitted.caller,
                caller_name=one_line(request.from_.display),
                dialled=dialled,
                description=description,
                peer=peer,
                max_forwards=70 if hops is None else hops,
                sip_call_id=request.call_id,
            )
        )

    def _check_invite(self, request: Request, peer: Peer) -> Refusal | None:
        if invite_name(request) in self._endpoint.by_name:
            return Refusal(482, "", "merged", "one INVITE on two ways")
        if len(self._table.calls) >= self._limits.calls:
            return _overload("calls")
        if self.draining:
            return Refusal(503, _RETRY_AFTER)
        return _check_scheme(request) or check_extensions(request) or check_hops(request)

    def _check_waiting(self, admitted: Admitted, peer: Peer) -> Refusal | None:
        if admitted.identity.standing is Standing.TRUNK:
            return None
        waiting = self._table.unanswered.get(peer.host, 0)
        return _overload("unanswered calls") if waiting >= self._limits.unanswered_per_source else None

    def _on_register(self, key: ServerKey, request: Request, peer: Peer, now: float) -> None:
        refusal = _check_scheme(request) or check_extensions(request)
        owner = refusal or self._doorkeeper.owner(request, user_of(request.to.uri), now)
        if isinstance(owner, Refusal):
            self._refuse(request, owner, peer)
            return
        endpoint, token = self._endpoint, self._endpoint.ids.token()
        register = read_register(request, token, owner, peer)
        reply = Reply(request, peer, endpoint.ids.token())
        endpoint.owe(endpoint.admit_request(key, reply, now), token)
        endpoint.outputs.append(register)

    def _on_other(self, request: Request, peer: Peer) -> None:
        refusal = check_method(request.method) or _check_scheme(request) or check_extensions(request)
        if refusal is None and request.method == "OPTIONS":
            refusal = check_hops(request) or Refusal(200, _OPTIONS_LINES)
        self._refuse(request, refusal or Refusal(481), peer)

    def _on_ack(self, ack: Request, peer: Peer, now: float) -> None:
        """An ACK is never answered. That of a 2xx may carry any branch and, from pyVoIP, any To tag."""
        endpoint = self._endpoint
        invite = endpoint.invites.get(server_key(ack, "INVITE")) or endpoint.by_name.get(invite_name(ack))
        if invite is None:
            return
        if self._doorkeeper.are_neighbours(peer, invite.peer):
            endpoint.acknowledge(invite, ack, now)
        else:
            self._deny(Refusal(403, "", "spoofed", f"ACK for {invite.peer.host}"), peer)

    def _on_cancel(self, cancel: Request, peer: Peer, now: float) -> None:
        """RFC 3261 9.2. The tag of its answer is that of the INVITE's."""
        invite = self._endpoint.invites.get(server_key(cancel, "INVITE"))
        if invite is None:
            self._refuse(cancel, Refusal(481), peer)
        elif not self._doorkeeper.are_neighbours(peer, invite.peer):
            self._refuse(cancel, Refusal(481, "", "spoofed", f"CANCEL for {invite.peer.host}"), peer)
        else:
            reply = Reply(cancel, peer, invite.reply.tag)
            self._endpoint.outputs.append(Transmit(reply.message(200), reply.peer))
            if invite.state is State.PROCEEDING and invite.offered_to is not None:
                invite.offered_to.on_cancel(invite, now)

    def _refuse(self, request: Request, refusal: Refusal, peer: Peer) -> None:
        """Answer without state. A copy of the request gets the same answer, tag included (8.2.7)."""
        reply = Reply(request, peer, self._tag(request))
        self._endpoint.outputs.append(Transmit(reply.message(refusal.status, refusal.headers), reply.peer))
        self._deny(refusal, peer)

    def _refuse_malformed(self, fault: Malformed, request: Request | None, peer: Peer) -> None:
        """Of a request that may lack anything but its Via, repeat what it has."""
        if request is not None and request.method != "ACK":
            hop = return_address(request.via, peer)
            request.came_from(peer.host, peer.port)
            response = request.response(fault.status, reason=fault.phrase, to_tag=self._tag(request))
            self._endpoint.outputs.append(Transmit(response.encode(), hop))
        self._deny(Refusal(fault.status, "", "malformed", fault.phrase), peer)

    def _deny(self, refusal: Refusal, peer: Peer) -> None:
        if refusal.offence is not None:
            self._endpoint.outputs.append(
                Denied(refusal.offence, one_line(refusal.detail[:_LONGEST_DETAIL]), peer)
            )

    def _tag(self, request: Request) -> str:
        seed = f"{request.get('call-id')} {request.get('cseq')} {request.get('via')}".encode()
        return hashlib.blake2b(seed, digest_size=8, key=self._tag_key).hexdigest()


def _overload(what: str) -> Refusal:
    return Refusal(503, _RETRY_AFTER, "limit", what)


def _check_scheme(request: Request) -> Refusal | None:
    """sips means TLS at every hop, which nobody here can promise."""
    target = request.target
    return Refusal(416) if isinstance(target, SipUri) and target.scheme != "sip" else None


@lru_cache(1_024)
def _is_somebody(host: str) -> bool:
    """Not what pretends to come from everybody, from a group, or from nobody."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return False
    if ":" in host:
        return not host.lower().startswith("ff")
    first = host.partition(".")[0]
    return not (len(first) == 3 and "224" <= first <= "255")
