"""Nodes that bring the caller to somebody: queue, dial, bot, callback."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from pbx.ivr.fields import PLACEHOLDER, Endpoints, Name, NodeName, Seconds, ValueText
from pbx.ivr.kinds.node import Edge, Mention, NodeBase, exits, strict, used
from pbx.steps import Outcome


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(NodeBase):
    """Wait for an agent. A caller the queue gives back moves on.

    A conversation that the agent ends leads to `next`; without it the call is then over.
    """

    do: Literal["queue"] = "queue"
    queue: Name
    otherwise: NodeName  # whatever way of coming back has no node of its own
    priority: Annotated[int, Field(strict=True, ge=-100, le=100)] = 0
    next: NodeName | None = None
    overflow: NodeName | None = None  # waited long enough
    no_agents: NodeName | None = None
    queue_full: NodeName | None = None

    def after(self, outcome: Outcome) -> str:
        """Where a caller goes whom the queue gave back for this reason."""
        target = {
            Outcome.WAITED_ENOUGH: self.overflow,
            Outcome.NO_AGENTS: self.no_agents,
            Outcome.QUEUE_FULL: self.queue_full,
        }.get(outcome)
        return target or self.otherwise

    def edges(self) -> Iterator[Edge]:
        return exits(
            next=self.next,
            overflow=self.overflow,
            no_agents=self.no_agents,
            queue_full=self.queue_full,
            otherwise=self.otherwise,
        )

    def needs(self) -> Iterator[Mention]:
        yield Mention("queue", self.queue, ("queue",))


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Dial(NodeBase):
    """Ring endpoints, "{variable}" standing for digits collected.

    A conversation that the other side ends leads to `next`; without it the call is then over.
    """

    do: Literal["dial"] = "dial"
    to: Endpoints
    otherwise: NodeName  # whatever failure has no node of its own
    ring_for: Seconds = 30.0
    next: NodeName | None = None
    busy: NodeName | None = None
    no_answer: NodeName | None = None
    declined: NodeName | None = None
    unreachable: NodeName | None = None

    def after(self, outcome: Outcome) -> str:
        """Where a caller goes when nobody was reached for this reason."""
        target = {
            Outcome.BUSY: self.busy,
            Outcome.NO_ANSWER: self.no_answer,
            Outcome.DECLINED: self.declined,
            Outcome.UNREACHABLE: self.unreachable,
        }.get(outcome)
        return target or self.otherwise

    def edges(self) -> Iterator[Edge]:
        yield from exits(
            next=self.next,
            busy=self.busy,
            no_answer=self.no_answer,
            declined=self.declined,
            unreachable=self.unreachable,
            otherwise=self.otherwise,
        )
        if any(PLACEHOLDER.search(endpoint) for endpoint in self.to):
            yield self._exit_of_nothing_collected()

    def _exit_of_nothing_collected(self) -> Edge:
        """A variable without a value dials nobody, and takes no time over it."""
        path = "otherwise" if self.unreachable is None else "unreachable"
        return Edge((path,), self.after(Outcome.UNREACHABLE), "nothing")

    def needs(self) -> Iterator[Mention]:
        for endpoint in self.to:
            if PLACEHOLDER.search(endpoint):
                yield from used("dials", endpoint, ("to",))
            else:
                yield Mention("endpoint", endpoint, ("to",))


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Bot(NodeBase):
    """Let a bot talk with the caller. Its slots become variables of the same name."""

    do: Literal["bot"] = "bot"
    bot: Name
    exits: Mapping[Name, NodeName] = field(default_factory=dict[str, str])  # by what the caller wants
    operator: NodeName  # the caller asked for a person
    otherwise: NodeName  # the bot failed, or the caller wants something without an exit

    def edges(self) -> Iterator[Edge]:
        for intent, target in self.exits.items():
            yield Edge(("exits", intent), target, "outcome")
        yield from exits(operator=self.operator, otherwise=self.otherwise)

    def needs(self) -> Iterator[Mention]:
        yield Mention("bot", self.bot, ("bot",))


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(NodeBase):
    """Promise the caller a call from the queue's agents. A number nobody could dial leads to `otherwise`."""

    do: Literal["callback"] = "callback"
    queue: Name
    next: NodeName
    otherwise: NodeName
    number: ValueText = "{caller}"

    def edges(self) -> Iterator[Edge]:
        yield Edge(("next",), self.next, "nothing")
        yield Edge(("otherwise",), self.otherwise, "nothing")

    def needs(self) -> Iterator[Mention]:
        yield Mention("queue", self.queue, ("queue",))
        yield from used("files", self.number, ("number",))
