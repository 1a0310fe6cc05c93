"""What happens within a call: re-INVITE and UPDATE both ways, glare, INFO, order and source of requests."""

import pytest

from pbx.sip.message import Request
from pbx.sip.outputs import CallOver, KeyPressed, OfferAnswered, OfferReceived
from tests.sip.stage import OUR_SDP, SDP, Caller, Phone, Stage

HOLD = SDP + "a=sendonly\r\n"
OURS = "sip:192.0.2.1:5060"


def in_call(seed: int = 1) -> tuple[Stage, Phone, str]:
    stage = Stage(seed=seed)
    phone = stage.phone()
    return stage, phone, phone.in_call()


def placed() -> tuple[Stage, Phone, Caller]:
    stage = Stage()
    phone = stage.phone()
    caller = Caller(stage, phone)
    phone.answers(caller.invite, 200, SDP)
    stage.news()
    return stage, phone, caller


def the_offer(stage: Stage, phone: Phone, call: str) -> Request:
    """Our re-INVITE."""
    phone.hears()
    stage.do(stage.agent.offer(call, OUR_SDP, stage.now))
    return phone.request("INVITE")


def test_hold_and_resume():
    stage, phone, call = in_call()
    for offer in (HOLD, SDP):
        assert phone.asks("INVITE", OURS, offer) == ["100"]
        assert stage.news() == [OfferReceived(call, offer)]
        stage.do(stage.agent.accept_offer(call, OUR_SDP, stage.now))
        ok = phone.response(200)
        assert (ok.to.tag, ok.description()) == (phone.to_tag, OUR_SDP)
        assert phone.acks() == []
        assert stage.news() == []
    phone.asks("BYE")
    stage.do(stage.agent.release(call, 9))
    stage.wait(70)
    assert stage.agent.at_rest() == []


def test_the_200_to_a_reinvite_is_repeated_until_the_ack_and_its_loss_ends_the_call():
    stage, phone, call = in_call()
    phone.asks("INVITE", OURS, HOLD)
    phone.hears()
    stage.do(stage.agent.accept_offer(call, OUR_SDP, stage.now))
    stage.wait(2)
    assert phone.hears() == ["200", "200", "200"]
    stage.news()
    stage.wait(31)
    assert stage.news() == [CallOver(call, 408, by_peer=False)]
    assert phone.hears()[-1] == "BYE"


def test_a_refused_reinvite_keeps_the_session():
    stage, phone, call = in_call()
    phone.asks("INVITE", OURS, HOLD)
    stage.do(stage.agent.reject_offer(call, 488, stage.now))
    assert phone.response(488)
    assert phone.says(phone.text("ACK")) == []
    stage.news()
    assert phone.asks("INVITE", OURS, SDP) == ["100"]
    assert stage.news() == [OfferReceived(call, SDP)]


def test_a_reinvite_without_offer_is_answered_in_the_ack():
    stage, phone, call = in_call()
    phone.asks("INVITE", OURS)
    assert stage.news() == [OfferReceived(call, None)]
    stage.do(stage.agent.accept_offer(call, OUR_SDP, stage.now))
    phone.new_branch()
    phone.says(phone.text("ACK", OURS, HOLD))
    assert stage.news() == [OfferAnswered(call, HOLD)]


def test_a_second_reinvite_before_the_first_is_answered_is_500_with_retry_after():
    stage, phone, call = in_call()
    phone.asks("INVITE", OURS, HOLD)
    assert phone.asks("INVITE", OURS, SDP) == ["100", "500"]
    wait = phone.response(500).get("retry-after")
    assert wait is not None
    assert 0 <= int(wait) <= 10
    assert phone.says(phone.text("ACK")) == []
    assert stage.told == [OfferReceived(call, HOLD)]


def test_a_reinvite_that_crosses_ours_is_491():
    stage, phone, call = in_call()
    ours = the_offer(stage, phone, call)
    assert phone.asks("INVITE", OURS, HOLD) == ["100", "491"]
    assert phone.answers(ours, 491, tag="") == ["ACK"]
    assert stage.told == []


def test_a_reinvite_before_the_ack_to_our_200_is_491():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    phone.to_tag = phone.response(200).to.tag
    assert phone.asks("INVITE", OURS, HOLD) == ["100", "491"]


