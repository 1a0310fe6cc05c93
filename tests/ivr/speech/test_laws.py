"""What holds for every language and every value."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.ivr.speech.grammar import CURRENCIES, MANNERS, MOST, NAMED_PLACES, NOUNS, WAITS, Language
from pbx.ivr.speech.languages import LANGUAGES
from pbx.ivr.speech.template import Template, check_template, clip_name, fragments, parse_template, render

every_language = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
numbers = st.one_of(st.integers(0, MOST), st.integers(0, 3000), st.integers(0, 999).map(lambda n: n * 1000))
modest = settings(max_examples=60, deadline=None)


def inflections(language: Language) -> list[str]:
    return [f"{gender} {case}" for gender in ("", *language.genders) for case in language.cases]


def quantities(language: Language) -> list[Template]:
    """Every slot with a number, in every inflection."""
    written = [
        *(f"{{x:{kind} {way}}}" for kind in ("number", "ordinal") for way in inflections(language)),
        *(f"{{x:count {noun} {case}}}" for noun in NOUNS for case in language.cases),
        *(f"{{x:amount {currency} {case}}}" for currency in CURRENCIES for case in language.cases),
        "{x:wait}",
        "{x:position}",
    ]
    return [parse_template(text) for text in written]


MOMENTS = [
    parse_template(f"{{x:{slot}}}")
    for slot in (
        *("time", "time at", "time from", "time until"),
        *(f"date {way}{day}" for way in ("", "on ", "from ", "until ") for day in ("", "weekday")),
        *("weekday", "weekday on", "weekday from", "weekday until"),
    )
]


def worth(words: tuple[str, ...], language: Language) -> int:
    """The number that words mean, from what single words mean: sums, times a thousand, times a million."""
    values = {
        " ".join(language.cardinal(number, gender, "nominative")).removesuffix(" and"): number
        for number in (0, *range(1, 20), *range(20, 100, 10), *range(100, 1000, 100))
        for gender in (None, *language.genders)
    }
    values |= {
        language.cardinal(hundred + 1, None, "nominative")[0]: hundred for hundred in range(100, 901, 100)
    }
    scales = {
        language.cardinal(number * scale, None, "nominative")[-1]: scale
        for scale in (1000, 1_000_000)
        for number in (1, 2, 5, 10, 21, 22, 25, 100, 200)
    }
    total = group = 0
    for clip in words:
        word = clip.removesuffix(" and")
        if word in scales:
            total, group = total + (group or 1) * scales[word], 0
        else:
            group += values[word] if word in values else values[clip]
    return total + group


@every_language
@modest
@given(number=numbers)
def test_number_words_mean_their_number(language: Language, number: int):
    for gender in (None, *language.genders):
        assert worth(language.cardinal(number, gender, "nominative"), language) == number


@every_language
def test_no_two_numbers_or_places_sound_alike_in_any_inflection(language: Language):
    for gender in (None, *language.genders):
        for case in language.cases:
            said = {language.cardinal(number, gender, case) for number in range(1200)}
            assert len(said) == 1200
            assert len({language.ordinal(place, gender, case) for place in range(1, 1000)}) == 999


@every_language
def test_every_word_of_every_inflection_is_a_fragment(language: Language):
    groups = (*range(1, 130), *range(200, 1000, 97), *range(200, 1000, 100))
    some = [
        group * scale + rest for group in groups for scale in (1, 1000, 1_000_000) for rest in (0, 1, 102)
    ]
    for way in inflections(language):
        template = parse_template(f"{{x:number {way}}}")
        said = (render(template, lambda _, number=number: str(number), language.code) for number in some)
        assert fragments(template, language.code) >= set[str]().union(*said)
    for slot, sentences in (("wait", language.waits), ("position", language.positions)):
        expected = {*sentences, *language.keys.values()}
        assert fragments(parse_template(f"{{x:{slot}}}"), language.code) == expected


@every_language
@modest
@given(data=st.data())
def test_only_fragments_are_said(language: Language, data: st.DataObject):
    template = data.draw(st.sampled_from(quantities(language)))
    sign = data.draw(st.sampled_from(["", "", "-"]))
    decimals = data.draw(st.sampled_from(["", ".0", ".5", ".07", ".99", ".994", ".995"]))
    every = fragments(template, language.code)
    for number in data.draw(st.lists(numbers, min_size=20, max_size=40)):
        said = render(template, lambda _, number=number: f"{sign}{number}{decimals}", language.code)
        assert said
        assert every.issuperset(said)


@every_language
@modest
@given(when=st.datetimes(), template=st.sampled_from(MOMENTS), marks=st.sampled_from(["T", " "]))
def test_only_fragments_are_said_of_moments(
    language: Language, when: datetime, template: Template, marks: str
):
    said = render(template, lambda _: when.isoformat(marks), language.code)
    assert fragments(template, language.code).issuperset(said)
    assert 1 <= len(said) <= 4


@every_language
@modest
@given(value=st.text(max_size=50), data=st.data())
def test_nothing_a_variable_holds_is_too_much(language: Language, value: str, data: st.DataObject):
    template = data.draw(st.sampled_from([*quantities(language), *MOMENTS, parse_template("{x}")]))
    said = render(template, lambda _: value, language.code)
    assert fragments(template, language.code).issuperset(said)


@every_language
def test_every_minute_and_every_day_of_a_leap_year_can_be_said_and_told_apart(language: Language):
    for manner in MANNERS:
        times = {language.time(hour, minute, manner) for hour in range(24) for minute in range(60)}
        assert len(times) == 24 * 60
    year = [date(2028, 1, 1) + timedelta(day) for day in range(366)]
    for template in MOMENTS[4:12]:
        assert (
            len({render(template, lambda _, day=day: day.isoformat(), language.code) for day in year}) == 366
        )


@every_language
def test_a_slot_needs_few_clips(language: Language):
    """Each is an audio file; people may want to record them."""
    counts = {
        template.text: len(fragments(template, language.code))
        for template in [*quantities(language), *MOMENTS]
        if check_template(template, language.code) is None
    }
    assert max(counts.values()) < 250
    assert len(fragments(parse_template("{x:number}"), language.code)) < 70


@every_language
def test_a_language_says_everything(language: Language):
    assert set(language.nouns) == set(NOUNS)
    assert set(language.keys) == set("0123456789*#+")
    assert len(language.waits) == len(WAITS) + 1 == len(set(language.waits))
    assert len(language.positions) == NAMED_PLACES + 1 == len(set(language.positions))
    assert set(language.examples) == {language.plural(number) for number in range(200)}
    assert all(language.plural(number) == name for name, number in language.examples.items())
    for noun in language.nouns.values():
        assert set(noun.singular) == set(noun.plural) == set(language.cases)
        assert noun.gender is None or noun.gender in language.genders


@every_language
def test_fragments_are_texts_that_can_be_spoken(language: Language):
    for template in [*quantities(language), *MOMENTS]:
        for fragment in fragments(template, language.code):
            assert fragment == " ".join(fragment.split())
            assert any(letter.isalnum() for letter in fragment)


@every_language
def test_waiting_longer_never_sounds_shorter(language: Language):
    template = parse_template("{x:wait}")
    said = [render(template, lambda _, wait=wait: str(wait), language.code) for wait in range(0, 4000, 5)]
    assert sum(before != after for before, after in pairwise(said)) == len(WAITS)


@given(st.text())
@modest
def test_a_clip_has_a_prompts_name(text: str):
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}-[0-9a-f]{8}", clip_name(text))
