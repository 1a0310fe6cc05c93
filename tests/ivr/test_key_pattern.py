import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pbx.ivr.key_pattern import ALL_KEYS, parse_key_pattern

ATOMS = st.sampled_from(
    ["1", "2", "0", r"\*", "[*]", "#", "A", ".", r"\d", "[0-2]", "[^1]", "[12*]", "[A-C]"]
)
TIMES = st.sampled_from(["", "?", "*", "+", "{2}", "{1,3}", "{2,}"])
PATTERNS = st.recursive(
    st.tuples(ATOMS, TIMES).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map("|".join).map("({})".format),
        st.tuples(inner, st.sampled_from(["", "?", "+", "{2}"])).map(lambda both: f"({both[0]}){both[1]}"),
    ),
    max_leaves=5,
).filter(lambda text: len(text) <= 60)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text("012*#AB", max_size=8))
def test_a_pattern_means_what_it_means_everywhere(text: str, entry: str):
    try:
        pattern = parse_key_pattern(text)
    except ValueError:  # it would take too long, and is refused
        assume(False)
        raise
    assert pattern.fits(entry) == (re.fullmatch(text, entry) is not None)


@pytest.mark.parametrize(
    ("text", "fits", "fails"),
    [
        ("[1-9][0-9]{5}", ["123456"], ["012345", "12345", "1234567"]),
        ("(0[1-9]|1[0-2])[0-9]{2}", ["0126", "1299"], ["0026", "1326", "126"]),
        (r"\d+\*\d+", ["1*2", "123*4"], ["1*", "*1", "12"]),
        ("371?2[0-9]{7}|[67][0-9]{7}", ["37120000000", "60000000"], ["50000000", ""]),
        ("", [], []),
    ],
)
def test_what_fits_fits_as_a_whole(text: str, fits: list[str], fails: list[str]):
    if text:
        pattern = parse_key_pattern(text)
        assert [pattern.fits(entry) for entry in (*fits, *fails)] == [True] * len(fits) + [False] * len(fails)


def test_every_key_can_be_meant():
    anything = parse_key_pattern(".")
    assert all(anything.fits(key) for key in ALL_KEYS)
    assert not anything.fits("")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a pattern of 1 to 100 characters"),
        ("1" * 101, "found 101"),
        ("x", "'x' is no key of a phone"),
        ("12E", "character 3: 'E' is no key"),
        ("*1", "'*' repeats nothing"),
        ("(12", 'expected ")"'),
        ("12)", "closes nothing"),
        ("[12", "ends too early"),
        ("[]", "a class without keys"),
        ("[9-0]", "9-0 is no range"),
        ("[1-A]", "1-A is no range"),
        ("1{", "expected a count"),
        ("1{33}", "of at most 32"),
        ("1{3,2}", "expected a count"),
        ("1{3", "expected a count"),
        ("1\\", "ends too early"),
        (r"\w", "'w' is no key"),
        ("((1*)*)*", "repeats what repeats too often"),
        ("1" + "{32}" * 4, "repeats what repeats too often"),
    ],
)
def test_what_cannot_be_read_is_told_with_a_fix(text: str, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_key_pattern(text)


def test_no_pattern_makes_anybody_wait():
    """The classic trap of backtracking, as long as patterns and entries can be."""
    trap = parse_key_pattern("(1|1|1|1)*" * 8 + "2")
    assert not trap.fits("1" * 32)
