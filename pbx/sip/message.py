"""Requests and responses: read from bytes, typed when asked, written back (RFC 3261 7, 8.2.6)."""

from collections.abc import Sequence
from typing import Final

from pbx.sip.bodies import find_description, media_type
from pbx.sip.errors import Malformed
from pbx.sip.fields import LONGEST_HEADER, Fields, Headers
from pbx.sip.grammar import decimal, is_token, split_list
from pbx.sip.headers import CSeq, NameAddress, Via, parse_cseq, parse_name_address, parse_via
from pbx.sip.names import REASONS, WRITTEN, written
from pbx.sip.uri import SipUri, Uri, parse_uri

__all__ = ["REASONS", "Request", "Response", "parse_message"]

LONGEST_MESSAGE: Final = 65_536
MOST_VIAS: Final = 70

_MANDATORY: Final = ("via", "from", "to", "call-id", "cseq")
_LISTS: Final = ("route", "record-route", "require")
_COPIED: Final = frozenset(_MANDATORY)
_COPIED_TO_TRYING: Final = _COPIED | {"timestamp"}
_COPIED_TO_DIALOG: Final = _COPIED | {"record-route"}
# A quoted string may hold control characters; they are masked, for what reads the values after us.
_CONTROLS: Final = bytes(sorted({*range(32), 127} - {9}))
_MASK: Final = dict.fromkeys(set(_CONTROLS) - {10, 13}, "\ufffd")


