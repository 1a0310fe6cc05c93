"""The latest SIP messages, kept so that any recent call can be written as a pcap file afterwards."""

import struct
from collections import deque
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

from pbx.sip.outputs import Peer

KEPT = 4096  # messages: some hundred calls
KEPT_BYTES = 16 * 1024 * 1024  # of all of them together
LINKTYPE_RAW = 101  # packets begin with their IP header
PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, LINKTYPE_RAW)

Address: TypeAlias = IPv4Address | IPv6Address


Message: TypeAlias = tuple[float, bytes, Peer, bool]
"""Seconds on the exchange's clock, the message, the far end, and whether we sent it."""


class Capture:
    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._bytes = 0

    def note(self, at: float, data: bytes, peer: Peer, *, sent: bool) -> None:
        messages = self._messages
        messages.append((at, data, peer, sent))
        self._bytes += len(data)
        while self._bytes > KEPT_BYTES or len(messages) > KEPT:
            self._bytes -= len(messages.popleft()[1])

    def pcap(self, call_ids: Iterable[str], epoch: float) -> bytes:
        """A pcap file of the messages that carry one of these Call-IDs, as UDP packets.

        `epoch` is the Unix time at which the exchange's clock stood at zero.
        """
        wanted = [call_id.encode() for call_id in call_ids]
        found = (message for message in self._messages if any(name in message[1] for name in wanted))
        return PCAP_HEADER + b"".join([_record(message, epoch) for message in found])


def _record(message: Message, epoch: float) -> bytes:
    at, data, peer, sent = message
    far = (ip_address(peer.host), peer.port)
    host, _, port = peer.local.rpartition(":")
    near = (_like(far[0], host.strip("[]")), int(port or 5060))
    packet = _packet(near, far, data) if sent else _packet(far, near, data)
    seconds, fraction = divmod(epoch + at, 1)
    return struct.pack("<IIII", int(seconds), int(fraction * 1e6), len(packet), len(packet)) + packet


def _like(far: Address, host: str) -> Address:
    """Our own end as an address of the same version; unspecified where we are known by a name."""
    try:
        near = ip_address(host)
    except ValueError:
        near = None
    if near is None or near.version != far.version:
        return ip_address("0.0.0.0" if far.version == 4 else "::")  # noqa: S104 - written, not bound
    return near


def _packet(source: tuple[Address, int], destination: tuple[Address, int], data: bytes) -> bytes:
    """An IP packet with a UDP datagram in it; checksums are left at zero, as offloading hardware does."""
    data = data[: 65_507 - 40]
    udp = struct.pack("!HHHH", source[1], destination[1], 8 + len(data), 0) + data
    one, other = source[0], destination[0]
    if one.version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    else:
        head = struct.pack("!IHBB", 6 << 28, len(udp), 17, 64)
    return head + one.packed + other.packed + udp
