"""Polish: a gender of its own for men ("dwóch dzwoniących"), and "jeden" frozen in compounds."""

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
    "jeden jednego jednemu jeden jednym jednym",
    "jedna jednej jednej jedną jednej jedną",
    "jedno jednego jednemu jedno jednym jednym",
)
_TWO_TO_FOUR = (
    by_case(SLAVIC_CASES, "dwa dwóch dwóm dwa dwóch dwoma"),
    by_case(SLAVIC_CASES, "trzy trzech trzem trzy trzech trzema"),
    by_case(SLAVIC_CASES, "cztery czterech czterem cztery czterech czterema"),
)
_FIVE_ON = words(
    "pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście trzynaście czternaście piętnaście "
    "szesnaście siedemnaście osiemnaście dziewiętnaście"
)
_FIVE_ON_OBLIQUE = words(
    "pięciu sześciu siedmiu ośmiu dziewięciu dziesięciu jedenastu dwunastu trzynastu czternastu piętnastu "
    "szesnastu siedemnastu osiemnastu dziewiętnastu"
)
_TENS = words(
    "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt "
    "dziewięćdziesiąt"
)
_TENS_OBLIQUE = words(
    "dwudziestu trzydziestu czterdziestu pięćdziesięciu sześćdziesięciu siedemdziesięciu osiemdziesięciu "
    "dziewięćdziesięciu"
)
_HUNDREDS = words("sto dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset")
_HUNDREDS_OBLIQUE = words(
    "stu dwustu trzystu czterystu pięciuset sześciuset siedmiuset ośmiuset dziewięciuset"
)

# Declensions of "pierwszy", of "drugi" after g, and of "trzeci".
_HARD = by_gender(
    SLAVIC_CASES,
    "y ego emu y ym ym",
    "a ej ej ą ej ą",
    "e ego emu e ym ym",
)
_VELAR = by_gender(
    SLAVIC_CASES,
    "i iego iemu i im im",
    "a iej iej ą iej ą",
    "ie iego iemu ie im im",
)
_SOFT = by_gender(
    SLAVIC_CASES,
    "i iego iemu i im im",
    "ia iej iej ią iej ią",
    "ie iego iemu ie im im",
)
_ORDINAL_STEMS = words(
    "pierwsz drug trzec czwart piąt szóst siódm ósm dziewiąt dziesiąt jedenast dwunast trzynast czternast "
    "piętnast szesnast siedemnast osiemnast dziewiętnast"
)
_ORDINAL_TENS = words(
    "dwudziest trzydziest czterdziest pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt "
    "dziewięćdziesiąt"
)
_ORDINAL_HUNDREDS = words(
    "setn dwusetn trzechsetn czterechsetn pięćsetn sześćsetn siedemsetn osiemsetn dziewięćsetn"
)


def _plural(number: int) -> Plural:
    if number == 1:
        return "one"
    return "few" if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else "many"


def _stands(gender: Gender | None, case: Case) -> Case:
    """Men are counted by the genitive: "dwóch dzwoniących dzwoni"."""
    return "genitive" if gender == "personal" and case in _DIRECT else case


def _oblique(word: str, oblique: str, case: Case) -> str:
    if case in _DIRECT:
        return word
    return f"{oblique.removesuffix('u')}oma" if case == "instrumental" else oblique


def _unit(number: int, gender: Gender | None, case: Case) -> str:
    """1 to 19."""
    if number == 1:
        return _ONE[gender or "masculine"][case]
    case = _stands(gender, case)
    if number == 2 and gender == "feminine" and case in ("nominative", "accusative", "instrumental"):
        return "dwiema" if case == "instrumental" else "dwie"
    if number <= 4:
        return _TWO_TO_FOUR[number - 2][case]
    return _oblique(_FIVE_ON[number - 5], _FIVE_ON_OBLIQUE[number - 5], case)


def _below_hundred(number: int, gender: Gender | None, case: Case) -> Words:
    if number < 20:
        return (_unit(number, gender, case),)
    ten, unit = divmod(number, 10)
    said = _oblique(_TENS[ten - 2], _TENS_OBLIQUE[ten - 2], _stands(gender, case))
    if not unit:
        return (said,)
    return said, "jeden" if unit == 1 else _unit(unit, gender, case)


