"""kill -9 of the whole exchange loses no finished call, and the next start closes the others."""

from statistics import median

import pytest

from bench.exchange.kill import ECHOING, FINISHING, WAITING, Round, kill_rounds

pytestmark = pytest.mark.interop
ROUNDS = 5


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> list[Round]:
    return kill_rounds(tmp_path_factory.mktemp("kill"), ROUNDS, seed=2)


def test_every_call_whose_bye_was_answered_has_its_record_and_no_other_is_left_open(rounds: list[Round]):
    assert [fault for one in rounds for fault in one.faults] == []


def test_fifty_calls_were_up_and_others_had_ended_when_it_was_killed(rounds: list[Round]):
    for one in rounds:
        assert one.answered - one.over >= WAITING + ECHOING + FINISHING // 2
        assert one.interrupted >= WAITING + ECHOING
    assert sum(one.over for one in rounds) >= 10 * ROUNDS


def test_calls_left_open_are_closed_within_five_seconds_of_the_next_start(rounds: list[Round]):
    assert max(one.closed for one in rounds) < 5


def test_the_first_answer_comes_within_three_seconds_of_the_next_start(rounds: list[Round]):
    # Of half the starts at least: this is wall time, and a neighbour on the machine may have had the others.
    assert median(one.restart for one in rounds) < 3
