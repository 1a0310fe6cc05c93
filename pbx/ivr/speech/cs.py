"""Czech: after a compound number the noun is a genitive plural and the number's last word is frozen.

"dvacet jedna minut", "dvacet dva minut", as CLDR's classes have it (one is 1 alone, few is 2 to 4 alone);
"dvacet jedna minuta" is the older, bookish way.
"""

from collections.abc import Mapping

from pbx.ivr.speech.grammar import (
    MANNERS,
    SLAVIC_CASES,
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
    by_gender,
    by_manner,
    cardinal,
    days_of_month,
    keys,
    nouns,
    phrases,
    prefixed,
    words,
)

_DIRECT = ("nominative", "accusative")

_ONE = by_gender(
    SLAVIC_CASES,
    "jeden jednoho jednomu jeden jednom jedním",
    "jedna jedné jedné jednu jedné jednou",
    "jedno jednoho jednomu jedno jednom jedním",
)
_TWO_TO_FOUR = (
    by_case(SLAVIC_CASES, "dva dvou dvěma dva dvou dvěma"),
    by_case(SLAVIC_CASES, "tři tří třem tři třech třemi"),
    by_case(SLAVIC_CASES, "čtyři čtyř čtyřem čtyři čtyřech čtyřmi"),
)
_FIVE_ON = words(
    "pět šest sedm osm devět deset jedenáct dvanáct třináct čtrnáct patnáct šestnáct sedmnáct osmnáct "
    "devatenáct"
)
_TENS = words("dvacet třicet čtyřicet padesát šedesát sedmdesát osmdesát devadesát")
_HUNDRED = by_case(SLAVIC_CASES, "sto sta stu sto stu stem")
_HUNDREDS = (
    by_case(SLAVIC_CASES, "stě set stům stě stech sty"),  # after two
    by_case(SLAVIC_CASES, "sta set stům sta stech sty"),  # after three and four
    by_case(SLAVIC_CASES, "set set stům set stech sty"),
)

_HARD = by_gender(
    SLAVIC_CASES,
    "ý ého ému ý ém ým",
    "á é é ou é ou",
    "é ého ému é ém ým",
)
_SOFT = by_gender(
    SLAVIC_CASES,
    "í ího ímu í ím ím",
    "í í í í í í",
    "í ího ímu í ím ím",
)
_ORDINAL_STEMS = words(
    "prvn druh třet čtvrt pát šest sedm osm devát desát jedenáct dvanáct třináct čtrnáct patnáct šestnáct "
    "sedmnáct osmnáct devatenáct"
)
_ORDINAL_TENS = words("dvacát třicát čtyřicát padesát šedesát sedmdesát osmdesát devadesát")
_ORDINAL_HUNDREDS = words("st dvoust tříst čtyřst pětist šestist sedmist osmist devítist")


def _plural(number: int) -> Plural:
    return "one" if number == 1 else "few" if 2 <= number <= 4 else "other"


def _oblique(word: str) -> str:
    """From 5 on: "pět" -> "pěti", "devět" -> "devíti", "deset" -> "deseti"."""
    return {"devět": "devíti"}.get(word, f"{word}i")


def _unit(number: int, gender: Gender | None, case: Case) -> str:
    """1 to 19 by itself. Without a noun one counts "jedna, dva", which no gender is."""
    if number == 1:
        return _ONE[gender or "feminine"][case]
    if number == 2 and gender in ("feminine", "neuter") and case in _DIRECT:
        return "dvě"
    if number <= 4:
        return _TWO_TO_FOUR[number - 2][case]
    word = _FIVE_ON[number - 5]
    return word if case in _DIRECT else _oblique(word)


def _below_hundred(number: int, gender: Gender | None, case: Case) -> Words:
    if number < 20:
        return (_unit(number, gender, case),)
    ten, unit = divmod(number, 10)
    said = _TENS[ten - 2] if case in _DIRECT else _oblique(_TENS[ten - 2])
    if not unit:
        return (said,)
    return said, *_compounded(unit, case)


