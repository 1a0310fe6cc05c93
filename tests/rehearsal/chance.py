"""Calls from a seed: any number, any keys, any habits, hung up at any time."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pbx.rehearsal.scenario import Act, Habits, HangsUp, Hears, Presses, Scenario, Waits

NUMBERS = ("100", "100", "100", "100", "110", "110", "600", "601", "602", "700", "701", "999", "1002", "1005")
AGENTS = ("anna", "boris", "clara", "daina")
PHONES = ("1001", "1002", "1003", "1004")
MONDAY = datetime(2026, 3, 2, tzinfo=ZoneInfo("Europe/Riga"))
LAST_WAITS = (4.0, 30.0, 200.0)  # seconds


GREETINGS = {"100": ("welcome", "For English"), "602": ("enter-digits",), "700": ("queue-welcome",)}


def by_chance(seed: int) -> Scenario:
    dice = random.Random(seed)
    number = dice.choice(NUMBERS)
    return Scenario(
        name=f"seed {seed}",
        number=number,
        account=dice.choice(("", "", "1002", "1004")),
        at=MONDAY + timedelta(seconds=dice.randrange(7 * 86_400)),
        does=tuple(_acts(dice, GREETINGS.get(number, ()))),
        agents={name: _habits(dice) for name in AGENTS if dice.random() < 0.5},
        phones={name: _habits(dice) for name in PHONES if dice.random() < 0.5},
    )


def _acts(dice: random.Random, greetings: Sequence[str]) -> Iterator[Act]:
    if greetings and dice.random() < 0.6:
        yield Hears(dice.choice(greetings))
    for _ in range(dice.randrange(8)):
        yield Presses(dice.choice(("1", "1", "2", "3", "4", "1002", "1004#", "12*#", "7", "0")))
        yield Waits(_seconds(dice, 0.3, 15.0))
    yield Waits(_seconds(dice, 0.3, dice.choice(LAST_WAITS)))
    yield HangsUp()


def _habits(dice: random.Random) -> Habits:
    match dice.randrange(5):
        case 0:
            return Habits(rejects=True)
        case 1:
            return Habits(answers_after=None)
        case _:
            return Habits(_seconds(dice, 0.5, 30.0), dice.choice((None, _seconds(dice, 1.0, 90.0))))


def _seconds(dice: random.Random, least: float, most: float) -> float:
    """To the microsecond, so that nothing happens by chance in the same moment as something else."""
    return round(dice.uniform(least, most), 6)
