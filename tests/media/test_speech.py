"""Words that are said in the middle of a sentence: joined closely, and with the voice up."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from media.audio.library import RATE, read_audio
from media.audio.speech import synthesise
from media.codecs.g711 import Samples

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="needs the Debian package espeak-ng"
)


def spoken(text: str, language: str, folder: Path) -> Samples:
    path = folder / "speech.wav"
    synthesise(text, language, path)
    return read_audio(path)


def silence_before(samples: Samples) -> float:
    return float(np.flatnonzero(np.abs(samples) > 90)[0]) / RATE


def pitch_at_the_end(samples: Samples) -> float:
    """Of the last tenth of a second that is voiced, by its strongest autocorrelation from 60 to 250 Hz."""
    loud = np.flatnonzero(np.abs(samples) > 1000)
    tail = samples[loud[-1] - RATE // 10 : loud[-1]].astype(np.float64)
    likeness = np.correlate(tail, tail, "full")[len(tail) - 1 :]
    slowest, fastest = RATE // 60, RATE // 250
    return RATE / (fastest + int(likeness[fastest:slowest].argmax()))


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "forty"), ("lv", "divi simti"), ("cs", "minuty"), ("pl", "dwadzieścia"), ("ru", "минуты")],
)
def test_a_word_without_a_full_stop_goes_on(tmp_path: Path, language: str, word: str):
    within, last = spoken(word, language, tmp_path), spoken(f"{word}.", language, tmp_path)
    assert silence_before(within) == pytest.approx(0.03, abs=0.01)
    assert silence_before(last) == pytest.approx(0.08, abs=0.01)
    assert pitch_at_the_end(within) > 1.05 * pitch_at_the_end(last)
