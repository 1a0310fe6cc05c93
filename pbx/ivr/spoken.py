"""Prompts that are played whatever the flows say, and their texts in every language we speak.

Grammar lives in whole sentences: one prompt for each position, none glued together from words.
"""

from collections.abc import Mapping

from pbx.ivr.speech.grammar import NAMED_PLACES
from pbx.ivr.speech.languages import LANGUAGES
from pbx.ivr.speech.slots import MOST_SPELLED

_KEYS = {
    **{str(digit): f"digit-{digit}" for digit in range(10)},
    "*": "key-star",
    "#": "key-hash",
    "+": "key-plus",
}
_POSITIONS = (*(f"position-{place}" for place in range(1, NAMED_PLACES + 1)), "position-many")

SPELLING = frozenset(_KEYS.values())  # every prompt that spelled() may name


# What an agent hears after dialling a code (pbx.calls.agent_code).
AGENT_CODES = ("agent-signed-in", "agent-signed-out", "agent-paused", "agent-resumed")
_AGENT_CODES: Mapping[str, tuple[str, str, str, str]] = {
    "en": ("You are signed in.", "You are signed out.", "You are pausing.", "You are ready again."),
    "lv": (
        "Jūs esat pieteicies darbam.",
        "Jūs esat beidzis darbu.",
        "Jums ir pauze.",
        "Jūs atkal esat gatavs darbam.",
    ),
    "cs": ("Jste přihlášeni.", "Jste odhlášeni.", "Máte přestávku.", "Jste opět připraveni."),
    "pl": ("Zalogowano.", "Wylogowano.", "Przerwa.", "Gotowość do pracy."),
    "ru": ("Вы вошли в систему.", "Вы вышли из системы.", "У вас перерыв.", "Вы снова готовы к работе."),
}


def position(place: int) -> tuple[str, ...]:
    """The prompts that tell a caller their place in a queue, from 1: next."""
    assert place >= 1
    return (_POSITIONS[min(place, len(_POSITIONS)) - 1],)


def spelled(value: str) -> tuple[str, ...]:
    """The prompts that read a number back digit by digit. What no prompt says is left out."""
    return tuple(_KEYS[key] for key in value[:MOST_SPELLED] if key in _KEYS)


def prompt_names() -> frozenset[str]:
    """What every language must be able to say, whatever its flows say."""
    return SPELLING.union(_POSITIONS, AGENT_CODES)


def languages() -> tuple[str, ...]:
    """The languages we have texts for."""
    return tuple(LANGUAGES)


def texts(language: str) -> Mapping[str, str]:
    """What each prompt of `prompt_names` says. Raises KeyError for a language we do not speak."""
    speaks = LANGUAGES[language]
    keys = {prompt: speaks.keys[key] for key, prompt in _KEYS.items()}
    codes = dict(zip(AGENT_CODES, _AGENT_CODES[language], strict=True))
    return keys | codes | dict(zip(_POSITIONS, speaks.positions, strict=True))
