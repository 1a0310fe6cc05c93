"""Calls offered to us: 100, progress, 200 and its ACK, refusals, CANCEL."""

import pytest

from pbx.sip.message import Request, parse_message
from pbx.sip.outputs import CallConfirmed, CallOffered, CallOver, Identity, Peer, Standing
from tests.sip.stage import OUR_SDP, SDP, Stage


def test_a_call_from_invite_to_bye():
    stage = Stage()
    phone = stage.phone()
    assert phone.asks("INVITE", "sip:100@192.0.2.1", SDP) == ["100"]
    offered = stage.only(CallOffered)
    assert offered == CallOffered(
        call=offered.call,
        identity=Identity(Standing.STRANGER),
        caller="alice",
        caller_name="Al",
        dialled="100",
        description=SDP,
        peer=phone.peer,
        max_forwards=70,
        sip_call_id=phone.call_id,
    )
    stage.do(stage.agent.progress(offered.call, 180, None, 1))
    stage.do(stage.agent.answer(offered.call, OUR_SDP, 2))
    ok = phone.response(200)
    assert phone.hears() == ["100", "180", "200"]
    assert ok.description() == OUR_SDP
    assert ok.contacts[0].uri == "sip:192.0.2.1:5060"
    assert ok.get("allow") == "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER"
    phone.to_tag = ok.to.tag
    stage.news()
    assert phone.acks() == []
    assert stage.news() == [CallConfirmed(offered.call, None)]
    assert phone.asks("BYE") == []
    assert stage.news() == [CallOver(offered.call, 200, by_peer=True, owes_reply=True)]
    stage.do(stage.agent.release(offered.call, 3))
    assert phone.hears() == ["200"]
    stage.wait(100)
    assert stage.agent.at_rest() == []
    assert stage.news() == []


def test_a_response_repeats_what_the_request_said():
    stage = Stage()
    phone = stage.phone()
    phone.calls(
        via="SIP/2.0/UDP 192.0.2.7;rport;branch=z9hG4bKtop, SIP/2.0/UDP far.example.org;branch=z9hG4bKlow",
        timestamp="54",
        record_route="<sip:proxy.example.org;lr>",
        cseq="17 INVITE",
    )
    trying = phone.response(100)
    assert trying.elements("via") == [
        "SIP/2.0/UDP 192.0.2.7;rport=5060;branch=z9hG4bKtop;received=192.0.2.7",
        "SIP/2.0/UDP far.example.org;branch=z9hG4bKlow",
    ]
    assert trying.get("timestamp") == "54"
    assert trying.record_routes == []
    assert (trying.cseq.number, trying.call_id, trying.from_.tag) == (17, phone.call_id, phone.tag)
    call = stage.only(CallOffered).call
    stage.do(stage.agent.progress(call, 183, OUR_SDP, 0))
    progress = phone.response(183)
    assert progress.record_routes == ["<sip:proxy.example.org;lr>"]
    assert progress.description() == OUR_SDP
    assert progress.to.tag == trying.to.tag != ""
    assert progress.get("timestamp") is None
    stage.do(stage.agent.refuse(call, 486, 0, "Busy\r\nX: y", [("Retry-After", "5\r\nX: y")]))
    busy = phone.response(486)
    assert busy.record_routes == []
    assert busy.reason == "Busy  X: y"
    assert busy.get("retry-after") == "5  X: y"
    assert busy.get("x") is None


@pytest.mark.parametrize(
    ("via", "source", "goes_to", "filled"),
    [
        ("192.0.2.7:5060;rport", ("192.0.2.7", 4000), 4000, {"rport": "4000", "received": "192.0.2.7"}),
        (
            "10.0.0.1;rport;x=y",
            ("192.0.2.7", 4000),
            4000,
            {"rport": "4000", "received": "192.0.2.7", "x": "y"},
        ),
        ("10.0.0.1;RPORT", ("192.0.2.7", 4000), 4000, {"rport": "4000", "received": "192.0.2.7"}),
        (
            "10.0.0.1;rporter=1;rport",
            ("192.0.2.7", 4),
            4,
            {"rporter": "1", "rport": "4", "received": "192.0.2.7"},
        ),
        ("h.tld;rport=9;received=1.2.3.4", ("192.0.2.7", 4), 4, {"rport": "4", "received": "192.0.2.7"}),
        ("192.0.2.7:5070", ("192.0.2.7", 4000), 5070, {}),
        ("192.0.2.7", ("192.0.2.7", 4000), 5060, {}),
        ("10.0.0.1:5070", ("192.0.2.7", 4000), 4000, {"received": "192.0.2.7"}),
        ("192.0.2.7;received=6.6.6.6", ("192.0.2.7", 4000), 5060, {"received": "192.0.2.7"}),
        ("[2001:db8::9]:5070", ("2001:db8::9", 4000), 5070, {}),
    ],
)
def test_answers_go_to_the_source_and_say_so(
    via: str, source: tuple[str, int], goes_to: int, filled: dict[str, str]
):
    stage = Stage()
    text = stage.phone().text("OPTIONS", via=f"SIP/2.0/UDP {via};branch=z9hG4bKo", cseq="1 OPTIONS")
    stage.do(stage.agent.receive(text.encode(), Peer("udp", *source), 0))
    (sent,) = stage.wire
    assert (sent.peer.host, sent.peer.port) == (source[0], goes_to)
    told = parse_message(sent.data).via
    asked = parse_message(text.encode()).via
    assert (told.host, told.port) == (asked.host, asked.port)
    assert told.params == {"branch": "z9hG4bKo", **filled}
    assert len(str(told)) == len(sent.data.decode().split("Via: ")[1].split("\r\n")[0])


