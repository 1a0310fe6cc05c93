"""The engine for real calls: packets are handled in worker processes, this process only gives orders."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from itertools import count, pairwise
from pathlib import Path

from media.api import RINGING, MediaSession, MediaUnavailable, NotRecorded, Quality
from media.audio import tones
from media.audio.library import Library
from media.description.negotiate import Codec, Local, Stream
from media.engines.block import Block
from media.engines.leg import Leg, join, part
from media.engines.process import WorkerProcess
from media.engines.protocol import (
    CLIPS_AT_ONCE,
    Bridge,
    Close,
    Command,
    Configure,
    Echo,
    Listen,
    Load,
    Measured,
    Play,
    Record,
    Recorded,
    SendKey,
    Settle,
    Speak,
    Stop,
    StopRecording,
    Unbridge,
)
from media.engines.speaking import Window, in_frames
from media.rtp.jitter import FRAME_BYTES

LOOKS_APART = 0.5  # seconds between two looks at the workers
_LOOKS_FOR_LIFE = 5  # that a new leg waits for when no worker is left
_RESPAWN_AFTER = 1.0  # seconds a worker must have lived to be replaced at once; else at the next look


class Clips:
    """Names and numbers of everything prepared; a number stays what it was while its name moves on."""

    def __init__(self, folder: Path) -> None:
        self._library = Library(folder)
        ringing = self._library.add_samples(RINGING, tones.ringing())
        self._numbers: dict[str, int] = {RINGING: 0}
        self._paths: dict[Path, int] = {ringing.path: 0}

    def loads(self, since: int = 0) -> Iterator[Load]:
        """What tells a worker of all clips but the first few."""
        return (Load(number, str(path)) for path, number in list(self._paths.items())[since:])

    def number(self, name: str) -> int:
        if name not in self._numbers:
            raise KeyError(f"no audio was prepared under the name {name!r}")
        return self._numbers[name]

    async def prepare(self, audio: Mapping[str, Path]) -> list[Load]:
        """All or nothing; what workers have to be told."""
        add = self._library.add
        clips = await asyncio.to_thread(lambda: [add(name, path) for name, path in audio.items()])
        known = len(self._paths)
        for clip in clips:
            self._numbers[clip.name] = self._paths.setdefault(clip.path, len(self._paths))
        return list(self.loads(since=known))


class WorkerSession(Leg):
    """A leg in a worker."""

    def __init__(self, local: Local, number: int, worker: WorkerProcess, clips: Clips) -> None:
        super().__init__(local)
        self.number, self.worker = number, worker
        self._clips = clips
        self._latest = Quality()
        self._closed = False
        self._play_number = 0
        self._end_of_play: asyncio.Future[None] | None = None
        self._window: Window | None = None
        self._recordings = 0
        self._end_of_recording: asyncio.Future[Recorded] | None = None
        self._arrangement: Bridge | Echo | None = None
        worker.legs[number] = self

    async def play(self, audio: Sequence[str], *, repeat: bool = False) -> None:
        clips = tuple(self._clips.number(name) for name in audio)
        if repeat and not clips:
            raise ValueError("nothing to repeat")
        if len(clips) > CLIPS_AT_ONCE:
            raise ValueError(f"{len(clips)} clips cannot be played at once")
        await self.until_settled()
        self._finish_play()
        if not clips:
            return
        number, end = self._begin_play()
        self.worker.send(Play(self.number, number, clips, repeat))
        try:
            await end
        finally:
            if end.cancelled():
                self.worker.send(Stop(self.number, number))

    async def speak(self, audio: AsyncIterator[bytes]) -> None:
        await self.until_settled()
        self._finish_play()
        number, end = self._begin_play()
        window = self._window = Window()
        try:
            async with aclosing(in_frames(audio)) as chunks:
                async for frames in chunks:
                    if not await window.room(len(frames) // FRAME_BYTES):
                        return
                    self.worker.send(Speak(self.number, number, frames, last=False))
            if not end.done():
                self.worker.send(Speak(self.number, number, b"", last=True))
            await end
        finally:
            if not end.done() or end.cancelled():
                self.worker.send(Stop(self.number, number))

    async def record(self, path: Path, *, most: float, silence: float | None = None) -> float:
        await self.until_settled()
        if self._end_of_recording is not None and not self._end_of_recording.done():
            raise ValueError("this leg is being recorded already")
        if not self.worker.alive:
            raise NotRecorded("the media worker is gone")
        self._recordings += 1
        end = self._end_of_recording = asyncio.get_running_loop().create_future()
        self.worker.send(Record(self.number, self._recordings, str(path), most, silence or 0.0))
        try:
            recorded = await asyncio.shield(end)
        finally:
            if not end.done():
                self.worker.send(StopRecording(self.number, self._recordings))
                await end
        if recorded.problem:
            raise NotRecorded(recorded.problem)
        return recorded.seconds

    def arrange(self, arrangement: Bridge | Echo | None) -> None:
        """What is to be told again once the leg is settled: a worker knows no others."""
        self._arrangement = arrangement

    def send_key(self, key: str, milliseconds: int) -> None:
        self.worker.send(SendKey(self.number, key, milliseconds))

    def played(self, play: int) -> None:
        if play == self._play_number:
            self._finish_play()

    def said(self, play: int, frames: int) -> None:
        if play == self._play_number and self._window is not None:
            self._window.said(frames)

    def recorded(self, recorded: Recorded) -> None:
        end = self._end_of_recording
        if recorded.recording == self._recordings and end is not None and not end.done():
            end.set_result(recorded)

    def measured(self, measured: Measured) -> None:
        trip = None if measured.round_trip_ms < 0 else measured.round_trip_ms
        _, sent, received, lost, jitter, _, final = measured
        self._latest = Quality(sent, received, lost, jitter, trip)
        if final:
            self._retire()

    def lose(self) -> None:
        super().lose()
        if not self.worker.alive:
            self.recorded(Recorded(self.number, self._recordings, 0.0, "the media worker is gone"))
        if self._closed:
            self._retire()

    def close(self) -> None:
        """Give the port back; the final figures follow."""
        self._closed = True
        self.worker.post(Close(self.number, self.port))
        if not self.worker.alive:
            self._retire()

    def _retire(self) -> None:
        self.worker.legs.pop(self.number, None)
        self.close_with(self._latest)

    def _start(self, stream: Stream, source: str) -> None:
        rtcp_host, rtcp_port = stream.remote_rtcp or ("", -1)
        self.worker.send(
            Settle(
                leg=self.number,
                port=self.port,
                host=stream.remote_host,
                remote_port=stream.remote_port,
                rtcp_host=rtcp_host,
                rtcp_port=rtcp_port,
                source=source,
                payload_type=stream.payload_type,
                alaw=stream.codec == "PCMA",
                event_type=-1 if stream.event_payload_type is None else stream.event_payload_type,
                sends=stream.sends,
                receives=stream.receives,
                held=stream.held,
                mux=stream.rtcp_mux,
            )
        )
        if self.is_settled:
            return
        if self._arrangement is not None:
            self.worker.send(self._arrangement)
        if self.listeners:
            self.worker.send(Listen(self.number, on=True))

    def _listen(self, wanted: bool) -> None:  # noqa: FBT001 - a switch
        if self.is_settled:
            self.worker.send(Listen(self.number, wanted))

    def _begin_play(self) -> tuple[int, asyncio.Future[None]]:
        self._play_number += 1
        self._end_of_play = asyncio.get_running_loop().create_future()
        return self._play_number, self._end_of_play

    def _finish_play(self) -> None:
        if self._window is not None:
            self._window.close()
        if self._end_of_play is not None and not self._end_of_play.done():
            self._end_of_play.set_result(None)


class WorkersEngine:
    """Serves `media.api.MediaEngine` with `workers` processes, each with its share of the ports.

    `host` is bound and put in descriptions; `cache` keeps encoded audio; a leg whose peer sends nothing for
    `silence_limit` seconds, though it could, is lost.
    """

    def __init__(
        self,
        host: str,
        first_port: int,
        last_port: int,
        cache: Path,
        workers: int = 1,
        codecs: tuple[Codec, ...] = ("PCMU", "PCMA"),
        silence_limit: float | None = None,
    ) -> None:
        self._host, self._codecs = host, codecs
        pairs = (last_port - first_port + 1) // 2
        if not 1 <= workers <= pairs:
            raise ValueError(f"{workers} workers cannot share {pairs} pairs of ports")
        shares = [first_port + 2 * (pairs * at // workers) for at in range(workers + 1)]
        self._configurations = [
            Configure(host, first, beyond - 1, silence_limit or 0.0) for first, beyond in pairwise(shares)
        ]
        self._clips = Clips(cache)
        self._numbers = count(1)
        self._session_ids = count(secrets.randbits(30))
        self._workers: list[WorkerProcess] = []
        self._ended: list[WorkerProcess] = []
        self._look: asyncio.TimerHandle | None = None

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers]

    async def start(self) -> None:
        """Raises MediaUnavailable if a worker does not come up."""
        self._workers = [self._spawn(at) for at in range(len(self._configurations))]
        self._look_later()
        try:
            for worker in self._workers:
                await worker.stocked()
        except MediaUnavailable:
            await self.stop()
            raise

    async def stop(self) -> None:
        if self._look is not None:
            self._look.cancel()
        for worker in self._workers:
            worker.close()
        leaving, self._workers, self._ended = [*self._workers, *self._ended], [], []
        await asyncio.to_thread(lambda: [worker.reap() for worker in leaving])

    async def prepare(self, audio: Mapping[str, Path]) -> None:
        for load in await self._clips.prepare(audio):
            for worker in self._workers:
                worker.send(load)

    def session(self, beside: MediaSession | None = None) -> Block[WorkerSession]:
        return Block(lambda: self._open(beside), WorkerSession.close)

    def bridge(self, one: MediaSession, other: MediaSession, *, hold_music: str | None = None) -> Block[None]:
        music = -1 if hold_music is None else self._clips.number(hold_music)
        first, second = _ours(one), _ours(other)
        return Block(lambda: _bridge(first, second, music), lambda _: _part(first, second))

    @asynccontextmanager
    async def echo(self, session: MediaSession) -> AsyncGenerator[None, None]:
        ours = _ours(session)
        echo = Echo(ours.number, on=True)
        ours.arrange(echo)
        ours.worker.send(echo)
        try:
            yield
        finally:
            ours.arrange(None)
            ours.worker.send(Echo(ours.number, on=False))

    async def _open(self, beside: MediaSession | None) -> WorkerSession:
        worker = await self._choose(beside)
        port = await worker.port()
        local = Local(self._host, port, next(self._session_ids), codecs=self._codecs)
        return WorkerSession(local, next(self._numbers), worker, self._clips)

    async def _choose(self, beside: MediaSession | None) -> WorkerProcess:
        """The one with the fewest legs; where all have just died, the first to be replaced."""
        if beside is not None and _ours(beside).worker.alive:
            return _ours(beside).worker
        for _ in range(_LOOKS_FOR_LIFE):
            living = [worker for worker in self._workers if worker.alive]
            if living:
                return min(living, key=lambda worker: len(worker.legs))
            await asyncio.sleep(LOOKS_APART)
        raise MediaUnavailable("no media worker is running")

    def _spawn(self, at: int) -> WorkerProcess:
        first: list[Command] = [self._configurations[at], *self._clips.loads()]
        return WorkerProcess(first, self._replace)

    def _replace(self, worker: WorkerProcess) -> None:
        """At once, unless it died young: what kills every worker at birth must not eat the processor."""
        self._ended.append(worker)
        if asyncio.get_running_loop().time() - worker.born >= _RESPAWN_AFTER:
            self._workers[self._workers.index(worker)] = self._spawn(self._workers.index(worker))

    def _look_later(self) -> None:
        self._look = asyncio.get_running_loop().call_later(LOOKS_APART, self._look_after)

    def _look_after(self) -> None:
        self._ended = [worker for worker in self._ended if not worker.gone()]
        for at, worker in enumerate(self._workers):
            if worker.alive:
                worker.look()
            else:
                self._workers[at] = self._spawn(at)
        self._look_later()


async def _bridge(first: WorkerSession, second: WorkerSession, music: int) -> None:
    if first.worker is not second.worker:
        raise MediaUnavailable("only sessions opened beside each other can be bridged")
    join(first, second)
    bridge = Bridge(first.number, second.number, music)
    first.arrange(bridge)
    second.arrange(bridge)
    first.worker.send(bridge)


def _part(first: WorkerSession, second: WorkerSession) -> None:
    part(first, second)
    first.arrange(None)
    second.arrange(None)
    first.worker.post(Unbridge(first.number, second.number))


def _ours(session: MediaSession) -> WorkerSession:
    if not isinstance(session, WorkerSession):
        raise TypeError("this engine can only join its own sessions")
    return session
