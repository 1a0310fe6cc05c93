"""What can be said about a flow without running it."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from pbx.ivr.fields import CALL_VALUES
from pbx.ivr.flow import Flow, Path
from pbx.ivr.interpreter import MOST_MOVES
from pbx.ivr.spoken import SPELLING


@dataclass(frozen=True, slots=True)
class Finding:
    """An error keeps some caller from being served; a warning is probably not what was meant."""

    severity: Literal["error", "warning"]
    path: Path
    message: str
    fix: str


def verify(flow: Flow) -> tuple[Finding, ...]:
    """Every finding about a flow that parsed, in the order of its nodes within each kind of finding."""
    return (*_unreachable(flow), *_rounds(flow), *_variables(flow), *_secrets(flow))


def prompts_used(flow: Flow) -> frozenset[str]:
    """The names of all prompts this flow may play: each needs a file in every language."""
    names = {mention.name for _, mention in flow.mentions() if mention.what == "prompt"}
    speaks = any(mention.what == "speaks" for _, mention in flow.mentions())
    return frozenset(names | SPELLING) if speaks else frozenset(names)


def _unreachable(flow: Flow) -> Iterator[Finding]:
    reached, ahead = {flow.start}, [flow.start]
    while ahead:
        for edge in flow.nodes[ahead.pop()].edges():
            if edge.target not in reached:
                reached.add(edge.target)
                ahead.append(edge.target)
    for name in flow.nodes:
        if name not in reached:
            yield Finding(
                "warning", ("nodes", name), f"no way leads to node {name!r}", "lead one to it, or delete it"
            )


def _rounds(flow: Flow) -> Iterator[Finding]:
    endless: set[frozenset[str]] = set()
    for cycle in _cycles(flow, ("nothing",)):
        endless.add(frozenset(cycle))
        yield Finding(
            "error",
            ("nodes", cycle[0]),
            f"goes round for ever without asking anything: {_drawn(cycle)}",
            "lead one of these nodes to a menu, a queue or a hangup",
        )
    for cycle in _cycles(flow, ("nothing", "silence", "outcome")):
        if frozenset(cycle) not in endless:
            yield Finding(
                "warning",
                ("nodes", cycle[0]),
                f"a caller who presses nothing goes round for {MOST_MOVES} nodes: {_drawn(cycle)}",
                "lead one of these nodes out: to a hangup, say",
            )


def _cycles(flow: Flow, after: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A shortest cycle of edges like these through each node that has one and is in no cycle told before."""
    told: set[str] = set()
    for name in flow.nodes:
        cycle = () if name in told else _way_back(flow, name, after)
        if cycle:
            told.update(cycle)
            yield cycle


def _way_back(flow: Flow, start: str, after: tuple[str, ...]) -> tuple[str, ...]:
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for edge in flow.nodes[way[-1]].edges():
            if edge.after in after and edge.target == start:
                return way
            if edge.after in after and edge.target not in seen:
                seen.add(edge.target)
                ways.append((*way, edge.target))
    return ()


def _drawn(cycle: tuple[str, ...]) -> str:
    return " -> ".join((*cycle, cycle[0]))


def _variables(flow: Flow) -> Iterator[Finding]:
    filled = {mention.name for _, mention in flow.mentions() if mention.what == "fills"}
    for path, mention in flow.mentions():
        if mention.what in ("branches", "speaks", "dials") and mention.name not in filled.union(CALL_VALUES):
            close = get_close_matches(mention.name, sorted(filled), n=1)
            fix = f"did you mean {close[0]!r}?" if close else "fill it with a collect or a set node"
            yield Finding("error", path, f"no node fills the variable {mention.name!r}", fix)


def _secrets(flow: Flow) -> Iterator[Finding]:
    hidden = {mention.name for _, mention in flow.mentions() if mention.what == "hides"}
    for path, mention in flow.mentions():
        if mention.what in ("speaks", "dials") and mention.name in hidden:
            verb = "spoken aloud" if mention.what == "speaks" else "dialled, and so filed"
            yield Finding(
                "error",
                path,
                f"the secure variable {mention.name!r} would be {verb}",
                "use another variable, or drop secure = true where it is collected",
            )