def test_a_cancelled_reinvite_keeps_the_session():
    stage, phone, call = in_call()
    phone.asks("INVITE", OURS, HOLD)
    assert phone.says(phone.text("CANCEL")) == ["200", "487"]
    stage.news()
    assert stage.agent.accept_offer(call, OUR_SDP, stage.now) == []
    assert phone.asks("INFO") == ["200"]
    assert stage.overs() == []


def test_our_offer_is_answered():
    stage, phone, call = in_call()
    invite = the_offer(stage, phone, call)
    assert invite.uri == "sip:alice@192.0.2.7:5060"
    assert invite.description() == OUR_SDP
    assert phone.answers(invite, 180, tag="") == []
    assert phone.answers(invite, 200, SDP, tag="") == ["ACK"]
    assert stage.news() == [OfferAnswered(call, SDP)]
    assert phone.answers(invite, 200, SDP, tag="") == ["ACK"]
    assert stage.news() == []


def test_our_offer_refused_keeps_the_session():
    stage, phone, call = in_call()
    assert phone.answers(the_offer(stage, phone, call), 488, tag="") == ["ACK"]
    assert stage.news() == [OfferAnswered(call, None)]
    assert phone.answers(the_offer(stage, phone, call), 200, SDP, tag="") == ["ACK"]
    assert stage.news() == [OfferAnswered(call, SDP)]


@pytest.mark.parametrize("status", [408, 481])
def test_a_peer_without_the_dialog_ends_the_call(status: int):
    stage, phone, call = in_call()
    assert phone.answers(the_offer(stage, phone, call), status, tag="") == ["ACK", "BYE"]
    assert stage.news() == [CallOver(call, status, by_peer=True)]


def test_our_offer_unanswered_for_64_t1_ends_the_call():
    stage, phone, call = in_call()
    the_offer(stage, phone, call)
    phone.hears()
    stage.wait(32.1)
    assert stage.news() == [CallOver(call, 408, by_peer=False)]
    assert phone.hears()[-2:] == ["INVITE", "BYE"]


def test_our_offer_ringing_for_three_minutes_is_cancelled():
    stage, phone, call = in_call()
    invite = the_offer(stage, phone, call)
    phone.answers(invite, 180, tag="")
    phone.hears()
    stage.wait(180)
    assert phone.hears() == ["CANCEL"]
    phone.answers(invite, 487, tag="")
    assert stage.news() == [OfferAnswered(call, None)]


def retried_after(stage: Stage, phone: Phone, invite: Request) -> float:
    """How long after a 491 our offer goes out again."""
    assert phone.answers(invite, 491, tag="bob" if invite.to.tag == "bob" else "") == ["ACK"]
    phone.hears()
    start = stage.now
    while not phone.heard:
        stage.wait(0.01)
        assert stage.now < start + 5
    assert phone.request("INVITE").description() == OUR_SDP
    return stage.now - start


def test_after_a_glare_the_callee_waits_up_to_2_seconds():
    waits: list[float] = []
    for seed in range(8):
        stage, phone, call = in_call(seed)
        waits.append(retried_after(stage, phone, the_offer(stage, phone, call)))
    assert 0 <= min(waits) <= max(waits) <= 2.02
    assert max(waits) - min(waits) > 0.5


def test_after_a_glare_the_caller_waits_from_2_1_to_4_seconds():
    stage, phone, _ = placed()
    for _ in range(6):
        assert 2.09 <= retried_after(stage, phone, the_offer(stage, phone, "out")) <= 4.02
        phone.answers(phone.request("INVITE"), 200, SDP, tag="bob")


def test_a_peer_that_always_says_491_wins_in_the_end():
    stage, phone, call = in_call()
    invite = the_offer(stage, phone, call)
    for _ in range(10):
        retried_after(stage, phone, invite)
        invite = phone.request("INVITE")
    phone.answers(invite, 491, tag="")
    assert stage.news() == [OfferAnswered(call, None)]


def test_our_offer_waits_for_the_ack_and_for_the_answer_to_the_peers_offer():
    stage = Stage()
    phone = stage.phone()
    call = phone.calls()
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    phone.to_tag = phone.response(200).to.tag
    phone.hears()
    stage.do(stage.agent.offer(call, OUR_SDP, 0))
    assert phone.hears() == []
    assert phone.acks() == ["INVITE"]
    phone.answers(phone.request("INVITE"), 200, SDP, tag="")
    phone.asks("INVITE", OURS, HOLD)
    phone.hears()
    stage.do(stage.agent.offer(call, OUR_SDP, 0))
    assert phone.hears() == []
    stage.do(stage.agent.reject_offer(call, 488, 0))
    assert phone.hears() == ["488", "INVITE"]


