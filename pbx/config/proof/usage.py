"""What nothing leads to, and queues and agents that have nobody to do with one another."""

from collections.abc import Collection, Iterator, Mapping

from pbx.config import step_sections as steps
from pbx.config.document import AgentSection, Document
from pbx.config.proof.plan import DIALPLAN, Plan, Told
from pbx.config.step_sections import AnyStep
from pbx.ivr.proof.finding import Finding, Path
from pbx.ivr.proof.graph import Graph


def reached_from_routes(plan: Plan) -> Mapping[str, set[str]]:
    """The flows, queues, calendars, lists and bots that some call comes to, by their kind."""
    found: dict[str, set[str]] = {kind: set() for kind in ("flow", "queue", "calendar", "list", "bot")}
    found["calendar"] |= {rule.when.calendar for rule in plan.rules if rule.when}
    ahead: list[tuple[str, str]] = []
    for path, step in plan.steps:
        if path[0] == "routes":
            ahead += _leads_to(step)
    overflow: dict[str, list[tuple[str, str]]] = {}
    for path, step in plan.steps:
        if path[0] == "queues":
            overflow.setdefault(str(path[1]), []).extend(_leads_to(step))
    while ahead:
        kind, name = ahead.pop()
        if name in found[kind]:
            continue
        found[kind].add(name)
        if kind == "flow" and name in plan.graphs:
            ahead += _mentioned(plan.graphs[name], found)
        if kind == "queue":
            ahead += overflow.get(name, ())
    return found


def _leads_to(step: AnyStep) -> list[tuple[str, str]]:
    match step:
        case steps.Flow(flow=flow):
            return [("flow", flow)]
        case steps.Queue(queue=queue):
            return [("queue", queue)]
        case _:
            return []


def _mentioned(graph: Graph, kinds: Collection[str]) -> list[tuple[str, str]]:
    return [
        (mention.what, mention.name)
        for node, mentions in graph.mentions.items()
        for mention in mentions
        if mention.what in kinds and node in graph.reached
    ]


def unused(plan: Plan, used: Mapping[str, set[str]]) -> Iterator[Told]:
    """`used` as found by reached_from_routes."""
    for name in plan.graphs:
        if name not in used["flow"]:
            yield ("flow", name), _nothing("flow", name, ("start",), "lead a route or another flow to it")
    for name in plan.bots:
        if name not in used["bot"]:
            yield ("bot", name), _nothing("bot", name, ("disclosure",), "lead a flow to it")
    for kind, names in (
        ("queue", plan.document.queues),
        ("calendar", plan.document.calendars),
        ("list", plan.document.lists),
    ):
        for name in names:
            if name not in used[kind]:
                yield DIALPLAN, _nothing(kind, name, (f"{kind}s", name), "lead a route or a flow to it")


def _nothing(kind: str, name: str, path: Path, fix: str) -> Finding:
    return Finding(f"unused-{kind}", path, f"nothing uses {kind} {name!r}", f"{fix}, or delete it")


def staff(document: Document) -> Iterator[Finding]:
    """Queues that no agent can serve, agents who serve none, and lists with nobody on them."""
    for name, queue in document.queues.items():
        serving = [agent for agent in document.agents.values() if name in agent.queues]
        least = queue.relax[-1].skills if queue.relax else queue.skills
        if not serving:
            yield Finding(
                "unserved-queue",
                ("queues", name),
                f"no agent serves queue {name!r}: callers would wait for nobody",
                f'write "{name}" into the `queues` of an agent',
            )
        elif not any(_is_skilled(agent, least) for agent in serving):
            yield Finding(
                "unserved-queue",
                ("queues", name, "skills"),
                f"no agent of queue {name!r} has the skills it needs: callers would wait for nobody",
                "give an agent these skills, or let the queue ask for less in time with `relax`",
            )
    for name, section in document.lists.items():
        if not section.numbers and section.file is None:
            yield Finding(
                "empty-list",
                ("lists", name),
                f"nobody is on list {name!r}",
                'write numbers = ["+371..."], or file = "..."',
            )
    for name, agent in document.agents.items():
        if not agent.queues:
            yield Finding(
                "agent-without-queue",
                ("agents", name, "queues"),
                f"agent {name!r} serves no queue",
                "name the queues the agent serves, or remove the agent",
            )


def _is_skilled(agent: AgentSection, least: Mapping[str, int]) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in least.items())
