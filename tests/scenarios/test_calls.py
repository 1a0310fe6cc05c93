import asyncio

import pytest

from pbx.records.facts import OfferAnswered, OfferNoAnswer, QueueLeft
from tests.support.office import Office, office
from tests.support.phones import Habits, Phone
from tests.support.virtual_time import run


def test_a_caller_hears_the_echo_until_hanging_up():
    async def story() -> None:
        async with office() as clinic:
            line = clinic.phone().call("600")
            await line.answered.wait()
            assert clinic.media.open_echoes == 1
            await asyncio.sleep(30)
            line.hang_up()
            await asyncio.sleep(1)
            (record,) = clinic.records()
            assert (record.outcome, record.by, record.dnis) == ("self_service", "customer", "600")
            assert record.billable_ms == pytest.approx(30_000, abs=100)

    run(story())


def test_a_number_nobody_has_is_refused_with_404():
    async def story() -> None:
        async with office() as clinic:
            phone = await clinic.agent("anna")
            line = phone.call("999")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == 401  # a stranger asks for a number that is not public

    run(story())


def test_a_queued_caller_talks_to_the_agent_who_answers():
    async def story() -> None:
        async with office() as clinic:
            anna = await clinic.agent("anna", Habits(picks_up_after=4, talks_for=60))
            line = clinic.phone().call("700")
            await line.answered.wait()
            await line.over.wait()
            assert anna.rung == 1
            (record,) = clinic.records()
            assert (record.outcome, record.agent, record.by) == ("agent", "anna", "agent")
            assert record.talk_ms == pytest.approx(60_000, abs=200)
            assert record.wait_ms == pytest.approx(4_000, abs=200)

    run(story())


def test_an_agent_who_lets_it_ring_costs_the_caller_one_ring_and_becomes_not_ready():
    async def story() -> None:
        async with office() as clinic:
            await clinic.agent("anna", Habits(picks_up_after=None))
            await asyncio.sleep(1)
            await clinic.agent("boris", Habits(picks_up_after=1, talks_for=5))
            line = clinic.phone().call("700")
            await line.over.wait()
            (record,) = clinic.records()
            assert record.agent == "boris"
            kinds = [type(fact) for fact in clinic.journal.facts]
            assert (kinds.count(OfferNoAnswer), kinds.count(OfferAnswered)) == (1, 1)

    run(story())


def test_hanging_up_while_an_agent_rings_stops_the_ringing():
    async def story() -> None:
        async with office() as clinic:
            anna = await clinic.agent("anna", Habits(picks_up_after=10))
            line = clinic.phone().call("700")
            await line.answered.wait()
            await asyncio.sleep(3)
            line.hang_up()
            await asyncio.sleep(2)
            assert anna.lines == {}
            left = [fact for fact in clinic.journal.facts if isinstance(fact, QueueLeft)]
            assert [fact.reason for fact in left] == ["abandoned"]

    run(story())


def test_the_menu_leads_to_the_queue():
    async def story() -> None:
        async with office() as clinic:
            await clinic.agent("anna", Habits(picks_up_after=1, talks_for=5))
            line = clinic.phone().call("100")
            await line.answered.wait()
            await asyncio.sleep(2)
            await _press(clinic, line.far_port, "11", pause=20)
            await line.over.wait()
            (record,) = clinic.records()
            assert record.outcome == "agent"

    run(story())


async def _press(clinic: Office, port: int, keys: str, pause: float) -> None:
    for key in keys:
        clinic.media.session_at(port).press(key)
        await asyncio.sleep(pause)


@pytest.mark.parametrize(
    ("habits", "status"),
    [
        (Habits(refuses_with=486), 486),
        (Habits(refuses_with=603), 603),
        (Habits(picks_up_after=None), 480),
    ],
)
def test_what_the_callee_answers_reaches_the_caller(habits: Habits, status: int):
    async def story() -> None:
        async with office() as clinic:
            caller = await _registered(clinic, "1001", Habits())
            await _registered(clinic, "1002", habits)
            line = await caller.call_as("1001", "example-1001", "1002")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == status

    run(story())


async def _registered(clinic: Office, account: str, habits: Habits) -> Phone:
    phone = clinic.phone(habits)
    assert await phone.register(account, clinic.configuration.accounts[account].password) == 200
    return phone
