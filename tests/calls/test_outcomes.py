import pytest

from pbx.calls.sip_phonebook import outcome_of, status_for
from pbx.steps import Outcome


@pytest.mark.parametrize(
    ("statuses", "outcome", "told"),
    [
        ((486, 600), Outcome.BUSY, 486),
        ((403, 603, 607, 608), Outcome.DECLINED, 603),
        ((408, 480, 487), Outcome.NO_ANSWER, 480),
        ((301, 404, 410, 484, 488, 500, 503, 604), Outcome.UNREACHABLE, 404),
    ],
)
def test_what_a_callee_answers_has_a_meaning_and_the_caller_is_told_it(
    statuses: tuple[int, ...], outcome: Outcome, told: int
):
    assert {outcome_of(status) for status in statuses} == {outcome}
    assert status_for(outcome) == told


@pytest.mark.parametrize(
    "outcome", [Outcome.NO_AGENTS, Outcome.QUEUE_FULL, Outcome.WAITED_ENOUGH, Outcome.COMPLETED]
)
def test_what_no_callee_answered_is_told_as_unavailable(outcome: Outcome):
    assert status_for(outcome) == 480
