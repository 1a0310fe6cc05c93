"""Phones of different makes call each other through the exchange, and hold."""

from collections.abc import Generator
from pathlib import Path

import pytest
from pyVoIP.SIP import SIPStatus

from media.audio.tones import RATE, rms, tone, tone_share
from pbx.softphone.conversation import Conversation
from pbx.softphone.phone import is_over
from pbx.softphone.softphone import Softphone
from tests.interop import sipp
from tests.interop.baresip import TONE_HZ, Baresip, account, baresip
from tests.interop.office import Office
from tests.interop.pyvoip import pyvoip, says, says_soon
from tests.interop.waiting import eventually

pytestmark = pytest.mark.interop


@pytest.fixture
def desk_phone(office: Office, tmp_path: Path) -> Generator[Baresip]:
    """A baresip that answers for 1003 by itself."""
    with baresip(tmp_path / "baresip", [account("1003", office.server, more=";answermode=auto")]) as phone:
        eventually(lambda: len(office.contacts_of("1003")) == 1, what="baresip did not register")
        yield phone


@pytest.fixture
def softphone(office: Office) -> Generator[Softphone]:
    with Softphone(office.server, ("1001", "example-1001")) as phone:
        assert phone.registered() == 200
        yield phone


def hears(call: Conversation, frequency: float) -> bool:
    heard = call.audio.heard()[-RATE // 2 :]
    return tone_share(heard, frequency) > 0.95


def test_pyvoip_calls_baresip_and_each_hears_the_other(softphone: Softphone, desk_phone: Baresip) -> None:
    call = softphone.dial("1003")
    assert call.wait_until(lambda call: call.final == 200, 8)
    assert call.ringing
    call.audio.repeat(tone(440, 1))
    eventually(lambda: hears(call, TONE_HZ), what="the caller does not hear the callee")
    eventually(lambda: tone_share(desk_phone.heard()[-RATE // 2 :], 440) > 0.95)
    desk_phone.do("hangup")
    assert call.wait_until(is_over, 5)
    assert call.ended_by == "them"


def test_baresip_calls_pyvoip_and_each_hears_the_other(
    office: Office, softphone: Softphone, desk_phone: Baresip
) -> None:
    desk_phone.do("dial", f"sip:1001@{office.where}")
    call = softphone.next_call(8)
    assert call is not None
    assert call.request.headers["From"]["number"] == "1003"
    call.answer()
    call.audio.repeat(tone(440, 1))
    eventually(lambda: hears(call, TONE_HZ), what="the callee does not hear the caller")
    eventually(lambda: tone_share(desk_phone.heard()[-RATE // 2 :], 440) > 0.95)
    call.hang_up()
    desk_phone.wait_for("CALL_CLOSED")


def test_pyvoip_as_it_is_is_called_and_both_are_heard(office: Office, softphone: Softphone) -> None:
    with pyvoip(office, "answer", "1007") as phone:
        assert says(phone) == "ready"
        call = softphone.dial("1007")
        assert call.wait_until(lambda call: call.final == 200, 8)
        call.audio.repeat(tone(440, 1))
        assert int(says(phone)) > 60  # of 256 steps
        eventually(lambda: tone_share(call.audio.heard()[-RATE // 2 :], 500) > 0.5)  # a square's, and noisy
        call.hang_up()
        assert says(phone) == "ended"
        assert phone.wait(15) == 0


def test_pyvoip_as_it_is_calls_baresip(office: Office, desk_phone: Baresip) -> None:
    """Its call() now and then waits for ever, as its other thread has read the answer: three tries."""
    for _ in range(3):
        with pyvoip(office, "call", "1008", "1003") as phone:
            if span := says_soon(phone):
                assert int(span) > 60
                assert phone.wait(15) == 0
                break
    else:
        raise AssertionError("three calls were not answered")
    desk_phone.wait_for("CALL_CLOSED")


def test_sipp_calls_baresip(office: Office, desk_phone: Baresip) -> None:
    sipp.run("call_with_password", office.server, "1003", caller="1002")
    assert len(desk_phone.seen("CALL_ESTABLISHED")) == 1
    desk_phone.wait_for("CALL_CLOSED")


def test_sipp_calls_baresip_over_tcp(office: Office, desk_phone: Baresip) -> None:
    sipp.run("call_with_password", office.server, "1003", caller="1002", tcp=True)
    assert len(desk_phone.seen("CALL_ESTABLISHED")) == 1


def test_baresip_calls_sipp(office: Office, desk_phone: Baresip) -> None:
    with sipp.sipp("answer", office.server, caller="1004") as callee:
        register(office, "1004", callee)
        desk_phone.do("dial", f"sip:1004@{office.where}")
        desk_phone.wait_for("CALL_ESTABLISHED")
        desk_phone.do("hangup")
        callee.finish()


def test_a_busy_phone_makes_the_caller_hear_of_it(office: Office, softphone: Softphone) -> None:
    with sipp.sipp("busy", office.server, caller="1006") as callee:
        register(office, "1006", callee)
        call = softphone.dial("1006")
        assert call.wait_until(is_over, 8)
        assert call.final == 486
        callee.finish()


def test_a_phone_that_nobody_answers_stops_ringing(office: Office, softphone: Softphone) -> None:
    with Softphone(office.server, ("1002", "example-1002")) as callee:
        assert callee.registered() == 200
        call = softphone.dial("1002")
        ringing = callee.next_call(5)
        assert ringing is not None
        assert call.wait_until(is_over, 8)
        assert call.final == 480
        assert ringing.wait_until(is_over, 2)
        assert ringing.final == 487


def test_a_phone_that_is_declined_is_declined_for_the_caller(office: Office, softphone: Softphone) -> None:
    with Softphone(office.server, ("1002", "example-1002")) as callee:
        assert callee.registered() == 200
        call = softphone.dial("1002")
        ringing = callee.next_call(5)
        assert ringing is not None
        ringing.hang_up(SIPStatus.DECLINE)
        assert call.wait_until(is_over, 8)
        assert call.final == 603


def test_a_caller_who_gives_up_stops_the_ringing(office: Office, softphone: Softphone) -> None:
    with Softphone(office.server, ("1002", "example-1002")) as callee:
        assert callee.registered() == 200
        call = softphone.dial("1002")
        ringing = callee.next_call(5)
        assert ringing is not None
        call.hang_up()
        assert ringing.wait_until(is_over, 2)
        assert ringing.final == 487
        assert call.wait_until(is_over, 2)
        assert call.final == 487


def test_sipp_cancels(office: Office) -> None:
    with Softphone(office.server, ("1007", "example-1007")) as callee:
        assert callee.registered() == 200
        sipp.run("cancel", office.server, "1007", caller="1002")
        ringing = callee.next_call(1)
        assert ringing is not None
        assert ringing.wait_until(is_over, 2)


def test_a_phone_that_is_not_there_is_not_found(softphone: Softphone) -> None:
    call = softphone.dial("1008")
    assert call.wait_until(is_over, 8)
    assert call.final == 404


def test_baresip_on_hold_lets_the_other_hear_music_and_comes_back(
    softphone: Softphone, desk_phone: Baresip
) -> None:
    call = softphone.dial("1003")
    assert call.wait_until(lambda call: call.final == 200, 8)
    eventually(lambda: hears(call, TONE_HZ))
    desk_phone.do("hold")
    eventually(lambda: not hears(call, TONE_HZ) and rms(call.audio.heard()[-RATE // 2 :]) > 0.01)
    desk_phone.do("resume")
    eventually(lambda: hears(call, TONE_HZ), what="the call did not come back")
    call.hang_up()
    desk_phone.wait_for("CALL_CLOSED")


@pytest.mark.parametrize("number", ["600", "601"])
def test_sipp_holds_and_resumes(office: Office, number: str) -> None:
    with sipp.sipp("hold", office.server, number, caller="holder") as one:
        eventually(lambda: any(row["held"] for row in office.calls(number)), what="nobody is on hold")
        eventually(lambda: not any(row["held"] for row in office.calls(number)), what="it is still on hold")
        assert len(office.calls(number)) == 1
        one.finish()


def register(office: Office, name: str, phone: sipp.Sipp) -> None:
    """For a phone that plays a scenario, and so cannot do it."""
    sipp.run("register", office.server, caller=name, contact_port=str(phone.port), expires="30")
