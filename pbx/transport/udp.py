"""SIP over UDP: one raw socket per listener, drained in batches."""

import asyncio
import socket
from collections.abc import Callable

from pbx.sip.outputs import Peer

DRAIN = 64  # datagrams taken per wake-up, so that a flood cannot keep timers and calls from running
LARGEST = 65_535
RECEIVE_BUFFER = 4 * 1024 * 1024  # rides out a burst of some thousand INVITEs


def host_and_port(host: str, port: int) -> str:
    """As it belongs into Via and Contact: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class UdpListener:
    """Bound on construction; raises OSError when the address cannot be had."""

    def __init__(
        self, host: str, port: int, deliver: Callable[[bytes, Peer], None], advertise: str | None
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.host, self.port = self._socket.getsockname()[:2]
        self.local = host_and_port(advertise or self.host, self.port)
        self._deliver = deliver
        asyncio.get_running_loop().add_reader(self._socket, self._drain)

    def send(self, data: bytes, peer: Peer) -> None:
        """Like the wire itself: what cannot be sent now is lost, and the transaction sends it again."""
        try:
            self._socket.sendto(data, (peer.host, peer.port))
        except (OSError, OverflowError):  # the latter for a port that cannot exist
            return

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _drain(self) -> None:
        for _ in range(DRAIN):
            try:
                data, address = self._socket.recvfrom(LARGEST)
            except OSError:  # empty, or the kernel's report about an earlier send
                return
            self._deliver(data, Peer("udp", address[0], address[1], self.local))
