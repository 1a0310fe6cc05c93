"""Everybody who listens to one leg's peer, and the frames each of them has yet to take."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

FRAMES_KEPT = 100  # 2 s


class Frames:
    """An endless iterator over frames of PCM, until it is ended. The oldest make room for new ones."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque(maxlen=FRAMES_KEPT)
        self._wanted: asyncio.Future[None] | None = None
        self._over = False

    def __aiter__(self) -> "Frames":
        return self

    async def __anext__(self) -> bytes:
        while not self._frames:
            if self._over:
                raise StopAsyncIteration
            self._wanted = asyncio.get_running_loop().create_future()
            await self._wanted
        return self._frames.popleft()

    def put(self, frame: bytes) -> None:
        self._frames.append(frame)
        self._wake()

    def end(self) -> None:
        self._over = True
        self._wake()

    def _wake(self) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)


class Listeners:
    """All of them, while there are any."""

    def __init__(self) -> None:
        self._all: list[Frames] = []
        self._over = False

    def __bool__(self) -> bool:
        return bool(self._all)

    @asynccontextmanager
    async def join(self, switch: Callable[[bool], None]) -> AsyncGenerator[Frames, None]:
        """`switch` is told True when the first comes, and False when the last has gone."""
        frames = Frames()
        if self._over:
            frames.end()
        self._all.append(frames)
        if len(self._all) == 1:
            switch(True)
        try:
            yield frames
        finally:
            frames.end()
            self._all.remove(frames)
            if not self._all:
                switch(False)

    def hear(self, frame: bytes) -> None:
        for frames in self._all:
            frames.put(frame)

    def end(self) -> None:
        """Nothing will be heard any more."""
        self._over = True
        for frames in self._all:
            frames.end()
