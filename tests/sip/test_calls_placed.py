"""Calls we place: progress, answers, refusals, CANCEL and what crosses it, forks, silence."""

import pytest

from pbx.sip.message import Request, parse_message
from pbx.sip.outgoing import Target
from pbx.sip.outputs import CallAnswered, CallOver, CallProgressed, Peer
from tests.sip.stage import OUR_SDP, SDP, Caller, Stage


def setting(port: int = 5060, **target: object) -> tuple[Stage, Caller]:
    stage = Stage()
    return stage, Caller(stage, stage.phone(port=port), **target)


def test_a_placed_call_from_invite_to_bye():
    stage, caller = setting(
        caller_name='The "Desk"\r\nX: y', headers=(("X-Queue", "a\r\nb"),), max_forwards=60
    )
    phone, invite = caller.phone, caller.invite
    assert invite.uri == "sip:bob@192.0.2.7:5060"
    assert invite.from_.uri == "sip:100@192.0.2.1"
    assert invite.get("from") == f'"The \\"Desk\\"  X: y" <sip:100@192.0.2.1>;tag={invite.from_.tag}'
    assert invite.to.uri == "sip:bob@192.0.2.7:5060"
    assert invite.to.tag == ""
    assert invite.max_forwards == 60
    assert invite.get("x-queue") == "a  b"
    assert invite.get("user-agent") == "Centrala"
    assert "rport" in invite.via.params
    assert invite.description() == OUR_SDP
    assert phone.answers(invite, 100) == []
    assert phone.answers(invite, 180) == []
    assert phone.answers(invite, 183, SDP) == []
    assert phone.answers(invite, 200, SDP) == ["ACK"]
    ack = phone.request("ACK")
    assert ack.uri == "sip:bob@192.0.2.7:5060"
    assert ack.cseq.number == 1
    assert ack.via.branch != invite.via.branch
    assert (ack.from_.tag, ack.to.tag) == (invite.from_.tag, "bob")
    assert stage.news() == [
        CallProgressed("out", 180, None),
        CallProgressed("out", 183, SDP),
        CallAnswered("out", SDP),
    ]
    assert phone.answers(invite, 200, SDP) == ["ACK"]
    assert caller.act(stage.agent.end) == ["BYE"]
    bye = phone.request("BYE")
    assert bye.cseq.number == 2
    assert caller.act(stage.agent.end) == []
    assert stage.news() == [CallOver("out", 200, by_peer=False)]
    phone.answers(bye, 200)
    stage.wait(60)
    assert stage.agent.at_rest() == []
    assert stage.news() == []


@pytest.mark.parametrize("status", [302, 401, 404, 407, 486, 500, 603])
def test_a_refusal_is_acknowledged_and_ends_the_call(status: int):
    stage, caller = setting()
    phone, invite = caller.phone, caller.invite
    assert phone.answers(invite, status) == ["ACK"]
    ack = phone.request("ACK")
    assert (ack.via.branch, ack.uri, ack.cseq.number) == (invite.via.branch, invite.uri, 1)
    assert (ack.to.tag, ack.from_.tag) == ("bob", invite.from_.tag)
    assert stage.news() == [CallOver("out", status, by_peer=True)]
    assert phone.answers(invite, status) == ["ACK"]
    stage.wait(40)
    assert stage.agent.at_rest() == []
    assert stage.news() == []


def test_a_peer_that_never_answers_is_408():
    stage, _ = setting()
    stage.wait(31.9)
    assert stage.news() == []
    stage.wait(0.2)
    assert stage.news() == [CallOver("out", 408, by_peer=False)]
    assert stage.agent.at_rest() == []


def test_a_peer_that_rings_for_three_minutes_is_cancelled():
    stage, caller = setting()
    caller.phone.answers(caller.invite, 180)
    stage.news()
    caller.phone.hears()
    stage.wait(180)
    assert stage.news() == [CallOver("out", 408, by_peer=False)]
    assert caller.phone.hears() == ["CANCEL"]
    stage.wait(70)
    assert stage.agent.at_rest() == []


