"""Questions whose answer is already there: a bot, or a node before, has asked for it."""

from collections.abc import Iterator, Mapping

from pbx.ivr.fields import PLACEHOLDER
from pbx.ivr.kinds.decisions import Branch
from pbx.ivr.kinds.errands import Lookup
from pbx.ivr.kinds.node import Edge
from pbx.ivr.kinds.passages import Goto
from pbx.ivr.kinds.people import Bot
from pbx.ivr.kinds.questions import Collect, Menu
from pbx.ivr.proof.finding import Finding
from pbx.ivr.proof.graph import Graph
from pbx.ivr.proof.variables import Fills


def asked_again(graph: Graph, fills: Mapping[str, Fills]) -> Iterator[Finding]:
    """Told once for each question, with the first node in the file that makes it needless."""
    told: set[str] = set()
    for name, node in graph.flow.nodes.items():
        if not isinstance(node, Bot | Collect) or name not in graph.reached:
            continue
        for edge in graph.ways[name]:
            for variable in sorted(fills[name].get(edge.path, ())) if edge.target != name else ():
                for met in _met(graph, edge.target, variable, {name}, keyed=isinstance(node, Collect)):
                    if _asks_for(graph, met, variable) and met not in told:
                        told.add(met)
                        yield needless(met, variable, f"node {name!r}")


def passed_on_by_bots(graph: Graph, fills: Mapping[str, Fills]) -> Iterator[tuple[Goto, str, str]]:
    """(passage, variable, what the other flow calls it): a bot has asked for it, and its value is good."""
    for name, node in graph.flow.nodes.items():
        for edge in graph.ways[name] if isinstance(node, Bot) and name in graph.reached else ():
            for variable in sorted(fills[name].get(edge.path, ())):
                for met in _met(graph, edge.target, variable, {name}, keyed=False):
                    goto = graph.flow.nodes[met]
                    if isinstance(goto, Goto):
                        given = [
                            to for to, value in goto.with_.items() if PLACEHOLDER.findall(value) == [variable]
                        ]
                        yield goto, variable, (given or [variable])[0]


def asked_on_entry(graph: Graph, variable: str) -> Iterator[str]:
    """The questions of a flow for something that its caller's bot has already asked for."""
    met = _met(graph, graph.flow.start, variable, set(), keyed=False)
    return (name for name in met if _asks_for(graph, name, variable))


def needless(question: str, variable: str, who: str) -> Finding:
    return Finding(
        "ask-again",
        ("nodes", question, "variable"),
        f"asks for {variable!r}, which {who} has already asked the caller for",
        f"lead past this question, or branch on {variable!r} before it",
    )


def _asks_for(graph: Graph, name: str, variable: str) -> bool:
    node = graph.flow.nodes[name]
    return isinstance(node, Collect) and node.variable == variable


def _met(graph: Graph, start: str, variable: str, seen: set[str], *, keyed: bool) -> Iterator[str]:
    """The nodes that a caller meets while the variable's value is still good. `keyed`: it is digits."""
    seen = {*seen, start}
    ahead = [start]
    for name in ahead:
        yield name
        if not _asks_for(graph, name, variable):
            for edge in graph.ways[name]:
                if edge.target not in seen and _still_good(graph, name, edge, variable, keyed=keyed):
                    seen.add(edge.target)
                    ahead.append(edge.target)


def _still_good(graph: Graph, name: str, edge: Edge, variable: str, *, keyed: bool) -> bool:
    """A value that was tested, or offered for correction, may well be asked for anew.

    Digits that were put to use may be: the variable is then free for others.
    """
    node = graph.flow.nodes[name]
    used = any(mention.name == variable and mention.what != "fills" for mention in graph.mentions[name])
    if keyed and (used or isinstance(node, Menu)):
        return False
    match node:
        case Branch(on=on):
            return on != variable
        case Menu():
            return not used
        case Lookup():
            return not used or edge.path == ("next",)
        case _:
            return True
