import asyncio
from pathlib import Path

import pytest

from media.engines.silent import SilentSession
from pbx.sip.message import Request
from tests.calls.by_hand import ByHand, audio
from tests.calls.premises import premises, registered, route
from tests.support.office import Office, office
from tests.support.phones import Habits
from tests.support.virtual_time import run

ECHO = route("600", 'do = "echo"', name="echo")
ONE = route("201", 'do = "dial", to = "1001", ring_for = 20')
FLOW_THAT_DIALS = """start = "ring"
[nodes.ring]
do = "dial"
to = "1001"
otherwise = "bye"
[nodes.bye]
do = "hangup"
"""
G722 = "9"


def only_session(clinic: Office) -> SilentSession:
    (port,) = [port for port in range(20_000, 20_100, 2) if _is_open(clinic, port)]
    return clinic.media.session_at(port)


def _is_open(clinic: Office, port: int) -> bool:
    try:
        clinic.media.session_at(port)
    except KeyError:
        return False
    return True


def test_an_invite_without_an_offer_gets_ours_and_the_ack_settles_it(tmp_path: Path):
    async def story() -> None:
        async with office(
            config=premises(tmp_path, route("601", 'do = "music", music = "waiting"'))
        ) as clinic:
            hand = ByHand(clinic.wire)
            hand.invite("601")
            reply = await hand.said(200)
            assert b"m=audio" in reply.body
            await asyncio.sleep(0.1)
            session = only_session(clinic)
            assert list(session.heard) == []
            hand.ack(audio())
            await asyncio.sleep(0.1)
            assert [heard.what for heard in session.heard] == ["music/waiting"]
            hand.bye()
            await hand.said(200)

    run(story())


def test_a_caller_whose_late_answer_holds_no_codec_of_ours_is_hung_up(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            hand = ByHand(clinic.wire)
            hand.invite("600")
            await hand.said(200)
            hand.ack(audio(G722))
            await asyncio.sleep(1)
            assert any(isinstance(message, Request) and message.method == "BYE" for message in hand.heard)
            (record,) = clinic.records()
            assert record.by == "system"

    run(story())


@pytest.mark.parametrize("number", ["600", "201"])
def test_a_caller_with_no_codec_of_ours_gets_488_and_a_record(tmp_path: Path, number: str):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO, ONE)) as clinic:
            callee = await registered(clinic, "1001", Habits(picks_up_after=1))
            hand = ByHand(clinic.wire)
            hand.invite(number, audio(G722))
            await hand.said(488)
            hand.ack()
            await asyncio.sleep(1)
            assert callee.lines == {}
            (record,) = clinic.records()
            assert (record.outcome, record.by, record.sip_code) == ("unanswered", "system", 488)
            assert record.reason == "no common codec: none of PCMU, PCMA offered"

    run(story())


def test_a_callee_who_answers_with_no_codec_of_ours_is_let_go(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            callee = await registered(clinic, "1001", Habits(picks_up_after=1, codec=G722))
            line = clinic.phone().call("201")
            await line.over.wait()
            await asyncio.sleep(1)
            assert callee.lines == {}
            assert line.end is not None
            assert line.end.status == 404

    run(story())


def test_a_call_for_which_there_is_no_port_gets_503_and_a_record(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO), last_port=20_001) as clinic:
            first, second = clinic.phone().call("600"), clinic.phone().call("600")
            await second.over.wait()
            assert second.end is not None
            assert second.end.status == 503
            first.hang_up()
            await first.over.wait()
            turned_away = clinic.records()[-1]
            assert (turned_away.dnis, turned_away.entry, turned_away.sip_code) == ("600", "echo", 503)
            assert turned_away.reason == "every media port is in use"

    run(story())


@pytest.mark.parametrize("number", ["201", "205"])
def test_a_call_that_finds_no_port_for_its_other_leg_ends_with_503_and_its_reason(
    tmp_path: Path, number: str
):
    async def story() -> None:
        flow = route("205", 'do = "flow", flow = "ring"')
        config = premises(tmp_path, ONE, flow, flows={"ring": FLOW_THAT_DIALS})
        async with office(config=config, last_port=20_001) as clinic:
            await registered(clinic, "1001")
            line = clinic.phone().call(number)
            await line.over.wait()
            await asyncio.sleep(1)
            (record,) = clinic.records()
            assert (record.reason, record.sip_code) == ("no media: every media port is in use", 503)

    run(story())


def test_a_caller_who_cancels_while_the_call_is_being_set_up_has_a_record(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            line = clinic.phone().call("600")
            line.hang_up()
            await line.over.wait()
            await asyncio.sleep(1)
            assert len(clinic.records()) == 1

    run(story())


def test_a_caller_who_cancels_before_the_calls_task_has_begun_is_let_go(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            hand = ByHand(clinic.wire)
            hand.invite("600", audio())
            hand.cancel("600")
            await hand.said(487)
            hand.ack()
            await asyncio.sleep(1)
            (record,) = clinic.records()
            assert (record.by, record.reason, record.sip_code) == ("customer", "cancelled", 487)
            assert record.outcome == "unanswered"
            assert clinic.media.open_echoes == 0

    run(story())


def test_a_call_is_answered_once_whatever_its_steps(tmp_path: Path):
    async def story() -> None:
        overflow = 'music = "waiting"\nmaximum_wait = 5\noverflow = { do = "flow", flow = "bye" }\n'
        async with office(config=premises(tmp_path, queue=overflow)) as clinic:
            line = clinic.phone().call("700")
            await line.over.wait()
            kinds = [fact.type for fact in clinic.journal.facts]
            assert kinds.count("contact.answered") == 1

    run(story())


def test_an_account_calls_internally_and_a_stranger_from_outside(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            phone = await registered(clinic, "1001")
            lines = [await phone.call_as("1001", "example-1001", "600"), clinic.phone().call("600")]
            for line in lines:
                await line.answered.wait()
                line.hang_up()
            await asyncio.gather(*(line.over.wait() for line in lines))
            seen = [(record.direction, record.identity) for record in clinic.records()]
            assert seen == [("internal", "1001"), ("inbound", "")]

    run(story())
