"""One caller's audio -> events of the voice: endpointing, then words. Runs in the recogniser's process."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from pbx.bots.endpointing import CHUNK, CHUNK_SECONDS, Background, Detector, Endpointer, loudness
from pbx.bots.model import Heard, Partial, SpeechBegan, SpeechEnded, Voiced
from pbx.bots.vocabulary import Vocabulary

BEFORE = 10  # chunks that are heard again when speech begins: its first sound is seldom loud
QUIET = 40.0  # root mean square (-58 dBFS) below which nobody need look for speech,
LOUDER = 1.5  # nor where it is hardly louder than the background: looking costs a tenth of a core
LONGEST = 20.0  # seconds of one utterance
GUESS_EVERY = 8  # chunks, about a quarter of a second
TAPS = 31


class Recogniser(Protocol):
    def start(self, vocabulary: Vocabulary) -> None: ...
    def hear(self, samples: bytes) -> None: ...
    def guess(self) -> str: ...
    def finish(self) -> tuple[str, float]: ...


class Upsampler:
    """8 kHz -> 16 kHz by a half-band filter, 31 taps, a millisecond late."""

    def __init__(self) -> None:
        at = np.arange(TAPS) - TAPS // 2
        self._taps = np.sinc(at / 2) * np.hamming(TAPS)
        self._before = np.zeros(TAPS - 1)

    def __call__(self, frame: bytes) -> bytes:
        samples = np.frombuffer(frame, "<i2")
        spread = np.zeros(2 * len(samples))
        spread[::2] = samples
        line = np.concatenate([self._before, spread])
        self._before = line[len(line) - TAPS + 1 :]
        return np.clip(np.rint(np.convolve(line, self._taps, "valid")), -32768, 32767).astype("<i2").tobytes()


class Hearing:
    """`borrow` and `give_back` hand out recognisers, each for the length of an utterance."""

    def __init__(
        self,
        end_of_turn: float,
        detector: Detector,
        borrow: Callable[[], Recogniser | None],
        give_back: Callable[[Recogniser], None],
    ) -> None:
        self.vocabulary = Vocabulary()
        self.frames = 0  # fed so far
        self._detector, self._borrow, self._give_back = detector, borrow, give_back
        self._endpointer, self._background = Endpointer(end_of_turn), Background(QUIET)
        self._upsample, self._rest = Upsampler(), b""
        self._before: deque[bytes] = deque(maxlen=BEFORE)
        self._recogniser: Recogniser | None = None
        self._utterance = self._chunks = 0
        self._guess = ""

    def feed(self, frame: bytes) -> Iterator[Voiced]:
        """The events that this 20 ms frame leads to."""
        self.frames += 1
        self._rest += self._upsample(frame)
        while len(self._rest) >= 2 * CHUNK:
            chunk, self._rest = self._rest[: 2 * CHUNK], self._rest[2 * CHUNK :]
            yield from self._hear(chunk)

    def close(self) -> None:
        """The caller is gone."""
        if self._recogniser is not None:
            self._finish()

    def _hear(self, chunk: bytes) -> Iterator[Voiced]:
        audible = self._background.is_exceeded(loudness(chunk), LOUDER) or self._endpointer.speaking
        change = self._endpointer.feed(self._detector(chunk) if audible else 0.0, CHUNK_SECONDS)
        if change == "began":
            yield from self._begin(chunk)
        elif self._endpointer.speaking or change == "ended":
            self._chunks += 1
            if self._recogniser is not None:
                self._recogniser.hear(chunk)
            if change == "ended" or self._chunks * CHUNK_SECONDS > LONGEST:
                yield from self._end()
            elif self._chunks % GUESS_EVERY == 0:
                yield from self._guesses()
        self._before.append(chunk)

    def _begin(self, chunk: bytes) -> Iterator[Voiced]:
        self._utterance += 1
        self._chunks, self._guess = 0, ""
        self._recogniser = self._borrow()
        if self._recogniser is not None:
            self._recogniser.start(self.vocabulary)
            self._recogniser.hear(b"".join([*self._before, chunk]))
        yield SpeechBegan(self._utterance)

    def _guesses(self) -> Iterator[Voiced]:
        guess = "" if self._recogniser is None else self._recogniser.guess()
        if guess != self._guess:
            self._guess = guess
            yield Partial(self._utterance, guess)

    def _end(self) -> Iterator[Voiced]:
        yield SpeechEnded(self._utterance, self._endpointer.silence)
        self._endpointer.speaking = False
        text, confidence = self._finish()
        yield Heard(self._utterance, text, confidence)

    def _finish(self) -> tuple[str, float]:
        recogniser, self._recogniser = self._recogniser, None
        if recogniser is None:
            return "", 0.0  # all were busy
        said = recogniser.finish()
        self._give_back(recogniser)
        return said
