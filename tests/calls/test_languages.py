import pytest

from pbx.calls.languages import MOST, Languages


def test_the_latest_choice_of_a_number_counts():
    languages = Languages([("+371", "en"), ("+371", "lv"), ("1001", "en")])
    assert [languages.of(number) for number in ("+371", "1001", "+372")] == ["lv", "en", None]


def test_only_news_is_told():
    languages = Languages()
    assert [languages.remember("+371", chosen) for chosen in ("lv", "lv", "en")] == [True, False, True]


@pytest.mark.parametrize("number", ["", "anonymous", "12", "+", "1" * 33, "\u0661\u0661\u0661\u0661"])
def test_what_is_no_number_is_many_people(number: str):
    languages = Languages()
    assert not languages.remember(number, "lv")
    assert languages.of(number) is None


def test_those_who_called_longest_ago_are_forgotten():
    languages = Languages((f"{number:05}", "lv") for number in range(MOST))
    languages.remember("00000", "lv")
    languages.remember("+371", "lv")
    assert [languages.of(number) for number in ("00000", "00001", "00002")] == ["lv", None, "lv"]
