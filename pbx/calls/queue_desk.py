"""The queue desk on a running loop."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, assert_never

from pbx.acd.desk import Desk
from pbx.acd.model import (
    AgentPauses,
    AgentResumes,
    AgentSignsIn,
    AgentSignsOut,
    CallerJoined,
    CallerLeft,
    Connect,
    ConversationEnded,
    Effect,
    Event,
    GiveBack,
    Offer,
    State,
    StateChanged,
    Withdraw,
)
from pbx.acd.waits import Waits
from pbx.clock import Clock
from pbx.driver import Driver
from pbx.records.facts import AgentSignedIn, AgentSignedOut, AgentStateChanged, WrapUpEnded, WrapUpStarted

Notice: TypeAlias = Offer | Withdraw | GiveBack | Connect
Source: TypeAlias = Literal["phone", "cli", "api", "system"]
MAILBOX = 64  # notices one waiting caller can have unread


@dataclass(frozen=True, slots=True)
class Conversation:
    """What an offer became, kept until the agent's wrap-up is over."""

    contact: str
    segment: str
    queue: str
    agent: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A queue now. Waits are seconds; `expected_wait` is a newcomer's, None while nobody can tell."""

    agents: int  # signed in
    waiting: int
    longest_wait: float
    expected_wait: float | None


class Visit:
    """One caller's stay in one queue: what the desk has decided about it, in order."""

    def __init__(self, contact: str, segment: str) -> None:
        self.contact, self.segment = contact, segment
        self.joined, self.place = 0.0, 1  # when, and behind how many
        self._notices: asyncio.Queue[Notice] = asyncio.Queue(MAILBOX)

    def tell(self, notice: Notice) -> None:
        self._notices.put_nowait(notice)

    async def next(self) -> Notice:
        return await self._notices.get()


class QueueDesk:
    """Tells the desk what happens, each caller what the desk decided, and the journal what agents do."""

    def __init__(self, desk: Desk, clock: Clock, file: Callable[..., None]) -> None:
        """`file(kind, **details)` appends a fact dated now."""
        self._desk, self._file = desk, file
        self._driver: Driver[Effect] = Driver(desk, self._deliver, clock)
        self._visits: dict[str, Visit] = {}
        self._conversations: dict[str, Conversation] = {}
        self._states: dict[str, State] = {}
        self._clock, self._waits = clock, defaultdict[str, Waits](Waits)
        self._source: Source = "system"

    @property
    def view(self) -> Desk:
        """For those who only look: the CLI, announcements, tests."""
        return self._desk

    def figures(self, queue: str) -> Figures:
        """What a flow may decide by."""
        waiting, since, now = self._desk.length(queue), self._desk.longest_waiting(queue), self._clock.now()
        return Figures(
            agents=self._desk.signed_in(queue),
            waiting=waiting,
            longest_wait=0.0 if since is None else now - since,
            expected_wait=self._waits[queue].expected(waiting + 1),
        )

    def tell(self, event: Event, source: Source = "system") -> None:
        self._source = source
        try:
            self._driver.feed(lambda now: self._desk.handle(event, now))
        finally:
            self._source = "system"

    def sign_in(self, agent: str, device: str, source: Source) -> None:
        if self._states.get(agent, State.SIGNED_OUT) is State.SIGNED_OUT:
            self._file(AgentSignedIn, agent=agent, device=device)
        self.tell(AgentSignsIn(agent), source)

    def sign_out(self, agent: str, source: Source) -> None:
        self.tell(AgentSignsOut(agent), source)

    def pause(self, agent: str, reason: str, source: Source) -> None:
        self.tell(AgentPauses(agent, reason), source)

    def resume(self, agent: str, source: Source) -> None:
        self.tell(AgentResumes(agent), source)

    @asynccontextmanager
    async def waiting(
        self, visit: Visit, queue: str, priority: int, credit: float = 0.0
    ) -> AsyncGenerator[None]:
        """In the queue while the block lasts, or until the desk connects the caller or gives it back."""
        self._visits[visit.contact] = visit
        visit.joined, visit.place = self._clock.now(), self._desk.length(queue) + 1
        try:
            self.tell(CallerJoined(visit.contact, queue, priority, credit))
            yield
        finally:
            del self._visits[visit.contact]
            self.tell(CallerLeft(visit.contact))

    def conversation_over(self, offer: str) -> None:
        self.tell(ConversationEnded(offer))
        agent = self._conversations[offer].agent
        if self._states[agent] is not State.WRAP_UP:  # none is due
            del self._conversations[offer]

    def stop(self) -> None:
        self._driver.stop()

    def at_rest(self) -> list[str]:
        held = [f"visit {name}" for name in self._visits]
        held += [f"conversation {offer}" for offer in self._conversations]
        return held + self._desk.at_rest()

    def _deliver(self, effect: Effect) -> None:
        match effect:
            case StateChanged():
                self._note_state(effect)
            case Offer() | Withdraw() | GiveBack() | Connect():
                visit = self._visits.get(effect.contact)
                if visit is None:
                    return
                if isinstance(effect, Connect):
                    self._waits[effect.queue].served(visit.place, self._clock.now() - visit.joined)
                    conversation = Conversation(effect.contact, visit.segment, effect.queue, effect.agent)
                    self._conversations[effect.offer] = conversation
                visit.tell(effect)
            case _:
                assert_never(effect)

    def _note_state(self, change: StateChanged) -> None:
        before = self._states.get(change.agent, State.SIGNED_OUT)
        self._states[change.agent] = change.state
        if change.state is State.WRAP_UP:
            self._file(WrapUpStarted, **self._wrapped(change.offer))
        elif before is State.WRAP_UP:
            self._end_wrap_up(change.agent)
        if change.state is State.SIGNED_OUT:
            self._file(AgentSignedOut, agent=change.agent)
        else:
            self._file(
                AgentStateChanged,
                agent=change.agent,
                state=change.state.value,
                reason=change.reason,
                source=self._source,
            )

    def _wrapped(self, offer: str) -> dict[str, Any]:
        talk = self._conversations[offer]
        return {"contact": talk.contact, "segment": talk.segment, "queue": talk.queue, "agent": talk.agent}

    def _end_wrap_up(self, agent: str) -> None:
        how = "timer" if self._source == "system" else "agent"
        for offer in [offer for offer, talk in self._conversations.items() if talk.agent == agent]:
            self._file(WrapUpEnded, how=how, **self._wrapped(offer))
            del self._conversations[offer]
