"""Latvian: two genders, and nouns in the genitive plural after what CLDR calls zero (10 to 20, 30, 100).

After a preposition the plural is always dative, so `prepositional` is genitive after 1 and dative after the
rest: "pēc vienas minūtes", "pēc piecām minūtēm".
"""

from collections.abc import Mapping

from pbx.ivr.speech.grammar import (
    Calendar,
    Case,
    Gender,
    Language,
    Manner,
    Noun,
    Numerals,
    Plural,
    Words,
    by_case,
    by_manner,
    cardinal,
    days_of_month,
    keys,
    nouns,
    prefixed,
    words,
)

_DECLINED: tuple[Case, ...] = ("nominative", "genitive", "dative", "accusative", "locative")
_CASES: tuple[Case, ...] = (*_DECLINED, "prepositional")


def _nouns(table: str) -> dict[str, Noun]:
    return {
        name: noun._replace(
            singular={**noun.singular, "prepositional": noun.singular["genitive"]},
            plural={**noun.plural, "prepositional": noun.plural["dative"]},
        )
        for name, noun in nouns(_DECLINED, table).items()
    }


# 1 to 9; those from 4 on are declined alike.
_ONE = {
    "masculine": by_case(_DECLINED, "viens viena vienam vienu vienā"),
    "feminine": by_case(_DECLINED, "viena vienas vienai vienu vienā"),
}
_TWO = {
    "masculine": by_case(_DECLINED, "divi divu diviem divus divos"),
    "feminine": by_case(_DECLINED, "divas divu divām divas divās"),
}
_THREE = {
    "masculine": by_case(_DECLINED, "trīs triju trim trīs trijos"),
    "feminine": by_case(_DECLINED, "trīs triju trim trīs trijās"),
}
_STEMS = words("četr piec seš septiņ astoņ deviņ")
_ENDINGS = {
    "masculine": by_case(_DECLINED, "i u iem us os"),
    "feminine": by_case(_DECLINED, "as u ām as ās"),
}
_TEENS = words(
    "desmit vienpadsmit divpadsmit trīspadsmit četrpadsmit piecpadsmit sešpadsmit septiņpadsmit astoņpadsmit "
    "deviņpadsmit"
)
_TENS = words("divdesmit trīsdesmit četrdesmit piecdesmit sešdesmit septiņdesmit astoņdesmit deviņdesmit")

# Definite adjectives. The prefixes of hundreds are not declined: "divsimt pirmais".
_ORDINAL_STEMS = words("pirm otr treš ceturt piekt sest septīt astot devīt") + _TEENS
_ORDINAL_ENDINGS = {
    "masculine": by_case(_CASES, "ais ā ajam o ajā ā"),
    "feminine": by_case(_CASES, "ā ās ajai o ajā ās"),
}
_PREFIXES = tuple(
    f"{stem}simt" for stem in ("", "div", "trīs", "četr", "piec", "seš", "septiņ", "astoņ", "deviņ")
)


def _plural(number: int) -> Plural:
    if number % 10 == 0 or 11 <= number % 100 <= 19:
        return "zero"
    return "one" if number % 10 == 1 else "other"


def _unit(number: int, gender: Gender | None, case: Case) -> str:
    if case == "prepositional":
        case = "genitive" if number == 1 else "dative"
    form = gender or "masculine"
    if number <= 3:
        return (_ONE, _TWO, _THREE)[number - 1][form][case]
    return _STEMS[number - 4] + _ENDINGS[form][case]


def _below_hundred(number: int, gender: Gender | None, case: Case) -> Words:
    if 10 <= number < 20:
        return (_TEENS[number - 10],)
    ten, unit = divmod(number, 10)
    return ((_TENS[ten - 2],) if ten else ()) + ((_unit(unit, gender, case),) if unit else ())


def _below_thousand(number: int, gender: Gender | None, case: Case) -> Words:
    hundred, rest = divmod(number, 100)
    said: Words = ()
    if hundred == 1:
        said = ("simts",) if not rest and case == "nominative" else ("simt",)
    elif hundred:
        said = (f"{_unit(hundred, 'masculine', case)} {_SCALES['hundred'].plural[case]}",)
    return said + _below_hundred(rest, gender, case)


def _agreeing(noun: Noun, number: int, case: Case) -> str:
    return (noun.singular if _plural(number) == "one" else noun.plural)[case]


