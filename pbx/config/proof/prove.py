"""Everything that is proved about a configuration before it runs."""

from collections.abc import Iterator

from pbx.config import step_sections as steps
from pbx.config.proof.bots import bots
from pbx.config.proof.calendars import calendars
from pbx.config.proof.circles import circles
from pbx.config.proof.dials import dials
from pbx.config.proof.limits import limits, style
from pbx.config.proof.overflow import overflow
from pbx.config.proof.passages import Graphs, InFlow, arguments, passages, secrets_by_flow
from pbx.config.proof.people import people
from pbx.config.proof.plan import DIALPLAN, Plan, Told
from pbx.config.proof.routes import routes
from pbx.config.proof.texts import texts
from pbx.config.proof.usage import reached_from_routes, staff, unused
from pbx.ivr.proof.variables import Slots
from pbx.ivr.verify import prove


def prove_flows(graphs: Graphs, slots: Slots, *, whole: bool = True) -> Iterator[InFlow]:
    """What needs no dialplan. `whole`: no flow had to be left out."""
    hidden = secrets_by_flow(graphs)
    for name, graph in graphs.items():
        yield from ((name, finding) for finding in prove(graph, slots, hidden.get(name, frozenset())))
    yield from passages(graphs, slots, whole=whole)
    yield from circles(graphs)
    yield from people(graphs)


def prove_plan(plan: Plan, slots: Slots, *, styled: bool) -> Iterator[Told]:
    """What needs all of it; where asked for, with what could be easier on callers."""
    document, used = plan.document, reached_from_routes(plan)
    in_force = {name: section.calendar() for name, section in document.calendars.items()}
    for finding in (*calendars(document.calendars, plan.written.get("calendars", {})), *staff(document)):
        yield DIALPLAN, finding
    if all(rule.when is None or rule.when.calendar in in_force for rule in plan.rules):
        for finding in routes(plan.rules, in_force, list(document.accounts), list(document.trunks)):
            yield DIALPLAN, finding
    if plan.whole:
        yield from unused(plan, used)
    for path, step in plan.steps:
        if isinstance(step, steps.Flow) and step.flow in plan.graphs:
            for finding in arguments(path, step.values, plan.graphs[step.flow].flow):
                yield DIALPLAN, finding
    yield from bots(plan)
    yield from overflow(plan)
    yield from dials(plan, slots)
    yield from texts(plan)
    yield from limits(plan)
    if styled:
        yield from style(plan)
