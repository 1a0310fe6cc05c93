"""The header fields that every message has, as typed values (RFC 3261 20)."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from pbx.sip.errors import Malformed
from pbx.sip.grammar import (
    HOST_PATTERN,
    PARAMS_PATTERN,
    check_host,
    check_port,
    closing_quote,
    collect_params,
    decimal,
    is_token,
    parse_host_port,
    parse_params,
    printable,
    quote,
    unquote,
)

# What nearly everybody sends, taken apart in one go; anything else takes the long way and means the same.
_usual_via = re.compile(rf"SIP/2\.0/([A-Za-z0-9]++) ({HOST_PATTERN})(?::([0-9]{{1,5}}+))?+({PARAMS_PATTERN})")
_usual_address = re.compile(rf"(?:\"([^\"\\]*+)\"[ \t]*+)?+<([A-Za-z]++:[!#-;=?-~]++)>({PARAMS_PATTERN})")

# A call says who it is from and to in every message, and a thousand phones say it for weeks.
REMEMBERED: Final = 4_096

_uri = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:[!#-;=?-~]++")
_protocol = re.compile(r"SIP[ \t]*+/[ \t]*+[0-9.]++[ \t]*+/[ \t]*+([A-Za-z0-9._-]++)[ \t]++", re.IGNORECASE)
_NOT_UNQUOTED: Final = frozenset('",;<>')
_NUMBER_LIMIT: Final = 2**31


def format_params(params: dict[str, str | None]) -> str:
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in params.items())


class Via:
    """One hop: `transport` in upper case, `host` and `port` as the sender names itself."""

    __slots__ = ("host", "params", "port", "transport")

    def __init__(
        self, transport: str, host: str, port: int | None = None, params: dict[str, str | None] | None = None
    ) -> None:
        self.transport = transport
        self.host = host
        self.port = port
        self.params = {} if params is None else params

    @property
    def branch(self) -> str:
        """The branch, or "" for an RFC 2543 sender."""
        return self.params.get("branch") or ""

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{format_params(self.params)}"

    def __repr__(self) -> str:
        return f"Via({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Via) and str(self) == str(other)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - the parameters may be changed


class NameAddress:
    """From, To, Contact, Route: `uri` is raw and without its brackets; parameter values keep their quotes."""

    __slots__ = ("display", "params", "uri")

    def __init__(self, display: str, uri: str, params: dict[str, str | None] | None = None) -> None:
        self.display = display
        self.uri = uri
        self.params = {} if params is None else params

    @property
    def tag(self) -> str:
        """The tag, or "" if there is none."""
        return self.params.get("tag") or ""

    def __str__(self) -> str:
        name = quote(self.display) + " " if self.display else ""
        return f"{name}<{self.uri}>{format_params(self.params)}"

    def __repr__(self) -> str:
        return f"NameAddress({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NameAddress) and str(self) == str(other)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - the parameters may be changed


class CSeq(NamedTuple):
    number: int  # below 2**31 (RFC 3261 8.1.1.5)
    method: str


def parse_via(text: str) -> Via:
    """One element of a Via header. Raises Malformed(400)."""
    usual = _usual_via.fullmatch(text)
    if usual is not None:
        transport, host, port, params = usual.groups()
        return Via(
            transport.upper(),
            check_host(host) if host[0] == "[" else host.lower(),
            None if port is None else check_port(port),
            collect_params(params.split(";")) if params else {},
        )
    protocol = _protocol.match(text)
    if protocol is None:
        raise Malformed(400, "Bad Via")
    sent_by, semicolon, params = text[protocol.end() :].partition(";")
    host, port = parse_host_port(sent_by.strip(" \t"))
    return Via(protocol[1].upper(), host, port, parse_params(semicolon + params))


@lru_cache(REMEMBERED)
def parse_name_address(text: str) -> NameAddress:
    """A name-addr or an addr-spec with header parameters: shared, so never changed. Raises Malformed(400).

    Of an addr-spec everything after a semicolon belongs to the header, and it can hold neither a comma nor
    a question mark (RFC 3261 20.10).
    """
    usual = _usual_address.fullmatch(text)
    if usual is not None:
        display, uri, params = usual.groups()
        display = printable(display) if display else ""
        address = NameAddress(display, uri, collect_params(params.split(";")) if params else {})
    else:
        address = _parse_unusual_address(text)
    if not address.params.get("tag", "none"):
        raise Malformed(400, "Empty Tag")
    return address


def _parse_unusual_address(text: str) -> NameAddress:
    display = ""
    if text.startswith('"'):
        end = closing_quote(text, 0) + 1
        display, text = printable(unquote(text[:end])), text[end:].strip(" \t")
        if not text.startswith("<"):
            raise Malformed(400, "Bad Address")
    before, bracket, rest = text.partition("<")
    if not bracket:
        uri, semicolon, params = text.partition(";")
        uri = uri.strip(" \t")
        if "?" in uri or "," in uri:
            raise Malformed(400, "Bad Address")
    else:
        before = before.strip(" \t")
        if not _NOT_UNQUOTED.isdisjoint(before):
            raise Malformed(400, "Bad Display Name")
        display = display or printable(before)
        uri, bracket, params = rest.partition(">")
        params, semicolon = params.strip(" \t"), ""
        if not bracket:
            raise Malformed(400, "Bad Address")
    if not _uri.fullmatch(uri):
        raise Malformed(400, "Bad Address")
    return NameAddress(display, uri, parse_params(semicolon + params))


@lru_cache(REMEMBERED)
def parse_cseq(text: str) -> CSeq:
    """Raises Malformed(400)."""
    digits, _, method = text.partition(" ")
    number = decimal(digits)
    method = method.strip(" \t")
    if number is None or number >= _NUMBER_LIMIT or not is_token(method):
        raise Malformed(400, "Bad CSeq")
    return CSeq(number, method)
