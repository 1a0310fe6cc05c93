import asyncio
from pathlib import Path

import pytest

from pbx.acd.model import State
from pbx.config.load import load_configuration
from pbx.records.facts import ConfigChanged, QueueLeft
from tests.calls.premises import AGENTS, QUEUE, premises, registered, route
from tests.support.office import Office, office
from tests.support.phones import Habits
from tests.support.virtual_time import run

EVA = f'{AGENTS}eva = {{ phone = "1003", queues = ["support"] }}\n'
SAY = """start = "say"
[nodes.say]
do = "say"
prompt = "{prompt}"
next = "bye"
[nodes.bye]
do = "hangup"
"""


async def reload(clinic: Office, config: Path) -> None:
    await clinic.exchange.reload(load_configuration(config))


def test_a_running_call_keeps_the_configuration_it_began_with(tmp_path: Path):
    async def story() -> None:
        flow = route("100", 'do = "flow", flow = "main"')
        chain = route(
            "101", 'do = "dial", to = "1003", ring_for = 5, otherwise = { do = "flow", flow = "main" }'
        )
        routes = (flow, chain)
        before = premises(tmp_path, *routes, flows={"main": SAY.format(prompt="goodbye")})
        async with office(config=before) as clinic:
            await registered(clinic, "1003", Habits(picks_up_after=None))
            old = clinic.phone().call("101")
            await asyncio.sleep(1)
            after = premises(tmp_path, *routes, flows={"main": SAY.format(prompt="welcome")})
            await reload(clinic, after)
            new = clinic.phone().call("100")
            heard: list[str] = []
            for line in (new, old):
                await line.answered.wait()
                session = clinic.media.session_at(line.far_port)
                await line.over.wait()
                heard += [sound.what for sound in session.heard]
            assert heard == ["en/welcome", "en/goodbye"]

    run(story())


def test_a_reload_is_on_file_with_its_version(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await reload(clinic, premises(tmp_path, route("600", 'do = "echo"')))
            (changed,) = [fact for fact in clinic.journal.facts if isinstance(fact, ConfigChanged)]
            assert changed.version == clinic.exchange.configuration.version
            assert changed.version != clinic.configuration.version

    run(story())


def test_a_number_that_a_reload_adds_can_be_called_and_one_that_it_removes_cannot(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, route("600", 'do = "echo"'))) as clinic:
            await reload(clinic, premises(tmp_path, route("601", 'do = "echo"')))
            gone, new = clinic.phone().call("600"), clinic.phone().call("601")
            await gone.over.wait()
            assert gone.end is not None
            assert gone.end.status == 401
            await new.answered.wait()
            new.hang_up()
            await new.over.wait()

    run(story())


def test_an_agent_whom_a_reload_adds_serves_callers_who_were_waiting_already(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            eva = await registered(clinic, "1003", Habits(picks_up_after=1, talks_for=10))
            line = clinic.phone().call("700")
            await line.answered.wait()
            await reload(clinic, premises(tmp_path, agents=EVA))
            clinic.exchange.desk.sign_in("eva", "1003", "cli")
            await line.over.wait()
            assert eva.rung == 1
            (record,) = clinic.records()
            assert (record.outcome, record.agent) == ("agent", "eva")

    run(story())


def test_an_agent_whom_a_reload_gives_another_phone_is_rung_there(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            old = await clinic.agent("anna")
            new = await registered(clinic, "1003", Habits(picks_up_after=1, talks_for=10))
            waiting = Habits(picks_up_after=None)
            old.habits = waiting
            await reload(clinic, premises(tmp_path, agents=AGENTS.replace("1005", "1003")))
            line = clinic.phone().call("700")
            await line.over.wait()
            assert (old.rung, new.rung) == (0, 1)

    run(story())


def test_a_phone_in_a_call_stays_busy_for_the_agent_whom_a_reload_seats_there(tmp_path: Path):
    async def story() -> None:
        echo = route("600", 'do = "echo"')
        async with office(config=premises(tmp_path, echo)) as clinic:
            eva = await registered(clinic, "1003")
            line = await eva.call_as("1003", "example-1003", "600")
            await line.answered.wait()
            await reload(clinic, premises(tmp_path, echo, agents=EVA))
            clinic.exchange.desk.sign_in("eva", "1003", "cli")
            status = next(one for one in clinic.exchange.desk.view.agents() if one.agent == "eva")
            assert (status.state, status.reason) == (State.NOT_READY, "busy")
            line.hang_up()
            await line.over.wait()

    run(story())


def test_an_agent_whom_a_reload_removes_while_the_phone_rings_costs_the_caller_nothing(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            anna = await clinic.agent("anna", Habits(picks_up_after=None))
            line = clinic.phone().call("700")
            await asyncio.sleep(3)
            await reload(clinic, premises(tmp_path, agents=AGENTS.replace("anna = ", "# ")))
            await asyncio.sleep(1)
            assert anna.lines == {}
            assert not line.over.is_set()
            line.hang_up()
            await line.over.wait()

    run(story())


def test_callers_in_a_queue_that_a_reload_removes_are_given_back(tmp_path: Path):
    async def story() -> None:
        queue = f'{QUEUE}overflow = {{ do = "echo" }}\n'
        before = premises(tmp_path, queue=queue)
        async with office(config=before) as clinic:
            line = clinic.phone().call("700")
            await line.answered.wait()
            text = before.read_text()
            text = text.replace("[queues.support]", "[queues.other]").replace('["support"]', '["other"]')
            before.write_text(text.replace('queue = "support"', 'queue = "other"'))
            await reload(clinic, before)
            await asyncio.sleep(1)
            assert clinic.media.open_echoes == 1
            (left,) = [fact for fact in clinic.journal.facts if isinstance(fact, QueueLeft)]
            assert left.reason == "withdrawn"
            line.hang_up()
            await line.over.wait()

    run(story())


def test_a_reload_whose_audio_cannot_be_read_changes_nothing(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            before = clinic.exchange.configuration
            broken = premises(tmp_path, route("600", 'do = "echo"'))
            (tmp_path / "ivr_flows/music").unlink()
            (tmp_path / "ivr_flows/music").mkdir()
            (tmp_path / "ivr_flows/music/waiting.flac").write_bytes(b"no music")
            with pytest.raises(ValueError, match=r"waiting\.flac"):
                await reload(clinic, broken)
            assert clinic.exchange.configuration is before
            assert not clinic.exchange.configuration.dialplan.is_public("600")

    run(story())
