"""Connections to outside bots, by aiohttp."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp

from pbx.bots.bot import Bridge
from pbx.bots.providers import ProviderError, Socket

MOST_BYTES = 64 * 1024  # of one message
HEARTBEAT = 10.0  # seconds; a peer that does not answer it is gone


class _WebSocket:
    """A Socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, message: bytes | str) -> None:
        try:
            await (
                self._socket.send_str(message)
                if isinstance(message, str)
                else self._socket.send_bytes(message)
            )
        except (OSError, aiohttp.ClientError, RuntimeError) as reason:  # RuntimeError: it is closing
            raise ProviderError(f"the connection is lost: {type(reason).__name__}") from None

    async def receive(self) -> bytes | str:
        message = await self._socket.receive()
        if message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT):
            return message.data
        raise ProviderError(f"the connection has ended: {message.type.name.lower()}")


def no_redirects() -> aiohttp.TraceConfig:
    """For a session that goes only where it was sent: ws_connect follows redirects, even from wss to ws."""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_refuse)
    return trace


async def _refuse(session: object, context: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise aiohttp.ClientError("a redirect")


@asynccontextmanager
async def websocket(http: aiohttp.ClientSession, bridge: Bridge) -> AsyncGenerator[Socket]:
    """Raises ProviderError if the bot cannot be reached."""
    headers: dict[str, str] = {}
    if bridge.token is not None:
        token = os.environ.get(bridge.token.env)
        if not token:
            raise ProviderError(f"the environment has no {bridge.token.env}")
        headers["Authorization"] = f"Bearer {token}"
    try:
        socket = await http.ws_connect(
            bridge.url, headers=headers, max_msg_size=MOST_BYTES, heartbeat=HEARTBEAT
        )
    except (OSError, aiohttp.ClientError) as reason:
        raise ProviderError(f"cannot connect: {type(reason).__name__}") from None
    try:
        yield _WebSocket(socket)
    finally:
        await socket.close()
