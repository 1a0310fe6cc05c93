"""Tones to play and to look for: the ringing tone, and what tests and the demo listen with."""

import numpy as np

from media.codecs.g711 import Samples

RATE = 8000


def tone(frequency_hz: float, seconds: float, level: float = 0.25) -> Samples:
    """A sine at 8 kHz whose peak is `level` of full scale."""
    angle = 2 * np.pi * frequency_hz / RATE * np.arange(round(seconds * RATE))
    return np.rint(32767 * level * np.sin(angle)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.int16)


def ringing() -> Samples:
    """One turn of the ringing tone of most countries (ITU-T E.180): a second of 425 Hz, four of silence."""
    return np.concatenate([tone(425, 1.0), silence(4.0)])


def rms(samples: Samples) -> float:
    """Root mean square as a share of full scale; 0.0 for no samples."""
    return float(np.sqrt(_mean_square(samples)))


def goertzel_power(samples: Samples, frequency_hz: float) -> float:
    """Mean square of what is at this frequency, full scale being 1: a sine of peak p gives p*p/2.

    Its width is the audio's inverse: 0.1 s hear 10 Hz to either side.
    """
    if not len(samples):
        return 0.0
    turns = np.exp(-2j * np.pi * frequency_hz / RATE * np.arange(len(samples)))
    return float(2 * abs(np.dot(samples / 32768, turns) / len(samples)) ** 2)


def tone_share(samples: Samples, frequency_hz: float) -> float:
    """How much of the audio's power is at this frequency: 1.0 for the pure tone, 0.0 for silence."""
    whole = _mean_square(samples)
    return min(1.0, goertzel_power(samples, frequency_hz) / whole) if whole else 0.0


def _mean_square(samples: Samples) -> float:
    return float(np.mean(np.square(samples / 32768))) if len(samples) else 0.0
