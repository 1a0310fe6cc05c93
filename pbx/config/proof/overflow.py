"""Queues that hand callers on to one another, or to themselves."""

from collections.abc import Iterator

from pbx.config import step_sections as steps
from pbx.config.proof.plan import DIALPLAN, Plan, Told
from pbx.ivr.kinds.people import Queue
from pbx.ivr.proof.finding import Finding
from pbx.ivr.proof.graph import SILENT, Graph, rounds


def overflow(plan: Plan) -> Iterator[Told]:
    onward: dict[str, list[str]] = {name: [] for name in plan.document.queues}
    for path, step in plan.steps:
        if path[0] == "queues" and isinstance(step, steps.Queue) and step.queue in onward:
            onward[str(path[1])].append(step.queue)
    for circle in rounds(onward):
        finding = Finding(
            "overflow-circle",
            ("queues", circle[0], "overflow"),
            f"callers would go round: {' -> '.join((*circle, circle[0]))}",
            "let one of them end otherwise",
        )
        yield DIALPLAN, finding
    for path, step in plan.steps:
        if path[0] == "queues" and isinstance(step, steps.Flow) and step.flow in plan.graphs:
            name = str(path[1])
            for node in _back_to(plan.graphs[step.flow], name):
                finding = Finding(
                    "overflow-back",
                    path,
                    f"callers whom queue {name!r} gives up wait in it again, without being asked: "
                    f"{name} -> flow {step.flow} -> node {node} -> {name}",
                    "ask whether they want to go on waiting, or lead them elsewhere",
                )
                yield DIALPLAN, finding


def _back_to(graph: Graph, queue: str) -> Iterator[str]:
    """The first node, if any, in which a caller who presses nothing waits in the queue again."""
    reached = graph.reach([graph.flow.start], SILENT)
    for name, node in graph.flow.nodes.items():
        if name in reached and isinstance(node, Queue) and node.queue == queue:
            yield name
            return
