"""An engine without packets: sound takes its time on the loop's clock; keys and voices come from tests."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import soundfile

from media.api import RINGING, MediaSession, MediaUnavailable, NotRecorded, Quality
from media.audio.tones import RATE, ringing
from media.audio.wav import WavFile
from media.description.negotiate import Codec, Local, Stream
from media.engines.leg import Leg, join, part
from media.engines.speaking import AHEAD, in_frames
from media.engines.utterances import Utterances

FRAME_SECONDS = 0.020
HEARD_KEPT = 1000
SPOKEN_KEPT = 60 * 2 * RATE  # bytes: a minute


class Heard(NamedTuple):
    """What a leg's peer heard begin, and when (loop seconds).

    `what` is the clip's name, the key, the port of the leg it is bridged to, or empty for speech.
    """

    at: float
    kind: Literal["clip", "key", "bridge", "echo", "speech"]
    what: str


class SilentSession(Leg):
    """A leg whose peer's ears are `heard` and `spoken`, its fingers `press`, and its mouth `say`.

    `spoken` is the end of all that `speak` has sent so far, as PCM.
    """

    def __init__(self, local: Local, lengths: Mapping[str, float]) -> None:
        super().__init__(local)
        self._lengths = lengths
        self._taken_over: asyncio.Future[None] | None = None
        self._hold_music: str | None = None
        self.heard: deque[Heard] = deque(maxlen=HEARD_KEPT)
        self.spoken = bytearray()
        self._utterances = Utterances()
        self._recording = False
        self._frame_due: asyncio.TimerHandle | None = None

    def say(self, sound: bytes | float) -> None:
        """Let the peer say this PCM, or something for so many seconds, once it has said what it is saying."""
        self._utterances.add(sound, asyncio.get_running_loop().time())

    async def play(self, audio: Sequence[str], *, repeat: bool = False) -> None:
        clips = [(name, clip_of(name, self._lengths)) for name in audio]
        if repeat and not clips:
            raise ValueError("nothing to repeat")
        await self.until_settled()
        taken_over = self._take_over()
        while True:
            for name, seconds in clips:
                self.hear("clip", name)
                await asyncio.wait((taken_over,), timeout=seconds)
                if taken_over.done():
                    return
            if not repeat:
                return

    async def speak(self, audio: AsyncIterator[bytes]) -> None:
        await self.until_settled()
        taken_over, time = self._take_over(), asyncio.get_running_loop().time
        self.hear("speech", "")
        over = time()  # when all that was read will have been sent
        underway = bytearray()
        try:
            async with aclosing(in_frames(audio)) as chunks:
                async for frames in chunks:
                    underway += frames
                    over = max(over, time()) + len(frames) / (2 * RATE)
                    early = over - time() - AHEAD * FRAME_SECONDS
                    await asyncio.wait((taken_over,), timeout=max(0.0, early))
                    if taken_over.done():
                        return
            await asyncio.wait((taken_over,), timeout=max(0.0, over - time()))
        finally:
            unsent = 2 * round(max(0.0, over - time()) * RATE)
            self.spoken = (self.spoken + underway[: len(underway) - unsent])[-SPOKEN_KEPT:]

    async def record(self, path: Path, *, most: float, silence: float | None = None) -> float:
        await self.until_settled()
        if self._recording:
            raise ValueError("this leg is being recorded already")
        time = asyncio.get_running_loop().time
        begin = time()
        with _recording_to(path) as file:
            self._recording = True
            try:
                while (left := self._recorded_until(begin, most, silence) - time()) > 0:
                    await self._utterances.wait(left)
            finally:
                self._recording = False
                frames = round(min(most, time() - begin) / FRAME_SECONDS)
                file.write(self._utterances.between(begin, begin + frames * FRAME_SECONDS))
        return file.seconds

    def send_key(self, key: str, milliseconds: int) -> None:
        self.hear("key", key)

    def hear(self, kind: Literal["clip", "key", "bridge", "echo", "speech"], what: str) -> None:
        self.heard.append(Heard(asyncio.get_running_loop().time(), kind, what))

    def hear_partner(self, partner: "SilentSession", hold_music: str | None) -> None:
        """From now on the partner's audio or, while the partner holds, music."""
        self._hold_music = hold_music
        if not partner.held:
            self.hear("bridge", str(partner.port))
        elif hold_music is not None:
            self.hear("clip", hold_music)

    def _take_over(self) -> asyncio.Future[None]:
        """End what is being played or spoken; what ends the next."""
        if self._taken_over is not None and not self._taken_over.done():
            self._taken_over.set_result(None)
        self._taken_over = asyncio.get_running_loop().create_future()
        return self._taken_over

    def _recorded_until(self, begin: float, most: float, silence: float | None) -> float:
        quiet = max(begin, self._utterances.end) + (most if silence is None else silence)
        return min(begin + most, quiet)

    def _listen(self, wanted: bool) -> None:  # noqa: FBT001 - a switch
        if self._frame_due is not None:
            self._frame_due.cancel()
        self._frame_due = None
        if wanted and self.is_settled:
            self._expect_frame(asyncio.get_running_loop().time())

    def _expect_frame(self, begin: float) -> None:
        end = begin + FRAME_SECONDS
        self._frame_due = asyncio.get_running_loop().call_at(end, self._hear_frame, begin, end)

    def _hear_frame(self, begin: float, end: float) -> None:
        self.listeners.hear(self._utterances.between(begin, end))
        self._expect_frame(end)

    def _start(self, stream: Stream, source: str) -> None:
        if self.listeners and not self.is_settled:
            self._expect_frame(asyncio.get_running_loop().time())
        if isinstance(self.partner, SilentSession):
            self.partner.hear_partner(self, self._hold_music)


