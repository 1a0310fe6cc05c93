"""Facts as rows of the journal, and rows as facts again."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from pbx.records import bot_facts, facts
from pbx.records.facts import ENVELOPE, CallbackRequested, ContactIdentified, Fact

VERSION = 1  # of what `data` holds, in column `v`
TEXT_LIMIT = 1000  # characters of one text; a peer's display name can be as long as a packet

# What is personal in a fact, and where in its Identity it is kept instead.
PERSONAL: Mapping[type[Fact], Mapping[str, str]] = {
    ContactIdentified: {"number": "number", "name": "name"},
    CallbackRequested: {"number": "callback"},
}

_UNSTORABLE = re.compile("[\ud800-\udfff\0]")  # what neither SQLite nor UTF-8 takes
_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class FactRow(NamedTuple):
    """A row of `facts` without its key (node, seq)."""

    at: int
    type: str
    v: int
    contact: str | None
    segment: str | None
    offer: str | None
    leg: str | None
    queue: str | None
    agent: str | None
    data: str


class Identity(NamedTuple):
    """Who called, and the number to call back: the personal parts of facts, kept apart. Empty once erased."""

    number: str = ""
    name: str = ""
    callback: str = ""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to read one class of fact, worked out once."""

    kind: type[Fact]
    values: Callable[[Fact], tuple[Any, ...]]  # every field, then its type
    envelope: Callable[[tuple[Any, ...]], tuple[Any, ...]]  # at and ENVELOPE out of (*values, None)
    identities: tuple[str, ...]  # those of ENVELOPE that the class has
    data: tuple[tuple[str, int], ...]  # (name, place in values)


def _plan(kind: type[Fact]) -> _Plan:
    names = [field.name for field in fields(kind)]
    personal = PERSONAL.get(kind, {})
    return _Plan(
        kind=kind,
        values=attrgetter(*names, "type"),  # two names at least: with one, attrgetter gives no tuple
        envelope=itemgetter(*(names.index(name) if name in names else -1 for name in ("at", *ENVELOPE))),
        identities=tuple(name for name in ENVELOPE if name in names),
        data=tuple(
            (name, place)
            for place, name in enumerate(names)
            if name not in ("at", *ENVELOPE) and name not in personal
        ),
    )


# Not by __subclasses__(): that also lists the classes that dataclass(slots=True) has replaced.
KINDS: tuple[type[Fact], ...] = tuple(
    kind
    for kind in (*vars(facts).values(), *vars(bot_facts).values())
    if isinstance(kind, type) and issubclass(kind, Fact) and "type" in kind.__dict__
)
_PLANS = {kind: _plan(kind) for kind in KINDS}
_BY_TYPE = {kind.type: plan for kind, plan in _PLANS.items()}


def clean(fact: Fact) -> Fact:
    """The fact itself if all its texts can be stored; else with lone surrogates and NUL replaced by U+FFFD,
    and texts longer than TEXT_LIMIT cut."""
    plan = _PLANS[type(fact)]
    texts = [value for value in plan.values(fact) if type(value) is str]
    together = "".join(texts)
    if len(together) <= TEXT_LIMIT and together.isascii() and "\0" not in together:
        return fact
    return replace(
        fact,
        **{
            field.name: _UNSTORABLE.sub("\ufffd", text[:TEXT_LIMIT])
            for field in fields(fact)
            if isinstance(text := getattr(fact, field.name), str)
        },
    )


def encode(fact: Fact) -> FactRow:
    """The row of a clean fact. Who called is not in it: see Identity."""
    plan = _PLANS[type(fact)]
    values = plan.values(fact)
    at, contact, segment, offer, leg, queue, agent = plan.envelope((*values, None))
    data = _ENCODE({name: values[place] for name, place in plan.data}) if plan.data else "{}"
    return FactRow(at, values[-1], VERSION, contact, segment, offer, leg, queue, agent, data)


def decode(row: FactRow, identity: Identity) -> Fact:
    """The fact again. Raises ValueError on a type this version does not know."""
    plan = _BY_TYPE.get(row.type)
    if plan is None:
        raise ValueError(f"expected a type of fact known to this version, found {row.type!r}")
    values: dict[str, Any] = json.loads(row.data)
    for name in plan.identities:
        values[name] = getattr(row, name)
    for name, place in PERSONAL.get(plan.kind, {}).items():
        values[name] = getattr(identity, place)
    return plan.kind(at=row.at, **values)
