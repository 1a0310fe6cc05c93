from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.bots.lexicon import WORDS, fold
from pbx.bots.values import Kind, from_keys, from_words

TODAY = date(2026, 3, 2)  # a Monday
LANGUAGES = ("en", "lv", "cs", "pl", "ru")
NUMBERS = {
    "en": "zero|seven|fifteen|twenty|twenty-one|ninety nine",
    "lv": "nulle|septiņi|piecpadsmit|divdesmit|divdesmit viens|deviņdesmit deviņi",
    "cs": "nula|sedm|patnáct|dvacet|jednadvacet|devadesát devět",
    "pl": "zero|siedem|piętnaście|dwadzieścia|dwadzieścia jeden|dziewięćdziesiąt dziewięć",
    "ru": "ноль|семь|пятнадцать|двадцать|двадцать один|девяносто девять",
}


def said(kind: Kind, text: str, language: str = "en", *, asked: bool = True) -> str | None:
    return from_words(kind, fold(text), language, TODAY, asked=asked)


@pytest.mark.parametrize(
    ("language", "yes", "no"),
    [
        ("en", "Yes, please.", "No, thanks"),
        ("lv", "Jā, lūdzu", "Nē, paldies"),
        ("cs", "Ano, prosím", "Ne, díky"),
        ("pl", "Tak, proszę", "Nie, dziękuję"),
        ("ru", "Да, пожалуйста", "Нет, спасибо"),
    ],
)
def test_yes_and_no_are_known_in_every_language(language: str, yes: str, no: str):
    assert said("yes_no", yes, language) == "yes"
    assert said("yes_no", no, language) == "no"
    assert said("yes_no", f"{no} {yes}", language) == "no"
    assert said("yes_no", "hmm", language) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_in_words_are_numbers(language: str):
    for number, words in zip([0, 7, 15, 20, 21, 99], NUMBERS[language].split("|"), strict=True):
        assert said("number", words, language) == str(number), words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_from_0_to_99_can_be_said(language: str):
    known = WORDS[language].numbers
    word = {number: word for word, number in known.items()}
    for number in range(100):
        words = [word[number]] if number in word else [word[number // 10 * 10], word[number % 10]]
        assert from_words("number", words, language, TODAY) == str(number)


def test_the_czechs_also_put_the_ones_first():
    assert said("number", "pětadvacet", "cs") == "25"


@pytest.mark.parametrize("text", ["two or three", "two hundred", "many", ""])
def test_what_is_not_just_one_number_is_none(text: str):
    assert said("number", text) is None


@pytest.mark.parametrize(
    ("text", "language", "digits"),
    [
        ("one two oh five", "en", "1205"),
        ("twenty three four", "en", "234"),
        ("it is 29 12 34 56", "en", "29123456"),
        ("divi nulle pieci", "lv", "205"),
    ],
)
def test_digits_are_put_together(text: str, language: str, digits: str):
    assert said("digits", text, language) == digits


@pytest.mark.parametrize(
    ("language", "today", "tomorrow", "after", "wednesday"),
    [
        ("en", "today", "tomorrow please", "the day after tomorrow", "on Wednesday"),
        ("lv", "šodien", "rīt, lūdzu", "parīt", "trešdien"),
        ("cs", "dnes", "zítra", "pozítří", "ve středu"),
        ("pl", "dzisiaj", "jutro", "pojutrze", "w środę"),
        ("ru", "сегодня", "завтра", "послезавтра", "в среду"),
    ],
)
def test_days_are_known_in_every_language(
    language: str, today: str, tomorrow: str, after: str, wednesday: str
):
    assert said("date", today, language) == "2026-03-02"
    assert said("date", tomorrow, language) == "2026-03-03"
    assert said("date", after, language) == "2026-03-04"
    assert said("date", wednesday, language) == "2026-03-04"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_weekday_and_month_is_known(language: str):
    words = WORDS[language]
    assert set(words.weekdays.values()) == set(range(7))
    assert set(words.months.values()) == set(range(1, 13))


def test_the_weekday_that_is_today_means_next_week():
    assert said("date", "monday") == "2026-03-09"
    assert said("date", "sunday") == "2026-03-08"


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("the third of march", "en", "2026-03-03"),
        ("march the twenty first", "en", "2026-03-21"),
        ("twenty first of april", "en", "2026-04-21"),
        ("april 3rd", "en", "2026-04-03"),
        ("first of march", "en", "2027-03-01"),
        ("second of march", "en", "2026-03-02"),
        ("twenty ninth of february", "en", "2028-02-29"),
        ("3. martā", "lv", "2026-03-03"),
        ("dvacet jedna dubna", "cs", "2026-04-21"),
        ("5 maja", "pl", "2026-05-05"),
        ("десять мая", "ru", "2026-05-10"),
        ("2026-07-01", "en", "2026-07-01"),
    ],
)
def test_a_day_of_a_month_is_the_next_of_that_name(text: str, language: str, day: str):
    assert said("date", text, language) == day


