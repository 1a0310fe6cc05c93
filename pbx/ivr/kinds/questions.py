"""Nodes that talk with the caller: say, menu, collect, survey."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from pbx.ivr.fields import (
    Attempts,
    Digits,
    Key,
    KeysLike,
    NodeName,
    Prompts,
    Question,
    ScoreKeys,
    Seconds,
    Terminator,
    VariableName,
)
from pbx.ivr.kinds.node import Edge, Mention, NodeBase, Spoken, spoken, strict


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Say(NodeBase):
    """Play prompts, then move on. A key cuts them short and counts for the next question."""

    do: Literal["say"] = "say"
    prompt: Prompts
    next: NodeName
    interruptible: StrictBool = True

    def edges(self) -> Iterator[Edge]:
        yield Edge(("next",), self.next, "nothing")

    def prompts(self) -> Iterator[Spoken]:
        return spoken(prompt=self.prompt)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(NodeBase):
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

    def prompts(self) -> Iterator[Spoken]:
        return spoken(prompt=self.prompt, invalid=self.invalid, silence=self.silence)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(NodeBase):
    """Ask for several keys and keep them in a variable.

    Ends at `max_digits`, at the terminator, or after `patience` seconds of silence. `secure` digits are never
    spoken, dialled, filed or shown.
    """

    do: Literal["collect"] = "collect"
    prompt: Question
    variable: VariableName
    next: NodeName
    otherwise: NodeName
    min_digits: Digits = 1
    max_digits: Digits = 32
    terminator: Terminator = "#"
    like: KeysLike | None = None  # what the whole entry must look like
    check: Literal["luhn"] | None = None  # the check digit of cards and of many account numbers
    confirm: Question | None = None  # said after an entry in order: 1 takes it, 2 asks again
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

    def prompts(self) -> Iterator[Spoken]:
        return spoken(prompt=self.prompt, confirm=self.confirm, invalid=self.invalid, silence=self.silence)

    def needs(self) -> Iterator[Mention]:
        yield Mention("fills", self.variable, ("variable",))
        if self.secure:
            yield Mention("hides", self.variable, ("secure",))


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(NodeBase):
    """Ask questions that are answered with one key each: a score. Whoever stays silent declines the rest."""

    do: Literal["survey"] = "survey"
    questions: Annotated[Mapping[VariableName, Question], Field(min_length=1, max_length=10)]
    next: NodeName
    keys: ScoreKeys = "12345"
    attempts: Attempts = 2
    patience: Seconds = 5.0
    invalid: Prompts | None = None
    interruptible: StrictBool = True

    def edges(self) -> Iterator[Edge]:
        yield Edge(("next",), self.next, "silence")

    def prompts(self) -> Iterator[Spoken]:
        for question, prompts in self.questions.items():
            yield from (Spoken(("questions", question), prompt) for prompt in prompts)
        yield from spoken(invalid=self.invalid)
