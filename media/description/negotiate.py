"""Offer and answer (RFC 3264) for one G.711 stream with telephone events: text in, text and settings out."""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal, NamedTuple, TypeAlias

from media.api import NoCommonCodec
from media.description.sdp import Attribute, BadDescription, MediaLine, SessionDescription, parse_sdp

Codec: TypeAlias = Literal["PCMU", "PCMA"]
Address: TypeAlias = tuple[str, int]

_STATIC = {"0": "PCMU/8000", "8": "PCMA/8000"}  # RFC 3551 6: these need no rtpmap
_NUMBER_OF: dict[Codec, int] = {"PCMU": 0, "PCMA": 8}
_PACKET_TIMES = ("10", "20", "30", "40", "60")
_EVENTS = "TELEPHONE-EVENT/8000"
_OFFERED_EVENT_TYPE = 101
_PROFILES = ("RTP/AVP", "RTP/AVPF")  # we need no feedback, so AVPF costs us nothing
_RTPMAP = re.compile(r"([0-9]{1,3}) +([^ /]{1,64})/([0-9]{1,6})(?:/1)?")
_RTCP = re.compile(r"([0-9]{1,5})(?: IN IP[46] (\S{1,255}))?")
_OUR_VERSION = re.compile(r"^(v=0\r\no=- [0-9]+ )([0-9]+)")
UNSPECIFIED = ("0.0.0.0", "::")  # noqa: S104 - a peer's way to say hold (RFC 3264 8.4), nothing is bound

# (we send, we receive): as the peer's direction allows, and as our answer then says.
_RIGHTS = {
    "sendrecv": (True, True),
    "sendonly": (False, True),
    "recvonly": (True, False),
    "inactive": (False, False),
}
_OUR_DIRECTION = {
    (True, True): "sendrecv",
    (True, False): "sendonly",
    (False, True): "recvonly",
    (False, False): "inactive",
}


class Local(NamedTuple):
    """Our side of a session. RTCP is on port + 1; `codecs` in order of preference.

    `version` is that of our first description; `following` counts on from there.
    """

    host: str
    port: int
    session_id: int
    version: int = 1
    codecs: tuple[Codec, ...] = ("PCMU", "PCMA")


class Stream(NamedTuple):
    """What both sides settled on. `sends` and `receives` say what we may do.

    While the peer holds with 0.0.0.0, `remote_host` is that address: nothing can be sent to it.
    `remote_rtcp` is None where the peer has no place for reports; with `rtcp_mux` it is the RTP address.
    `ptime_ms` is what the peer would like to get; its own packets may be of any length.
    """

    remote_host: str
    remote_port: int
    remote_rtcp: Address | None
    payload_type: int
    codec: Codec
    event_payload_type: int | None
    sends: bool
    receives: bool
    ptime_ms: int
    rtcp_mux: bool
    held: bool


class _Choice(NamedTuple):
    """What of one media line we can speak."""

    codec: Codec
    payload_type: int
    event_payload_type: int | None


def make_offer(local: Local, previous: str | None = None) -> str:
    """Describe all that we can do. `previous` is what we last sent in this session: its media lines stay
    in their places and its payload types keep their meaning (RFC 3264 8)."""
    numbers: dict[int, Codec] = {_NUMBER_OF[codec]: codec for codec in local.codecs}
    if previous is None:
        return _describe(local, [_audio(local.port, "RTP/AVP", numbers, _OFFERED_EVENT_TYPE, "sendrecv")])
    before = parse_sdp(previous).media
    at = next(at for at, line in enumerate(before) if line.port)
    old = _choose(before[at].formats, before[at].attributes, local.codecs)
    event = (old and old.event_payload_type) or _OFFERED_EVENT_TYPE
    blocks = [_refused(line) for line in before]
    blocks[at] = _audio(local.port, before[at].profile, numbers, event, "sendrecv")
    return _describe(local, blocks)


def answer_offer(offer: str, local: Local) -> tuple[str, Stream]:
    """Our answer, with one codec in it, and what was settled.

    Raises NoCommonCodec, also for a bad description.
    """
    theirs = _read(offer)
    at, stream = _settle(theirs, local)
    numbers: dict[int, Codec] = {stream.payload_type: stream.codec}
    direction = _OUR_DIRECTION[stream.sends, stream.receives]
    audio = _audio(local.port, theirs.media[at].profile, numbers, stream.event_payload_type, direction)
    blocks = [_refused(line) for line in theirs.media]
    blocks[at] = f"{audio}a=rtcp-mux\r\n" if stream.rtcp_mux else audio
    return _describe(local, blocks), stream


def read_answer(answer: str, local: Local) -> Stream:
    """What the peer made of our offer. Raises NoCommonCodec, also for a bad description.

    A peer that lists both codecs may send either: PCMU and PCMA can be told apart by their packets.
    """
    return _settle(_read(answer), local)[1]


def following(text: str, previous: str | None) -> str:
    """Our description `text`, numbered after the one sent before: the same version where nothing else
    has changed, one more where something has (RFC 3264 8)."""
    before = _OUR_VERSION.match(previous) if previous else None
    if before is None:
        return text
    version = int(before[2])
    unchanged = _OUR_VERSION.sub(rf"\g<1>{version}", text)
    return unchanged if unchanged == previous else _OUR_VERSION.sub(rf"\g<1>{version + 1}", text)


