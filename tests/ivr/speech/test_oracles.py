"""Numbers and plural classes against those who know: tables made by ICU, num2words, Babel."""

import re
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pbx.ivr.speech.grammar import Case, Gender
from pbx.ivr.speech.languages import LANGUAGES
from pbx.ivr.speech.template import parse_template, render

FOLDER = Path(__file__).parent / "expected"
ICU: dict[str, dict[str, dict[str, str]]] = {
    path.stem: tomllib.loads(path.read_text()) for path in sorted(FOLDER.glob("*.toml"))
}
GENDERS: dict[str, Gender] = {
    "masculine": "masculine",
    "feminine": "feminine",
    "neuter": "neuter",
    "animate": "animate",
    "personal": "personal",
}
CASES: dict[str, Case] = {
    "genitive": "genitive",
    "dative": "dative",
    "accusative": "accusative",
    "locative": "locative",
    "instrumental": "instrumental",
    "ablative": "instrumental",  # ICU's name for the Russian one
}

# Where good usage differs from the oracle.
BETTER = {
    # Number and noun must fit: "dwaj dzwoniący" would need a nominative, our noun is "dzwoniących".
    ("pl", "cardinal-masculine-personal", "2"): "dwóch",
    ("pl", "cardinal-masculine-personal", "3"): "trzech",
    # As in "dwiema minutami"; dictionaries have both.
    ("pl", "cardinal-feminine-instrumental", "22"): "dwudziestoma dwiema",
    ("pl", "cardinal-feminine-instrumental", "2002"): "dwoma tysiącami dwiema",
    # The noun by itself; "simt" goes before other words.
    ("lv", "cardinal-masculine", "100"): "simts",
    ("lv", "cardinal-feminine", "100"): "simts",
    # ICU's rules leave these ordinals cardinals.
    ("ru", "ordinal-feminine", "800"): "восьмисотая",
    ("ru", "ordinal-feminine-accusative", "300"): "трёхсотую",
    ("ru", "ordinal-feminine-ablative", "800"): "восьмисотой",
    ("ru", "ordinal-masculine-genitive", "200"): "двухсотого",
    ("ru", "ordinal-neuter", "300"): "трёхсотое",
    ("ru", "ordinal-neuter-accusative", "800"): "восьмисотое",
    ("ru", "ordinal-neuter-ablative", "300"): "трёхсотым",
    ("ru", "ordinal-neuter-ablative", "800"): "восьмисотым",
    ("ru", "ordinal-neuter-genitive", "300"): "трёхсотого",
}
# ICU agrees Czech compounds with their noun, "dvacet dvě minuty"; CLDR's classes go with "dvacet dva minut".
FROZEN = {"jeden": "jedna", "jedno": "jedna", "dvě": "dva"}


def plain(text: str) -> str:
    """Without what nobody hears."""
    return text.replace("-", " ").replace(",", "")


def undotted(text: str) -> str:
    """ICU leaves the dots off most ё."""
    return plain(text).replace("ё", "е")


def icu_values() -> Iterator[tuple[str, str, str, str]]:
    for language, rules in ICU.items():
        for rule, values in rules.items():
            for number, text in values.items():
                if language == "cs" and int(number) > 4:
                    first, _, last = text.rpartition(" ")
                    text = f"{first} {FROZEN.get(last, last)}".strip()
                yield language, rule, number, BETTER.get((language, rule, number), text)


def ours(language: str, rule: str, number: str) -> str:
    kind, *words = rule.split("-")
    gender: Gender | None = next((GENDERS[word] for word in reversed(words) if word in GENDERS), None)
    cases: list[Case] = [CASES[word] for word in words if word in CASES]
    says = LANGUAGES[language].ordinal if kind == "ordinal" else LANGUAGES[language].cardinal
    return " ".join(says(int(number), gender, cases[0] if cases else "nominative"))


def test_numbers_are_those_of_icu():
    wrong = [
        (language, rule, number, ours(language, rule, number), expected)
        for language, rule, number, expected in icu_values()
        if undotted(ours(language, rule, number)) != undotted(expected)
    ]
    assert wrong == []


def test_there_are_300_values_for_each_language_and_no_exception_is_kept_without_need():
    assert {language for language in ICU if sum(map(len, ICU[language].values())) >= 300} == set(LANGUAGES)
    for (language, rule, number), better in BETTER.items():
        assert undotted(ICU[language][rule][number]) != undotted(better)


@pytest.fixture(scope="module")
def num2words() -> Callable[..., str]:
    found: Any = pytest.importorskip("num2words", reason="num2words is not installed: the extra `dev` has it")
    return found.num2words


SOME = (*range(1200), *(n * 1000 + n % 7 * 100 + 22 for n in range(1, 1000, 13)), 10**6, 999_999_999)


@pytest.mark.parametrize("language", ["en", "pl", "ru"])
def test_cardinals_are_those_of_num2words(num2words: Callable[..., str], language: str):
    for number in SOME:
        said = " ".join(LANGUAGES[language].cardinal(number, None, "nominative"))
        assert said == plain(num2words(number, lang=language)), number


def test_czech_cardinals_are_those_of_num2words_but_for_spaces_and_thousands(num2words: Callable[..., str]):
    for number in SOME:
        theirs = re.sub(r"(\w{3,})(stě|sta|set)\b", r"\1 \2", num2words(number, lang="cs"))
        if number // 1000 > 20:  # it has "dvacet dva tisíce", though "dvacet jedna tisíc"
            theirs = theirs.replace("tisíce", "tisíc")
        assert " ".join(LANGUAGES["cs"].cardinal(number, None, "nominative")) == theirs, number


def test_latvian_cardinals_are_those_of_num2words_but_for_a_hundred_before_others(
    num2words: Callable[..., str],
):
    for number in SOME:  # it has "simtu viens"
        theirs = re.sub(r"simt[su] (?!tūkstoš)", "simt ", num2words(number, lang="lv"))
        assert " ".join(LANGUAGES["lv"].cardinal(number, None, "nominative")) == theirs, number


@pytest.mark.parametrize(
    ("language", "currency"), [("en", "USD"), ("pl", "PLN"), ("ru", "RUB"), ("ru", "USD"), ("ru", "EUR")]
)
def test_amounts_are_those_of_num2words(num2words: Callable[..., str], language: str, currency: str):
    template = parse_template(f"{{x:amount {currency}}}")
    for units in range(1, 130):
        amount = f"{units}.{units % 99 + 1:02}"
        theirs = num2words(Decimal(amount), lang=language, to="currency", currency=currency)
        said = " ".join(render(template, lambda _, amount=amount: amount, language))
        assert said.replace(" and ", " ") == plain(theirs).replace(" and ", " "), amount


@pytest.mark.parametrize("language", ["en", "pl", "ru"])
def test_ordinals_are_those_of_num2words(num2words: Callable[..., str], language: str):
    second_choice = {"trzysetny": "trzechsetny", "czterysetny": "czterechsetny"}  # of dictionaries
    for number in range(1, 1000):
        theirs = plain(num2words(number, lang=language, to="ordinal"))
        said = " ".join(LANGUAGES[language].ordinal(number, None, "nominative"))
        assert said == second_choice.get(theirs, theirs), number


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_classes_are_those_of_cldr(language: str):
    pytest.importorskip("babel", reason="Babel is not installed: the extra `dev` has it")
    plural: Callable[[int], str] = import_module("babel.core").Locale(language).plural_form
    ours = LANGUAGES[language].plural
    assert [number for number in range(10_001) if ours(number) != plural(number)] == []
