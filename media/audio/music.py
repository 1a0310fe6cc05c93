"""Waiting music of our own, free of anybody's rights: a slow broken chord over four chords."""

from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from media.audio.tones import RATE
from media.codecs.g711 import Samples

_CHORDS: Final = ((57, 60, 64, 69), (53, 57, 60, 65), (48, 52, 55, 60), (55, 59, 62, 67))  # MIDI note numbers
_PATTERN: Final = (0, 1, 2, 3, 2, 1)
_NOTE: Final = 0.5  # seconds from one note to the next
_RING: Final = 2.0  # seconds that a note is heard
_LEVEL: Final = 0.12  # peak of a single note, as a share of full scale


def compose() -> Samples:
    """A piece of 24 seconds at 8 kHz that ends as it begins, so that it can go round."""
    notes = [chord[step] for chord in _CHORDS for step in (*_PATTERN, *_PATTERN)]
    piece = np.zeros(round(len(notes) * _NOTE * RATE))
    time = np.arange(round(_RING * RATE)) / RATE
    fading = np.exp(-2.5 * time) * np.minimum(1, time / 0.01)
    for number, note in enumerate(notes):
        frequency = 440 * 2 ** ((note - 69) / 12)
        sound = np.sin(2 * np.pi * frequency * time) + 0.3 * np.sin(4 * np.pi * frequency * time)
        places = (round(number * _NOTE * RATE) + np.arange(len(time))) % len(piece)
        piece[places] += _LEVEL * fading * sound
    return np.rint(32767 * piece).astype(np.int16)


def write_music(path: Path) -> None:
    """Write the piece to a FLAC file. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, compose(), RATE)
