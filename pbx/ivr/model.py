"""The interpreter's vocabulary: what comes in, what goes out, and where a caller is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pbx.steps import Dial, JoinQueue, Outcome, Step

Phase: TypeAlias = Literal["playing", "listening", "performing", "finished"]
Match: TypeAlias = Literal["ok", "nomatch", "noinput", "max"]
Result: TypeAlias = Literal["contained", "queue", "dial", "error"]


@dataclass(frozen=True, slots=True)
class Context:
    """What the call knew when the flow began. A calendar that is not named counts as open."""

    caller: str
    dialled: str
    language: str
    identity: str = ""
    open: Mapping[str, bool] = field(default_factory=dict[str, bool])


# Events


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed: 0-9, *, #, A-D. Anything else is dropped."""

    key: str


@dataclass(frozen=True, slots=True)
class PromptEnded:
    """Answers a Play that ran to its end, and quotes its number."""

    number: int


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The state's deadline has come."""


@dataclass(frozen=True, slots=True)
class Performed:
    """Answers a Perform, and quotes its number."""

    number: int
    outcome: Outcome


Event: TypeAlias = Digit | PromptEnded | TimeUp | Performed


# Effects


@dataclass(frozen=True, slots=True)
class Play:
    """Play these prompts one after another, replacing whatever plays now. Names as in "en/main-menu"."""

    number: int
    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopPlaying:
    """Be silent now. The Play is not answered."""


@dataclass(frozen=True, slots=True)
class Perform:
    """Carry out a step while the flow waits; answer with how it ended."""

    number: int
    step: JoinQueue | Dial


@dataclass(frozen=True, slots=True)
class Finish:
    """The flow is over. The call goes on with this step; None when its conversation has been and gone."""

    step: Step | None
    result: Result


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The call speaks this language from now on, in queues and other flows too."""

    language: str


@dataclass(frozen=True, slots=True)
class NoteNode:
    """File that a node was entered (pbx.records.facts.NodeEntered)."""

    node: str


@dataclass(frozen=True, slots=True)
class NoteInput:
    """File what came of a question (pbx.records.facts.InputTaken). "max" follows the last attempt's own."""

    node: str
    match: Match


Effect: TypeAlias = Play | StopPlaying | Perform | Finish | SetLanguage | NoteNode | NoteInput


@dataclass(frozen=True, slots=True)
class State:
    """Where a caller is. What the caller entered, and who the caller is, stays out of its repr."""

    node: str
    language: str
    context: Context = field(repr=False)
    phase: Phase = "listening"
    number: int = 0  # of the latest Play or Perform
    deadline: float | None = None  # when TimeUp is due; only ever set while listening
    attempts: int = 0  # failed at this node's question
    moves: int = 0  # nodes entered since the last key
    digits: str = field(default="", repr=False)  # entered so far at this node
    typed: str = field(default="", repr=False)  # ahead of the next question
    late: str = ""  # the terminator that may still follow a full entry
    variables: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


Progress: TypeAlias = tuple[State, list[Effect]]
