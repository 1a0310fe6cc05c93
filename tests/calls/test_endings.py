import asyncio
import gc
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from media.api import MediaSession
from media.engines.leg import Leg as MediaLeg
from media.engines.silent import SilentSession
from pbx.calls.call import Call
from pbx.calls.sip_leg import Leg
from pbx.records.facts import ContactEnded
from pbx.sip.session import Session
from pbx.steps import JoinQueue
from tests.calls.by_hand import ByHand, audio
from tests.calls.premises import premises, registered, route
from tests.support.office import Office, office
from tests.support.phones import EXCHANGE, Habits
from tests.support.virtual_time import run
from tests.support.wire import Passed

ECHO = route("600", 'do = "echo"')
ONE = route("201", 'do = "dial", to = "1001"')
REFUSED = route("202", 'do = "hangup", status = 410')


def ended(clinic: Office) -> list[tuple[str, str, int]]:
    return [
        (fact.by, fact.reason, fact.sip_code)
        for fact in clinic.journal.facts
        if isinstance(fact, ContactEnded)
    ]


@pytest.mark.parametrize("number", ["600", "700"])
def test_a_caller_whose_audio_is_lost_is_hung_up_and_the_record_says_so(tmp_path: Path, number: str):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            line = clinic.phone().call(number)
            await line.answered.wait()
            await asyncio.sleep(5)
            clinic.media.session_at(line.far_port).lose()
            await line.over.wait()
            assert ended(clinic) == [("system", "media_lost", 408)]

    run(story())


def test_audio_lost_in_a_conversation_hangs_up_both_sides(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            callee = await registered(clinic, "1001", Habits(picks_up_after=1, talks_for=None))
            line = clinic.phone().call("201")
            await line.answered.wait()
            await asyncio.sleep(5)
            clinic.media.session_at(line.far_port).lose()
            await line.over.wait()
            await asyncio.sleep(1)
            assert callee.lines == {}
            assert ended(clinic) == [("system", "media_lost", 408)]

    run(story())


def test_a_call_nobody_ever_acknowledged_is_closed_as_lost(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            hand = ByHand(clinic.wire)
            hand.invite("600", audio())
            await hand.said(200)
            await asyncio.sleep(40)
            assert ended(clinic) == [("system", "hung_up", 408)]

    run(story())


@pytest.mark.parametrize("number", ["600", "201", "202"])
def test_a_call_that_is_over_leaves_nothing_for_the_garbage_collector(tmp_path: Path, number: str):
    """What only the collector finds it finds late and cold: a pause for all, a tenth of a call's price."""

    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO, ONE, REFUSED)) as clinic:
            await registered(clinic, "1001", Habits(picks_up_after=1, talks_for=None))
            line = clinic.phone().call(number)
            await asyncio.sleep(5)
            line.hang_up()
            await asyncio.sleep(100)  # every transaction is over
            assert len(clinic.records()) == 1
            kinds = (Call, Leg, MediaLeg, Session)
            assert [each for each in gc.get_objects() if isinstance(each, kinds)] == []

    gc.collect()
    gc.disable()
    try:
        run(story())
    finally:
        gc.enable()


def test_steps_that_lead_to_each_other_for_ever_come_to_an_end(tmp_path: Path):
    async def story() -> None:
        queue = 'music = "waiting"\njoin_when_empty = false\n'
        async with office(config=premises(tmp_path, queue=queue)) as clinic:
            plan = clinic.configuration.queues["support"]
            circular = {"support": replace(plan, overflow=JoinQueue("support"))}
            await clinic.exchange.reload(replace(clinic.configuration, queues=circular))
            line = clinic.phone().call("700")
            await line.over.wait()
            assert ended(clinic) == [("system", "no_agents", 200)]

    run(story())


def test_as_many_steps_as_a_dialplan_writes_are_followed(tmp_path: Path):
    async def story() -> None:
        step = 'do = "echo"'
        for _ in range(5):
            step = f'do = "dial", to = "1001", otherwise = {{ {step} }}'
        async with office(config=premises(tmp_path, route("605", step))) as clinic:
            line = clinic.phone().call("605")
            await line.answered.wait()
            assert clinic.media.open_echoes == 1
            line.hang_up()
            await line.over.wait()

    run(story())


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_bye_is_answered_once_the_facts_are_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str):
    async def commits_slowly(patience: float = math.inf) -> bool:
        await asyncio.sleep(min(5.0, patience))
        return patience > 5.0

    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            monkeypatch.setattr(clinic.journal, "committed", commits_slowly)
            callee = await registered(clinic, "1001", Habits(picks_up_after=1, talks_for=None))
            line = clinic.phone().call("201")
            await line.answered.wait()
            await asyncio.sleep(1)
            replied: list[float] = []

            def note(passed: Passed) -> None:
                if passed.source == EXCHANGE and passed.data.startswith(b"SIP/2.0 200"):
                    assert b" BYE\r\n" in passed.data
                    replied.append(passed.at)

            clinic.wire.watchers.append(note)
            began = clinic.clock.now()
            (line if who == "caller" else next(iter(callee.lines.values()))).hang_up()
            await asyncio.sleep(20)
            assert len(replied) == 1
            assert abs(replied[0] - began - 5) <= 0.1

    run(story())


