"""Sets of numbers, against what patterns say of each number."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.config.proof.region import Box, Calls, box, calls, common, remainder, without
from pbx.dialplan.pattern import Match

DIGITS = st.text("01*", min_size=1, max_size=4)
NUMBERS = ["".join(signs) for length in range(1, 6) for signs in product("01*", repeat=length)]
PIECES = st.sampled_from(["0", "1", "*", "X", "Z", "[0-1]"])
PATTERNS = st.tuples(st.lists(PIECES, min_size=1, max_size=3), st.sampled_from(["", "."])).map(
    lambda parts: Match("pattern", "".join(parts[0]) + parts[1])
)
MATCHES = st.one_of(
    PATTERNS,
    DIGITS.map(lambda text: Match("number", text)),
    DIGITS.map(lambda text: Match("prefix", text)),
)
CALLERS = st.one_of(st.none(), PATTERNS)


@settings(max_examples=100, deadline=None)
@given(MATCHES, MATCHES)
def test_a_number_is_in_common_if_it_fits_both_and_left_once_if_it_fits_the_first_alone(
    one: Match, other: Match
) -> None:
    shared, left = common(box(one), box(other)), without(box(one), box(other))
    for number in NUMBERS:
        fits, taken = one.fits(number), other.fits(number)
        assert (shared is not None and _in(shared, number)) == (fits and taken)
        assert sum(_in(piece, number) for piece in left) == (fits and not taken)


@settings(max_examples=200, deadline=None)
@given(MATCHES, st.lists(MATCHES, max_size=4))
def test_an_example_of_what_is_left_fits_the_whole_and_none_of_the_parts(
    whole: Match, parts: list[Match]
) -> None:
    for left in remainder(calls(whole, None), [calls(part, None) for part in parts]):
        example = left.dialled.example()
        assert whole.fits(example)
        assert not any(part.fits(example) for part in parts)


@settings(max_examples=200, deadline=None)
@given(st.tuples(MATCHES, CALLERS), st.lists(st.tuples(MATCHES, CALLERS), max_size=3), DIGITS, DIGITS)
def test_a_call_is_left_if_nobody_has_taken_it(
    wanted: tuple[Match, Match | None],
    taken: list[tuple[Match, Match | None]],
    dialled: str,
    caller: str,
) -> None:
    left = remainder(calls(*wanted), [calls(*one) for one in taken])
    covered = any(_call_in(one, dialled, caller) for one in left)
    if _fits(wanted, dialled, caller) and not any(_fits(one, dialled, caller) for one in taken):
        assert covered
    if all(match is None for _, match in [wanted, *taken]):
        assert covered == (wanted[0].fits(dialled) and not any(one.fits(dialled) for one, _ in taken))


def test_callers_that_no_pattern_describes_are_always_left() -> None:
    anybody, dozen = calls(Match("number", "1"), None), calls(Match("number", "1"), Match("pattern", "X."))
    assert remainder(anybody, [dozen]) == [anybody]
    assert remainder(dozen, [anybody]) == []


def test_an_example_is_as_short_as_it_can_be() -> None:
    assert box(Match("pattern", "10X.")).example() == "1011"
    assert box(Match("prefix", "00")).example() == "001"
    assert box(Match("number", "alice")).example() == "alice"


def _in(piece: Box, number: str) -> bool:
    long_enough = len(number) == len(piece.signs) or (piece.more and len(number) > len(piece.signs))
    return long_enough and all(sign in choice for sign, choice in zip(number, piece.signs, strict=False))


def _fits(of: tuple[Match, Match | None], dialled: str, caller: str) -> bool:
    return of[0].fits(dialled) and (of[1] is None or of[1].fits(caller))


def _call_in(piece: Calls, dialled: str, caller: str) -> bool:
    return _in(piece.dialled, dialled) and (piece.caller is None or _in(piece.caller, caller))
