"""Russian: the noun agrees with the last word of the number, "двадцать одна минута"."""

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
    "один одного одному один одном одним",
    "одна одной одной одну одной одной",
    "одно одного одному одно одном одним",
)
_TWO_TO_FOUR = (
    by_case(SLAVIC_CASES, "два двух двум два двух двумя"),
    by_case(SLAVIC_CASES, "три трёх трём три трёх тремя"),
    by_case(SLAVIC_CASES, "четыре четырёх четырём четыре четырёх четырьмя"),
)
_FIVE_ON = words(
    "пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать "
    "шестнадцать семнадцать восемнадцать девятнадцать"
)
_TENS = tuple(
    by_case(SLAVIC_CASES, line)
    for line in (
        "двадцать двадцати двадцати двадцать двадцати двадцатью",
        "тридцать тридцати тридцати тридцать тридцати тридцатью",
        "сорок сорока сорока сорок сорока сорока",
        "пятьдесят пятидесяти пятидесяти пятьдесят пятидесяти пятьюдесятью",
        "шестьдесят шестидесяти шестидесяти шестьдесят шестидесяти шестьюдесятью",
        "семьдесят семидесяти семидесяти семьдесят семидесяти семьюдесятью",
        "восемьдесят восьмидесяти восьмидесяти восемьдесят восьмидесяти восемьюдесятью",
        "девяносто девяноста девяноста девяносто девяноста девяноста",
    )
)
_HUNDREDS = tuple(
    by_case(SLAVIC_CASES, line)
    for line in (
        "сто ста ста сто ста ста",
        "двести двухсот двумстам двести двухстах двумястами",
        "триста трёхсот трёмстам триста трёхстах тремястами",
        "четыреста четырёхсот четырёмстам четыреста четырёхстах четырьмястами",
        "пятьсот пятисот пятистам пятьсот пятистах пятьюстами",
        "шестьсот шестисот шестистам шестьсот шестистах шестьюстами",
        "семьсот семисот семистам семьсот семистах семьюстами",
        "восемьсот восьмисот восьмистам восемьсот восьмистах восемьюстами",
        "девятьсот девятисот девятистам девятьсот девятистах девятьюстами",
    )
)

_HARD = by_gender(
    SLAVIC_CASES,
    "ый ого ому ый ом ым",
    "ая ой ой ую ой ой",
    "ое ого ому ое ом ым",
)
_STRESSED = by_gender(  # "второй", "шестой"
    SLAVIC_CASES,
    "ой ого ому ой ом ым",
    "ая ой ой ую ой ой",
    "ое ого ому ое ом ым",
)
_THIRD = by_gender(
    SLAVIC_CASES,
    "третий третьего третьему третий третьем третьим",
    "третья третьей третьей третью третьей третьей",
    "третье третьего третьему третье третьем третьим",
)
_ORDINAL_STEMS = words(
    "перв втор трет четвёрт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат "
    "пятнадцат шестнадцат семнадцат восемнадцат девятнадцат"
)
_ORDINAL_TENS = words("двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност")
_ORDINAL_HUNDREDS = words("сот двухсот трёхсот четырёхсот пятисот шестисот семисот восьмисот девятисот")
_STRESSED_STEMS = ("втор", "шест", "седьм", "восьм", "сороков")


def _plural(number: int) -> Plural:
    if number % 10 == 1 and number % 100 != 11:
        return "one"
    return "few" if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else "many"


def _oblique(word: str, case: Case) -> str:
    """The cases of 5 to 19: "пять", "пяти", "пятью"; only "восемь" loses its vowel."""
    if case in _DIRECT:
        return word
    if case == "instrumental":
        return f"{word}ю"
    return "восьми" if word == "восемь" else f"{word.removesuffix('ь')}и"


def _unit(number: int, gender: Gender | None, case: Case) -> str:
    """1 to 19."""
    if number == 1:
        return _ONE[gender or "masculine"][case]
    if number == 2 and gender == "feminine" and case in _DIRECT:
        return "две"
    return _TWO_TO_FOUR[number - 2][case] if number <= 4 else _oblique(_FIVE_ON[number - 5], case)


