"""How much of a phrase is in what a caller said, whatever else was said, in which order and inflection."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from pbx.bots.lexicon import fold

_ALIKE = 75.0  # of 100: two words that differ by an ending are one
CLOSE = 0.1  # two meanings whose likeness differs by less are both possible
AMBIGUOUS = 0.7  # what is then left of being sure


class Meaning(NamedTuple):
    name: str
    likeness: float  # 0 to 1


def likeness(words: Sequence[str], phrase: Sequence[str]) -> float:
    """The share of the phrase, by letters, that has a word of the caller's that is like it."""
    letters = sum(map(len, phrase))
    found = sum(
        len(part) * max((fuzz.ratio(part, word, score_cutoff=_ALIKE) for word in words), default=0.0)
        for part in phrase
    )
    return found / (100.0 * letters) if letters else 0.0


def best(words: Sequence[str], phrases: Mapping[str, Iterable[str]]) -> Meaning | None:
    """The meaning with the likest phrase, of two that of more words; less sure if another is as like."""
    ranked = sorted((_likest(words, said), name) for name, said in phrases.items())
    if not ranked or not ranked[-1][0][0]:
        return None
    (score, length), name = ranked[-1]
    if len(ranked) > 1:
        (second, other), _ = ranked[-2]
        if score - second < CLOSE and length <= other:
            score = min(score, AMBIGUOUS)
    return Meaning(name, score)


def _likest(words: Sequence[str], phrases: Iterable[str]) -> tuple[float, int]:
    """The greatest likeness, and of how many words."""
    folded = map(fold, phrases)
    return max(((likeness(words, phrase), len(phrase)) for phrase in folded), default=(0.0, 0))
