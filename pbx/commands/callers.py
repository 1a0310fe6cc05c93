"""Commands about callers: how flows served them, and the messages they left."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbx.commands.options import DATA, JSON, client, fail

if TYPE_CHECKING:
    from pbx.records.flow_measures import FlowMeasures

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"])
NODES = ("flow", "node", "entered", "no_match", "no_input", "gave_up", "hung_up", "went_on")
MESSAGES = ("file", "left", "number", "seconds", "flow", "node")


@click.command()
@DATA
@click.option("--since", type=MOMENT, help="Calls that came from then on. Local time.")
@click.option("--until", type=MOMENT, help="Calls that came before. Local time.")
@JSON
def flows(data: Path, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Say how flows served their callers: containment, drop-off at each node, time to an agent."""
    from pbx.admin.terminal import show
    from pbx.records.callers import measured
    from pbx.records.flow_measures import containment, median

    try:
        measures, arrivals = measured(data / "records.db", _unix_ms(since), _unix_ms(until))
    except FileNotFoundError as error:
        fail(error)
    found = containment(measures.journeys, arrivals)
    waited = median(journey.to_agent_ms for journey in measures.journeys if journey.to_agent_ms is not None)
    nodes = _nodes(measures)
    if as_json:
        summary = {
            "entered": found.entered,
            "contained": found.contained,
            "contained_raw": found.raw,
            "contained_true": found.true,
            "called_again": found.again,
            "numbers_unknown": found.unknown,
            "abandoned": found.abandoned,
            "median_ms_to_agent": waited,
        }
        show([{**summary, "nodes": nodes}], (), as_json=True)
        return
    show(nodes, NODES)
    click.echo(f"{found.entered} calls came to a flow; {found.abandoned} hung up in one")
    click.echo(
        f"contained: {_share(found.raw)} raw, {_share(found.true)} true "
        f"({found.again} called again within a day; {found.unknown} callers are not known)"
    )
    click.echo(
        f"time to an agent: {'nobody reached one' if waited is None else f'{waited / 1000:.1f} s (median)'}"
    )


def _nodes(measures: "FlowMeasures") -> list[dict[str, Any]]:
    return [
        {
            "flow": flow,
            "node": node,
            "entered": counts.entered,
            "no_match": counts.nomatch,
            "no_input": counts.noinput,
            "gave_up": counts.gave_up,
            "hung_up": counts.hung_up,
            "went_on": counts.went_on,
        }
        for flow, counted in sorted(measures.flows.items())
        for node, counts in counted.nodes.items()
    ]


def _share(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.1%}"


@click.command()
@DATA
@click.option("--delete", metavar="FILE", help="Delete this message, and say so in the records.")
@JSON
def messages(data: Path, delete: str | None, as_json: bool) -> None:
    """List the messages that callers left, or delete one."""
    from pbx.admin.terminal import local, show
    from pbx.records.callers import messages as stored

    try:
        found = stored(data / "records.db")
    except FileNotFoundError as error:
        fail(error)
    if delete is None:
        show([{**one._asdict(), "left": local(one.at)} for one in found], MESSAGES, as_json=as_json)
        return
    if delete not in {one.file for one in found}:
        fail(f"there is no message {delete}; `centrala messages` lists them")
    _delete(data, delete)
    click.echo(f"{delete} is deleted")


def _delete(data: Path, file: str) -> None:
    """By the exchange that writes the records, or by ourselves while none runs."""
    import asyncio

    from pbx.admin.client import NotRunning, Refused
    from pbx.calls.messages import delete_message
    from pbx.clock import LoopClock
    from pbx.records.sqlite_journal import sqlite_journal

    async def alone() -> None:
        async with sqlite_journal(data / "records.db") as journal:
            delete_message(data / "messages", file, journal, LoopClock().unix_ms())

    try:
        client(data).post("messages", file, "delete")
    except NotRunning:
        asyncio.run(alone())
    except (Refused, OSError) as error:
        fail(error)


def _unix_ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.astimezone().timestamp() * 1000)


COMMANDS = (flows, messages)