def _below_thousand(number: int, gender: Gender | None, case: Case) -> Words:
    hundred, rest = divmod(number, 100)
    if not hundred:
        return _below_hundred(rest, gender, case)
    said = (_HUNDREDS if _stands(gender, case) in _DIRECT else _HUNDREDS_OBLIQUE)[hundred - 1]
    if not rest:
        return (said,)
    return said, *(("jeden",) if rest == 1 else _below_hundred(rest, gender, case))


def _counted(noun: Noun, number: int, case: Case) -> str:
    """As in "dwie minuty", "pięć minut", "pięcioma minutami"; thousands and zero are nouns themselves."""
    plural = _plural(number)
    if plural == "one":
        return noun.singular[case]
    of_many = case in _DIRECT and (plural == "many" or noun.gender == "personal")
    return noun.plural["genitive" if of_many or number % 1000 == 0 else case]


_SCALES = nouns(
    SLAVIC_CASES,
    """
    million masculine: milion miliona milionowi milion milionie milionem
        miliony milionów milionom miliony milionach milionami
    thousand masculine: tysiąc tysiąca tysiącowi tysiąc tysiącu tysiącem
        tysiące tysięcy tysiącom tysiące tysiącach tysiącami
    """,
)
_NUMERALS = Numerals(
    by_case(SLAVIC_CASES, "zero zera zeru zero zerze zerem"),
    _below_thousand,
    _SCALES["million"],
    _SCALES["thousand"],
    _counted,
    says_one=False,
)


def _cardinal(number: int, gender: Gender | None, case: Case) -> Words:
    said = cardinal(_NUMERALS, number, gender, case)
    return (*said[:-1], "jeden") if number > 1000 and number % 1000 == 1 else said  # "tysiąc jeden minut"


def _ordinal(number: int, gender: Gender | None, case: Case) -> Words:
    """As in "sto dwudziesty trzeci": tens and units are ordinals both, hundreds before them are not."""
    form = gender or "masculine"
    hundred, rest = divmod(number, 100)
    hard = _HARD[form][case]
    if not rest:
        return (_ORDINAL_HUNDREDS[hundred - 1] + hard,)
    said = (_HUNDREDS[hundred - 1],) if hundred else ()
    ten, unit = divmod(rest, 10) if rest >= 20 else (0, rest)
    if ten:
        said = (*said, _ORDINAL_TENS[ten - 2] + hard)
    if unit:
        ending = {2: _VELAR[form][case], 3: _SOFT[form][case]}.get(unit, hard)
        said = (*said, _ORDINAL_STEMS[unit - 1] + ending)
    return said


_CLOCK_CASES: Mapping[Manner, Case] = by_manner("nominative", "locative", "genitive", "genitive")
_PREPOSITIONS = by_manner("", "o ", "od ", "do ")
_MIDNIGHT = by_manner("północ", "północy", "północy", "północy")
_HOUR_ZERO = by_manner("godzina zero", "godzinie zero", "godziny zero", "godziny zero")


def _time(hour: int, minute: int, manner: Manner) -> Words:
    """Hours are feminine ordinals, minutes cardinals: "o czternastej trzydzieści", "o ósmej zero pięć"."""
    before = _PREPOSITIONS[manner]
    if (hour, minute) == (0, 0):
        return (before + _MIDNIGHT[manner],)
    said = " ".join(_ordinal(hour, "feminine", _CLOCK_CASES[manner])) if hour else _HOUR_ZERO[manner]
    if not minute:
        return (before + said,)
    minutes = " ".join(_cardinal(minute, None, "nominative"))
    return before + said, f"zero {minutes}" if minute < 10 else minutes


