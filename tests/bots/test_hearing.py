from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.bots.hearing import BEFORE, Hearing, Upsampler
from pbx.bots.model import Heard, Partial, SpeechBegan, SpeechEnded, Voiced
from pbx.bots.vocabulary import Vocabulary
from pbx.bots.wire import LONGEST, vocabulary_bytes, vocabulary_of, voiced_bytes, voiced_of

LOUD, QUIET = (np.ones(160, "<i2") * 3000).tobytes(), bytes(320)
FRAMES = {"loud": LOUD, "quiet": QUIET}


class Clerk:
    """A recogniser that writes down how much it has heard."""

    def __init__(self) -> None:
        self.vocabularies: list[Vocabulary] = []
        self.samples = 0
        self.finished = 0

    def start(self, vocabulary: Vocabulary) -> None:
        self.vocabularies.append(vocabulary)
        self.samples = 0

    def hear(self, samples: bytes) -> None:
        self.samples += len(samples) // 2

    def guess(self) -> str:
        return "so far"

    def finish(self) -> tuple[str, float]:
        self.finished += 1
        return "the words", 0.8


def loud(chunk: bytes) -> float:
    return 1.0 if np.frombuffer(chunk, "<i2").max() > 1000 else 0.0


class Caller:
    def __init__(self, *clerks: Clerk) -> None:
        self.idle = list(clerks)
        self.hearing = Hearing(
            0.5, loud, lambda: self.idle.pop() if self.idle else None, lambda clerk: self.idle.append(clerk)  # pyright: ignore[reportArgumentType]
        )  # fmt: skip

    def sounds(self, *stretches: tuple[str, float]) -> list[Voiced]:
        return list(self._events(stretches))

    def _events(self, stretches: tuple[tuple[str, float], ...]) -> Iterator[Voiced]:
        for what, seconds in stretches:
            for _ in range(round(seconds / 0.02)):
                yield from self.hearing.feed(FRAMES[what])


def test_an_utterance_is_told_from_its_beginning_to_its_words():
    clerk = Clerk()
    caller = Caller(clerk)
    caller.hearing.vocabulary = Vocabulary(("tea",))
    events = caller.sounds(("quiet", 1), ("loud", 1), ("quiet", 1))
    assert events[0] == SpeechBegan(1)
    assert events[1] == Partial(1, "so far")
    ended, heard = events[2:]
    assert isinstance(ended, SpeechEnded)
    assert ended.silence == pytest.approx(0.5, abs=0.04)
    assert heard == Heard(1, "the words", 0.8)
    assert clerk.vocabularies == [Vocabulary(("tea",))]
    assert clerk.samples / 16000 == pytest.approx(1 + 0.5 + BEFORE * 0.032, abs=0.1), "from before it began"
    assert caller.idle == [clerk]


def test_utterances_are_numbered_and_the_recogniser_is_used_again():
    clerk = Clerk()
    events = Caller(clerk).sounds(*[("loud", 0.5), ("quiet", 1.0)] * 3)
    assert [event.utterance for event in events if isinstance(event, Heard)] == [1, 2, 3]
    assert clerk.finished == 3


def test_when_every_recogniser_is_busy_nothing_is_understood():
    events = Caller().sounds(("loud", 1), ("quiet", 1))
    assert events[-1] == Heard(1, "", 0.0)


def test_a_noise_without_end_is_ended_and_then_it_is_background():
    events = Caller(Clerk()).sounds(("loud", 45))
    assert [type(event) for event in events if not isinstance(event, Partial)] == [
        SpeechBegan,
        SpeechEnded,
        Heard,
    ]


def test_a_caller_who_leaves_gives_the_recogniser_back():
    clerk = Clerk()
    caller = Caller(clerk)
    caller.sounds(("loud", 1))
    assert caller.idle == []
    caller.hearing.close()
    caller.hearing.close()
    assert caller.idle == [clerk]


def test_silence_is_not_looked_at():
    looked: list[bytes] = []

    def detector(chunk: bytes) -> float:
        looked.append(chunk)
        return 0.0

    hearing = Hearing(0.5, detector, lambda: None, lambda clerk: None)
    for _ in range(50):
        list(hearing.feed(QUIET))
    assert looked == []
    list(hearing.feed(LOUD * 2))
    assert looked


def test_a_steady_noise_is_not_looked_at_for_long():
    looked: list[bytes] = []

    def detector(chunk: bytes) -> float:
        looked.append(chunk)
        return 0.0

    hearing = Hearing(0.5, detector, lambda: None, lambda clerk: None)
    noise = np.random.default_rng(0).normal(0, 300, 16000 * 10).astype("<i2").tobytes()
    for at in range(0, len(noise), 320):
        list(hearing.feed(noise[at : at + 320]))
    seconds = len(noise) / 16000
    assert len(looked) * 0.032 < seconds / 2
    before = len(looked)
    list(hearing.feed(LOUD * 2))
    assert len(looked) > before


def test_upsampling_keeps_a_tone_and_adds_none():
    at = np.arange(8000)
    tone = (10000 * np.sin(2 * np.pi * 1000 * at / 8000)).astype("<i2").tobytes()
    upsample = Upsampler()
    out = np.frombuffer(b"".join(upsample(tone[i : i + 320]) for i in range(0, len(tone), 320)), "<i2")
    assert len(out) == 16000
    spectrum = np.abs(np.fft.rfft(out[400:] * np.hanning(len(out) - 400)))
    frequency = np.argmax(spectrum) * 16000 / (len(out) - 400)
    assert frequency == pytest.approx(1000, abs=2)
    assert np.abs(out[400:]).max() == pytest.approx(10000, rel=0.02)
    assert spectrum[len(spectrum) // 2 :].max() < spectrum.max() / 100, "the mirror of the tone at 7 kHz"


texts = st.text(max_size=50)


@given(
    st.one_of(
        st.builds(SpeechBegan, st.integers(1, 9)),
        st.builds(SpeechEnded, st.integers(1, 9), st.floats(0, 5)),
        st.builds(Partial, st.integers(1, 9), texts),
        st.builds(Heard, st.integers(1, 9), texts, st.floats(0, 1)),
    )
)
def test_events_cross_the_pipe_as_they_are(event: Voiced):
    assert voiced_of(voiced_bytes(event, 7), 7) == event


def test_a_silence_has_lasted_longer_by_what_the_recogniser_lags():
    body = voiced_bytes(SpeechEnded(1, 0.4), 100)
    assert voiced_of(body, 150) == SpeechEnded(1, pytest.approx(1.4))  # pyright: ignore[reportArgumentType]


@given(st.builds(Vocabulary, st.lists(texts).map(tuple), st.frozensets(st.sampled_from(["date", "digits"]))))
def test_vocabularies_cross_the_pipe_as_they_are(vocabulary: Vocabulary):
    assert vocabulary_of(vocabulary_bytes(vocabulary)) == vocabulary


def test_of_a_huge_vocabulary_as_much_crosses_as_fits():
    body = vocabulary_bytes(Vocabulary(tuple(f"phrase number {n}" * 5 for n in range(5000))))
    assert 1000 < len(body) <= LONGEST
    assert vocabulary_of(body).phrases[0].startswith("phrase number 0")