def test_ending_a_ringing_call_cancels_it():
    stage, caller = setting()
    phone, invite = caller.phone, caller.invite
    phone.answers(invite, 180)
    assert caller.act(stage.agent.end) == ["CANCEL"]
    cancel = phone.request("CANCEL")
    assert (cancel.via.branch, cancel.uri, cancel.cseq.number) == (invite.via.branch, invite.uri, 1)
    assert (cancel.to.tag, cancel.from_.tag, cancel.call_id) == ("", invite.from_.tag, invite.call_id)
    stage.news()
    assert phone.answers(cancel, 200) == []
    assert phone.answers(invite, 487) == ["ACK"]
    stage.wait(60)
    assert stage.agent.at_rest() == []
    assert stage.overs() == []


def test_a_cancel_waits_for_a_provisional_response():
    stage, caller = setting()
    assert caller.act(stage.agent.end) == []
    assert stage.overs() == [CallOver("out", 487, by_peer=False)]
    assert caller.phone.answers(caller.invite, 100) == ["CANCEL"]
    assert caller.phone.answers(caller.invite, 180) == []


def test_a_cancel_that_nobody_answers_is_given_up_after_64_t1():
    stage, caller = setting()
    caller.phone.answers(caller.invite, 180)
    caller.act(stage.agent.end)
    stage.wait(33)
    assert stage.agent.at_rest() == []
    assert len(stage.overs()) == 1


def test_a_200_that_crosses_the_cancel_is_acknowledged_and_hung_up():
    stage, caller = setting()
    phone = caller.phone
    phone.answers(caller.invite, 180)
    caller.act(stage.agent.end)
    stage.news()
    assert phone.answers(caller.invite, 200, SDP) == ["ACK", "BYE"]
    assert phone.answers(caller.invite, 200, SDP) == ["ACK"]
    phone.answers(phone.request("ACK"), 200)
    assert stage.news() == []
    stage.wait(70)
    assert stage.agent.at_rest() == []


def test_a_200_before_any_provisional_to_a_call_given_up_is_hung_up():
    stage, caller = setting()
    caller.act(stage.agent.end)
    assert caller.phone.answers(caller.invite, 200, SDP) == ["ACK", "BYE"]
    assert len(stage.overs()) == 1


def test_the_answer_of_a_second_fork_is_acknowledged_and_hung_up():
    stage, caller = setting()
    phone = caller.phone
    assert phone.answers(caller.invite, 200, SDP, tag="bob") == ["ACK"]
    assert phone.answers(caller.invite, 200, SDP, tag="eve") == ["ACK", "BYE"]
    assert phone.request("BYE").to.tag == "eve"
    assert phone.answers(caller.invite, 200, SDP, tag="eve") == ["ACK"]
    assert stage.overs() == []
    assert len([t for t in stage.told if isinstance(t, CallAnswered)]) == 1


def test_a_peer_cannot_make_us_remember_forks_without_end():
    _, caller = setting()
    replies = [caller.phone.answers(caller.invite, 200, SDP, tag=f"t{n}") for n in range(20)]
    assert replies.count(["ACK", "BYE"]) == 7
    assert replies[8:] == [[]] * 12


def test_a_200_without_an_answer_is_acknowledged_and_hung_up():
    stage, caller = setting()
    assert caller.phone.answers(caller.invite, 200) == ["ACK", "BYE"]
    assert stage.overs() == [CallOver("out", 488, by_peer=False)]


def test_a_200_may_leave_out_the_answer_that_came_as_early_media():
    stage, caller = setting()
    caller.phone.answers(caller.invite, 183, SDP)
    assert caller.phone.answers(caller.invite, 200) == ["ACK"]
    assert stage.only(CallAnswered) == CallAnswered("out", SDP)


def test_an_unreachable_address_ends_a_call_that_rings_out():
    stage, caller = setting()
    stage.do(stage.agent.lost(caller.phone.peer, 1))
    assert stage.news() == [CallOver("out", 408, by_peer=False)]
    assert stage.agent.at_rest() == []


def test_a_session_hangs_on_the_address_that_answered():
    stage = Stage()
    phone = stage.phone(port=40001, transport="tcp")
    told = phone.peer._replace(local="")
    caller = Caller(stage, phone, peer=told)
    phone.answers(caller.invite, 200, SDP)
    stage.news()
    stage.do(stage.agent.lost(told, 1))
    assert stage.news() == []
    silent = stage.phone(port=40002, transport="tcp").peer
    stage.do(stage.agent.place("silent", Target("sip:x@y", silent._replace(local="")), OUR_SDP, 1))
    stage.do(stage.agent.lost(silent, 1))
    assert stage.news() == [CallOver("silent", 408, by_peer=False)]
    stage.do(stage.agent.lost(phone.peer, 1))
    assert stage.news() == [CallOver("out", 408, by_peer=False)]
    stage.do(stage.agent.lost(told, 1))
    assert stage.news() == []


