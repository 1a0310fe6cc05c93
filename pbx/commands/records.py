"""Commands that read what was recorded."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from pbx.commands.options import DATA, fail


@click.group(invoke_without_command=True)
@DATA
@click.option("--call", help="Only this call, with its queue visits and its story.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Local time.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Local time.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="At most so many calls."
)
@click.option("--csv", "style", flag_value="csv", help="Print CSV.")
@click.option("--json", "style", flag_value="json", help="Print JSON, one object a line.")
@click.pass_context
def records(
    context: click.Context,
    data: Path,
    call: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    style: str | None,
) -> None:
    """List call detail records, the latest first."""
    from pbx.admin import terminal
    from pbx.records import reading

    context.obj = data
    if context.invoked_subcommand:
        return
    path = data / "records.db"
    with _records():
        rows = reading.records(path, call=call, since=_unix_ms(since), until=_unix_ms(until), limit=limit)
    if style == "csv":
        reading.write_csv(rows, sys.stdout)
    elif style == "json":
        reading.write_json_lines(rows, sys.stdout)
    else:
        terminal.show_calls(rows)
        if call is not None:
            terminal.show_story(path, call)


@records.command()
@click.pass_obj
def rebuild(data: Path) -> None:
    """Compute every record again from the facts; nothing may change."""
    from pbx.admin.terminal import count
    from pbx.records import reading

    with _records():
        done = reading.rebuild(data / "records.db")
    click.echo(
        f"{count(done.contacts, 'call')}, {count(done.segments, 'queue visit')}: "
        f"{done.differed or 'none'} differed from the facts"
    )


@contextmanager
def _records() -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        fail(error)


def _unix_ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.astimezone().timestamp() * 1000)


COMMANDS = (records,)
