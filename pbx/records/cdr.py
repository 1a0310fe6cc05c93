"""The call detail records: one row per contact and one per queue visit, folded from facts."""

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from pbx.records.bot_facts import BotEnded, BotHandover, BotTurn
from pbx.records.facts import (
    CallbackRequested,
    ContactAnswered,
    ContactAttribute,
    ContactCreated,
    ContactEnded,
    ContactIdentified,
    DialEnded,
    DialStarted,
    Fact,
    FlowEntered,
    FlowExited,
    HoldEnded,
    HoldStarted,
    InputTaken,
    LookupEnded,
    MediaMeasured,
    MessageDeleted,
    MessageRecorded,
    NodeEntered,
    OfferAnswered,
    OfferCancelled,
    OfferFailed,
    OfferMade,
    OfferNoAnswer,
    OfferRejected,
    OfferRinging,
    QueueAnnounced,
    QueueEntered,
    QueueLeft,
    SurveyAnswered,
    SurveyCompleted,
    SurveyDeclined,
    SurveyOffered,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
    WrapUpStarted,
)

PATH_LIMIT = 64  # nodes of a flow path that are kept: a caller can walk a menu in circles all day

# Facts that change no record. They may come late, and need not find the contact's other facts.
SILENT: frozenset[type[Fact]] = frozenset(
    {
        BotEnded, BotHandover, BotTurn, CallbackRequested, ContactAttribute, ContactIdentified, DialEnded,
        FlowEntered, FlowExited, InputTaken, LookupEnded, MediaMeasured, MessageDeleted, MessageRecorded,
        OfferRinging, QueueAnnounced, SurveyAnswered, SurveyCompleted, SurveyDeclined, SurveyOffered,
    }
)  # fmt: skip

ContactOutcome: TypeAlias = Literal[
    "active",  # not over yet
    "agent",  # talked to an agent whom a queue found
    "connected",  # talked to a dialled party
    "abandoned",  # hung up while waiting in a queue
    "unserved",  # was answered or queued, wanted a person, and got none
    "self_service",  # answered by the exchange, and never asked for a person
    "unanswered",  # ended before it was answered
    "interrupted",  # the exchange was killed
]


class ContactRecord(NamedTuple):
    """One customer's call. Times are Unix milliseconds; durations milliseconds, of finished spans only."""

    contact: str
    state: Literal["active", "ended"]
    channel: str
    direction: str
    dnis: str
    entry: str
    identity: str
    arrived: int
    answered: int | None
    ended: int | None
    duration_ms: int
    billable_ms: int
    wait_ms: int
    talk_ms: int
    hold_ms: int
    queues: str
    agent: str | None
    path: str
    outcome: ContactOutcome
    by: str | None
    reason: str | None
    sip_code: int | None


class SegmentRecord(NamedTuple):
    """One visit to one queue. `state` is closed once nothing can change it: left, talked and wrapped up."""

    contact: str
    segment: str
    queue: str
    state: Literal["open", "closed"]
    source: str
    priority: int
    position: int
    entered: int
    left: int | None
    wait_ms: int
    reason: str | None
    agent: str | None
    offers: int
    unanswered: int
    ring_ms: int
    talk_ms: int
    hold_ms: int
    acw_ms: int


_SegmentFact: TypeAlias = (
    QueueLeft
    | OfferMade
    | OfferAnswered
    | OfferNoAnswer
    | OfferRejected
    | OfferCancelled
    | OfferFailed
    | WrapUpStarted
    | WrapUpEnded
)


class _SegmentFold:
    __slots__ = (
        "acw_ms", "acw_since", "entered", "hold_ms", "left", "offers", "ring_ms", "ringing",
        "talk_ms", "talks", "unanswered",
    )  # fmt: skip

    def __init__(self, entered: QueueEntered) -> None:
        self.entered = entered
        self.left: QueueLeft | None = None
        self.ringing: dict[str, int] = {}
        self.acw_since: int | None = None
        self.offers = self.unanswered = self.talks = 0
        self.ring_ms = self.talk_ms = self.hold_ms = self.acw_ms = 0

    def apply(self, fact: _SegmentFact) -> None:
        match fact:
            case QueueLeft():
                self.left = fact
            case OfferMade():
                self.offers += 1
                self.ringing[fact.offer] = fact.at
            case WrapUpStarted():
                self.acw_since = fact.at
            case WrapUpEnded():
                if self.acw_since is not None:
                    self.acw_ms += fact.at - self.acw_since
                    self.acw_since = None
            case OfferAnswered() | OfferNoAnswer() | OfferRejected() | OfferCancelled() | OfferFailed():
                self.unanswered += isinstance(fact, OfferNoAnswer)
                self.ring_ms += fact.at - self.ringing.pop(fact.offer, fact.at)

    @property
    def wait_ms(self) -> int:
        return self.left.at - self.entered.at if self.left else 0

    @property
    def closed(self) -> bool:
        return self.left is not None and not self.ringing and not self.talks and self.acw_since is None

    def record(self) -> SegmentRecord:
        entered, left = self.entered, self.left
        return SegmentRecord(
            contact=entered.contact,
            segment=entered.segment,
            queue=entered.queue,
            state="closed" if self.closed else "open",
            source=entered.source,
            priority=entered.priority,
            position=entered.position,
            entered=entered.at,
            left=left.at if left else None,
            wait_ms=self.wait_ms,
            reason=left.reason if left else None,
            agent=left.agent if left else None,
            offers=self.offers,
            unanswered=self.unanswered,
            ring_ms=self.ring_ms,
            talk_ms=self.talk_ms,
            hold_ms=self.hold_ms,
            acw_ms=self.acw_ms,
        )


