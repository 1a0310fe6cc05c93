"""What is owed to a contact that a killed exchange left open: the other half of every pair, and its end."""

from collections.abc import Iterable, Iterator

from pbx.records.facts import (
    ContactEnded,
    DialEnded,
    DialStarted,
    Fact,
    FlowEntered,
    FlowExited,
    HoldEnded,
    HoldStarted,
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
    WrapUpEnded,
    WrapUpStarted,
)
from pbx.steps import Outcome


class _Open:
    """The pairs of one contact that have begun and not ended, innermost first once read."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.last_at = 0
        self.ended = False
        self.holds: dict[str, HoldStarted] = {}
        self.talks: dict[str, TalkStarted] = {}
        self.dials: dict[str, DialStarted] = {}
        self.reached: set[str] = set()  # dialled legs that came to a conversation
        self.offers: dict[str, OfferMade] = {}
        self.queued: dict[str, QueueEntered] = {}
        self.flows: list[FlowEntered] = []
        self.wrapping: dict[str, WrapUpStarted] = {}
        for fact in facts:
            self.last_at = max(self.last_at, fact.at)
            self._open(fact)
            self._close(fact)

    def _open(self, fact: Fact) -> None:
        match fact:
            case HoldStarted():
                self.holds[fact.by] = fact
            case TalkStarted():
                self.talks[fact.leg] = fact
                self.reached.add(fact.leg)
            case DialStarted():
                self.dials[fact.leg] = fact
            case OfferMade():
                self.offers[fact.offer] = fact
            case QueueEntered():
                self.queued[fact.segment] = fact
            case FlowEntered():
                self.flows.append(fact)
            case WrapUpStarted():
                self.wrapping[fact.segment] = fact
            case _:
                pass

    def _close(self, fact: Fact) -> None:
        match fact:
            case HoldEnded():
                self.holds.pop(fact.by, None)
            case TalkEnded():
                self.talks.pop(fact.leg, None)
            case DialEnded():
                self.dials.pop(fact.leg, None)
            case OfferAnswered() | OfferNoAnswer() | OfferRejected() | OfferCancelled() | OfferFailed():
                self.offers.pop(fact.offer, None)
            case QueueLeft():
                self.queued.pop(fact.segment, None)
            case FlowExited() if self.flows:
                self.flows.pop()
            case WrapUpEnded():
                self.wrapping.pop(fact.segment, None)
            case ContactEnded():
                self.ended = True
            case _:
                pass


def owed(contact: str, facts: Iterable[Fact], at: int) -> Iterator[Fact]:
    """The facts that close this contact, in the order a living exchange would have filed them.

    `at` is the exchange's last fact, the last moment it is known to have lived; the contact's own last fact
    where that is later. Nothing is owed to a contact that is over.
    """
    left = _Open(facts)
    at = max(at, left.last_at)
    for hold in left.holds.values():
        yield HoldEnded(at=at, contact=contact, by=hold.by)
    for talk in left.talks.values():
        yield TalkEnded(
            at=at, contact=contact, leg=talk.leg, by="system", segment=talk.segment, agent=talk.agent
        )
    for dial in left.dials.values():
        outcome = Outcome.COMPLETED.value if dial.leg in left.reached else "cancelled"
        yield DialEnded(at=at, contact=contact, leg=dial.leg, endpoint=dial.endpoint, outcome=outcome)
    for made in left.offers.values():
        yield OfferCancelled(
            at=at, contact=contact, segment=made.segment, queue=made.queue, offer=made.offer, agent=made.agent
        )
    for entered in left.queued.values():
        yield QueueLeft(
            at=at, contact=contact, segment=entered.segment, queue=entered.queue, reason="system_lost"
        )
    for flow in reversed(left.flows):
        yield FlowExited(at=at, contact=contact, flow=flow.flow, result="error")
    for wrap in left.wrapping.values():
        yield WrapUpEnded(
            at=at, contact=contact, segment=wrap.segment, queue=wrap.queue, agent=wrap.agent, how="system"
        )
    if not left.ended:
        yield ContactEnded(at=at, contact=contact, by="system", reason="interrupted", sip_code=0)
