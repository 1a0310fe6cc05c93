"""Where an utterance begins and ends, from how likely speech is in every stretch of sound."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

CHUNK = 512  # samples at 16 kHz: 32 ms
CHUNK_SECONDS = CHUNK / 16000


class Detector(Protocol):
    """How likely there is speech, 0 to 1, in a chunk of CHUNK samples, 16-bit little-endian at 16 kHz."""

    def __call__(self, chunk: bytes, /) -> float: ...


@dataclass(slots=True)
class Endpointer:
    """Speech begins after a little of it, and ends after some silence; in between it may falter."""

    end_of_turn: float  # seconds of silence
    onset: float = 0.06  # seconds of speech: less is a click
    certain: float = 0.5  # probability from which it is speech
    doubtful: float = 0.35  # below which it is silence
    speaking: bool = False
    silence: float = 0.0  # seconds since the latest speech
    _run: float = 0.0

    def feed(self, probability: float, seconds: float) -> Literal["began", "ended"] | None:
        """What this stretch of sound makes of it."""
        self._run = self._run + seconds if probability >= self.certain else 0.0
        self.silence = 0.0 if probability >= self.doubtful else self.silence + seconds
        if not self.speaking and self._run >= self.onset:
            self.speaking = True
            return "began"
        if self.speaking and self.silence >= self.end_of_turn:
            self.speaking = False
            return "ended"
        return None


class Background:
    """The level of what is heard all the time: falls at once, and rises slowly."""

    RISE = 1.01  # in a chunk, so that a steady noise is background in the end

    def __init__(self, least: float) -> None:
        """Quieter than `least` is background whatever it is compared with."""
        self._least = least
        self._level = least

    def is_exceeded(self, level: float, times: float) -> bool:
        """Whether this level, the next that is heard, is so many times louder."""
        exceeded = level > max(self._least, self._level * times)
        self._level = min(max(level, 1.0), self._level * self.RISE)
        return exceeded


class Energy:
    """Takes what is much louder than the background for speech: for where there is no better detector."""

    LEAST = 200.0  # -44 dBFS: quieter is never speech
    LOUDER = 3.0  # than the background, about 10 dB

    def __init__(self) -> None:
        self._background = Background(self.LEAST)

    def __call__(self, chunk: bytes) -> float:
        return 1.0 if self._background.is_exceeded(loudness(chunk), self.LOUDER) else 0.0


def loudness(chunk: bytes) -> float:
    """The root mean square of 16-bit samples."""
    samples = np.frombuffer(chunk, "<i2").astype(np.float64)
    return float(np.sqrt(np.mean(samples**2)))
