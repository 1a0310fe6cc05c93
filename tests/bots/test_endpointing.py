import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pbx.bots.endpointing import CHUNK, CHUNK_SECONDS, Endpointer, Energy


def told(probabilities: list[float], end_of_turn: float = 0.5, seconds: float = 0.1) -> list[tuple[int, str]]:
    endpointer = Endpointer(end_of_turn)
    events = ((at, endpointer.feed(p, seconds)) for at, p in enumerate(probabilities))
    return [(at, event) for at, event in events if event is not None]


def test_speech_begins_with_speech_and_ends_after_silence():
    assert told([0.0, 0.0, 0.9, 0.9] + [0.0] * 6) == [(2, "began"), (8, "ended")]


def test_a_pause_that_is_short_ends_nothing():
    assert told([0.9, 0.0, 0.0, 0.0, 0.0, 0.9, 0.9] + [0.0] * 5) == [(0, "began"), (11, "ended")]


def test_what_is_doubtful_neither_begins_nor_ends_anything():
    assert told([0.4] * 20) == []
    assert told([0.9, *[0.4] * 20]) == [(0, "began")]


def test_a_click_begins_nothing():
    endpointer = Endpointer(0.5)
    assert [endpointer.feed(p, CHUNK_SECONDS) for p in (0.9, 0.0, 0.9, 0.0)] == [None] * 4
    assert [endpointer.feed(p, CHUNK_SECONDS) for p in (0.9, 0.9)] == [None, "began"]


@given(st.lists(st.floats(0, 1), max_size=200))
def test_beginnings_and_ends_alternate(probabilities: list[float]):
    events = [event for _, event in told(probabilities, seconds=0.032)]
    assert events == ["began", "ended"] * (len(events) // 2) + ["began"] * (len(events) % 2)


def sound(level: float, seed: int = 0) -> bytes:
    noise = np.random.default_rng(seed).normal(0, level, CHUNK)
    return np.clip(noise, -32768, 32767).astype("<i2").tobytes()


def test_loud_sound_is_speech_for_the_energy_detector_and_quiet_is_not():
    detect = Energy()
    assert [detect(sound(20)) for _ in range(10)] == [0.0] * 10
    assert detect(sound(3000)) == 1.0
    assert detect(bytes(2 * CHUNK)) == 0.0


def test_a_steady_noise_becomes_background():
    detect = Energy()
    heard = [detect(sound(1000, seed)) for seed in range(300)]
    assert heard[0] == 1.0
    assert heard[-1] == 0.0
    assert detect(sound(8000)) == 1.0
