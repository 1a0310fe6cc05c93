"""Tells what happened to one contact, moment by moment."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pbx.records.facts import (
    ContactAnswered,
    ContactCreated,
    ContactEnded,
    ContactIdentified,
    Fact,
    OfferAnswered,
    OfferMade,
    OfferRinging,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
    WrapUpStarted,
)

START = 1_700_000_000_000


class Story:
    def __init__(self, contact: str = "c1", at: int = START) -> None:
        self.contact, self.at = contact, at
        self.facts: list[Fact] = []

    def then(self, kind: Callable[..., Fact], *, after: int = 0, **details: Any) -> "Story":
        """One more fact, so many milliseconds after the one before."""
        self.at += after
        self.facts.append(kind(at=self.at, contact=self.contact, **details))
        return self

    def arrives(self, *, answered: bool = True, dnis: str = "700") -> "Story":
        self.then(ContactCreated, dnis=dnis, entry="main number", identity="1001")
        self.then(ContactIdentified, number="+37120000001", name="Anna")
        return self.then(ContactAnswered, after=100) if answered else self

    def queues(self, *, segment: str = "s1", queue: str = "support", after: int = 0) -> "Story":
        return self.then(
            QueueEntered, after=after, segment=segment, queue=queue, source="flow", priority=2, position=3
        )

    def leaves(
        self,
        reason: str,
        *,
        segment: str = "s1",
        queue: str = "support",
        after: int = 0,
        agent: str | None = None,
    ) -> "Story":
        return self.then(QueueLeft, after=after, segment=segment, queue=queue, reason=reason, agent=agent)

    def offer(
        self,
        kind: Callable[..., Fact],
        offer: str = "o1",
        *,
        agent: str = "eva",
        after: int = 0,
        **details: Any,
    ) -> "Story":
        """An offer fact of segment s1."""
        details |= {"segment": "s1", "queue": "support", "offer": offer, "agent": agent}
        return self.then(kind, after=after, **details)

    def is_answered_by_an_agent(self) -> "Story":
        """After 5 s of waiting, of which 3 s ringing."""
        self.offer(OfferMade, after=2000).offer(OfferRinging, after=100).offer(OfferAnswered, after=2900)
        self.leaves("answered", agent="eva")
        return self.then(TalkStarted, leg="l1", segment="s1", agent="eva")

    def stops_talking(self, *, by: str = "customer", after: int = 0) -> "Story":
        return self.then(TalkEnded, after=after, leg="l1", segment="s1", agent="eva", by=by)

    def wraps_up(self, *, seconds: int) -> "Story":
        wrap: dict[str, Any] = {"segment": "s1", "queue": "support", "agent": "eva"}
        self.then(WrapUpStarted, **wrap)
        return self.then(WrapUpEnded, after=seconds * 1000, how="timer", **wrap)

    def ends(
        self, *, by: str = "customer", reason: str = "hung up", code: int = 200, after: int = 0
    ) -> "Story":
        return self.then(ContactEnded, after=after, by=by, reason=reason, sip_code=code)


def served_call(contact: str = "c1", at: int = START) -> Sequence[Fact]:
    """Answered, queued, talked to an agent, ended; wrapped up after the end."""
    story = Story(contact, at).arrives().queues().is_answered_by_an_agent()
    return story.stops_talking(after=60_000).ends().wraps_up(seconds=7).facts


def renamed(facts: Sequence[Fact], suffix: str) -> list[Fact]:
    """The same story of another contact: every identity of the contact gets the suffix."""
    names = ("contact", "segment", "offer", "leg")

    def other(fact: Fact) -> Fact:
        fields = {name: getattr(fact, name, None) for name in names}
        return replace(fact, **{name: value + suffix for name, value in fields.items() if value is not None})

    return [other(fact) for fact in facts]