# A date is a genitive: "drugiego marca".
_DAYS = days_of_month(_ordinal, "masculine", dict.fromkeys(MANNERS, "genitive"))
_MONTHS = words(
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
)
_OF_WEEKDAYS = words("poniedziałku wtorku środy czwartku piątku soboty niedzieli")
# Most coins are animate: "zapłacić jednego dolara".
_NOUNS = nouns(
    SLAVIC_CASES,
    """
    second feminine: sekunda sekundy sekundzie sekundę sekundzie sekundą
        sekundy sekund sekundom sekundy sekundach sekundami
    minute feminine: minuta minuty minucie minutę minucie minutą
        minuty minut minutom minuty minutach minutami
    hour feminine: godzina godziny godzinie godzinę godzinie godziną
        godziny godzin godzinom godziny godzinach godzinami
    day masculine: dzień dnia dniowi dzień dniu dniem
        dni dni dniom dni dniach dniami
    year masculine: rok roku rokowi rok roku rokiem
        lata lat latom lata latach latami
    caller personal: dzwoniący dzwoniącego dzwoniącemu dzwoniącego dzwoniącym dzwoniącym
        dzwoniący dzwoniących dzwoniącym dzwoniących dzwoniących dzwoniącymi
    person feminine: osoba osoby osobie osobę osobie osobą
        osoby osób osobom osoby osobach osobami
    message feminine: wiadomość wiadomości wiadomości wiadomość wiadomości wiadomością
        wiadomości wiadomości wiadomościom wiadomości wiadomościach wiadomościami
    euro neuter: euro euro euro euro euro euro
        euro euro euro euro euro euro
    cent animate: cent centa centowi centa cencie centem
        centy centów centom centy centach centami
    crown feminine: korona korony koronie koronę koronie koroną
        korony koron koronom korony koronach koronami
    heller animate: halerz halerza halerzowi halerza halerzu halerzem
        halerze halerzy halerzom halerze halerzach halerzami
    zloty animate: złoty złotego złotemu złotego złotym złotym
        złote złotych złotym złote złotych złotymi
    grosz animate: grosz grosza groszowi grosza groszu groszem
        grosze groszy groszom grosze groszach groszami
    rouble animate: rubel rubla rublowi rubla rublu rublem
        ruble rubli rublom ruble rublach rublami
    kopeck feminine: kopiejka kopiejki kopiejce kopiejkę kopiejce kopiejką
        kopiejki kopiejek kopiejkom kopiejki kopiejkach kopiejkami
    dollar animate: dolar dolara dolarowi dolara dolarze dolarem
        dolary dolarów dolarom dolary dolarach dolarami
    pound animate: funt funta funtowi funta funcie funtem
        funty funtów funtom funty funtach funtami
    penny animate: pens pensa pensowi pensa pensie pensem
        pensy pensów pensom pensy pensach pensami
    """,
)

POLISH = Language(
    code="pl",
    name="Polish",
    genders=("masculine", "animate", "personal", "feminine", "neuter"),
    cases=SLAVIC_CASES,
    plural=_plural,
    examples={"one": 1, "few": 2, "many": 5},
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
            words("poniedziałek wtorek środa czwartek piątek sobota niedziela"),
            phrases("w poniedziałek, we wtorek, w środę, w czwartek, w piątek, w sobotę, w niedzielę"),
            tuple(f"od {day}" for day in _OF_WEEKDAYS),
            tuple(f"do {day}" for day in _OF_WEEKDAYS),
        ),
    ),
    waits=(
        "poniżej jednej minuty",
        "od jednej do dwóch minut",
        "od dwóch do pięciu minut",
        "od pięciu do dziesięciu minut",
        "od dziesięciu do piętnastu minut",
        "od piętnastu do trzydziestu minut",
        "ponad pół godziny",
    ),
    keys=keys("zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć", "gwiazdka", "krzyżyk", "plus"),
    positions=(
        "Są Państwo następni w kolejce.",
        # "miejsce" is neuter: the caller's own gender is not ours to guess.
        *(
            f"Zajmują Państwo {' '.join(_ordinal(place, 'neuter', 'accusative'))} miejsce w kolejce."
            for place in range(2, 21)
        ),
        "Przed Państwem czeka co najmniej dwadzieścia osób.",
    ),
)
