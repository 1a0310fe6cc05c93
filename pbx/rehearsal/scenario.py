"""A call as a test tells it: who calls, what the caller does, who answers, and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

Ends: TypeAlias = Literal["customer", "agent", "callee", "system"]
Trouble: TypeAlias = Literal["fails", "nothing", "late"]
CALLER = "+15550100"
WORKDAY = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001 - a Monday, by whichever calendar the test goes


class Hears(NamedTuple):
    """Waits until this begins: a prompt, by its name or by a part of its text."""

    what: str

    def __str__(self) -> str:
        return f'hears "{self.what}"'


class Presses(NamedTuple):
    """Presses these keys, one after another."""

    keys: str

    def __str__(self) -> str:
        return f"presses {self.keys}"


class Says(NamedTuple):
    what: str

    def __str__(self) -> str:
        return f'says "{self.what}"'


class Waits(NamedTuple):
    seconds: float

    def __str__(self) -> str:
        return f"waits {self.seconds:g} s"


class HangsUp(NamedTuple):
    def __str__(self) -> str:
        return "hangs up"


Act: TypeAlias = Hears | Presses | Says | Waits | HangsUp


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody takes calls. Seconds; None is for ever."""

    answers_after: float | None = 2.0
    talks_for: float | None = 30.0  # then hangs up first
    rejects: bool = False  # busy, as soon as it rings


class Range(NamedTuple):
    """Seconds, both ends included."""

    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.least:g} to {self.most:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of the call; None is not looked at."""

    queue: tuple[str, ...] | None = None  # those entered, in order
    agent: str | None = None  # who talked to the caller; "" for nobody
    wait: Range | None = None  # in queues, together
    talk: Range | None = None  # with agents and callees, together
    lasts: Range | None = None  # from arrival to end
    ends: Ends | None = None  # who ended it
    status: int | None = None  # the SIP status it ended with
    flow_result: str | None = None  # of the flow that was left last
    language: str | None = None  # spoken at the end
    facts: tuple[str, ...] = ()  # a type, and words that must be in its data; in this order
    never: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()  # names or parts of texts, in any order
    hears_not: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str])  # variables of flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One call. It comes in by `number`, through the dialplan, or begins in `flow`."""

    name: str
    number: str = ""
    flow: str = ""
    values: Mapping[str, str] = field(default_factory=dict[str, str])  # the flow's parameters
    caller: str = ""  # the number shown: the account's, or CALLER
    account: str = ""  # the caller proved its password
    trunk: str = ""  # the call came from its network
    at: datetime = WORKDAY  # without a zone: by the first calendar's clock
    language: str = ""  # chosen in an earlier call
    does: tuple[Act, ...] = ()
    agents: Mapping[str, Habits] = field(default_factory=dict[str, Habits])  # signed in; all others are not
    phones: Mapping[str, Habits] = field(default_factory=dict[str, Habits])  # by account or SIP URI
    waiting: Mapping[str, int] = field(default_factory=dict[str, int])  # callers in queues already
    lookups: Mapping[str, Mapping[str, str] | Trouble] = field(
        default_factory=dict[str, Mapping[str, str] | Trouble]
    )  # what is answered at each node
    expect: Expected = Expected()
    file: str = ""  # where it is written
    line: int = 0

    @property
    def shown(self) -> str:
        """The caller's number as it is seen."""
        return self.caller or self.account or CALLER
