"""Responses to one request, written by joining strings prepared once (RFC 3261 8.2.6, 18.2, RFC 3581)."""

from collections.abc import Sequence
from typing import Final

from pbx.sip.grammar import split_list
from pbx.sip.headers import Via
from pbx.sip.message import REASONS, Request
from pbx.sip.outputs import Peer

ALLOW_LINE: Final = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER\r\n"

_STATUS_LINES: Final = {status: f"SIP/2.0 {status} {reason}\r\n" for status, reason in REASONS.items()}
_DEFAULT_PORT: Final = 5060
_END_OF_PARAM: Final = frozenset(("", ";"))


class Reply:
    """What every response to a request repeats, and where responses go.

    `tag` is put into To where the request has none.
    """

    __slots__ = ("_head", "_record_route", "_timestamp", "peer", "tag")

    def __init__(self, request: Request, source: Peer, tag: str) -> None:
        self.peer = return_address(request.via, source)
        self.tag = tag
        vias = _vias(request, source)
        to = request.get("to")
        if not request.to.tag:
            to = f"{to};tag={tag}"
        self._head = (
            f"{vias}From: {request.get('from')}\r\nTo: {to}\r\nCall-ID: {request.call_id}\r\n"
            f"CSeq: {request.get('cseq')}\r\n"
        )
        self._record_route = "".join([f"Record-Route: {value}\r\n" for value in request.all("record-route")])
        timestamp = request.get("timestamp")
        self._timestamp = f"Timestamp: {timestamp}\r\n" if timestamp else ""

    def message(self, status: int, headers: str = "", body: str = "", reason: str | None = None) -> bytes:
        """`headers` are whole lines. A body is a session description."""
        start = _STATUS_LINES.get(status) if reason is None else f"SIP/2.0 {status} {one_line(reason)}\r\n"
        if start is None:
            start = f"SIP/2.0 {status} Unknown\r\n"
        if status == 100:
            headers += self._timestamp
        elif status < 300:
            headers += self._record_route
        if not body:
            return f"{start}{self._head}{headers}Content-Length: 0\r\n\r\n".encode()
        content = body.encode()
        headers += f"Content-Type: application/sdp\r\nContent-Length: {len(content)}\r\n\r\n"
        return f"{start}{self._head}{headers}".encode() + content


def one_line(text: str) -> str:
    """Text that cannot end a header line, whatever was in it."""
    return text if text.isprintable() else "".join([c if c.isprintable() else " " for c in text])


def header_lines(headers: Sequence[tuple[str, str]]) -> str:
    """Whole lines; the names are ours, the values may be anybody's."""
    return "".join([f"{name}: {one_line(value)}\r\n" for name, value in headers])


def _vias(request: Request, source: Peer) -> str:
    lines = request.all("via")
    first = f"Via: {_stamped(lines[0], request.via, source)}\r\n"
    return first if len(lines) == 1 else first + "".join([f"Via: {line}\r\n" for line in lines[1:]])


def _stamped(line: str, via: Via, source: Peer) -> str:
    """The first Via line with the true source of the request in its first element."""
    params = via.params
    wanted = "rport" in params
    if not wanted and via.host.strip("[]") == source.host and "received" not in params:
        return line
    before, found, after = line.partition(";rport")
    if found and after[:1] in _END_OF_PARAM and "received" not in params and "," not in line:
        return f"{before};rport={source.port};received={source.host}{after}"
    told = {**params, "received": source.host} | ({"rport": str(source.port)} if wanted else {})
    stamped = str(Via(via.transport, via.host, via.port, told))
    return ", ".join([stamped, *split_list(line)[1:]])


def return_address(via: Via, source: Peer) -> Peer:
    """The source; without rport, and with no NAT between, the port that the sender names (18.2.2)."""
    if source.transport == "tcp" or "rport" in via.params or via.host.strip("[]") != source.host:
        return source
    port = via.port or _DEFAULT_PORT
    return source if port == source.port else source._replace(port=port)
