"""What a caller who has been answered already hears while a phone rings for it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from media.api import RINGING, MediaSession


class RingingTone:
    """Silent until it is started, and once it is stopped."""

    def __init__(self, media: MediaSession, tasks: asyncio.TaskGroup) -> None:
        self._media, self._tasks = media, tasks
        self._playing: asyncio.Task[None] | None = None
        self._over = False

    def start(self) -> None:
        if self._playing is None and not self._over:
            self._playing = self._tasks.create_task(self._media.play([RINGING], repeat=True))

    def stop(self) -> None:
        self._over = True
        if self._playing is not None:
            self._playing.cancel()


@asynccontextmanager
async def ringing_tone(media: MediaSession) -> AsyncGenerator[RingingTone]:
    """To be started when a phone rings; it stops at the latest when the block is left."""
    async with asyncio.TaskGroup() as tasks:
        tone = RingingTone(media, tasks)
        try:
            yield tone
        finally:
            tone.stop()
