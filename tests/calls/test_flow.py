import asyncio
from pathlib import Path

import pytest

from media.api import RINGING
from pbx.records.facts import FlowEntered, FlowExited, InputTaken, NodeEntered
from tests.calls.by_hand import ByHand, audio
from tests.calls.premises import premises, registered, route, told
from tests.support.office import office
from tests.support.phones import Habits
from tests.support.virtual_time import run

FLOW = route("100", 'do = "flow", flow = "main"')
RINGS_FROM_A_MENU = """start = "menu"
[nodes.menu]
do = "menu"
prompt = "main-menu"
keys = { 1 = "ring", 2 = "bye" }
otherwise = "bye"
[nodes.ring]
do = "dial"
to = "1001"
ring_for = 10
otherwise = "menu"
[nodes.bye]
do = "hangup"
prompt = "goodbye"
"""
ASKS_AT_LENGTH = """start = "ask"
[nodes.ask]
do = "collect"
prompt = ["main-menu", "enter-digits"]
variable = "digits"
next = "bye"
otherwise = "bye"
[nodes.bye]
do = "hangup"
prompt = "goodbye"
"""
WHO_IS_IT = """start = "who"
[nodes.who]
do = "branch"
on = "identity"
cases = { 1001 = "known" }
otherwise = "unknown"
[nodes.known]
do = "hangup"
prompt = "welcome"
[nodes.unknown]
do = "hangup"
prompt = "goodbye"
"""
OPEN_HOURS = """start = "hours"
[nodes.hours]
do = "hours"
calendar = "never"
open = "open"
closed = "closed"
[nodes.open]
do = "hangup"
prompt = "welcome"
[nodes.closed]
do = "hangup"
prompt = "closed-now"
"""
NEVER = '[calendars.never]\nzone = "Europe/Riga"\nhours = {}\n'


def test_keys_pressed_while_somebody_is_rung_choose_nothing_afterwards(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": RINGS_FROM_A_MENU})) as clinic:
            await registered(clinic, "1001", Habits(picks_up_after=None))
            line = clinic.phone().call("100")
            await line.answered.wait()
            clinic.press(line, "1")
            await asyncio.sleep(5)
            for key in "2", "2":
                clinic.press(line, key)
            await asyncio.sleep(10)
            heard = clinic.media.session_at(line.far_port).heard
            prompts = [sound.what for sound in heard if sound.what != RINGING]
            assert prompts == ["en/main-menu", "en/main-menu"]
            clinic.press(line, "2")
            await line.over.wait()
            assert heard[-1].what == "en/goodbye"

    run(story())


def test_a_key_that_comes_by_info_is_a_key(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": RINGS_FROM_A_MENU})) as clinic:
            hand = ByHand(clinic.wire)
            hand.invite("100", audio())
            await hand.said(200)
            hand.ack()
            hand.info("2")
            await hand.said(200)
            await asyncio.sleep(10)
            (taken,) = [fact for fact in clinic.journal.facts if isinstance(fact, InputTaken)]
            assert taken.match == "ok"
            (record,) = clinic.records()
            assert record.by == "system"

    run(story())


def test_a_key_that_is_pressed_cuts_the_prompt_short(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": RINGS_FROM_A_MENU})) as clinic:
            line = clinic.phone().call("100")
            await line.answered.wait()
            await asyncio.sleep(0.5)
            clinic.press(line, "2")
            heard = clinic.media.session_at(line.far_port).heard
            await line.over.wait()
            assert [sound.what for sound in heard] == ["en/main-menu", "en/goodbye"]
            assert abs(heard[1].at - heard[0].at - 0.5) <= 0.05

    run(story())


def test_the_first_of_several_keys_silences_the_whole_question(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": ASKS_AT_LENGTH})) as clinic:
            line = clinic.phone().call("100")
            await line.answered.wait()
            await asyncio.sleep(0.5)
            heard = clinic.media.session_at(line.far_port).heard
            for _ in range(4):
                clinic.press(line, "1")
                await asyncio.sleep(4)
            assert [sound.what for sound in heard] == ["en/main-menu"]
            await line.over.wait()
            assert [sound.what for sound in heard] == ["en/main-menu", "en/goodbye"]

    run(story())


def test_a_language_once_chosen_is_spoken_in_the_queue_too():
    async def story() -> None:
        async with office() as clinic:
            line = clinic.phone().call("100")
            await line.answered.wait()
            for key in "2", "1":
                clinic.press(line, key)
                await asyncio.sleep(20)
            heard = [sound.what for sound in clinic.media.session_at(line.far_port).heard]
            assert "lv/main-menu" in heard
            assert "lv/queue-welcome" in heard
            assert "en/queue-welcome" not in heard
            line.hang_up()
            await line.over.wait()

    run(story())


@pytest.mark.parametrize(("account", "prompt"), [("1001", "en/welcome"), ("1002", "en/goodbye")])
def test_a_flow_knows_which_account_calls(tmp_path: Path, account: str, prompt: str):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": WHO_IS_IT})) as clinic:
            phone = await registered(clinic, account)
            line = await phone.call_as(account, f"example-{account}", "100")
            await line.answered.wait()
            heard = clinic.media.session_at(line.far_port).heard
            await line.over.wait()
            assert [sound.what for sound in heard] == [prompt]

    run(story())


def test_a_flow_knows_which_calendars_are_open(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, NEVER, FLOW, flows={"main": OPEN_HOURS})) as clinic:
            line = clinic.phone().call("100")
            await line.answered.wait()
            heard = clinic.media.session_at(line.far_port).heard
            await line.over.wait()
            assert [sound.what for sound in heard] == ["en/closed-now"]

    run(story())


def test_a_flows_story_is_on_file(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": RINGS_FROM_A_MENU})) as clinic:
            line = clinic.phone().call("100")
            await line.answered.wait()
            clinic.press(line, "2")
            await line.over.wait()
            await asyncio.sleep(1)
            assert told(clinic, FlowEntered, NodeEntered, InputTaken, FlowExited) == [
                "ivr.entered",
                "ivr.node",
                "ivr.input",
                "ivr.node",
                "ivr.exited",
            ]
            (entered,) = [fact for fact in clinic.journal.facts if isinstance(fact, FlowEntered)]
            (left,) = [fact for fact in clinic.journal.facts if isinstance(fact, FlowExited)]
            assert (entered.flow, entered.version) == ("main", clinic.configuration.flows["main"].version)
            assert (left.flow, left.result) == ("main", "contained")

    run(story())
