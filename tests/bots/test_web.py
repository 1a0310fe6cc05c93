"""The bridge over a real WebSocket, and the whole of it with a bot at the other end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from pbx.bots.bot import Bridge
from pbx.bots.bridge import converse_through
from pbx.bots.model import Finish
from pbx.bots.providers import ProviderError, Socket
from pbx.bots.web import MOST_BYTES, no_redirects, websocket
from pbx.ivr.kinds.errands import Token
from tests.bots.examples import small
from tests.bots.stage import Company, Meeting

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


@asynccontextmanager
async def outside(talk: Talk, tokens: list[str | None]) -> AsyncGenerator[str]:
    """A bot's server, and its address."""

    async def answer(request: web.Request) -> web.WebSocketResponse:
        tokens.append(request.headers.get("Authorization"))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await talk(socket)
        return socket

    async def moved(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/talk")

    app = web.Application()
    app.router.add_get("/talk", answer)
    app.router.add_get("/moved", moved)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}/talk"
    finally:
        await runner.cleanup()


async def echoes(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.BINARY:
            await socket.send_bytes(message.data)
        elif message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_str(message.data)


async def leaves(socket: web.WebSocketResponse) -> None:
    await socket.close()


async def floods(socket: web.WebSocketResponse) -> None:
    await socket.send_bytes(bytes(MOST_BYTES + 1))
    await socket.receive()


def test_audio_and_events_go_both_ways_with_the_token(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BOT_TOKEN", "s3cret")
    tokens: list[str | None] = []

    async def story() -> None:
        async with (
            outside(echoes, tokens) as url,
            aiohttp.ClientSession() as http,
            websocket(http, Bridge(url=url, token=Token(env="BOT_TOKEN"))) as socket,
        ):
            await socket.send(bytes(320))
            await socket.send('{"event": "start"}')
            assert await socket.receive() == bytes(320)
            assert await socket.receive() == '{"event": "start"}'

    asyncio.run(story())
    assert tokens == ["Bearer s3cret"]


@pytest.mark.parametrize("talk", [leaves, floods])
def test_a_connection_that_ends_or_is_flooded_is_lost(talk: Talk):
    async def send_on(socket: Socket) -> None:
        for _ in range(100):
            await socket.send(bytes(320))

    async def story() -> None:
        async with (
            outside(talk, []) as url,
            aiohttp.ClientSession() as http,
            websocket(http, Bridge(url=url)) as socket,
        ):
            with pytest.raises(ProviderError):
                await socket.receive()
            with pytest.raises(ProviderError):
                await send_on(socket)

    asyncio.run(story())


def test_a_bot_that_is_not_there_or_wants_a_token_we_have_not():
    async def story() -> None:
        async with aiohttp.ClientSession() as http:
            for bridge in (
                Bridge(url="ws://127.0.0.1:1/talk"),
                Bridge(url="ws://127.0.0.1:1/talk", token=Token(env="NO_SUCH_TOKEN")),
            ):
                with pytest.raises(ProviderError):
                    async with websocket(http, bridge):
                        pass

    asyncio.run(story())


@pytest.mark.parametrize("traces", [[no_redirects()], []])
def test_a_redirect_may_lead_into_the_clear_and_is_refused(traces: list[aiohttp.TraceConfig]):
    tokens: list[str | None] = []

    async def story() -> None:
        async with (
            outside(echoes, tokens) as url,
            aiohttp.ClientSession(trace_configs=traces) as http,
            websocket(http, Bridge(url=url.replace("talk", "moved"))),
        ):
            pass

    if traces:
        with pytest.raises(ProviderError):
            asyncio.run(story())
    else:
        asyncio.run(story())
    assert tokens == ([] if traces else [None])


def test_a_whole_call_through_a_bot_that_loses_its_connection_once():
    connections: list[list[str]] = []

    async def talk(socket: web.WebSocketResponse) -> None:
        events = [str(await socket.receive_json())]
        connections.append(events)
        frame = await socket.receive()
        events.append(str(len(frame.data)))
        if len(connections) == 1:
            await socket.close()
            return
        await socket.send_bytes(b"Tea it is.".ljust(1600, b"\0"))
        await socket.send_json({"event": "finish", "intent": "tea"})

    async def story() -> None:
        async with outside(talk, []) as url, aiohttp.ClientSession() as http:
            bot = small(more=f'mind = "bridge"\nbridge = {{ url = "{url}" }}\n')
            meeting = Meeting(bot)
            company = Company(sockets=lambda bridge: websocket(http, bridge))
            assert await converse_through(meeting.encounter, company, meeting.clock) == Finish()
            assert meeting.memory.intent == "tea"
            assert meeting.heard == ["I am a robot.", "Tea it is."]

    asyncio.run(story())
    assert [events[1] for events in connections] == ["320", "320"]
    assert "'resumed': False" in connections[0][0]
    assert "'resumed': True" in connections[1][0]
