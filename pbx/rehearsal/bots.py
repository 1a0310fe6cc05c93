"""Plays the parts of a bot in a rehearsal: the caller's words go straight to it, and its rules answer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from pbx.bots.bot import Bot, Bridge
from pbx.bots.model import Heard, SpeechBegan, SpeechEnded, Voiced
from pbx.bots.providers import Mind, ProviderError, Socket
from pbx.bots.vocabulary import Vocabulary
from pbx.rehearsal.sound import BYTES_A_SECOND, seconds_to_say


class Company:
    """A cast (pbx.bots.providers.Cast) for one caller. Bots with minds outside go by their rules."""

    def __init__(self, spoken: Callable[[str], None]) -> None:
        """`spoken` is told of every sentence that a bot begins to say."""
        self._spoken = spoken
        self._words: Words | None = None  # of the bot that listens now

    def say(self, what: str, seconds: float) -> bool:
        """The caller says this. False: there is nobody to hear it."""
        if self._words is not None:
            self._words.say(what, seconds)
        return self._words is not None

    def transcriber(self, bot: Bot, language: str) -> "Words":
        self._words = Words(self._deaf)
        return self._words

    def _deaf(self) -> None:
        self._words = None

    def mind(self, bot: Bot, language: str) -> Mind | None:
        return None

    def voice(self, bot: Bot, language: str) -> "Loud":
        return Loud(self._spoken)

    @asynccontextmanager
    async def connect(self, bridge: Bridge) -> AsyncGenerator[Socket]:
        raise ProviderError("in a rehearsal nobody can be connected to")
        yield


class Words:
    """A transcriber that is told what it hears."""

    def __init__(self, over: Callable[[], None]) -> None:
        """`over` is called when nobody listens any more."""
        self._over = over
        self._voiced: asyncio.Queue[Voiced] = asyncio.Queue()
        self._utterance = 0

    def say(self, what: str, seconds: float) -> None:
        self._utterance += 1
        self._voiced.put_nowait(SpeechBegan(self._utterance))
        asyncio.get_running_loop().call_later(seconds, self._said, self._utterance, what)

    def _said(self, utterance: int, what: str) -> None:
        self._voiced.put_nowait(SpeechEnded(utterance))
        self._voiced.put_nowait(Heard(utterance, what))

    async def transcribe(self, frames: AsyncIterator[bytes]) -> AsyncGenerator[Voiced]:
        try:
            while True:
                yield await self._voiced.get()
        finally:
            self._over()

    def expect(self, vocabulary: Vocabulary) -> None:
        """It understands everything."""


class Loud:
    """A voice that says what it says, and takes its time."""

    def __init__(self, spoken: Callable[[str], None]) -> None:
        self._spoken = spoken

    async def speak(self, sentence: str, language: str) -> AsyncGenerator[bytes]:
        self._spoken(sentence)
        yield bytes(round(seconds_to_say(sentence) * BYTES_A_SECOND))
