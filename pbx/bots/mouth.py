"""What a bot has still to say: recorded prompts where there are any, else its voice, sentence by sentence."""

import asyncio
import logging
import re
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Container
from contextlib import aclosing
from typing import NamedTuple

from media.api import MediaSession
from pbx.bots.model import Event, ProviderFailed, Sounded, Speak, Spoke
from pbx.bots.providers import Voice
from pbx.ivr.speech.template import clip_name

log = logging.getLogger(__name__)
_END = re.compile(r"(?<=[.!?…])\s+")


class _Piece(NamedTuple):
    """What is said again from its beginning after an interruption."""

    part: int
    clips: tuple[str, ...]
    sentence: str = ""


def sentences(text: str) -> list[str]:
    """A text in the stretches a voice says in one breath."""
    return [sentence for sentence in _END.split(text.strip()) if sentence]


class Mouth:
    """One voice on one leg. It tells of what it said, and of what it could not say, to an inbox."""

    def __init__(
        self,
        session: MediaSession,
        voice: Voice | None,
        language: str,
        clips: Container[str],
        tell: Callable[[Event], Awaitable[None]],
        tasks: asyncio.TaskGroup,
    ) -> None:
        """`clips` are the names of the prompts that the engine has."""
        self._session, self._voice, self._language, self._clips = session, voice, language, clips
        self._tell, self._tasks = tell, tasks
        self._turn = self._part = 0
        self._rest: deque[_Piece] = deque()
        self._speaking: asyncio.Task[None] | None = None

    def speak(self, order: Speak) -> None:
        if order.turn != self._turn:
            self.stop()
            self._rest.clear()
        self._turn, self._part = order.turn, order.part
        self._rest.extend(self._pieces(order))
        self.resume()

    def stop(self) -> None:
        """Within one frame; what was being said is still to be said."""
        if self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None

    def resume(self) -> None:
        if self._speaking is None:
            self._speaking = self._tasks.create_task(self._run())

    def _pieces(self, order: Speak) -> list[_Piece]:
        clips = tuple(f"{self._language}/{clip_name(text)}" for text in order.say)
        if all(clip in self._clips for clip in clips):
            return [_Piece(order.part, clips)] if clips else []
        return [_Piece(order.part, (), sentence) for sentence in sentences(" ".join(order.say))]

    async def _run(self) -> None:
        try:
            while self._rest:
                await self._say(self._rest[0])
                self._rest.popleft()
            said: Event = Spoke(self._turn, self._part)
        except Exception:
            log.exception("a bot has lost its voice")
            said = ProviderFailed(self._turn, "voice")
        self._speaking = None
        await self._tell(said)

    async def _say(self, piece: _Piece) -> None:
        if piece.clips:
            await self._tell(Sounded(self._turn, piece.part))
            await self._session.play(piece.clips)
        else:
            async with aclosing(self._sounding(piece)) as audio:
                await self._session.speak(audio)

    async def _sounding(self, piece: _Piece) -> AsyncGenerator[bytes]:
        if self._voice is None:
            raise LookupError("there is no voice, and no recording of what is to be said")
        told = False
        async with aclosing(self._voice.speak(piece.sentence, self._language)) as chunks:
            async for chunk in chunks:
                if not told:
                    told = True
                    await self._tell(Sounded(self._turn, piece.part))
                yield chunk