def test_update_refreshes_or_offers():
    stage, phone, call = in_call()
    assert phone.asks("UPDATE", contact="<sip:alice@192.0.2.7:5062>") == ["200"]
    assert phone.asks("UPDATE", OURS, HOLD) == []
    assert stage.news() == [OfferReceived(call, HOLD)]
    again = phone.text("UPDATE", OURS, HOLD)
    stage.do(stage.agent.accept_offer(call, OUR_SDP, 0))
    assert phone.response(200).description() == OUR_SDP
    assert phone.says(again) == ["200"]
    phone.hears()
    stage.do(stage.agent.end(call, 0))
    assert phone.hears() == ["BYE"]


def test_update_glares_like_reinvite():
    stage, phone, call = in_call()
    the_offer(stage, phone, call)
    assert phone.asks("UPDATE", OURS, HOLD) == ["491"]
    stage, phone, call = in_call()
    phone.asks("UPDATE", OURS, HOLD)
    assert phone.asks("UPDATE", OURS, SDP) == ["500"]
    stage.do(stage.agent.reject_offer(call, 488, 0))
    assert phone.response(488).cseq.method == "UPDATE"


def test_update_before_the_answer_refreshes_but_cannot_offer():
    stage = Stage()
    phone = stage.phone()
    phone.calls()
    phone.to_tag = phone.response(100).to.tag
    assert phone.asks("UPDATE", OURS, HOLD) == ["500"]
    assert phone.asks("UPDATE") == ["200"]
    assert phone.asks("INVITE", OURS, HOLD) == ["100", "500"]


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=250\r\n", ("5", 250)),
        ("application/dtmf-relay", "Signal= *\nDuration= 160", ("*", 160)),
        ("application/dtmf-relay", "Signal=11\r\n", ("#", 160)),
        ("application/dtmf-relay", "signal=a\r\nduration=99999", ("A", 5000)),
        ("Application/DTMF", "#", ("#", 160)),
        ("application/dtmf", "16", None),
        ("application/dtmf-relay", "Signal=hf", None),
        ("application/dtmf-relay", "Signal=\u00b2", None),
        ("application/dtmf-relay", "\0\0\0", None),
    ],
)
def test_keys_come_in_info(kind: str, body: str, key: tuple[str, int] | None):
    stage, phone, call = in_call()
    assert phone.asks("INFO", OURS, body, content_type=kind) == ["200"]
    assert stage.news() == ([] if key is None else [KeyPressed(call, *key)])
    assert phone.says(phone.text("INFO", OURS, body, content_type=kind)) == ["200"]
    assert stage.news() == []


def test_info_of_another_kind_is_415():
    _, phone, _ = in_call()
    assert phone.asks("INFO", OURS, "<xml/>", content_type="application/xml") == ["415"]
    assert "application/dtmf-relay" in (phone.response(415).get("accept") or "")


def test_a_request_of_an_unknown_dialog_is_481():
    stage, phone, _ = in_call()
    tag = phone.to_tag
    for phone.to_tag in (tag + "x", "gone"):
        for method in ("BYE", "INFO", "UPDATE", "INVITE", "OPTIONS"):
            assert phone.asks(method) == ["481"], method
    phone.to_tag, phone.tag = tag, "other"
    assert phone.asks("BYE") == ["481"]
    phone.tag, phone.call_id = f"tag-{phone.peer.host}-5060", "other"
    assert phone.asks("BYE") == ["481"]
    assert stage.overs() == []


@pytest.mark.parametrize("method", ["BYE", "INVITE", "UPDATE", "INFO", "OPTIONS"])
def test_a_dialog_listens_to_its_peer_only(method: str):
    stage, phone, _ = in_call()
    thief = stage.phone("203.0.113.9")
    phone.cseq += 1
    phone.new_branch()
    phone.says(phone.text(method, body=SDP if method == "INVITE" else ""), thief.peer)
    assert thief.hears() == ["403"]
    assert stage.denied() == ["spoofed"]
    assert len(stage.told) == 1
    phone.cseq -= 1
    assert phone.asks("BYE") == []
    assert len(stage.overs()) == 1


def test_a_trunk_may_go_on_from_its_other_address():
    stage = Stage()
    trunk, other = stage.phone("198.51.100.1"), stage.phone("198.51.100.2")
    trunk.in_call()
    trunk.cseq += 1
    trunk.new_branch()
    trunk.says(trunk.text("BYE"), other.peer)
    assert len(stage.overs()) == 1