def test_over_tcp_answers_take_the_connection_they_came_by():
    stage = Stage()
    phone = stage.phone(port=40001, transport="tcp")
    phone.calls(via="SIP/2.0/TCP 192.0.2.7:5060;branch=z9hG4bKt")
    assert stage.wire[0].peer == phone.peer
    stage.do(stage.agent.answer(stage.only(CallOffered).call, OUR_SDP, 0))
    assert phone.response(200).contacts[0].uri == "sip:192.0.2.1:5060;transport=tcp"


def test_a_repeated_invite_makes_no_second_call():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    again = phone.text("INVITE", body=SDP)
    assert phone.says(again) == ["100"]
    stage.do(stage.agent.progress(call, 180, None, 0))
    assert phone.says(again) == ["180"]
    stage.do(stage.agent.refuse(call, 486, 0))
    assert phone.says(again) == ["486"]
    assert len([t for t in stage.told if isinstance(t, CallOffered)]) == 1
    assert stage.overs() == [CallOver(call, 486, by_peer=False)]


def test_the_200_is_repeated_until_the_ack():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    phone.to_tag = phone.response(200).to.tag
    phone.hears()
    stage.wait(4)
    assert phone.hears() == ["200", "200", "200"]
    assert phone.says(phone.text("INVITE", body=SDP)) == []
    assert phone.acks() == []
    stage.wait(60)
    assert phone.hears() == []
    assert not stage.overs()


def test_an_ack_lost_for_64_t1_ends_the_call_with_a_bye():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    stage.wait(31.9)
    assert not stage.overs()
    phone.hears()
    stage.wait(0.2)
    assert stage.overs() == [CallOver(call, 408, by_peer=False)]
    assert phone.hears() == ["BYE"]
    stage.wait(100)
    assert stage.agent.at_rest() == []


def test_the_ack_of_pyvoip_has_the_branch_of_the_invite_and_another_to_tag():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    stage.news()
    phone.to_tag = "made-up"
    assert phone.says(phone.text("ACK")) == []
    assert stage.news() == [CallConfirmed(call, None)]


def test_the_ack_of_pyvoip_is_found_with_another_branch_too():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    stage.news()
    phone.to_tag = "made-up"
    phone.acks()
    assert stage.news() == [CallConfirmed(call, None)]


def test_an_ack_from_elsewhere_confirms_nothing():
    stage = Stage()
    phone, thief = stage.phone(), stage.phone("203.0.113.9")
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    stage.news()
    phone.to_tag = phone.response(200).to.tag
    assert phone.says(phone.text("ACK"), thief.peer) == []
    assert stage.denied() == ["spoofed"]
    assert not [t for t in stage.told if isinstance(t, CallConfirmed)]


def test_pyvoip_authenticates_with_the_branch_of_its_first_invite():
    stage = Stage()
    phone = stage.phone()
    assert phone.asks("INVITE", "sip:1002@192.0.2.1", SDP) == ["401"]
    credentials = phone.credentials(phone.response(401), "INVITE", "sip:1002@192.0.2.1", "1001", "secret")
    phone.cseq += 1
    again = phone.text("INVITE", "sip:1002@192.0.2.1", SDP, authorization=credentials)
    assert phone.says(again) == ["100"]
    assert stage.only(CallOffered).identity == Identity(Standing.ACCOUNT, "1001")
    call = stage.only(CallOffered).call
    phone.enters(call)
    phone.cseq += 1
    phone.branch = "z9hG4bK-192.0.2.7-5060-1"
    assert phone.says(phone.text("BYE")) == []
    assert stage.overs() == [CallOver(call, 200, by_peer=True, owes_reply=True)]


