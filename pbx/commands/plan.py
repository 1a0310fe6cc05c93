"""Commands about what a reload would change, and what earlier ones changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from pbx.commands.options import CONFIG, DATA, JSON, client, fail, load

if TYPE_CHECKING:
    from pbx.plan.preview import Preview
    from pbx.plan.replay import RecordedCall
    from pbx.records.facts import ConfigChanged
    from pbx.records.reading import Row

LISTED = 50  # versions
MOST_CALLS = 100_000  # that are looked at
DAYS = click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=7,
    show_default=True,
    help="How far back to look at recorded calls.",
)


@click.command()
@CONFIG
@DATA
@DAYS
def plan(config: Path, data: Path, days: int) -> None:
    """Say what a reload would change, and which recorded calls would have gone elsewhere. Changes nothing."""
    from pbx.plan.preview import preview
    from pbx.plan.versions import NotKept, Versions

    new = load(config)
    now = _in_force(data)
    if now is None:
        click.echo(f"no configuration was in force here yet ({data}); the one on disk is {new.version}")
        return
    click.echo(f"in force: {now}\non disk:  {new.version}")
    if now.dialplan and Path(now.dialplan) != config.resolve():
        click.echo(f"note: the exchange reads {now.dialplan} at a reload, not {config}")
    if now.version == new.version:
        click.echo("nothing would change")
        return
    try:
        _tell(preview(Versions(data).texts(now.version), new.sources, recorded(data, days)), days)
    except NotKept as reason:
        fail(f"cannot compare: {reason}")
    except ValueError as reason:
        fail(reason)
    _refusal(config)


def _refusal(config: Path) -> None:
    """A reload also wants the audio of every prompt."""
    from pbx.config.load import load_configuration
    from pbx.config.models import ConfigErrors

    try:
        load_configuration(config, need="audio")
    except ConfigErrors as errors:
        fail(f"\na reload would be refused:\n{errors}")


class _InForce(NamedTuple):
    version: str
    note: str
    dialplan: str = ""  # the file that a running exchange reads

    def __str__(self) -> str:
        return f"{self.version} ({self.note})"


def _in_force(data: Path) -> _InForce | None:
    """That of the running exchange; else the last one recorded."""
    from pbx.admin.client import NotRunning
    from pbx.admin.terminal import local
    from pbx.plan.history import by

    known = _history(data, 1)
    try:
        found = client(data).get("version")
    except NotRunning:
        return _InForce(known[0].version, "when the exchange last ran") if known else None
    since = f"since {local(known[0].at)}, {by(known[0])}" if known else "now"
    return _InForce(found["version"], since, found["dialplan"])


def _history(data: Path, limit: int) -> "list[ConfigChanged]":
    from pbx.records.reading import configurations

    try:
        return configurations(data / "records.db", limit)
    except FileNotFoundError:
        return []


def recorded(data: Path, days: int) -> "list[Row]":
    """The calls of so many days, the latest first; none where there are no records."""
    from pbx.records.reading import records

    since = datetime.now(UTC) - timedelta(days=days)
    try:
        return records(data / "records.db", since=int(since.timestamp() * 1000), limit=MOST_CALLS)
    except FileNotFoundError:
        return []


def _tell(found: "Preview", days: int) -> None:
    from pbx.admin.terminal import count, show

    click.echo()
    for change in found.changes:
        click.echo(change)
    if not found.changes:
        click.echo("only comments and layout differ")
    period = f"{count(found.calls, 'call')} of the last {count(days, 'day')}"
    click.echo(f"\nof {period}, {found.diverted} would have gone elsewhere")
    if found.diversions:
        rows = [
            {
                "calls": one.count,
                "until_now": one.old,
                "from_now_on": one.new,
                "for_example": ", ".join(map(_example, one.examples)),
            }
            for one in found.diversions
        ]
        show(rows, ("calls", "until_now", "from_now_on", "for_example"))
    if found.met:
        click.echo("\nof these calls, so many came to nodes that change or go")
        met = [{"calls": calls, **change._asdict()} for change, calls in found.met]
        show(met, ("calls", "flow", "node", "what"))


def _example(call: "RecordedCall") -> str:
    at = call.arrival.at.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{call.arrival.dialled} {at} {call.contact}"


@click.command()
@DATA
@JSON
def versions(data: Path, as_json: bool) -> None:
    """List the configurations that were in force, the latest first, and what each changed."""
    from pbx.admin.terminal import local, show
    from pbx.plan.history import reigns
    from pbx.plan.versions import Versions

    kept = Versions(data)
    found = reigns(_history(data, LISTED + 1), {version: kept.texts(version) for version in kept.kept()})
    rows = [
        {**reign._asdict(), "since": local(reign.since), "kept": "yes" if reign.kept else "no"}
        for reign in found[:LISTED]
    ]
    show(rows, ("version", "since", "by", "kept", "changed"), as_json=as_json)


COMMANDS = (plan, versions)
