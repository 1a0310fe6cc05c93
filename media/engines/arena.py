"""Every prompt's frames in one array, so that one gather builds the payloads of a whole tick."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from media.audio.library import load_clip
from media.codecs.g711 import FRAME, ULAW_TO_ALAW, Codes

_TO_ALAW = np.frombuffer(ULAW_TO_ALAW, np.uint8)
PAYLOAD = np.dtype((np.void, FRAME))


class Segment(NamedTuple):
    """Rows of the arena: from `start` to before `end`."""

    start: int
    end: int


class Arena:
    """Frames of 160 bytes. A clip is taken in when loaded, its A-law twin when first asked for."""

    def __init__(self, frames: int = 1 << 12) -> None:
        self._codes: Codes = np.empty((frames, FRAME), np.uint8)
        self._used = 0
        self._segments: dict[tuple[int, bool], Segment] = {}
        self.frames = self._codes.view(PAYLOAD)[:, 0]

    def load(self, clip: int, path: Path) -> None:
        """Raises OSError or ValueError if the file is not a clip."""
        self.add(clip, load_clip(path))

    def add(self, clip: int, codes: Codes) -> None:
        self._segments[clip, False] = self.append(codes)

    def segment(self, clip: int, *, alaw: bool) -> Segment:
        """Raises KeyError for a clip that was never loaded."""
        found = self._segments.get((clip, alaw))
        if found is None:
            start, end = self._segments[clip, False]
            found = self._segments[clip, alaw] = self.append(_TO_ALAW[self._codes[start:end]])
        return found

    def append(self, codes: Codes) -> Segment:
        """Take in frames of either codec."""
        start, end = self._used, self._used + len(codes)
        if end > len(self._codes):
            grown = np.empty((max(end, 2 * len(self._codes)), FRAME), np.uint8)
            grown[:start] = self._codes[:start]
            self._codes, self.frames = grown, grown.view(PAYLOAD)[:, 0]
        self._codes[start:end] = codes
        self._used = end
        return Segment(start, end)
