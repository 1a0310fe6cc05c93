"""Which mutants of the flows no test notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pbx.config.prompts import FLOWS
from pbx.config.toml_file import TomlFile, read
from pbx.ivr.flow import FlowErrors, parse_flow
from pbx.records.facts import FlowEntered, NodeEntered
from pbx.rehearsal.mutants import Mutant, Names, mutants
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.scenario import Scenario
from pbx.rehearsal.verdict import differences


class Survivor(NamedTuple):
    file: str
    line: int  # of what was changed
    column: int
    node: str  # "" for what belongs to the whole flow
    change: str
    tests: int  # that came by, and noticed nothing


@dataclass(slots=True)
class Harvest:
    """How many mutants were killed by a test, could not be loaded at all, or live on."""

    killed: int = 0
    stillborn: int = 0
    survivors: list[Survivor] = field(default_factory=list[Survivor])

    @property
    def share(self) -> float:
        """Of the mutants that can be loaded, those that a test killed."""
        born = self.killed + len(self.survivors)
        return self.killed / born if born else 1.0


class TestsFail(Exception):  # noqa: N818 - named as the fact it states
    """Tests that fail on the flows as they are can notice nothing; the message names them."""

    __test__ = False


def harvest(rehearsal: Rehearsal, scenarios: Sequence[Scenario]) -> Harvest:
    """Mutates every flow that the tests come to. Raises TestsFail, ConfigErrors."""
    visits = _visits(rehearsal, scenarios)
    result = Harvest()
    for name in sorted({flow for flow, _ in visits}):
        file = read(rehearsal.configuration.folder / FLOWS / f"{name}.toml")
        for mutant in mutants(rehearsal.configuration.flows[name], file.document, _names(rehearsal)):
            _try(rehearsal, mutant, visits.get((name, mutant.node), []), file, result)
    result.survivors.sort()
    return result


def _try(
    rehearsal: Rehearsal, mutant: Mutant, tests: Sequence[Scenario], file: TomlFile, result: Harvest
) -> None:
    try:
        flow = parse_flow(mutant.flow, mutant.document)
    except FlowErrors:
        result.stillborn += 1
        return
    if _kills(rehearsal.with_flow(flow), tests):
        result.killed += 1
        return
    line, column = file.places.of_value(mutant.path)
    result.survivors.append(Survivor(file.name, line, column, mutant.node, mutant.change, len(tests)))


def _kills(mutated: Rehearsal, tests: Sequence[Scenario]) -> bool:
    return any(differences(result, mutated.texts) for test in tests for result in mutated.play([test]))


def _visits(rehearsal: Rehearsal, scenarios: Sequence[Scenario]) -> Mapping[tuple[str, str], list[Scenario]]:
    """The tests that come to each node, and under "" to each flow."""
    found: dict[tuple[str, str], list[Scenario]] = {}
    failing: list[str] = []
    for scenario, result in zip(scenarios, rehearsal.play(scenarios), strict=True):
        if differences(result, rehearsal.texts):
            failing.append(f"{scenario.file}:{scenario.line}: {scenario.name}")
        places = {(fact.flow, fact.node) for fact in result.of(NodeEntered)}
        places |= {(fact.flow, "") for fact in result.of(FlowEntered)}
        for place in places:
            found.setdefault(place, []).append(scenario)
    if failing:
        raise TestsFail("these tests fail, and must pass first:\n" + "\n".join(failing))
    return found


def _names(rehearsal: Rehearsal) -> Names:
    configuration = rehearsal.configuration
    return Names(
        queues=tuple(configuration.queues),
        accounts=tuple(configuration.accounts),
        languages=configuration.languages,
        flows=tuple(configuration.flows),
    )
