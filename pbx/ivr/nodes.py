"""The kinds of node a flow is made of: as written in TOML, checked by pydantic, frozen ever after.

A new kind is a class here, its name in `Node`, and a case in `pbx.ivr.interpreter`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, get_args

from pydantic import ConfigDict, Field, StrictBool, with_config

from pbx.ivr.fields import (
    PLACEHOLDER,
    Attempts,
    Digits,
    Endpoints,
    Key,
    Name,
    NodeName,
    Prompts,
    Question,
    Seconds,
    Terminator,
    VariableName,
)
from pbx.steps import Outcome

Path: TypeAlias = tuple[str, ...]


class Edge(NamedTuple):
    """A way out of a node. `path` is where the node's table names its `target`."""

    path: Path
    target: str
    after: Literal["nothing", "key", "silence", "outcome"]  # what must happen first


class Mention(NamedTuple):
    """Something a node needs that is defined elsewhere. `path` is inside the node's table."""

    what: Literal[
        "prompt", "queue", "flow", "calendar", "language", "endpoint",  # names of other things
        "fills", "hides", "branches", "speaks", "dials",  # what is done with a variable
    ]  # fmt: skip
    name: str
    path: Path


_strict = with_config(ConfigDict(extra="forbid"))


class _Node:
    __slots__ = ()

    def edges(self) -> Iterator[Edge]:
        """Every way out of the node."""
        return iter(())

    def mentions(self) -> Iterator[Mention]:
        """Everything the node needs from elsewhere, prompts included."""
        return iter(())


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Say(_Node):
    """Play prompts, then move on. A key cuts them short and counts for the next question."""

    do: Literal["say"] = "say"
    prompt: Prompts
    next: NodeName
    interruptible: StrictBool = True

    def edges(self) -> Iterator[Edge]:
        yield Edge(("next",), self.next, "nothing")

    def mentions(self) -> Iterator[Mention]:
        yield from _spoken(prompt=self.prompt)


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(_Node):
    """Ask for one key. Silence and wrong keys count as attempts."""

    do: Literal["menu"] = "menu"
    prompt: Question
    keys: Annotated[Mapping[Key, NodeName], Field(min_length=1)]
    otherwise: NodeName
    attempts: Attempts = 3
    patience: Seconds = 5.0  # of silence after the prompt
    invalid: Prompts | None = None  # said before the prompt after a wrong key
    silence: Prompts | None = None  # said before the prompt after silence
    interruptible: StrictBool = True

    def edges(self) -> Iterator[Edge]:
        for key, target in self.keys.items():
            yield Edge(("keys", key), target, "key")
        yield Edge(("otherwise",), self.otherwise, "silence")

    def mentions(self) -> Iterator[Mention]:
        yield from _spoken(prompt=self.prompt, invalid=self.invalid, silence=self.silence)


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(_Node):
    """Ask for several keys and keep them in a variable.

    Ends at `max_digits`, at the terminator, or after `patience` seconds of silence. `secure` digits must not
    be spoken, dialled or shown.
    """

    do: Literal["collect"] = "collect"
    prompt: Question
    variable: VariableName
    next: NodeName
    otherwise: NodeName
    min_digits: Digits = 1
    max_digits: Digits = 32
    terminator: Terminator = "#"
    attempts: Attempts = 3
    patience: Seconds = 5.0  # of silence after the prompt, and after every key
    invalid: Prompts | None = None
    silence: Prompts | None = None
    secure: StrictBool = False
    interruptible: StrictBool = True

    def __post_init__(self) -> None:
        if self.min_digits > self.max_digits:
            raise ValueError("min_digits is more than max_digits: nothing could ever be entered")

    def edges(self) -> Iterator[Edge]:
        yield Edge(("next",), self.next, "key")
        yield Edge(("otherwise",), self.otherwise, "silence")

    def mentions(self) -> Iterator[Mention]:
        yield from _spoken(prompt=self.prompt, invalid=self.invalid, silence=self.silence)
        yield Mention("fills", self.variable, ("variable",))
        if self.secure:
            yield Mention("hides", self.variable, ("secure",))


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(_Node):
    """Go where a value says: a variable, or the call's caller, dialled, identity or language."""

    do: Literal["branch"] = "branch"
    on: VariableName
    cases: Annotated[Mapping[str, NodeName], Field(min_length=1)]
    otherwise: NodeName

    def edges(self) -> Iterator[Edge]:
        for case, target in self.cases.items():
            yield Edge(("cases", case), target, "nothing")
        yield Edge(("otherwise",), self.otherwise, "nothing")

    def mentions(self) -> Iterator[Mention]:
        yield Mention("branches", self.on, ("on",))


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(_Node):
    """Go where a calendar says: open or closed when the flow began."""

    do: Literal["hours"] = "hours"
    calendar: Name
    open: NodeName
    closed: NodeName

    def edges(self) -> Iterator[Edge]:
        yield Edge(("open",), self.open, "nothing")
        yield Edge(("closed",), self.closed, "nothing")

    def mentions(self) -> Iterator[Mention]:
        yield Mention("calendar", self.calendar, ("calendar",))


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Set(_Node):
    """Choose the language, or give a variable a value, or both."""

    do: Literal["set"] = "set"
    next: NodeName
    language: Name | None = None
    variable: VariableName | None = None
    value: Annotated[str, Field(max_length=64)] | None = None

    def __post_init__(self) -> None:
        if (self.variable is None) != (self.value is None):
            raise ValueError("variable and value belong together: write both or neither")
        if self.language is None and self.variable is None:
            raise ValueError('sets nothing: add language = "...", or variable = "..." and value = "..."')

    def edges(self) -> Iterator[Edge]:
        yield Edge(("next",), self.next, "nothing")

    def mentions(self) -> Iterator[Mention]:
        if self.language is not None:
            yield Mention("language", self.language, ("language",))
        if self.variable is not None:
            yield Mention("fills", self.variable, ("variable",))


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(_Node):
    """Wait for an agent. After the conversation the call is over; a caller the queue gives back moves on."""

    do: Literal["queue"] = "queue"
    queue: Name
    otherwise: NodeName  # whatever way of coming back has no node of its own
    priority: Annotated[int, Field(strict=True, ge=-100, le=100)] = 0
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
        yield from _exits(
            overflow=self.overflow,
            no_agents=self.no_agents,
            queue_full=self.queue_full,
            otherwise=self.otherwise,
        )

    def mentions(self) -> Iterator[Mention]:
        yield Mention("queue", self.queue, ("queue",))


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Dial(_Node):
    """Ring endpoints, "{variable}" standing for digits collected. After the conversation the call is over."""

    do: Literal["dial"] = "dial"
    to: Endpoints
    otherwise: NodeName  # whatever failure has no node of its own
    ring_for: Seconds = 30.0
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
        yield from _exits(
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

    def mentions(self) -> Iterator[Mention]:
        for endpoint in self.to:
            variables = PLACEHOLDER.findall(endpoint)
            yield from (Mention("dials", variable, ("to",)) for variable in variables)
            if not variables:
                yield Mention("endpoint", endpoint, ("to",))


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Goto(_Node):
    """Go on in another flow, and do not come back."""

    do: Literal["flow"] = "flow"
    flow: Name

    def mentions(self) -> Iterator[Mention]:
        yield Mention("flow", self.flow, ("flow",))


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(_Node):
    """Say goodbye, to the end, and hang up."""

    do: Literal["hangup"] = "hangup"
    prompt: Prompts | None = None

    def mentions(self) -> Iterator[Mention]:
        yield from _spoken(prompt=self.prompt)


Node: TypeAlias = Say | Menu | Collect | Branch | Hours | Set | Queue | Dial | Goto | Hangup
KINDS: Mapping[str, Any] = {str(fields(kind)[0].default): kind for kind in get_args(Node)}


def _spoken(**fields: tuple[str, ...] | None) -> Iterator[Mention]:
    for field, prompts in fields.items():
        for prompt in prompts or ():
            variable = PLACEHOLDER.fullmatch(prompt)
            yield (
                Mention("speaks", variable[1], (field,)) if variable else Mention("prompt", prompt, (field,))
            )


def _exits(**fields: str | None) -> Iterator[Edge]:
    return (Edge((field,), target, "outcome") for field, target in fields.items() if target is not None)