@pytest.mark.parametrize("text", ["the thirty first of june", "march", "soon", "2026-13-01"])
def test_what_is_no_day_is_none(text: str):
    assert said("date", text) is None


@pytest.mark.parametrize(
    ("text", "language", "time"),
    [
        ("at ten", "en", "10:00"),
        ("ten thirty", "en", "10:30"),
        ("eight thirty", "en", "08:30"),
        ("at seven", "en", "07:00"),
        ("at six", "en", "18:00"),
        ("ten oh five", "en", "10:05"),
        ("half past two", "en", "14:30"),
        ("a quarter to nine in the morning", "en", "08:45"),
        ("eight pm", "en", "20:00"),
        ("three in the morning", "en", "03:00"),
        ("noon", "en", "12:00"),
        ("14:30", "en", "14:30"),
        ("on the 3rd of march at ten", "en", "10:00"),
        ("3 march at ten thirty please", "en", "10:30"),
        ("desmitos", "lv", "10:00"),
        ("četrpadsmitos trīsdesmit", "lv", "14:30"),
        ("v deset hodin", "cs", "10:00"),
        ("o dziesiątej trzydzieści", "pl", "10:30"),
        ("в десять утра", "ru", "10:00"),
        ("в три", "ru", "15:00"),
    ],
)
def test_times_of_the_day_are_known(text: str, language: str, time: str):
    assert said("time", text, language) == time


@pytest.mark.parametrize("text", ["25:00", "10:61", "later"])
def test_what_is_no_time_is_none(text: str):
    assert said("time", text) is None


def test_what_was_not_asked_for_must_be_plain():
    assert said("time", "one appointment please", asked=False) is None
    assert said("time", "an appointment at ten", asked=False) == "10:00"
    assert said("yes_no", "no appointment", asked=False) is None
    assert said("date", "an appointment tomorrow", asked=False) == "2026-03-03"


@pytest.mark.parametrize(
    ("kind", "keys", "value"),
    [
        ("date", "0303", "2026-03-03"),
        ("date", "0103", "2027-03-01"),
        ("date", "3102", None),
        ("date", "03", None),
        ("time", "1430", "14:30"),
        ("time", "930", "09:30"),
        ("time", "2460", None),
        ("time", "30", None),
        ("digits", "007", "007"),
        ("number", "007", "7"),
        ("yes_no", "1", "yes"),
        ("yes_no", "2", "no"),
        ("yes_no", "3", None),
        ("digits", "12*", None),
        ("digits", "", None),
    ],
)
def test_keys_are_values_too(kind: Kind, keys: str, value: str | None):
    assert from_keys(kind, keys, TODAY) == value


def test_a_language_without_a_lexicon_has_its_figures():
    assert said("digits", "noll 7", "sv") == "7"
    assert said("date", "today", "sv") is None


@given(st.text(max_size=200), st.sampled_from(LANGUAGES), st.booleans())
def test_nothing_that_can_be_said_is_an_error(text: str, language: str, asked: bool):
    for kind in ("date", "time", "digits", "number", "yes_no", "text"):
        value = from_words(kind, fold(text), language, TODAY, asked=asked)
        assert value is None or 0 < len(value) <= 256


@given(st.text("0123456789*#", max_size=40))
def test_no_keys_are_an_error(keys: str):
    for kind in ("date", "time", "digits", "number", "yes_no", "text", "choice"):
        assert from_keys(kind, keys, TODAY) != ""
