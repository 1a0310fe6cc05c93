"""Requests inside a dialog: checked for source, order and kind, then given to its call (RFC 3261 12.2.2)."""

from typing import Final

from pbx.sip.admission import ACCEPT_LINE, Doorkeeper, Refusal, check_body, check_extensions, check_method
from pbx.sip.endpoint import Endpoint
from pbx.sip.keys import KEY_TYPES, parse_keys
from pbx.sip.message import Request
from pbx.sip.outputs import KeyPressed, Peer
from pbx.sip.replies import Reply
from pbx.sip.table import InDialog
from pbx.sip.transactions.matching import ServerKey

_GONE: Final = Refusal(481)


def check_in_dialog(request: Request, call: InDialog, source: Peer, doorkeeper: Doorkeeper) -> Refusal | None:
    """Why this request has no effect on the dialog."""
    dialog, method = call.dialog, request.method
    if not doorkeeper.are_neighbours(source, dialog.source):
        return Refusal(403, "", "spoofed", f"{method} in a dialog of {dialog.source.host}")
    if dialog.is_out_of_order(request.cseq.number):
        return Refusal(500)
    refusal = check_method(method) or check_extensions(request)
    if refusal is None and method in ("INVITE", "UPDATE"):
        refusal = _GONE if call.is_over else check_body(request)
    if refusal is None and method in ("INFO", "REGISTER"):
        refusal = _check_other(request, call)
    return refusal


def take_in_dialog(
    endpoint: Endpoint, call: InDialog, key: ServerKey, request: Request, reply: Reply, now: float
) -> None:
    """Carry out a request that has been checked, INVITE, BYE, UPDATE or INFO."""
    call.dialog.remote_sequence = request.cseq.number
    if request.method == "INVITE":
        call.on_invite(endpoint.admit_invite(key, request, reply, now), request, now)
        return
    transaction = endpoint.admit_request(key, reply, now)
    match request.method:
        case "BYE":
            call.on_bye(transaction, now)
        case "UPDATE":
            call.on_update(transaction, request, now)
        case _:
            pressed = parse_keys(request.content_type, request.body) if request.body else None
            endpoint.respond(transaction, reply.message(200), now)
            if pressed is not None:
                endpoint.outputs.append(KeyPressed(call.name, *pressed))


def _check_other(request: Request, call: InDialog) -> Refusal | None:
    if call.is_over or request.method == "REGISTER":
        return _GONE
    if request.body and request.content_type not in KEY_TYPES:
        return Refusal(415, ACCEPT_LINE)
    return None
