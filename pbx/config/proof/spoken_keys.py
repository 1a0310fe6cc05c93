"""Which keys a text tells callers to press, in the languages we speak."""

import re
from collections.abc import Mapping
from functools import lru_cache

_NUMBERS: Mapping[str, str] = {
    "en": "zero one two three four five six seven eight nine",
    "lv": "nulle|nulli vien* div* trīs|trijnieku četr* piec* seš* septiņ* astoņ* deviņ*",
    "cs": "nul* jedn* dv* tři|trojku čtyř* pět* šest* sedm* osm* devět|devítku",
    "pl": "zero jed* dw* trzy|trójkę czter* pięć|piątkę sześć|szóstkę siedem|siódemkę osiem|ósemkę dziewi*",
    "ru": (
        "ноль|нуль один|единицу дв* три|тройку четыре|четвёрку|четверку пять|пятёрку|пятерку шест* сем* "
        "восемь|восьмёрку|восьмерку девят*"
    ),
}
_OTHERS: Mapping[str, Mapping[str, str]] = {
    "en": {"*": "star|asterisk", "#": "hash|pound"},
    "lv": {"*": "zvaigznīt*", "#": "restīt*"},
    "cs": {"*": "hvězdičk*", "#": "křížek|mřížk*"},
    "pl": {"*": "gwiazdk*", "#": "krzyżyk|kratk*"},
    "ru": {"*": "звёздочк*|звездочк*", "#": "решётк*|решетк*"},
}
_PRESS: Mapping[str, str] = {
    "en": r"press(?:ing)?|dial",
    "lv": r"(?:no)?spiediet|(?:no)?spied",
    "cs": r"stiskněte|zmáčkněte|volte|zvolte",
    "pl": r"naciśnij|wciśnij|wybierz|proszę nacisnąć",
    "ru": r"нажмите|наберите",
}
_FILLER: Mapping[str, str] = {
    "en": r"the|key|number|button|digit",
    "lv": r"taustiņu|ciparu|pogu",
    "cs": r"klávesu|tlačítko|číslo|číslici",
    "pl": r"klawisz|przycisk|cyfrę|numer",
    "ru": r"клавишу|кнопку|цифру",
}


_OR = r"or|vai|nebo|anebo|lub|albo|или"
_NO_KEY = re.compile(rf"\b(?:{_OR}|{'|'.join(_FILLER.values())})\b")
_SIGN = re.compile(r"\w+|[*#]")


@lru_cache(4096)
def keys_in(text: str) -> frozenset[str]:
    """The keys that follow a word for pressing. Languages mix: a Latvian's choice is offered in Latvian."""
    text = text.casefold()
    found: set[str] = set()
    for language, pressed in _PRESSED.items():
        for words in pressed.findall(text):
            for word in _SIGN.findall(_NO_KEY.sub(" ", words)):
                keys = _meant(word, language)
                found |= keys
                if not keys:
                    break
    return frozenset(found)


@lru_cache(4096)
def keys_named_in(text: str) -> frozenset[str]:
    """The keys whose names stand anywhere in the text."""
    words = _SIGN.findall(text.casefold())
    return frozenset(key for word in words for language in _PRESS for key in _meant(word, language))


@lru_cache(1 << 14)
def _meant(word: str, language: str) -> frozenset[str]:
    if len(word) == 1 and word in "0123456789*#":
        return frozenset(word)
    return frozenset(key for meaning, key in _MEANINGS[language] if meaning.fullmatch(word))


def _pressed(language: str) -> re.Pattern[str]:
    """What follows a word for pressing: one sign or word, or several with commas and "or" between."""
    between = rf"(?:\s*,\s*(?:(?:{_OR})\s+)?|\s+(?:{_OR})\s+)"
    filler = rf"(?:(?:{_FILLER[language]})\s+){{0,2}}"
    more = rf"(?:{between}{filler}(?:\w+|[*#])){{0,11}}"
    return re.compile(rf"\b(?:{_PRESS[language]})\s+{filler}(?=((?:\w+|[*#]){more}))")


def _meanings(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    words = {str(digit): word for digit, word in enumerate(_NUMBERS[language].split())}
    return tuple((_word(word), key) for key, word in {**words, **_OTHERS[language]}.items())


def _word(written: str) -> re.Pattern[str]:
    """ "jed*" is every word that begins so."""
    return re.compile("|".join(one.replace("*", r"\w*") for one in written.split("|")))


_PRESSED = {language: _pressed(language) for language in _PRESS}
_MEANINGS = {language: _meanings(language) for language in _PRESS}
