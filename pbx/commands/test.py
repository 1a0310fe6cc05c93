"""The command that plays the tests of flows."""

import gc
import json
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbx.commands.options import CONFIG, JSON, fail, load

if TYPE_CHECKING:
    from pbx.config.models import Configuration
    from pbx.rehearsal.rehearse import Rehearsal
    from pbx.rehearsal.scenario import Scenario
    from pbx.rehearsal.survivors import Harvest

YOUNG_OBJECTS = 50_000  # new containers between two looks of the garbage collector


@click.command()
@CONFIG
@click.argument("places", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "pattern", default="", help="Only tests with this in their file or name.")
@click.option("-v", "--verbose", is_flag=True, help="Print every call from beginning to end.")
@click.option(
    "--mutants", is_flag=True, help="Change the flows in small ways, and say which changes no test notices."
)
@JSON
def test(
    config: Path, places: Sequence[Path], pattern: str, *, verbose: bool, mutants: bool, as_json: bool
) -> None:
    """Play the tests of flows: those in FILES and folders, or all beside the dialplan.

    A call takes no time, and no network. Exit code 1: a test failed. 2: something in a file is wrong.
    """
    configuration = load(config)
    scenarios = _scenarios(configuration, places or [config.parent / "ivr_flows"], pattern)
    from pbx.rehearsal.rehearse import Rehearsal
    from pbx.rehearsal.sound import lengths

    rehearsal = Rehearsal(configuration, lengths(configuration))
    if mutants:
        _mutants(rehearsal, scenarios, as_json=as_json)
    else:
        _play(rehearsal, scenarios, verbose=verbose, as_json=as_json)


def _scenarios(configuration: "Configuration", places: Sequence[Path], pattern: str) -> "list[Scenario]":
    from pbx.config.models import ConfigErrors
    from pbx.rehearsal.load import SUFFIX, find
    from pbx.rehearsal.load import load as load_tests

    try:
        found = load_tests(find(places), configuration)
    except (ConfigErrors, FileNotFoundError) as error:
        fail(error)
    wanted = [one for one in found if pattern.casefold() in f"{one.file}: {one.name}".casefold()]
    if not wanted:
        where = ", ".join(map(str, places))
        fail(f"no test in {where} has {pattern!r} in it" if found else f"no *{SUFFIX} in {where}")
    return wanted


def _play(rehearsal: "Rehearsal", scenarios: "list[Scenario]", *, verbose: bool, as_json: bool) -> None:
    from pbx.rehearsal import report

    began = time.perf_counter()
    with _collector_spared():
        verdicts = report.judged(rehearsal, scenarios)
    seconds = time.perf_counter() - began
    if as_json:
        click.echo(json.dumps([report.as_json(verdict, rehearsal.texts) for verdict in verdicts], indent=1))
    else:
        for verdict in verdicts:
            if verdict.found or verbose:
                click.echo("\n".join(report.told(verdict, rehearsal.texts, every=verbose)) + "\n")
        click.echo(report.summary(verdicts, seconds))
    if any(verdict.found for verdict in verdicts):
        raise SystemExit(1)


@contextmanager
def _collector_spared() -> Generator[None]:
    """What is loaded stays loaded, and need not be looked at again during every call."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _mutants(rehearsal: "Rehearsal", scenarios: "list[Scenario]", *, as_json: bool) -> None:
    from pbx.admin.terminal import count
    from pbx.rehearsal.survivors import TestsFail, harvest

    try:
        with _collector_spared():
            found = harvest(rehearsal, scenarios)
    except TestsFail as reason:
        click.echo(reason)
        raise SystemExit(1) from None
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=1))
        return
    for one in found.survivors:
        noticed = (
            f"{count(one.tests, 'test')} came by and noticed nothing" if one.tests else "no test comes here"
        )
        place = f"{one.file}:{one.line}:{one.column}"
        click.echo(f"{place}: {one.node or 'the flow'}: {one.change}: {noticed}")
    born = found.killed + len(found.survivors)
    click.echo(f"{found.killed} of {born} mistakes were noticed ({found.share:.0%})")


def _as_json(found: "Harvest") -> dict[str, Any]:
    return {
        "killed": found.killed,
        "stillborn": found.stillborn,
        "share": round(found.share, 4),
        "survivors": [one._asdict() for one in found.survivors],
    }


COMMANDS = (test,)
