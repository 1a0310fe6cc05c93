"""What callers are expected to say in English, as a grammar for a recogniser and as a test of its result."""

import re
from collections.abc import Callable, Iterable

from pbx.bots.lexicon import ENGLISH
from pbx.bots.values import Kind
from pbx.bots.vocabulary import Vocabulary

MOST_PHRASES = 500
_WORD = re.compile(r"[a-z']+")
_SPOKEN = re.compile(r"[a-z' ]+")


def _one_of(rows: Iterable[str]) -> str:
    """The alternatives that are made of letters: nobody says "1st"."""
    forms = (form for row in rows for form in row.split("|"))
    return "( " + " | ".join(form for form in forms if _SPOKEN.fullmatch(form)) + " )"


_UNITS, _TEENS, _TENS = _one_of(ENGLISH.units[1:10]), _one_of(ENGLISH.units[10:]), _one_of(ENGLISH.tens)
_NUMBER = f"( zero | {_UNITS} | {_TEENS} | {_TENS} [ {_UNITS} ] )"
_NTH = f"( {_one_of(ENGLISH.ordinals)} | ( twenty | thirty ) {_one_of(ENGLISH.ordinals[:9])} )"
_MONTH, _DAY = _one_of(ENGLISH.months), _one_of(ENGLISH.weekdays)
_HOUR = _one_of(ENGLISH.units[1:13])
_MINUTES = f"( o'clock | thirty | fifteen | forty five | oh {_UNITS} | {_TENS} [ {_UNITS} ] | {_TEENS} )"
_PART = "( in the morning | in the afternoon | in the evening )"
RULES: dict[Kind, str] = {
    "yes_no": "( yes | yeah | yes please | no | nope | no thanks | that's right | correct | wrong )",
    "digits": f"( {_one_of(ENGLISH.units[:10])} )+",
    "number": _NUMBER,
    "date": f"( [ on ] {_DAY} | today | tomorrow | the day after tomorrow"
    f" | [ on ] [ the ] {_NTH} [ of ] {_MONTH} | [ on ] {_MONTH} [ the ] {_NTH} )",
    "time": f"[ at ] ( {_HOUR} [ {_MINUTES} ] | ( half past | quarter past | quarter to ) {_HOUR} | noon )"
    f" [ {_PART} ]",
}
_WISH = "( i'd like | i'd like to | i want | i want to | i need )"


def rule_of(vocabulary: Vocabulary, known: Callable[[str], bool]) -> str:
    """The body of a JSGF rule; "" if nothing can be recognised. `known`: has the recogniser the word?"""
    values = [RULES[kind] for kind in sorted(vocabulary.kinds) if kind in RULES]
    phrases: dict[str, None] = {}
    for phrase in vocabulary.phrases[:MOST_PHRASES]:
        words = _WORD.findall(phrase.casefold().replace("’", "'"))
        if words and all(map(known, words)):
            phrases[" ".join(words)] = None
    wishes = [f"[ {_WISH} ] ( {' | '.join(phrases)} )"] if phrases else []
    parts = " | ".join(values + wishes)
    return f"( {parts} ) [ please ]" if parts else ""


def jsgf(rule: str) -> str:
    """A whole grammar of one rule."""
    return f"#JSGF V1.0;\ngrammar said;\npublic <said> = {rule};\n"


def matcher(rule: str) -> Callable[[str], bool]:
    """Whether a text is a whole sentence of the rule: a recogniser's best guess may be the start of one."""
    tokens = {"(": "(?:", ")": ")", "[": "(?:", "]": ")?", "|": "|", ")+": ")+"}
    pattern = re.compile("".join(tokens.get(token) or re.escape(token) + " " for token in rule.split()))
    return lambda text: pattern.fullmatch(text + " ") is not None