class Message(Fields):
    """What requests and responses share. Not changed once made, but by its own methods.

    The typed properties are worked out once. They raise Malformed(400), but never of a message that
    `parse_message` has let through.
    """

    __slots__ = ("_call_id", "_contacts", "_cseq", "_from", "_hops", "_star", "_to", "_via", "body")

    def __init__(self, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers)
        self.body = body
        self._via: Via | None = None
        self._from: NameAddress | None = None
        self._to: NameAddress | None = None
        self._cseq: CSeq | None = None
        self._contacts: list[NameAddress] | None = None
        self._call_id = ""
        self._hops: int | None = None
        self._star = False

    def verify(self) -> None:
        """Work out every typed property, once for all. Raises Malformed for the first that is wrong."""
        first = self._first
        try:
            via, sender, to, cseq = first["via"], first["from"], first["to"], first["cseq"]
            call_id = first["call-id"]
        except KeyError as missing:
            raise Malformed(400, f"Missing {written(missing.args[0])}") from None
        if not call_id:
            raise Malformed(400, "Missing Call-ID")
        self._call_id = call_id
        contact, length = first.get("contact"), first.get("content-length")
        if "," in via or "via" in self._more:
            self._count_vias()
        self._via = parse_via(split_list(via)[0] if "," in via else via)
        self._from = parse_name_address(sender)
        self._to = parse_name_address(to)
        self._cseq = parse_cseq(cseq)
        if contact is None:
            self._contacts = []
        elif contact != "*" and "," not in contact and "contact" not in self._more:
            self._contacts = [parse_name_address(contact)]
        elif self.all_contacts and self._cseq.method != "REGISTER":
            raise Malformed(400, "Bad Contact")
        if length is not None and length != str(len(self.body)):
            self._cut_body(length)
        _ = self.max_forwards
        if not first.keys().isdisjoint(_LISTS):
            for name in _LISTS:
                self.elements(name)

    def _count_vias(self) -> None:
        vias = self.all("via")
        if len(vias) + sum(value.count(",") for value in vias) > MOST_VIAS:
            raise Malformed(400, "Too Many Vias")

    def _cut_body(self, text: str) -> None:
        length = decimal(text)
        if length is None:
            raise Malformed(400, "Bad Content-Length")
        if length > len(self.body):
            raise Malformed(400, "Body Too Short")
        if length < len(self.body):
            self.body = self.body[:length]

    def _required(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise Malformed(400, f"Missing {written(name)}")
        return value

    @property
    def via(self) -> Via:
        """The topmost."""
        if self._via is None:
            self._via = parse_via(split_list(self._required("via"))[0])
        return self._via

    @property
    def from_(self) -> NameAddress:
        if self._from is None:
            self._from = parse_name_address(self._required("from"))
        return self._from

    @property
    def to(self) -> NameAddress:
        if self._to is None:
            self._to = parse_name_address(self._required("to"))
        return self._to

    @property
    def call_id(self) -> str:
        return self._call_id or self._required("call-id")

    @property
    def cseq(self) -> CSeq:
        if self._cseq is None:
            self._cseq = parse_cseq(self._required("cseq"))
        return self._cseq

    @property
    def contacts(self) -> list[NameAddress]:
        """All contacts in order; empty for `Contact: *`, which `all_contacts` tells."""
        if self._contacts is None:
            lines = self.all("contact")
            self._star = lines == ["*"]
            elements = [] if self._star else [each for line in lines for each in split_list(line)]
            self._contacts = [parse_name_address(element) for element in elements]
        return self._contacts

    @property
    def all_contacts(self) -> bool:
        """The message says `Contact: *`."""
        return not self.contacts and self._star

    @property
    def routes(self) -> list[str]:
        return self.elements("route")

    @property
    def record_routes(self) -> list[str]:
        return self.elements("record-route")

    @property
    def max_forwards(self) -> int | None:
        if self._hops is None and (value := self.get("max-forwards")) is not None:
            self._hops = decimal(value)
            if self._hops is None:
                raise Malformed(400, "Bad Max-Forwards")
        return self._hops

    @property
    def content_type(self) -> str:
        """`type/subtype` in lower case without parameters; "" if there is none."""
        value = self.get("content-type")
        return "" if value is None else media_type(value)

    @property
    def require(self) -> tuple[str, ...]:
        return tuple(option for option in self.elements("require") if option)

    def description(self) -> str | None:
        """The session description, also out of a multipart body (RFC 5621); None if there is none."""
        if not self.body:
            return None
        return find_description(self.get("content-type") or "", self.get("content-encoding") or "", self.body)

    def _encode(self, start: str) -> bytes:
        lines = [start]
        for name, value in self.headers:
            if name != "content-length":
                lines.append(f"{WRITTEN.get(name) or written(name)}: {value}")
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) + 1 or text.count("\r") != len(lines) + 1:
            raise ValueError("a header value holds a line break")
        return text.encode() + self.body