def _compounded(rest: int, case: Case) -> Words:
    """What follows a hundred, a thousand or a million, or a unit after tens: it has no gender any more."""
    return ("jedna",) if rest == 1 else _below_hundred(rest, None, case)


def _below_thousand(number: int, gender: Gender | None, case: Case) -> Words:
    hundred, rest = divmod(number, 100)
    if not hundred:
        return _below_hundred(rest, gender, case)
    if hundred == 1:
        said = "sto" if rest else _HUNDRED[case]
    else:
        noun = _HUNDREDS[0 if hundred == 2 else 1 if hundred <= 4 else 2]
        said = f"{_unit(hundred, 'neuter', case)} {noun[case]}"
    return (said, *_compounded(rest, case)) if rest else (said,)


def _counted(noun: Noun, number: int, case: Case) -> str:
    """As in "dvě minuty", "pět minut", "pěti minutám"; hundreds, thousands and zero are nouns themselves."""
    if number == 1:
        return noun.singular[case]
    of_many = number > 4 and case in _DIRECT
    return noun.plural["genitive" if of_many or number % 100 == 0 else case]


_SCALES = nouns(
    SLAVIC_CASES,
    """
    million masculine: milion milionu milionu milion milionu milionem
        miliony milionů milionům miliony milionech miliony
    thousand masculine: tisíc tisíce tisíci tisíc tisíci tisícem
        tisíce tisíc tisícům tisíce tisících tisíci
    """,
)
_NUMERALS = Numerals(
    by_case(SLAVIC_CASES, "nula nuly nule nulu nule nulou"),
    _below_thousand,
    _SCALES["million"],
    _SCALES["thousand"],
    _counted,
    says_one=False,
)


def _cardinal(number: int, gender: Gender | None, case: Case) -> Words:
    rest = number % 1000
    if number > 1000 and 0 < rest < 100:
        return (*cardinal(_NUMERALS, number - rest, None, case), *_compounded(rest, case))
    return cardinal(_NUMERALS, number, gender, case)


def _ordinal(number: int, gender: Gender | None, case: Case) -> Words:
    """As in "sto dvacátý třetí": tens and units are ordinals both, hundreds before them are not."""
    form = gender or "masculine"
    hundred, rest = divmod(number, 100)
    hard = _HARD[form][case]
    if not rest:
        return (_ORDINAL_HUNDREDS[hundred - 1] + hard,)
    said = _below_thousand(hundred * 100, None, "nominative") if hundred else ()
    ten, unit = divmod(rest, 10) if rest >= 20 else (0, rest)
    if ten:
        said = (*said, _ORDINAL_TENS[ten - 2] + hard)
    if unit:
        said = (*said, _ORDINAL_STEMS[unit - 1] + (_SOFT[form][case] if unit in (1, 3) else hard))
    return said


_CLOCK_CASES: Mapping[Manner, Case] = by_manner("nominative", "accusative", "genitive", "genitive")
_MIDNIGHT = by_manner("půlnoc", "o půlnoci", "od půlnoci", "do půlnoci")
_PREPOSITIONS = by_manner("", "v ", "od ", "do ")
_VOCALISED = (2, 3, 4, 12, 13, 14, 20, 21, 22, 23)  # "ve dvě", "ve třináct", but "v pět"


def _time(hour: int, minute: int, manner: Manner) -> Words:
    if (hour, minute) == (0, 0):
        return (_MIDNIGHT[manner],)
    case = _CLOCK_CASES[manner]
    before = "ve " if manner == "at" and hour in _VOCALISED else _PREPOSITIONS[manner]
    number = " ".join(_cardinal(hour, "feminine", case)) if hour else "nula"
    said = f"{before}{number} {_counted(_NOUNS['hour'], hour, case)}"
    if not minute:
        return (said,)
    minutes = (*_cardinal(minute, "feminine", case), _counted(_NOUNS["minute"], minute, case))
    return said, " ".join(minutes)


