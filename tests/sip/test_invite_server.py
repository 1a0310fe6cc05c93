"""The INVITE server transaction, timer by timer."""

from pbx.sip.timers import Timers
from pbx.sip.transactions.effects import Report
from pbx.sip.transactions.invite_server import InviteServer, State

TRYING, RINGING, BUSY, OK = b"100", b"180", b"486", b"200"


def server(*, reliable: bool = False) -> InviteServer:
    return InviteServer(Timers(), reliable=reliable)


def sent_until(tx: InviteServer, end: float) -> list[float]:
    """When the last message went out again."""
    times: list[float] = []
    while (at := tx.deadline) is not None and at < end:
        if any(isinstance(effect, bytes) for effect in tx.on_deadline(at)):
            times.append(at)
    return times


def test_a_repeated_invite_gets_the_latest_provisional_again():
    tx = server()
    assert tx.respond(100, TRYING, now=0) == [TRYING]
    assert tx.on_invite() == [TRYING]
    tx.respond(180, RINGING, now=1)
    assert tx.on_invite() == [RINGING]


def test_ringing_is_repeated_every_minute_so_that_proxies_do_not_give_up():
    tx = server()
    tx.respond(100, TRYING, now=0)
    assert tx.deadline is None
    tx.respond(180, RINGING, now=10)
    assert sent_until(tx, 200) == [70, 130, 190]


def test_timer_g_repeats_a_refusal_doubling_up_to_t2_until_the_ack():
    tx = server()
    assert tx.respond(486, BUSY, now=0) == [BUSY]
    assert sent_until(tx, 16) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5]
    assert tx.on_invite() == [BUSY]
    assert tx.on_ack(now=16) == []
    assert tx.state is State.CONFIRMED
    assert tx.deadline == 21  # timer I
    assert tx.on_invite() == []
    assert tx.on_ack(now=17) == []
    assert tx.on_deadline(21) == [Report.DONE]
    assert tx.deadline is None


def test_timer_h_ends_a_refusal_that_nobody_acknowledges():
    tx = server()
    tx.respond(486, BUSY, now=0)
    assert sent_until(tx, 32)[-1] == 31.5
    assert tx.deadline == 32
    assert tx.on_deadline(32) == [Report.DONE]
    assert tx.state is State.TERMINATED


def test_over_tcp_a_refusal_is_not_repeated_and_the_ack_ends_it():
    tx = server(reliable=True)
    tx.respond(486, BUSY, now=0)
    assert tx.deadline == 32
    assert tx.on_ack(now=1) == [Report.DONE]


def test_a_2xx_is_repeated_until_the_ack_over_tcp_too():
    for reliable in (False, True):
        tx = server(reliable=reliable)
        assert tx.respond(200, OK, now=0) == [OK]
        assert sent_until(tx, 9) == [0.5, 1.5, 3.5, 7.5]
        assert tx.on_ack(now=9) == [Report.ACKED]
        assert tx.deadline == 32  # timer L
        assert tx.on_ack(now=10) == []
        assert tx.on_deadline(32) == [Report.DONE]


def test_copies_of_an_accepted_invite_are_absorbed():
    tx = server()
    tx.respond(200, OK, now=0)
    assert tx.state is State.ACCEPTED
    assert tx.on_invite() == []


def test_a_2xx_that_nobody_acknowledges_is_reported_once():
    tx = server()
    tx.respond(200, OK, now=0)
    sent_until(tx, 32)
    assert tx.on_deadline(32) == [Report.NEVER_ACKED, Report.DONE]


def test_a_2xx_that_the_peer_knows_of_is_not_repeated():
    tx = server()
    tx.respond(200, OK, now=0)
    tx.stop_resending()
    assert tx.deadline == 32
    assert tx.on_deadline(32) == [Report.DONE]


def test_only_the_first_final_response_counts():
    tx = server()
    tx.respond(486, BUSY, now=0)
    assert tx.respond(200, OK, now=1) == []
    assert tx.respond(180, RINGING, now=1) == []
    assert tx.on_invite() == [BUSY]


def test_an_ack_before_any_final_response_means_nothing():
    tx = server()
    tx.respond(180, RINGING, now=0)
    assert tx.on_ack(now=0) == []
    assert tx.state is State.PROCEEDING
