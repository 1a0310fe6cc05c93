"""Lets an outside bot take a call over a WebSocket: audio and events both ways, as docs/bots.md says."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Any, Literal, cast

from pbx.bots.bot import Bridge
from pbx.bots.conversation import Encounter, End, ask_by_keys
from pbx.bots.disclosure import disclosed
from pbx.bots.model import Finish, HandOver, Leave, NoteTurn
from pbx.bots.providers import Cast, ProviderError, Socket
from pbx.clock import Clock

log = logging.getLogger(__name__)
FORMAT = "pcm_s16le_8000_mono"
MOST_QUEUED = 60 * 16000  # bytes of audio that a bot may send ahead: a minute
MOST_ITEMS = 4000  # of it, marks included
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0  # seconds before connecting again
MOST_CONNECTIONS = 6  # of one conversation
LONGEST_VALUE = 256


async def converse_through(encounter: Encounter, cast: Cast, clock: Clock) -> End:
    """Let the outside bot talk. When it is gone or silent for too long, the questions are asked for keys."""
    if encounter.bot.bridge is None:
        raise ValueError(f"bot {encounter.bot.name!r} has no bridge")
    async with asyncio.TaskGroup() as tasks:
        end = await _Bridged(encounter, encounter.bot.bridge, cast, clock, tasks).run()
    return end or await ask_by_keys(encounter, cast, clock)


class _Bridged:
    """One conversation over one connection after another."""

    def __init__(
        self, encounter: Encounter, bridge: Bridge, cast: Cast, clock: Clock, tasks: asyncio.TaskGroup
    ) -> None:
        self._encounter, self._bridge, self._cast, self._clock = encounter, bridge, cast, clock
        self._tasks = tasks
        self._end: asyncio.Future[End | None] = asyncio.get_running_loop().create_future()
        self._socket: Socket | None = None
        self._line = _Line(self._marked)
        self._player: asyncio.Task[None] | None = None
        self._turns = 0

    async def run(self) -> End | None:
        """None: the outside bot cannot be reached, or says nothing."""
        parts = [self._tasks.create_task(part) for part in (self._take_keys(), self._serve(), self._watch())]
        try:
            async with asyncio.timeout(self._encounter.bot.seconds):
                return await self._end
        except TimeoutError:
            return HandOver("time")
        finally:
            for part in (*parts, self._player):
                if part is not None:
                    part.cancel()

    def _finish(self, end: End | None) -> None:
        if not self._end.done():
            self._end.set_result(end)

    async def _serve(self) -> None:
        """Say that this is a robot, connect, and connect again."""
        if not await disclosed(self._encounter, self._cast):
            self._finish(None)
            return
        self._line.sounded = self._clock.now()
        async with self._encounter.session.listen() as frames:
            uplink = self._tasks.create_task(self._send_frames(frames))
            self._restart_player()
            try:
                await self._stay_connected()
            finally:
                uplink.cancel()
        if not self._line.closed:
            self._finish(None)

    async def _stay_connected(self) -> None:
        """Return when the bot has finished, when it takes too long, or has been lost too often."""
        for connection in range(MOST_CONNECTIONS):
            if self._line.closed:
                return
            until, pause = self._clock.now() + self._bridge.within, FIRST_PAUSE
            while not await self._talk(until, resumed=connection > 0):
                if self._clock.now() + pause >= until:
                    return
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _talk(self, until: float, *, resumed: bool) -> bool:
        """Connect, and stay so until the connection is lost; False if it could not be made."""
        connected = False
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout_at(until):
                    socket = await stack.enter_async_context(self._cast.connect(self._bridge))
                    await socket.send(self._greeting(resumed=resumed))
                connected, self._socket = True, socket
                while not self._line.closed:
                    self._take(await socket.receive())
        except (ProviderError, TimeoutError) as reason:
            log.warning("the bridge to bot %s: %s", self._encounter.bot.name, reason or "not in time")
        finally:
            self._socket = None
        return connected

    def _greeting(self, *, resumed: bool) -> str:
        encounter, memory = self._encounter, self._encounter.memory
        return json.dumps(
            {
                "event": "start",
                "version": 1,
                "bot": encounter.bot.name,
                "language": encounter.language,
                "known": {**encounter.known, **memory.slots},
                "intent": memory.intent,
                "format": FORMAT,
                "resumed": resumed,
            }
        )

    # From the caller to the bot

    async def _take_keys(self) -> None:
        while True:
            key = await self._encounter.session.key()
            if key in self._encounter.bot.escape.keys:
                self._finish(HandOver("asked"))
            elif key in self._encounter.leave_keys:
                self._finish(Leave(key))
            else:
                await self._send(json.dumps({"event": "key", "key": key}))

    async def _send_frames(self, frames: AsyncIterator[bytes]) -> None:
        async for frame in frames:
            await self._send(frame)

    async def _send(self, message: bytes | str) -> None:
        """What is said while nobody is connected is lost, as on any line."""
        if self._socket is not None:
            try:
                await self._socket.send(message)
            except ProviderError:
                self._socket = None  # whoever receives from it finds out why

    # From the bot to the caller

    def _take(self, message: bytes | str) -> None:
        """Raises ProviderError for what is not in the language of docs/bots.md."""
        if isinstance(message, bytes):
            self._line.add(message)
            return
        try:
            event: Any = json.loads(message)
        except (ValueError, RecursionError):
            raise ProviderError("an event that is not JSON") from None
        match event:
            case {"event": "clear"}:
                self._line.clear()
                self._restart_player()
            case {"event": "mark", "name": str(name)}:
                self._line.add(name[:LONGEST_VALUE])
            case {"event": "said", "who": "caller" | "bot" as who, "text": str(text)}:
                self._note_words(cast("Literal['caller', 'bot']", who), text)
            case {"event": "turn", "match": "ok" | "nomatch" | "noinput" as match}:
                self._note_turn(
                    cast("Literal['ok', 'nomatch', 'noinput']", match), cast("dict[str, Any]", event)
                )
            case {"event": "learnt"}:
                self._learn(cast("dict[str, Any]", event))
            case {"event": "finish"}:
                self._learn(cast("dict[str, Any]", event))
                self._line.close()
            case {"event": "person"}:
                self._finish(HandOver("asked"))
            case {"event": "failed"}:
                self._finish(None)
            case {"event": str()}:
                pass  # of a later version
            case _:
                raise ProviderError("an event without a name")

    def _note_words(self, who: Literal["caller", "bot"], text: str) -> None:
        if who == "bot":
            self._encounter.memory.say(text)
            return
        self._encounter.memory.hear(text)
        if self._encounter.bot.manners(self._encounter.language).escapes(text[:1000]):
            self._finish(HandOver("asked"))

    def _note_turn(self, match: Literal["ok", "nomatch", "noinput"], event: dict[str, Any]) -> None:
        self._turns += match != "noinput"
        sure, latency = event.get("confidence"), event.get("latency_ms")
        note = NoteTurn(
            self._turns,
            match,
            min(1.0, max(0.0, float(sure))) if isinstance(sure, int | float) else 1.0,
            barged_in=event.get("barged_in") is True,
            latency=min(60.0, max(0.0, latency / 1000)) if isinstance(latency, int | float) else None,
        )
        self._encounter.memory.note(note)
        self._encounter.note(note)

    def _learn(self, event: dict[str, Any]) -> None:
        """Intents and slots of the bot's own file count; nothing else gets into the flow."""
        bot, memory = self._encounter.bot, self._encounter.memory
        if (intent := event.get("intent")) in bot.intents:
            memory.intent = str(intent)
        slots: Any = event.get("slots")
        if isinstance(slots, dict):
            told = cast("dict[str, Any]", slots)
            kept = {name: told[name] for name in bot.slots if isinstance(told.get(name), str)}
            memory.slots = {**memory.slots, **{name: value[:LONGEST_VALUE] for name, value in kept.items()}}

    def _restart_player(self) -> None:
        if self._player is not None:
            self._player.cancel()
        self._player = self._tasks.create_task(self._play())

    async def _play(self) -> None:
        try:
            async with aclosing(self._line.audio(self._clock)) as audio:
                await self._encounter.session.speak(audio)
            self._finish(Finish())
        except Exception:
            log.exception("a bot's audio cannot be played")
            self._finish(None)

    async def _marked(self, name: str) -> None:
        await self._send(json.dumps({"event": "spoke", "name": name}))

    async def _watch(self) -> None:
        """A bot that makes no sound for longer than a caller may speak is not there."""
        patience = self._encounter.bot.patience
        silence = patience.speech + patience.thinking
        self._line.sounded = self._clock.now()
        while not self._end.done():
            left = self._line.sounded + silence - self._clock.now()
            if left <= 0:
                self._finish(None)
            await asyncio.sleep(max(0.0, left))


class _Line:
    """What the bot has sent and the caller has not heard: audio and marks."""

    def __init__(self, marked: Callable[[str], Awaitable[None]]) -> None:
        self._marked = marked
        self._items: deque[bytes | str] = deque()
        self._bytes = 0
        self._more = asyncio.Event()
        self.sounded = 0.0  # when audio was last taken
        self.closed = False  # nothing comes after what is there

    def add(self, item: bytes | str) -> None:
        """Raises ProviderError when it is more than a caller could wait for."""
        self._bytes += len(item) if isinstance(item, bytes) else 0
        if self._bytes > MOST_QUEUED or len(self._items) >= MOST_ITEMS:
            raise ProviderError("more than a minute of audio ahead")
        self._items.append(item)
        self._more.set()

    def close(self) -> None:
        self.closed = True
        self._more.set()

    def clear(self) -> None:
        self._items.clear()
        self._bytes = 0

    async def audio(self, clock: Clock) -> AsyncGenerator[bytes]:
        while True:
            while not self._items:
                if self.closed:
                    return
                self._more.clear()
                await self._more.wait()
            item = self._items.popleft()
            if isinstance(item, str):
                await self._marked(item)
                continue
            self._bytes -= len(item)
            self.sounded = clock.now()
            yield item