def test_an_older_cseq_is_500_and_a_gap_is_fine():
    stage, phone, _ = in_call()
    phone.cseq = 50
    assert phone.asks("INFO") == ["200"]
    phone.cseq = 40
    assert phone.asks("BYE") == ["500"]
    assert stage.overs() == []
    phone.cseq = 51
    assert phone.asks("BYE") == []


def test_a_refused_request_does_not_move_the_sequence():
    stage, phone, _ = in_call()
    phone.cseq = 90
    assert phone.asks("INFO", OURS, "x", content_type="text/plain") == ["415"]
    phone.cseq = 5
    assert phone.asks("BYE") == []
    assert len(stage.overs()) == 1


def test_options_and_other_methods_in_a_call():
    stage, phone, _ = in_call()
    assert phone.asks("OPTIONS") == ["200"]
    assert phone.response(200).get("allow")
    assert phone.asks("REFER") == ["405"]
    assert phone.asks("NOTIFY") == ["405"]
    assert phone.asks("SNOOZE") == ["501"]
    assert phone.asks("REGISTER") == ["481"]
    assert phone.asks("INVITE", OURS, SDP, require="100rel") == ["420"]
    assert phone.asks("INVITE", OURS, "x", content_type="text/plain") == ["415"]
    assert stage.told == []


def test_after_our_bye_the_dialog_only_answers_a_bye():
    stage, phone, call = in_call()
    stage.do(stage.agent.end(call, 0))
    bye = phone.request("BYE")
    for method in ("INFO", "INVITE", "UPDATE"):
        assert phone.asks(method, OURS) == ["481"], method
    assert phone.asks("BYE") == ["200"]
    assert len(stage.overs()) == 1
    phone.answers(bye, 481, tag="")
    stage.wait(70)
    assert stage.agent.at_rest() == []


def test_a_bye_that_nobody_answers_is_given_up():
    stage, phone, call = in_call()
    phone.hears()
    stage.do(stage.agent.end(call, 0))
    stage.wait(70)
    assert phone.hears() == ["BYE"] * 11
    assert stage.agent.at_rest() == []


def test_hanging_up_answers_what_is_pending():
    stage, phone, call = in_call()
    phone.asks("INVITE", OURS, HOLD)
    phone.hears()
    stage.do(stage.agent.end(call, 0))
    assert phone.hears() == ["487", "BYE"]
    stage, phone, call = in_call()
    phone.asks("UPDATE", OURS, HOLD)
    assert phone.asks("BYE") == ["487"]
    assert stage.overs() == [CallOver(call, 200, by_peer=True, owes_reply=True)]


def test_a_200_to_our_offer_after_the_end_is_still_acknowledged():
    stage, phone, call = in_call()
    invite = the_offer(stage, phone, call)
    phone.asks("BYE")
    assert phone.answers(invite, 200, SDP, tag="") == ["ACK"]
    assert len(stage.news()) == 1
    stage.do(stage.agent.release(call, 1))
    stage.wait(70)
    assert stage.agent.at_rest() == []


def test_a_glare_retry_dies_with_the_call():
    stage, phone, call = in_call()
    phone.answers(the_offer(stage, phone, call), 491, tag="")
    phone.asks("BYE")
    stage.do(stage.agent.release(call, stage.now))
    phone.hears()
    stage.wait(70)
    assert phone.hears() == []
    assert stage.agent.at_rest() == []


def test_a_lost_connection_ends_a_call_with_a_pending_offer_once():
    stage = Stage()
    phone = stage.phone(port=40000, transport="tcp")
    call = phone.in_call()
    phone.asks("INVITE", OURS, HOLD)
    stage.news()
    stage.do(stage.agent.lost(phone.peer, 1))
    assert stage.news() == [CallOver(call, 408, by_peer=False)]
    stage.wait(70)
    assert stage.agent.at_rest() == []


def test_a_phone_that_comes_back_by_another_connection_is_found_there():
    stage = Stage()
    old, new = stage.phone(port=40000, transport="tcp"), stage.phone(port=40001, transport="tcp")
    call = old.in_call()
    old.cseq += 1
    old.new_branch()
    old.says(old.text("UPDATE"), new.peer)
    assert new.hears() == ["200"]
    stage.do(stage.agent.lost(old.peer, 1))
    assert stage.overs() == []
    stage.do(stage.agent.end(call, 1))
    assert new.hears() == ["BYE"]
