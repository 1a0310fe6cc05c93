"""What is heard and said in a rehearsal: everything takes its time, and no audio is made."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import soundfile

from media.api import RINGING, MediaSession, Quality
from pbx.config.models import Configuration

FRAME_SECONDS = 0.020
SECONDS_A_LETTER = 0.06  # of what nobody has recorded yet, and of what people say
LEAST_SECONDS = 0.5
BEEP_SECONDS = 0.2
RINGING_SECONDS = 5.0  # from one ring to the next
BYTES_A_SECOND = 16_000
KEYS = frozenset("0123456789*#ABCD")
KEYS_KEPT = 32  # typed ahead, as on a real leg


class Ears:
    """A leg's audio (media.api.MediaSession). Nothing is negotiated: descriptions are the names of calls."""

    __slots__ = ("_clip", "_keys", "_listener", "_said_until", "_sound", "_wanted", "partner", "recording")

    def __init__(self, sound: "Sound") -> None:
        self._sound = sound
        self._keys: deque[str] = deque()
        self._wanted: asyncio.Future[None] | None = None  # a key
        self._listener: Callable[[str], None] | None = None  # told of every clip
        self._clip = 0  # counts what was begun to play: the latest is heard
        self._said_until = 0.0
        self.partner: Ears | None = None
        self.recording = False

    # What the exchange asks

    def offer(self) -> str:
        return "offer"

    def answer(self, offer: str, source: str) -> str:
        listen = self._sound.listeners.get(offer)
        if listen is not None:
            self._listener = listen(self)
        return "answer"

    def accept(self, answer: str, source: str) -> None:
        """Whatever it is."""

    @property
    def held(self) -> bool:
        return False

    async def play(self, audio: Sequence[str], *, repeat: bool = False) -> None:
        clips = [(name, self._sound.seconds_of(name)) for name in audio]
        self._clip = mine = self._clip + 1
        while True:
            for name, seconds in clips:
                if self._listener is not None:
                    self._listener(name)
                await asyncio.sleep(seconds)
                if self._clip != mine:
                    return
            if not repeat:
                return

    async def beep(self) -> None:
        await asyncio.sleep(BEEP_SECONDS)

    async def speak(self, audio: AsyncIterator[bytes]) -> None:
        self._clip = mine = self._clip + 1
        async for chunk in audio:
            await asyncio.sleep(len(chunk) / BYTES_A_SECOND)
            if self._clip != mine:
                return

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Words reach whoever listens in another way (pbx.rehearsal.bots)."""
        yield _no_frames()

    async def record(self, path: Path, *, most: float, silence: float | None = None) -> float:
        """Nothing is written: only how long the caller speaks matters."""
        time = asyncio.get_running_loop().time
        begin, self.recording = time(), True
        try:
            while (left := self._recorded_until(begin, most, silence) - time()) > 0:  # noqa: ASYNC110 - a time
                await asyncio.sleep(left)
        finally:
            self.recording = False
        return time() - begin

    def _recorded_until(self, begin: float, most: float, silence: float | None) -> float:
        quiet = max(begin, self._said_until) + (most if silence is None else silence)
        return min(begin + most, quiet)

    async def key(self) -> str:
        while not self._keys:
            self._wanted = asyncio.get_running_loop().create_future()
            await self._wanted
        return self._keys.popleft()

    def press(self, key: str, milliseconds: int = 100) -> None:
        """Who talks to somebody is heard by nobody else."""
        if self.partner is None and key in KEYS and len(self._keys) < KEYS_KEPT:
            self._keys.append(key)
            if self._wanted is not None and not self._wanted.done():
                self._wanted.set_result(None)

    def forget_keys(self) -> None:
        self._keys.clear()

    def when_lost(self, watcher: Callable[[], None] | None) -> None:
        """It never is."""

    def when_measured(self, watcher: Callable[[Quality], None]) -> None:
        """There is nothing to measure."""

    # What the caller does

    def say(self, what: str) -> float:
        """The seconds that it takes."""
        now, takes = asyncio.get_running_loop().time(), seconds_to_say(what)
        self._said_until = max(now, self._said_until) + takes
        return takes


class Sound:
    """All legs' audio (media.api.MediaEngine). `listeners`: by the name of a call, who is given its ears and
    then told of each clip that begins."""

    def __init__(self, lengths: Mapping[str, float]) -> None:
        self._lengths = lengths
        self.listeners: dict[str, Callable[[Ears], Callable[[str], None]]] = {}

    def seconds_of(self, clip: str) -> float:
        """Raises KeyError for one that no flow may play."""
        if clip not in self._lengths:
            raise KeyError(f"there is no clip {clip!r}: nobody has recorded it or written what it says")
        return self._lengths[clip]

    @asynccontextmanager
    async def session(self, beside: MediaSession | None = None) -> AsyncGenerator[Ears, None]:
        yield Ears(self)

    @asynccontextmanager
    async def bridge(
        self, one: MediaSession, other: MediaSession, *, hold_music: str | None = None
    ) -> AsyncGenerator[None, None]:
        assert isinstance(one, Ears)
        assert isinstance(other, Ears)
        one.partner, other.partner = other, one
        try:
            yield
        finally:
            one.partner = other.partner = None

    @asynccontextmanager
    async def echo(self, session: MediaSession) -> AsyncGenerator[None, None]:
        yield

    async def prepare(self, audio: Mapping[str, Path]) -> None:
        """All lengths are known already."""

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""


def lengths(configuration: Configuration) -> Mapping[str, float]:
    """Seconds that every clip takes: its audio or, where there is none yet, a guess by its text."""
    guessed = {clip: seconds_to_say(text) for clip, text in configuration.texts.items()}
    recorded = {clip: _seconds(path) for clip, path in configuration.audio.items()}
    return {RINGING: RINGING_SECONDS, **guessed, **recorded}


def seconds_to_say(text: str) -> float:
    return max(LEAST_SECONDS, SECONDS_A_LETTER * len(text))


def _seconds(path: Path) -> float:
    """In whole frames, as it is sent. Audio that cannot be read takes the least there is."""
    try:
        info = soundfile.info(path)
    except (OSError, soundfile.LibsndfileError):
        return LEAST_SECONDS
    return max(1, -(-info.frames * 50 // info.samplerate)) * FRAME_SECONDS


async def _no_frames() -> AsyncGenerator[bytes]:
    await asyncio.get_running_loop().create_future()
    yield b""
