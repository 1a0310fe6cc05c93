"""The INVITE client transaction, timer by timer."""

from pbx.sip.timers import Timers
from pbx.sip.transactions.effects import Report
from pbx.sip.transactions.invite_client import InviteClient, State

INVITE, ACK = b"INVITE", b"ACK"


def client(*, reliable: bool = False) -> InviteClient:
    return InviteClient(Timers(), INVITE, reliable=reliable, now=0)


def test_timer_a_repeats_the_invite_doubling_without_ceiling_and_timer_b_ends_it():
    tx, times = client(), list[float]()
    while (at := tx.deadline) is not None and at < 32:
        assert tx.on_deadline(at) == [INVITE]
        times.append(at)
    assert times == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert tx.on_deadline(32) == [Report.TIMED_OUT, Report.DONE]


def test_over_tcp_the_invite_is_sent_once():
    tx = client(reliable=True)
    assert tx.deadline == 32
    assert tx.on_deadline(32) == [Report.TIMED_OUT, Report.DONE]


def test_any_provisional_stops_timer_a_and_starts_timer_c():
    tx = client()
    assert tx.on_response(100, b"", 1) == [Report.PASS_UP]
    assert tx.state is State.PROCEEDING
    assert tx.deadline == 181


def test_timer_c_starts_again_with_every_provisional_but_100():
    tx = client()
    tx.on_response(180, b"", 1)
    tx.on_response(100, b"", 50)
    assert tx.deadline == 181
    tx.on_response(183, b"", 50)
    assert tx.deadline == 230


def test_ringing_too_long_is_told_once_and_then_a_final_response_is_due():
    tx = client()
    tx.on_response(180, b"", 0)
    assert tx.on_deadline(180) == [Report.RANG_TOO_LONG]
    tx.on_response(180, b"", 190)
    assert tx.deadline == 212
    assert tx.on_deadline(212) == [Report.TIMED_OUT, Report.DONE]


def test_a_cancelled_invite_waits_for_64_t1():
    tx = client()
    tx.on_response(180, b"", 0)
    tx.hurry(10)
    assert tx.deadline == 42
    assert tx.on_response(487, ACK, 11) == [ACK, Report.PASS_UP]


def test_hurrying_changes_nothing_once_there_is_a_final_response():
    tx = client()
    tx.on_response(200, b"", 1)
    tx.hurry(10)
    assert tx.deadline == 33


def test_a_refusal_is_acknowledged_each_time_and_told_once_until_timer_d():
    tx = client()
    assert tx.on_response(486, ACK, 1) == [ACK, Report.PASS_UP]
    assert tx.deadline == 33
    assert tx.on_response(486, b"other", 2) == [ACK]
    assert tx.on_response(200, b"", 2) == []
    assert tx.on_response(180, b"", 2) == []
    assert tx.on_deadline(33) == [Report.DONE]


def test_over_tcp_timer_d_is_zero():
    assert client(reliable=True).on_response(486, ACK, 1) == [ACK, Report.PASS_UP, Report.DONE]


def test_every_2xx_is_passed_up_until_timer_m():
    tx = client()
    assert tx.on_response(200, b"", 1) == [Report.PASS_UP]
    assert tx.on_response(200, b"", 5) == [Report.PASS_UP]
    assert tx.on_response(486, ACK, 5) == []
    assert tx.on_response(180, b"", 5) == []
    assert tx.deadline == 33
    assert tx.on_deadline(33) == [Report.DONE]
