"""The command that says what is wrong with a configuration before it runs."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbx.commands.options import CONFIG, JSON

if TYPE_CHECKING:
    from pbx.config.load import Inspection
    from pbx.config.models import Problem


@click.command()
@CONFIG
@JSON
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option("--style", is_flag=True, help="Also say what could be easier on callers.")
def check(config: Path, *, as_json: bool, strict: bool, style: bool) -> None:
    """Prove what can be proved about the dialplan, the flows, the bots and what they say, before they run.

    Every finding has its place, a fix, and a code that is explained in docs/checking.md. Ends with 2 if one
    of them is an error.
    """
    from pbx.config.load import inspect

    inspection = inspect(config, need="audio", style=style)
    findings = [_stricter(one) if strict else one for one in inspection.findings]
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding)
        click.echo(f"{config}: {_summary(inspection, findings)}")
    sys.exit(2 if any(finding.severity == "error" for finding in findings) else 0)


def _stricter(finding: "Problem") -> "Problem":
    return finding._replace(severity="error") if finding.severity == "warning" else finding


def _summary(inspection: "Inspection", findings: "list[Problem]") -> str:
    from pbx.admin.terminal import count

    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(count(number, severity) for severity, number in sorted(counts.items()))
    configuration = inspection.configuration
    if configuration is None:
        return told
    return (
        f"{told or 'in order'}: {count(len(configuration.rules), 'route')}, "
        f"{count(len(configuration.flows), 'flow')}, {count(len(configuration.bots), 'bot')}, "
        f"{count(len(configuration.queues), 'queue')}, {count(len(configuration.accounts), 'account')}; "
        f"version {configuration.version}"
    )


COMMANDS = (check,)
