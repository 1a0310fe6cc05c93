"""SIP and telephone URIs (RFC 3261 19.1, RFC 3966)."""

import re
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pbx.sip.errors import Malformed
from pbx.sip.grammar import HOST_PATTERN, check_host, check_port, printable

_USER_SAFE: Final = "-_.!~*'()&=+$,;?/"
_PARAM_SAFE: Final = "-_.!~*'()[]/:&+$"
_SEPARATORS: Final = str.maketrans("", "", "-.()")
_NUMBER: Final = frozenset("0123456789ABCDEFabcdef*#")

# The classes are what can be printed in ASCII but for @ < > and quotes; parameters end at a question mark.
_sip = re.compile(
    rf"(sips?+):(?:([!#-;=?A-~]++)@)?+({HOST_PATTERN})(?::([0-9]++))?+(;[!#-;=A-~]*+)?+(?:\?([!#-;=?A-~]*+))?+"
)
_scheme = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*+):([!#-;=?-~]++)")
_bad_escape = re.compile(r"%(?![0-9A-Fa-f]{2})")


class SipUri:
    """`user` and `params` are unescaped, control characters masked; a password is read and forgotten."""

    __slots__ = ("headers", "host", "params", "port", "scheme", "user")

    def __init__(
        self,
        scheme: str,
        user: str,
        host: str,
        port: int | None = None,
        params: dict[str, str] | None = None,
        headers: str = "",
    ) -> None:
        self.scheme = scheme  # "sip" or "sips"
        self.user = user
        self.host = host  # lower case; IPv6 in brackets
        self.port = port
        self.params = {} if params is None else params  # "" for a parameter without value
        self.headers = headers  # as written, without the question mark

    def __str__(self) -> str:
        text = f"{self.scheme}:"
        if self.user:
            text += quote_from_bytes(self.user.encode(), _USER_SAFE) + "@"
        text += self.host
        if self.port is not None:
            text += f":{self.port}"
        for name, value in self.params.items():
            text += ";" + quote_from_bytes(name.encode(), _PARAM_SAFE)
            if value:
                text += "=" + quote_from_bytes(value.encode(), _PARAM_SAFE)
        return text + ("?" + self.headers if self.headers else "")

    def __repr__(self) -> str:
        return f"SipUri({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SipUri) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash((self.scheme, self.user, self.host, self.port))

    def _parts(self) -> tuple[object, ...]:
        return self.scheme, self.user, self.host, self.port, self.params, self.headers


class TelUri:
    """`number` has its visual separators removed; a global number keeps its plus sign."""

    __slots__ = ("number", "params")

    def __init__(self, number: str, params: dict[str, str] | None = None) -> None:
        self.number = number
        self.params = {} if params is None else params

    def __str__(self) -> str:
        return f"tel:{self.number}" + "".join(
            f";{name}={value}" if value else f";{name}" for name, value in self.params.items()
        )

    def __repr__(self) -> str:
        return f"TelUri({self})"


Uri: TypeAlias = SipUri | TelUri


@lru_cache(4_096)
def parse_uri(text: str) -> Uri:
    """Shared, so never changed. Raises Malformed: 416 for another scheme than sip, sips and tel, else 400."""
    match = _sip.fullmatch(text)
    if match is not None:
        scheme, user, host, port, params, headers = match.groups()
        return SipUri(
            scheme,
            _user(user) if user else "",
            check_host(host) if host[0] == "[" else host.lower(),
            None if port is None else check_port(port),
            _parse_params(params) if params else {},
            headers or "",
        )
    match = _scheme.fullmatch(text)
    if match is None:
        raise Malformed(400, "Bad URI")
    scheme = match[1].lower()
    if scheme == "tel":
        return _tel_uri(match[2])
    if scheme not in ("sip", "sips"):
        raise Malformed(416, "Unsupported URI Scheme")
    if scheme == match[1]:
        raise Malformed(400, "Bad URI")
    return parse_uri(f"{scheme}:{match[2]}")


def _user(text: str) -> str:
    """The user of `user:password`."""
    if ":" in text:
        text = text.partition(":")[0]
        if not text:
            raise Malformed(400, "Bad URI")
    return _unescape(text) if "%" in text else text


def _tel_uri(text: str) -> TelUri:
    number, semicolon, params = text.partition(";")
    number = number.translate(_SEPARATORS)
    if not number.removeprefix("+") or not _NUMBER.issuperset(number.removeprefix("+")):
        raise Malformed(400, "Bad Telephone Number")
    return TelUri(number, _parse_params(semicolon + params) if params else {})


def _parse_params(text: str) -> dict[str, str]:
    params: dict[str, str] = {}
    for piece in text[1:].split(";"):
        name, _, value = piece.partition("=")
        if "%" in piece:
            name, value = _unescape(name), _unescape(value)
        name = name.lower()
        if not name or name in params:
            raise Malformed(400, "Bad URI Parameter")
        params[name] = value
    return params


def _unescape(text: str) -> str:
    if _bad_escape.search(text):
        raise Malformed(400, "Bad Escape")
    return printable(unquote_to_bytes(text).decode("utf-8", "replace"))
