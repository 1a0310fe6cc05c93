"""Session descriptions (RFC 8866) as values: what a caller of audio needs of them, parsed and written."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

MAX_LENGTH = 64 * 1024
MAX_LINES = 2000
MAX_MEDIA = 32
REMEMBERED = 1024  # media sections of at most so many characters: phones write the same one in every call

Family: TypeAlias = Literal["IP4", "IP6"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"[0-9]{1,32}")
_PORT = re.compile(r"([0-9]{1,5})(?:/([0-9]{1,5}))?")
_TOKEN = re.compile(r"[!#-'*+.0-9A-Z^-~-]{1,255}")
_PROFILE = re.compile(r"[!#-'*+.0-9A-Z^-~/-]{1,255}")
_OTHER_LINES = frozenset(f"{letter}=" for letter in "vosiuepcbtrzk")


class BadDescription(ValueError):  # noqa: N818 - named as the fact it states
    """This is no session description; the message says what was expected and what came instead."""


class Attribute(NamedTuple):
    """`a=name:value`, or `a=name` where the value is None."""

    name: str
    value: str | None = None

    def __str__(self) -> str:
        return f"a={self.name}" if self.value is None else f"a={self.name}:{self.value}"


class Connection(NamedTuple):
    """Where media goes: an address or a host name, not looked at any closer (RFC 8866 5.7)."""

    family: Family
    host: str

    def __str__(self) -> str:
        return f"c=IN {self.family} {self.host}"


class Origin(NamedTuple):
    """Who describes, and which edition this is (RFC 8866 5.2)."""

    user: str
    session_id: int
    version: int
    family: Family
    host: str

    def __str__(self) -> str:
        return f"o={self.user} {self.session_id} {self.version} IN {self.family} {self.host}"


class MediaLine(NamedTuple):
    """One `m=` line with what follows it (RFC 8866 5.14). Port 0 says the stream is refused or over."""

    kind: str
    port: int
    profile: str
    formats: tuple[str, ...]
    connection: Connection | None = None
    attributes: tuple[Attribute, ...] = ()
    port_count: int = 1

    def __str__(self) -> str:
        ports = f"{self.port}/{self.port_count}" if self.port_count != 1 else str(self.port)
        head = f"m={self.kind} {ports} {self.profile} {' '.join(self.formats)}"
        connection = [str(self.connection)] if self.connection else []
        return "\r\n".join([head, *connection, *map(str, self.attributes)])


class SessionDescription(NamedTuple):
    """A whole description, without the lines that say nothing of who hears whom (i, u, e, p, b, r, z, k)."""

    origin: Origin
    media: tuple[MediaLine, ...] = ()
    connection: Connection | None = None
    attributes: tuple[Attribute, ...] = ()
    name: str = "-"

    def __str__(self) -> str:
        connection = [str(self.connection)] if self.connection else []
        head = ["v=0", str(self.origin), f"s={self.name}", *connection, "t=0 0"]
        return "\r\n".join([*head, *map(str, self.attributes), *map(str, self.media), ""])


def parse_sdp(text: str) -> SessionDescription:
    """Read a description with CRLF or LF line ends, the last one optional. Raises BadDescription."""
    head, *blocks = _split(text)
    session = _section(head)
    origin, name = _origin(session.lines.get("o=", "")), session.lines.get("s=") or "-"
    media = tuple([_media(block) for block in blocks])
    return SessionDescription(origin, media, _connection(session), session.attributes, name)


class _Section(NamedTuple):
    """The session's part, or what follows an m= line; not to be changed. Of each kind of line the first
    counts: several c= lines are layers of a multicast (RFC 8866 5.7), which nobody here can join."""

    lines: dict[str, str]
    attributes: tuple[Attribute, ...]


def _split(text: str) -> list[str]:
    """The session's part, and each media section without its first "m="; lines end with LF."""
    if len(text) > MAX_LENGTH:
        raise BadDescription(f"longer than {MAX_LENGTH} characters")
    unix = text.replace("\r\n", "\n")
    if _CONTROL.search(unix):
        raise BadDescription("control characters in a session description")
    if unix.count("\n") >= MAX_LINES:
        raise BadDescription(f"more than {MAX_LINES} lines")
    if unix.partition("\n")[0].strip() != "v=0":
        raise BadDescription("a session description starts with v=0")
    sections = unix.split("\nm=")
    if len(sections) > MAX_MEDIA + 1:
        raise BadDescription(f"more than {MAX_MEDIA} media lines")
    return sections


def _section(text: str) -> _Section:
    lines: dict[str, str] = {}
    attributes: list[Attribute] = []
    for line in text.split("\n"):
        kind, value = line[:2], line[2:].strip()
        if kind == "a=":
            name, colon, rest = value.partition(":")
            attributes.append(Attribute(name, rest.strip() if colon else None))
        elif kind in _OTHER_LINES:
            lines.setdefault(kind, value)
        elif line.strip():
            raise BadDescription(f"expected a line like a=value, got {line[:40]!r}")
    return _Section(lines, tuple(attributes))


_remembered_section = lru_cache(512)(_section)


def _origin(value: str) -> Origin:
    match value.split():
        case [user, number, version, *address] if _NUMBER.fullmatch(number) and _NUMBER.fullmatch(version):
            family, host = _address(address)
            return Origin(user, int(number), int(version), family, host)
        case _:
            raise BadDescription(f"expected o=user id version IN IP4 host, got {value[:80]!r}")


def _address(parts: list[str]) -> Connection:
    match parts:
        case ["IN", "IP4", host]:
            return Connection("IP4", host)
        case ["IN", "IP6", host]:
            return Connection("IP6", host)
        case _:
            raise BadDescription(f"expected IN IP4 host, got {' '.join(parts)[:80]!r}")


def _connection(section: _Section) -> Connection | None:
    value = section.lines.get("c=")
    return None if value is None else _address(value.split())


def _media(block: str) -> MediaLine:
    value, _, rest = block.partition("\n")
    section = _remembered_section(rest) if len(rest) <= REMEMBERED else _section(rest)
    match value.split():
        case [kind, ports, profile, *formats] if formats and _PROFILE.fullmatch(profile):
            numbers = _PORT.fullmatch(ports)
        case _:
            raise BadDescription(f"expected m=kind port profile formats, got {value[:80]!r}")
    if numbers is None or int(numbers[1]) > 65535 or not 1 <= int(numbers[2] or 1) <= 65535:
        raise BadDescription(f"no such port as {ports[:20]}")
    if not all(map(_TOKEN.fullmatch, (kind, *formats))):
        raise BadDescription(f"expected a kind of media and formats, got {value[:80]!r}")
    return MediaLine(
        kind,
        int(numbers[1]),
        profile,
        tuple(formats),
        _connection(section),
        section.attributes,
        int(numbers[2] or 1),
    )
