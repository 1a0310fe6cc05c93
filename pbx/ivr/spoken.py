"""Prompts that say what is only known during a call, and their texts in every language we speak.

Grammar lives in whole sentences: one prompt for each position, none glued together from words.
"""

from collections.abc import Mapping

MOST_NAMED = 20  # positions with a sentence of their own
MOST_SPELLED = 32  # keys read back at most

_KEYS = {
    **{str(digit): f"digit-{digit}" for digit in range(10)},
    "*": "key-star",
    "#": "key-hash",
    "+": "key-plus",
}

SPELLING = frozenset(_KEYS.values())  # every prompt that spelled() may name

_DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "lv": "nulle viens divi trīs četri pieci seši septiņi astoņi deviņi",
}
_OTHER_KEYS = {
    "en": {"key-star": "star", "key-hash": "hash", "key-plus": "plus"},
    "lv": {"key-star": "zvaigznīte", "key-hash": "restīte", "key-plus": "pluss"},
}
_ORDINALS = {
    "en": (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
        "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
    ),
    # Feminine, as "vieta" is: the caller's own gender is not ours to guess.
    "lv": (
        "pirmā otrā trešā ceturtā piektā sestā septītā astotā devītā desmitā vienpadsmitā divpadsmitā "
        "trīspadsmitā četrpadsmitā piecpadsmitā sešpadsmitā septiņpadsmitā astoņpadsmitā "
        "deviņpadsmitā divdesmitā"
    ),
}
_POSITION = {"en": "You are {} in the queue.", "lv": "Jūsu vieta rindā ir {}."}
_NEXT = {"en": "You are next in the queue.", "lv": "Jūsu kārta ir nākamā."}
_MANY = {
    "en": "There are at least twenty callers before you.",
    "lv": "Pirms jums rindā ir vismaz divdesmit zvanītāju.",
}


def position(place: int) -> tuple[str, ...]:
    """The prompts that tell a caller their place in a queue, from 1: next."""
    assert place >= 1
    return (f"position-{place}",) if place <= MOST_NAMED else ("position-many",)


def spelled(value: str) -> tuple[str, ...]:
    """The prompts that read a number back digit by digit. What no prompt says is left out."""
    return tuple(_KEYS[key] for key in value[:MOST_SPELLED] if key in _KEYS)


def prompt_names() -> frozenset[str]:
    """What every language must be able to say, whatever its flows say."""
    return frozenset(texts("en"))


def languages() -> tuple[str, ...]:
    """The languages we have texts for."""
    return tuple(_POSITION)


def texts(language: str) -> Mapping[str, str]:
    """What each prompt of `prompt_names` says. Raises KeyError for a language we do not speak."""
    digits = {f"digit-{digit}": word for digit, word in enumerate(_DIGITS[language].split())}
    ordinals = enumerate(_ORDINALS[language].split(), 1)
    positions = {f"position-{place}": _POSITION[language].format(word) for place, word in ordinals}
    return {
        **digits,
        **_OTHER_KEYS[language],
        **positions,
        "position-1": _NEXT[language],
        "position-many": _MANY[language],
    }
