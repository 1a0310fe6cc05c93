"""The cast that ships: PocketSphinx or nobody hears, rules or a model think, espeak-ng speaks."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack

import aiohttp

from pbx.bots.bot import Bot, Bridge
from pbx.bots.chat import ChatMind
from pbx.bots.espeak import Espeak
from pbx.bots.providers import Mind, Socket, Transcriber, Voice
from pbx.bots.recogniser import Recogniser, available
from pbx.bots.web import no_redirects, websocket


class Studio:
    """A Cast, and the block that its processes and connections live in; none is made before it is needed."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._recogniser = Recogniser()
        self._espeak = Espeak()
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Studio":
        await self._stack.enter_async_context(self._recogniser)
        self._http = await self._stack.enter_async_context(
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None), trust_env=False, trace_configs=[no_redirects()]
            )
        )
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._stack.aclose()

    def transcriber(self, bot: Bot, language: str) -> Transcriber | None:
        if not available(language):
            return None
        return self._recogniser.transcriber(bot.patience.end_of_turn)

    def mind(self, bot: Bot, language: str) -> Mind | None:
        if bot.chat is None or self._http is None:
            return None
        return ChatMind(bot, language, bot.chat, self._http)

    def voice(self, bot: Bot, language: str) -> Voice | None:
        return self._espeak

    def connect(self, bridge: Bridge) -> AbstractAsyncContextManager[Socket]:
        if self._http is None:
            raise RuntimeError("the studio is not open")
        return websocket(self._http, bridge)
