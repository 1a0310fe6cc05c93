"""Where the requests of a dialog go, and by which route."""

import pytest

from pbx.sip.dialog import Dialog
from pbx.sip.message import Request, parse_message
from pbx.sip.outputs import Peer
from tests.sip.stage import OUR_SDP, SDP, Stage

PHONE = Peer("udp", "203.0.113.5", 40123, "192.0.2.1:5060")


def dialog(
    contact: str | None = "<sip:al@203.0.113.5:5062>", routes: str | None = None, peer: Peer = PHONE
) -> Dialog:
    text = Stage().phone().text("INVITE", body=SDP, contact=contact, record_route=routes)
    invite = parse_message(text.encode())
    assert isinstance(invite, Request)
    return Dialog.of_invite(invite, "ours", peer)


@pytest.mark.parametrize(
    ("contact", "port"),
    [
        ("<sip:al@203.0.113.5:5062>", 5062),
        ("<sip:al@203.0.113.5>", 5060),
        ("<sip:al@192.168.1.5:5062>", 40123),  # a NAT
        ("<sip:al@phone.example.org>", 40123),  # no look-up
        ("<sip:al@255.255.255.255>", 40123),
        ("<tel:+123>", 40123),
        (None, 40123),  # then the From URI is the target
    ],
)
def test_requests_go_to_the_contact_if_the_peer_is_there_and_else_to_the_peer(contact: str | None, port: int):
    assert dialog(contact).hop == PHONE._replace(port=port)


def test_requests_over_tcp_take_the_connection():
    peer = PHONE._replace(transport="tcp")
    assert dialog(peer=peer).hop == peer


def test_the_route_is_where_a_proxy_is():
    assert dialog(routes="<sip:203.0.113.5:5080;lr>").hop.port == 5080


def test_loose_routes_stand_in_route_headers():
    start, routes = dialog(routes="<sip:p1.example.org;lr>, <sip:p2.example.org;lr>").request_line("BYE")
    assert start == "BYE sip:al@203.0.113.5:5062 SIP/2.0\r\n"
    assert routes == "Route: <sip:p1.example.org;lr>\r\nRoute: <sip:p2.example.org;lr>\r\n"


def test_a_strict_router_becomes_the_request_uri():
    start, routes = dialog(routes="<sip:p1.example.org>, <sip:p2.example.org;lr>").request_line("BYE")
    assert start == "BYE sip:p1.example.org SIP/2.0\r\n"
    assert routes == "Route: <sip:p2.example.org;lr>\r\nRoute: <sip:al@203.0.113.5:5062>\r\n"


def test_lr_counts_in_the_uri_only():
    start, _ = dialog(routes="<sip:lr@p1.example.org>;lr").request_line("BYE")
    assert start == "BYE sip:lr@p1.example.org SIP/2.0\r\n"


def test_headers_in_a_contact_are_not_followed():
    start, _ = dialog("<sip:al@203.0.113.5?Replaces=x>").request_line("BYE")
    assert start == "BYE sip:al@203.0.113.5 SIP/2.0\r\n"


def test_routes_that_cannot_be_read_or_are_too_many_are_none():
    assert dialog(routes="nonsense").routes == []
    assert dialog(routes=", ".join(["<sip:p;lr>"] * 21)).routes == []
    assert len(dialog(routes=", ".join(["<sip:p;lr>"] * 20)).routes) == 20


def test_a_reinvite_moves_the_target_and_the_source():
    stage = Stage()
    phone = stage.phone()
    call = phone.in_call()
    stage.do(stage.agent.offer(call, OUR_SDP, 0))
    phone.answers(phone.request("INVITE"), 488, tag="")
    phone.asks("INVITE", "sip:192.0.2.1", SDP, contact="<sip:new@192.0.2.7:5099>")
    stage.do(stage.agent.accept_offer(call, OUR_SDP, 0))
    phone.acks()
    stage.do(stage.agent.end(call, 0))
    bye = stage.wire[-1]
    assert bye.data.startswith(b"BYE sip:new@192.0.2.7:5099 SIP/2.0\r\n")
    assert bye.peer == phone.peer._replace(port=5099)


def test_our_requests_answer_the_parties_of_the_invite():
    d = dialog()
    assert d.key == ("call-192.0.2.7-5060", "ours", "tag-192.0.2.7-5060")
    assert d.local == "<sip:100@192.0.2.1>;tag=ours"
    assert d.remote == '"Al" <sip:alice@example.org>;tag=tag-192.0.2.7-5060'
    assert [d.next_sequence(), d.next_sequence()] == [1, 2]
