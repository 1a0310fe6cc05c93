"""Transcribers for many calls at once, by one process beside the exchange."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from importlib.util import find_spec

from pbx.bots.model import Voiced
from pbx.bots.providers import ProviderError
from pbx.bots.vocabulary import Vocabulary
from pbx.bots.wire import HEADER, Kind, Message, vocabulary_bytes, voiced_of

log = logging.getLogger(__name__)
LANGUAGES = ("en",)  # of the model that comes with PocketSphinx
MOST_STREAMS = 8  # a core's worth, when they speak a third of the time
MOST_BEHIND = 256 * 1024  # bytes of audio that the process may lag behind: 2 s of eight callers
MOST_EVENTS = 64  # of one stream unread
START_WITHIN = 10.0  # seconds; the model is large
REST = 5.0  # seconds before a process that has died is started again
_COMMAND = (sys.executable, "-m", "pbx.bots.recogniser_process")
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "HOME")  # no secrets


def available(language: str) -> bool:
    """Is what it takes to hear this language installed?"""
    return language in LANGUAGES and find_spec("pocketsphinx") is not None


class Recogniser:
    """A block in which transcribers may be had. The process is started when the first of them listens."""

    def __init__(self, command: tuple[str, ...] = _COMMAND) -> None:
        self._command = command
        self._tasks = asyncio.TaskGroup()
        self._running: asyncio.Task[None] | None = None
        self._child: Process | None = None
        self._link: _Link | None = None
        self._died = float("-inf")
        self._closing = False

    async def __aenter__(self) -> "Recogniser":
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        if self._child is not None:
            _kill(self._child)  # and with it ends the task
        elif self._running is not None:
            self._running.cancel()
        await self._tasks.__aexit__(None, None, None)

    def transcriber(self, end_of_turn: float) -> "Listening":
        """For one caller; `end_of_turn` seconds of silence end an utterance."""
        return Listening(self, end_of_turn)

    async def link(self) -> "_Link":
        """The running process, started if there is none. Raises ProviderError."""
        now = asyncio.get_running_loop().time()
        link = self._link
        if link is None:
            if now < self._died + REST:
                raise ProviderError("the recogniser has just died")
            link = self._link = _Link()
            self._running = self._tasks.create_task(self._run(link))
        await link.ready.wait()
        if link.lost:
            raise ProviderError("the recogniser cannot be started")
        return link

    async def _run(self, link: "_Link") -> None:
        try:
            child = self._child = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )
            try:
                assert child.stdin is not None
                assert child.stdout is not None
                await link.serve(child.stdin, child.stdout)
            finally:
                _kill(child)
                await child.communicate()  # until its pipes are closed too
                self._child = None
        except (OSError, EOFError, TimeoutError) as reason:
            if not self._closing:
                log.error("the recogniser is gone: %s", reason or type(reason).__name__)  # noqa: TRY400
        except Exception:
            log.exception("the recogniser talks nonsense")
        finally:
            self._link, self._died = None, asyncio.get_running_loop().time()
            link.lose()


def _kill(child: Process) -> None:
    with suppress(ProcessLookupError):
        child.kill()


class _Link:
    """The pipes of a process, and who listens through it."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()  # it listens, or is lost
        self.lost = False
        self._input: asyncio.StreamWriter | None = None
        self._streams: dict[int, Listening] = {}
        self._latest = 0

    async def serve(self, source: asyncio.StreamWriter, output: asyncio.StreamReader) -> None:
        """Until it ends. Raises EOFError or OSError, TimeoutError, or ValueError for nonsense."""
        async with asyncio.timeout(START_WITHIN):
            await _read(output)
        self._input = source
        self.ready.set()
        while True:
            message = await _read(output)
            if (listening := self._streams.get(message.stream)) is not None:
                listening.take(message)

    def lose(self) -> None:
        self._input, self.lost = None, True
        self.ready.set()
        for listening in self._streams.values():
            listening.failure = "the recogniser is gone"

    def open(self, listening: "Listening", end_of_turn: float) -> int:
        """The number of a new stream. Raises ProviderError."""
        if len(self._streams) >= MOST_STREAMS:
            raise ProviderError(f"{MOST_STREAMS} callers are listened to already")
        self._latest = self._latest % 0xFFFF_FFFF + 1
        self._streams[self._latest] = listening
        self.send(Message(Kind.OPEN, self._latest, str(end_of_turn).encode()))
        return self._latest

    def close(self, stream: int) -> None:
        del self._streams[stream]
        self.send(Message(Kind.CLOSE, stream))

    def send(self, message: Message) -> None:
        if self._input is not None:
            self._input.write(message.encode())

    @property
    def behind(self) -> bool:
        """Has it stopped reading, or is it much too slow?"""
        return self._input is not None and self._input.transport.get_write_buffer_size() > MOST_BEHIND


class Listening:
    """A Transcriber: one caller's voice through the process."""

    def __init__(self, recogniser: Recogniser, end_of_turn: float) -> None:
        self.failure: str | None = None
        self._recogniser, self._end_of_turn = recogniser, end_of_turn
        self._events: deque[Voiced] = deque(maxlen=MOST_EVENTS)
        self._vocabulary = Vocabulary()
        self._told: Vocabulary | None = None
        self._sent = 0  # frames

    def expect(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def take(self, message: Message) -> None:
        """From the process."""
        if message.kind is Kind.VOICED:
            self._events.append(voiced_of(message.body, self._sent))
        else:
            self.failure = message.body.decode(errors="replace")

    async def transcribe(self, frames: AsyncIterator[bytes]) -> AsyncGenerator[Voiced]:
        link = await self._recogniser.link()
        stream = link.open(self, self._end_of_turn)
        try:
            async for frame in frames:
                if self._told != self._vocabulary:
                    self._told = self._vocabulary
                    link.send(Message(Kind.EXPECT, stream, vocabulary_bytes(self._vocabulary)))
                link.send(Message(Kind.AUDIO, stream, frame))
                self._sent += 1
                while self._events:
                    yield self._events.popleft()
                if self.failure is not None:
                    raise ProviderError(self.failure)
                if link.behind:
                    raise ProviderError("the recogniser is too slow")
        finally:
            link.close(stream)


async def _read(output: asyncio.StreamReader) -> Message:
    kind, stream, length = HEADER.unpack(await output.readexactly(HEADER.size))
    return Message(Kind(kind), stream, await output.readexactly(length))
