"""The journal's file: facts in, records folded in the same transaction. One thread owns it."""

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import IO, Any

from sqlite_utils import Database

from pbx.records.cdr import SILENT, ContactFold, ContactRecord, SegmentRecord, folded
from pbx.records.facts import CallbackRequested, ContactCreated, ContactIdentified, Fact
from pbx.records.interrupted import owed
from pbx.records.rows import FactRow, Identity, clean, decode, encode
from pbx.records.tables import migrations

ROWS_AT_ONCE = 64
BUSY_MS = 5000
CHECKPOINT_PAGES = 8_000  # of 4 KiB: each checkpoint syncs a second file
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

# The driver looks for ways to adapt every None it is given, by way of exceptions, unless one is registered:
# this is the identity of None, in C. It halves the cost of a row of facts.
_NOTHING: dict[None, None] = {}
sqlite3.register_adapter(type(None), _NOTHING.get)

_TABLES: dict[str, tuple[str, ...]] = {
    "facts": ("node", "seq", *FactRow._fields),
    "identities": ("contact", "number", "name"),
    "contacts": ContactRecord._fields,
    "segments": SegmentRecord._fields,
}
_KEY_COLUMNS = {"facts": 2, "identities": 1, "contacts": 1, "segments": 2}  # the first so many
_OF_CONTACT = f"""
    SELECT {", ".join(FactRow._fields)}, number, name, callback
    FROM facts LEFT JOIN identities USING (contact) WHERE contact = ? AND seq <= ? ORDER BY seq
"""  # noqa: S608 - our own column names
_CALLBACK = """
    INSERT INTO identities (contact, number, name, callback) VALUES (?, '', '', ?)
    ON CONFLICT (contact) DO UPDATE SET callback = excluded.callback
"""
_OPEN = """
    SELECT contact FROM contacts WHERE state = 'active'
    UNION SELECT contact FROM segments WHERE state = 'open'
"""


class JournalInUse(Exception):  # noqa: N818 - named as the fact it states
    """Another exchange writes to this file; the message says which file."""


def facts_of(conn: sqlite3.Connection, contact: str, upto: int = 2**62) -> list[Fact]:
    """The stored facts of one contact with a seq of at most `upto`. Raises ValueError on an unknown type."""
    return [
        decode(FactRow(*row[:-3]), Identity(*(value or "" for value in row[-3:])))
        for row in conn.execute(_OF_CONTACT, (contact, upto))
    ]


