"""What a run of tests has to say for itself, for people and for machines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.result import Result
from pbx.rehearsal.scenario import Scenario
from pbx.rehearsal.transcript import transcript
from pbx.rehearsal.verdict import Difference, differences


@dataclass(frozen=True, slots=True)
class Verdict:
    result: Result
    found: tuple[Difference, ...]  # nothing: passed

    @property
    def scenario(self) -> Scenario:
        return self.result.scenario

    @property
    def place(self) -> str:
        return f"{self.scenario.file}:{self.scenario.line}"


def judged(rehearsal: Rehearsal, scenarios: Sequence[Scenario]) -> list[Verdict]:
    """Every scenario played, and compared with what it expects."""
    return [
        Verdict(result, tuple(differences(result, rehearsal.texts))) for result in rehearsal.play(scenarios)
    ]


def told(verdict: Verdict, texts: Mapping[str, str], *, every: bool = False) -> Iterator[str]:
    """A verdict with its transcript, in which the first difference is marked."""
    yield f"{'FAILED' if verdict.found else 'passed'} {verdict.place}: {verdict.scenario.name}"
    yield from transcript(verdict.result, texts, verdict.found, every=every)


def summary(verdicts: Sequence[Verdict], seconds: float) -> str:
    failed = sum(bool(verdict.found) for verdict in verdicts)
    rate = f", {len(verdicts) / seconds:.0f} calls a second" if seconds > 0 else ""
    return f"{len(verdicts) - failed} passed, {failed} failed in {seconds:.2f} s{rate}"


def as_json(verdict: Verdict, texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": verdict.scenario.name,
        "file": verdict.scenario.file,
        "line": verdict.scenario.line,
        "passed": not verdict.found,
        "differences": [
            {"seconds": round(_moment(verdict, one), 3), "expected": one.expected, "got": one.got}
            for one in verdict.found
        ],
        "transcript": transcript(verdict.result, texts),
    }


def _moment(verdict: Verdict, difference: Difference) -> float:
    moments = verdict.result.moments
    return moments[difference.after][0] if moments else 0.0
