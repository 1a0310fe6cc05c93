import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from media.api import Quality
from media.engines.silent import SilentSession
from pbx.acd.model import State
from pbx.records.facts import MediaMeasured
from pbx.sip.outputs import ContactAddress, Peer, RegisterReceived, Transmit
from tests.calls.by_hand import audio
from tests.calls.premises import BYE, premises, registered, route
from tests.support.office import office
from tests.support.phones import EXCHANGE, Habits
from tests.support.virtual_time import run
from tests.support.wire import Passed

ECHO = route("600", 'do = "echo"')
CONNECTION = Peer("tcp", "10.8.8.8", 40_000, f"{EXCHANGE[0]}:{EXCHANGE[1]}")


def test_an_account_that_dials_what_no_route_serves_gets_404_and_a_record(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            phone = await registered(clinic, "1001")
            line = await phone.call_as("1001", "example-1001", "999")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == 404
            (record,) = clinic.records()
            assert (record.dnis, record.entry, record.sip_code, record.outcome) == (
                "999",
                "",
                404,
                "unanswered",
            )

    run(story())


def test_the_record_names_the_route_that_decided(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, route("600", 'do = "echo"', name="the echo"))) as clinic:
            line = clinic.phone().call("600")
            await line.answered.wait()
            line.hang_up()
            await asyncio.sleep(1)
            (record,) = clinic.records()
            assert record.entry == "the echo"

    run(story())


def test_a_phone_makes_only_its_own_agent_reachable(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await registered(clinic, "1001")
            clinic.exchange.desk.sign_in("anna", "1005", "cli")
            await registered(clinic, "1006")
            states = {one.agent: one.state for one in clinic.exchange.desk.view.agents()}
            assert states["anna"] is State.NOT_READY
            await registered(clinic, "1005")
            states = {one.agent: one.state for one in clinic.exchange.desk.view.agents()}
            assert states["anna"] is State.READY

    run(story())


def test_a_lost_connection_ends_its_calls_and_its_registrations(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            exchange, body = clinic.exchange, audio()
            contact = ContactAddress("sip:1001@10.8.8.8;transport=tcp", 600)
            exchange.registrations.register(
                RegisterReceived("t", "1001", (contact,), False, "c", 1, CONNECTION)
            )
            text = (
                f"INVITE sip:600@{EXCHANGE[0]} SIP/2.0\r\nVia: SIP/2.0/TCP 10.8.8.8:40000;branch=z9hG4bKt\r\n"
                f"From: <sip:t@10.8.8.8>;tag=t\r\nTo: <sip:600@{EXCHANGE[0]}>\r\nCall-ID: t\r\n"
                "CSeq: 1 INVITE\r\nContact: <sip:t@10.8.8.8:40000;transport=tcp>\r\nMax-Forwards: 70\r\n"
                f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            )
            clinic.wire.sender(("10.8.8.8", 40_000))(Transmit(text.encode(), Peer("tcp", *EXCHANGE)))
            await asyncio.sleep(1)
            assert clinic.media.open_echoes == 1
            exchange.lost(CONNECTION)
            await asyncio.sleep(1)
            assert exchange.registrations.of("1001") == []
            (record,) = clinic.records()
            assert (record.by, record.sip_code) == ("system", 408)

    run(story())


def test_a_reload_between_a_calls_arrival_and_its_first_step_does_not_mix_two_configurations(
    tmp_path: Path,
):
    async def story() -> None:
        flow = route("100", 'do = "flow", flow = "bye"')
        async with office(config=premises(tmp_path, flow, flows={"bye": BYE})) as clinic:
            without = replace(clinic.configuration, flows={}, version="2")
            async with asyncio.TaskGroup() as tasks:

                def reload_now(passed: Passed) -> None:
                    if passed.data.startswith(b"SIP/2.0 100"):
                        tasks.create_task(clinic.exchange.reload(without))

                clinic.wire.watchers.append(reload_now)
                line = clinic.phone().call("100")
                await line.over.wait()
            assert clinic.exchange.configuration is without
            (record,) = clinic.records()
            assert record.reason == "completed"

    run(story())


def test_a_call_that_cannot_even_begin_is_refused_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fault() -> None:
        raise LookupError("a fault")

    async def story() -> None:
        async with office(config=premises(tmp_path, ECHO)) as clinic:
            monkeypatch.setattr(clinic.media, "session", fault)
            line = clinic.phone().call("600")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == 500

    with caplog.at_level(logging.ERROR):
        run(story())
    assert "could not be closed cleanly" in caplog.text


@pytest.mark.parametrize(
    ("quality", "measured"),
    [
        (Quality(sent=100, received=90, lost=3, jitter_ms=1.23456), 2),
        (Quality(received=1), 2),
        (Quality(), 0),
    ],
)
def test_the_audio_of_every_leg_that_had_any_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quality: Quality, measured: int
):
    close_with = SilentSession.close_with

    def close(session: SilentSession, _: Quality) -> None:
        close_with(session, quality)

    async def story() -> None:
        monkeypatch.setattr(SilentSession, "close_with", close)
        config = premises(tmp_path, route("201", 'do = "dial", to = ["1001", "1002"]'))
        async with office(config=config) as clinic:
            await registered(clinic, "1001", Habits(picks_up_after=1, talks_for=5))
            await registered(clinic, "1002", Habits(picks_up_after=None))
            line = clinic.phone().call("201")
            await line.over.wait()
            await asyncio.sleep(1)
            facts = [fact for fact in clinic.journal.facts if isinstance(fact, MediaMeasured)]
            assert len({fact.leg for fact in facts}) == len(facts) == measured
            for fact in facts:
                seen = (fact.sent, fact.received, fact.lost, fact.jitter_ms)
                assert seen == (quality.sent, quality.received, quality.lost, round(quality.jitter_ms, 3))

    run(story())
