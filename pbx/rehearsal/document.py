"""ivr_flows/*.test.toml as people write it: the tests of a flow, or of the whole dialplan."""

import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from pbx.config.section import Name, Section
from pbx.ivr.matching import matching
from pbx.rehearsal.scenario import (
    WORKDAY,
    Act,
    Ends,
    Expected,
    Habits,
    HangsUp,
    Hears,
    Presses,
    Range,
    Says,
    Scenario,
    Trouble,
    Waits,
)

_ROUGHLY = 0.5  # seconds either way that one number allows
_MOST = 86_400.0
_ACTS = "hears, presses, says, waits and hangs_up"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _range(value: object) -> Range:
    """[0, 5], or one number: that many seconds, half a second either way."""
    match value:
        case bool():
            pass
        case int() | float() if 0 <= value <= _MOST:
            return Range(max(0.0, value - _ROUGHLY), value + _ROUGHLY)
        case [int() | float() as least, int() | float() as most] if 0 <= least <= most <= _MOST:
            return Range(least, most)
        case _:
            pass
    raise ValueError(f"expected seconds like 5, or from and to like [0, 5], found {value!r}")


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError(f"expected a date and a time like 2026-03-02T10:00:00, found {value!r}")  # noqa: TRY004 - pydantic wants ValueError
    if not 1970 <= value.year < 9000:
        raise ValueError(f"expected a year from 1970 to 8999, found {value.year}")
    return value


