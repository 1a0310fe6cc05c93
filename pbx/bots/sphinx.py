"""English speech to words by PocketSphinx, within a grammar, with a confidence that can be decided by."""

# PocketSphinx is untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from pocketsphinx import Decoder, get_model_path

from pbx.bots.grammar import jsgf, matcher, rule_of
from pbx.bots.vocabulary import Vocabulary

GRAMMARS_KEPT = 64  # in one decoder; then it is made anew
HALF_SURE = 0.35  # confidence that a step of 1 in the ratio below is worth
BEST = 1.0  # confidence at ratio 0


_HISS = np.rint(np.random.default_rng(0).normal(0, 70, 16000)).astype(np.int32)  # -53 dBFS, the same for all


class Grammar(NamedTuple):
    name: str
    text: str
    matches: Callable[[str], bool]


class Sphinx:
    """One utterance at a time.

    Beside the grammar's decoder another one knows no words, only the sounds of English. The difference of
    their scores says how well the words of the grammar explain what was heard.
    """

    def __init__(self) -> None:
        self._sounds: Any = Decoder(
            samprate=16000,
            loglevel="FATAL",
            lm=None,
            allphone=get_model_path("en-us/en-us-phone.lm.bin"),
            beam=1e-10,
            pbeam=1e-10,
            lw=2.0,
        )
        self._words = self._new()
        self._kept: set[str] = set()
        self._grammar: Grammar | None = None
        self._samples = 0

    def start(self, vocabulary: Vocabulary) -> None:
        """Begin an utterance in which this is expected."""
        self._grammar = self._grammar_for(vocabulary)
        self._samples = 0
        if self._grammar is not None:
            self._words.activate_search(self._grammar.name)
            self._words.start_utt()
            self._sounds.start_utt()

    def hear(self, samples: bytes) -> None:
        """16-bit samples at 16 kHz."""
        if self._grammar is not None:
            heard = _on_hiss(samples, self._samples)
            self._samples += len(samples) // 2
            self._words.process_raw(heard)
            self._sounds.process_raw(heard)

    def guess(self) -> str:
        """What it may turn out to be."""
        best = None if self._grammar is None else self._words.hyp()
        return "" if best is None else str(best.hypstr)

    def finish(self) -> tuple[str, float]:
        """The words of the utterance and how sure they are; "" for none of the grammar."""
        if self._grammar is None:
            return "", 0.0
        self._words.end_utt()
        self._sounds.end_utt()
        words, sounds = self._words.hyp(), self._sounds.hyp()
        if words is None or sounds is None or not self._grammar.matches(words.hypstr):
            return "", 0.0
        worse = math.log(max(words.best_score, 1e-300)) - math.log(max(sounds.best_score, 1e-300))
        ratio = 160_000 * worse / max(1, self._samples)  # a thousandth, per 10 ms
        return str(words.hypstr), min(1.0, max(0.0, BEST + HALF_SURE * ratio))

    def _grammar_for(self, vocabulary: Vocabulary) -> Grammar | None:
        grammar = _grammar(vocabulary, self._knows)
        if grammar is not None and grammar.name not in self._kept:
            if len(self._kept) >= GRAMMARS_KEPT:
                self._words, self._kept = self._new(), set()
            self._words.add_jsgf_string(grammar.name, grammar.text)
            self._kept.add(grammar.name)
        return grammar

    def _knows(self, word: str) -> bool:
        return self._words.lookup_word(word) is not None

    @staticmethod
    def _new() -> Any:
        """Without a second pass over the best path: it takes up to a third of a second and changes little."""
        return Decoder(samprate=16000, loglevel="FATAL", lm=None, bestpath=False)


def _on_hiss(samples: bytes, at: int) -> bytes:
    """With a little noise: a telephone's upper band and its silences are empty, and no speech that the model
    was trained on is so. Of 24 sentences 24 are then understood instead of 18."""
    sound = np.frombuffer(samples, "<i2").astype(np.int32)
    hiss = np.take(_HISS, np.arange(at, at + len(sound)), mode="wrap")
    return np.clip(sound + hiss, -32768, 32767).astype("<i2").tobytes()


@lru_cache(maxsize=256)
def _grammar(vocabulary: Vocabulary, known: Callable[[str], bool]) -> Grammar | None:
    rule = rule_of(vocabulary, known)
    return Grammar(f"g{hash(rule) & 0xFFFFFFFFFFFF:x}", jsgf(rule), matcher(rule)) if rule else None
