"""A worker's RTP and RTCP socket pairs: bound ahead of need, and cooled down between two uses."""

import socket
from heapq import heappop, heappush
from typing import NamedTuple

from media.engines.latch import Address

STOCK = 64  # pairs kept bound and unused
BATCH = 8  # bound in one go, so that audio waits no more than about half a millisecond
TRIES = 256  # ports tried in one go: another program may hold a long stretch of them
COOL_DOWN = 2.5  # seconds before a port is used again: late packets of the last call are not for the next
BUSY_ELSEWHERE = 10.0  # seconds before a port that another program holds is tried again
_EXPEDITED = 0xB8  # DSCP EF (RFC 3246), the class for voice


class Pair(NamedTuple):
    rtp: socket.socket
    rtcp: socket.socket


class Ports:
    """Pairs on an even port and the next. A port is cold (not to be bound yet), in stock, claimed, or out."""

    def __init__(self, host: str, first: int, last: int) -> None:
        self._host = host
        self._cold = [(0.0, port) for port in range(first + first % 2, last, 2)]
        self._stock: dict[int, Pair] = {}
        self._claimed: dict[int, Pair] = {}

    @property
    def low(self) -> bool:
        """There is room for a whole batch: each is told of, and each telling wakes the switch."""
        return len(self._stock) <= STOCK - BATCH

    @property
    def empty(self) -> bool:
        return not self._stock

    def bind_more(self, now: float) -> tuple[int, ...]:
        """Bind a few of the ports that have cooled down longest; those that are new in stock."""
        bound: list[int] = []
        wanted = min(BATCH, STOCK - len(self._stock))
        for _ in range(TRIES):
            if len(bound) == wanted or not self._cold or self._cold[0][0] > now:
                break
            port = heappop(self._cold)[1]
            try:
                self._stock[port] = self._bind(port)
            except OSError:
                heappush(self._cold, (now + BUSY_ELSEWHERE, port))
            else:
                bound.append(port)
        return tuple(bound)

    def claim(self, port: int) -> None:
        """Out of stock, still bound. Raises KeyError."""
        self._claimed[port] = self._stock.pop(port)

    def take(self, port: int) -> Pair:
        """A claimed pair, with nothing in its buffers. Raises KeyError."""
        pair = self._claimed.pop(port)
        for udp in pair:
            drain(udp)
        return pair

    def put_back(self, port: int, now: float) -> None:
        """The port may be used again once it has cooled down; its sockets have been closed, or are now."""
        for udp in self._claimed.pop(port, ()):
            udp.close()
        heappush(self._cold, (now + COOL_DOWN, port))

    def rebind(self, port: int) -> socket.socket:
        """A fresh RTP socket on a port that is out: the way to part from a connected peer. Raises OSError."""
        return open_udp(self._host, port)

    def double(self, rtp: socket.socket, peer: Address) -> socket.socket:
        """A second socket on the port of this one, connected to `peer`. Raises OSError.

        It gets what comes from there, and sends there for a fifth less than an unconnected one. Only while it
        is bound may the port be shared, so that no other program can bind it, too.
        """
        rtp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            double = open_udp(self._host, rtp.getsockname()[1], shared=True)
        finally:
            rtp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        double.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        try:
            double.connect(peer)
        except OSError:
            double.close()
            raise
        return double

    def close(self) -> None:
        for pair in (*self._stock.values(), *self._claimed.values()):
            for udp in pair:
                udp.close()

    def _bind(self, port: int) -> Pair:
        rtp = open_udp(self._host, port)
        try:
            return Pair(rtp, open_udp(self._host, port + 1))
        except OSError:
            rtp.close()
            raise


def open_udp(host: str, port: int, *, shared: bool = False) -> socket.socket:
    udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        udp.settimeout(0)
        if udp.family == socket.AF_INET:
            udp.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _EXPEDITED)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, shared)
        udp.bind((host, port))
    except OSError:
        udp.close()
        raise
    return udp


def drain(udp: socket.socket) -> None:
    """Throw away what came before anybody was to be heard: at most a full buffer."""
    for _ in range(1000):
        try:
            udp.recv(1)
        except BlockingIOError:
            return
        except OSError:
            continue