def _counted(noun: Noun, number: int, case: Case) -> str:
    """Forms as in "desmit minūšu" but "desmit minūtēm"; hundreds, thousands and zero are nouns themselves."""
    is_noun = number % 100 == 0 and number % 1000 != 100
    if is_noun or (_plural(number) == "zero" and case in ("nominative", "accusative")):
        return noun.plural["genitive"]
    return _agreeing(noun, number, case)


_SCALES = _nouns(
    """
    hundred masculine: simts simta simtam simtu simtā
        simti simtu simtiem simtus simtos
    million masculine: miljons miljona miljonam miljonu miljonā
        miljoni miljonu miljoniem miljonus miljonos
    thousand masculine: tūkstotis tūkstoša tūkstotim tūkstoti tūkstotī
        tūkstoši tūkstošu tūkstošiem tūkstošus tūkstošos
    """,
)
_NUMERALS = Numerals(
    by_case(_CASES, "nulle nulles nullei nulli nullē nulles"),
    _below_thousand,
    _SCALES["million"],
    _SCALES["thousand"],
    _agreeing,
    says_one=False,
)


def _cardinal(number: int, gender: Gender | None, case: Case) -> Words:
    return cardinal(_NUMERALS, number, gender, case)


def _ordinal(number: int, gender: Gender | None, case: Case) -> Words:
    ending = _ORDINAL_ENDINGS[gender or "masculine"][case]
    hundred, rest = divmod(number, 100)
    if not rest:
        return (_PREFIXES[hundred - 1] + ending,)
    said = (_PREFIXES[hundred - 1],) if hundred else ()
    if rest < 20:
        return (*said, _ORDINAL_STEMS[rest - 1] + ending)
    ten, unit = divmod(rest, 10)
    if not unit:
        return (*said, _TENS[ten - 2] + ending)
    return (*said, _TENS[ten - 2], _ORDINAL_STEMS[unit - 1] + ending)


_HOUR_CASES: Mapping[Manner, Case] = by_manner("nominative", "locative", "dative", "dative")
_MINUTE_CASES: Mapping[Manner, Case] = {**_HOUR_CASES, "from": "prepositional"}
_CLOCK = by_manner("", "pulksten ", "no pulksten ", "līdz pulksten ")
_MIDNIGHT = by_manner("pusnakts", "pusnaktī", "no pusnakts", "līdz pusnaktij")
_PREPOSITIONS = by_manner("", "", "no ", "līdz ")


def _hour(hour: int, manner: Manner) -> str:
    """Hours are plurals, and decline up to their last word: "pulksten vienos", "divdesmit trijos"."""
    ending = _ENDINGS["masculine"][_HOUR_CASES[manner]]
    if manner == "plain":
        said = " ".join(_cardinal(hour, "masculine", "nominative"))
    elif hour in (10, 20) or 10 < hour < 20:
        said = " ".join(_below_hundred(hour, "masculine", "nominative")) + ending
    else:
        unit = ("vien", "div", "trij", *_STEMS)[hour % 10 - 1] + ending
        said = f"divdesmit {unit}" if hour > 20 else unit
    return _CLOCK[manner] + said


def _minutes(minute: int, case: Case) -> str:
    """Of a clock, they agree even after ten: "trīsdesmit minūtes"."""
    return " ".join((*_cardinal(minute, "feminine", case), _agreeing(_NOUNS["minute"], minute, case)))


def _time(hour: int, minute: int, manner: Manner) -> Words:
    if hour and not minute:
        return (_hour(hour, manner),)
    if hour:
        minutes = _minutes(minute, _MINUTE_CASES[manner])
        return _hour(hour, manner), f"un {minutes}" if manner == "plain" else minutes
    if not minute:
        return (_MIDNIGHT[manner],)
    case = "accusative" if manner == "at" else _MINUTE_CASES[manner]
    return _PREPOSITIONS[manner] + _minutes(minute, case), "pēc pusnakts"


