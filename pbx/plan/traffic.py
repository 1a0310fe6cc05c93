"""What recorded calls did in a flow: how many came to each node, went each way, and hung up there."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pbx.ivr.flow import Flow
from pbx.records.cdr import PATH_LIMIT
from pbx.records.reading import Row

_TALKED = ("agent", "connected")


@dataclass(frozen=True, slots=True)
class Traffic:
    """`calls` came into the flow. A call counts once at a node, and once for every time it went a way."""

    calls: int = 0
    reached: Counter[str] = field(default_factory=Counter[str])
    moves: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    lost: Counter[str] = field(default_factory=Counter[str])  # the caller hung up, and had not been served


def traffic(flow: Flow, rows: Iterable[Row]) -> Traffic:
    """From rows of pbx.records.reading.records. Nodes that the flow no longer has are left out."""
    reached: Counter[str] = Counter()
    moves: Counter[tuple[str, str]] = Counter()
    lost: Counter[str] = Counter()
    calls = 0
    for row in rows:
        steps = [tuple(step.rsplit("/", 1)) for step in str(row["path"]).split()]
        nodes = [node for name, node in steps if name == flow.name and node in flow.nodes]
        if not nodes:
            continue
        calls += 1
        reached.update(set(nodes))
        moves.update(_moves(flow, steps))
        if len(steps) < PATH_LIMIT and steps[-1] == (flow.name, nodes[-1]) and _gave_up(flow, nodes[-1], row):
            lost[nodes[-1]] += 1
    return Traffic(calls, reached, moves, lost)


def passed_through(rows: Iterable[Row], places: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """How many calls came to each of these (flow, node)."""
    wanted = {f"{flow}/{node}": (flow, node) for flow, node in places}
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:
        found.update({wanted[step] for step in str(row["path"]).split() if step in wanted})
    return found


def _moves(flow: Flow, steps: list[tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    """From each node to the flow's next, other flows in between passed over. To its start from another flow
    is no move: the flow began again."""
    before, elsewhere = "", False
    for name, node in steps:
        if name != flow.name:
            elsewhere = True
            continue
        if before and not (elsewhere and node == flow.start):
            yield before, node
        before, elsewhere = node, False


def _gave_up(flow: Flow, node: str, row: Row) -> bool:
    """A hang-up after the goodbye, or after a conversation that began here, is how calls should end."""
    edges = list(flow.nodes[node].edges())
    talked_here = row["outcome"] in _TALKED and any(edge.after == "outcome" for edge in edges)
    return row["by"] == "customer" and bool(edges) and not talked_here
