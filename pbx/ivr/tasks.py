"""What a flow has done elsewhere while it waits: the arguments of Perform, and what Performed answers.

`Performed.outcome` is COMPLETED, or says why not; `Performed.values` are the answer's texts by name. What a
caller entered is kept out of every repr.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pbx.ivr.kinds.errands import Http, Sqlite
from pbx.steps import Dial, JoinQueue


@dataclass(frozen=True, slots=True)
class AskQueue:
    """Answered at once with `agents` (signed in), `waiting`, and in seconds `expected_wait` ("" when nobody
    can tell) and `longest_wait`. FAILED: there is no such queue."""

    queue: str


@dataclass(frozen=True, slots=True)
class AskCalendar:
    """Answered at once with `open`, "yes" or "no". FAILED: there is no such calendar."""

    calendar: str


@dataclass(frozen=True, slots=True)
class AskList:
    """Answered at once with `listed`, "yes" or "no". FAILED: there is no such list."""

    list: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUp:
    """Answered with a value for each variable of `fills` that the answer has, each of at most 256 characters.

    NOTHING: 404, or no row. FAILED: anything else, or not `within` seconds. `values` are those of the
    variables that the source names: nobody else may see them.
    """

    flow: str
    node: str  # which node asks: tests answer by its name
    source: Http | Sqlite
    fills: Mapping[str, str]  # variable -> dotted path into the JSON answer, or column
    within: float  # seconds, all tries together
    tries: int
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Record what the caller says. Answered with `file` (a name, without folders) and `seconds`.

    NOTHING: less than `least` seconds were said; nothing is kept. FAILED: it could not be recorded.
    """

    flow: str
    node: str
    most: float  # seconds
    silence: float  # seconds
    least: float  # seconds
    finish_keys: str
    beep: bool


@dataclass(frozen=True, slots=True)
class Converse:
    """Talk through a bot. Answered with `intent`, and the value of every slot that was filled, by its name.

    DECLINED: the caller wants a person. FAILED: the bot could not go on. `keys` are those that lead away from
    every node of this flow: one of them ends the conversation at once, answered COMPLETED with `key` alone.
    """

    flow: str
    node: str
    bot: str
    language: str
    known: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)  # never a secret
    keys: str = ""


Task: TypeAlias = JoinQueue | Dial | AskQueue | AskCalendar | AskList | LookUp | TakeMessage | Converse
