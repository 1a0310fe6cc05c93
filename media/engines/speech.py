"""What a leg is to say as it comes from the switch, paced here."""

from collections import deque

from media.engines.speaking import AHEAD
from media.rtp.jitter import FRAME_BYTES

_KEPT = 2 * AHEAD  # frames: twice what the switch sends ahead
_REPORTED_AT_ONCE = 10  # frames: told of more often, the switch would wake for little


class Speech:
    """Frames of PCM waiting for their turn. `play` is the number its end is reported by."""

    __slots__ = ("_frames", "_gap", "_last", "_unreported", "play")

    def __init__(self, play: int) -> None:
        self.play = play
        self._frames: deque[bytes] = deque()
        self._last = False
        self._gap = True
        self._unreported = 0

    @property
    def over(self) -> bool:
        """All was said, and no more will come."""
        return self._last and not self._frames

    def add(self, audio: bytes, *, last: bool) -> None:
        """Whole frames; more than are kept are dropped, as only a switch gone wrong sends them."""
        for start in range(0, len(audio), FRAME_BYTES):
            if len(self._frames) < _KEPT:
                self._frames.append(audio[start : start + FRAME_BYTES])
        self._last = self._last or last

    def next(self) -> tuple[bytes, bool] | None:
        """A frame, and whether it is the first of a talkspurt; None while there is nothing to say."""
        if not self._frames:
            self._gap = True
            return None
        first, self._gap = self._gap, False
        self._unreported += 1
        return self._frames.popleft(), first

    def said(self) -> int:
        """Frames to report now, once there are enough of them or nothing is left to be said."""
        if self._frames and self._unreported < _REPORTED_AT_ONCE:
            return 0
        said, self._unreported = self._unreported, 0
        return said