def test_another_cseq_is_another_call_even_with_the_old_branch():
    stage = Stage()
    phone = stage.phone()
    stage.do(stage.agent.refuse(phone.calls(), 486, 0))
    stage.news()
    phone.cseq += 1
    assert phone.says(phone.text("INVITE", body=SDP)) == ["100"]
    assert stage.only(CallOffered)


def test_an_rfc_2543_phone_without_branches_can_call():
    stage = Stage()
    phone = stage.phone()
    via = "SIP/2.0/UDP 192.0.2.7:5060"
    call = phone.calls(via=via)
    assert phone.says(phone.text("INVITE", body=SDP, via=via)) == ["100"]
    stage.do(stage.agent.refuse(call, 486, 0))
    phone.to_tag = phone.response(486).to.tag
    assert phone.says(phone.text("ACK", via=via)) == []
    phone.hears()
    stage.wait(30)
    assert phone.hears() == []
    assert stage.agent.at_rest() == []


def test_a_bare_cookie_is_no_branch():
    stage = Stage()
    one, other = stage.phone(), stage.phone("192.0.2.8")
    via = "SIP/2.0/UDP gateway;branch=z9hG4bK"
    one.calls(via=via)
    stage.news()
    other.call_id = one.call_id
    other.calls(via=via)


def test_a_late_offer_is_answered_in_the_ack():
    stage = Stage()
    phone = stage.phone()
    assert phone.asks("INVITE") == ["100"]
    offered = stage.only(CallOffered)
    assert offered.description is None
    stage.do(stage.agent.answer(offered.call, OUR_SDP, 0))
    phone.to_tag = phone.response(200).to.tag
    stage.news()
    phone.new_branch()
    phone.says(phone.text("ACK", "sip:192.0.2.1", SDP))
    assert stage.news() == [CallConfirmed(offered.call, SDP)]


def test_cancel_ends_a_ringing_call():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    invite_branch = phone.branch
    stage.do(stage.agent.progress(call, 180, None, 0))
    assert phone.says(phone.text("CANCEL")) == ["200", "487"]
    assert phone.response(200).to.tag == phone.response(487).to.tag != ""
    assert stage.overs() == [CallOver(call, 487, by_peer=True)]
    phone.branch, phone.to_tag = invite_branch, phone.response(487).to.tag
    assert phone.says(phone.text("ACK")) == []
    assert phone.says(phone.text("CANCEL")) == ["200"]
    stage.wait(40)
    assert stage.agent.at_rest() == []
    assert len(stage.overs()) == 1


def test_a_refusal_is_repeated_until_its_ack_or_for_64_t1():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    phone.hears()
    stage.do(stage.agent.refuse(call, 603, 0))
    stage.wait(31.9)
    assert phone.hears() == ["603"] * 11
    stage.wait(1)
    assert stage.agent.at_rest() == []
    assert stage.overs() == [CallOver(call, 603, by_peer=False)]


def test_cancel_after_the_answer_changes_nothing():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    assert phone.says(phone.text("CANCEL")) == ["200"]
    assert not stage.overs()


def test_cancel_of_nothing_is_481():
    phone = Stage().phone()
    assert phone.asks("CANCEL") == ["481"]


def test_cancel_from_elsewhere_is_481():
    stage = Stage()
    phone, thief = stage.phone(), stage.phone("203.0.113.9")
    phone.calls()
    phone.says(phone.text("CANCEL"), thief.peer)
    assert thief.hears() == ["481"]
    assert stage.denied() == ["spoofed"]
    assert not stage.overs()


def test_ending_an_offered_call_refuses_it():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    phone.hears()
    stage.do(stage.agent.end(call, 0))
    stage.do(stage.agent.end(call, 0))
    assert phone.hears() == ["480"]
    assert stage.overs() == [CallOver(call, 480, by_peer=False)]


def test_a_caller_may_hang_up_before_the_answer():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    phone.to_tag = phone.response(100).to.tag
    assert phone.asks("BYE") == ["487"]
    assert stage.overs() == [CallOver(call, 487, by_peer=True, owes_reply=True)]
    stage.do(stage.agent.release(call, 0))
    assert phone.response(200).cseq.method == "BYE"
    stage.wait(70)
    assert stage.agent.at_rest() == []


def test_bye_before_the_ack_stops_the_200():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    phone.to_tag = phone.response(200).to.tag
    phone.asks("BYE")
    stage.do(stage.agent.release(call, 0))
    phone.hears()
    stage.wait(40)
    assert phone.hears() == []
    assert stage.agent.at_rest() == []
    assert stage.overs() == [CallOver(call, 200, by_peer=True, owes_reply=True)]


