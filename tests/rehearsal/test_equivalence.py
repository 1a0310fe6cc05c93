"""A rehearsed call and the same call over SIP leave the same facts."""

from pathlib import Path
from typing import Any

import pytest

from pbx.config.load import load_configuration
from pbx.records.facts import Fact
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.result import Result, names_of
from pbx.rehearsal.sound import lengths
from tests.rehearsal.chance import by_chance
from tests.rehearsal.over_sip import over_sip

CLINIC = load_configuration(Path("dialplan.toml"))
LENGTHS = lengths(CLINIC)
REHEARSAL = Rehearsal(CLINIC, LENGTHS)
NAMES_OF_THE_MOMENT = {"contact", "segment", "offer", "leg"}
TOLERANCE = 100  # milliseconds: every message takes one
SEEDS = 500
AT_ONCE = 25
SEEN = """
contact.answered ivr.input queue.entered queue.announced offer.ringing offer.answered offer.no_answer
offer.rejected offer.cancelled dial.started talk.started acw.ended
"""


def said(fact: Fact) -> tuple[str, dict[str, Any]]:
    """What it says, but for names that are made up anew in every call."""
    names = [name for name in names_of(type(fact)) if name not in NAMES_OF_THE_MOMENT]
    return fact.type, {name: getattr(fact, name) for name in names}


def of_contact(result: Result) -> list[Fact]:
    return [fact for fact in result.facts if getattr(fact, "contact", "")]


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_calls_by_chance_are_the_same_in_rehearsal_as_over_sip(first: int):
    scenarios = [by_chance(seed) for seed in range(first, first + AT_ONCE)]
    for scenario, result in zip(scenarios, REHEARSAL.play(scenarios), strict=True):
        rehearsed, real = of_contact(result), over_sip(scenario, CLINIC, LENGTHS)
        assert [said(fact) for fact in rehearsed] == [said(fact) for fact in real], scenario.name
        for one, other in zip(rehearsed, real, strict=True):
            gap = (one.at - rehearsed[0].at) - (other.at - real[0].at)
            assert abs(gap) <= TOLERANCE, (scenario.name, one, other)


def test_calls_by_chance_come_to_see_nearly_everything():
    results = REHEARSAL.play([by_chance(seed) for seed in range(SEEDS)])
    facts = [fact for result in results for fact in result.facts]
    assert {fact.type for fact in facts} >= set(SEEN.split())
    assert {result.status for result in results} >= {200, 401, 404, 480, 486, 487}
    assert {result.ends for result in results} == {"", "customer", "agent", "callee", "system"}
