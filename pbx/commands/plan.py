"""Commands that read the dialplan and the flows, and need no running exchange."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from pbx.commands.options import CONFIG, fail, load


@click.command()
@CONFIG
def check(config: Path) -> None:
    """Read the dialplan and every flow, and say everything that is wrong with them."""
    from pbx.admin.terminal import count

    configuration = load(config)
    for warning in configuration.warnings:
        click.echo(f"{warning} (warning)")
    click.echo(
        f"{config}: in order: {count(len(configuration.rules), 'route')}, "
        f"{count(len(configuration.flows), 'flow')}, "
        f"{count(len(configuration.queues), 'queue')}, {count(len(configuration.accounts), 'account')}; "
        f"version {configuration.version}"
    )


@click.command()
@CONFIG
@click.option("--to", "dialled", required=True, help="The number dialled.")
@click.option("--from", "caller", default="", help="The calling number.")
@click.option("--account", help="The caller is this account's phone. Without it, a stranger.")
@click.option("--trunk", help="The call comes by this trunk.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="Local time; now if left out."
)
def route(
    config: Path, dialled: str, caller: str, account: str | None, trunk: str | None, at: datetime | None
) -> None:
    """Say which route serves a call, and why the ones above it do not."""
    from pbx.dialplan.rules import Arrival
    from pbx.sip.outputs import Identity, Standing

    configuration = load(config)
    if account:
        identity = Identity(Standing.ACCOUNT, account)
    else:
        identity = Identity(Standing.TRUNK, trunk) if trunk else Identity(Standing.STRANGER)
    moment = (at or datetime.now(UTC)).astimezone()
    arrival = Arrival(dialled, caller or account or "", identity, moment)
    for line in configuration.dialplan.explain(arrival):
        click.echo(line)
    decision = configuration.dialplan.route(arrival)
    click.echo(f"-> {decision.step}" if decision else "-> 404 Not Found")


@click.command()
@CONFIG
@click.argument("flow")
@click.option(
    "--keys", default="", help="What the caller presses; p is a pause until the question gives up waiting."
)
@click.option("--language", help="The language to begin with.")
@click.option("--closed", multiple=True, metavar="CALENDAR", help="Take this calendar for closed.")
def walk(config: Path, flow: str, keys: str, language: str | None, closed: Sequence[str]) -> None:
    """Play a flow offline: what a caller who presses these keys hears, and where the call goes."""
    from pbx.config.prompts import texts
    from pbx.ivr.model import Context
    from pbx.ivr.walk import walk as play

    configuration = load(config)
    if flow not in configuration.flows:
        fail(f"there is no flow {flow!r}; the flows are {', '.join(sorted(configuration.flows))}")
    context = Context(
        caller="caller",
        dialled="",
        language=language or configuration.languages[0],
        open={name: name not in closed for name in configuration.calendars},
    )
    said = {
        f"{language}/{name}": speech.text for (language, name), speech in texts(configuration.folder).items()
    }
    try:
        transcript = play(configuration.flows[flow], context, keys, said)
    except ValueError as error:
        fail(error)
    click.echo("\n".join(transcript.lines))


COMMANDS = (check, route, walk)
