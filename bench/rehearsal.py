"""Scenario calls a second on one core: the shipped flows' tests, and calls by chance.

    python -m bench.rehearsal [--seconds 5]

CPU time of one process, the verdict included. A machine that others use too is slower than it is: the best of
several rounds is what counts, and the median says how much others were in the way.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pbx.commands.test import YOUNG_OBJECTS
from pbx.config.load import load_configuration
from pbx.rehearsal.load import find, load
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.report import judged
from pbx.rehearsal.scenario import Habits, HangsUp, Hears, Presses, Scenario
from pbx.rehearsal.sound import lengths
from tests.rehearsal.chance import by_chance

BATCH = 25
MENU = Scenario(
    name="a greeting, a key, a menu, and hung up",
    number="100",
    does=(Hears("welcome"), Presses("1"), Hears("main-menu"), HangsUp()),
)
QUEUE = Scenario(
    name="the same, a queue, an agent, a conversation, wrap-up",
    number="100",
    agents={"anna": Habits(3, 60)},
    does=(Hears("welcome"), Presses("1"), Hears("main-menu"), Presses("1")),
)


def rounds(play: Callable[[], object], seconds: float) -> list[float]:
    """CPU seconds of each round, for about so many seconds together."""
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until or len(took) < 3:
        began = time.process_time()
        play()
        took.append(time.process_time() - began)
    return took


def report(label: str, rehearsal: Rehearsal, scenarios: Sequence[Scenario], seconds: float) -> None:
    took = rounds(lambda: judged(rehearsal, scenarios), seconds)
    best, middle = min(took), statistics.median(took)
    calls = len(scenarios)
    print(
        f"{label:<58} {1000 * best / calls:6.3f} ms a call, {calls / best:6.0f} a second "
        f"(median {calls / middle:.0f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Scenario calls a second on one core.")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each line")
    seconds = parser.parse_args().seconds
    configuration = load_configuration(Path("dialplan.toml"))
    rehearsal = Rehearsal(configuration, lengths(configuration))
    shipped = load(find([Path("ivr_flows")]), configuration)
    judged(rehearsal, shipped)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    for scenario in (MENU, QUEUE):
        report(scenario.name, rehearsal, [scenario] * BATCH, seconds)
    for scenario in shipped:
        report(f"  {scenario.name}"[:58], rehearsal, [scenario] * 5, seconds / 20)
    report("the shipped flows' tests together", rehearsal, shipped, seconds)
    report("calls by chance", rehearsal, [by_chance(seed) for seed in range(100)], seconds)


if __name__ == "__main__":
    main()
