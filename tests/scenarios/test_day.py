"""Days of callers and agents from seeds, in clear and in foul weather; each ends with nothing left over."""

import asyncio
import random

import pytest

from pbx.records.facts import QueueEntered, QueueLeft
from tests.support.office import Office, office
from tests.support.phones import Habits, Line, Phone
from tests.support.virtual_time import run
from tests.support.wire import CLEAR, STORM, Weather

CALLS = 1_000
SECONDS = 3_600
NUMBERS = ("100", "100", "600", "601", "700", "700", "701", "110", "999", "1002")


@pytest.mark.parametrize("seed", range(5))
def test_a_day_in_clear_weather(seed: int):
    run(_day(seed, CLEAR))


@pytest.mark.parametrize("seed", range(5, 10))
def test_a_day_of_lost_doubled_and_overtaken_datagrams(seed: int):
    run(_day(seed, STORM))


async def _day(seed: int, weather: Weather) -> None:
    dice = random.Random(seed)
    async with office(seed=seed, weather=weather) as clinic:
        for name in clinic.configuration.agents:
            await clinic.agent(name, _agent_habits(dice))
        phones = [clinic.phone() for _ in range(40)]
        async with asyncio.TaskGroup() as day:
            comings_and_goings = day.create_task(_agents(clinic, dice))
            callers = [day.create_task(_caller(clinic, dice.choice(phones), dice)) for _ in range(CALLS)]
            await asyncio.wait(callers)
            comings_and_goings.cancel()
        await asyncio.sleep(60)  # the last to hang up have said so, but their words are still under way
        entered = [fact for fact in clinic.journal.facts if isinstance(fact, QueueEntered)]
        left = [fact for fact in clinic.journal.facts if isinstance(fact, QueueLeft)]
        assert sorted(fact.segment for fact in entered) == sorted(fact.segment for fact in left)
        assert any(fact.reason == "answered" for fact in left)
        assert any(fact.reason == "abandoned" for fact in left)


def _agent_habits(dice: random.Random) -> Habits:
    return dice.choice(
        [
            Habits(picks_up_after=dice.randint(1, 20), talks_for=dice.randint(5, 120)),
            Habits(picks_up_after=dice.randint(1, 10), talks_for=None),
            Habits(refuses_with=dice.choice([486, 603, 480])),
        ]
    )


async def _agents(clinic: Office, dice: random.Random) -> None:
    """Agents come back after a ring they missed, pause, and go home."""
    desk, names = clinic.exchange.desk, list(clinic.configuration.agents)
    while True:
        await asyncio.sleep(dice.randint(1, 20))
        name = dice.choice(names)
        match dice.randint(0, 9):
            case 0:
                desk.pause(name, "coffee", "cli")
            case 1:
                desk.sign_out(name, "cli")
            case 2:
                desk.sign_in(name, clinic.configuration.agents[name].phone, "cli")
            case _:
                desk.sign_in(name, clinic.configuration.agents[name].phone, "cli")
                desk.resume(name, "cli")


async def _caller(clinic: Office, phone: Phone, dice: random.Random) -> None:
    await asyncio.sleep(dice.randint(0, SECONDS))
    line = phone.call(dice.choice(NUMBERS))
    patience = dice.choice([0, 0.01, 0.5, 3, 20, 60, 200])
    try:
        async with asyncio.timeout(patience):
            await line.answered.wait()
            await _press_keys(clinic, line, dice)
    except TimeoutError:
        line.hang_up()
    await line.over.wait()


async def _press_keys(clinic: Office, line: Line, dice: random.Random) -> None:
    while not line.over.is_set():
        await asyncio.sleep(dice.choice([0.1, 1, 5, 20]))
        clinic.press(line, dice.choice("1212345*#0"))
