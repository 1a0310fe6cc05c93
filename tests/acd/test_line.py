import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.acd.line import SLACK, Line

moves = st.lists(
    st.tuples(st.sampled_from(["put", "put", "drop", "look"]), st.integers(0, 9), st.integers(0, 5))
)


@settings(max_examples=200, deadline=None)
@given(moves)
def test_the_head_is_always_the_smallest_of_those_in_line(story: list[tuple[str, int, int]]):
    line: Line[int] = Line()
    present: dict[int, tuple[float, ...]] = {}
    for move, item, rank in story:
        match move:
            case "put":
                present[item] = (rank, item)
                line.put(item, (rank, item))
            case "drop":
                present.pop(item, None)
                line.drop(item)
            case _:
                excluded = set(range(rank))
                outside = [(key, one) for one, key in present.items() if one not in excluded]
                assert line.head_outside(excluded) == min(outside, default=None)
        assert len(line) == len(present)
        assert sorted(line) == sorted(present)
        if present:
            assert line.head() == min((key, one) for one, key in present.items())


def test_an_empty_line_has_no_head():
    line: Line[int] = Line()
    with pytest.raises(IndexError):
        line.head()


def test_those_who_left_from_behind_a_patient_head_do_not_pile_up():
    line: Line[int] = Line()
    line.put(-1, (0.0,))
    for item in range(10_000):
        line.put(item, (1.0, item))
        line.drop(item)
        assert len(line._heap) <= 2 * len(line) + SLACK  # pyright: ignore[reportPrivateUsage] - what is bounded
