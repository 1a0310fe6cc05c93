"""Variables along every way through a flow: filled by nobody, filled too late, or asked for twice."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import TypeAlias

from pbx.ivr.fields import CALL_VALUES
from pbx.ivr.kinds.errands import Lookup, Record
from pbx.ivr.kinds.node import Edge, Mention
from pbx.ivr.kinds.passages import Goto
from pbx.ivr.kinds.people import Bot
from pbx.ivr.kinds.questions import Collect
from pbx.ivr.nodes import Node
from pbx.ivr.proof.finding import Finding, Path
from pbx.ivr.proof.graph import Graph

Slots: TypeAlias = Mapping[str, Mapping[str, Collection[str]]]
"""Bot -> what the caller may want -> the slots that are then filled."""

_USES = frozenset({"speaks", "dials", "copies", "looks_up", "sends", "files"})
_NOTHING: frozenset[str] = frozenset()


Fills: TypeAlias = Mapping[Path, frozenset[str]]
"""By the path of an edge: the variables that have a value after it."""


def variables(graph: Graph, fills: Mapping[str, Fills], *, guessed: bool = False) -> Iterator[Finding]:
    """`fills` by node. `guessed`: there is a bot of which nothing is known, so anything may be filled."""
    filled = set[str]().union(*(names for ways in fills.values() for names in ways.values()))
    if not guessed:
        yield from _unfilled(graph, filled.union(graph.flow.parameters))
        yield from _too_late(graph, fills, filled)


def fills_of(node: Node, slots: Slots) -> Fills:
    """Slots of a bot that is not in `slots` are unknown, and left out."""
    match node:
        case Lookup() | Goto():
            return {("next",): frozenset(node.fills)}
        case Bot():
            known = slots.get(node.bot, {})
            return {("exits", intent): frozenset(known.get(intent, ())) for intent in node.exits}
        case Record(variable=str(name)):
            return {("next",): frozenset({name})}
        case _:
            names = frozenset(mention.name for mention in node.needs() if mention.what == "fills")
            return {("next",): names} if names else {}


def _unfilled(graph: Graph, filled: Collection[str]) -> Iterator[Finding]:
    known = {*filled, *CALL_VALUES}
    for node, mention in graph.find(*_USES, "branches"):
        if mention.name not in known:
            yield _nobody_fills(("nodes", node, *mention.path), mention.name, filled)
    for index, name in enumerate(graph.flow.results):
        if name not in known:
            yield _nobody_fills(("results", index), name, filled)


def _nobody_fills(path: Path, name: str, filled: Collection[str]) -> Finding:
    close = get_close_matches(name, sorted(filled), n=1)
    fix = f"did you mean {close[0]!r}?" if close else "fill it with a collect, a lookup or a set node"
    return Finding("unfilled-variable", path, f"no node fills the variable {name!r}", fix)


def _too_late(graph: Graph, fills: Mapping[str, Fills], filled: Collection[str]) -> Iterator[Finding]:
    """Used where some way, or every way, leads past all the nodes that fill it."""
    uses: dict[str, list[tuple[str, str, Path]]] = {}
    for node, mention in graph.find(*_USES, "branches"):
        if (
            mention.name in filled
            and node in graph.reached
            and not _confirms(graph.flow.nodes[node], mention)
        ):
            uses.setdefault(mention.name, []).append((node, mention.what, ("nodes", node, *mention.path)))
    for name in sorted(uses.keys() - set(graph.flow.parameters)):
        empty = _ways_without(graph, fills, name)
        possible = graph.reach(
            edge.target
            for node in graph.reached
            for edge in graph.ways[node]
            if name in _after(fills[node], edge)
        )
        for node, what, path in uses[name]:
            if node not in possible:
                yield Finding(
                    "never-filled",
                    path,
                    f"{name!r} is always empty here: no way leads here through a node that fills it",
                    "fill it before, or use another variable",
                )
            elif node in empty and what != "branches":
                yield Finding(
                    "maybe-empty",
                    path,
                    f"{name!r} is empty for a caller who comes by {' -> '.join(_way(empty, node))}",
                    "fill it on that way too, or lead that way elsewhere",
                )


def _confirms(node: Node, mention: Mention) -> bool:
    """What a collect reads back of its own digits, it reads when it has them."""
    return isinstance(node, Collect) and mention.path == ("confirm",) and mention.name == node.variable


def _after(fills: Fills, edge: Edge) -> frozenset[str]:
    return fills.get(edge.path, _NOTHING)


def _ways_without(graph: Graph, fills: Mapping[str, Fills], name: str) -> dict[str, str | None]:
    """The nodes that a caller can enter before anything fills the variable, each with the one before it."""
    came_from: dict[str, str | None] = {graph.flow.start: None}
    ahead = deque([graph.flow.start])
    while ahead:
        node = ahead.popleft()
        for edge in graph.ways[node]:
            if edge.target not in came_from and name not in _after(fills[node], edge):
                came_from[edge.target] = node
                ahead.append(edge.target)
    return came_from


def _way(came_from: Mapping[str, str | None], node: str) -> list[str]:
    way: list[str] = []
    at: str | None = node
    while at is not None:
        way.append(at)
        at = came_from[at]
    return way[::-1]
