"""RTP packets (RFC 3550 5.1) between bytes and numbers."""

from struct import Struct
from typing import NamedTuple

HEADER = Struct("!BBHII")
"""First byte, marker and payload type, sequence, timestamp, SSRC."""

HEADER_SIZE = 12
PLAIN = 0x80
"""First byte of nearly every packet: version 2, no padding, no extension, no CSRC; payload at HEADER_SIZE."""

_SHORT = Struct("!H")


class Packet(NamedTuple):
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(datagram: bytes) -> Packet | None:
    """None for anything that is not RTP, or lies about its lengths."""
    bounds = payload_bounds(datagram)
    if bounds is None:
        return None
    _, second, sequence, timestamp, ssrc = HEADER.unpack_from(datagram)
    return Packet(second >= 0x80, second & 0x7F, sequence, timestamp, ssrc, datagram[slice(*bounds)])


def payload_bounds(datagram: bytes) -> tuple[int, int] | None:
    """Where the payload starts and ends, without CSRCs, extension and padding; None for a bad packet."""
    end = len(datagram)
    if end < HEADER_SIZE or datagram[0] & 0xC0 != 0x80:
        return None
    first = datagram[0]
    start = HEADER_SIZE + 4 * (first & 0x0F)
    if first & 0x10:
        if start + 4 > end:
            return None
        start += 4 + 4 * _SHORT.unpack_from(datagram, start + 2)[0]
    if first & 0x20:
        padding = datagram[-1]
        if padding == 0:
            return None
        end -= padding
    return (start, end) if start <= end else None


def build(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, *, marker: bool = False
) -> bytes:
    """A plain packet. Sequence and timestamp may be numbers that have outgrown their field."""
    second = payload_type | 0x80 if marker else payload_type
    return HEADER.pack(PLAIN, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def is_rtcp(datagram: bytes) -> bool:
    """Told from RTP on a shared port by its second byte (RFC 5761 4)."""
    return len(datagram) >= 2 and 192 <= datagram[1] <= 223
