import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest

from pbx.bots.espeak import Espeak
from pbx.bots.providers import ProviderError

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def spoken(voice: Espeak, *sentences: str, language: str = "en") -> list[bytes]:
    async def story() -> list[bytes]:
        return [b"".join([chunk async for chunk in voice.speak(text, language)]) for text in sentences]

    return asyncio.run(story())


@needs_espeak
@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "How can I help you?"), ("lv", "Kā varu palīdzēt?"), ("cs", "Jak vám mohu pomoci?"),
     ("pl", "Jak mogę pomóc?"), ("ru", "Чем могу помочь?")],
)  # fmt: skip
def test_a_sentence_is_a_second_or_two_of_telephone_audio_at_the_loudness_of_prompts(
    language: str, text: str
):
    (audio,) = spoken(Espeak(), text, language=language)
    samples = np.frombuffer(audio, "<i2")
    assert 0.7 < len(samples) / 8000 < 3
    assert 0.05 < np.sqrt(np.mean((samples / 32768) ** 2)) < 0.15
    assert np.abs(samples).max() <= 0.9 * 32768


@needs_espeak
def test_what_is_quiet_at_its_ends_is_cut():
    (audio,) = spoken(Espeak(), "Yes.")
    samples = np.abs(np.frombuffer(audio, "<i2").astype(int))
    assert samples[:400].max() > 300
    assert len(samples) < 8000


def program(folder: Path, script: str) -> str:
    path = folder / "voice"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


def test_nothing_is_synthesised_twice(tmp_path: Path):
    if (real := shutil.which("espeak-ng")) is None:
        pytest.skip("espeak-ng is not installed")
    voice = Espeak(program(tmp_path, f'echo run >> "{tmp_path}/runs"\nexec {real} "$@"'))
    first, again, other = spoken(voice, "Hello.", "Hello.", "Good day.")
    assert first == again != other
    assert (tmp_path / "runs").read_text().split() == ["run", "run"]


@pytest.mark.parametrize("script", ["exit 1", "true", "head -c 30 /dev/zero"])
def test_a_program_that_makes_no_speech_is_a_voice_that_fails(tmp_path: Path, script: str):
    with pytest.raises(ProviderError):
        spoken(Espeak(program(tmp_path, f"cat > /dev/null; {script}")), "Hello.")


def test_a_program_that_is_not_there_is_a_voice_that_fails():
    with pytest.raises(ProviderError, match="cannot be run"):
        spoken(Espeak("no-such-program"), "Hello.")


@needs_espeak
def test_text_cannot_become_an_option_and_marks_alone_are_a_breath():
    options, marks = spoken(Espeak(), "--version -w /tmp/x", "...")
    assert len(options) > 8000
    assert not any(marks)


def test_a_voice_that_is_cut_off_leaves_no_process(tmp_path: Path):
    voice = Espeak(program(tmp_path, f'echo $$ > "{tmp_path}/pid"; exec sleep 60'))

    async def story() -> None:
        async with asyncio.timeout(0.5):
            await anext(voice.speak("Hello.", "en"))

    with pytest.raises(TimeoutError):
        asyncio.run(story())
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()
