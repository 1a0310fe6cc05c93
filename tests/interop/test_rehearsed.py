"""What is rehearsed comes true: sipp calls a running exchange, and leaves the facts of the rehearsal."""

import random
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pbx.config.load import load_configuration
from pbx.records import reading
from pbx.records.facts import Fact, MediaMeasured
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.scenario import Act, HangsUp, Presses, Scenario, Waits
from pbx.rehearsal.sound import lengths
from tests.interop.office import Office
from tests.interop.sipp import SCENARIOS, Sipp
from tests.interop.waiting import eventually
from tests.rehearsal.test_equivalence import of_contact, said

pytestmark = pytest.mark.interop
CALLS = 20
NUMBERS = ("100", "100", "100", "602", "700", "110", "600")
TOLERANCE = 500  # milliseconds: a busy machine


def by_chance(seed: int) -> Scenario:
    """Somebody who presses a key every second or so, and hangs up before the exchange loses patience."""
    dice = random.Random(seed)
    acts: list[Act] = []
    for _ in range(dice.randrange(5)):
        acts += [Waits(round(dice.uniform(0.4, 1.4), 3)), Presses(dice.choice("123459*"))]
    number = dice.choice(NUMBERS)
    return Scenario(
        name=f"seed {seed}",
        number=number,
        caller=f"seed-{seed}",
        at=datetime.now().astimezone(),
        does=(*acts, Waits(0.8), HangsUp()),
    )


def script(scenario: Scenario, folder: Path) -> str:
    """The same as a scenario of sipp's, made of the pieces of one that is there."""
    whole = (SCENARIOS / "keys_by_info.xml").read_text()
    beginning, first, *_, last = whole.split("<pause milliseconds=")
    info, ending = first.partition("/>")[2], last.partition("/>")[2]
    parts, number, pause = [beginning], 1, 0.0
    for act in scenario.does:
        match act:
            case Waits(seconds):
                pause += seconds
            case Presses(key):
                number += 1
                press = info.replace("CSeq: 2 ", f"CSeq: {number} ").replace("Signal=1", f"Signal={key}")
                parts.append(f'<pause milliseconds="{round(1000 * (pause + 0.2))}"/>{press}')
                pause = 0.0
            case _:
                parts.append(f'<pause milliseconds="{round(1000 * pause)}"/>{ending}')
    file = folder / f"{scenario.caller}.xml"
    file.write_text("".join(parts))
    return str(file.with_suffix(""))


def alone(fact: Fact) -> tuple[str, dict[str, Any]]:
    """What it says whoever else is calling."""
    kind, data = said(fact)
    return kind, {name: value for name, value in data.items() if name != "position"}


def facts_of(office: Office, caller: str) -> list[Fact]:
    (record,) = eventually(lambda: office.records(caller))
    facts = reading.timeline(office.child.data / "records.db", record["contact"])
    return [fact for fact in facts if not isinstance(fact, MediaMeasured)]


def test_sipp_calls_as_rehearsed(office: Office, tmp_path: Path) -> None:
    configuration = load_configuration(office.config)
    results = Rehearsal(configuration, lengths(configuration)).play(
        [by_chance(seed) for seed in range(CALLS)]
    )
    assert [result.ends for result in results] == ["customer"] * CALLS
    with ExitStack() as calling:
        for result in results:
            call = Sipp(
                script(result.scenario, tmp_path),
                office.server,
                result.scenario.number,
                caller=result.scenario.caller,
            )
            calling.callback(call.kill)
            calling.callback(call.finish)
    for result in results:
        rehearsed, real = of_contact(result), facts_of(office, result.scenario.caller)
        assert [alone(fact) for fact in real] == [alone(fact) for fact in rehearsed], result.scenario
        for one, other in zip(rehearsed, real, strict=True):
            gap = (one.at - rehearsed[0].at) - (other.at - real[0].at)
            assert abs(gap) <= TOLERANCE, (result.scenario, one, other)
