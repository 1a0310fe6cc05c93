"""Facts in, call detail records out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.records.cdr import (
    PATH_LIMIT,
    SILENT,
    ContactFold,
    ContactRecord,
    SegmentRecord,
    folded,
)
from pbx.records.facts import (
    DialEnded,
    DialStarted,
    Fact,
    FlowEntered,
    FlowExited,
    HoldEnded,
    HoldStarted,
    NodeEntered,
    OfferAnswered,
    OfferCancelled,
    OfferFailed,
    OfferMade,
    OfferNoAnswer,
    OfferRejected,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpStarted,
)
from pbx.records.rows import KINDS
from tests.records.lawful import lawful
from tests.records.story import START, Story, served_call


def records(story: Story) -> tuple[ContactRecord, list[SegmentRecord]]:
    fold = folded("c1", story.facts)
    assert fold is not None
    return fold.record(), fold.segments()


def test_a_call_that_has_only_arrived_is_a_record_already():
    contact, segments = records(Story().arrives(answered=False))
    assert contact == ContactRecord(
        contact="c1", state="active", channel="voice", direction="inbound", dnis="700", entry="main number",
        identity="1001", arrived=START, answered=None, ended=None, duration_ms=0, billable_ms=0, wait_ms=0,
        talk_ms=0, hold_ms=0, queues="", agent=None, path="", outcome="active", by=None, reason=None,
        sip_code=None,
    )  # fmt: skip
    assert segments == []


def test_a_call_answered_by_an_agent():
    story = Story().arrives()
    story.then(FlowEntered, flow="main", version="1").then(NodeEntered, after=10, flow="main", node="menu")
    story.then(NodeEntered, after=890, flow="main", node="bye").then(FlowExited, flow="main", result="queue")
    story.queues().is_answered_by_an_agent().stops_talking(by="agent", after=60_000).wraps_up(seconds=7)
    contact, segments = records(story.ends(by="agent", after=0))
    assert contact == ContactRecord(
        contact="c1", state="ended", channel="voice", direction="inbound", dnis="700", entry="main number",
        identity="1001", arrived=START, answered=START + 100, ended=START + 73_000, duration_ms=73_000,
        billable_ms=72_900, wait_ms=5000, talk_ms=60_000, hold_ms=0, queues="support", agent="eva",
        path="main/menu main/bye", outcome="agent", by="agent", reason="hung up", sip_code=200,
    )  # fmt: skip
    assert segments == [
        SegmentRecord(
            contact="c1", segment="s1", queue="support", state="closed", source="flow", priority=2,
            position=3, entered=START + 1000, left=START + 6000, wait_ms=5000, reason="answered", agent="eva",
            offers=1, unanswered=0, ring_ms=3000, talk_ms=60_000, hold_ms=0, acw_ms=7000,
        )
    ]  # fmt: skip


def test_wrap_up_after_the_end_of_the_call_changes_the_segment_and_nothing_of_the_contact():
    before = Story().arrives().queues().is_answered_by_an_agent().stops_talking(after=60_000).ends()
    contact, (segment,) = records(before)
    assert segment.acw_ms == 0
    assert (contact, [segment._replace(acw_ms=7000)]) == records(before.wraps_up(seconds=7))


def test_a_caller_who_hangs_up_while_a_phone_rings_has_abandoned():
    story = Story().arrives().queues().offer(OfferMade, after=1000).offer(OfferCancelled, after=500)
    contact, (segment,) = records(story.leaves("abandoned").ends())
    assert (contact.outcome, contact.wait_ms, contact.talk_ms, contact.agent) == ("abandoned", 1500, 0, None)
    assert (segment.reason, segment.offers, segment.unanswered, segment.ring_ms) == ("abandoned", 1, 0, 500)


def test_a_ring_that_nobody_answered_goes_back_to_the_queue_and_is_counted():
    story = Story().arrives().queues()
    story.offer(OfferMade, "o0", agent="max").offer(OfferNoAnswer, "o0", agent="max", after=15_000)
    story.offer(OfferMade, "o9", agent="ida").offer(OfferRejected, "o9", agent="ida", after=1000)
    story.offer(OfferMade, "o8", agent="jan").offer(OfferFailed, "o8", agent="jan", after=500, sip_code=500)
    contact, (segment,) = records(story.is_answered_by_an_agent().stops_talking(after=1000).ends())
    assert contact.outcome == "agent"
    assert (segment.offers, segment.unanswered) == (4, 1)
    assert (segment.ring_ms, segment.wait_ms) == (15_000 + 1000 + 500 + 3000, 21_500)


def test_an_overflow_is_two_segments_of_one_contact():
    story = Story().arrives().queues().leaves("overflow", after=30_000)
    story.queues(segment="s2", queue="sales").leaves("abandoned", segment="s2", queue="sales", after=4000)
    contact, (one, two) = records(story.ends())
    assert (contact.queues, contact.wait_ms, contact.outcome) == ("support,sales", 34_000, "abandoned")
    assert (one.reason, one.wait_ms, two.reason, two.wait_ms) == ("overflow", 30_000, "abandoned", 4000)


def test_a_caller_who_waited_in_vain_and_was_let_down_is_unserved():
    contact, _ = records(Story().arrives().queues().leaves("timeout", after=9000).ends(by="system"))
    assert contact.outcome == "unserved"


def test_who_abandoned_one_queue_and_then_overflowed_from_another_has_not_abandoned():
    story = (
        Story().arrives().queues().leaves("abandoned").queues(segment="s2").leaves("overflow", segment="s2")
    )
    assert records(story.ends())[0].outcome == "unserved"


def test_a_dialled_party_that_is_busy():
    story = Story().arrives(answered=False, dnis="1002").then(DialStarted, leg="l1", endpoint="1002")
    story.then(DialEnded, after=200, leg="l1", endpoint="1002", outcome="busy")
    contact, _ = records(story.ends(by="callee", reason="busy", code=486, after=10))
    assert (contact.outcome, contact.sip_code, contact.reason) == ("unanswered", 486, "busy")
    assert (contact.duration_ms, contact.billable_ms) == (210, 0)


def test_a_dial_in_vain_after_the_exchange_answered_is_unserved():
    story = Story().arrives().then(DialStarted, leg="l1", endpoint="1002")
    story.then(DialEnded, leg="l1", endpoint="1002", outcome="busy")
    assert records(story.ends())[0].outcome == "unserved"


def test_a_dialled_party_that_answers():
    story = Story().arrives(answered=False).then(DialStarted, leg="l1", endpoint="1002")
    story.then(TalkStarted, after=3000, leg="l1").then(TalkEnded, after=5000, leg="l1", by="callee")
    contact, _ = records(story.ends(by="callee"))
    assert (contact.outcome, contact.talk_ms, contact.agent) == ("connected", 5000, None)


def test_a_caller_served_by_the_flow_alone():
    story = Story().arrives().then(NodeEntered, flow="main", node="hours")
    assert records(story.ends(after=900))[0].outcome == "self_service"


def test_a_caller_who_gives_up_before_anything_answers():
    assert records(Story().arrives(answered=False).ends(code=487))[0].outcome == "unanswered"


def test_a_call_cut_off_by_the_end_of_the_exchange_is_interrupted_whoever_it_talked_to():
    story = Story().arrives().queues().is_answered_by_an_agent().stops_talking(by="system", after=1000)
    contact, _ = records(story.ends(by="system", reason="interrupted", code=0))
    assert (contact.outcome, contact.agent, contact.talk_ms) == ("interrupted", "eva", 1000)


def test_a_system_that_hangs_up_for_another_reason_interrupts_nothing():
    assert records(Story().arrives().ends(by="system", reason="completed"))[0].outcome == "self_service"


def test_the_first_answer_is_the_one_that_is_billed():
    contact, _ = records(Story().arrives().then(type(Story().arrives().facts[2]), after=50).ends(after=1000))
    assert contact.billable_ms == 1050


def test_hold_is_taken_from_talk_and_two_holders_at_once_count_once():
    story = Story().arrives().queues().is_answered_by_an_agent()
    story.then(HoldStarted, after=1000, by="agent").then(HoldStarted, after=1000, by="customer")
    story.then(HoldEnded, after=1000, by="agent").then(HoldEnded, after=1000, by="customer")
    contact, (segment,) = records(story.stops_talking(after=1000).ends())
    assert (contact.talk_ms, contact.hold_ms) == (2000, 3000)
    assert (segment.talk_ms, segment.hold_ms) == (2000, 3000)


def test_a_hold_outlasting_the_talk_counts_only_while_they_talked():
    story = Story().arrives().queues().is_answered_by_an_agent().then(HoldStarted, after=1000, by="agent")
    story.stops_talking(after=4000).then(HoldEnded, after=9000, by="agent")
    contact, _ = records(story.ends())
    assert (contact.talk_ms, contact.hold_ms) == (1000, 4000)


def test_a_contact_that_ends_before_its_talk_is_settled_by_the_end_of_the_talk():
    story = Story().arrives(answered=False).then(TalkStarted, leg="l1").ends()
    fold = folded("c1", story.facts)
    assert fold is not None
    assert not fold.settled
    fold.apply(TalkEnded(at=story.at, contact="c1", leg="l1", by="customer"))
    assert fold.settled


def test_the_path_through_a_flow_is_kept_up_to_a_limit():
    story = Story().arrives()
    for _ in range(PATH_LIMIT + 10):
        story.then(NodeEntered, flow="f", node="n")
    assert records(story)[0].path.split(" ") == ["f/n"] * PATH_LIMIT


def test_a_contact_whose_first_facts_were_lost_is_still_folded():
    contact, _ = records(Story().ends())
    assert (contact.dnis, contact.arrived, contact.outcome) == ("", START, "unanswered")


def test_nothing_folds_to_nothing():
    assert folded("c1", []) is None


VALUES: dict[str, Any] = {"contact": "c1", "segment": "s1", "offer": "o1", "leg": "l1", "agent": "eva"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in SILENT])
def test_silent_facts_change_no_record(kind: type[Fact]):
    fold = folded("c1", served_call())
    assert fold is not None
    before = fold.record(), fold.segments()
    names = set(kind.__dataclass_fields__) - {"type", "at"}
    others: dict[str, Any] = {name: VALUES.get(name) for name in names}
    fold.apply(kind(at=START, **others))
    assert (fold.record(), fold.segments()) == before


def test_every_fact_about_a_contact_is_either_silent_or_folded():
    """A new kind of fact has to be thought about here: does it change a record?"""
    about = {kind for kind in KINDS if "contact" in kind.__dataclass_fields__}
    assert about >= SILENT
    assert {kind.type for kind in about - SILENT} == {
        "contact.created", "contact.answered", "contact.ended", "ivr.node", "queue.entered", "queue.left",
        "offer.made", "offer.answered", "offer.no_answer", "offer.rejected", "offer.cancelled",
        "offer.failed", "dial.started", "talk.started", "talk.ended", "hold.started", "hold.ended",
        "acw.started", "acw.ended",
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(lawful(), st.data())
def test_folding_a_part_and_then_the_rest_is_folding_all(facts: list[Fact], data: st.DataObject):
    cut = data.draw(st.integers(1, len(facts)))
    fold = folded("c1", facts[:cut])
    assert fold is not None
    assert fold.record().contact == "c1"  # reading in between changes nothing
    for fact in facts[cut:]:
        fold.apply(fact)
    whole = folded("c1", facts)
    assert whole is not None
    assert (fold.record(), fold.segments()) == (whole.record(), whole.segments())


@settings(max_examples=150, deadline=None)
@given(lawful())
def test_what_went_in_comes_out(facts: list[Fact]):
    """Conservation: every visit, offer and millisecond of the facts is in the records once."""
    fold = folded("c1", facts)
    assert fold is not None
    contact, segments = fold.record(), fold.segments()
    entered = [fact for fact in facts if isinstance(fact, QueueEntered)]
    left = {fact.segment: fact for fact in facts if isinstance(fact, QueueLeft)}
    assert [segment.segment for segment in segments] == [fact.segment for fact in entered]
    assert sum(segment.offers for segment in segments) == sum(isinstance(fact, OfferMade) for fact in facts)
    assert contact.wait_ms == sum(left[fact.segment].at - fact.at for fact in entered if fact.segment in left)
    assert contact.talk_ms + contact.hold_ms == _connected(facts)
    assert sum(segment.talk_ms for segment in segments) <= contact.talk_ms
    if contact.state == "ended":
        assert contact.talk_ms + contact.hold_ms + contact.wait_ms <= contact.duration_ms
    for segment in segments:
        assert segment.ring_ms <= segment.wait_ms or segment.left is None
        assert (segment.reason is None) == (segment.left is None)
    assert min(value for row in (contact, *segments) for value in row if isinstance(value, int)) >= 0


def _connected(facts: list[Fact]) -> int:
    began: dict[str, int] = {}
    total = 0
    for fact in facts:
        if isinstance(fact, TalkStarted):
            began[fact.leg] = fact.at
        elif isinstance(fact, TalkEnded):
            total += fact.at - began.pop(fact.leg)
    return total


@settings(max_examples=100, deadline=None)
@given(lawful())
def test_a_settled_contact_owes_nothing(facts: list[Fact]):
    fold = ContactFold("c1", facts[0].at)
    pending: set[str] = set()
    for fact in facts:
        fold.apply(fact)
        if isinstance(fact, WrapUpStarted):
            pending.add(fact.segment)
        elif fact.type == "acw.ended":
            pending.discard(getattr(fact, "segment", ""))
        ended = fold.record().state == "ended"
        assert fold.settled == (ended and not pending)
    assert all(segment.state == "closed" for segment in fold.segments()) or not fold.settled


def test_an_offer_answered_twice_rings_once():
    story = Story().arrives().queues().offer(OfferMade).offer(OfferAnswered, after=700)
    assert records(story.offer(OfferAnswered, after=700))[1][0].ring_ms == 700
