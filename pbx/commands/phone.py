"""Commands that are a phone: call, answer, and the demonstration."""

import sys
from pathlib import Path
from typing import Any

import click

from pbx.commands.options import CONFIG, fail, load


@click.command()
@click.argument("uri")
@click.option("--account", help="NAME:PASSWORD to call with; without it, call as a stranger.")
@click.option("--keys", default="", help="Keys to press once the call is answered; p is a pause of a second.")
@click.option(
    "--record", type=click.Path(path_type=Path, dir_okay=False), help="Write what is heard to a WAV file."
)
@click.option(
    "--seconds",
    type=click.FloatRange(1, 3600),
    default=20.0,
    show_default=True,
    help="Hang up after so long.",
)
def call(uri: str, account: str | None, keys: str, record: Path | None, seconds: float) -> None:
    """Call a SIP address with a softphone (needs the extra `softphone`)."""
    softphone = _softphone()
    try:
        for line in softphone.place_call(uri, account=account, keys=keys, record=record, seconds=seconds):
            click.echo(line)
    except softphone.SoftphoneError as error:
        fail(error)


@click.command()
@CONFIG
@click.option("--account", required=True, help="The dialplan's account to register.")
@click.option(
    "--server",
    default="127.0.0.1:5060",
    show_default=True,
    metavar="HOST:PORT",
    help="Where the exchange is.",
)
@click.option("--answer", is_flag=True, help="Answer every call.")
@click.option("--seconds", type=click.FloatRange(1), help="Stop after so long; without it, at Ctrl-C.")
def phone(config: Path, account: str, server: str, answer: bool, seconds: float | None) -> None:
    """Register a softphone and wait for calls (needs the extra `softphone`)."""
    softphone = _softphone()
    known = load(config).accounts
    if account not in known:
        fail(f"there is no account {account!r} in {config}; the accounts are {', '.join(sorted(known))}")
    try:
        for line in softphone.wait_for_calls(
            server, account, known[account].password, answer=answer, seconds=seconds
        ):
            click.echo(line)
    except softphone.SoftphoneError as error:
        fail(error)


@click.command()
@CONFIG
def demo(config: Path) -> None:
    """Play one whole story against a real exchange: menu, queue, music, agent, and its record."""
    _softphone()
    from pbx.softphone.demo import play_demo

    sys.exit(play_demo(config, click.echo))


def _softphone() -> Any:
    try:
        from pbx.softphone import phone as softphone
    except ImportError:
        fail("the softphone needs the extra packages: pip install 'centrala[softphone]'")
    return softphone


COMMANDS = (call, phone, demo)
