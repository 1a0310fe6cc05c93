"""What answers at the numbers of the shipped dialplan."""

import pytest

from media.audio.tones import RATE, rms, tone, tone_share
from media.codecs.g711 import Samples
from pbx.softphone.conversation import Conversation
from pbx.softphone.phone import is_over
from pbx.softphone.softphone import Softphone
from tests.interop import sipp
from tests.interop.office import Office
from tests.interop.pyvoip import pyvoip, says
from tests.interop.waiting import eventually

pytestmark = pytest.mark.interop


def latest(call: Conversation, seconds: float) -> Samples:
    return call.audio.heard()[-round(seconds * RATE) :]


def answered(call: Conversation) -> Conversation:
    assert call.wait_until(lambda call: call.final, 8)
    assert call.final == 200
    return call


def test_600_gives_back_what_it_hears(office: Office) -> None:
    with Softphone(office.server) as phone:
        call = answered(phone.dial("600"))
        call.audio.repeat(tone(440, 1))
        eventually(lambda: tone_share(latest(call, 0.5), 440) > 0.95, what="no echo")
        call.audio.repeat(tone(700, 1))
        eventually(lambda: tone_share(latest(call, 0.5), 700) > 0.95, what="no echo")


def test_601_plays_music_until_the_caller_hangs_up(office: Office) -> None:
    with Softphone(office.server) as phone:
        call = answered(phone.dial("601"))
        eventually(lambda: len(call.audio.heard()) > 2 * RATE)
        assert rms(latest(call, 1.0)) > 0.01
        call.hang_up()
        eventually(lambda: office.calls("601") == [])
        assert call.ended_by == "us"


def test_700_takes_a_stranger_into_the_queue_with_a_welcome_and_music(office: Office) -> None:
    with Softphone(office.server) as phone:
        call = answered(phone.dial("700"))
        eventually(lambda: len(call.audio.heard()) > 7 * RATE, 10)  # the welcome lasts five seconds
        assert rms(latest(call, 1.0)) > 0.01
        (queue,) = [row for row in office.client.get("queues") if row["queue"] == "support"]
        assert queue["waiting"] == 1


def test_strangers_do_not_reach_phones(office: Office) -> None:
    with Softphone(office.server) as phone:
        call = phone.dial("1001")
        assert call.wait_until(is_over, 8)
        assert call.final in (401, 403)


def test_an_unknown_number_is_not_found(office: Office) -> None:
    with Softphone(office.server, ("1001", "example-1001")) as phone:
        assert phone.registered() == 200
        call = phone.dial("4711")
        assert call.wait_until(is_over, 8)
        assert call.final == 404


def test_keys_as_rtp_events_lead_through_the_menu(office: Office) -> None:
    with Softphone(office.server) as phone:
        call = answered(phone.dial("100"))
        call.audio.press("1pp1")
        (row,) = eventually(lambda: [row for row in office.calls("100") if "queue" in row["doing"]])
        assert row["language"] == "en"
        call.hang_up()
        eventually(lambda: "contact.ended" in office.facts(row["call"]))
        assert office.facts(row["call"]).count("ivr.input") == 2


def test_keys_in_info_requests_lead_through_the_menu(office: Office) -> None:
    with sipp.sipp("keys_by_info", office.server, "100", caller="info") as one:
        (row,) = eventually(lambda: [row for row in office.calls("100") if "queue" in row["doing"]], 15)
        assert row["from"] == "info"
        one.finish()


def test_602_reads_back_the_keys(office: Office) -> None:
    with Softphone(office.server) as phone:
        call = answered(phone.dial("602"))
        call.audio.press("42#")
        (row,) = office.calls("602")
        eventually(lambda: office.story(row["call"]).count("node=said") == 1)
        before = len(call.audio.heard())
        eventually(lambda: len(call.audio.heard()) > before + RATE)
        assert rms(latest(call, 1.0)) > 0.01


@pytest.mark.parametrize("number", ["600", "601"])
def test_pyvoip_as_it_is_calls(office: Office, number: str) -> None:
    with pyvoip(office, "call", "1006", number) as phone:
        assert int(says(phone)) > 10  # of 256 steps: it is not silent
        assert phone.wait(15) == 0
    eventually(lambda: office.calls(number) == [])
