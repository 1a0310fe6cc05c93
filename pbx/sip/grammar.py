"""The lexical rules SIP's headers and URIs are made of (RFC 3261 25.1)."""

import re
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from pbx.sip.errors import Malformed

WORD_CLASS: Final = r"A-Za-z0-9.!%*_+`'~-"
TOKEN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~")
# What \s stands for, written out: a class with \s in it is tried piece by piece, this one in one table.
SPACE_CLASS: Final = "".join(rf"\u{ord(c):04x}" for c in map(chr, range(0x3001)) if c.isspace())
HOST_PATTERN: Final = r"(?:[A-Za-z0-9._-]{1,255}+|\[[0-9A-Fa-f:.]++\])"
# Parameters as nearly everybody writes them: no space, and nothing inside quotes that has to be looked at.
# Possessive, as all patterns here: none can backtrack.
PARAMS_PATTERN: Final = rf"(?:;[{WORD_CLASS}]++(?:=(?:[^{SPACE_CLASS};\",<>=]++|\"[^\"\\;]*+\"))?+)*+"

GREATEST_SECONDS: Final = 2**32 - 1

_plain_params = re.compile(PARAMS_PATTERN)
_host = re.compile(HOST_PATTERN)
_list_marks = re.compile(r'["<>,\\]')
_param_marks = re.compile(r'[";\\]')


def is_token(text: str) -> bool:
    return (text.isalnum() and text.isascii()) or (bool(text) and TOKEN.issuperset(text))


def decimal(text: str, digits: int = 10) -> int | None:
    """The number, or None unless the text is one to `digits` ASCII digits."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= digits else None


def delta_seconds(text: str) -> int | None:
    """Seconds as in Expires, at most 2**32 - 1 (RFC 3261 20.19); None if it is no number."""
    if not (text.isdecimal() and text.isascii()):
        return None
    return min(int(text), GREATEST_SECONDS) if len(text) <= 10 else GREATEST_SECONDS


def quote(text: str) -> str:
    """As a quoted-string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """What a quoted-string says; any other text as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    return re.sub(r"\\(.)", r"\1", inner) if "\\" in inner else inner


def printable(text: str) -> str:
    """The text with whatever could disturb a log, a terminal or JSON masked."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def split_list(text: str) -> list[str]:
    """The elements of a comma list; commas inside quotes and angle brackets do not count (RFC 3261 7.3.1)."""
    if "," not in text:
        return [text]
    if '"' not in text and "<" not in text:
        return [piece.strip(" \t") for piece in text.split(",")]
    pieces: list[str] = []
    start = at = 0
    quoted = bracketed = False
    while mark := _list_marks.search(text, at):
        at = mark.end()
        match mark[0]:
            case "\\" if quoted:
                at += 1
            case '"' if not bracketed:
                quoted = not quoted
            case "<" | ">" if not quoted:
                bracketed = mark[0] == "<"
            case "," if not quoted and not bracketed:
                pieces.append(text[start : at - 1].strip(" \t"))
                start = at
            case _:
                pass
    if quoted or bracketed:
        raise Malformed(400, "Unbalanced Quotes")
    pieces.append(text[start:].strip(" \t"))
    return pieces


def closing_quote(text: str, start: int) -> int:
    """Where the quoted-string that opens at `start` ends; raises Malformed if it does not."""
    at = start + 1
    while True:
        end = text.find('"', at)
        if end < 0:
            raise Malformed(400, "Unbalanced Quotes")
        slash = text.find("\\", at, end)
        if slash < 0:
            return end
        at = slash + 2


def parse_params(text: str) -> dict[str, str | None]:
    """`;name=value;name` as a dictionary: names in lower case, values as written, quotes included."""
    return collect_params(text.split(";") if _plain_params.fullmatch(text) else _split_params(text))


def collect_params(pieces: list[str]) -> dict[str, str | None]:
    """The same of `;name=value` split at its semicolons, known to be well-formed."""
    params: dict[str, str | None] = {}
    for piece in pieces[1:]:
        name, equals, value = piece.partition("=")
        name = name.lower()
        if name in params:
            raise Malformed(400, "Repeated Parameter")
        params[name] = value if equals else None
    return params


def _split_params(text: str) -> list[str]:
    """The general case: white space around every mark, quoted values."""
    pieces: list[str] = []
    start = at = 0
    while mark := _param_marks.search(text, at):
        at = mark.end()
        if mark[0] == '"':
            at = closing_quote(text, at - 1) + 1
        elif mark[0] == ";":
            pieces.append(_tidy(text[start : at - 1]))
            start = at
    pieces.append(_tidy(text[start:]))
    if pieces[0] or not all(pieces[1:]):
        raise Malformed(400, "Bad Parameter")
    return pieces


def _tidy(piece: str) -> str:
    name, equals, value = piece.partition("=")
    name, value = name.strip(" \t"), value.strip(" \t")
    if not name and not equals:
        return ""
    if not is_token(name) or (equals and not _is_value(value)):
        raise Malformed(400, "Bad Parameter")
    return name + equals + value


def _is_value(value: str) -> bool:
    if value.startswith('"'):
        return closing_quote(value, 0) == len(value) - 1
    return bool(value) and not any(c.isspace() or c in '",<>=' for c in value)


def parse_host_port(text: str) -> tuple[str, int | None]:
    """`host[:port]`: the host in lower case, an IPv6 reference with its brackets. Raises Malformed(400)."""
    match = _host.match(text)
    if match is None:
        raise Malformed(400, "Bad Host")
    rest = text[match.end() :].strip(" \t")
    if not rest:
        return check_host(match[0]), None
    if rest[0] != ":":
        raise Malformed(400, "Bad Host")
    return check_host(match[0]), check_port(rest[1:].strip(" \t"))


def check_host(host: str) -> str:
    """The host in lower case, once it is known to be one.

    RFC 3261's own grammar allowed a third colon before an embedded IPv4 address (RFC 5118 4.10).
    """
    if host[0] == "[":
        if "." in host:
            host = host.replace(":::", "::")
        try:
            IPv6Address(host[1:-1])
        except AddressValueError:
            raise Malformed(400, "Bad IPv6 Address") from None
    return host.lower()


def check_port(text: str) -> int:
    port = decimal(text, 5)
    if port is None or not 0 < port < 65536:
        raise Malformed(400, "Bad Port")
    return port