def _read(text: str) -> SessionDescription:
    try:
        return parse_sdp(text)
    except BadDescription as bad:
        raise NoCommonCodec(str(bad)) from bad


def _settle(theirs: SessionDescription, local: Local) -> tuple[int, Stream]:
    """The first media line that we can serve, and how."""
    problem = "no audio offered"
    for at, line in enumerate(theirs.media):
        if line.kind != "audio":
            continue
        if line.port == 0:
            problem = "audio refused"
        elif line.profile.upper() not in _PROFILES:
            problem = f"{line.profile[:20]} instead of {_PROFILES[0]}"
        elif choice := _choose(line.formats, line.attributes, local.codecs):
            return at, _stream(theirs, line, choice)
        else:
            problem = f"none of {', '.join(local.codecs)} offered"
    raise NoCommonCodec(problem)


@lru_cache(128)
def _choose(
    formats: tuple[str, ...], attributes: tuple[Attribute, ...], codecs: tuple[Codec, ...]
) -> _Choice | None:
    """By our preference, with the peer's numbers. A number mapped twice keeps its first meaning; 0 and 8
    mean what they always do, or nothing."""
    maps: dict[str, str] = {}
    for name, value in attributes:
        if name == "rtpmap" and (found := _RTPMAP.fullmatch(value or "")):
            maps.setdefault(found[1], f"{found[2].upper()}/{found[3]}")
    for number, encoding in _STATIC.items():
        if maps.setdefault(number, encoding) != encoding:
            del maps[number]
    numbers: dict[str, int] = {}
    for number in formats:
        if number in maps and _is_payload_type(number):
            numbers.setdefault(maps[number], int(number))
    for codec in codecs:
        if (payload_type := numbers.get(f"{codec}/8000")) is not None:
            return _Choice(codec, payload_type, numbers.get(_EVENTS))
    return None


def _is_payload_type(number: str) -> bool:
    """64-95 look like RTCP once the marker bit is set (RFC 5761 4)."""
    return int(number) < 64 or 96 <= int(number) < 128


def _stream(theirs: SessionDescription, line: MediaLine, choice: _Choice) -> Stream:
    connection = line.connection or theirs.connection
    if connection is None:
        raise NoCommonCodec("no c= line says where audio goes")
    on_hold = connection.host in UNSPECIFIED
    host = connection.host if on_hold else _unicast(connection.host)
    facts = dict(reversed(line.attributes))
    direction = _direction(facts) or _direction(dict(theirs.attributes)) or "sendrecv"
    sends, receives = _RIGHTS[direction]
    mux = "rtcp-mux" in facts
    return Stream(
        remote_host=host,
        remote_port=line.port,
        remote_rtcp=None if on_hold else (host, line.port) if mux else _reports(facts, host, line.port),
        payload_type=choice.payload_type,
        codec=choice.codec,
        event_payload_type=choice.event_payload_type,
        sends=sends and not on_hold,
        receives=receives,
        ptime_ms=int(facts["ptime"] or 20) if facts.get("ptime") in _PACKET_TIMES else 20,
        rtcp_mux=mux,
        held=on_hold or direction in ("sendonly", "inactive"),
    )


def _direction(facts: Mapping[str, str | None]) -> str | None:
    return next((direction for direction in _RIGHTS if direction in facts), None)


@lru_cache(1024)
def _unicast(host: str) -> str:
    """The address in its usual spelling. No name is ever looked up, no group or broadcast ever sent to."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        raise NoCommonCodec(f"{host[:80]!r} is not an address that audio could go to") from None
    plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    nowhere = plain.is_multicast or plain.is_unspecified or "%" in host
    if nowhere or (isinstance(plain, IPv4Address) and (plain.is_reserved or plain.packed[0] == 0)):
        raise NoCommonCodec(f"audio is not sent to {host[:80]}")
    return str(address)


def _reports(facts: Mapping[str, str | None], host: str, port: int) -> Address | None:
    """a=rtcp (RFC 3605), else the next port up; never at another host than the audio's."""
    found = _RTCP.fullmatch(facts.get("rtcp") or "")
    if found and found[2] not in (None, host):
        return None
    reports = int(found[1]) if found else port + 1
    return (host, reports) if 1 <= reports <= 65535 else None


def _audio(port: int, profile: str, numbers: Mapping[int, Codec], event: int | None, direction: str) -> str:
    formats = " ".join(map(str, numbers if event is None else (*numbers, event)))
    maps = "".join(f"a=rtpmap:{number} {codec}/8000\r\n" for number, codec in numbers.items())
    keys = "" if event is None else f"a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-15\r\n"
    return f"m=audio {port} {profile} {formats}\r\n{maps}{keys}a=ptime:20\r\na={direction}\r\n"


def _refused(line: MediaLine) -> str:
    """Of its formats one must be repeated, and none means anything (RFC 3264 6)."""
    return f"m={line.kind} 0 {line.profile} {line.formats[0]}\r\n"


def _describe(local: Local, media: list[str]) -> str:
    """One c= line only, for the whole session: pyVoIP opens a socket for each it finds."""
    where = f"IN {'IP6' if ':' in local.host else 'IP4'} {local.host}"
    head = f"v=0\r\no=- {local.session_id} {local.version} {where}\r\ns=-\r\nc={where}\r\nt=0 0\r\n"
    return head + "".join(media)
