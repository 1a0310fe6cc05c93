"""Ways through a flow: nodes nobody enters, callers who cannot get out, and rounds without a key pressed."""

from collections.abc import Iterator

from pbx.ivr.interpreter import MOST_MOVES
from pbx.ivr.kinds.passages import Goto
from pbx.ivr.kinds.people import Dial, Queue
from pbx.ivr.nodes import Node
from pbx.ivr.proof.finding import Finding
from pbx.ivr.proof.graph import NOW, SILENT, Graph, leading_to, rounds


def shape(graph: Graph) -> Iterator[Finding]:
    yield from _unreachable(graph)
    yield from _rounds(graph)


def _unreachable(graph: Graph) -> Iterator[Finding]:
    for name in graph.ways:
        if name not in graph.reached:
            yield Finding(
                "unreachable-node",
                ("nodes", name),
                f"no way leads to node {name!r}",
                "lead one to it, or delete it",
            )


def _rounds(graph: Graph) -> Iterator[Finding]:
    """The worst that can be said of each: that nothing stops it, that no key leaves it, or that some do."""
    silent = list(rounds(graph.successors(SILENT)))
    closed = _without_end(graph) if silent else set[str]()
    told: set[str] = set()
    for cycle in rounds(graph.successors(NOW)) if silent else ():
        told.update(cycle)
        yield Finding(
            "endless-round",
            ("nodes", cycle[0]),
            f"goes round for ever without asking anything: {drawn(cycle)}",
            "lead one of these nodes to a menu, a queue or a hangup",
        )
    for cycle in silent:
        if told.issuperset(cycle):
            continue
        if cycle[0] in closed:
            told |= graph.reach([cycle[0]])
            yield Finding(
                "dead-end",
                ("nodes", cycle[0]),
                f"a caller goes round for ever, whatever is pressed: {drawn(cycle)}",
                "lead one of these nodes to a hangup, a queue or a dial",
            )
        else:
            yield Finding(
                "silent-round",
                ("nodes", cycle[0]),
                f"a caller who presses nothing goes round for {MOST_MOVES} nodes: {drawn(cycle)}",
                "lead one of these nodes out: to a hangup, say",
            )


def _without_end(graph: Graph) -> set[str]:
    """The nodes from which no way leads to an end, to a person or to another flow."""
    ends = [name for name, node in graph.flow.nodes.items() if not graph.ways[name] or _may_end(node)]
    targets = {name: [edge.target for edge in ways] for name, ways in graph.ways.items()}
    return graph.flow.nodes.keys() - leading_to(ends, targets)


def _may_end(node: Node) -> bool:
    """After a conversation the call is over, unless the node says otherwise; another flow may end it."""
    return isinstance(node, Goto) or (isinstance(node, Queue | Dial) and node.next is None)


def drawn(cycle: tuple[str, ...]) -> str:
    return " -> ".join((*cycle, cycle[0]))