def test_a_connection_lost_ends_its_calls_and_no_others():
    stage = Stage()
    phone, other = stage.phone(port=40001, transport="tcp"), stage.phone(port=40002, transport="tcp")
    ringing = phone.calls()
    stage.news()
    phone.call_id = "second"
    answered = phone.calls()
    phone.enters(answered)
    other.calls()
    stage.news()
    stage.do(stage.agent.lost(phone.peer, 1))
    assert stage.overs() == [CallOver(ringing, 408, by_peer=False), CallOver(answered, 408, by_peer=False)]
    stage.do(stage.agent.lost(phone.peer, 1))
    assert len(stage.overs()) == 2
    stage.wait(100)
    assert [held for held in stage.agent.at_rest() if held.startswith("call")] == [
        "call " + _call_of(stage, other.tag)
    ]


def _call_of(stage: Stage, tag: str) -> str:
    held = [name for name in stage.agent.at_rest() if name.startswith("dialog") and tag in name]
    assert len(held) == 1
    (call,) = [name for name in stage.agent.at_rest() if name.startswith("call")]
    return call.removeprefix("call ")


def test_an_unreachable_udp_address_ends_no_call_that_was_received():
    stage = Stage()
    phone = stage.phone()
    phone.calls()
    stage.do(stage.agent.lost(phone.peer, 1))
    assert not stage.overs()


def test_a_stale_order_does_nothing():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.refuse(call, 486, 0))
    agent = stage.agent
    for outputs in (
        agent.progress(call, 180, None, 1),
        agent.answer(call, OUR_SDP, 1),
        agent.refuse(call, 404, 1),
        agent.end(call, 1),
        agent.release(call, 1),
        agent.accept_offer(call, OUR_SDP, 1),
        agent.reject_offer(call, 488, 1),
        agent.offer(call, OUR_SDP, 1),
        agent.answer_register("nothing", 200, [], 1),
    ):
        assert outputs == []


def test_a_tel_uri_is_dialled_by_its_number():
    stage = Stage()
    trunk = stage.phone("198.51.100.1")
    trunk.calls("tel:+371-6700-0100")
    offered = stage.only(CallOffered)
    assert offered.dialled == "+37167000100"
    assert offered.identity == Identity(Standing.TRUNK, "carrier")


def test_a_bye_that_is_repeated_waits_for_the_release_and_then_gets_its_200_again():
    stage = Stage()
    phone = stage.phone()
    call = phone.in_call()
    phone.asks("BYE")
    again = phone.text("BYE")
    assert phone.says(again) == []
    stage.do(stage.agent.release(call, 1))
    stage.do(stage.agent.release(call, 1))
    assert phone.hears() == ["200"]
    assert phone.says(again) == ["200"]
    assert len(stage.overs()) == 1


def test_a_bye_that_is_never_released_is_forgotten_after_64_t1():
    stage = Stage()
    phone = stage.phone()
    call = phone.in_call()
    phone.asks("BYE")
    stage.wait(33)
    assert stage.agent.at_rest() == []
    assert stage.agent.release(call, stage.now) == []


def test_our_hanging_up_waits_for_the_ack():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    phone.to_tag = phone.response(200).to.tag
    phone.hears()
    stage.do(stage.agent.end(call, 0))
    assert phone.hears() == []
    assert stage.overs() == [CallOver(call, 200, by_peer=False)]
    assert phone.acks() == ["BYE"]
    bye = phone.request("BYE")
    assert isinstance(bye, Request)
    assert bye.to.tag == phone.tag
    assert not [t for t in stage.told if isinstance(t, CallConfirmed)]
    assert phone.answers(bye, 200) == []
    stage.wait(60)
    assert phone.hears() == []
    assert stage.agent.at_rest() == []


def test_a_bye_that_crosses_our_waiting_one_replaces_it():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    stage.do(stage.agent.end(call, 0))
    phone.to_tag = phone.response(200).to.tag
    assert phone.asks("BYE") == ["200"]
    phone.hears()
    stage.wait(70)
    assert phone.hears() == []
    assert stage.overs() == [CallOver(call, 200, by_peer=False)]
    assert stage.agent.at_rest() == []


def test_our_hanging_up_waits_no_longer_than_64_t1():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    stage.do(stage.agent.end(call, 0))
    phone.hears()
    stage.wait(32.1)
    assert phone.hears()[-1] == "BYE"
    stage.wait(64)
    assert stage.agent.at_rest() == []
    assert len(stage.overs()) == 1
