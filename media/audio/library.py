"""Prompts and music: audio files encoded once into files of mu-law frames that every process can map."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from media.codecs.g711 import FRAME, Codes, Samples, encode_ulaw

RATE = 8000
MAX_SECONDS = 30 * 60
"""Longer audio is refused: it is a mistake more often than a prompt."""


_EDITION = 1  # of the way files are encoded: another way, another name


class Clip(NamedTuple):
    """Encoded audio: `frames` rows of 160 mu-law bytes in the file at `path`."""

    name: str
    path: Path
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames * FRAME / RATE


class Library:
    """Encodes into `folder`, where files are named after what they were made of: nothing is encoded twice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, path: Path) -> Clip:
        """Encode the file at `path` unless that was done before; takes its time.

        Raises ValueError naming the file if it holds no audio.
        """
        return self._keep(name, _fingerprint(path), lambda: read_audio(path))

    def add_samples(self, name: str, samples: Samples) -> Clip:
        """The same for audio that is in no file, mono at 8 kHz."""
        return self._keep(name, hashlib.sha256(samples.tobytes()).hexdigest(), lambda: samples)

    def _keep(self, name: str, fingerprint: str, read: Callable[[], Samples]) -> Clip:
        target = self._folder / f"{fingerprint}-{_EDITION}.ulaw"
        if not _is_whole(target):
            _write(target, to_frames(read()))
        return Clip(name, target, target.stat().st_size // FRAME)


def load_clip(path: Path) -> Codes:
    """The frames of a clip, (frames, 160), mapped read-only: processes share the memory."""
    return np.asarray(np.memmap(path, np.uint8, mode="r")).reshape(-1, FRAME)


def to_frames(samples: Samples) -> Codes:
    """Mu-law in whole frames, (frames, 160), the last one filled up with silence."""
    padded = np.zeros(-(-len(samples) // FRAME) * FRAME, np.int16)
    padded[: len(samples)] = samples
    return encode_ulaw(padded).reshape(-1, FRAME)


def read_audio(path: Path) -> Samples:
    """The audio of a file in any format libsndfile knows, mixed to mono at 8 kHz.

    Only audio that would clip is made quieter. Raises ValueError naming a file that is missing, unreadable,
    empty or longer than MAX_SECONDS.
    """
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > MAX_SECONDS * file.samplerate:
                raise ValueError(f"{path}: longer than {MAX_SECONDS // 60} minutes")
            audio = np.concatenate([np.zeros(0, np.float32), *_resampled(file)])
    except (soundfile.SoundFileError, OSError, TypeError) as problem:  # TypeError: a headerless format
        raise ValueError(f"{path}: cannot be read as audio: {problem}") from problem
    if not audio.size or not np.isfinite(audio).all():
        raise ValueError(f"{path}: holds no audio")
    return to_samples(audio)


def to_samples(audio: npt.NDArray[np.float32]) -> Samples:
    """Full scale is 1.0; louder audio is scaled down as a whole."""
    peak = max(1.0, float(np.abs(audio).max()))
    return np.clip(np.rint(audio * (32768 / peak)), -32768, 32767).astype(np.int16)


def _resampled(file: soundfile.SoundFile) -> Iterator[npt.NDArray[np.float32]]:
    """A second at a time, so that what is held is the little that comes out."""
    stream = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32", quality="HQ")
    left = MAX_SECONDS * file.samplerate
    while left > 0:
        channels = file.read(min(left, file.samplerate), dtype="float32", always_2d=True)
        with np.errstate(over="ignore", invalid="ignore"):  # of files with impossible numbers
            block = channels.mean(axis=1)
        left -= len(block)
        if not len(block):
            break
        yield block if file.samplerate == RATE else stream.resample_chunk(block)
    if file.samplerate != RATE:
        yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _fingerprint(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise ValueError(f"{path}: cannot be read: {problem.strerror}") from problem


def _is_whole(target: Path) -> bool:
    """A file cut off by a power failure is made anew."""
    size = target.stat().st_size if target.exists() else 0
    return size > 0 and size % FRAME == 0


def _write(target: Path, frames: Codes) -> None:
    """Whole or not at all, also where two processes encode the same file at once."""
    draft = target.with_name(f"{target.stem}.{os.getpid()}.draft")
    draft.write_bytes(frames.tobytes())
    draft.replace(target)
