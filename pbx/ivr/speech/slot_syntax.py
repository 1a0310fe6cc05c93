"""What may be written after the colon of a slot: {n:number feminine}, {n:count minute}, {day:date on}."""

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches

from pbx.ivr.speech.grammar import CASES, CURRENCIES, GENDERS, MANNERS, NOUNS, Case, Gender, Manner
from pbx.ivr.speech.moments import Date, Position, Time, Wait, Weekday
from pbx.ivr.speech.quantities import Amount, Count, CountForms, Number, Ordinal
from pbx.ivr.speech.slots import Form

_GENDERS: Mapping[str, Gender] = {gender: gender for gender in GENDERS}
_CASES: Mapping[str, Case] = {case: case for case in CASES}
_OF_TIMES: Mapping[str, Manner] = {manner: manner for manner in MANNERS if manner != "plain"}
_OF_DATES: Mapping[str, Manner] = {"on": "at", "from": "from", "until": "until"}


def parse_form(written: str) -> Form:
    """The kind of slot and its options. Raises ValueError, whose message says what was expected."""
    kind, _, options = written.strip().partition(" ")
    return _KINDS[_known(kind, _KINDS, "a kind of slot")](options)


def _known(word: str, words: Collection[str], expected: str) -> str:
    if word in words:
        return word
    close = get_close_matches(word, words, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise ValueError(f"expected {expected}: {', '.join(words)}, not {word!r}{hint}")


def _inflection(options: list[str]) -> tuple[Gender | None, Case]:
    """A gender, a case, both in any order, or neither."""
    gender: Gender | None = None
    case: Case | None = None
    for option in options:
        if option in _GENDERS and gender is None:
            gender = _GENDERS[option]
        elif option in _CASES and case is None:
            case = _CASES[option]
        else:
            _known(option, (*_GENDERS, *_CASES), "a gender or a case")
            raise ValueError(f"expected one gender and one case at most, not {' '.join(options)!r}")
    return gender, case or "nominative"


def _case(options: list[str], of: str) -> Case:
    match options:
        case []:
            return "nominative"
        case [option]:
            return _CASES[_known(option, _CASES, f"a case after {of!r}")]
        case _:
            raise ValueError(f"expected one case at most after {of!r}, not {' '.join(options)!r}")


def _number(options: str) -> Form:
    return Number(*_inflection(options.split()))


def _ordinal(options: str) -> Form:
    return Ordinal(*_inflection(options.split()))


def _count(options: str) -> Form:
    if "|" in options:
        return _count_forms(options)
    if not options.strip():
        raise ValueError(
            f"expected a noun after count: {', '.join(NOUNS)}, or its forms as in {{n:count call|calls}}"
        )
    noun, *rest = options.split()
    return Count(_known(noun, NOUNS, "a noun, or its forms as in call|calls"), _case(rest, noun))


def _count_forms(options: str) -> Form:
    """The last form ends where a gender or a case begins."""
    *forms, last = (form.split() for form in options.split("|"))
    end = len(last)
    while end and (last[end - 1] in _GENDERS or last[end - 1] in _CASES):
        end -= 1
    written = tuple(" ".join(form) for form in (*forms, last[:end]))
    if not all(any(letter.isalnum() for letter in form) for form in written):
        raise ValueError(f"expected a word between every two |, as in call|calls, not {options.strip()!r}")
    return CountForms(written, *_inflection(last[end:]))


def _amount(options: str) -> Form:
    if not options.strip():
        raise ValueError(
            f"expected a currency after amount: {', '.join(CURRENCIES)}, as in {{balance:amount EUR}}"
        )
    currency, *rest = options.split()
    return Amount(_known(currency, CURRENCIES, "a currency"), _case(rest, currency))


def _time(options: str) -> Form:
    return Time(_manner(options.split(), _OF_TIMES, "time"))


def _date(options: str) -> Form:
    written = options.split()
    manner = [option for option in written if option != "weekday"]
    if written.count("weekday") > 1:
        raise ValueError(f"expected weekday once after date, not {' '.join(written)!r}")
    return Date(_manner(manner, _OF_DATES, "date", "weekday"), "weekday" in written)


def _weekday(options: str) -> Form:
    return Weekday(_manner(options.split(), _OF_DATES, "weekday"))


def _manner(options: list[str], manners: Mapping[str, Manner], kind: str, *others: str) -> Manner:
    match options:
        case []:
            return "plain"
        case [option]:
            _known(option, (*manners, *others), f"after {kind}, if anything")
            return manners[option]
        case _:
            raise ValueError(f"expected one of {', '.join(manners)} after {kind}, not {' '.join(options)!r}")


def _alone(kind: str, form: Form) -> Callable[[str], Form]:
    def take(options: str) -> Form:
        if options.strip():
            raise ValueError(f"expected nothing after {kind}, not {options.strip()!r}")
        return form

    return take


_KINDS: Mapping[str, Callable[[str], Form]] = {
    "number": _number,
    "ordinal": _ordinal,
    "count": _count,
    "amount": _amount,
    "time": _time,
    "date": _date,
    "weekday": _weekday,
    "wait": _alone("wait", Wait()),
    "position": _alone("position", Position()),
}
