"""What passes between flows: values given and handed back, secrets, and flows that wait for others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from pbx.ivr.flow import Flow
from pbx.ivr.kinds.passages import Goto, Return
from pbx.ivr.kinds.people import Bot
from pbx.ivr.proof.finding import Finding, Path
from pbx.ivr.proof.graph import Graph, rounds
from pbx.ivr.proof.repeats import asked_on_entry, needless, passed_on_by_bots
from pbx.ivr.proof.secrets import passed_on, secret_variables
from pbx.ivr.proof.variables import Slots, fills_of
from pbx.ivr.turn import MOST_FLOWS

Graphs: TypeAlias = Mapping[str, Graph]
InFlow: TypeAlias = tuple[str, Finding]
"""The flow's name, and what was found in it."""
Calls: TypeAlias = Mapping[str, tuple[tuple[str, Goto], ...]]


def passages(graphs: Graphs, slots: Slots, *, whole: bool = True) -> Iterator[InFlow]:
    """`whole`: there are no other flows that could lead to these."""
    calls = {name: tuple(calls_of(graph)) for name, graph in graphs.items()}
    back = {name for name, graph in graphs.items() if any(_returns(graph))}
    for name, gotos in calls.items():
        for node, goto in gotos:
            if goto.flow in graphs:
                yield from ((name, finding) for finding in _values(node, goto, graphs[goto.flow]))
                if goto.next is not None and goto.flow not in back:
                    yield name, _never_back(node, goto)
    yield from _asked_again(graphs, slots)
    if whole:
        yield from _returns_nowhere(graphs, calls)
    yield from _too_deep(calls)


def secrets_by_flow(graphs: Graphs) -> dict[str, frozenset[str]]:
    """The variables of each flow that may hold secure digits, wherever those were collected."""
    given: dict[str, set[str]] = {name: set() for name in graphs}
    hidden: dict[str, frozenset[str]] = {}
    ahead = [name for name, graph in graphs.items() if any(graph.find("hides"))]
    callers: dict[str, set[str]] = {}
    for name, graph in graphs.items() if ahead else ():
        for _, goto in calls_of(graph):
            callers.setdefault(goto.flow, set()).add(name)
    while ahead:
        name = ahead.pop()
        results = {flow: set(graphs[flow].flow.results) & found for flow, found in hidden.items()}
        found = secret_variables(graphs[name], given[name], results)
        if found == hidden.get(name):
            continue
        hidden[name] = found
        ahead += callers.get(name, ())
        for flow, parameter in passed_on(graphs[name], found):
            if flow in graphs:
                given[flow].add(parameter)
                ahead.append(flow)
    return hidden


def calls_of(graph: Graph) -> Iterator[tuple[str, Goto]]:
    """The nodes that lead to other flows, of those that callers reach."""
    for name, node in graph.flow.nodes.items():
        if isinstance(node, Goto) and name in graph.reached:
            yield name, node


def _returns(graph: Graph) -> Iterator[str]:
    return (
        name for name, node in graph.flow.nodes.items() if isinstance(node, Return) and name in graph.reached
    )


def arguments(path: Path, given: Iterable[str], flow: Flow) -> Iterator[Finding]:
    """What is given to a flow at this place, and what it wants."""
    given = list(given)
    for parameter in flow.parameters:
        if parameter not in given:
            yield Finding(
                "missing-argument",
                path,
                f"flow {flow.name!r} needs {parameter!r}, which it is not given here",
                f'add with = {{ {parameter} = "..." }}',
            )
    for name in given:
        if name not in flow.parameters:
            yield Finding(
                "unused-argument",
                (*path, "with", name),
                f"flow {flow.name!r} has no parameter {name!r}",
                f"remove it, or add it to `parameters` of {flow.name!r}",
            )


def _values(node: str, goto: Goto, called: Graph) -> Iterator[Finding]:
    flow = called.flow
    yield from arguments(("nodes", node), goto.with_, flow)
    for variable, result in goto.fills.items():
        if result not in flow.results:
            yield Finding(
                "missing-result",
                ("nodes", node, "fills", variable),
                f"flow {flow.name!r} does not hand back {result!r}",
                f"add it to `results` of {flow.name!r}, or remove it",
            )


def _asked_again(graphs: Graphs, slots: Slots) -> Iterator[InFlow]:
    """What a bot has asked for, and another flow asks for once more."""
    told: set[tuple[str, str]] = set()
    for graph in graphs.values():
        if not any(isinstance(node, Bot) for node in graph.flow.nodes.values()):
            continue
        fills = {name: fills_of(node, slots) for name, node in graph.flow.nodes.items()}
        for goto, _, there in passed_on_by_bots(graph, fills):
            for question in asked_on_entry(graphs[goto.flow], there) if goto.flow in graphs else ():
                if (goto.flow, question) not in told:
                    told.add((goto.flow, question))
                    yield goto.flow, needless(question, there, f"a bot in flow {graph.flow.name!r}")


def _never_back(node: str, goto: Goto) -> Finding:
    return Finding(
        "never-returns",
        ("nodes", node, "next"),
        f"no caller comes back from flow {goto.flow!r}: it has no return",
        'end that flow with a node do = "return", or remove next',
    )


def _returns_nowhere(graphs: Graphs, calls: Calls) -> Iterator[InFlow]:
    awaited = {goto.flow for gotos in calls.values() for _, goto in gotos if goto.next is not None}
    for name, graph in graphs.items():
        for node in _returns(graph) if name not in awaited else ():
            finding = Finding(
                "returns-nowhere",
                ("nodes", node),
                f"no flow waits for {name!r} to come back: the call ends here",
                'end it with do = "hangup", or call this flow from another one with next',
            )
            yield name, finding


def _too_deep(calls: Calls) -> Iterator[InFlow]:
    """Flows that wait for one another without end, or deeper than any call may."""
    waiting = {
        name: [goto.flow for _, goto in gotos if goto.next is not None] for name, gotos in calls.items()
    }
    waiting = {name: [flow for flow in flows if flow in waiting] for name, flows in waiting.items()}
    circles = list(rounds(waiting))
    for circle in circles:
        yield circle[0], _deep(calls, (*circle, circle[0]), "a flow waits for itself")
    if circles:
        return
    chain = _longest_chain(waiting)
    if len(chain) > MOST_FLOWS + 1:
        yield chain[0], _deep(calls, chain, f"more than {MOST_FLOWS} flows wait for one another")


def _deep(calls: Calls, chain: tuple[str, ...], what: str) -> Finding:
    node = next(node for node, goto in calls[chain[0]] if goto.flow == chain[1] and goto.next is not None)
    return Finding(
        "recursion",
        ("nodes", node, "flow"),
        f"{what}, and the call is then ended: {' -> '.join(chain)}",
        "leave out `next` where a flow need not be waited for",
    )


def _longest_chain(waiting: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Of names in no circle."""
    longest: dict[str, tuple[str, ...]] = {}
    for start in waiting:
        ahead = [start]
        while ahead:
            name = ahead[-1]
            below = [flow for flow in waiting[name] if flow not in longest]
            ahead += below
            if not below:
                ahead.pop()
                longest[name] = (name, *max((longest[flow] for flow in waiting[name]), key=len, default=()))
    return max(longest.values(), key=len, default=())
