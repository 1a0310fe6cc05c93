"""Prompts: read from any file, encoded once, mapped by whoever plays them; and made from text."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from media.audio import library
from media.audio.library import Library, load_clip, read_audio, to_frames
from media.audio.speech import NoSpeech, polish, synthesise
from media.audio.tones import goertzel_power, ringing, rms, tone, tone_share
from media.codecs.g711 import ULAW_SILENCE, Samples, decode_ulaw

spoken = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs the Debian package espeak-ng")


def sine(
    rate: int, frequency: float, seconds: float, level: float = 0.5
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return level * np.sin(2 * np.pi * frequency / rate * np.arange(int(rate * seconds)))


def test_audio_at_8_khz_is_read_sample_for_sample(tmp_path: Path) -> None:
    samples = np.arange(-32768, 32768, 3).astype(np.int16)
    soundfile.write(tmp_path / "all.wav", samples, 8000, subtype="PCM_16")
    assert read_audio(tmp_path / "all.wav").tolist() == samples.tolist()


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_other_rates_keep_pitch_length_and_level(tmp_path: Path, rate: int, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    soundfile.write(path, sine(rate, 1000, 2.5), rate)
    samples = read_audio(path)
    assert samples.dtype == np.int16
    assert len(samples) == pytest.approx(20000, abs=2)
    assert tone_share(samples[400:-400], 1000) > 0.999
    assert goertzel_power(samples[400:-400], 1000) == pytest.approx(0.125, rel=0.01)


def test_what_8_khz_cannot_carry_is_left_out(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "high.wav", sine(48000, 5000, 1) + sine(48000, 1000, 1, 0.1), 48000)
    samples = read_audio(tmp_path / "high.wav")[400:-400]
    assert tone_share(samples, 1000) > 0.99
    assert goertzel_power(samples, 3000) < 1e-6


def test_stereo_is_mixed(tmp_path: Path) -> None:
    both = np.stack([sine(8000, 500, 1), sine(8000, 900, 1)], axis=1)
    soundfile.write(tmp_path / "stereo.wav", both, 8000)
    samples = read_audio(tmp_path / "stereo.wav")
    assert tone_share(samples, 500) == pytest.approx(0.5, abs=0.01)
    assert tone_share(samples, 900) == pytest.approx(0.5, abs=0.01)


def test_too_loud_audio_is_made_quieter_not_clipped(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "loud.wav", sine(8000, 500, 1, 3.0), 8000, subtype="FLOAT")
    samples = read_audio(tmp_path / "loud.wav")
    assert tone_share(samples, 500) > 0.999
    assert samples.max() >= 32700


def broken(folder: Path, kind: str) -> Path:
    path = folder / "prompt.wav"
    match kind:
        case "missing":
            pass
        case "text":
            path.write_text("this is no audio")
        case "without samples":
            soundfile.write(path, np.zeros(0, np.int16), 8000)
        case "a folder":
            path.mkdir()
        case "headerless":
            path = folder / "prompt.raw"
            path.write_bytes(bytes(1000))
        case "impossible":
            soundfile.write(path, np.array([0.1, np.nan, np.inf, -np.inf]), 48000, subtype="FLOAT")
        case _:
            soundfile.write(path, np.zeros(8000 * 3, np.int16), 8000)
    return path


@pytest.mark.parametrize(
    "kind", ["missing", "text", "without samples", "a folder", "headerless", "impossible"]
)
def test_what_holds_no_audio_is_named(tmp_path: Path, kind: str) -> None:
    path = broken(tmp_path, kind)
    with pytest.raises(ValueError, match=path.name):
        read_audio(path)
    with pytest.raises(ValueError, match=path.name):
        Library(tmp_path / "cache").add("prompt", path)
    assert not list((tmp_path / "cache").iterdir())


def test_too_long_audio_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = broken(tmp_path, "three seconds")
    monkeypatch.setattr(library, "MAX_SECONDS", 3)
    assert len(read_audio(path)) == 24000
    monkeypatch.setattr(library, "MAX_SECONDS", 2)
    with pytest.raises(ValueError, match=r"prompt\.wav: longer"):
        read_audio(path)


def test_frames_are_whole_and_end_in_silence() -> None:
    frames = to_frames(tone(400, 0.021))
    assert frames.shape == (2, 160)
    assert frames[1, 8:].tobytes() == ULAW_SILENCE[8:]
    assert to_frames(tone(400, 0.02)).shape == (1, 160)


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    path = tmp_path / "prompt.wav"
    soundfile.write(path, tone(400, 1.01), 8000)
    return path


def test_a_clip_can_be_mapped_and_heard(tmp_path: Path, prompt: Path) -> None:
    clip = Library(tmp_path / "cache").add("welcome", prompt)
    frames = load_clip(clip.path)
    assert (clip.name, clip.frames, frames.shape) == ("welcome", 51, (51, 160))
    assert clip.seconds == pytest.approx(1.02)
    assert not frames.flags.writeable
    assert tone_share(decode_ulaw(frames).reshape(-1)[:8000], 400) > 0.99


def test_what_is_in_no_file_is_a_clip_too(tmp_path: Path) -> None:
    clip = Library(tmp_path / "cache").add_samples("tone/ringing", ringing())
    samples = decode_ulaw(load_clip(clip.path)).reshape(-1)
    assert (clip.name, clip.seconds) == ("tone/ringing", 5.0)
    assert tone_share(samples[:8000], 425) > 0.99
    assert rms(samples[8000:]) < 0.001
    assert Library(tmp_path / "cache").add_samples("tone/ringing", ringing()) == clip


def test_the_same_audio_is_encoded_once(
    tmp_path: Path, prompt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[Path] = []

    def count(path: Path) -> Samples:
        encoded.append(path)
        return read_audio(path)

    monkeypatch.setattr(library, "read_audio", count)
    first = Library(tmp_path / "cache").add("one", prompt)
    again = Library(tmp_path / "cache").add("two", prompt)
    assert (first.path, first.frames, again.name) == (again.path, again.frames, "two")
    assert encoded == [prompt]
    soundfile.write(prompt, tone(800, 1.0), 8000)
    changed = Library(tmp_path / "cache").add("one", prompt)
    assert changed.path != first.path
    assert len(encoded) == 2


@pytest.mark.parametrize("left", [0, 1, 161])
def test_a_file_cut_off_by_a_power_failure_is_made_anew(tmp_path: Path, prompt: Path, left: int) -> None:
    clip = Library(tmp_path / "cache").add("one", prompt)
    clip.path.write_bytes(clip.path.read_bytes()[:left])
    assert Library(tmp_path / "cache").add("one", prompt) == clip
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [clip.path.name]


def test_faint_noise_around_speech_is_cut_and_the_speech_brought_to_its_level() -> None:
    hiss = np.random.default_rng(1).integers(-60, 60, 8000).astype(np.int16)
    spoken_part = tone(500, 1.0, 0.9)
    polished = polish(np.concatenate([hiss, spoken_part, hiss]))
    assert len(polished) == pytest.approx(8000 + 2 * 640, abs=4)
    assert rms(polished[640:-640]) == pytest.approx(0.1, rel=0.01)
    with pytest.raises(ValueError, match="silence"):
        polish(hiss)


def test_speech_with_one_loud_bang_stays_below_full_scale() -> None:
    quiet = tone(500, 1.0, 0.02)
    quiet[4000] = 32000
    assert np.abs(polish(quiet)).max() == pytest.approx(0.89 * 32767, abs=2)


@spoken
@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Welcome. For an appointment, press one."), ("lv", "Labdien! Lai pieteiktos, nospiediet viens.")],
)
def test_text_becomes_speech_at_the_usual_level_with_short_edges(
    tmp_path: Path, language: str, text: str
) -> None:
    path = tmp_path / "speech.wav"
    synthesise(text, language, path)
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype) == (8000, 1, "PCM_16")
    samples = read_audio(path)
    assert 1.0 < len(samples) / 8000 < 6.0
    assert not samples[:600].any()
    assert not samples[-600:].any()
    assert np.abs(samples[640:720]).max() > 90
    assert 0.08 < rms(samples[640:-640]) <= 0.101
    assert np.abs(samples.astype(np.int32)).max() < 29500


@spoken
def test_the_same_text_gives_the_same_bytes_and_another_voice_others(tmp_path: Path) -> None:
    one, two, other, slow = (tmp_path / f"{name}.wav" for name in ("one", "two", "other", "slow"))
    synthesise("Hello there", "en", one)
    synthesise("Hello there", "en", two)
    synthesise("Hello there", "en", other, voice="f2")
    synthesise("Hello there", "en", slow, rate_wpm=90)
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes() != other.read_bytes()
    assert slow.stat().st_size > 1.3 * one.stat().st_size


@spoken
@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [("Hello", "xx-nowhere", "voice 'xx-nowhere'"), ("", "en", "no speech"), ("   ", "en", "no speech")],
)
def test_what_cannot_be_spoken_is_said(tmp_path: Path, text: str, language: str, reason: str) -> None:
    with pytest.raises(NoSpeech, match=reason):
        synthesise(text, language, tmp_path / "x.wav")
    assert not (tmp_path / "x.wav").exists()


@spoken
def test_text_is_never_taken_for_an_option(tmp_path: Path) -> None:
    synthesise("--version", "en", tmp_path / "x.wav")
    assert len(read_audio(tmp_path / "x.wav")) > 4000


def test_without_espeak_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSpeech, match="apt install espeak-ng"):
        synthesise("Hello", "en", tmp_path / "x.wav")
