"""Menus from which no way leads to anybody."""

from collections.abc import Iterator

from pbx.config.proof.passages import Graphs, InFlow
from pbx.ivr.kinds.errands import Record
from pbx.ivr.kinds.passages import Goto, Return
from pbx.ivr.kinds.people import Callback, Dial, Queue
from pbx.ivr.kinds.questions import Menu
from pbx.ivr.proof.finding import Finding
from pbx.ivr.proof.graph import leading_to


def people(graphs: Graphs) -> Iterator[InFlow]:
    """Told once a flow, at its first such menu. Whoever called a flow may lead on to somebody after it."""
    places: dict[str, list[str]] = {}
    somebody: list[str] = []
    for flow, graph in graphs.items():
        for name, node in graph.flow.nodes.items():
            place = f"{flow} {name}"
            places[place] = [f"{flow} {edge.target}" for edge in graph.ways[name]]
            if isinstance(node, Goto) and node.flow in graphs:
                places[place].append(f"{node.flow} {graphs[node.flow].flow.start}")
            elif isinstance(node, Goto | Queue | Dial | Callback | Record | Return):
                somebody.append(place)
    found = leading_to(somebody, places)
    for flow, graph in graphs.items():
        for name, node in graph.flow.nodes.items():
            if isinstance(node, Menu) and name in graph.reached and f"{flow} {name}" not in found:
                finding = Finding(
                    "no-person",
                    ("nodes", name),
                    f"from menu {name!r} no way leads to a person, not even to one who calls back",
                    "lead a key, best 0, to a queue, a dial, a callback or a message",
                )
                yield flow, finding
                break