def _fact(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words:
        raise ValueError(f'expected a fact like "queue.left" or "queue.left reason=overflow", found {text!r}')
    return text


def _true(value: bool) -> bool:  # noqa: FBT001 - a validator's shape
    if not value:
        raise ValueError("who does not hang up does nothing; write hangs_up = true, or remove it")
    return value


def _lookup(value: Any) -> Mapping[str, str] | Trouble:
    match value:
        case "fails" | "nothing" | "late" as trouble:
            return trouble
        case dict() if all(isinstance(inner, str) for inner in value.values()):  # pyright: ignore[reportUnknownVariableType]
            return value  # pyright: ignore[reportUnknownVariableType]
        case _:
            raise ValueError(
                'expected the texts that are found, like { balance = "12.50" }, or "fails", "nothing" or '
                f'"late"; found {value!r}'
            )


Seconds: TypeAlias = Annotated[float, Field(ge=0, le=_MOST)]
Keys: TypeAlias = Annotated[str, matching(r"[0-9*#A-D]{1,64}", 'keys of the phone, e.g. "1" or "1234#"')]
Number: TypeAlias = Annotated[
    str, matching(r"[^\s\x00-\x1f\x7f]{1,64}", 'a number as it is dialled, e.g. "100"')
]
Sentence: TypeAlias = Annotated[
    str, matching(r"[^\x00-\x1f\x7f]{1,200}", "a text of 1 to 200 characters on one line")
]
Sound: TypeAlias = Annotated[str, Field(min_length=1, max_length=1000)]
Sounds: TypeAlias = Annotated[list[Sound], BeforeValidator(_as_list)]
Fact: TypeAlias = Annotated[str, AfterValidator(_fact)]
Facts: TypeAlias = Annotated[list[Fact], BeforeValidator(_as_list)]
Seen: TypeAlias = Annotated[
    Range,
    PlainValidator(_range),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": _MOST},
                {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 2, "maxItems": 2},
            ]
        }
    ),
]
Lookup: TypeAlias = Annotated[
    Mapping[str, str] | Trouble,
    PlainValidator(_lookup),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["fails", "nothing", "late"]},
                {"type": "object", "additionalProperties": {"type": "string"}},
            ]
        }
    ),
]
Moment: TypeAlias = Annotated[
    datetime, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
Values: TypeAlias = dict[
    Annotated[str, matching(r"[a-z][a-z0-9_]{0,31}", "a variable's name: small letters, digits and _")], str
]


class Part(Section):
    """A table of a test file: as strict as those of the dialplan."""


class ActSection(Part):
    """One thing the caller does."""

    hears: Sound | None = None
    presses: Keys | None = None
    says: Sentence | None = None
    waits: Seconds | None = None
    hangs_up: Annotated[bool, AfterValidator(_true)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "ActSection":
        if len(self.model_fields_set) != 1:
            found = len(self.model_fields_set)
            raise ValueError(f"expected one act in each pair of braces, found {found}; write one of {_ACTS}")
        return self

    def act(self) -> Act:
        if self.hears is not None:
            return Hears(self.hears)
        if self.presses is not None:
            return Presses(self.presses)
        if self.says is not None:
            return Says(self.says)
        return HangsUp() if self.waits is None else Waits(self.waits)


class HabitsSection(Part):
    """How somebody takes calls."""

    answers: bool = True
    answers_after: Seconds = 2.0
    talks_for: Annotated[float, Field(gt=0, le=_MOST)] = 30.0
    hangs_up: bool = True  # false: waits for the caller to do it
    rejects: bool = False

    @model_validator(mode="after")
    def _of_one_mind(self) -> "HabitsSection":
        given = self.model_fields_set
        if "answers_after" in given and (not self.answers or self.rejects):
            raise ValueError("nobody answers here; remove answers_after, or what keeps them from answering")
        if "talks_for" in given and not self.hangs_up:
            raise ValueError("who never hangs up talks until the caller does; remove talks_for or hangs_up")
        return self

    def habits(self) -> Habits:
        return Habits(
            answers_after=self.answers_after if self.answers else None,
            talks_for=self.talks_for if self.hangs_up else None,
            rejects=self.rejects,
        )


class ExpectSection(Part):
    """What must come of the call."""

    queue: Annotated[list[Name], BeforeValidator(_as_list)] | None = None
    agent: str | None = None
    wait: Seen | None = None
    talk: Seen | None = None
    lasts: Seen | None = None
    ends: Ends | None = None
    status: Annotated[int, Field(ge=200, le=699)] | None = None
    flow_result: str | None = None
    language: str | None = None
    facts: Facts = Field(default_factory=list[str])
    never: Facts = Field(default_factory=list[str])
    hears: Sounds = Field(default_factory=list[str])
    hears_not: Sounds = Field(default_factory=list[str])
    values: Values = Field(default_factory=dict[str, str])

    def expected(self) -> Expected:
        return Expected(
            queue=None if self.queue is None else tuple(self.queue),
            agent=self.agent,
            wait=self.wait,
            talk=self.talk,
            lasts=self.lasts,
            ends=self.ends,
            status=self.status,
            flow_result=self.flow_result,
            language=self.language,
            facts=tuple(self.facts),
            never=tuple(self.never),
            hears=tuple(self.hears),
            hears_not=tuple(self.hears_not),
            values=self.values,
        )


class ScenarioSection(Part):
    """One call."""

    name: Sentence
    number: Number | None = None
    flow: Name | None = None
    values: Values = Field(default_factory=dict[str, str])
    caller: Annotated[str, matching(r"[^\s\x00-\x1f\x7f]{1,64}", 'a number like "+15550100"')] | None = None
    account: Name | None = None
    trunk: Name | None = None
    at: Moment = WORKDAY
    language: str | None = None
    does: list[ActSection] = Field(default_factory=list[ActSection], max_length=1000)
    agents: dict[Name, HabitsSection] = Field(default_factory=dict[str, HabitsSection])
    phones: dict[Annotated[str, Field(min_length=1, max_length=256)], HabitsSection] = Field(
        default_factory=dict[str, HabitsSection]
    )
    waiting: dict[Name, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict[str, int])
    lookups: dict[str, Lookup] = Field(default_factory=dict[str, Lookup])
    expect: ExpectSection = ExpectSection()

    @model_validator(mode="after")
    def _one_way_in(self) -> "ScenarioSection":
        if self.number is not None and self.flow is not None:
            raise ValueError("a call comes in by a number, or begins in a flow; remove number or flow")
        if self.number is not None and self.values:
            raise ValueError("values are for a flow's parameters; write flow = ... in place of number")
        if self.account is not None and self.trunk is not None:
            raise ValueError("the caller has an account, or comes by a trunk; remove one of them")
        return self

    def scenario(self, beside: str = "", file: str = "", line: int = 0) -> Scenario:
        """`beside` is the flow where a call begins that says neither number nor flow."""
        return Scenario(
            name=self.name,
            number=self.number or "",
            flow=self.flow or ("" if self.number else beside),
            values=self.values,
            caller=self.caller or "",
            account=self.account or "",
            trunk=self.trunk or "",
            at=self.at,
            language=self.language or "",
            does=tuple(act.act() for act in self.does),
            agents={name: section.habits() for name, section in self.agents.items()},
            phones={name: section.habits() for name, section in self.phones.items()},
            waiting=self.waiting,
            lookups=self.lookups,
            expect=self.expect.expected(),
            file=file,
            line=line,
        )


class Document(Part):
    tests: Annotated[list[ScenarioSection], Field(min_length=1)]