class Request(Message):
    """`uri` is the Request-URI as written; `target` is what it means."""

    __slots__ = ("_target", "method", "uri")

    def __init__(self, method: str, uri: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri = uri
        self._target: Uri | None = None

    @property
    def target(self) -> Uri:
        """Raises Malformed(400 or 416)."""
        if self._target is None:
            self._target = parse_uri(self.uri)
        return self._target

    def verify(self) -> None:
        """Also what only a request can have wrong."""
        super().verify()
        if self.cseq.method != self.method:
            raise Malformed(400, "CSeq Method Mismatch")
        if isinstance(self.target, SipUri) and self.target.headers:
            raise Malformed(400, "Headers In Request-URI")

    def encode(self) -> bytes:
        return self._encode(f"{self.method} {self.uri} SIP/2.0")

    def came_from(self, host: str, port: int) -> None:
        """Write the real source into the topmost Via (RFC 3261 18.2.1, RFC 3581 4)."""
        via = self.via
        if "rport" in via.params:
            via.params["rport"] = str(port)
            via.params["received"] = host
        elif via.host != host:
            via.params["received"] = host
        else:
            return
        at = next(i for i, header in enumerate(self.headers) if header[0] == "via")
        value = ", ".join([str(via), *split_list(self.headers[at][1])[1:]])
        self.headers[at] = ("via", value)
        self._index(self.headers)

    def response(
        self,
        status: int,
        *,
        reason: str | None = None,
        to_tag: str = "",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> "Response":
        """A response to this request, with what RFC 3261 8.2.6 and 12.1.1 have copied."""
        copied = _COPIED if status >= 300 else _COPIED_TO_DIALOG if status > 100 else _COPIED_TO_TRYING
        lines = [header for header in self.headers if header[0] in copied]
        if to_tag and not self._is_tagged():
            lines = [(n, f"{v};tag={to_tag}") if n == "to" else (n, v) for n, v in lines]
        lines += [(name.lower(), value) for name, value in headers]
        if content_type:
            lines.append(("content-type", content_type))
        return Response(status, REASONS.get(status, "Unknown") if reason is None else reason, lines, body)

    def _is_tagged(self) -> bool:
        return bool(self._to.tag) if self._to is not None else "tag" in (self.get("to") or "").lower()


class Response(Message):
    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason

    def verify(self) -> None:
        super().verify()
        if not 100 <= self.status < 700:
            raise Malformed(400, "Bad Status")

    def encode(self) -> bytes:
        return self._encode(f"SIP/2.0 {self.status} {self.reason}")


def parse_message(data: bytes) -> Request | Response:
    """A whole message, and every typed property but `description()` known to be good.

    Without Content-Length the body is the rest; with one, what follows is cut. Raises Malformed: 505, 416,
    513 for what is too large, 400 for the rest, with the request where an answer can be sent.
    """
    if len(data) > LONGEST_MESSAGE:
        raise Malformed(513, REASONS[513])
    if data[:2] == b"\r\n":
        data = data.lstrip(b"\r\n")
    head, end, body = data.partition(b"\r\n\r\n")
    lines = _lines(head)
    message, version = _begin(lines[0], body)
    try:
        message.read_headers(lines, tidy=_is_tidy(head))
        if version != "SIP/2.0" or not end:
            _check_start(version, end)
        message.verify()
    except Malformed as malformed:
        raise Malformed(malformed.status, malformed.phrase, _answerable(message)) from None
    return message


def _lines(head: bytes) -> list[str]:
    """The head decoded and split, without control characters."""
    text = head.decode("utf-8", "replace")
    lines = text.split("\r\n")
    breaks = len(lines) - 1
    if len(head) - len(head.translate(None, _CONTROLS)) == 2 * breaks:
        return lines
    if not text.count("\n") == text.count("\r") == breaks:
        raise Malformed(400, "Bare Line Break")
    return text.translate(_MASK).split("\r\n")


def _is_tidy(head: bytes) -> bool:
    """Nothing about its lines needs a closer look (see Fields.read_headers)."""
    odd = b"  " in head or b"\t" in head or b" \r\n" in head or head.endswith(b" ")
    return not odd and len(head) <= LONGEST_HEADER


def _begin(start: str, body: bytes) -> tuple[Request | Response, str]:
    """The message that this start line begins, and the version it claims."""
    first, _, rest = start.partition(" ")
    if first[:4].upper() == "SIP/":
        status, _, reason = rest.partition(" ")
        return Response(decimal(status, 3) or 0, reason, [], body), first
    uri, _, version = rest.partition(" ")
    if not is_token(first):
        raise Malformed(400, "Bad Request Line")
    return Request(first, uri, [], body), version


def _check_start(version: str, end: bytes) -> None:
    if not end:
        raise Malformed(400, "Unfinished Header")
    if version[:4].upper() != "SIP/" or " " in version:
        raise Malformed(400, "Bad Request Line")
    if version.upper() != "SIP/2.0":
        raise Malformed(505, REASONS[505])


def _answerable(message: Request | Response) -> Request | None:
    """The request, if a response to it can find its way."""
    if isinstance(message, Response) or message.method == "ACK":
        return None
    try:
        _ = message.via
    except Malformed:
        return None
    return message