class _Talk(NamedTuple):
    began: int
    held: int  # what _held said then
    segment: str | None


class ContactFold:
    """The facts of one contact, folded as they come; its records can be read after any of them.

    A contact whose contact.created is missing counts as arrived with the first fact there is.
    """

    __slots__ = (
        "_agent",
        "_answered",
        "_arrived",
        "_contact",
        "_created",
        "_dials",
        "_ended",
        "_held_before",
        "_held_since",
        "_hold_ms",
        "_holders",
        "_path",
        "_segments",
        "_talk_ms",
        "_talked",
        "_talks",
    )  # fmt: skip

    def __init__(self, contact: str, arrived: int) -> None:
        self._contact, self._arrived = contact, arrived
        self._created: ContactCreated | None = None
        self._ended: ContactEnded | None = None
        self._answered: int | None = None
        self._agent: str | None = None
        self._talked = False
        self._dials = self._talk_ms = self._hold_ms = 0
        self._path: list[str] = []
        self._segments: dict[str, _SegmentFold] = {}
        self._talks: dict[str, _Talk] = {}
        self._holders: set[str] = set()
        self._held_before = self._held_since = 0

    def apply(self, fact: Fact) -> None:
        match fact:
            case ContactCreated():
                self._created = fact
            case ContactAnswered():
                self._answered = fact.at if self._answered is None else self._answered
            case ContactEnded():
                self._ended = fact
            case NodeEntered():
                if len(self._path) < PATH_LIMIT:
                    self._path.append(f"{fact.flow}/{fact.node}")
            case DialStarted():
                self._dials += 1
            case QueueEntered():
                self._segments[fact.segment] = _SegmentFold(fact)
            case TalkStarted() | TalkEnded():
                self._talk(fact)
            case HoldStarted() | HoldEnded():
                self._hold(fact)
            case (
                QueueLeft() | OfferMade() | OfferAnswered() | OfferNoAnswer() | OfferRejected()
                | OfferCancelled() | OfferFailed() | WrapUpStarted() | WrapUpEnded()
            ):  # fmt: skip
                if segment := self._segments.get(fact.segment):
                    segment.apply(fact)
            case _:
                pass

    def _talk(self, fact: TalkStarted | TalkEnded) -> None:
        if isinstance(fact, TalkStarted):
            self._talked = True
            self._agent = fact.agent or self._agent
            self._talks[fact.leg] = _Talk(fact.at, self._held(fact.at), fact.segment)
            if segment := self._segments.get(fact.segment or ""):
                segment.talks += 1
        elif talk := self._talks.pop(fact.leg, None):
            held = self._held(fact.at) - talk.held
            talked = fact.at - talk.began - held
            self._talk_ms += talked
            self._hold_ms += held
            if segment := self._segments.get(talk.segment or ""):
                segment.talks -= 1
                segment.talk_ms += talked
                segment.hold_ms += held

    def _hold(self, fact: HoldStarted | HoldEnded) -> None:
        """The contact is on hold while any party holds; two at once count once."""
        held = self._held(fact.at)
        if isinstance(fact, HoldStarted):
            self._holders.add(fact.by)
        else:
            self._holders.discard(fact.by)
        self._held_before, self._held_since = held, fact.at

    def _held(self, at: int) -> int:
        """Milliseconds on hold up to this moment. A talk's share is the difference between its two ends."""
        return self._held_before + (at - self._held_since if self._holders else 0)

    @property
    def settled(self) -> bool:
        """Over, with nothing owed: only a late wrap-up could still change a record."""
        return (
            self._ended is not None
            and not self._talks
            and all(segment.closed for segment in self._segments.values())
        )

    @property
    def _outcome(self) -> ContactOutcome:
        ended, segments = self._ended, list(self._segments.values())
        if ended is None:
            return "active"
        if ended.by == "system" and ended.reason == "interrupted":
            return "interrupted"
        if self._talked:
            return "agent" if self._agent else "connected"
        if segments and (left := segments[-1].left) and left.reason == "abandoned":
            return "abandoned"
        if segments or (self._dials and self._answered is not None):
            return "unserved"
        return "unanswered" if self._answered is None else "self_service"

    def record(self) -> ContactRecord:
        created, ended, answered = self._created, self._ended, self._answered
        segments = self._segments.values()
        return ContactRecord(
            contact=self._contact,
            state="active" if ended is None else "ended",
            channel=created.channel if created else "voice",
            direction=created.direction if created else "inbound",
            dnis=created.dnis if created else "",
            entry=created.entry if created else "",
            identity=created.identity if created else "",
            arrived=self._arrived,
            answered=answered,
            ended=ended.at if ended else None,
            duration_ms=ended.at - self._arrived if ended else 0,
            billable_ms=ended.at - answered if ended and answered is not None else 0,
            wait_ms=sum(segment.wait_ms for segment in segments),
            talk_ms=self._talk_ms,
            hold_ms=self._hold_ms,
            queues=",".join(segment.entered.queue for segment in segments),
            agent=self._agent,
            path=" ".join(self._path),
            outcome=self._outcome,
            by=ended.by if ended else None,
            reason=ended.reason if ended else None,
            sip_code=ended.sip_code if ended else None,
        )

    def segments(self) -> list[SegmentRecord]:
        """In the order the queues were entered."""
        return [segment.record() for segment in self._segments.values()]


def folded(contact: str, facts: Iterable[Fact]) -> ContactFold | None:
    """Every fact of one contact, in the order they were appended; None where there is none."""
    fold: ContactFold | None = None
    for fact in facts:
        fold = fold or ContactFold(contact, fact.at)
        fold.apply(fact)
    return fold