class SilentEngine:
    """Serves the whole contract of `media.api.MediaEngine` without a socket.

    `opened` counts sessions ever opened; `open_sessions`, `open_bridges` and `open_echoes` are what has not
    been given back. Ports are even numbers of the range, the longest unused first.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        first_port: int = 20000,
        last_port: int = 59999,
        codecs: tuple[Codec, ...] = ("PCMU", "PCMA"),
    ) -> None:
        self._host, self._codecs = host, codecs
        self._ports = deque(range(first_port + first_port % 2, last_port, 2))
        self._sessions: dict[int, SilentSession] = {}
        self._lengths: dict[str, float] = {RINGING: len(ringing()) / RATE}
        self.opened = self.open_bridges = self.open_echoes = 0

    @property
    def open_sessions(self) -> int:
        return len(self._sessions)

    def session_at(self, port: int) -> SilentSession:
        """The open session whose description names this port. Raises KeyError."""
        return self._sessions[port]

    @asynccontextmanager
    async def session(self, beside: MediaSession | None = None) -> AsyncGenerator[SilentSession, None]:
        if not self._ports:
            raise MediaUnavailable("every media port is in use")
        port = self._ports.popleft()
        self.opened += 1
        local = Local(host=self._host, port=port, session_id=self.opened, version=1, codecs=self._codecs)
        self._sessions[port] = session = SilentSession(local, self._lengths)
        try:
            yield session
        finally:
            del self._sessions[port]
            self._ports.append(port)
            session.close_with(Quality())

    @asynccontextmanager
    async def bridge(
        self, one: MediaSession, other: MediaSession, *, hold_music: str | None = None
    ) -> AsyncGenerator[None, None]:
        first, second = _ours(one), _ours(other)
        if hold_music is not None:
            clip_of(hold_music, self._lengths)
        join(first, second)
        first.hear_partner(second, hold_music)
        second.hear_partner(first, hold_music)
        self.open_bridges += 1
        try:
            yield
        finally:
            self.open_bridges -= 1
            part(first, second)

    @asynccontextmanager
    async def echo(self, session: MediaSession) -> AsyncGenerator[None, None]:
        ours = _ours(session)
        ours.hear("echo", str(ours.port))
        self.open_echoes += 1
        try:
            yield
        finally:
            self.open_echoes -= 1

    async def prepare(self, audio: Mapping[str, Path]) -> None:
        self._lengths.update({name: _seconds(path) for name, path in audio.items()})

    async def start(self) -> None:
        """Nothing to start: there is no process."""

    async def stop(self) -> None:
        for session in self._sessions.values():
            session.lose()


@contextmanager
def _recording_to(path: Path) -> Generator[WavFile, None, None]:
    try:
        with closing(WavFile(path)) as file:
            yield file
    except OSError as problem:
        raise NotRecorded(f"{path}: {problem.strerror or problem}") from problem


def clip_of(name: str, lengths: Mapping[str, float]) -> float:
    if name not in lengths:
        raise KeyError(f"no audio was prepared under the name {name!r}")
    return lengths[name]


def _ours(session: MediaSession) -> SilentSession:
    if not isinstance(session, SilentSession):
        raise TypeError("this engine can only join its own sessions")
    return session


def _seconds(path: Path) -> float:
    try:
        info = soundfile.info(path)
    except (OSError, soundfile.LibsndfileError) as error:
        raise ValueError(f"{path}: cannot be read as audio: {error}") from error
    frames = -(-info.frames * 50 // info.samplerate)
    return max(1, frames) * FRAME_SECONDS
