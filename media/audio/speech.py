"""Prompts from text, ahead of time: by the espeak-ng program, or by any command that writes audio."""

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
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
_JOINT_SECONDS = 0.03  # at either side of words in the middle of a sentence
_LONGEST_RUN = 60  # seconds
_HOLE = re.compile(r"\{(?:text|voice|file)\}")


class NoSpeech(Exception):  # noqa: N818 - named as the fact it states
    """The text could not be spoken; the message says why and what to install or change."""


def synthesise(
    text: str, language: str, path: Path, *, voice: str | None = None, rate_wpm: int = 160
) -> None:
    """Speak `text` into a WAV file, 8 kHz mono 16 bit, at -20 dBFS; the same text gives the same bytes.

    `language` is one of espeak-ng's ("en", "lv"), `voice` one of its variants ("f2"). Words that no mark ends
    are part of a sentence: the voice stays up after them, and the silence around them is short. Raises
    NoSpeech.
    """
    said = f"{text}," if _goes_on(text) else text
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "speech.wav"
        _run_espeak(said, f"{language}+{voice}" if voice else language, rate_wpm, raw)
        _polish_into(path, raw, text, "espeak-ng")


def synthesise_with(command: Sequence[str], text: str, voice: str, path: Path) -> None:
    """Let a command speak, with {text}, {voice} and {file} in its arguments filled in, and no shell.

    It writes audio of any kind to {file}, and finds the text on its standard input unless an argument has it.
    What becomes of the audio is as for `synthesise`. Raises NoSpeech.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "speech.wav"
        given = {"{text}": text, "{voice}": voice, "{file}": str(raw)}
        arguments = [_HOLE.sub(lambda found: given[found[0]], argument) for argument in command]
        asks = any("{text}" in argument for argument in command)
        _run(
            arguments, "" if asks else text, f"cannot speak with voice {voice!r}", "correct [speech] command"
        )
        _polish_into(path, raw, text, command[0])


def _goes_on(text: str) -> bool:
    """Is it the beginning or the middle of a sentence, with no mark at its end?"""
    return text.rstrip()[-1:].isalnum()


def _polish_into(path: Path, raw: Path, text: str, program: str) -> None:
    """Whole or not at all, also where two processes make the same file at once."""
    try:
        spoken = polish(read_audio(raw), _JOINT_SECONDS if _goes_on(text) else _EDGE_SECONDS)
    except ValueError as problem:
        raise NoSpeech(f"{program} made no speech of {text[:60]!r}") from problem
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.stem}.{os.getpid()}.draft")
    soundfile.write(draft, spoken, RATE, subtype="PCM_16", format="WAV")
    draft.replace(path)


def _run_espeak(text: str, voice: str, rate_wpm: int, target: Path) -> None:
    command = ["espeak-ng", "-v", voice, "-s", str(rate_wpm), "-b", "1", "--stdin", "-w", str(target)]
    _run(command, text, f"cannot speak with voice {voice!r}", "apt install espeak-ng")


def _run(command: Sequence[str], text: str, failure: str, to_install: str) -> None:
    program = command[0]
    try:
        subprocess.run(  # noqa: S603 - a list, no shell
            command, input=text.encode(), capture_output=True, check=True, timeout=_LONGEST_RUN
        )
    except FileNotFoundError as problem:
        raise NoSpeech(f"{program} is not installed: {to_install}") from problem
    except (OSError, ValueError) as problem:
        raise NoSpeech(f"{program} cannot be run: {problem}") from problem
    except subprocess.TimeoutExpired as problem:
        raise NoSpeech(f"{program} spoke for more than {_LONGEST_RUN} seconds: shorten the text") from problem
    except subprocess.CalledProcessError as problem:
        said = problem.stderr.decode(errors="replace").strip().splitlines()
        raise NoSpeech(f"{program} {failure}: {said[-1] if said else 'no reason'}") from problem


def polish(samples: Samples, edge_seconds: float = _EDGE_SECONDS) -> Samples:
    """Cut silent ends, bring to the usual loudness, and leave a short breath at either side.

    Raises ValueError for nothing but silence.
    """
    audio = samples.astype(np.float64) / 32768
    loud = np.flatnonzero(np.abs(audio) > _THRESHOLD)
    if not loud.size:
        raise ValueError("nothing but silence")
    spoken: npt.NDArray[np.float64] = audio[loud[0] : loud[-1] + 1]
    gain = min(_LOUDNESS / float(np.sqrt(np.mean(spoken**2))), _CEILING / float(np.abs(spoken).max()))
    edge = np.zeros(round(edge_seconds * RATE))
    return np.rint(np.concatenate([edge, spoken * gain, edge]) * 32767).astype(np.int16)
