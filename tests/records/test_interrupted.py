"""A killed exchange leaves halves of pairs behind; opening the journal files the other halves."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.records.cdr import folded
from pbx.records.facts import (
    DialEnded,
    DialStarted,
    Fact,
    FlowEntered,
    HoldStarted,
    OfferAnswered,
    OfferCancelled,
    OfferFailed,
    OfferMade,
    OfferNoAnswer,
    OfferRejected,
    TalkStarted,
)
from pbx.records.interrupted import owed
from tests.records.lawful import lawful
from tests.records.story import START, Story, served_call

OPENERS = {"queue.entered", "offer.made", "dial.started", "talk.started", "hold.started", "acw.started",
           "ivr.entered", "contact.created"}  # fmt: skip
CLOSERS = {"queue.left", "offer.answered", "offer.no_answer", "offer.rejected", "offer.cancelled",
           "offer.failed", "dial.ended", "talk.ended", "hold.ended", "acw.ended", "ivr.exited",
           "contact.ended"}  # fmt: skip


def types(facts: list[Fact]) -> list[str]:
    return [fact.type for fact in facts]


def test_a_call_cut_off_in_the_queue_while_a_phone_rings():
    story = Story().arrives().queues().offer(OfferMade, after=3000)
    closing = list(owed("c1", story.facts, START + 5000))
    assert types(closing) == ["offer.cancelled", "queue.left", "contact.ended"]
    assert {fact.at for fact in closing} == {START + 5000}
    fold = folded("c1", [*story.facts, *closing])
    assert fold is not None
    assert fold.settled
    assert (fold.record().outcome, fold.record().sip_code) == ("interrupted", 0)
    assert fold.segments()[0].reason == "system_lost"


def test_a_call_cut_off_in_a_conversation_that_is_on_hold():
    story = Story().arrives().queues().is_answered_by_an_agent().then(HoldStarted, after=10, by="agent")
    closing = list(owed("c1", story.facts, START + 60_000))
    assert types(closing) == ["hold.ended", "talk.ended", "contact.ended"]
    assert getattr(closing[1], "segment", None) == "s1"
    assert getattr(closing[1], "by", None) == "system"


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (OfferAnswered, {}),
        (OfferNoAnswer, {}),
        (OfferRejected, {}),
        (OfferCancelled, {}),
        (OfferFailed, {"sip_code": 500}),
    ],
)
def test_an_offer_that_has_ended_is_not_cancelled(kind: type[Fact], details: dict[str, Any]):
    story = Story().arrives().queues().offer(OfferMade).offer(kind, **details)
    assert types(list(owed("c1", story.facts, START))) == ["queue.left", "contact.ended"]


def test_a_dial_is_cancelled_unless_it_came_to_a_conversation():
    ringing = Story().arrives().then(DialStarted, leg="l1", endpoint="1002")
    (dial, _) = owed("c1", ringing.facts, START)
    assert isinstance(dial, DialEnded)
    assert dial.outcome == "cancelled"
    talking = ringing.then(TalkStarted, leg="l1")
    (_, dial, _) = owed("c1", talking.facts, START)
    assert isinstance(dial, DialEnded)
    assert dial.outcome == "completed"


def test_a_flow_is_left_with_an_error():
    story = Story().arrives().then(FlowEntered, flow="main", version="1")
    assert types(list(owed("c1", story.facts, START))) == ["ivr.exited", "contact.ended"]


def test_wrap_up_after_the_call_is_ended_without_ending_the_call_again():
    *cut, _ = served_call()
    closing = list(owed("c1", cut, 0))
    assert types(closing) == ["acw.ended"]


def test_nothing_is_owed_to_a_contact_that_is_over():
    assert list(owed("c1", served_call(), START + 10**6)) == []


def test_nothing_is_dated_before_the_contacts_own_last_fact():
    story = Story().arrives().queues(after=5000)
    assert {fact.at for fact in owed("c1", story.facts, START)} == {story.at}


@settings(max_examples=200, deadline=None)
@given(lawful(), st.data())
def test_after_a_kill_at_any_moment_every_pair_is_whole_and_the_contact_over(
    facts: list[Fact], data: st.DataObject
):
    known = facts[: data.draw(st.integers(1, len(facts)))]
    closing = list(owed("c1", known, 0))
    whole = [*known, *closing]
    kinds = Counter(types(whole))
    assert sum(kinds[kind] for kind in OPENERS) == sum(kinds[kind] for kind in CLOSERS)
    assert kinds["queue.entered"] == kinds["queue.left"]
    assert kinds["contact.ended"] == 1
    fold = folded("c1", whole)
    assert fold is not None
    assert fold.settled
    assert list(owed("c1", whole, 0)) == []
    assert all(fact.at == known[-1].at for fact in closing)
