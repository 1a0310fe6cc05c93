"""The transactions of requests other than INVITE, timer by timer."""

from pbx.sip.timers import Timers
from pbx.sip.transactions.effects import Report
from pbx.sip.transactions.request_client import RequestClient
from pbx.sip.transactions.request_server import RequestServer

BYE, OK = b"BYE", b"200"


def client(*, reliable: bool = False) -> RequestClient:
    return RequestClient(Timers(), BYE, reliable=reliable, now=0)


def server(*, reliable: bool = False) -> RequestServer:
    return RequestServer(Timers(), reliable=reliable, now=0)


def test_timer_e_repeats_the_request_doubling_up_to_t2_and_timer_f_ends_it():
    tx, times = client(), list[float]()
    while (at := tx.deadline) is not None and at < 32:
        assert tx.on_deadline(at) == [BYE]
        times.append(at)
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert tx.on_deadline(32) == [Report.TIMED_OUT, Report.DONE]


def test_after_a_provisional_timer_e_is_t2():
    tx = client()
    assert tx.on_response(100, 0.1) == []
    assert tx.deadline == 4.1
    assert tx.on_deadline(4.1) == [BYE]
    assert tx.deadline == 8.1


def test_timer_k_absorbs_copies_of_the_final_response():
    tx = client()
    assert tx.on_response(200, 1) == [Report.PASS_UP]
    assert tx.on_response(200, 2) == []
    assert tx.deadline == 6
    assert tx.on_deadline(6) == [Report.DONE]


def test_over_tcp_the_request_is_sent_once_and_timer_k_is_zero():
    tx = client(reliable=True)
    assert tx.deadline == 32
    tx.on_response(100, 1)
    assert tx.deadline == 32
    assert tx.on_response(200, 2) == [Report.PASS_UP, Report.DONE]


def test_copies_of_an_answered_request_get_the_same_answer_until_timer_j():
    tx = server()
    assert tx.on_request() == []
    assert tx.respond(OK, 1) == [OK]
    assert tx.on_request() == [OK]
    assert tx.respond(b"500", 2) == []
    assert tx.on_request() == [OK]
    assert tx.deadline == 33
    assert tx.on_deadline(33) == [Report.DONE]


def test_over_tcp_timer_j_is_zero():
    assert server(reliable=True).respond(OK, 1) == [OK, Report.DONE]


def test_a_request_that_is_never_answered_is_forgotten_without_a_408():
    tx = server()
    assert tx.on_deadline(32) == [Report.DONE]
