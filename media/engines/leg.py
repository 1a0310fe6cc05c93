"""What one leg's session is in every engine on the asyncio side: its description, its keys, its end."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from media.api import Quality
from media.audio.tones import tone
from media.description.negotiate import Local, Stream, answer_offer, following, make_offer, read_answer
from media.engines.listening import Frames, Listeners
from media.rtp.telephone_event import KEYS

KEYS_KEPT = 32  # typed ahead; more are dropped, oldest kept
_BEEP = tone(1000, 0.2).tobytes()


class Leg(ABC):
    """A MediaSession but for the packets: negotiation, type-ahead and loss."""

    def __init__(self, local: Local) -> None:
        self._local = local
        self._said: str | None = None
        self._stream: Stream | None = None
        self.is_settled = False
        self._settled: asyncio.Future[None] | None = None  # made when somebody waits for it
        self._keys: deque[str] = deque()
        self._key_wanted: asyncio.Future[None] | None = None
        self._is_lost = False
        self._on_loss: Callable[[], None] | None = None
        self._on_measure: Callable[[Quality], None] | None = None
        self._final: Quality | None = None
        self.partner: Leg | None = None
        self.listeners = Listeners()

    @property
    def port(self) -> int:
        return self._local.port

    def offer(self) -> str:
        self._said = following(make_offer(self._local, self._said), self._said)
        return self._said

    def answer(self, offer: str, source: str) -> str:
        text, stream = answer_offer(offer, self._local)
        self._said = following(text, self._said)
        self._settle(stream, source)
        return self._said

    def accept(self, answer: str, source: str) -> None:
        self._settle(read_answer(answer, self._local), source)

    @property
    def held(self) -> bool:
        return self._stream is not None and self._stream.held

    @abstractmethod
    async def play(self, audio: Sequence[str], *, repeat: bool = False) -> None: ...

    async def beep(self) -> None:
        await self.speak(_whole(_BEEP))

    @abstractmethod
    async def speak(self, audio: AsyncIterator[bytes]) -> None: ...

    def listen(self) -> AbstractAsyncContextManager[Frames]:
        return self.listeners.join(self._listen)

    @abstractmethod
    async def record(self, path: Path, *, most: float, silence: float | None = None) -> float: ...

    async def key(self) -> str:
        while not self._keys:
            self._key_wanted = asyncio.get_running_loop().create_future()
            await self._key_wanted
        return self._keys.popleft()

    def press(self, key: str, milliseconds: int = 100) -> None:
        if len(key) != 1 or key not in KEYS:
            return
        if self.partner is not None:
            self.partner.send_key(key, milliseconds)
        else:
            self.keep_key(key)

    def forget_keys(self) -> None:
        self._keys.clear()

    def when_lost(self, watcher: Callable[[], None] | None) -> None:
        self._on_loss = watcher
        if watcher is not None and self._is_lost:
            watcher()

    def when_measured(self, watcher: Callable[[Quality], None]) -> None:
        self._on_measure = watcher
        if self._final is not None:
            watcher(self._final)

    def keep_key(self, key: str) -> None:
        """The peer pressed this key and nobody is bridged to it: type-ahead, up to a bound."""
        if len(self._keys) < KEYS_KEPT:
            self._keys.append(key)
            _wake(self._key_wanted)

    def hear_peer(self, frame: bytes) -> None:
        """The peer said this: 20 ms of PCM."""
        self.listeners.hear(frame)

    def lose(self) -> None:
        """Say that no audio can be had from this leg any more."""
        if not self._is_lost:
            self._is_lost = True
            self.listeners.end()
            if self._on_loss is not None:
                self._on_loss()

    def close_with(self, quality: Quality) -> None:
        """Say what the audio was like, now that it is over."""
        if self._final is None:
            self._final = quality
            if self._on_measure is not None:
                self._on_measure(quality)
                self._on_measure = None  # whoever watches knows the leg: not to be a cycle

    async def until_settled(self) -> None:
        while not self.is_settled:
            if self._settled is None:
                self._settled = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._settled)

    @abstractmethod
    def send_key(self, key: str, milliseconds: int) -> None:
        """Let this leg's peer have the key, as RFC 4733 events."""

    @abstractmethod
    def _listen(self, wanted: bool) -> None:  # noqa: FBT001 - a switch
        """Let the listeners hear frames from now on, or no more; before the leg is settled, too."""

    @abstractmethod
    def _start(self, stream: Stream, source: str) -> None:
        """Carry out what was settled; called again for every later description."""

    def _settle(self, stream: Stream, source: str) -> None:
        self._stream = stream
        self._start(stream, source)
        self.is_settled = True
        _wake(self._settled)


async def _whole(audio: bytes) -> AsyncGenerator[bytes, None]:
    yield audio


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def join(one: Leg, other: Leg) -> None:
    """Make them each other's partner. Raises ValueError where one has a partner already or both are one."""
    if one is other or one.partner or other.partner:
        raise ValueError("a leg can be bridged to one other leg at a time")
    one.partner, other.partner = other, one


def part(one: Leg, other: Leg) -> None:
    one.partner = other.partner = None
