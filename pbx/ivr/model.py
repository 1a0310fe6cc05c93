"""The interpreter's vocabulary: what comes in, what goes out, and where a caller is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pbx.ivr.tasks import Task
from pbx.steps import Hangup, Outcome

Phase: TypeAlias = Literal["playing", "listening", "performing", "finished"]
Match: TypeAlias = Literal["ok", "nomatch", "noinput", "max"]
Result: TypeAlias = Literal["contained", "queue", "dial", "error"]
MASK = "***"  # what is shown of a secret


@dataclass(frozen=True, slots=True)
class Context:
    """What the call knows of itself. `first_language` is the one of texts that name none."""

    caller: str
    dialled: str
    language: str
    identity: str = ""
    first_language: str = ""  # "": the language the flow began in


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
    """Answers a Perform, and quotes its number. `values` are described with each task."""

    number: int
    outcome: Outcome
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


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
    """Carry out a task while the flow waits; answer with how it ended."""

    number: int
    task: Task


@dataclass(frozen=True, slots=True)
class Finish:
    """The flow is over: hang up; or None, when the call's conversation has been and gone."""

    step: Hangup | None
    result: Result


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The call speaks this language from now on, in queues and other flows too; and so do later calls."""

    language: str


@dataclass(frozen=True, slots=True)
class NoteFlow:
    """File that a flow was entered, or left with this result (FlowEntered, FlowExited)."""

    flow: str
    left: Result | Literal["returned", ""] = ""  # "": entered


@dataclass(frozen=True, slots=True)
class NoteNode:
    """File that a node was entered (pbx.records.facts.NodeEntered)."""

    node: str
    flow: str


@dataclass(frozen=True, slots=True)
class NoteInput:
    """File what came of a question (pbx.records.facts.InputTaken). "max" follows the last attempt's own."""

    node: str
    match: Match
    flow: str


@dataclass(frozen=True, slots=True)
class NoteCallback:
    """File that the caller was promised a call to this number (CallbackRequested)."""

    queue: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoteSurvey:
    """File what became of a survey, or of one of its questions (SurveyOffered, SurveyAnswered, ...)."""

    node: str
    kind: Literal["offered", "answered", "completed", "declined"]
    question: str = ""
    score: int | None = None
    flow: str = ""


Effect: TypeAlias = (
    Play
    | StopPlaying
    | Perform
    | Finish
    | SetLanguage
    | NoteFlow
    | NoteNode
    | NoteInput
    | NoteCallback
    | NoteSurvey
)


@dataclass(frozen=True, slots=True)
class Return:
    """Where a sub-flow comes back to: a node that called it, and what its flow knew."""

    flow: str
    node: str
    variables: Mapping[str, str] = field(repr=False)
    secrets: frozenset[str]


@dataclass(frozen=True, slots=True)
class State:
    """Where a caller is. What the caller entered, and who the caller is, stays out of its repr."""

    flow: str
    node: str
    language: str
    context: Context = field(repr=False)
    phase: Phase = "listening"
    number: int = 0  # of the latest Play or Perform
    deadline: float | None = None  # when TimeUp is due; only ever set while listening
    attempts: int = 0  # failed at this node's question
    moves: int = 0  # nodes entered since the last key
    stage: int = 0  # within the node: a survey's question, a list to ask, a number to confirm
    digits: str = field(default="", repr=False)  # entered so far at this node
    typed: str = field(default="", repr=False)  # ahead of the next question
    late: str = ""  # the terminator that may still follow a full entry
    variables: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    secrets: frozenset[str] = frozenset()  # names of the variables whose values nobody may see
    credit: float = 0.0  # seconds with bots that count as waiting in the next queue
    began: float = 0.0  # when the running task was begun
    back: tuple[Return, ...] = ()  # the flows that wait for this one, the latest last

    def shown(self) -> Mapping[str, str]:
        """The variables' values for people to see: secrets are masked."""
        return {name: MASK if name in self.secrets else value for name, value in self.variables.items()}


Progress: TypeAlias = tuple[State, list[Effect]]
