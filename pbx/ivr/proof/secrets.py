"""Where the digits of a secure collect could come to light, however often they are copied on the way."""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from pbx.ivr.fields import PLACEHOLDER
from pbx.ivr.kinds.decisions import Set
from pbx.ivr.kinds.passages import Goto
from pbx.ivr.kinds.people import Bot
from pbx.ivr.proof.finding import Finding
from pbx.ivr.proof.graph import Graph
from pbx.ivr.proof.variables import Slots

Results: TypeAlias = Mapping[str, Collection[str]]
"""Flow -> the results that are secrets."""

_LEAKS = {
    "speaks": ("secret-spoken", "spoken aloud"),
    "dials": ("secret-dialled", "dialled, and so filed"),
    "sends": ("secret-sent", "sent in clear text"),
    "files": ("secret-filed", "put on record"),
}
_FIXES = {
    "sends": "ask by https, so that nobody on the way can read it",
}
_USUAL_FIX = "use another variable, or drop secure = true where it is collected"


def secret_variables(
    graph: Graph, given: Collection[str] = (), results: Results | None = None
) -> frozenset[str]:
    """Those that hold secure digits on some way. `given`: the parameters that do already."""
    hidden = {mention.name for _, mention in graph.find("hides")}.union(given)
    copies: list[tuple[str, list[str]]] = []
    for node in graph.flow.nodes.values():
        match node:
            case Set(variable=str(target), value=str(value)):
                copies.append((target, PLACEHOLDER.findall(value)))
            case Goto(flow=flow, fills=fills):
                secret = (results or {}).get(flow, ())
                hidden |= {variable for variable, result in fills.items() if result in secret}
            case _:
                pass
    known = 0
    while len(hidden) > known:
        known = len(hidden)
        hidden |= {target for target, sources in copies if not hidden.isdisjoint(sources)}
    return frozenset(hidden)


def passed_on(graph: Graph, hidden: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(flow, parameter) of every secret that another flow is given."""
    for node in graph.flow.nodes.values():
        if isinstance(node, Goto):
            for parameter, value in node.with_.items():
                if not hidden.isdisjoint(PLACEHOLDER.findall(value)):
                    yield node.flow, parameter


def secrets(graph: Graph, hidden: frozenset[str], slots: Slots) -> Iterator[Finding]:
    """`hidden` as found by secret_variables."""
    for name, mention in graph.find(*_LEAKS) if hidden else ():
        if mention.name in hidden:
            code, what = _LEAKS[mention.what]
            yield Finding(
                code,
                ("nodes", name, *mention.path),
                f"the secure variable {mention.name!r} would be {what}",
                _FIXES.get(mention.what, _USUAL_FIX),
            )
    for name, node in graph.flow.nodes.items() if hidden else ():
        if isinstance(node, Bot):
            asked = {slot for filled in slots.get(node.bot, {}).values() for slot in filled}
            for variable in sorted(asked.intersection(hidden)):
                yield Finding(
                    "secret-to-bot",
                    ("nodes", name, "bot"),
                    f"bot {node.bot!r} asks for {variable!r}, which is a secure variable here, and keeps a "
                    "transcript",
                    "give the slot another name, or collect it with keys only",
                )
