"""Whether somebody speaks: synthetic speech of three languages in noise of three kinds."""

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from media.audio.library import read_audio
from media.audio.voice import VoiceActivity

Audio = npt.NDArray[np.float64]

SENTENCES = {
    "en": "I would like to make an appointment for Monday at ten please",
    "lv": "Labdien, es gribētu pieteikties pie ārsta pirmdien",
    "ru": "Здравствуйте, я хотел бы записаться к врачу",
}
SPEECH_RMS = 0.1
LEAD = 8000  # samples of noise before and after


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Audio]:
    """Each sentence, at -20 dBFS, without its silent ends."""
    folder: Path = tmp_path_factory.mktemp("voices")
    spoken: dict[str, Audio] = {}
    for language, text in SENTENCES.items():
        path = folder / f"{language}.wav"
        subprocess.run(["espeak-ng", "-v", language, "-w", str(path), text], check=True)
        audio = read_audio(path) / 32768
        loud = np.flatnonzero(np.abs(audio) > 0.01)
        audio = audio[loud[0] : loud[-1]]
        spoken[language] = audio * (SPEECH_RMS / np.sqrt(np.mean(audio**2)))
    return spoken


def noise(kind: str, samples: int, rms: float, seed: int = 1) -> Audio:
    """White, pink (3 dB less an octave) or brown (6 dB)."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 1, samples))
    octaves = np.maximum(1, np.arange(len(spectrum))) ** {"white": 0.0, "pink": -0.5, "brown": -1.0}[kind]
    audio = np.fft.irfft(spectrum * octaves, samples)
    return audio * (rms / np.sqrt(np.mean(audio**2)))


def judged(audio: Audio) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Of each frame: whether somebody speaks, and how probable speech is."""
    detector, samples = VoiceActivity(), np.clip(np.rint(audio * 32767), -32768, 32767).astype(np.int16)
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    probable = [(detector.hear(frame.tobytes()), detector.speaking) for frame in frames]
    return np.array([speaking for _, speaking in probable]), np.array([likely for likely, _ in probable])


@pytest.mark.parametrize("kind", ["white", "pink", "brown"])
@pytest.mark.parametrize("rms", [0.001, 0.01, 0.03])
def test_steady_noise_is_no_speech_from_its_first_frame_on(kind: str, rms: float) -> None:
    speaking, likely = judged(noise(kind, 8000 * 20, rms))
    assert not speaking.any()
    assert (likely > 0.5).mean() < 0.01


def test_noise_however_loud_is_known_after_a_second_and_a_half() -> None:
    speaking, _ = judged(np.concatenate([noise("pink", 16000, 0.001), noise("white", 8000 * 6, 0.2)]))
    assert not speaking[100 + 75 + 15 :].any()


def test_silence_and_clicks_are_no_speech() -> None:
    audio = noise("pink", 8000 * 5, 0.002)
    audio[:8000] = 0
    for at in range(9000, len(audio), 4000):
        audio[at : at + 40] = 0.5
    speaking, likely = judged(audio)
    assert not speaking.any()
    assert likely[:50].max() == 0
    assert (likely > 0.5).any()


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize(("kind", "noise_db"), [("pink", -60), ("pink", -40), ("white", -40), ("brown", -30)])
def test_speech_is_found_and_its_ends_are(
    voices: dict[str, Audio], language: str, kind: str, noise_db: int
) -> None:
    voice = voices[language]
    audio = np.concatenate([np.zeros(LEAD), voice, np.zeros(LEAD)])
    speaking, likely = judged(audio + noise(kind, len(audio), 10 ** (noise_db / 20)))
    first, last = LEAD // 160, (LEAD + len(voice)) // 160
    found = np.flatnonzero(speaking)
    assert -1 <= found[0] - first <= 5
    assert -12 <= found[-1] - last <= 14
    assert speaking[first:last].mean() > 0.85
    assert likely[: first - 1].max() < 0.5
    assert likely[first:last].mean() > 0.5


@pytest.mark.parametrize("language", SENTENCES)
def test_speech_out_of_digital_silence_is_found(voices: dict[str, Audio], language: str) -> None:
    """Cut into in the middle of a word, from a telephone that suppresses all noise."""
    voice = voices[language][2000:]
    speaking, _ = judged(np.concatenate([np.zeros(LEAD), voice, np.zeros(LEAD)]))
    found = np.flatnonzero(speaking)
    assert found[0] - LEAD // 160 <= 6
    assert speaking[LEAD // 160 : (LEAD + len(voice)) // 160].mean() > 0.85
    assert not speaking[-25:].any()


def test_after_digital_silence_a_usual_noise_is_presumed() -> None:
    faint, usual = noise("pink", 16000, 0.0003), noise("pink", 16000, 0.015)
    speaking, _ = judged(np.concatenate([faint, np.zeros(16000), usual]))
    assert not speaking.any()


def test_a_quiet_voice_far_from_the_telephone_is_nobody(voices: dict[str, Audio]) -> None:
    speaking, _ = judged(voices["en"] * 0.01 + noise("pink", len(voices["en"]), 0.0001))
    assert not speaking.any()


def test_a_stop_within_a_word_is_no_end_but_a_pause_is(voices: dict[str, Audio]) -> None:
    word = voices["en"][:4800]
    for pause, ends in ((0.1, 1), (0.6, 2)):
        audio = np.concatenate([np.zeros(LEAD), word, np.zeros(round(8000 * pause)), word, np.zeros(LEAD)])
        speaking, _ = judged(audio + noise("pink", len(audio), 0.002))
        assert np.sum(np.diff(speaking.astype(int)) == -1) == ends
