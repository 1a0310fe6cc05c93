import pytest

from pbx.calls.lines import Lines


def lines_and_changes() -> tuple[Lines, list[tuple[str, bool]]]:
    changes: list[tuple[str, bool]] = []
    return Lines(lambda account, busy: changes.append((account, busy))), changes


def test_a_phone_is_busy_from_its_first_call_to_the_end_of_its_last():
    lines, changes = lines_and_changes()
    with lines.in_use("1001"):
        assert changes == [("1001", True)]
        with lines.in_use("1001"):
            assert lines.busy("1001")
        assert lines.busy("1001")
        assert changes == [("1001", True)]
        assert lines.at_rest() == ["line 1001"]
    assert changes == [("1001", True), ("1001", False)]
    assert not lines.busy("1001")
    assert lines.at_rest() == []


def test_phones_are_counted_apart():
    lines, changes = lines_and_changes()
    with lines.in_use("1001"), lines.in_use("1002"):
        assert changes == [("1001", True), ("1002", True)]
    assert changes[2:] == [("1002", False), ("1001", False)]


def test_a_stranger_has_no_phone_to_be_busy():
    lines, changes = lines_and_changes()
    with lines.in_use(""):
        assert lines.at_rest() == []
    assert changes == []


def test_a_call_that_fails_frees_the_phone():
    lines, changes = lines_and_changes()
    with pytest.raises(LookupError), lines.in_use("1001"):
        raise LookupError
    assert changes == [("1001", True), ("1001", False)]
