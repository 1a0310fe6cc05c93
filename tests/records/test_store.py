"""The journal's file: facts and the records folded from them, together or not at all."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.records.cdr import folded
from pbx.records.facts import CallbackRequested, ContactIdentified, ExchangeStarted, Fact, MediaMeasured
from pbx.records.store import JournalInUse, Store, facts_of
from tests.records.lawful import lawful
from tests.records.story import START, Story, renamed, served_call


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


@contextmanager
def opened(path: Path, node: str = "main") -> Generator[Store]:
    store = Store(path, node)
    try:
        yield store
    finally:
        store.close()


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(query).fetchall()


def assert_records_are_folds(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        contacts = conn.execute("SELECT * FROM contacts").fetchall()
        segments = {row[:2]: row for row in conn.execute("SELECT * FROM segments")}
        for contact in contacts:
            fold = folded(contact[0], facts_of(conn, contact[0]))
            assert fold is not None
            assert contact == fold.record()
            for segment in fold.segments():
                assert segments.pop(segment[:2]) == segment
        assert not segments


def test_a_call_is_a_record_before_it_is_over(path: Path):
    with opened(path) as store:
        store.write(Story().arrives(answered=False).facts)
        assert rows(path, "SELECT contact, state, outcome FROM contacts") == [("c1", "active", "active")]


def test_facts_come_back_as_they_were(path: Path):
    facts = served_call()
    with opened(path) as store:
        store.write(facts[:5])
        store.write(facts[5:])
    with closing(sqlite3.connect(path)) as conn:
        assert facts_of(conn, "c1") == facts
        assert facts_of(conn, "c1", upto=5) == facts[:5]


def test_numbers_have_no_gap_over_restarts_and_every_node_counts_its_own(path: Path):
    for node, count in (("main", 3), ("main", 2), ("other", 2), ("main", 1)):
        with opened(path, node) as store:
            store.write([ExchangeStarted(at=n, version="1") for n in range(count)])
    assert rows(path, "SELECT node, group_concat(seq) FROM facts GROUP BY node ORDER BY node") == [
        ("main", "1,2,3,4,5,6"),
        ("other", "1,2"),
    ]


def test_more_facts_than_go_into_one_statement(path: Path):
    stories = [renamed(served_call(), str(n)) for n in range(40)]
    with opened(path) as store:
        store.write([fact for story in stories for fact in story])
        assert store.seq == 40 * len(served_call())
    assert rows(
        path, "SELECT count(*), min(outcome), max(acw_ms) FROM contacts JOIN segments USING (contact)"
    ) == [(40, "agent", 7000)]
    assert_records_are_folds(path)


def test_opening_twice_changes_nothing(path: Path):
    with opened(path) as store:
        store.write(served_call())
    before = rows(path, "SELECT sql FROM sqlite_master"), rows(path, "SELECT * FROM _sqlite_migrations")
    with opened(path) as store:
        assert list(store.owed()) == []
    assert before == (
        rows(path, "SELECT sql FROM sqlite_master"),
        rows(path, "SELECT * FROM _sqlite_migrations"),
    )


def test_the_tables_are_strict(path: Path):
    with opened(path):
        pass
    strict = rows(path, "SELECT name FROM pragma_table_list WHERE strict")
    assert {name for (name,) in strict} == {"facts", "identities", "contacts", "segments"}


def test_commits_are_synced_to_the_disk(path: Path):
    with opened(path) as store:
        assert store.conn.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert store.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_closing_leaves_one_file_complete_in_itself(path: Path):
    with opened(path) as store:
        store.write(served_call())
    assert [file.name for file in path.parent.iterdir() if file.stat().st_size] == ["records.db"]


def test_two_exchanges_cannot_write_to_one_file(path: Path):
    with opened(path), pytest.raises(JournalInUse, match=r"records\.db"):
        Store(path, "main")
    with opened(path):
        pass


def test_who_called_is_nowhere_but_in_the_table_of_identities(path: Path):
    with opened(path) as store:
        store.write(Story().arrives().ends().facts)
    assert rows(path, "SELECT * FROM identities") == [("c1", "+37120000001", "Anna", "")]
    for table in ("facts", "contacts", "segments"):
        assert not [
            row for row in rows(path, f"SELECT * FROM {table}") if "Anna" in repr(row) or "+371" in repr(row)
        ]


def test_the_latest_identification_counts(path: Path):
    story = Story().arrives().then(ContactIdentified, number="2", name="Ilze")
    with opened(path) as store:
        store.write(story.facts)
    assert rows(path, "SELECT * FROM identities") == [("c1", "2", "Ilze", "")]


def test_the_number_to_call_back_is_kept_with_who_called_and_nowhere_else(path: Path):
    story = Story().arrives().then(CallbackRequested, queue="support", number="+37129999999")
    with opened(path) as store:
        store.write(story.facts)
        story.then(CallbackRequested, queue="support", number="+37128888888")
        store.write(story.facts[-1:])
        assert facts_of(store.conn, "c1")[-1] == story.facts[-1]
    assert rows(path, "SELECT * FROM identities") == [("c1", "+37120000001", "Anna", "+37128888888")]
    assert not [row for row in rows(path, "SELECT * FROM facts") if "+371" in repr(row)]


def test_a_wrap_up_after_everything_was_forgotten_reaches_its_segment(path: Path):
    facts = served_call()
    with opened(path) as store:
        store.write(facts[:-2])
        assert not store.folds
        store.write(facts[-2:-1])
        assert rows(path, "SELECT state, acw_ms FROM segments") == [("open", 0)]
    with opened(path) as store:
        store.write(facts[-1:])
        assert not store.folds
    assert rows(path, "SELECT state, acw_ms FROM segments") == [("closed", 7000)]


def test_only_contacts_that_can_still_change_are_kept_in_memory(path: Path):
    measured = MediaMeasured(at=START, contact="c1", leg="l1", sent=1, received=1, lost=0, jitter_ms=1.5)
    with opened(path) as store:
        store.write(served_call())
        store.write([measured])
        store.write(renamed(Story().arrives().facts, "x"))
        assert list(store.folds) == ["c1x"]


def test_a_fact_that_cannot_be_written_takes_nothing_with_it(path: Path):
    with opened(path) as store:
        store.write(Story().arrives().facts)
        with pytest.raises(OverflowError):
            store.write(Story(at=START + 1).queues().then(MediaMeasured, after=2**70, **_QUALITY).facts)
        assert store.seq == 3
        store.write(Story(at=START + 2).queues(segment="s2").facts)
    assert rows(path, "SELECT segment FROM segments") == [("s2",)]
    assert rows(path, "SELECT max(seq), count(*) FROM facts") == [(4, 4)]
    assert_records_are_folds(path)


def test_a_record_that_cannot_be_written_takes_its_facts_with_it(path: Path):
    with opened(path) as store:
        with pytest.raises(OverflowError):
            store.write(Story().arrives().ends(code=2**70).facts)
        assert (store.seq, store.folds) == (0, {})
    assert rows(path, "SELECT count(*) FROM facts") == [(0,)]


def test_a_silent_fact_makes_no_record(path: Path):
    with opened(path) as store:
        store.write([MediaMeasured(at=START, contact="c1", **_QUALITY)])
        assert store.folds == {}
    assert rows(path, "SELECT count(*) FROM contacts") == [(0,)]


_QUALITY: dict[str, Any] = {"leg": "l1", "sent": 1, "received": 1, "lost": 0, "jitter_ms": 0.0}


def test_a_batch_written_again_under_the_same_numbers_is_filed_once(path: Path):
    with opened(path) as store:
        store.write(served_call())
        store.seq = 0  # as if the commit had been done and its news lost
        store.folds.clear()
        store.write(served_call())
    assert rows(path, "SELECT count(*) FROM facts") == [(len(served_call()),)]
    assert_records_are_folds(path)


def test_peer_text_that_no_database_takes_is_filed_all_the_same(path: Path):
    story = (
        Story().arrives(dnis="7\0\udcff").then(ContactIdentified, number="\ud800", name="'; DROP TABLE facts")
    )
    with opened(path) as store:
        store.write(story.facts)
    assert rows(path, "SELECT dnis, number, name FROM contacts JOIN identities USING (contact)") == [
        ("7\ufffd\ufffd", "\ufffd", "'; DROP TABLE facts")
    ]


def test_contacts_left_open_are_owed_their_end_dated_at_the_exchanges_last_fact(path: Path):
    with opened(path) as store:
        store.write(Story("c1").arrives().queues().facts)
        store.write(served_call("c2", START + 1000)[:-1])
        store.write(Story("c3").arrives().ends().facts)
        store.write([ExchangeStarted(at=START + 500_000, version="1")])
    with opened(path) as store:
        closing = dict(store.owed())
        assert {contact: [fact.type for fact in facts] for contact, facts in closing.items()} == {
            "c1": ["queue.left", "contact.ended"],
            "c2": ["acw.ended"],
        }
        assert {fact.at for facts in closing.values() for fact in facts} == {START + 500_000}
        store.write([fact for facts in closing.values() for fact in facts])
    with opened(path) as store:
        assert list(store.owed()) == []
    assert_records_are_folds(path)


def damage(path: Path) -> None:
    """A leaf of the facts, which nothing reads at the start."""
    content = bytearray(path.read_bytes())
    leaf = next(
        start
        for start in range(4096, len(content), 4096)
        if content[start] == 10 and b'"source":"flow"' in content[start : start + 4096]
    )
    content[leaf : leaf + 64] = b"\xa5" * 64
    path.write_bytes(content)


def leave_uncleanly(path: Path) -> None:
    """As a killed process does: facts in the file and in its log."""
    store = Store(path, "main")
    store.write([fact for n in range(40) for fact in renamed(served_call(), str(n))])
    store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.write(renamed(served_call(), "last"))
    (path.parent / "copy").write_bytes(path.read_bytes())
    log = Path(f"{path}-wal").read_bytes()
    store.close()
    (path.parent / "copy").replace(path)
    Path(f"{path}-wal").write_bytes(log)


def test_after_an_unclean_stop_the_log_is_taken_in(path: Path):
    leave_uncleanly(path)
    with opened(path) as store:
        assert store.damaged is None
    assert rows(path, "SELECT count(*) FROM contacts") == [(41,)]


def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path: Path):
    leave_uncleanly(path)
    damage(path)
    with opened(path) as store:
        assert store.damaged == path.with_name("records.db.damaged-1")
        assert store.seq == 0
        store.write(served_call())
    assert path.with_name("records.db.damaged-1").exists()
    assert rows(path, "SELECT count(*) FROM contacts") == [(1,)]


def test_a_file_that_is_no_database_is_set_aside_beside_earlier_ones(path: Path):
    for n in (1, 2):
        path.write_bytes(b"not a database, and long enough to be noticed" * 100)
        with opened(path) as store:
            assert store.damaged == path.with_name(f"records.db.damaged-{n}")


def test_a_file_that_cannot_be_opened_is_an_error_and_its_lock_is_free_again(tmp_path: Path):
    path = tmp_path / "records.db"
    path.mkdir()
    with pytest.raises(sqlite3.OperationalError):
        Store(path, "main")
    path.rmdir()
    with opened(path):
        pass


@settings(max_examples=40, deadline=None)
@given(lawful(), lawful(), st.lists(st.integers(1, 12), max_size=20), st.booleans())
def test_however_facts_are_batched_and_the_store_reopened_the_records_are_the_folds(
    tmp_path_factory: pytest.TempPathFactory,
    one: list[Fact],
    two: list[Fact],
    sizes: list[int],
    reopen: bool,
):
    path = tmp_path_factory.mktemp("store") / "records.db"
    facts = [*one, *renamed(two, "x")]
    facts.sort(key=lambda fact: fact.at)
    store = Store(path, "main")
    for size in [*sizes, len(facts)]:
        batch, facts = facts[:size], facts[size:]
        store.write(batch)
        if reopen:
            store.close()
            store = Store(path, "main")
        assert_records_are_folds(path)
    store.close()