def test_a_wait_ends_when_its_seconds_are_over(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, route("603", 'do = "wait", seconds = 7'))) as clinic:
            line = clinic.phone().call("603")
            await line.answered.wait()
            began = clinic.clock.now()
            await line.over.wait()
            assert abs(clinic.clock.now() - began - 7) <= 0.1
            assert ended(clinic) == [("system", "completed", 200)]

    run(story())


def test_a_wait_without_seconds_lasts_until_the_caller_hangs_up(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, route("603", 'do = "wait"'))) as clinic:
            line = clinic.phone().call("603")
            await line.answered.wait()
            await asyncio.sleep(5_000)
            assert not line.over.is_set()
            line.hang_up()
            await asyncio.sleep(1)
            assert ended(clinic) == [("customer", "hung_up", 200)]

    run(story())


def test_a_hangup_step_refuses_with_its_own_status(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, route("604", 'do = "hangup", status = 410'))) as clinic:
            line = clinic.phone().call("604")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == 410
            assert ended(clinic) == [("system", "completed", 410)]

    run(story())


def test_draining_refuses_new_calls_and_waits_for_those_that_run(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            line = clinic.phone().call("600")
            await line.answered.wait()
            began = clinic.clock.now()
            async with asyncio.TaskGroup() as tasks:
                draining = tasks.create_task(clinic.exchange.drain(60))
                await asyncio.sleep(10)
                late = clinic.phone().call("600")
                await late.over.wait()
                assert late.end is not None
                assert late.end.status == 503
                assert not draining.done()
                line.hang_up()
                await draining
            assert abs(clinic.clock.now() - began - 10) <= 0.2
            assert ended(clinic) == [("customer", "hung_up", 200)]

    run(story())


def test_what_still_runs_when_the_drain_is_over_is_hung_up(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO, ONE)) as clinic:
            await registered(clinic, "1001", Habits(picks_up_after=None))
            lines = [clinic.phone().call("600"), clinic.phone().call("201")]
            await asyncio.sleep(1)
            began = clinic.clock.now()
            await clinic.exchange.drain(20)
            assert abs(clinic.clock.now() - began - 20) <= 0.2
            await asyncio.gather(*(line.over.wait() for line in lines))
            assert [line.end.status for line in lines if line.end] == [200, 480]
            assert sorted(ended(clinic)) == [("system", "cancelled", 480), ("system", "hung_up", 200)]

    run(story())


def test_a_call_that_arrived_just_before_the_drain_is_waited_for(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, route("603", 'do = "wait", seconds = 7'))) as clinic:
            async with asyncio.TaskGroup() as tasks:
                draining: list[asyncio.Task[None]] = []

                def drain_now(passed: Passed) -> None:
                    if passed.data.startswith(b"SIP/2.0 100"):
                        draining.append(tasks.create_task(clinic.exchange.drain(60)))

                clinic.wire.watchers.append(drain_now)
                line = clinic.phone().call("603")
                await line.answered.wait()
                await draining[0]
                assert ended(clinic) == [("system", "completed", 200)]
            await line.over.wait()

    run(story())


def test_the_end_of_one_call_does_not_end_the_drain_while_another_is_being_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def story() -> None:
        async with office(
            config=premises(tmp_path, ECHO, route("603", 'do = "wait", seconds = 7'))
        ) as clinic:
            usual = clinic.media.session

            @asynccontextmanager
            async def slow(beside: MediaSession | None = None) -> AsyncGenerator[SilentSession]:
                await asyncio.sleep(3)
                async with usual(beside) as session:
                    yield session

            first = clinic.phone().call("600")
            await first.answered.wait()
            monkeypatch.setattr(clinic.media, "session", slow)
            second = clinic.phone().call("603")
            await asyncio.sleep(1)
            first.hang_up()
            await clinic.exchange.drain(60)
            assert [reason for _, reason, _ in ended(clinic)] == ["hung_up", "completed"]
            await second.over.wait()

    run(story())


def test_an_idle_exchange_drains_at_once():
    async def story() -> None:
        async with office() as clinic:
            began = clinic.clock.now()
            await clinic.exchange.drain(60)
            assert clinic.clock.now() == began

    run(story())


def test_messages_of_the_latest_thousand_calls_can_be_asked_for(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, route("604", 'do = "hangup"'))) as clinic:
            phone = clinic.phone()
            for _ in range(1_001):
                line = phone.call("604")
                await line.over.wait()
            contacts = [record.contact for record in clinic.records()]
            assert clinic.exchange.sip_call_ids(contacts[0]) == []
            assert all(len(clinic.exchange.sip_call_ids(contact)) == 1 for contact in contacts[1:])

    run(story())
