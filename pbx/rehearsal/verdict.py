"""Compares what came of a call with what was expected of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pbx.records.facts import (
    ContactEnded,
    Fact,
    FlowExited,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
)
from pbx.rehearsal.caller import fold
from pbx.rehearsal.result import KIND_OF, Result, matches, parsed
from pbx.rehearsal.story import Failed, Happening, Heard, Told

_FACTS_SHOWN = 6

# What is expected, by the name both sides give it, and the facts that show it.
_EQUAL: Mapping[str, type[Fact]] = {
    "queue": QueueEntered,
    "agent": TalkStarted,
    "ends": ContactEnded,
    "status": ContactEnded,
    "flow_result": FlowExited,
    "language": ContactEnded,
}
_WITHIN: Mapping[str, type[Fact]] = {"wait": QueueLeft, "talk": TalkEnded, "lasts": ContactEnded}


class Difference(NamedTuple):
    """`after` is the moment of the story, from 0, after which it shows."""

    after: int
    expected: str
    got: str

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.got}"


def differences(result: Result, texts: Mapping[str, str]) -> list[Difference]:
    """All of them, in the order in which they show. `texts` says what clips say."""
    found = [*_faults(result), *_left_undone(result), *_outcome(result), *_facts(result)]
    found += [*_sounds(result, texts), *_values(result)]
    return sorted(found, key=lambda difference: difference.after)


def _faults(result: Result) -> Iterator[Difference]:
    for at, fault in result.with_places(Failed):
        yield Difference(at, "no fault", fault.why)


def _left_undone(result: Result) -> Iterator[Difference]:
    if result.left:
        end = _last(result, Told)
        yield Difference(end, f"that the caller {result.left[0]}", "the end of the call")


def _outcome(result: Result) -> Iterator[Difference]:
    expect = result.scenario.expect
    for name, kind in _EQUAL.items():
        wanted, got = getattr(expect, name), getattr(result, name)
        if wanted is not None and wanted != got:
            yield Difference(_last(result, kind), f"{name} {_said(wanted)}", _said(got))
    for name, kind in _WITHIN.items():
        seconds, took = getattr(expect, name), getattr(result, name)
        if seconds is not None and not seconds.least <= took <= seconds.most:
            yield Difference(_last(result, kind), f"{name} {seconds}", f"{took:g} s")


def _facts(result: Result) -> Iterator[Difference]:
    """Those expected, as a part of those there are; and none of those that must never be."""
    at = -1
    for pattern in result.scenario.expect.facts:
        there = _first(result, pattern, at + 1)
        if there is None:
            before = _first(result, pattern, 0)
            got = "none" if before is None else f"it before that, at {result.moments[before][0]:.2f}"
            yield Difference(_last(result), f"fact {pattern}", got)
            break
        at = there
    for pattern in result.scenario.expect.never:
        there = _first(result, pattern, 0)
        if there is not None:
            yield Difference(there, f"never {pattern}", "it")


def _first(result: Result, pattern: str, start: int) -> int | None:
    """The place, from `start` on, of the first fact like this."""
    kind = KIND_OF.get(parsed(pattern)[0])
    if kind is None:
        return None
    found = (at for at, fact in result.with_places(kind) if at >= start and matches(fact, pattern))
    return next(found, None)


def _sounds(result: Result, texts: Mapping[str, str]) -> Iterator[Difference]:
    expect = result.scenario.expect
    if not expect.hears and not expect.hears_not:
        return
    said = fold(result.words(texts))
    names = {name for clip in result.heard for name in (clip, clip.partition("/")[2])}
    for what in expect.hears:
        if what not in names and fold(what) not in said:
            yield Difference(_last(result, Heard), f'that the caller hears "{what}"', "other sounds")
    for what in expect.hears_not:
        if what in names or fold(what) in said:
            yield Difference(_last(result, Heard), f'that the caller never hears "{what}"', "it")


def _values(result: Result) -> Iterator[Difference]:
    for name, wanted in result.scenario.expect.values.items():
        got = result.values.get(name)
        if got != wanted:
            yield Difference(_last(result), f"{name} = {wanted!r}", "nothing" if got is None else repr(got))


def _last(result: Result, kind: type[Happening] | None = None) -> int:
    """The last moment of this kind, or of all."""
    found = () if kind is None else result.with_places(kind)
    return found[-1][0] if found else len(result.moments) - 1


def _said(value: str | int | Sequence[str]) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return text or "nobody"
