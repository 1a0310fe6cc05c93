"""Prompts from text, by the espeak-ng program, ahead of time."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from media.audio.library import RATE, read_audio
from media.codecs.g711 import Samples

_LOUDNESS = 0.1  # -20 dBFS RMS over the spoken part
_CEILING = 0.89  # -1 dBFS
_THRESHOLD = 0.003  # -50 dBFS: quieter ends are cut
_EDGE_SECONDS = 0.08


class NoSpeech(Exception):  # noqa: N818 - named as the fact it states
    """The text could not be spoken; the message says why and what to install or change."""


def synthesise(
    text: str, language: str, path: Path, *, voice: str | None = None, rate_wpm: int = 160
) -> None:
    """Speak `text` into a WAV file, 8 kHz mono 16 bit, at -20 dBFS; the same text gives the same bytes.

    `language` is one of espeak-ng's ("en", "lv"), `voice` one of its variants ("f2"). Raises NoSpeech.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "speech.wav"
        _run_espeak(text, f"{language}+{voice}" if voice else language, rate_wpm, raw)
        try:
            spoken = polish(read_audio(raw))
        except ValueError as problem:
            raise NoSpeech(f"espeak-ng made no speech of {text[:60]!r}") from problem
    soundfile.write(path, spoken, RATE, subtype="PCM_16", format="WAV")


def _run_espeak(text: str, voice: str, rate_wpm: int, target: Path) -> None:
    command = ["espeak-ng", "-v", voice, "-s", str(rate_wpm), "-b", "1", "--stdin", "-w", str(target)]
    try:
        subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=60)  # noqa: S603 - a list, no shell
    except FileNotFoundError as problem:
        raise NoSpeech("espeak-ng is not installed: apt install espeak-ng") from problem
    except subprocess.CalledProcessError as problem:
        said = problem.stderr.decode(errors="replace").strip().splitlines()
        raise NoSpeech(
            f"espeak-ng cannot speak with voice {voice!r}: {said[-1] if said else 'no reason'}"
        ) from problem


def polish(samples: Samples) -> Samples:
    """Cut silent ends, bring to the usual loudness, and leave a short breath at either side.

    Raises ValueError for nothing but silence.
    """
    audio = samples.astype(np.float64) / 32768
    loud = np.flatnonzero(np.abs(audio) > _THRESHOLD)
    if not loud.size:
        raise ValueError("nothing but silence")
    spoken: npt.NDArray[np.float64] = audio[loud[0] : loud[-1] + 1]
    gain = min(_LOUDNESS / float(np.sqrt(np.mean(spoken**2))), _CEILING / float(np.abs(spoken).max()))
    edge = np.zeros(round(_EDGE_SECONDS * RATE))
    return np.rint(np.concatenate([edge, spoken * gain, edge]) * 32767).astype(np.int16)