def put(conn: sqlite3.Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert, or replace what has the same key. By powers of two, so that few statements serve any number."""
    start = 0
    while left := len(rows) - start:
        size = min(ROWS_AT_ONCE, 1 << left.bit_length() - 1)
        some = rows[start : start + size]
        conn.execute(_insertion(table, size), list(chain.from_iterable(some)))
        start += size


@cache
def _insertion(table: str, count: int) -> str:
    """Many rows in one statement: each statement gives up the interpreter lock, and a busy loop keeps it."""
    columns = _TABLES[table]
    names = ", ".join(f'"{column}"' for column in columns)
    row = f"({', '.join('?' * len(columns))})"
    key, others = columns[: _KEY_COLUMNS[table]], columns[_KEY_COLUMNS[table] :]
    news = ", ".join(f'"{column}" = excluded."{column}"' for column in others)
    return f"""INSERT INTO {table} ({names}) VALUES {", ".join([row] * count)}
        ON CONFLICT ({", ".join(key)}) DO UPDATE SET {news}"""  # noqa: S608 - our own names


class Store:
    """Opened, used and closed by one thread.

    A file found damaged is set aside under the name in `damaged`, and a new one begun: better to serve calls.
    Raises JournalInUse, or sqlite3.Error where the file cannot be had.
    """

    def __init__(self, path: Path, node: str) -> None:
        self._path, self._node = path, node
        self._lock = _locked(path)
        self.folds: dict[str, ContactFold] = {}  # of the contacts that can still change
        self.damaged: Path | None = None
        self.seq = 0  # of this node's last fact
        try:
            self.conn = self._open()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in _DAMAGED:
                self._lock.close()
                raise
            self.damaged = _set_aside(path)
            self.conn = self._open()

    def _open(self) -> sqlite3.Connection:
        wal = Path(f"{self._path}-wal")
        unclean = wal.exists() and wal.stat().st_size > 0
        conn = sqlite3.connect(self._path, isolation_level=None)
        try:
            conn.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = FULL")
            conn.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            if unclean:
                _check(conn)
            migrations.apply(Database(conn, execute_plugins=False))
            last = "SELECT max(seq) FROM facts WHERE node = ?"
            self.seq = conn.execute(last, (self._node,)).fetchone()[0] or 0
        except BaseException:
            conn.close()
            raise
        return conn

    def owed(self) -> Iterator[tuple[str, list[Fact]]]:
        """Every contact that was left open, and the facts that close it (see pbx.records.interrupted)."""
        last = self.conn.execute("SELECT at FROM facts WHERE node = ? AND seq = ?", (self._node, self.seq))
        (at,) = last.fetchone() or (0,)
        for (contact,) in self.conn.execute(_OPEN).fetchall():
            yield contact, list(owed(contact, facts_of(self.conn, contact), at))

    def write(self, facts: Sequence[Fact]) -> None:
        """Make them durable, and the records they change with them: all or nothing.

        A batch that failed must be written again with the same facts first: it gets the same numbers, so that
        none is ever filed twice. Raises sqlite3.Error when the disk refuses.
        """
        try:
            facts = [clean(fact) for fact in facts]
            changed, rows, identities = self._fold(facts)
            self.conn.execute("BEGIN IMMEDIATE")
            put(self.conn, "facts", rows)
            put(self.conn, "identities", identities)
            self.conn.executemany(_CALLBACK, _callbacks(facts))
            put(self.conn, "contacts", [fold.record() for fold in changed.values()])
            put(self.conn, "segments", [row for fold in changed.values() for row in fold.segments()])
            self.conn.execute("COMMIT")
        except BaseException:
            self.folds.clear()  # they hold facts that are not in the file; the file has the others
            if self.conn.in_transaction:
                self.conn.execute("ROLLBACK")
            raise
        self.seq += len(facts)
        for contact, fold in changed.items():
            if fold.settled:
                del self.folds[contact]

    def _fold(self, facts: Iterable[Fact]) -> tuple[dict[str, ContactFold], list[Any], list[Any]]:
        changed: dict[str, ContactFold] = {}
        rows: list[Any] = []
        identities: list[Any] = []
        for seq, fact in enumerate(facts, self.seq + 1):
            row = encode(fact)
            rows.append((self._node, seq, *row))
            if isinstance(fact, ContactIdentified):
                identities.append((fact.contact, fact.number, fact.name))
            if row.contact is not None and type(fact) not in SILENT:
                fold = changed[row.contact] = self._fold_of(row.contact, fact)
                fold.apply(fact)
        return changed, rows, identities

    def _fold_of(self, contact: str, fact: Fact) -> ContactFold:
        fold = self.folds.get(contact)
        if fold is None:
            if not isinstance(fact, ContactCreated):
                fold = folded(contact, facts_of(self.conn, contact))
            fold = self.folds[contact] = fold or ContactFold(contact, fact.at)
        return fold

    def close(self) -> None:
        """Leave one file, complete in itself."""
        with suppress(sqlite3.OperationalError):  # on a full disk the log stays, and is taken in another time
            self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.conn.close()
        self._lock.close()


def _callbacks(facts: Iterable[Fact]) -> Iterator[tuple[str, str]]:
    return ((fact.contact, fact.number) for fact in facts if isinstance(fact, CallbackRequested))


def _check(conn: sqlite3.Connection) -> None:
    found = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        damage = sqlite3.DatabaseError(found)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def _locked(path: Path) -> IO[bytes]:
    lock = Path(f"{path}.lock").open("wb")  # noqa: SIM115 - held until the store is closed
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise JournalInUse(
            f"{path}: expected no other exchange to write to it; give each its own data"
        ) from None
    return lock


def _set_aside(path: Path) -> Path:
    place = next(
        other for n in range(1, 10_000) if not (other := path.with_name(f"{path.name}.damaged-{n}")).exists()
    )
    for suffix in ("-wal", "-shm", ""):
        if (part := Path(f"{path}{suffix}")).exists():
            part.rename(f"{place}{suffix}")
    return place
