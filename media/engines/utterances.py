"""What a peer without a phone says: sounds on the loop's clock, read as frames or as a stretch."""

import asyncio
from collections import deque

from media.audio.tones import RATE, tone

_KEPT = 200  # sounds
_BYTES = 2 * RATE  # in a second


class Utterances:
    """One after another: each begins when it is said, or when the one before is over."""

    def __init__(self) -> None:
        self._all: deque[tuple[float, bytes]] = deque(maxlen=_KEPT)  # when each begins, and its PCM
        self._added: asyncio.Future[None] | None = None
        self.end = 0.0  # of the last one, in loop seconds

    def add(self, sound: bytes | float, now: float) -> None:
        """16-bit PCM at 8 kHz, or so many seconds of a tone that passes for speech."""
        pcm = sound if isinstance(sound, bytes) else tone(440, sound).tobytes()
        begin = max(now, self.end)
        self._all.append((begin, pcm))
        self.end = begin + len(pcm) / _BYTES
        if self._added is not None and not self._added.done():
            self._added.set_result(None)

    async def wait(self, seconds: float) -> None:
        """Return when one was added, or after so long."""
        if self._added is None or self._added.done():
            self._added = asyncio.get_running_loop().create_future()
        await asyncio.wait((self._added,), timeout=seconds)

    def between(self, begin: float, end: float) -> bytes:
        """What was said in this time, with the silence before, in between and after."""
        stretch = bytearray(_place(end - begin))
        for at, pcm in self._all:
            start = _place(at - begin)
            if start < len(stretch) and start + len(pcm) > 0:
                heard = pcm[max(0, -start) : len(stretch) - start]
                start = max(0, start)
                stretch[start : start + len(heard)] = heard
        return bytes(stretch)


def _place(seconds: float) -> int:
    return 2 * round(seconds * RATE)
