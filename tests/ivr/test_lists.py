import pytest

from pbx.ivr.lists import listed


@pytest.mark.parametrize(
    ("number", "there"),
    [("100", True), ("1001", False), ("+371", True), ("+3712000", True), ("+37", False), ("", False)],
)
def test_a_number_is_on_a_list_as_it_is_or_by_its_beginning(number: str, there: bool):
    assert listed(number, frozenset({"100", "+371*"})) == there


def test_a_list_may_be_of_everybody():
    assert listed("", frozenset({"*"}))
    assert listed("anonymous", frozenset({"*"}))
