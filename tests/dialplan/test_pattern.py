import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.dialplan.pattern import Match, keys_of

DIALLED = st.text("0123456789*#+", max_size=12)


@pytest.mark.parametrize(
    ("pattern", "fitting", "strange"),
    [
        ("10XX", ["1000", "1099"], ["100", "10000", "1100", "10a0", "10**", ""]),
        ("Z", ["1", "9"], ["0", "11", "*"]),
        ("N1", ["21", "91"], ["11", "01"]),
        ("7[2-5]", ["72", "75"], ["71", "76"]),
        ("7[13-58]", ["71", "73", "75", "78"], ["72", "76", "7"]),
        ("9.", ["91", "9*#0"], ["9", "8", "9a", "9+"]),
        (".", ["0", "*45"], ["", "+371", "anna"]),
        ("+371X.", ["+37129"], ["37129", "+3712", "+3712a"]),
        ("*4[5-8]", ["*45"], ["*44", "45", "**5"]),
    ],
)
def test_a_pattern_fits_whole_numbers_of_its_shape(
    pattern: str, fitting: list[str], strange: list[str]
) -> None:
    match = Match("pattern", pattern)
    assert [number for number in fitting + strange if match.fits(number)] == fitting


def test_wildcards_stand_for_ascii_digits_only() -> None:
    assert not Match("pattern", "10XX").fits("10٣٤")
    assert not Match("prefix", "10").fits("10٣")


def test_a_prefix_wants_at_least_one_digit_more() -> None:
    match = Match("prefix", "00")
    assert (match.fits("00371"), match.fits("00"), match.fits("0371")) == (True, False, False)
    assert not match.fits("001@evil.example")


def test_the_rest_is_what_follows_the_prefix() -> None:
    assert Match("prefix", "00").rest("00371") == "371"
    assert Match("pattern", "00.").rest("00371") == "00371"


def test_a_number_is_taken_literally() -> None:
    assert Match("number", "a.c").fits("a.c")
    assert not Match("number", "a.c").fits("abc")


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("10xx", "'x' at character 3"),
        ("_10XX", "'_' at character 1"),
        ("1.2", "'.' at character 2"),
        ("1[]", "'[' at character 2"),
        ("1[2-", "'[' at character 2"),
        ("[5-2]", "counts backwards"),
        ("", "cannot be empty"),
        ("(1+)+", "'(' at character 1"),
    ],
)
def test_an_unreadable_pattern_is_refused_where_it_fails(pattern: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(").replace("[", r"\[")):
        Match("pattern", pattern)


def test_a_prefix_with_wildcards_is_refused() -> None:
    with pytest.raises(ValueError, match="use `pattern` for wildcards"):
        Match("prefix", "00X")


@given(
    st.sampled_from(["10XX", "Z.", "N1", "[13-5]2", ".", "+371X.", "*4[5-8]", "#", "0.", "5"]),
    DIALLED,
)
def test_a_pattern_is_filed_where_a_fitting_number_looks(pattern: str, dialled: str) -> None:
    match = Match("pattern", pattern)
    if match.fits(dialled):
        assert set(match.keys()) & set(keys_of(dialled, []))


def test_only_numbers_that_begin_alike_and_are_as_long_look_in_the_same_place() -> None:
    assert set(Match("pattern", "[2-4]XX").keys()) == {("2", 3), ("3", 3), ("4", 3)}
    assert set(Match("pattern", "*.").keys()).isdisjoint(keys_of("#1", [1, 2]))
    assert set(Match("prefix", "00").keys()).isdisjoint(keys_of("01", [2]))


@given(st.text("0123456789*#+", min_size=1, max_size=4), DIALLED)
def test_a_prefix_fits_exactly_what_begins_so_and_goes_on(prefix: str, dialled: str) -> None:
    match = Match("prefix", prefix)
    goes_on = dialled.startswith(prefix) and len(dialled) > len(prefix) and "+" not in dialled[len(prefix) :]
    assert match.fits(dialled) == goes_on
    assert not goes_on or prefix + match.rest(dialled) == dialled
    assert not goes_on or set(match.keys()) & set(keys_of(dialled, [len(prefix)]))
