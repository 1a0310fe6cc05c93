"""Tables and times for people at a terminal."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pbx.records import reading

CALLS = ("contact", "arrived", "number", "dnis", "outcome", "agent", "wait", "seconds", "by", "reason")
VISITS = ("segment", "queue", "reason", "agent", "wait", "offers")
WIDTH = 200  # of a table that nobody looks at on a terminal


def show(rows: Sequence[Any], columns: Sequence[str], *, as_json: bool = False) -> None:
    """Print rows as a table, whatever is in them as it is; or as JSON, whole."""
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        return
    table = Table(*(column.replace("_", " ") for column in columns), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text("" if row[column] is None else str(row[column])) for column in columns))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


def show_calls(rows: Sequence[reading.Row]) -> None:
    seconds = ({**row, "seconds": row["duration_ms"] / 1000, "wait": row["wait_ms"] / 1000} for row in rows)
    show([{**row, "arrived": local(row["arrived"])} for row in seconds], CALLS)


def show_story(path: Path, call: str) -> None:
    """One call's queue visits, and everything that happened in it."""
    show([{**row, "wait": row["wait_ms"] / 1000} for row in reading.segments(path, call)], VISITS)
    for fact in reading.timeline(path, call):
        details = " ".join(f"{name}={value}" for name, value in fact.data().items())
        sys.stdout.write(f"{local(fact.at)} {fact.type} {details}\n")


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def local(unix_ms: int) -> str:
    return datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
