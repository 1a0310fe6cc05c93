"""Is somebody speaking? Told frame by frame from how far the bands of speech rise above their noise."""

from typing import Final

import numpy as np
import numpy.typing as npt

from media.audio.tones import RATE
from media.codecs.g711 import FRAME

Levels = npt.NDArray[np.float64]

_POINTS: Final = 256
_EDGES: Final = np.array((200, 400, 700, 1100, 1700, 2500, 3500)) * _POINTS // RATE  # of the bands, in bins
_WINDOW: Final = np.hanning(FRAME) / 32768
_SCALES: Final = np.diff(_EDGES) * float(np.square(np.hanning(FRAME)).sum())  # makes powers mean squares
_SMOOTHING: Final = 0.6  # of the levels that noise is told from: the share of the frame before
_MEMORY: Final = 75  # frames: no speech goes on for 1.5 s without a gap in every band
_BEST: Final = 3  # bands that count: a vowel fills the lower, a sibilant the upper half
_EVEN: Final = 9.0  # dB above the least noise, where speech is as likely as not; noise alone seldom passes 6
_SLOPE: Final = 1.5  # dB
_USUAL: Final = np.full(len(_SCALES), 3e-4)  # a noise in mean squares, full scale being 1: speech is louder
_FLOOR: Final = 1e-9  # of a band: quieter noise is none
_QUIET: Final = 1e-5  # of a frame: what is below -50 dBFS is nobody who speaks into a telephone
_ONSET: Final = 3  # likely frames in a row: a click is no speech
_HANGOVER: Final = 10  # unlikely frames in a row: a stop within a word is no end


class VoiceActivity:
    """Feed it every frame of one voice, in order; it takes about 0.1 ms.

    A band's noise is the least of its smoothed levels in the last 1.5 s (minimum statistics: R. Martin, IEEE
    Trans. Speech and Audio Processing 9(5), 2001): steady noise however loud is known after that time, and
    speech never passes for noise. Digital silence, where nothing came, tells nothing of it: a usual one is
    presumed.
    """

    def __init__(self) -> None:
        self._levels: Levels = np.tile(_USUAL, (_MEMORY, 1))
        self._smooth: Levels = _USUAL
        self._row = self._likely = self._unlikely = 0
        self.speaking = False
        """Speech has begun and has not been over for 0.2 s."""

    def hear(self, frame: bytes) -> float:
        """The probability, 0 to 1, that these 20 ms of 16-bit PCM at 8 kHz are speech."""
        probability = self._judge(np.frombuffer(frame, np.int16))
        likely = probability > 0.5
        self._likely, self._unlikely = (self._likely + 1, 0) if likely else (0, self._unlikely + 1)
        if self._likely >= _ONSET:
            self.speaking = True
        elif self._unlikely >= _HANGOVER:
            self.speaking = False
        return probability

    def _judge(self, samples: npt.NDArray[np.int16]) -> float:
        row, self._row = self._row, (self._row + 1) % _MEMORY
        if samples.any():
            powers = np.square(np.abs(np.fft.rfft(samples * _WINDOW, _POINTS)))
            bands: Levels = np.add.reduceat(powers, _EDGES)[:-1] / _SCALES
        else:
            bands = _USUAL
        self._smooth = _SMOOTHING * self._smooth + (1 - _SMOOTHING) * bands
        self._levels[row] = self._smooth
        if float(np.square(samples / 32768).mean()) < _QUIET:
            return 0.0
        rise = 10 * np.log10((bands + _FLOOR) / (self._levels.min(axis=0) + _FLOOR))
        best = float(np.sort(rise)[-_BEST:].mean())
        return float(1 / (1 + np.exp((_EVEN - best) / _SLOPE)))
