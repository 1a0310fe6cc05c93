"""Rounds that lead through several flows, or through a flow that is waited for, without a key pressed."""

from collections.abc import Collection, Iterator

from pbx.config.proof.passages import Graphs, InFlow, calls_of
from pbx.ivr.interpreter import MOST_MOVES
from pbx.ivr.kinds.passages import Goto, Return
from pbx.ivr.proof.finding import Finding
from pbx.ivr.proof.graph import NOW, SILENT, Graph, rounds


def circles(graphs: Graphs) -> Iterator[InFlow]:
    linked = _linked(graphs)
    told: set[str] = set()  # the passages that were told of
    for after, code, what in (
        (NOW, "endless-round", "goes round for ever without asking anything"),
        (SILENT, "silent-round", f"a caller who presses nothing goes round for {MOST_MOVES} nodes"),
    ):
        for cycle in rounds(_successors(graphs, linked, after)) if linked else ():
            passages = [place for place in cycle if _goto(graphs, place) is not None]
            if passages and told.isdisjoint(passages):
                told.update(passages)
                flow, node = passages[0].split(" ")
                drawn = " -> ".join(place.replace(" ", ":") for place in (*cycle, cycle[0]))
                fix = "lead one of these nodes to a menu, a queue or a hangup"
                yield flow, Finding(code, ("nodes", node), f"{what}: {drawn}", fix)


def _linked(graphs: Graphs) -> set[str]:
    """The flows that may be part of such a round."""
    leads = {
        name: [goto.flow for _, goto in calls_of(graph) if goto.flow in graphs]
        for name, graph in graphs.items()
    }
    found = {name for circle in rounds(leads) for name in circle}
    found |= {name for name, graph in graphs.items() if any(goto.next for _, goto in calls_of(graph))}
    ahead = list(found)
    while ahead:
        for name in leads[ahead.pop()]:
            if name not in found:
                found.add(name)
                ahead.append(name)
    return found


def _goto(graphs: Graphs, place: str) -> Goto | None:
    flow, name = place.split(" ")
    node = graphs[flow].flow.nodes[name]
    return node if isinstance(node, Goto) else None


def _successors(graphs: Graphs, linked: set[str], after: Collection[str]) -> dict[str, list[str]]:
    """By "flow node". A flow that comes back without a key is also a way to what follows it."""
    back = _come_back(graphs, linked, after)
    found: dict[str, list[str]] = {}
    for flow in (flow for flow in graphs if flow in linked):
        for name, targets in _within(graphs[flow], back, after).items():
            found[f"{flow} {name}"] = [f"{flow} {target}" for target in targets]
        for name, goto in calls_of(graphs[flow]):
            if goto.flow in graphs:
                found[f"{flow} {name}"].append(f"{goto.flow} {graphs[goto.flow].flow.start}")
    return found


def _within(graph: Graph, back: Collection[str], after: Collection[str]) -> dict[str, list[str]]:
    successors = graph.successors(after)
    for name, goto in calls_of(graph):
        if goto.next is not None and goto.flow in back:
            successors[name].append(goto.next)
    return successors


def _come_back(graphs: Graphs, linked: set[str], after: Collection[str]) -> set[str]:
    """The flows that a caller can go through, from start to return, by such ways alone."""
    back: set[str] = set()
    while True:
        more = {flow for flow in linked - back if _goes_through(graphs[flow], back, after)}
        if not more:
            return back
        back |= more


def _goes_through(graph: Graph, back: Collection[str], after: Collection[str]) -> bool:
    successors = _within(graph, back, after)
    reached = {graph.flow.start}
    ahead = [graph.flow.start]
    while ahead:
        name = ahead.pop()
        if isinstance(graph.flow.nodes[name], Return):
            return True
        more = [target for target in successors[name] if target not in reached]
        reached.update(more)
        ahead += more
    return False