def _below_thousand(number: int, gender: Gender | None, case: Case) -> Words:
    if number in (2, 3, 4) and gender == "animate" and case == "accusative":
        return (_unit(number, gender, "genitive"),)  # "двух человек", but "двадцать два человека"
    hundred, rest = divmod(number, 100)
    ten, unit = divmod(rest, 10) if rest >= 20 else (0, rest)
    said = (_HUNDREDS[hundred - 1][case],) if hundred else ()
    if ten:
        said = (*said, _TENS[ten - 2][case])
    return (*said, _unit(unit, gender, case)) if unit else said


def _counted(noun: Noun, number: int, case: Case) -> str:
    """As in "две минуты", "пять минут", "пятью минутами"; thousands and zero are nouns themselves."""
    plural = _plural(number)
    if plural == "one":
        return noun.singular[case]
    if number % 1000 == 0 or (plural == "many" and case in _DIRECT):
        return noun.plural["genitive"]
    if case not in _DIRECT:
        return noun.plural[case]
    of_several = noun.adjectival or (noun.gender == "animate" and case == "accusative" and number <= 4)
    return (noun.plural if of_several else noun.singular)["genitive"]


_SCALES = nouns(
    SLAVIC_CASES,
    """
    million masculine: миллион миллиона миллиону миллион миллионе миллионом
        миллионы миллионов миллионам миллионы миллионах миллионами
    thousand feminine: тысяча тысячи тысяче тысячу тысяче тысячей
        тысячи тысяч тысячам тысячи тысячах тысячами
    """,
)
_NUMERALS = Numerals(
    by_case(SLAVIC_CASES, "ноль нуля нулю ноль нуле нулём"),
    _below_thousand,
    _SCALES["million"],
    _SCALES["thousand"],
    _counted,
    says_one=True,
)


def _cardinal(number: int, gender: Gender | None, case: Case) -> Words:
    return cardinal(_NUMERALS, number, gender, case)


def _ordinal(number: int, gender: Gender | None, case: Case) -> Words:
    """As in "сто двадцать третий": only the last word is an ordinal."""
    form = gender or "masculine"
    hundred, rest = divmod(number, 100)
    if not rest:
        return (_ORDINAL_HUNDREDS[hundred - 1] + _HARD[form][case],)
    said = (_HUNDREDS[hundred - 1]["nominative"],) if hundred else ()
    ten, unit = divmod(rest, 10) if rest >= 20 else (0, rest)
    if ten and unit:
        said = (*said, _TENS[ten - 2]["nominative"])
    if unit == 3:
        return (*said, _THIRD[form][case])
    stem = _ORDINAL_STEMS[unit - 1] if unit else _ORDINAL_TENS[ten - 2]
    return (*said, stem + (_STRESSED if stem in _STRESSED_STEMS else _HARD)[form][case])


_CLOCK_CASES: Mapping[Manner, Case] = by_manner("nominative", "accusative", "genitive", "genitive")
_MIDNIGHT = by_manner("полночь", "в полночь", "с полуночи", "до полуночи")
_PREPOSITIONS = by_manner("", "в ", "с ", "до ")


def _time(hour: int, minute: int, manner: Manner) -> Words:
    if (hour, minute) == (0, 0):
        return (_MIDNIGHT[manner],)
    case = _CLOCK_CASES[manner]
    hours = (*_cardinal(hour, "masculine", case), _counted(_NOUNS["hour"], hour, case))
    said = _PREPOSITIONS[manner] + " ".join(hours)
    if not minute:
        return (said,)
    minutes = (*_cardinal(minute, "feminine", case), _counted(_NOUNS["minute"], minute, case))
    return said, " ".join(minutes)


