"""Rehearsed calls in Python: rehearse("100").hears("welcome").presses("1").expect(queue="support")."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from pbx.rehearsal.document import ExpectSection, Part, ScenarioSection
from pbx.rehearsal.objections import Known, objections
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.report import judged, told
from pbx.rehearsal.result import Result
from pbx.rehearsal.scenario import Act, HangsUp, Hears, Presses, Says, Scenario, Waits

SectionT = TypeVar("SectionT", bound=Part)


class Rehearse:
    """Begins scripts. The keys are those of a test file; a mistake in one is a ValueError."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal, self._known = rehearsal, Known.of(rehearsal.configuration)

    def __call__(self, number: str | None = None, **given: Any) -> "Script":
        """A call to `number`, or one that begins in `flow`, e.g. flow="main", agents={"anna": {}}."""
        table = {"name": "a rehearsed call", **given} | ({} if number is None else {"number": number})
        section = _valid(ScenarioSection, table)
        if section.number is None and section.flow is None:
            raise ValueError('where does the call go? write rehearse("100"), or rehearse(flow="main")')
        return Script(self._rehearsal, self._known, section.scenario())


@dataclass(frozen=True, slots=True)
class Script:
    """A call in the making: what the caller does is added one act at a time, each giving a new script."""

    rehearsal: Rehearsal
    known: Known
    scenario: Scenario

    def hears(self, what: str) -> "Script":
        """Waits until a prompt with this name, or with this in its text, begins."""
        return self._then(Hears(what))

    def presses(self, keys: str) -> "Script":
        return self._then(Presses(keys))

    def says(self, what: str) -> "Script":
        return self._then(Says(what))

    def waits(self, seconds: float) -> "Script":
        return self._then(Waits(seconds))

    def hangs_up(self) -> "Script":
        return self._then(HangsUp())

    def expect(self, **expected: Any) -> Result:
        """Play the call. Raises AssertionError with the transcript, the first difference marked in it."""
        wanted = _valid(ExpectSection, expected).expected()
        scenario = replace(self.scenario, expect=wanted)
        for path, message in objections(scenario, self.known):
            raise ValueError(f"{'.'.join(map(str, path))}: {message}")
        (verdict,) = judged(self.rehearsal, [scenario])
        if verdict.found:
            raise AssertionError("\n".join(told(verdict, self.rehearsal.texts)))
        return verdict.result

    def _then(self, act: Act) -> "Script":
        return replace(self, scenario=replace(self.scenario, does=(*self.scenario.does, act)))


def _valid(section: type[SectionT], table: dict[str, Any]) -> SectionT:
    try:
        return section.model_validate(table)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise ValueError("\n".join(found)) from None
