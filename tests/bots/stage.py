"""A caller on a stage: a leg without packets, and those who hear, think and speak, on virtual time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, cast

from media.api import MediaSession
from pbx.bots.bot import Bot, Bridge
from pbx.bots.conversation import Encounter
from pbx.bots.handover import Memory
from pbx.bots.model import Heard, NoteTurn, Partial, Reply, SpeechBegan, SpeechEnded, Voiced
from pbx.bots.providers import Context, ProviderError, Socket
from pbx.bots.vocabulary import Vocabulary
from pbx.clock import LoopClock
from pbx.ivr.speech.template import clip_name

CLIP = 2.0  # seconds that every prompt lasts
FRAME = bytes(320)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Sound(NamedTuple):
    """What the caller heard, from when to when; whole unless it was cut short."""

    began: float
    ended: float
    what: str
    whole: bool


class Leg:
    """A leg whose caller hears `sounds` and presses keys."""

    def __init__(self) -> None:
        self.sounds: list[Sound] = []
        self.listeners = 0
        self._keys: asyncio.Queue[str] = asyncio.Queue()

    def press(self, key: str) -> None:
        self._keys.put_nowait(key)

    async def key(self) -> str:
        return await self._keys.get()

    async def play(self, audio: Sequence[str], *, repeat: bool = False) -> None:
        for name in audio:
            await self._sound(name, CLIP)

    async def speak(self, audio: AsyncIterator[bytes]) -> None:
        async for chunk in audio:
            await self._sound(chunk.decode().rstrip("\0"), len(chunk) / 16000)

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[bytes]]:
        self.listeners += 1
        try:
            yield self._frames()
        finally:
            self.listeners -= 1

    async def _frames(self) -> AsyncGenerator[bytes]:
        while True:
            await asyncio.sleep(0.02)
            yield FRAME

    async def _sound(self, what: str, seconds: float) -> None:
        began, whole = now(), False
        try:
            await asyncio.sleep(seconds)
            whole = True
        finally:
            self.sounds.append(Sound(began, now(), what, whole))


def now() -> float:
    return asyncio.get_running_loop().time()


class Ears:
    """Hears what a test says: the audio is not looked at."""

    def __init__(self) -> None:
        self.expected: list[Vocabulary] = []
        self._events: asyncio.Queue[Voiced | Exception | None] = asyncio.Queue()
        self._utterance = 0

    def expect(self, vocabulary: Vocabulary) -> None:
        self.expected.append(vocabulary)

    async def transcribe(self, frames: AsyncIterator[bytes]) -> AsyncGenerator[Voiced]:
        while (event := await self._events.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    async def say(
        self, text: str, confidence: float = 1.0, *, lasting: float = 1.0, pause: float = 0.5
    ) -> None:
        """The caller speaks for so long, and its words are known `pause` seconds later."""
        self.begin()
        await asyncio.sleep(lasting)
        if text:
            self._events.put_nowait(Partial(self._utterance, text))
        await asyncio.sleep(pause)
        self._events.put_nowait(SpeechEnded(self._utterance, pause))
        self._events.put_nowait(Heard(self._utterance, text, confidence))

    def begin(self) -> None:
        self._utterance += 1
        self._events.put_nowait(SpeechBegan(self._utterance))

    def end(self) -> None:
        self._events.put_nowait(None)

    def fail(self) -> None:
        self._events.put_nowait(ProviderError("the transcriber is gone"))


class Speaker:
    """A voice whose audio is its text: a tenth of a second for every letter."""

    def __init__(self, fails_at: str = "", late: float = 0.0) -> None:
        self._fails_at, self._late = fails_at, late

    async def speak(self, sentence: str, language: str) -> AsyncGenerator[bytes]:
        await asyncio.sleep(self._late)
        if self._fails_at and self._fails_at in sentence:
            raise ProviderError("hoarse")
        yield sentence.encode().ljust(1600 * len(sentence), b"\0")


class Thinker:
    """A mind that does as it is told."""

    def __init__(self, answer: Callable[[Context], AsyncGenerator[str | Reply]]) -> None:
        self._answer = answer
        self.asked: list[Context] = []

    def reply(self, context: Context) -> AsyncGenerator[str | Reply]:
        self.asked.append(context)
        return self._answer(context)


@dataclass
class Company:
    """The cast of one conversation."""

    ears: Ears | None = field(default_factory=Ears)
    thinker: Thinker | None = None
    speaker: Speaker | None = field(default_factory=Speaker)
    sockets: Callable[[Bridge], AbstractAsyncContextManager[Socket]] | None = None

    def transcriber(self, bot: Bot, language: str) -> Ears | None:
        return self.ears

    def mind(self, bot: Bot, language: str) -> Thinker | None:
        return self.thinker

    def voice(self, bot: Bot, language: str) -> Speaker | None:
        return self.speaker

    def connect(self, bridge: Bridge) -> AbstractAsyncContextManager[Socket]:
        assert self.sockets is not None
        return self.sockets(bridge)


class Meeting:
    """A caller, a leg, and what was noted."""

    def __init__(
        self,
        bot: Bot,
        language: str = "en",
        *,
        recorded: Sequence[str] = (),
        leave_keys: str = "",
        **known: str,
    ) -> None:
        self.clock, self.leg = LoopClock(MONDAY), Leg()
        self.memory = Memory(bot.name, language, self.clock.now())
        self.notes: list[NoteTurn] = []
        self.encounter = Encounter(
            bot=bot,
            language=language,
            session=cast(MediaSession, self.leg),
            clips=frozenset(f"{language}/{clip_name(text)}" for text in recorded),
            memory=self.memory,
            note=self.notes.append,
            known=known,
            leave_keys=leave_keys,
        )

    @property
    def heard(self) -> list[str]:
        """What the caller heard, in order; what was cut short ends with "..."."""
        return [sound.what if sound.whole else f"{sound.what}..." for sound in self.leg.sounds]
