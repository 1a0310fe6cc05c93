"""What phones and networks do to a call that the happy path does not show."""

import subprocess
from pathlib import Path

import pytest

from pbx.softphone.phone import is_over
from pbx.softphone.softphone import Softphone
from tests.interop import sipp
from tests.interop.office import Office
from tests.interop.waiting import eventually

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("number", ["100", "600", "601", "700"])
def test_sipp_calls_over_udp(office: Office, number: str) -> None:
    sipp.run("call", office.server, number, caller=f"udp-{number}")
    (row,) = eventually(lambda: office.records(f"udp-{number}"))
    assert row["dnis"] == number
    assert row["by"] == "customer"


@pytest.mark.parametrize("number", ["600", "701"])
def test_sipp_calls_over_tcp(office: Office, number: str) -> None:
    sipp.run("call", office.server, number, caller=f"tcp-{number}", tcp=True)
    assert len(eventually(lambda: office.records(f"tcp-{number}"))) == 1


def test_the_same_invite_twice_is_one_call(office: Office) -> None:
    with sipp.sipp("twice", office.server, "601", caller="twice") as one:
        eventually(lambda: office.calls("601"))
        assert len(office.calls("601")) == 1
        one.finish()
    assert len(eventually(lambda: office.records("twice"))) == 1


def test_the_200_comes_again_until_its_ack_does(office: Office, tmp_path: Path) -> None:
    with sipp.sipp("no_ack", office.server, "601", caller="no-ack") as one:
        one.finish()
    (row,) = eventually(lambda: office.records("no-ack"))
    file = tmp_path / "call.pcap"
    office.command("capture", row["contact"], str(file))
    sent = [part for part in file.read_bytes().split(b"SIP/2.0 ") if part.startswith(b"200 OK")]
    assert sum(b"CSeq: 1 INVITE" in part for part in sent) == 4  # at 0, 0.5, 1.5 and 3.5 s


def test_an_ack_that_never_comes_ends_the_call_after_32_seconds(office: Office) -> None:
    with sipp.sipp("never_ack", office.server, "601", caller="never-ack", more=("-timeout", "40")) as one:
        one.finish(45)
    (row,) = eventually(lambda: office.records("never-ack"))
    assert row["by"] == "system"


def test_the_same_invite_twice_while_it_rings_is_one_ring(office: Office) -> None:
    with Softphone(office.server, ("1004", "example-1004")) as callee:
        assert callee.registered() == 200
        # Without -nr sipp sends its INVITE again for every 180 that comes again, and so on for ever.
        sipp.run("twice_ringing", office.server, "1004", caller="1002", more=("-nr",))
        ringing = callee.next_call(1)
        assert ringing is not None
        assert ringing.wait_until(is_over, 2)
        assert callee.next_call(0.2) is None


def test_a_caller_may_leave_the_offer_to_us(office: Office) -> None:
    sipp.run("late_offer", office.server, "601", caller="late")
    (row,) = eventually(lambda: office.records("late"))
    eventually(
        lambda: "media.measured" in office.facts(row["contact"]), what="nothing was sent to the caller"
    )


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_sipsak_finds_it_alive(office: Office, tcp: bool) -> None:
    command = ["sipsak", "-s", f"sip:100@{office.where}", *(["-E", "tcp"] if tcp else [])]
    assert subprocess.run(command, timeout=10, capture_output=True).returncode == 0


def test_nothing_is_left_of_all_these_calls(office: Office) -> None:
    eventually(lambda: office.calls() == [])
    assert all(row["waiting"] == 0 for row in office.client.get("queues"))
