"""Tones are what they say they are, and are found where they are."""

import numpy as np
import pytest

from media.audio.tones import goertzel_power, rms, silence, tone, tone_share
from media.codecs.g711 import decode_ulaw, encode_ulaw


def test_a_tone_has_its_length_peak_and_power() -> None:
    samples = tone(1000, 0.5, level=0.5)
    assert (samples.dtype, len(samples)) == (np.int16, 4000)
    assert samples.max() == pytest.approx(16384, abs=2)
    assert rms(samples) == pytest.approx(0.5 / 2**0.5, rel=0.001)
    assert goertzel_power(samples, 1000) == pytest.approx(0.125, rel=0.001)


def test_a_tone_is_heard_at_its_frequency_only() -> None:
    samples = tone(440, 0.5)
    assert tone_share(samples, 440) > 0.999
    for other in (350, 420, 460, 880, 1000):
        assert tone_share(samples, other) < 0.001


def test_of_two_tones_each_has_its_share() -> None:
    both = tone(700, 0.5, 0.2) + tone(1100, 0.5, 0.1)
    assert tone_share(np.full(800, 1000, np.int16), 0) == 1.0
    assert tone_share(both, 700) == pytest.approx(0.8, abs=0.01)
    assert tone_share(both, 1100) == pytest.approx(0.2, abs=0.01)


def test_mulaw_leaves_a_tone_a_tone() -> None:
    assert tone_share(decode_ulaw(encode_ulaw(tone(400, 0.2))), 400) > 0.99


def test_silence_has_no_tone_and_no_level() -> None:
    assert len(silence(0.02)) == 160
    for nothing in (silence(0.1), silence(0)):
        assert (rms(nothing), goertzel_power(nothing, 400), tone_share(nothing, 400)) == (0.0, 0.0, 0.0)


def test_noise_has_little_of_any_tone() -> None:
    noise = np.random.default_rng(1).integers(-8000, 8000, 8000).astype(np.int16)
    assert tone_share(noise, 1000) < 0.01
