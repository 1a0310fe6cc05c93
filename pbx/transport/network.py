"""All listeners together: what arrives goes to one place, what is sent finds its socket."""

import asyncio
from collections.abc import Callable
from typing import Literal

from pbx.sip.outputs import Peer, Transmit
from pbx.transport.tcp import TcpConnections
from pbx.transport.udp import UdpListener


class ListenError(Exception):
    """An address that cannot be bound; the message names it and the reason."""


class Network:
    def __init__(
        self, tasks: asyncio.TaskGroup, deliver: Callable[[bytes, Peer], None], lost: Callable[[Peer], None]
    ) -> None:
        self._deliver = deliver
        self._udp: dict[str, UdpListener] = {}
        self._tcp = TcpConnections(tasks, deliver, lost)
        self.locals: dict[
            Literal["udp", "tcp"], str
        ] = {}  # the first of each transport: our end until a peer shows another

    async def listen(
        self, transport: Literal["udp", "tcp"], host: str, port: int, advertise: str | None
    ) -> str:
        """Bind; returns "host:port" as bound (port 0 lets the system choose). Raises ListenError."""
        try:
            if transport == "udp":
                listener = UdpListener(host, port, self._deliver, advertise)
                self._udp[listener.local] = listener
                local = listener.local
            else:
                local = await self._tcp.listen(host, port, advertise)
        except OSError as error:
            raise ListenError(
                f"cannot listen on {transport}:{host}:{port}: {error.strerror or error}"
            ) from error
        self.locals.setdefault(transport, local)
        return local

    def send(self, message: Transmit) -> None:
        peer = message.peer
        if peer.transport == "tcp":
            self._tcp.send(message.data, peer)
            return
        listener = self._udp.get(peer.local) or self._udp.get(self.locals.get("udp", ""))
        if listener is not None:
            listener.send(message.data, peer)

    async def close(self) -> None:
        for listener in self._udp.values():
            listener.close()
        await self._tcp.close()
