"""The words for yes and no, numbers, days and parts of the day in the five languages, as callers say them."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

_APART = str.maketrans({"ł": "l", "Ł": "l", "'": "", "’": ""})  # what NFKD leaves whole, and "that's"

_HYPHEN = re.compile(r"(?<![0-9])-|-(?![0-9])")


def fold(text: str) -> tuple[str, ...]:
    """The words of a text in small letters without marks, so that "Rīt, lūdzu!" is ("rit", "ludzu").

    Full stop, colon and hyphen stay between digits.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_APART).casefold())
    kept = "".join(c if c.isalnum() or c in ".:-" else " " for c in plain if not unicodedata.combining(c))
    words = (word.strip(".:-") for word in _HYPHEN.sub(" ", kept).split())
    return tuple(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """As written; `Words` below holds them folded. Alternatives are separated by "|"."""

    yes: str
    no: str
    units: tuple[str, ...]  # 0-19
    tens: tuple[str, ...]  # 20, 30, ... 90
    larger: str  # words after which a number is more than these tables know
    days: tuple[str, str, str]  # today, tomorrow, the day after
    weekdays: tuple[str, ...]  # from Monday
    months: tuple[str, ...]
    ordinals: tuple[str, ...] = ()  # first, second, ... as far as days of a month need
    hours: tuple[str, ...] = ()  # one o'clock, two ..., where that is another word than the number
    at: str = ""  # before an hour
    noon: str = ""
    morning: str = ""  # and the words that say so of an hour
    afternoon: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A lexicon to look things up in: phrases of folded words."""

    yes: frozenset[tuple[str, ...]]
    no: frozenset[tuple[str, ...]]
    numbers: Mapping[str, int]  # single words only
    tens: frozenset[str]
    larger: frozenset[str]
    days: Mapping[tuple[str, ...], int]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    ordinals: Mapping[str, int]
    hours: Mapping[str, int]
    at: frozenset[str]
    noon: frozenset[str]
    morning: frozenset[str]
    afternoon: frozenset[str]


def words_of(lexicon: Lexicon) -> Words:
    numbers = _table(lexicon.units, 0)
    tens = {word: 10 * ten for word, ten in _table(lexicon.tens, 2).items()}
    return Words(
        yes=frozenset(map(fold, lexicon.yes.split("|"))),
        no=frozenset(map(fold, lexicon.no.split("|"))),
        numbers=numbers | tens,
        tens=frozenset(tens),
        larger=_set(lexicon.larger),
        days={fold(form): n for n, forms in enumerate(lexicon.days) for form in forms.split("|")},
        weekdays=_table(lexicon.weekdays, 0),
        months=_table(lexicon.months, 1),
        ordinals=_table(lexicon.ordinals, 1),
        hours=_table(lexicon.hours, 1),
        at=_set(lexicon.at),
        noon=_set(lexicon.noon),
        morning=_set(lexicon.morning),
        afternoon=_set(lexicon.afternoon),
    )


def _table(rows: tuple[str, ...], first: int) -> dict[str, int]:
    return {fold(form)[0]: n for n, forms in enumerate(rows, first) for form in forms.split("|")}


def _set(forms: str) -> frozenset[str]:
    return frozenset(word for form in forms.split("|") for word in fold(form))


_CS_UNITS = "jedna|dva|tři|čtyři|pět|šest|sedm|osm|devět"
_CS_TENS = ("dvacet", "třicet", "čtyřicet", "padesát", "šedesát", "sedmdesát", "osmdesát", "devadesát")

ENGLISH = Lexicon(
    yes="yes|yeah|yep|sure|correct|that's right|right|ok|okay|of course|please do",
    no="no|nope|not|wrong|incorrect|don't",
    units=("zero|oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
           "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
           "nineteen"),
    tens=("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
    larger="hundred|thousand|million",
    days=("today", "tomorrow", "the day after tomorrow|day after tomorrow"),
    weekdays=("monday|mondays", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    months=("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december"),
    ordinals=("first|1st", "second|2nd", "third|3rd", "fourth|4th", "fifth|5th", "sixth|6th", "seventh|7th",
              "eighth|8th", "ninth|9th", "tenth|10th", "eleventh|11th", "twelfth|12th", "thirteenth|13th",
              "fourteenth|14th", "fifteenth|15th", "sixteenth|16th", "seventeenth|17th", "eighteenth|18th",
              "nineteenth|19th", "twentieth|20th", "21st", "22nd", "23rd", "24th", "25th", "26th", "27th",
              "28th", "29th", "thirtieth|30th", "31st"),
    at="at|around|by",
    noon="noon|midday",
    morning="am|morning",
    afternoon="pm|afternoon|evening",
)  # fmt: skip
LATVIAN = Lexicon(
    yes="jā|jaa|labi|pareizi|protams|tieši tā",
    no="nē|nee|nav|nepareizi",
    units=("nulle|nulles", "viens|viena|vienu", "divi|divas|divus", "trīs", "četri|četras|četrus",
           "pieci|piecas|piecus", "seši|sešas|sešus", "septiņi|septiņas|septiņus", "astoņi|astoņas|astoņus",
           "deviņi|deviņas|deviņus", "desmit", "vienpadsmit", "divpadsmit", "trīspadsmit", "četrpadsmit",
           "piecpadsmit", "sešpadsmit", "septiņpadsmit", "astoņpadsmit", "deviņpadsmit"),
    tens=("divdesmit", "trīsdesmit", "četrdesmit", "piecdesmit", "sešdesmit", "septiņdesmit", "astoņdesmit",
          "deviņdesmit"),
    larger="simts|simt|simti|tūkstoš|tūkstotis|tūkstoši|miljons|miljoni",
    days=("šodien", "rīt|rītdien", "parīt"),
    weekdays=("pirmdien|pirmdiena|pirmdienu|pirmdienā", "otrdien|otrdiena|otrdienu|otrdienā",
              "trešdien|trešdiena|trešdienu|trešdienā", "ceturtdien|ceturtdiena|ceturtdienu|ceturtdienā",
              "piektdien|piektdiena|piektdienu|piektdienā", "sestdien|sestdiena|sestdienu|sestdienā",
              "svētdien|svētdiena|svētdienu|svētdienā"),
    months=("janvāris|janvārī|janvāri", "februāris|februārī|februāri", "marts|martā|martu",
            "aprīlis|aprīlī|aprīli", "maijs|maijā|maiju", "jūnijs|jūnijā|jūniju", "jūlijs|jūlijā|jūliju",
            "augusts|augustā|augustu", "septembris|septembrī|septembri", "oktobris|oktobrī|oktobri",
            "novembris|novembrī|novembri", "decembris|decembrī|decembri"),
    hours=("vienos", "divos", "trijos", "četros", "piecos", "sešos", "septiņos", "astoņos", "deviņos",
           "desmitos", "vienpadsmitos", "divpadsmitos", "trīspadsmitos", "četrpadsmitos", "piecpadsmitos",
           "sešpadsmitos", "septiņpadsmitos", "astoņpadsmitos", "deviņpadsmitos", "divdesmitos"),
    at="plkst",
    noon="pusdienlaikā",
    morning="rītā|rīta|priekšpusdienā",
    afternoon="pēcpusdienā|vakarā",
)  # fmt: skip
CZECH = Lexicon(
    yes="ano|jo|jasně|dobře|správně|určitě|přesně",
    no="ne|nikoli|nikoliv|špatně",
    units=("nula|nulu", "jedna|jeden|jedno|jednu", "dva|dvě", "tři", "čtyři", "pět", "šest", "sedm", "osm",
           "devět", "deset", "jedenáct", "dvanáct", "třináct", "čtrnáct", "patnáct", "šestnáct", "sedmnáct",
           "osmnáct", "devatenáct"),
    tens=_CS_TENS,
    larger="sto|stě|sta|set|tisíc|tisíce|milion|miliony",
    days=("dnes|dneska", "zítra", "pozítří"),
    weekdays=("pondělí", "úterý", "středa|středu", "čtvrtek", "pátek", "sobota|sobotu", "neděle|neděli"),
    months=("leden|ledna", "únor|února", "březen|března", "duben|dubna", "květen|května", "červen|června",
            "červenec|července", "srpen|srpna", "září", "říjen|října", "listopad|listopadu",
            "prosinec|prosince"),
    at="v|ve|kolem",
    noon="poledne",
    morning="ráno|dopoledne",
    afternoon="odpoledne|večer",
)  # fmt: skip
POLISH = Lexicon(
    yes="tak|dobrze|zgoda|oczywiście|zgadza się",
    no="nie|źle",
    units=("zero", "jeden|jedna|jedno|jedną", "dwa|dwie", "trzy", "cztery", "pięć", "sześć", "siedem",
           "osiem", "dziewięć", "dziesięć", "jedenaście", "dwanaście", "trzynaście", "czternaście",
           "piętnaście", "szesnaście", "siedemnaście", "osiemnaście", "dziewiętnaście"),
    tens=("dwadzieścia", "trzydzieści", "czterdzieści", "pięćdziesiąt", "sześćdziesiąt", "siedemdziesiąt",
          "osiemdziesiąt", "dziewięćdziesiąt"),
    larger="sto|dwieście|trzysta|czterysta|pięćset|sześćset|siedemset|osiemset|dziewięćset|tysiąc|tysiące",
    days=("dzisiaj|dziś", "jutro", "pojutrze"),
    weekdays=("poniedziałek", "wtorek", "środa|środę", "czwartek", "piątek", "sobota|sobotę",
              "niedziela|niedzielę"),
    months=("styczeń|stycznia", "luty|lutego", "marzec|marca", "kwiecień|kwietnia", "maj|maja",
            "czerwiec|czerwca", "lipiec|lipca", "sierpień|sierpnia", "wrzesień|września",
            "październik|października", "listopad|listopada", "grudzień|grudnia"),
    hours=("pierwszej|pierwsza", "drugiej|druga", "trzeciej|trzecia", "czwartej|czwarta", "piątej|piąta",
           "szóstej|szósta", "siódmej|siódma", "ósmej|ósma", "dziewiątej|dziewiąta", "dziesiątej|dziesiąta",
           "jedenastej|jedenasta", "dwunastej|dwunasta", "trzynastej|trzynasta", "czternastej|czternasta",
           "piętnastej|piętnasta", "szesnastej|szesnasta", "siedemnastej|siedemnasta",
           "osiemnastej|osiemnasta", "dziewiętnastej|dziewiętnasta", "dwudziestej|dwudziesta"),
    at="o",
    noon="południe",
    morning="rano|południem",
    afternoon="południu|wieczorem",
)  # fmt: skip
RUSSIAN = Lexicon(
    yes="да|ага|верно|правильно|конечно|хорошо|согласен|согласна",
    no="нет|неверно|неправильно|не",
    units=("ноль|нуль", "один|одна|одно|одну", "два|две", "три", "четыре", "пять", "шесть", "семь",
           "восемь", "девять", "десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать",
           "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"),
    tens=("двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят",
          "девяносто"),
    larger="сто|двести|триста|четыреста|пятьсот|шестьсот|семьсот|восемьсот|девятьсот|тысяча|тысячи|тысяч",
    days=("сегодня", "завтра", "послезавтра"),
    weekdays=("понедельник", "вторник", "среда|среду", "четверг", "пятница|пятницу", "суббота|субботу",
              "воскресенье"),
    months=("январь|января", "февраль|февраля", "март|марта", "апрель|апреля", "май|мая", "июнь|июня",
            "июль|июля", "август|августа", "сентябрь|сентября", "октябрь|октября", "ноябрь|ноября",
            "декабрь|декабря"),
    at="в|во|к",
    noon="полдень",
    morning="утра|утром",
    afternoon="дня|днем|вечера|вечером",
)  # fmt: skip


def _czech() -> Words:
    """Czech also says "jednadvacet", one and twenty."""
    words = words_of(CZECH)
    turned = {
        fold(unit + joint + ten)[0]: 10 * tens + units
        for units, unit in enumerate(_CS_UNITS.split("|"), 1)
        for tens, ten in enumerate(_CS_TENS, 2)
        for joint in (("", "a") if unit == "jedna" else ("a",))
    }
    return replace(words, numbers={**words.numbers, **turned})


WORDS: Mapping[str, Words] = {
    "en": words_of(ENGLISH),
    "lv": words_of(LATVIAN),
    "cs": _czech(),
    "pl": words_of(POLISH),
    "ru": words_of(RUSSIAN),
}
