"""What the softphone says in a call, and how it takes what an exchange may say."""

from collections.abc import Generator

import pytest
from pyVoIP.SIP import SIPStatus
from pyVoIP.VoIP import CallState

from pbx.softphone.conversation import Conversation
from pbx.softphone.phone import is_over
from pbx.softphone.softphone import Softphone
from tests.softphone.exchange import ScriptedExchange, branch, header


@pytest.fixture
def exchange() -> Generator[ScriptedExchange]:
    with ScriptedExchange() as one:
        yield one


@pytest.fixture
def stranger(exchange: ScriptedExchange) -> Generator[Softphone]:
    with Softphone(exchange.address) as phone:
        yield phone


def answered(call: Conversation) -> bool:
    return call.wait_until(lambda call: call.state is CallState.ANSWERED, 3)


def end(exchange: ScriptedExchange, call: Conversation) -> str:
    call.hang_up()
    bye = exchange.hear("BYE")
    exchange.reply(bye, "200 OK")
    return bye


def rung(exchange: ScriptedExchange, phone: Softphone) -> tuple[Conversation, str]:
    """A call of ours to the phone, whose address we know from its OPTIONS; its 180."""
    exchange.ask("INVITE", "incoming")
    ringing = exchange.hear("180")
    call = phone.next_call(3)
    assert call is not None
    return call, ringing


@pytest.fixture
def known(exchange: ScriptedExchange, stranger: Softphone) -> Softphone:
    """A phone that has sent something, so that the exchange knows where it is."""
    call = stranger.dial("600")
    exchange.reply(exchange.hear("INVITE"), "404 Not Found")
    exchange.hear("ACK")
    assert call.wait_until(is_over, 3)
    return stranger


@pytest.mark.parametrize("first", ["200 OK", "183 Session Progress", "180 Ringing", "100 Trying"])
def test_any_response_may_come_first(exchange: ScriptedExchange, stranger: Softphone, first: str) -> None:
    call = stranger.dial("600")
    invite = exchange.hear("INVITE")
    exchange.reply(invite, first, audio=first[0] == "2" or first[:3] == "183")
    if not first.startswith("200"):
        exchange.reply(invite, "200 OK", audio=True)
    assert answered(call)
    ack = exchange.hear("ACK")
    assert header(ack, "To").endswith(";tag=theirs")
    assert header(ack, "From") == header(invite, "From")
    assert header(ack, "CSeq") == "1 ACK"
    assert ack.startswith(f"ACK sip:contact@127.0.0.1:{exchange.address[1]} ")
    assert branch(ack) != branch(invite)
    bye = end(exchange, call)
    assert header(bye, "CSeq") == "2 BYE"
    assert header(bye, "To").endswith(";tag=theirs")


def test_a_200_that_comes_again_is_acknowledged_again(
    exchange: ScriptedExchange, stranger: Softphone
) -> None:
    call = stranger.dial("600")
    invite = exchange.hear("INVITE")
    for _ in range(2):
        exchange.reply(invite, "200 OK", audio=True)
        exchange.hear("ACK")
    assert answered(call)
    end(exchange, call)


@pytest.mark.parametrize(
    "status", ["404 Not Found", "480 Temporarily Unavailable", "486 Busy Here", "603 Decline"]
)
def test_a_refusal_ends_the_call_and_is_acknowledged(
    exchange: ScriptedExchange, stranger: Softphone, status: str
) -> None:
    call = stranger.dial("600")
    invite = exchange.hear("INVITE")
    exchange.reply(invite, status, tag="refusing")
    ack = exchange.hear("ACK")
    assert call.wait_until(is_over, 3)
    assert call.final == int(status[:3])
    assert header(ack, "To").endswith(";tag=refusing")
    assert branch(ack) == branch(invite)
    assert stranger.calls == {}


def test_an_invite_that_is_lost_is_sent_again(exchange: ScriptedExchange, stranger: Softphone) -> None:
    call = stranger.dial("600")
    assert exchange.hear("INVITE") == exchange.hear("INVITE")
    call.hang_up()


def test_hanging_up_a_ringing_call_cancels_it(exchange: ScriptedExchange, stranger: Softphone) -> None:
    call = stranger.dial("600")
    invite = exchange.hear("INVITE")
    exchange.reply(invite, "180 Ringing")
    assert call.wait_until(lambda call: call.ringing, 3)
    call.hang_up()
    cancel = exchange.hear("CANCEL")
    assert branch(cancel) == branch(invite)
    assert "tag=" not in header(cancel, "To")
    exchange.reply(cancel, "200 OK")
    exchange.reply(invite, "487 Request Terminated")
    exchange.hear("ACK")
    assert call.wait_until(is_over, 3)
    assert (call.final, call.ended_by) == (487, "us")


def test_a_call_that_nothing_was_heard_of_is_cancelled_when_something_is(
    exchange: ScriptedExchange, stranger: Softphone
) -> None:
    call = stranger.dial("600")
    invite = exchange.hear("INVITE")
    call.hang_up()
    exchange.reply(invite, "100 Trying")
    exchange.reply(exchange.hear("CANCEL"), "200 OK")
    exchange.reply(invite, "487 Request Terminated")
    exchange.hear("ACK")
    assert call.wait_until(is_over, 3)


