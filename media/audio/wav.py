"""A WAV file that is whole at every moment: 16-bit mono PCM at 8 kHz, written piece by piece."""

import os
from pathlib import Path
from struct import Struct

from media.audio.tones import RATE

_HEADER = Struct("<4sI4s4sIHHIIHH4sI")
_BYTES = 2  # in a sample
_PCM, _CHANNELS = 1, 1


def header(size: int) -> bytes:
    """Of a file with so many bytes of PCM (RIFF, "fmt " and "data" chunks)."""
    beyond = _HEADER.size - 8  # what the RIFF chunk counts besides
    form = (_PCM, _CHANNELS, RATE, RATE * _BYTES, _BYTES, 8 * _BYTES)
    return _HEADER.pack(b"RIFF", beyond + size, b"WAVE", b"fmt ", 16, *form, b"data", size)


class WavFile:
    """Sound is written before the header says so: whoever is killed in between leaves a file that is valid.

    All that reaches the disk is in the kernel's hands, not on the medium: nothing waits for that. Raises
    OSError everywhere. An old file is emptied; a new one may be read by its owner only.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self.size = 0  # of the sound, in bytes
        try:
            self._head()
        except OSError:
            self.close()
            raise

    @property
    def seconds(self) -> float:
        return self.size / (RATE * _BYTES)

    def write(self, pcm: bytes) -> None:
        done = os.pwrite(self._descriptor, pcm, _HEADER.size + self.size)
        self.size += done - done % _BYTES
        self._head()
        if done < len(pcm):
            raise OSError(f"only {done} of {len(pcm)} bytes could be written")

    def close(self) -> None:
        os.close(self._descriptor)

    def _head(self) -> None:
        os.pwrite(self._descriptor, header(self.size), 0)
