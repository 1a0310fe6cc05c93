"""Recorded calls sent through an old and a new dialplan: which of them would have gone elsewhere."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from pbx import steps
from pbx.config import build
from pbx.config.document import Document
from pbx.dialplan.route import Dialplan
from pbx.dialplan.rules import Arrival, Decision
from pbx.plan.difference import Sources
from pbx.records.reading import Row
from pbx.sip.outputs import Identity, Standing

EXAMPLES = 2  # calls of each diversion that are named


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """What is known of a call that arrived."""

    contact: str
    arrival: Arrival


@dataclass(slots=True)
class Diversion:
    """Calls that the old dialplan sent one way, and the new one sends another."""

    old: str
    new: str
    count: int = 0
    examples: list[RecordedCall] = field(default_factory=list[RecordedCall])  # the latest


def dialplan_of(sources: Sources) -> Dialplan:
    """The routes and calendars of a configuration that was in order once. ValueError: it is no more."""
    name, text = next(iter(sources.items()))
    try:
        document = Document.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise ValueError(f"{name}: this release reads it no more: {error.error_count()} errors") from None
    return Dialplan([section.rule(name) for section in document.routes], build.calendars(document))


def recorded_call(row: Row) -> RecordedCall:
    """From a row of pbx.records.reading.records. A caller whose number was erased has none."""
    if not row["identity"]:
        identity = Identity(Standing.STRANGER)
    else:
        standing = Standing.ACCOUNT if row["direction"] == "internal" else Standing.TRUNK
        identity = Identity(standing, row["identity"])
    at = datetime.fromtimestamp(row["arrived"] / 1000, UTC)
    return RecordedCall(row["contact"], Arrival(row["dnis"], row["number"], identity, at))


def replay(old: Dialplan, new: Dialplan, calls: Iterable[RecordedCall]) -> list[Diversion]:
    """The most frequent diversion first. Calls are the same if they get the same first step, by any route."""
    found: dict[Any, Diversion] = {}
    for call in calls:
        before, after = old.route(call.arrival), new.route(call.arrival)
        if (before and before.step) != (after and after.step):
            was, will_be = _way(before), _way(after)
            diversion = found.setdefault((was, will_be), Diversion(was, will_be))
            diversion.count += 1
            if len(diversion.examples) < EXAMPLES:
                diversion.examples.append(call)
    return sorted(found.values(), key=lambda diversion: -diversion.count)


def _way(decision: Decision | None) -> str:
    """As the route says it, so that all of a pattern's calls go the same way."""
    return "404 Not Found" if decision is None else step_in_words(decision.rule.step)


def step_in_words(step: steps.Step) -> str:
    """A first step, and what follows it."""
    match step:
        case steps.RunFlow(flow=flow):
            return f"flow {flow}"
        case steps.JoinQueue(queue=queue, priority=priority):
            return f"queue {queue}" + (f" with priority {priority}" if priority else "")
        case steps.Dial(to=to, ring_for=ring_for, otherwise=otherwise):
            then = f", else {step_in_words(otherwise)}" if otherwise else ""
            return f"dial {', '.join(to)} for {ring_for:g} s{then}"
        case steps.PlayMusic(music=music):
            return music.replace("/", " ")
        case steps.Wait(seconds=seconds):
            return "wait" if seconds is None else f"wait {seconds:g} s"
        case steps.AgentCode(action=action):
            return f"agent: {action.replace('_', ' ')}"
        case steps.Hangup(status=status):
            return f"hang up with {status}"
        case _:
            return step.do
