"""What the command line and the admin pages ask of the records, beside a running exchange or without one."""

import csv
import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO, TypeAlias

from pbx.records.cdr import ContactFold, ContactRecord, SegmentRecord, folded
from pbx.records.facts import ConfigChanged, Fact
from pbx.records.rows import FactRow, Identity, decode
from pbx.records.store import BUSY_MS, facts_of, put

Row: TypeAlias = Mapping[str, Any]

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_CONTACTS = f"""
    SELECT {", ".join(f'contacts."{column}"' for column in ContactRecord._fields)},
        coalesce(number, '') AS number, coalesce(name, '') AS name
    FROM contacts LEFT JOIN identities USING (contact)
    WHERE (:call IS NULL OR contact = :call)
        AND (:since IS NULL OR arrived >= :since) AND (:until IS NULL OR arrived < :until)
    ORDER BY arrived DESC, contact LIMIT :limit
"""  # noqa: S608 - our own column names
_SEGMENTS = f"""
    SELECT {", ".join(SegmentRecord._fields)} FROM segments WHERE contact = ? ORDER BY entered, segment
"""  # noqa: S608
_CONFIGURATIONS = f"""
    SELECT {", ".join(FactRow._fields)} FROM facts WHERE type = 'config.changed'
    ORDER BY at DESC, seq DESC LIMIT ?
"""  # noqa: S608


class Rebuilt(NamedTuple):
    """How many records there are, and how many were not what their facts say, and now are."""

    contacts: int
    segments: int
    differed: int


def records(
    path: Path,
    *,
    call: str | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int = 100,
) -> list[Row]:
    """Contact records with `number` and `name` of the caller, latest arrival first.

    `since` (inclusive) and `until` (exclusive) are arrivals in Unix milliseconds. Raises FileNotFoundError
    where there are no records yet.
    """
    with opened(path) as conn:
        wanted = {"call": call, "since": since, "until": until, "limit": limit}
        return [dict(row) for row in conn.execute(_CONTACTS, wanted)]


def segments(path: Path, call: str) -> list[Row]:
    """The queue visits of one contact, in order."""
    with opened(path) as conn:
        return [dict(row) for row in conn.execute(_SEGMENTS, (call,))]


def timeline(path: Path, call: str) -> list[Fact]:
    """Everything that is known about one contact, in the order it happened."""
    with opened(path) as conn:
        conn.row_factory = None
        return facts_of(conn, call)


def configurations(path: Path, limit: int) -> list[ConfigChanged]:
    """The latest ConfigChanged facts, the last first."""
    with opened(path) as conn:
        conn.row_factory = None
        rows = conn.execute(_CONFIGURATIONS, (limit,))
        facts = [decode(FactRow(*row), Identity()) for row in rows]
        return [fact for fact in facts if isinstance(fact, ConfigChanged)]


def write_csv(rows: Iterable[Row], out: TextIO) -> None:
    """RFC 4180 with a header line. Text that a spreadsheet would run as a formula gets an apostrophe."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(out, list(row), lineterminator="\r\n")
            writer.writeheader()
        writer.writerow({name: _harmless(value) for name, value in row.items()})


def write_json_lines(rows: Iterable[Row], out: TextIO) -> None:
    """One JSON object a line."""
    for row in rows:
        out.write(json.dumps(dict(row), ensure_ascii=False) + "\n")


def rebuild(path: Path) -> Rebuilt:
    """Fold all facts again, and put right what differs. May run beside a running exchange.

    Everything is compared in one snapshot; only contacts that differed are folded again under the write lock.
    """
    with opened(path, "rw") as conn:
        conn.row_factory = None
        conn.execute("BEGIN")
        contacts = conn.execute("SELECT count(*) FROM contacts").fetchone()[0]
        visits = conn.execute("SELECT count(*) FROM segments").fetchone()[0]
        wrong = {contact: count for contact in _all(conn) if (count := len(_differences(conn, contact)))}
        conn.execute("COMMIT")
        if wrong:
            conn.execute("BEGIN IMMEDIATE")
            for contact in wrong:
                _put_right(conn, contact)
            conn.execute("COMMIT")
        return Rebuilt(contacts, visits, sum(wrong.values()))


def _all(conn: sqlite3.Connection) -> Iterator[str]:
    """Contacts that have facts or records: those with records only are wrong too."""
    query = """
        SELECT contact FROM facts WHERE contact IS NOT NULL
        UNION SELECT contact FROM contacts UNION SELECT contact FROM segments
    """
    return (contact for (contact,) in conn.execute(query))


def _differences(conn: sqlite3.Connection, contact: str) -> set[tuple[str, str]]:
    """Table and segment of rows that are missing, superfluous or different."""
    fold = folded(contact, facts_of(conn, contact))
    wanted = _rows(fold)
    found = {("segments", row[1]): row for row in conn.execute(_SEGMENTS, (contact,))}
    if record := conn.execute(_STORED_CONTACT, (contact,)).fetchone():
        found["contacts", ""] = record
    return {key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)}


_STORED_CONTACT = f"""
    SELECT {", ".join(f'"{column}"' for column in ContactRecord._fields)} FROM contacts WHERE contact = ?
"""  # noqa: S608


def _rows(fold: ContactFold | None) -> dict[tuple[str, str], tuple[Any, ...]]:
    if fold is None:
        return {}
    record = fold.record()
    return {
        ("contacts", ""): record,
        **{("segments", segment.segment): segment for segment in fold.segments()},
    }


def _put_right(conn: sqlite3.Connection, contact: str) -> None:
    conn.execute("DELETE FROM contacts WHERE contact = ?", (contact,))
    conn.execute("DELETE FROM segments WHERE contact = ?", (contact,))
    if fold := folded(contact, facts_of(conn, contact)):
        put(conn, "contacts", [fold.record()])
        put(conn, "segments", fold.segments())


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


@contextmanager
def opened(path: Path, mode: str = "ro") -> Generator[sqlite3.Connection]:
    """Raises FileNotFoundError where there are no records yet."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no records here yet")
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    try:
        conn.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        conn.row_factory = sqlite3.Row
        yield conn
    finally:
        conn.close()
