"""An engine without packets: prompts last as long as the loop's clock says, keys come from tests."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import soundfile

from media.api import MediaSession, MediaUnavailable, Quality
from media.description.negotiate import Codec, Local, Stream
from media.engines.leg import Leg, join, part

FRAME_SECONDS = 0.020
HEARD_KEPT = 1000


class Heard(NamedTuple):
    """What a leg's peer heard begin, and when (loop seconds).

    `what` is the clip's name, the key, or the port of the leg it is bridged to.
    """

    at: float
    kind: Literal["clip", "key", "bridge", "echo"]
    what: str


class SilentSession(Leg):
    """A leg whose peer's ears are `heard` and whose peer's fingers are `press`."""

    def __init__(self, local: Local, lengths: Mapping[str, float]) -> None:
        super().__init__(local)
        self._lengths = lengths
        self._taken_over: asyncio.Future[None] | None = None
        self._hold_music: str | None = None
        self.heard: deque[Heard] = deque(maxlen=HEARD_KEPT)

    async def play(self, audio: Sequence[str], *, repeat: bool = False) -> None:
        clips = [(name, clip_of(name, self._lengths)) for name in audio]
        if repeat and not clips:
            raise ValueError("nothing to repeat")
        await self.until_settled()
        if self._taken_over is not None and not self._taken_over.done():
            self._taken_over.set_result(None)
        taken_over = self._taken_over = asyncio.get_running_loop().create_future()
        while True:
            for name, seconds in clips:
                self.hear("clip", name)
                await asyncio.wait((taken_over,), timeout=seconds)
                if taken_over.done():
                    return
            if not repeat:
                return

    def send_key(self, key: str, milliseconds: int) -> None:
        self.hear("key", key)

    def hear(self, kind: Literal["clip", "key", "bridge", "echo"], what: str) -> None:
        self.heard.append(Heard(asyncio.get_running_loop().time(), kind, what))

    def hear_partner(self, partner: "SilentSession", hold_music: str | None) -> None:
        """From now on the partner's audio or, while the partner holds, music."""
        self._hold_music = hold_music
        if not partner.held:
            self.hear("bridge", str(partner.port))
        elif hold_music is not None:
            self.hear("clip", hold_music)

    def _start(self, stream: Stream, source: str) -> None:
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
        self._lengths: dict[str, float] = {}
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
