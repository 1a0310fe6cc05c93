import pytest

from pbx.bots.grammar import RULES, jsgf, matcher, rule_of
from pbx.bots.values import Kind
from pbx.bots.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("kind", "said", "cut_short"),
    [
        ("yes_no", "that's right", "that's"),
        ("digits", "one two oh five", ""),
        ("number", "twenty one", "twenty one two"),
        ("date", "the twenty first of march", "the twenty first of"),
        ("date", "the day after tomorrow", "the day after"),
        ("date", "on wednesday", "on"),
        ("time", "at ten thirty in the morning", "at ten thirty in the"),
        ("time", "half past two", "half past"),
    ],
)
def test_a_sentence_is_one_only_when_it_is_whole(kind: Kind, said: str, cut_short: str):
    matches = matcher(RULES[kind])
    assert matches(said)
    assert not matches(cut_short)


def test_phrases_are_recognised_with_what_is_usually_said_around_them():
    rule = rule_of(Vocabulary(("an appointment", "Opening hours")), lambda word: True)
    matches = matcher(rule)
    assert matches("an appointment")
    assert matches("i'd like an appointment please")
    assert matches("opening hours")
    assert not matches("an")
    assert jsgf(rule).startswith("#JSGF V1.0;")


def test_a_phrase_with_a_word_that_nobody_knows_is_left_out():
    rule = rule_of(Vocabulary(("see doctor Bērziņš", "operator")), lambda word: word != "doctor")
    assert "see" not in rule
    assert "operator" in rule
    assert rule_of(Vocabulary(("Bērziņš", "...")), lambda word: False) == ""
    assert rule_of(Vocabulary((), frozenset({"text"})), lambda word: True) == ""


def test_words_cannot_break_out_of_the_grammar():
    rule = rule_of(Vocabulary(("yes; public <x> = (", "[tea]")), lambda word: True)
    assert "<" not in rule
    assert ";" not in rule
    assert matcher(rule)("tea")


def test_phrases_and_kinds_go_together():
    matches = matcher(rule_of(Vocabulary(("operator",), frozenset({"date"})), lambda word: True))
    assert matches("operator")
    assert matches("tomorrow")
