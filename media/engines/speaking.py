"""Speech on its way to a leg: whole frames out of chunks of any size, and no more than a second ahead."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from media.rtp.jitter import FRAME_BYTES

AHEAD = 50  # frames that may be underway
AT_ONCE = 10  # frames in one message, so that a full batch of them fits a datagram


async def in_frames(audio: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same sound as at most AT_ONCE whole frames at a time, the last one filled up with silence."""
    left = b""
    async for chunk in audio:
        left += chunk
        whole = len(left) - len(left) % FRAME_BYTES
        for start in range(0, whole, AT_ONCE * FRAME_BYTES):
            yield left[start : min(whole, start + AT_ONCE * FRAME_BYTES)]
        left = left[whole:]
    if left:
        yield left.ljust(FRAME_BYTES, b"\0")


class Window:
    """How many frames are underway: sent to where they are paced, and not yet said."""

    def __init__(self) -> None:
        self._underway = 0
        self._closed = False
        self._changed: asyncio.Future[None] | None = None

    async def room(self, frames: int) -> bool:
        """Take so many, at most AHEAD, once there is room for them; False when it was closed instead."""
        while not self._closed and self._underway + frames > AHEAD:
            self._changed = asyncio.get_running_loop().create_future()
            await self._changed
        self._underway += frames
        return not self._closed

    def said(self, frames: int) -> None:
        self._underway -= frames
        self._wake()

    def close(self) -> None:
        """Nobody is waiting for them any more."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)
