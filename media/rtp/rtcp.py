"""RTCP reports (RFC 3550 6): sender and receiver reports, CNAME and BYE, as one compound packet."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, GOODBYE = 200, 201, 202, 203

_HEADER = Struct("!BBH")
_WORD = Struct("!I")
_SENDER = Struct("!QIII")
_BLOCK = Struct("!IIIIII")
_SECONDS_1900_TO_1970 = 2_208_988_800
_CNAME = 1


class SenderInfo(NamedTuple):
    """What was sent until a 64-bit NTP time: the RTP timestamp of that moment, packets, payload bytes."""

    ntp: int
    timestamp: int
    packets: int
    octets: int


class ReportBlock(NamedTuple):
    """How one source is heard (RFC 3550 6.4.1).

    `fraction_lost` in 1/256, `lost` signed and clipped to 24 bits, `highest` the extended sequence number,
    `jitter` in timestamp units, `last_sr` the middle 32 bits of the source's last NTP time, `delay` since
    then in 1/65536 s.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_sr: int
    delay: int


@dataclass(frozen=True, slots=True)
class Report:
    """One compound packet: who speaks, what it sent, how it hears others, and whether it leaves."""

    ssrc: int
    sender: SenderInfo | None = None
    blocks: tuple[ReportBlock, ...] = ()
    cname: str | None = None
    goodbye: bool = False


def build(report: Report) -> bytes:
    """SR or RR, then CNAME, then BYE. At most 31 blocks; a CNAME of at most 255 bytes."""
    blocks = b"".join(map(_block, report.blocks))
    sender = _SENDER.pack(*report.sender) if report.sender else b""
    kind = SENDER_REPORT if report.sender else RECEIVER_REPORT
    own = _WORD.pack(report.ssrc)
    parts = [_packet(kind, len(report.blocks), own + sender + blocks)]
    if report.cname is not None:
        name = report.cname.encode()
        item = bytes((_CNAME, len(name))) + name
        parts.append(_packet(DESCRIPTION, 1, own + item + bytes(4 - len(item) % 4)))
    if report.goodbye:
        parts.append(_packet(GOODBYE, 1, own))
    return b"".join(parts)


def parse(datagram: bytes) -> Report | None:
    """None for anything not wholly in order (RFC 3550 A.2). Kinds not known here are stepped over."""
    packets = _split(datagram)
    if not packets:
        return None
    kind, count, body = packets[0]
    if kind not in (SENDER_REPORT, RECEIVER_REPORT) or len(body) < 4:
        return None
    ssrc: int = _WORD.unpack_from(body)[0]
    sender: SenderInfo | None = None
    blocks: list[ReportBlock] = []
    cname: str | None = None
    goodbye = False
    for kind, count, body in packets:
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            start = 4 if kind == RECEIVER_REPORT else 4 + _SENDER.size
            if len(body) < start + count * _BLOCK.size:
                return None
            if kind == SENDER_REPORT and sender is None:
                sender = SenderInfo(*_SENDER.unpack_from(body, 4))
            blocks += [_read_block(body, start + at * _BLOCK.size) for at in range(count)]
        elif kind == DESCRIPTION:
            cname = _find_cname(body, ssrc) or cname
        elif kind == GOODBYE:
            if len(body) < 4 * count:
                return None
            goodbye |= ssrc in (_WORD.unpack_from(body, 4 * at)[0] for at in range(count))
    return Report(ssrc, sender, tuple(blocks), cname, goodbye)


def ntp_time(unix_seconds: float) -> int:
    """64-bit NTP time: seconds since 1900 in the upper half, their fraction in the lower (RFC 3550 4)."""
    return int((unix_seconds + _SECONDS_1900_TO_1970) * 65536) << 16 & 0xFFFFFFFFFFFFFFFF


def middle(ntp: int) -> int:
    """The middle 32 bits, in 1/65536 s: what LSR and round trips are counted in."""
    return ntp >> 16 & 0xFFFFFFFF


def round_trip_ms(block: ReportBlock, arrival_ntp: int) -> float | None:
    """From our report out to the peer's about us, less the time it lay there (RFC 3550 6.4.1).

    None where the peer has had no report of ours, or where the sum cannot be true.
    """
    if block.last_sr == 0:
        return None
    units = (middle(arrival_ntp) - block.last_sr - block.delay) & 0xFFFFFFFF
    return units * 1000 / 65536 if units < 60 * 65536 else None


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(0x80 | count, kind, len(body) // 4) + body


def _block(block: ReportBlock) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
    loss = block.fraction_lost << 24 | lost
    return _BLOCK.pack(block.ssrc, loss, block.highest & 0xFFFFFFFF, block.jitter, block.last_sr, block.delay)


def _read_block(body: bytes, at: int) -> ReportBlock:
    ssrc, loss, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, at)
    lost = (loss & 0xFFFFFF ^ 0x800000) - 0x800000
    return ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last_sr, delay)


def _split(datagram: bytes) -> Sequence[tuple[int, int, bytes]]:
    """Kind, count and body of each packet; empty if the lengths do not add up to exactly the datagram."""
    packets: list[tuple[int, int, bytes]] = []
    at, size = 0, len(datagram)
    while at < size:
        if size - at < 4:
            return ()
        first, kind, words = _HEADER.unpack_from(datagram, at)
        end = at + 4 + 4 * words
        padded = first & 0x20
        if first & 0xC0 != 0x80 or end > size or (padded and end != size):
            return ()
        body = datagram[at + 4 : end]
        if padded:
            padding = body[-1] if body else 0
            if padding == 0 or padding % 4 or padding > len(body):
                return ()
            body = body[:-padding]
        packets.append((kind, first & 0x1F, body))
        at = end
    return packets


def _find_cname(body: bytes, ssrc: int) -> str | None:
    """The CNAME in the first chunk if that is the sender's own (RFC 3550 6.5)."""
    if len(body) < 4 or _WORD.unpack_from(body)[0] != ssrc:
        return None
    at = 4
    while at + 2 <= len(body) and body[at]:
        kind, length = body[at], body[at + 1]
        value = body[at + 2 : at + 2 + length]
        if kind == _CNAME and len(value) == length:
            return value.decode(errors="replace")
        at += 2 + length
    return None