# A date is a genitive: "druhého března".
_DAYS = days_of_month(_ordinal, "masculine", dict.fromkeys(MANNERS, "genitive"))
_MONTHS = words("ledna února března dubna května června července srpna září října listopadu prosince")
_OF_WEEKDAYS = words("pondělí úterý středy čtvrtka pátku soboty neděle")
_NOUNS = nouns(
    SLAVIC_CASES,
    """
    second feminine: sekunda sekundy sekundě sekundu sekundě sekundou
        sekundy sekund sekundám sekundy sekundách sekundami
    minute feminine: minuta minuty minutě minutu minutě minutou
        minuty minut minutám minuty minutách minutami
    hour feminine: hodina hodiny hodině hodinu hodině hodinou
        hodiny hodin hodinám hodiny hodinách hodinami
    day masculine: den dne dni den dni dnem
        dny dnů dnům dny dnech dny
    year masculine: rok roku roku rok roce rokem
        roky let letům roky letech lety
    caller animate: volající volajícího volajícímu volajícího volajícím volajícím
        volající volajících volajícím volající volajících volajícími
    person feminine: osoba osoby osobě osobu osobě osobou
        osoby osob osobám osoby osobách osobami
    message feminine: zpráva zprávy zprávě zprávu zprávě zprávou
        zprávy zpráv zprávám zprávy zprávách zprávami
    euro neuter: euro eura euru euro euru eurem
        eura eur eurům eura eurech eury
    cent masculine: cent centu centu cent centu centem
        centy centů centům centy centech centy
    crown feminine: koruna koruny koruně korunu koruně korunou
        koruny korun korunám koruny korunách korunami
    heller masculine: haléř haléře haléři haléř haléři haléřem
        haléře haléřů haléřům haléře haléřích haléři
    zloty masculine: zlotý zlotého zlotému zlotý zlotém zlotým
        zloté zlotých zlotým zloté zlotých zlotými
    grosz masculine: groš groše groši groš groši grošem
        groše grošů grošům groše groších groši
    rouble masculine: rubl rublu rublu rubl rublu rublem
        rubly rublů rublům rubly rublech rubly
    kopeck feminine: kopejka kopejky kopejce kopejku kopejce kopejkou
        kopejky kopejek kopejkám kopejky kopejkách kopejkami
    dollar masculine: dolar dolaru dolaru dolar dolaru dolarem
        dolary dolarů dolarům dolary dolarech dolary
    pound feminine: libra libry libře libru libře librou
        libry liber librám libry librách librami
    penny feminine: pence pence penci penci penci pencí
        pence pencí pencím pence pencích pencemi
    """,
)

CZECH = Language(
    code="cs",
    name="Czech",
    genders=("masculine", "animate", "feminine", "neuter"),
    cases=SLAVIC_CASES,
    plural=_plural,
    examples={"one": 1, "few": 2, "other": 5},
    cardinal=_cardinal,
    ordinal=_ordinal,
    counted=_counted,
    nouns=_NOUNS,
    between_units=(),
    minus="minus",
    time=_time,
    calendar=Calendar(
        days=_DAYS,
        opening_days=prefixed(by_manner("", "", "od ", "do "), _DAYS),
        months=dict.fromkeys(MANNERS, _MONTHS),
        weekdays=by_manner(
            words("pondělí úterý středa čtvrtek pátek sobota neděle"),
            phrases("v pondělí, v úterý, ve středu, ve čtvrtek, v pátek, v sobotu, v neděli"),
            tuple(f"od {day}" for day in _OF_WEEKDAYS),
            tuple(f"do {day}" for day in _OF_WEEKDAYS),
        ),
    ),
    waits=(
        "do jedné minuty",
        "od jedné do dvou minut",
        "od dvou do pěti minut",
        "od pěti do deseti minut",
        "od deseti do patnácti minut",
        "od patnácti do třiceti minut",
        "více než půl hodiny",
    ),
    keys=keys("nula jedna dva tři čtyři pět šest sedm osm devět", "hvězdička", "křížek", "plus"),
    positions=(
        "Jste další na řadě.",
        # "místo" is neuter: the caller's own gender is not ours to guess.
        *(
            f"Jste na {' '.join(_ordinal(place, 'neuter', 'locative'))} místě v pořadí."
            for place in range(2, 21)
        ),
        "Před vámi čeká nejméně dvacet volajících.",
    ),
)