def test_an_answer_that_crosses_the_cancel_is_hung_up(
    exchange: ScriptedExchange, stranger: Softphone
) -> None:
    call = stranger.dial("600")
    invite = exchange.hear("INVITE")
    exchange.reply(invite, "180 Ringing")
    assert call.wait_until(lambda call: call.ringing, 3)
    call.hang_up()
    exchange.reply(exchange.hear("CANCEL"), "200 OK")
    exchange.reply(invite, "200 OK", audio=True)
    exchange.hear("ACK")
    exchange.reply(exchange.hear("BYE"), "200 OK")
    assert call.wait_until(is_over, 3)


def test_a_challenge_is_met_once_with_a_new_branch_and_the_same_from_tag(exchange: ScriptedExchange) -> None:
    challenge = 'WWW-Authenticate: Digest realm="here",nonce="n1",algorithm=MD5'
    with Softphone(exchange.address, ("1001", "secret")) as phone:
        exchange.reply(exchange.hear("REGISTER"), "403 Forbidden")
        assert phone.registered() == 403
        call = phone.dial("600")
        first = exchange.hear("INVITE")
        exchange.reply(first, "401 Unauthorized", more=challenge)
        assert branch(exchange.hear("ACK")) == branch(first)
        second = exchange.hear("INVITE")
        assert header(second, "CSeq") == "2 INVITE"
        assert branch(second) != branch(first)
        assert header(second, "From") == header(first, "From")
        assert 'username="1001"' in header(second, "Authorization")
        exchange.reply(second, "401 Unauthorized", more=challenge)
        exchange.hear("ACK")
        assert call.wait_until(is_over, 3)
        assert call.final == 401


def test_a_call_rings_is_answered_and_ended_by_the_other_side(
    exchange: ScriptedExchange, known: Softphone
) -> None:
    call, ringing = rung(exchange, known)
    call.answer()
    ok = exchange.hear("200")
    assert header(ok, "To") == header(ringing, "To")
    assert "m=audio" in ok
    assert exchange.hear("200") == ok  # until it is acknowledged
    exchange.ask("ACK", "incoming", branch="b2")
    exchange.ask("BYE", "incoming", branch="b3", cseq=2)
    exchange.hear("200")
    assert call.wait_until(is_over, 3)
    assert call.ended_by == "them"


def test_our_own_bye_in_a_call_that_came_in_goes_to_its_contact(
    exchange: ScriptedExchange, known: Softphone
) -> None:
    call, ringing = rung(exchange, known)
    call.answer()
    exchange.hear("200")
    exchange.ask("ACK", "incoming", branch="b2")
    bye = end(exchange, call)
    assert bye.startswith(f"BYE sip:contact@127.0.0.1:{exchange.address[1]} ")
    assert header(bye, "From") == header(ringing, "To")
    assert header(bye, "To").endswith(";tag=ours")


def test_a_cancelled_call_is_487_and_stops_ringing(exchange: ScriptedExchange, known: Softphone) -> None:
    call, _ = rung(exchange, known)
    exchange.ask("CANCEL", "incoming")
    assert header(exchange.hear("200"), "CSeq") == "1 CANCEL"
    assert header(exchange.hear("487"), "CSeq") == "1 INVITE"
    assert call.wait_until(is_over, 3)
    call.answer()
    assert call.state is CallState.ENDED


def test_a_declined_call_says_so(exchange: ScriptedExchange, known: Softphone) -> None:
    call, ringing = rung(exchange, known)
    call.hang_up(SIPStatus.DECLINE)
    assert header(exchange.hear("603"), "To") == header(ringing, "To")
    assert is_over(call)


@pytest.mark.parametrize(
    ("offered", "expected"),
    [("sendonly", "recvonly"), ("inactive", "inactive"), ("recvonly", "sendonly"), ("sendrecv", "sendrecv")],
)
def test_a_call_that_is_held_answers_so(
    offered: str, expected: str, exchange: ScriptedExchange, known: Softphone
) -> None:
    call, _ = rung(exchange, known)
    call.answer()
    exchange.hear("200")
    exchange.ask("ACK", "incoming", branch="b2")
    exchange.ask("INVITE", "incoming", branch="b4", cseq=2, direction=f"a={offered}\r\n")
    ok = exchange.hear("200")
    assert header(ok, "CSeq") == "2 INVITE"
    assert f"\r\na={expected}\r\n" in ok
    exchange.ask("ACK", "incoming", branch="b5", cseq=2)
    end(exchange, call)


def test_options_are_answered_and_a_bye_for_no_call_is_481(
    exchange: ScriptedExchange, known: Softphone
) -> None:
    exchange.ask("OPTIONS", "alive")
    assert "OPTIONS" in header(exchange.hear("200"), "Allow")
    exchange.ask("BYE", "unknown")
    exchange.hear("481")
    assert known.calls == {}