_DATE_CASES: Mapping[Manner, Case] = by_manner("nominative", "genitive", "genitive", "genitive")
_DAYS = days_of_month(_ordinal, "neuter", _DATE_CASES)
_MONTHS = words("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
_OF_WEEKDAYS = words("понедельника вторника среды четверга пятницы субботы воскресенья")
_NOUNS = nouns(
    SLAVIC_CASES,
    """
    second feminine: секунда секунды секунде секунду секунде секундой
        секунды секунд секундам секунды секундах секундами
    minute feminine: минута минуты минуте минуту минуте минутой
        минуты минут минутам минуты минутах минутами
    hour masculine: час часа часу час часе часом
        часы часов часам часы часах часами
    day masculine: день дня дню день дне днём
        дни дней дням дни днях днями
    year masculine: год года году год годе годом
        годы лет годам годы годах годами
    caller animate adjectival: звонящий звонящего звонящему звонящего звонящем звонящим
        звонящие звонящих звонящим звонящих звонящих звонящими
    person animate: человек человека человеку человека человеке человеком
        люди человек людям человек людях людьми
    message neuter: сообщение сообщения сообщению сообщение сообщении сообщением
        сообщения сообщений сообщениям сообщения сообщениях сообщениями
    euro masculine: евро евро евро евро евро евро
        евро евро евро евро евро евро
    cent masculine: цент цента центу цент центе центом
        центы центов центам центы центах центами
    crown feminine: крона кроны кроне крону кроне кроной
        кроны крон кронам кроны кронах кронами
    heller masculine: геллер геллера геллеру геллер геллере геллером
        геллеры геллеров геллерам геллеры геллерах геллерами
    zloty masculine adjectival: злотый злотого злотому злотый злотом злотым
        злотые злотых злотым злотые злотых злотыми
    grosz masculine: грош гроша грошу грош гроше грошом
        гроши грошей грошам гроши грошах грошами
    rouble masculine: рубль рубля рублю рубль рубле рублём
        рубли рублей рублям рубли рублях рублями
    kopeck feminine: копейка копейки копейке копейку копейке копейкой
        копейки копеек копейкам копейки копейках копейками
    dollar masculine: доллар доллара доллару доллар долларе долларом
        доллары долларов долларам доллары долларах долларами
    pound masculine: фунт фунта фунту фунт фунте фунтом
        фунты фунтов фунтам фунты фунтах фунтами
    penny masculine: пенс пенса пенсу пенс пенсе пенсом
        пенсы пенсов пенсам пенсы пенсах пенсами
    """,
)

RUSSIAN = Language(
    code="ru",
    name="Russian",
    genders=("masculine", "animate", "feminine", "neuter"),
    cases=SLAVIC_CASES,
    plural=_plural,
    examples={"one": 1, "few": 2, "many": 5},
    cardinal=_cardinal,
    ordinal=_ordinal,
    counted=_counted,
    nouns=_NOUNS,
    between_units=(),
    minus="минус",
    time=_time,
    calendar=Calendar(
        days=_DAYS,
        opening_days={
            **prefixed(by_manner("", "", "с ", "до "), _DAYS),
            "from": tuple(f"{'со' if day == 'второго' else 'с'} {day}" for day in _DAYS["from"]),
        },
        months=dict.fromkeys(MANNERS, _MONTHS),
        weekdays=by_manner(
            words("понедельник вторник среда четверг пятница суббота воскресенье"),
            phrases("в понедельник, во вторник, в среду, в четверг, в пятницу, в субботу, в воскресенье"),
            phrases("с понедельника, со вторника, со среды, с четверга, с пятницы, с субботы, с воскресенья"),
            tuple(f"до {day}" for day in _OF_WEEKDAYS),
        ),
    ),
    waits=(
        "меньше минуты",
        "от одной до двух минут",
        "от двух до пяти минут",
        "от пяти до десяти минут",
        "от десяти до пятнадцати минут",
        "от пятнадцати до тридцати минут",
        "больше получаса",
    ),
    keys=keys("ноль один два три четыре пять шесть семь восемь девять", "звёздочка", "решётка", "плюс"),
    positions=(
        "Ваш звонок следующий в очереди.",
        # "звонок" is masculine: the caller's own gender is not ours to guess.
        *(
            f"Ваш звонок {' '.join(_ordinal(place, 'masculine', 'nominative'))} в очереди."
            for place in range(2, 21)
        ),
        "Перед вами в очереди не менее двадцати человек.",
    ),
)
