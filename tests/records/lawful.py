"""Any course of events that the exchange could file about one contact, however unlikely."""

from collections.abc import Callable

from hypothesis import strategies as st

from pbx.records.facts import (
    ContactAnswered,
    ContactEnded,
    DialEnded,
    DialStarted,
    Fact,
    FlowEntered,
    FlowExited,
    HoldEnded,
    HoldStarted,
    MediaMeasured,
    NodeEntered,
    OfferAnswered,
    OfferFailed,
    OfferMade,
    OfferNoAnswer,
    OfferRejected,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
    WrapUpStarted,
)
from tests.records.story import Story


class _World:
    """What may happen next, and what then has."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.story = Story().arrives(answered=False)
        self.names = 0
        self.segment = self.offer = self.dial = self.talk = self.wrap = ""
        self.served = ""  # the segment whose agent talks
        self.flow = self.answered = self.ended = False
        self.holds: set[str] = set()

    def name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}{self.names}"

    def gap(self) -> int:
        return self.draw(st.integers(0, 5000))

    def possible(self) -> list[Callable[[], object]]:
        if self.ended:
            return [self.wrap_ends, self.measure] if self.wrap else [self.measure]
        free = not (self.segment or self.dial or self.talk or self.flow)
        return [
            *([self.answer] if not self.answered else []),
            *([self.enter_flow, self.enter_queue, self.enter_queue, self.start_dial] if free else []),
            *([self.end] if free and self.names > 2 else []),
            *([self.visit, self.exit_flow] if self.flow else []),
            *([self.leave] if self.segment and not self.offer else []),
            *([self.make_offer] if self.segment and not self.offer else []),
            *([self.refuse, self.agent_answers] if self.offer else []),
            *([self.dial_ends] if self.dial and not self.talk else []),
            *([self.dial_talks] if self.dial and not self.talk else []),
            *([self.talk_ends, self.hold] if self.talk else []),
            *([self.resume] if self.holds else []),
            *([self.wrap_ends] if self.wrap else []),
        ]

    def answer(self) -> None:
        self.answered = True
        self.story.then(ContactAnswered, after=self.gap())

    def enter_flow(self) -> None:
        self.flow = True
        self.story.then(FlowEntered, after=self.gap(), flow="main", version="1")

    def visit(self) -> None:
        node = self.draw(st.sampled_from(["menu", "hours"]))
        self.story.then(NodeEntered, after=self.gap(), flow="main", node=node)

    def exit_flow(self) -> None:
        self.flow = False
        self.story.then(FlowExited, after=self.gap(), flow="main", result="queue")

    def enter_queue(self) -> None:
        self.segment = self.name("s")
        queue = self.draw(st.sampled_from(["support", "sales"]))
        self.story.queues(segment=self.segment, queue=queue, after=self.gap())

    def leave(self) -> None:
        reason = self.draw(st.sampled_from(["abandoned", "overflow", "timeout", "exit_key"]))
        self.story.then(QueueLeft, after=self.gap(), segment=self.segment, queue="support", reason=reason)
        self.segment = ""

    def make_offer(self) -> None:
        self.offer = self.name("o")
        self._offer(OfferMade)

    def _offer(self, kind: type[Fact], **details: object) -> None:
        self.story.then(
            kind,
            after=self.gap(),
            segment=self.segment,
            queue="support",
            offer=self.offer,
            agent="eva",
            **details,
        )

    def refuse(self) -> None:
        kind = self.draw(st.sampled_from([OfferRejected, OfferNoAnswer, OfferFailed]))
        self._offer(kind, **({"sip_code": 500} if kind is OfferFailed else {}))
        self.offer = ""

    def agent_answers(self) -> None:
        self._offer(OfferAnswered)
        self.offer = ""
        self.story.then(QueueLeft, segment=self.segment, queue="support", reason="answered", agent="eva")
        self.served, self.segment = self.segment, ""
        self.talk = self.name("l")
        self.story.then(TalkStarted, leg=self.talk, segment=self.served, agent="eva")

    def start_dial(self) -> None:
        self.dial = self.name("l")
        self.story.then(DialStarted, after=self.gap(), leg=self.dial, endpoint="1002")

    def dial_ends(self) -> None:
        self.story.then(DialEnded, after=self.gap(), leg=self.dial, endpoint="1002", outcome="busy")
        self.dial = ""

    def dial_talks(self) -> None:
        self.talk, self.served = self.dial, ""
        self.story.then(TalkStarted, after=self.gap(), leg=self.talk)

    def talk_ends(self) -> None:
        agent = "eva" if self.served else None
        self.story.then(
            TalkEnded,
            after=self.gap(),
            leg=self.talk,
            by="customer",
            segment=self.served or None,
            agent=agent,
        )
        self.talk = ""
        if self.served and not self.wrap:
            self.wrap = self.served
            self.story.then(WrapUpStarted, segment=self.wrap, queue="support", agent="eva")
        self.served = ""

    def hold(self) -> None:
        by = self.draw(st.sampled_from(["customer", "agent", "callee"]))
        if by not in self.holds:
            self.holds.add(by)
            self.story.then(HoldStarted, after=self.gap(), by=by)

    def resume(self) -> None:
        by = self.draw(st.sampled_from(sorted(self.holds)))
        self.holds.discard(by)
        self.story.then(HoldEnded, after=self.gap(), by=by)

    def wrap_ends(self) -> None:
        self.story.then(
            WrapUpEnded, after=self.gap(), segment=self.wrap, queue="support", agent="eva", how="agent"
        )
        self.wrap = ""

    def measure(self) -> None:
        self.story.then(
            MediaMeasured, after=self.gap(), leg="l0", sent=1, received=1, lost=0, jitter_ms=self.gap() / 7
        )

    def end(self) -> None:
        while self.holds:
            self.resume()
        self.ended = True
        self.story.then(ContactEnded, after=self.gap(), by="customer", reason="hung up", sip_code=200)


@st.composite
def lawful(draw: st.DrawFn) -> list[Fact]:
    """One contact's facts from its arrival to any moment of its life, or a little after it."""
    world = _World(draw)
    for _ in range(draw(st.integers(0, 40))):
        draw(st.sampled_from(world.possible()))()
    return world.story.facts
