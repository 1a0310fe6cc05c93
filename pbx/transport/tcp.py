"""SIP over TCP: framed connections, kept to limits in number, size and time."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from pbx.sip.errors import Malformed
from pbx.sip.framing import PING, PONG, StreamFramer
from pbx.sip.outputs import Peer
from pbx.transport.udp import host_and_port


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer can make us hold, and for how long. Times are seconds."""

    per_address: int = 100  # connections one address may hold open
    in_all: int = 5_000
    connect_within: float = 5.0  # for a connection we open
    finish_within: float = 5.0  # that a peer may take over one message
    idle_for: float = 900.0  # without a byte, after which a connection is closed
    unsent: int = 256 * 1024  # bytes that may wait for a slow reader
    waiting: int = 32  # messages that may wait for a connection being opened


_LIMITS = Limits()


class TcpConnections:
    """Every TCP connection of the exchange, accepted or opened, by its far and near address."""

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        deliver: Callable[[bytes, Peer], None],
        lost: Callable[[Peer], None],
        limits: Limits = _LIMITS,
    ) -> None:
        self.limits = limits
        self._tasks, self._deliver, self._lost = tasks, deliver, lost
        self._open: dict[Peer, _Connection] = {}
        self._opening: dict[Peer, list[bytes]] = {}
        self._per_host: Counter[str] = Counter()
        self._servers: list[asyncio.Server] = []

    async def listen(self, host: str, port: int, advertise: str | None) -> str:
        """Accept connections; returns our end as it belongs into Via and Contact. Raises OSError."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self, advertise), host, port, backlog=128)
        self._servers.append(server)
        bound = server.sockets[0].getsockname()
        return host_and_port(advertise or bound[0], bound[1])

    def send(self, data: bytes, peer: Peer) -> None:
        if connection := self._open.get(peer):
            connection.write(data)
        elif (waiting := self._opening.get(peer)) is not None:
            if len(waiting) < self.limits.waiting:
                waiting.append(data)
        else:
            self._opening[peer] = [data]
            self._tasks.create_task(self._connect(peer))

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self._open.values()):
            connection.abort()

    async def _connect(self, peer: Peer) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.limits.connect_within):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self, None, peer), peer.host, peer.port
                )
        except (OSError, TimeoutError):
            self._opening.pop(peer, None)
            self._lost(peer)
            return
        waiting = self._opening.pop(peer, ())
        if peer not in self._open:  # not admitted, or gone again
            self._lost(peer)
        for data in waiting:
            connection.write(data)

    def admit(self, connection: "_Connection", peer: Peer) -> bool:
        if len(self._open) >= self.limits.in_all or self._per_host[peer.host] >= self.limits.per_address:
            return False
        self._open[peer] = connection
        self._per_host[peer.host] += 1
        return True

    def forget(self, peer: Peer) -> None:
        if self._open.pop(peer, None) is None:
            return
        self._per_host[peer.host] -= 1
        if not self._per_host[peer.host]:
            del self._per_host[peer.host]
        self._lost(peer)

    def received(self, data: bytes, peer: Peer) -> None:
        self._deliver(data, peer)

    def refuse(self, malformed: Malformed, peer: Peer) -> None:
        """A stream that nobody can cut into messages: say so, if there was a request to answer."""
        if malformed.request is not None and (connection := self._open.get(peer)):
            connection.write(malformed.request.response(malformed.status, reason=malformed.phrase).encode())


class _Connection(asyncio.Protocol):
    def __init__(self, owner: TcpConnections, advertise: str | None, peer: Peer | None = None) -> None:
        self._owner, self._advertise, self._peer = owner, advertise, peer
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._peer is None:
            far, near = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
            self._peer = Peer("tcp", far[0], far[1], host_and_port(self._advertise or near[0], near[1]))
        if not self._owner.admit(self, self._peer):
            self._transport.abort()
            return
        self._expect_within(self._owner.limits.idle_for)

    def data_received(self, data: bytes) -> None:
        assert self._peer is not None
        begun = self._framer.waiting
        try:
            messages = self._framer.feed(data)
        except Malformed as malformed:
            self._owner.refuse(malformed, self._peer)
            self.close()
            return
        for message in messages:
            if message == PING:
                self.write(PONG)
            else:
                self._owner.received(message, self._peer)
        if messages or not begun:
            limits = self._owner.limits
            self._expect_within(limits.finish_within if self._framer.waiting else limits.idle_for)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._peer is not None:
            self._owner.forget(self._peer)

    def write(self, data: bytes) -> None:
        """A reader too slow for us loses its connection, and with it its calls; others are served."""
        if self._transport is None:
            return
        if self._transport.get_write_buffer_size() > self._owner.limits.unsent:
            self._transport.abort()
            return
        self._transport.write(data)

    def close(self) -> None:
        """Send what is written, and read nothing more."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _expect_within(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(seconds, self.abort)