_DATE_CASES: Mapping[Manner, Case] = by_manner("nominative", "locative", "genitive", "dative")
_DAYS = days_of_month(_ordinal, "masculine", _DATE_CASES)
_MONTHS = by_manner(
    words(
        "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris"
    ),
    words("janvārī februārī martā aprīlī maijā jūnijā jūlijā augustā septembrī oktobrī novembrī decembrī"),
    words("janvāra februāra marta aprīļa maija jūnija jūlija augusta septembra oktobra novembra decembra"),
    words(
        "janvārim februārim martam aprīlim maijam jūnijam jūlijam augustam septembrim oktobrim novembrim "
        "decembrim"
    ),
)
_WEEKDAYS = words("pirmdien otrdien trešdien ceturtdien piektdien sestdien svētdien")
_NOUNS = _nouns(
    """
    second feminine: sekunde sekundes sekundei sekundi sekundē
        sekundes sekunžu sekundēm sekundes sekundēs
    minute feminine: minūte minūtes minūtei minūti minūtē
        minūtes minūšu minūtēm minūtes minūtēs
    hour feminine: stunda stundas stundai stundu stundā
        stundas stundu stundām stundas stundās
    day feminine: diena dienas dienai dienu dienā
        dienas dienu dienām dienas dienās
    year masculine: gads gada gadam gadu gadā
        gadi gadu gadiem gadus gados
    caller masculine: zvanītājs zvanītāja zvanītājam zvanītāju zvanītājā
        zvanītāji zvanītāju zvanītājiem zvanītājus zvanītājos
    person masculine: cilvēks cilvēka cilvēkam cilvēku cilvēkā
        cilvēki cilvēku cilvēkiem cilvēkus cilvēkos
    message feminine: ziņa ziņas ziņai ziņu ziņā
        ziņas ziņu ziņām ziņas ziņās
    euro masculine: eiro eiro eiro eiro eiro
        eiro eiro eiro eiro eiro
    cent masculine: cents centa centam centu centā
        centi centu centiem centus centos
    crown feminine: krona kronas kronai kronu kronā
        kronas kronu kronām kronas kronās
    heller masculine: halērs halēra halēram halēru halērā
        halēri halēru halēriem halērus halēros
    zloty masculine: zlots zlota zlotam zlotu zlotā
        zloti zlotu zlotiem zlotus zlotos
    grosz masculine: grasis graša grasim grasi grasī
        graši grašu grašiem grašus grašos
    rouble masculine: rublis rubļa rublim rubli rublī
        rubļi rubļu rubļiem rubļus rubļos
    kopeck feminine: kapeika kapeikas kapeikai kapeiku kapeikā
        kapeikas kapeiku kapeikām kapeikas kapeikās
    dollar masculine: dolārs dolāra dolāram dolāru dolārā
        dolāri dolāru dolāriem dolārus dolāros
    pound feminine: mārciņa mārciņas mārciņai mārciņu mārciņā
        mārciņas mārciņu mārciņām mārciņas mārciņās
    penny masculine: penss pensa pensam pensu pensā
        pensi pensu pensiem pensus pensos
    """,
)

LATVIAN = Language(
    code="lv",
    name="Latvian",
    genders=("masculine", "feminine"),
    cases=_CASES,
    plural=_plural,
    examples={"one": 1, "other": 2, "zero": 10},
    cardinal=_cardinal,
    ordinal=_ordinal,
    counted=_counted,
    nouns=_NOUNS,
    between_units=("un",),
    minus="mīnus",
    time=_time,
    calendar=Calendar(
        days=_DAYS,
        opening_days=prefixed(_PREPOSITIONS, _DAYS),
        months=_MONTHS,
        weekdays=by_manner(
            tuple(f"{day}a" for day in _WEEKDAYS),
            _WEEKDAYS,
            tuple(f"no {day}as" for day in _WEEKDAYS),
            tuple(f"līdz {day}ai" for day in _WEEKDAYS),
        ),
    ),
    waits=(
        "mazāk par minūti",
        "no vienas līdz divām minūtēm",
        "no divām līdz piecām minūtēm",
        "no piecām līdz desmit minūtēm",
        "no desmit līdz piecpadsmit minūtēm",
        "no piecpadsmit līdz trīsdesmit minūtēm",
        "vairāk par pusstundu",
    ),
    keys=keys(
        "nulle viens divi trīs četri pieci seši septiņi astoņi deviņi", "zvaigznīte", "restīte", "pluss"
    ),
    positions=(
        "Jūsu kārta ir nākamā.",
        # Feminine, as "vieta" is: the caller's own gender is not ours to guess.
        *(
            f"Jūsu vieta rindā ir {' '.join(_ordinal(place, 'feminine', 'nominative'))}."
            for place in range(2, 21)
        ),
        "Pirms jums rindā ir vismaz divdesmit zvanītāju.",
    ),
)
