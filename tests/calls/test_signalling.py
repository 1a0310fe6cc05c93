import logging

import pytest

from pbx.sip.outputs import CallOver
from tests.calls.switchboard import CALLER, Listener, Switchboard
from tests.support.virtual_time import run


def test_what_happens_before_anybody_attends_is_told_on_attending_in_order():
    async def story() -> None:
        board, party = Switchboard(), Listener()
        board.write("INVITE")
        (offer,) = board.offers
        board.write("CANCEL")
        assert board.signalling.at_rest() == [f"unattended {offer.call}"]
        board.signalling.attend(offer.call, party)
        assert party.heard == [CallOver(offer.call, 487, by_peer=True)]
        assert board.signalling.at_rest() == []
        board.signalling.stop()

    run(story())


def test_an_attended_call_is_told_at_once_and_forgotten_when_it_is_over():
    async def story() -> None:
        board, party = Switchboard(), Listener()
        board.write("INVITE")
        (offer,) = board.offers
        board.signalling.attend(offer.call, party)
        assert party.heard == []
        assert board.signalling.at_rest() == [f"party {offer.call}"]
        board.write("CANCEL")
        assert party.heard == [CallOver(offer.call, 487, by_peer=True)]
        assert board.signalling.at_rest() == []
        board.signalling.stop()

    run(story())


def test_each_party_hears_of_its_own_call_only():
    async def story() -> None:
        board, parties = Switchboard(), [Listener(), Listener()]
        for name, party in zip("ab", parties, strict=True):
            board.write("INVITE", name=name)
            board.signalling.attend(board.offers[-1].call, party)
        board.write("CANCEL", name="b")
        assert [len(party.heard) for party in parties] == [0, 1]
        board.signalling.stop()

    run(story())


def test_a_call_that_nobody_will_attend_to_is_refused_and_leaves_nothing():
    async def story() -> None:
        board = Switchboard()
        board.write("INVITE")
        board.signalling.refuse(board.offers[0].call, 503)
        assert board.statuses() == [b"100", b"503"]
        assert board.signalling.at_rest() == []
        board.signalling.stop()

    run(story())


def test_the_end_of_a_call_that_nobody_attends_to_any_more_is_nobodys_business():
    async def story() -> None:
        board, party = Switchboard(), Listener()
        board.write("INVITE")
        call = board.offers[0].call
        board.signalling.attend(call, party)
        board.signalling.refuse(call, 404)
        board.signalling.end(call)
        board.signalling.refuse(call, 500)
        assert party.heard == [CallOver(call, 404, by_peer=False)]
        assert board.statuses() == [b"100", b"404"]
        board.signalling.stop()

    run(story())


def test_a_fault_of_ours_costs_one_message_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture):
    async def story() -> None:
        board = Switchboard()
        board.fault = LookupError("a fault")
        with caplog.at_level(logging.ERROR):
            board.write("INVITE", name="a")
        assert "could not be handled" in caplog.text
        board.fault = None
        board.write("INVITE", name="b")
        assert len(board.offers) == 1
        board.signalling.stop()

    run(story())


def test_nonsense_is_denied_with_where_it_came_from():
    async def story() -> None:
        board = Switchboard()
        board.signalling.receive(b"nonsense\r\n\r\n", CALLER)
        assert [denied.peer for denied in board.denials] == [CALLER]
        assert board.sent == []
        board.signalling.stop()

    run(story())
