"""Nodes that choose the way without asking the caller: branch, hours, queue_state, set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from pbx.ivr.fields import Name, NodeName, ValueText, VariableName
from pbx.ivr.kinds.node import Edge, Mention, NodeBase, strict, used


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(NodeBase):
    """Go where a value says: a variable, or the call's caller, dialled, identity or language.

    `lists` are asked first, in the order written, each whether it holds the value.
    """

    do: Literal["branch"] = "branch"
    on: VariableName = "caller"
    lists: Annotated[Mapping[Name, NodeName], Field(max_length=20)] = field(default_factory=dict[str, str])
    cases: Mapping[str, NodeName] = field(default_factory=dict[str, str])
    otherwise: NodeName

    def __post_init__(self) -> None:
        if not self.lists and not self.cases:
            raise ValueError('chooses nothing: add cases = { "value" = "node" }, or lists = { vip = "node" }')

    def edges(self) -> Iterator[Edge]:
        for name, target in self.lists.items():
            yield Edge(("lists", name), target, "nothing")
        for case, target in self.cases.items():
            yield Edge(("cases", case), target, "nothing")
        yield Edge(("otherwise",), self.otherwise, "nothing")

    def needs(self) -> Iterator[Mention]:
        yield Mention("branches", self.on, ("on",))
        yield from (Mention("list", name, ("lists", name)) for name in self.lists)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(NodeBase):
    """Go where a calendar says: open or closed at this moment."""

    do: Literal["hours"] = "hours"
    calendar: Name
    open: NodeName
    closed: NodeName

    def edges(self) -> Iterator[Edge]:
        yield Edge(("open",), self.open, "nothing")
        yield Edge(("closed",), self.closed, "nothing")

    def needs(self) -> Iterator[Mention]:
        yield Mention("calendar", self.calendar, ("calendar",))


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState(NodeBase):
    """Go where a queue's state says. An expected wait that is not known is not `at_least` anything."""

    do: Literal["queue_state"] = "queue_state"
    queue: Name
    of: Literal["agents", "waiting", "expected_wait", "longest_wait"]  # the waits in seconds
    at_least: Annotated[float, Field(gt=0, le=86400)]
    then: NodeName
    otherwise: NodeName

    def edges(self) -> Iterator[Edge]:
        yield Edge(("then",), self.then, "nothing")
        yield Edge(("otherwise",), self.otherwise, "nothing")

    def needs(self) -> Iterator[Mention]:
        yield Mention("queue", self.queue, ("queue",))


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Set(NodeBase):
    """Choose the language, or give a variable a value, or both."""

    do: Literal["set"] = "set"
    next: NodeName
    language: Name | None = None
    variable: VariableName | None = None
    value: ValueText | None = None  # "{variable}" in it stands for what the variable holds

    def __post_init__(self) -> None:
        if (self.variable is None) != (self.value is None):
            raise ValueError("variable and value belong together: write both or neither")
        if self.language is None and self.variable is None:
            raise ValueError('sets nothing: add language = "...", or variable = "..." and value = "..."')

    def edges(self) -> Iterator[Edge]:
        yield Edge(("next",), self.next, "nothing")

    def needs(self) -> Iterator[Mention]:
        if self.language is not None:
            yield Mention("language", self.language, ("language",))
        if self.variable is not None and self.value is not None:
            yield Mention("fills", self.variable, ("variable",))
            yield from used("copies", self.value, ("value",))
