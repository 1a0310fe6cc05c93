"""One running engine for a whole test module, and the audio it plays."""

import asyncio
import os
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import soundfile

from media.api import MediaSession, Quality
from media.audio.tones import tone
from media.engines.workers import WorkersEngine, WorkerSession
from tests.media.phones import Phone
from tests.support.ports import own_port

T = TypeVar("T")

LENGTHS = {"short": 0.1, "long": 0.4, "music": 0.2}  # seconds
TONES = {"short": 400, "long": 700, "music": 1100}  # hertz
HERE = "127.0.0.1"


def write_audio(folder: Path) -> dict[str, Path]:
    """A WAV file for each of LENGTHS, each a tone of its own."""
    paths = {name: folder / f"{name}.wav" for name in LENGTHS}
    for name, path in paths.items():
        soundfile.write(path, tone(TONES[name], LENGTHS[name], 0.25), 8000)
    return paths


class Studio:
    """An engine of one worker on a loop that only runs while a test does."""

    def __init__(self, folder: Path, first_port: int) -> None:
        self._runner = asyncio.Runner()
        self._folder, self._first_port = folder, own_port(first_port)

    def __enter__(self) -> "Studio":
        self._runner.__enter__()
        self.engine = self.run(self._start())
        return self

    def __exit__(self, *raised: Any) -> None:
        self.run(self.engine.stop())
        self._runner.__exit__(*raised)

    def run(self, test: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(asyncio.wait_for(test, 20))

    async def _start(self) -> WorkersEngine:
        engine = WorkersEngine(HERE, self._first_port, self._first_port + 399, self._folder / "cache")
        await engine.start()
        await engine.prepare(write_audio(self._folder))
        return engine

    @asynccontextmanager
    async def call(self, *phones: Phone) -> AsyncGenerator[list[WorkerSession], None]:
        """A session for each phone, settled, and its peer known to it."""
        async with AsyncExitStack() as stack:
            sessions: list[WorkerSession] = []
            for phone in phones:
                session = await stack.enter_async_context(self.engine.session(*sessions[:1]))
                phone.reach(session.answer(phone.describe(), phone.host))
                sessions.append(session)
            await self.obeyed()
            yield sessions

    @asynccontextmanager
    async def bridge(
        self, one: Phone, other: Phone, music: str | None = None
    ) -> AsyncGenerator[list[WorkerSession], None]:
        """Two phones that have met their legs, bridged."""
        async with self.call(one, other) as sessions:
            one.send()
            other.send()
            await self.obeyed()
            async with self.engine.bridge(sessions[0], sessions[1], hold_music=music):
                await self.obeyed()
                yield sessions

    async def obeyed(self) -> None:
        """Return once the worker has carried out all that it was told, and seen all packets sent, so far.

        Twice round, as in one turn of its loop commands may come before packets that are older.
        """
        for _ in range(2):
            async with self.engine.session() as session:
                pass
            await measured(session)


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - counting is all


async def lost(session: MediaSession) -> None:
    """Return when the session says that it is lost."""
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    session.when_lost(lambda: None if told.done() else told.set_result(None))
    await told


async def measured(session: MediaSession) -> Quality:
    """The final figures of a session whose block has been left."""
    told: asyncio.Future[Quality] = asyncio.get_running_loop().create_future()
    session.when_measured(told.set_result)
    return await told
