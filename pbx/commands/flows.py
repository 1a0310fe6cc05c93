"""Commands that follow a call through the dialplan and its flows, and need no running exchange."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from pbx.commands.options import CONFIG, DATA, fail, known, load, writes
from pbx.commands.plan import DAYS, recorded

if TYPE_CHECKING:
    from pbx.plan.session import Session

AT = click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    help="By the calendars' clock; now if left out.",
)
WIDEST = 100  # columns of a drawing nobody looks at on a terminal


@click.command()
@CONFIG
@click.option("--to", "dialled", required=True, help="The number dialled.")
@click.option("--from", "caller", default="", help="The calling number.")
@click.option("--account", help="The caller is this account's phone. Without it, a stranger.")
@click.option("--trunk", help="The call comes by this trunk.")
@AT
def route(
    config: Path, dialled: str, caller: str, account: str | None, trunk: str | None, at: datetime | None
) -> None:
    """Say which route serves a call, and why the ones above it do not."""
    from pbx.dialplan.rules import Arrival
    from pbx.sip.outputs import Identity, Standing

    configuration = load(config)
    if account:
        identity = Identity(Standing.ACCOUNT, known("account", account, configuration.accounts))
    elif trunk:
        identity = Identity(Standing.TRUNK, known("trunk", trunk, configuration.trunks))
    else:
        identity = Identity(Standing.STRANGER)
    zone = next((calendar.zone for calendar in configuration.calendars.values()), UTC)
    moment = at.replace(tzinfo=zone) if at else datetime.now(zone)
    arrival = Arrival(dialled, caller or account or "", identity, moment)
    for line in configuration.dialplan.explain(arrival):
        click.echo(line)
    decision = configuration.dialplan.route(arrival)
    click.echo(f"-> {decision.step}" if decision else "-> 404 Not Found")


@click.command()
@CONFIG
@click.argument("flow")
@click.option(
    "--keys",
    help="What the caller presses; p is a pause until the question gives up waiting. What is done "
    "elsewhere goes well, unless b(usy), n(o answer), d(eclined), u(nreachable), a (no agents), "
    "f (queue full), w(aited enough), x (failed) or m (nothing found) comes next.",
)
@click.option("--language", help="The language to begin with.")
@click.option("--from", "caller", default="caller", help="The calling number.")
@click.option("--closed", multiple=True, metavar="CALENDAR", help="Take this calendar for closed.")
@click.option("--value", "given", multiple=True, metavar="NAME=VALUE", help="One of the flow's parameters.")
@AT
def walk(
    config: Path,
    flow: str,
    keys: str | None,
    language: str | None,
    caller: str,
    closed: Sequence[str],
    given: Sequence[str],
    at: datetime | None,
) -> None:
    """Play a flow offline, by hand: press keys, see what the caller hears, and where the call goes.

    With --keys, play it in one go. By hand, `help` lists what can be done; commands may come by a pipe.
    """
    from pbx.ivr.model import Context
    from pbx.ivr.walk import Figures, Town, Walker
    from pbx.ivr.walk import walk as play
    from pbx.plan.session import ClosedNow, Session, World

    configuration = load(config)
    known("flow", flow, configuration.flows)
    for calendar in closed:
        known("calendar", calendar, configuration.calendars)
    if language:
        known("language", language, configuration.languages)
    values = {name: value for name, _, value in (pair.partition("=") for pair in given)}
    for name in values:
        known(f"parameter of {flow}", name, configuration.flows[flow].parameters)
    first = configuration.languages[0]
    context = Context(caller=caller, dialled="", language=language or first, first_language=first)
    at = at or datetime.now().astimezone()
    world = World(configuration.calendars, at, closed)
    queues: dict[str, Figures] = {}
    town = Town(closed=ClosedNow(world), listed=configuration.lists, queues=queues)
    flows, texts = configuration.flows, configuration.texts
    if keys is None:
        begin = partial(Walker, flows, flow, context, values=values, texts=texts, town=town)
        _by_hand(Session(begin, world, queues, at))
        return
    try:
        transcript = play(flows, flow, context, keys, texts, town, values)
    except ValueError as error:
        fail(error)
    click.echo("\n".join(transcript.lines))


def _by_hand(session: "Session") -> None:
    """Until the commands end: also a call that is over can be had back."""
    alone = not sys.stdin.isatty()
    _print(session.lines())
    while True:
        click.echo(f"{'over' if session.over else session.question}> ", nl=False)
        line = sys.stdin.readline()
        if alone:
            click.echo(line.rstrip("\n"))
        if not line or line.strip() in ("quit", "exit", "q"):
            break
        try:
            _print(session.obey(line))
        except ValueError as reason:
            click.echo(reason)


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line)


@click.command()
@CONFIG
@DATA
@DAYS
@click.argument("flow")
@click.option(
    "--svg", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write an SVG file instead."
)
@click.option("--language", help="The language of what is said.")
def graph(config: Path, data: Path, days: int, flow: str, file: Path | None, language: str | None) -> None:
    """Draw a flow, with recorded calls where there are any: how many came, went each way, and hung up."""
    from pbx.admin.terminal import count
    from pbx.plan.graph import graph_of
    from pbx.plan.svg import svg
    from pbx.plan.traffic import traffic
    from pbx.plan.tree import tree

    configuration = load(config)
    known("flow", flow, configuration.flows)
    if language:
        known("language", language, configuration.languages)
    rows = recorded(data, days)
    seen = traffic(configuration.flows[flow], rows) if rows else None
    drawing = graph_of(
        configuration.flows[flow], configuration.texts, language or configuration.languages[0], seen
    )
    period = f"{count(seen.calls, 'call')} in the last {count(days, 'day')}" if seen else "no recorded calls"
    if file is None:
        click.echo(f"flow {flow}: {period}\n")
        _print(tree(drawing, get_terminal_size().columns if sys.stdout.isatty() else WIDEST))
        return
    with writes():
        file.write_text(svg(drawing, period), encoding="utf-8")
    click.echo(f"wrote {file}")


COMMANDS = (route, walk, graph)
