"""Commands that run the exchange, or ask a running one."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import click

from pbx.commands.options import CONFIG, DATA, JSON, answers, client, fail


@click.command()
@CONFIG
@DATA
@click.option("--listen", multiple=True, metavar="udp:HOST:PORT", help="Instead of the dialplan's listeners.")
@click.option("--rtp-ports", metavar="FIRST-LAST", help="Instead of the dialplan's ports for audio.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    show_default=True,
    help="What goes to standard error, as JSON lines.",
)
def run(config: Path, data: Path, listen: Sequence[str], rtp_ports: str | None, log_level: str) -> None:
    """Run the exchange until Ctrl-C or SIGTERM."""
    from pbx import app, log
    from pbx.config.listen import parse_listener, parse_port_range
    from pbx.config.models import ConfigErrors
    from pbx.records.store import JournalInUse
    from pbx.transport.network import ListenError

    log.log_to_stderr(log_level)
    os.umask(0o077)  # whatever it writes holds callers' numbers, or what they said
    try:
        options = app.Options(
            config=config,
            data=data,
            listeners=tuple(parse_listener(text) for text in listen),
            rtp_ports=parse_port_range(rtp_ports) if rtp_ports else None,
        )
        asyncio.run(app.run(options, lambda line: print(line, flush=True)))
    except* (ConfigErrors, app.CannotStart, ListenError, JournalInUse, ValueError, OSError) as errors:
        fail("\n".join(_sentences(cast("BaseException", errors))))


def _sentences(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return [sentence for each in inner for sentence in _sentences(each)]
    return [str(error)]


@click.command()
@DATA
@click.option("--to", "version", help="An older version, from its kept copy: `centrala versions` lists them.")
def reload(data: Path, version: str | None) -> None:
    """Read the dialplan and flows again, for calls from now on. On any error nothing changes."""
    query = {"to": version} if version else {}
    with answers():
        click.echo(f"configuration {client(data).post('reload', **query)['version']} is in force")
    if version:
        click.echo("the files on disk stay as they are; the next reload or restart puts them in force")


VIEWS = {
    "calls": (
        "List the calls that run now.",
        ("call", "from", "dialled", "seconds", "answered", "held", "doing"),
    ),
    "queues": (
        "Show how many wait in each queue, and for how long.",
        ("queue", "waiting", "longest_wait", "signed_in"),
    ),
    "agents": (
        "Show what each agent does.",
        ("agent", "name", "phone", "registered", "state", "reason", "seconds"),
    ),
    "registrations": (
        "Show which phones have registered, and from where.",
        ("account", "contact", "from", "seconds"),
    ),
}


def _view(name: str, purpose: str, columns: Sequence[str]) -> click.Command:
    """A command that asks the exchange for rows of this name, and prints them."""

    @click.command(name, help=purpose)
    @DATA
    @JSON
    def command(data: Path, as_json: bool) -> None:
        from pbx.admin.terminal import show

        with answers():
            rows = client(data).get(name)
        show(rows, columns, as_json=as_json)

    return command


@click.command()
@DATA
@click.argument("name")
@click.argument("action", type=click.Choice(["sign-in", "sign-out", "pause", "resume"]))
@click.option("--reason", default="", help="Why the agent pauses.")
def agent(data: Path, name: str, action: str, reason: str) -> None:
    """Sign an agent in or out, pause or resume."""
    from pbx.admin.terminal import show

    with answers():
        rows = client(data).post("agents", name, action, reason=reason)
    show([row for row in rows if row["agent"] == name], ("agent", "state", "reason"))


@click.command()
@DATA
@click.argument("call")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def capture(data: Path, call: str, file: Path) -> None:
    """Write a running or recent call's SIP messages to a pcap file, for sngrep or Wireshark."""
    with answers():
        file.write_bytes(client(data).fetch("GET", "calls", call, "pcap"))
    click.echo(f"wrote {file}: read it with `sngrep -I {file}`")


COMMANDS = (run, reload, *(_view(name, *about) for name, about in VIEWS.items()), agent, capture)
