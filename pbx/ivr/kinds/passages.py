"""Nodes that leave the flow: to another one, back from it, or out of the call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from pbx.ivr.fields import Name, NodeName, Prompts, ValueText, VariableName
from pbx.ivr.kinds.node import Edge, Mention, NodeBase, Spoken, spoken, strict, used


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Goto(NodeBase):
    """Go on in another flow. With `next` that flow may come back here; without it, it never does.

    The other flow has variables of its own: it is given those of `with`, and `fills` takes its results.
    """

    do: Literal["flow"] = "flow"
    flow: Name
    with_: Annotated[Mapping[VariableName, ValueText], Field(alias="with", max_length=20)] = field(
        default_factory=dict[str, str]
    )
    next: NodeName | None = None
    fills: Annotated[Mapping[VariableName, VariableName], Field(max_length=20)] = field(
        default_factory=dict[str, str]
    )  # a variable of ours -> a result of theirs

    def __post_init__(self) -> None:
        if self.fills and self.next is None:
            raise ValueError("a flow that does not come back has no results: add next, or remove fills")

    def edges(self) -> Iterator[Edge]:
        if self.next is not None:
            yield Edge(("next",), self.next, "return")

    def needs(self) -> Iterator[Mention]:
        yield Mention("flow", self.flow, ("flow",))
        for name, value in self.with_.items():
            yield from used("copies", value, ("with", name))
        yield from (Mention("fills", variable, ("fills", variable)) for variable in self.fills)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Return(NodeBase):
    """Go back to the flow that this one was called from; hang up where there is none."""

    do: Literal["return"] = "return"


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(NodeBase):
    """Say goodbye, to the end, and hang up."""

    do: Literal["hangup"] = "hangup"
    prompt: Prompts | None = None

    def prompts(self) -> Iterator[Spoken]:
        return spoken(prompt=self.prompt)
