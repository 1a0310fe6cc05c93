"""One worker process as the switch sees it: its ports in stock, its legs, its pulse."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, assert_never

import media
from media.api import MediaUnavailable
from media.engines.channel import Channel
from media.engines.protocol import (
    Beat,
    Claim,
    Command,
    Complaint,
    Exhausted,
    Heard,
    Measured,
    Played,
    Pressed,
    Ready,
    Recorded,
    Report,
    Said,
    Silent,
)
from media.rtp.jitter import FRAME_BYTES

_log = logging.getLogger(__name__)
_MISSED_BEATS = 4  # looks without a sign of life before a worker is taken to hang
_MISSED_AT_BIRTH = 20  # more looks, as a worker has numpy to import
_LOW = 32  # ports in stock: the worker must hear at once that it should bind more
_PATIENCE = 10.0  # seconds: longer than a fresh worker takes to come up on a busy machine


class Reported(Protocol):
    """A leg that a worker reports about."""

    def played(self, play: int) -> None: ...
    def said(self, play: int, frames: int) -> None: ...
    def hear_peer(self, frame: bytes) -> None: ...
    def recorded(self, recorded: Recorded) -> None: ...
    def keep_key(self, key: str) -> None: ...
    def measured(self, measured: Measured) -> None: ...
    def lose(self) -> None: ...


class WorkerProcess:
    """From spawn to end. When it ends all its legs are lost, and `ended` is called once."""

    def __init__(self, first: Iterable[Command], ended: Callable[["WorkerProcess"], None]) -> None:
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._stock: deque[int] = deque()
        self._restocked: asyncio.Future[None] | None = None
        self._exhausted = False
        self._missed = -_MISSED_AT_BIRTH
        self.alive = True
        self.born = self._loop.time()
        self.legs: dict[int, Reported] = {}
        self.pulse = Beat(0.0, 0, 0, 0)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _spawn(theirs.fileno())
        self._channel = Channel(ours, self._hear_all, self._end)
        for command in first:
            self.send(command)

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, command: Command) -> None:
        """Nothing happens where the worker is gone."""
        self._channel.send(command)

    def post(self, command: Command) -> None:
        """The same for what nobody waits for."""
        self._channel.post(command)

    async def port(self) -> int:
        """One from the stock, at once if there is any. Raises MediaUnavailable."""
        if not self._stock:
            await self.stocked()
        port = self._stock.popleft()
        tell = self.post if len(self._stock) > _LOW else self.send
        tell(Claim(port))
        return port

    async def stocked(self) -> None:
        """Return when there is a port in stock. Raises MediaUnavailable when none will be soon."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while not self._stock:
                    if self._exhausted or not self.alive:
                        raise MediaUnavailable("every media port is in use")
                    if self._restocked is None:
                        self._restocked = self._loop.create_future()
                    await asyncio.shield(self._restocked)
        except TimeoutError:
            raise MediaUnavailable("the media worker has no port ready") from None

    def look(self) -> None:
        """Called every half second: a worker that has long given no sign of life is killed.

        Looks are counted, not seconds, so that a pause of the whole machine is nobody's fault.
        """
        self._missed += 1
        if self.alive and self._missed > _MISSED_BEATS:
            _log.error("media worker %d hangs: killed", self.pid)
            self._process.kill()
            self._missed = 0

    def gone(self) -> bool:
        """Whether the process has left the system's table, too."""
        return self._process.poll() is not None

    def close(self) -> None:
        """Let the worker end by itself: it says goodbye to the peers of its legs."""
        cpu, _, foreign, garbage = self.pulse
        _log.info(
            "media worker %d ends after %.1f s of CPU; packets dropped: %d of strangers, %d of no use",
            self.pid,
            cpu,
            foreign,
            garbage,
        )
        self.alive = False
        self._channel.close()
        self._lose_all()

    def reap(self) -> None:
        """Wait up to a second for the end of a worker that was closed, then kill it. Blocks."""
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _end(self) -> None:
        _log.error("media worker %d is gone with %d legs", self.pid, len(self.legs))
        self.alive = False
        self._process.kill()
        self._lose_all()
        self._ended(self)

    def _lose_all(self) -> None:
        self._stock.clear()
        self._wake()
        for leg in list(self.legs.values()):
            leg.lose()

    def _wake(self) -> None:
        if self._restocked is not None:
            self._restocked.set_result(None)
            self._restocked = None

    def _hear_all(self, reports: list[Report]) -> None:
        self._missed = 0
        for report in reports:
            self._hear(report)

    def _hear(self, report: Report) -> None:
        match report:
            case Ready(ports):
                self._stock.extend(ports)
                self._exhausted = False
                self._wake()
            case Exhausted():
                self._exhausted = True
                self._wake()
            case Beat():
                self.pulse = report
            case Complaint(text):
                _log.warning("media worker %d: %s", self.pid, text)
            case Heard(legs, audio):
                for at, number in enumerate(legs):
                    leg = self.legs.get(number)
                    if leg is not None:
                        leg.hear_peer(audio[at * FRAME_BYTES : (at + 1) * FRAME_BYTES])
            case Played() | Said() | Recorded() | Pressed() | Silent() | Measured():
                leg = self.legs.get(report.leg)
                if leg is not None:
                    _hear_of(leg, report)
            case _:
                assert_never(report)


def _hear_of(leg: Reported, report: Played | Said | Recorded | Pressed | Silent | Measured) -> None:
    match report:
        case Played(_, play):
            leg.played(play)
        case Said(_, play, frames):
            leg.said(play, frames)
        case Recorded():
            leg.recorded(report)
        case Pressed(_, key):
            leg.keep_key(key)
        case Silent():
            leg.lose()
        case Measured():
            leg.measured(report)
        case _:
            assert_never(report)


def _spawn(descriptor: int) -> subprocess.Popen[bytes]:
    root = str(Path(media.__file__).parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(  # noqa: S603 - this interpreter, our own module
        [sys.executable, "-m", "media.engines.worker", str(descriptor)],
        pass_fds=(descriptor,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