def test_requests_go_along_the_route_of_the_200():
    stage, caller = setting()
    phone = caller.phone
    phone.answers(
        caller.invite,
        200,
        SDP,
        record_route="<sip:192.0.2.7:5080;lr>, <sip:far.example.org;lr>",
        contact="<sip:bob@10.9.8.7>",
    )
    ack = stage.wire[-1]
    assert (ack.peer.host, ack.peer.port) == (
        "192.0.2.7",
        5060,
    )  # the nearest, far, is a name: back to the source
    text = ack.data.decode()
    assert text.startswith("ACK sip:bob@10.9.8.7 SIP/2.0\r\n")
    assert "Route: <sip:far.example.org;lr>\r\nRoute: <sip:192.0.2.7:5080;lr>\r\n" in text


def test_a_placed_call_over_tcp_has_a_contact_that_says_so():
    stage = Stage()
    caller = Caller(stage, stage.phone(port=40001, transport="tcp"))
    assert caller.invite.contacts[0].uri == "sip:192.0.2.1:5060;transport=tcp"
    assert caller.invite.via.transport == "TCP"
    stage.wait(10)
    assert len(stage.wire) == 1


def test_the_first_hop_is_the_one_we_were_told():
    stage = Stage()
    away = Peer("udp", "192.0.2.99", 5099)
    stage.do(stage.agent.place("out", Target("sip:bob@example.org;transport=udp", away), OUR_SDP, 0))
    (sent,) = stage.wire
    assert sent.peer == away
    text = sent.data.decode()
    assert "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK" in text
    assert "From: <sip:anonymous@anonymous.invalid>;tag=" in text
    assert "To: <sip:bob@example.org>\r\n" in text


@pytest.mark.parametrize("uri", ["sip:a b", "sip:a\r\nX: y", "sip:<a>", "sip:ž@x"])
def test_what_is_no_request_uri_cannot_be_called(uri: str):
    with pytest.raises(ValueError, match="Request-URI"):
        Target(uri, Peer("udp", "192.0.2.99", 5099))


def test_a_name_in_use_cannot_be_called_again():
    stage, caller = setting()
    with pytest.raises(ValueError, match="out"):
        stage.agent.place("out", caller.target, OUR_SDP, 1)


def test_the_callers_name_is_escaped():
    _, caller = setting(caller='a b"<>@x')
    assert caller.invite.from_.uri == "sip:a%20b%22%3C%3E%40x@192.0.2.1"


def test_stray_responses_are_ignored():
    stage, caller = setting()
    phone, invite = caller.phone, caller.invite
    stray = invite.response(200, to_tag="x").encode().replace(b"z9hG4bK", b"z9hG4bKx")
    assert phone.says(stray.decode()) == []
    assert isinstance(invite, Request)
    assert stage.told == []


@pytest.mark.parametrize("as_pyvoip", [False, True])
def test_the_callee_hangs_up(*, as_pyvoip: bool):
    """pyVoIP sends its BYE with the Via of our INVITE."""
    stage, caller = setting()
    phone, invite = caller.phone, caller.invite
    phone.answers(invite, 200, SDP)
    stage.news()
    bye = phone.text(
        "BYE",
        "sip:192.0.2.1:5060",
        **{"from": "<sip:bob@x>;tag=bob"},
        to=f"<sip:100@x>;tag={invite.from_.tag}",
        call_id=invite.call_id,
        cseq="2 BYE",
    )
    if as_pyvoip:
        bye = bye.replace(f"via: {parse_message(bye.encode()).get('via')}", f"Via: {invite.get('via')}")
        assert str(invite.via) in bye
    assert phone.says(bye) == []
    assert stage.news() == [CallOver("out", 200, by_peer=True, owes_reply=True)]
    stage.do(stage.agent.release("out", 1))
    assert phone.hears() == ["200"]
    stage.wait(60)
    assert stage.agent.at_rest() == []
