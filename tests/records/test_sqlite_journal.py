"""The journal on a running loop."""

import asyncio
import resource
import sqlite3
import threading
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from pbx.records.facts import ContactAnswered, ContactEnded, ExchangeStarted, Fact
from pbx.records.journal import Journal, MemoryJournal
from pbx.records.sqlite_journal import ENOUGH, SqliteJournal, sqlite_journal
from pbx.records.store import Store
from tests.records.story import START, Story, renamed, served_call


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


def count(path: Path, table: str = "facts") -> int:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


class Commits:
    """Counts them, and can hold them up: a disk that is slow until it is told otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.threads: set[str] = set()
        self.free = threading.Event()
        self.free.set()
        write = Store.write

        def counted(store: Store, facts: list[Fact]) -> None:
            self.free.wait(10)
            self.sizes.append(len(facts))
            self.threads.add(threading.current_thread().name)
            write(store, facts)

        monkeypatch.setattr(Store, "write", counted)


@contextmanager
def no_room_left(path: Path) -> Generator[None]:
    """No file of this process can grow beyond the size of the journal's log: the disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{path}-wal").stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def contract(journal: Journal) -> None:
    """What every journal keeps."""
    facts = served_call()
    for fact in facts:
        journal.append(fact)
    assert list(journal.of_contact("c1")) == facts
    assert await journal.committed() is True
    assert list(journal.of_contact("c1")) == facts
    journal.append(ExchangeStarted(at=START, version="1"))
    journal.append(ContactAnswered(at=START, contact="c1"))
    assert len(journal.of_contact("c1")) == len(facts) + 1
    assert list(journal.of_contact("nobody")) == []
    assert await journal.committed() is True


def test_the_memory_journal_keeps_the_contract():
    asyncio.run(contract(MemoryJournal()))


def test_the_sqlite_journal_keeps_the_contract(path: Path):
    async def main() -> None:
        async with sqlite_journal(path) as journal:
            await contract(journal)

    asyncio.run(main())
    assert count(path) == len(served_call()) + 2


def test_facts_filed_together_are_committed_together_on_one_thread(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    commits = Commits(monkeypatch)

    async def main() -> None:
        async with sqlite_journal(path) as journal:
            for fact in Story().arrives().facts:
                journal.append(fact)
                await asyncio.sleep(0)
            assert all(await asyncio.gather(*(journal.committed() for _ in range(10))))
            assert commits.sizes == [3]
            assert journal.waiting == 0
        assert commits.threads == {"records_0"}

    asyncio.run(main())


def test_enough_facts_do_not_wait_for_more(path: Path, monkeypatch: pytest.MonkeyPatch):
    commits = Commits(monkeypatch)
    monkeypatch.setattr("pbx.records.sqlite_journal.GATHER", 3600)

    async def main() -> None:
        async with sqlite_journal(path) as journal, asyncio.timeout(10):
            for n in range(ENOUGH):
                assert commits.sizes == []
                journal.append(ExchangeStarted(at=n, version="1"))
            assert await journal.committed()
            assert commits.sizes == [ENOUGH]

    asyncio.run(main())


def test_what_arrives_during_a_commit_goes_with_the_next(path: Path, monkeypatch: pytest.MonkeyPatch):
    commits = Commits(monkeypatch)

    async def main() -> None:
        async with sqlite_journal(path) as journal:
            commits.free.clear()
            for n in range(ENOUGH):
                journal.append(ExchangeStarted(at=n, version="1"))
            first = asyncio.ensure_future(journal.committed())
            await asyncio.sleep(0)
            for n in range(100):
                journal.append(ContactAnswered(at=n, contact="c1"))
            assert len(journal.of_contact("c1")) == 100
            commits.free.set()
            assert await first
            assert journal.waiting == 100
            assert await journal.committed()
            assert commits.sizes == [ENOUGH, 100]

    asyncio.run(main())


def test_a_caller_who_stops_waiting_disturbs_nobody(path: Path, monkeypatch: pytest.MonkeyPatch):
    commits = Commits(monkeypatch)

    async def main() -> None:
        async with sqlite_journal(path) as journal:
            commits.free.clear()
            journal.append(ExchangeStarted(at=1, version="1"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.03):
                    await journal.committed()
            commits.free.set()
            assert await journal.committed()

    asyncio.run(main())


def test_nobody_looks_at_a_disk_that_is_not_slow(path: Path, monkeypatch: pytest.MonkeyPatch):
    looks: list[SqliteJournal] = []

    def look(journal: SqliteJournal) -> None:
        looks.append(journal)

    monkeypatch.setattr("pbx.records.sqlite_journal.LOOK", 0.05)
    monkeypatch.setattr(SqliteJournal, "_look", look)

    async def main() -> None:
        async with sqlite_journal(path) as journal:
            journal.append(ExchangeStarted(at=1, version="1"))
            assert await journal.committed()
            await asyncio.sleep(0.1)

    asyncio.run(main())
    assert looks == []


def test_who_waits_for_a_slow_disk_says_how_long(path: Path, monkeypatch: pytest.MonkeyPatch):
    commits, said = Commits(monkeypatch), list[str]()
    monkeypatch.setattr("pbx.records.sqlite_journal.LOOK", 0.02)

    async def main() -> None:
        async with sqlite_journal(path, alarm=said.append) as journal:
            commits.free.clear()
            journal.append(ExchangeStarted(at=1, version="1"))
            patient = asyncio.ensure_future(journal.committed())
            less_so = asyncio.ensure_future(journal.committed(30.0))
            begun = asyncio.get_running_loop().time()
            assert await journal.committed(0.1) is False
            assert asyncio.get_running_loop().time() - begun >= 0.1
            assert said == ["the disk is slow: 1 of those who wait for it go on without their records"]
            assert not patient.done()
            assert not less_so.done()
            commits.free.set()
            assert await patient
            assert await less_so
            assert await journal.committed(0.0)

    asyncio.run(main())


def test_leaving_the_block_files_what_is_left_even_when_an_error_ends_it(path: Path):
    async def main() -> None:
        async with sqlite_journal(path) as journal:
            for fact in served_call():
                journal.append(fact)
            raise KeyError("the exchange fell over")

    with pytest.raises(KeyError):
        asyncio.run(main())
    assert count(path) == len(served_call())


def test_leaving_the_block_by_cancellation_files_what_is_left(path: Path):
    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            entered = asyncio.Event()

            async def exchange() -> None:
                async with sqlite_journal(path) as journal:
                    for fact in served_call():
                        journal.append(fact)
                    entered.set()
                    await asyncio.Event().wait()

            task = tasks.create_task(exchange())
            await entered.wait()
            task.cancel()

    asyncio.run(main())
    assert count(path) == len(served_call())


def test_calls_that_a_killed_exchange_left_open_are_closed_before_the_next_begins(path: Path):
    store = Store(path, "main")
    store.write([*Story("c1").arrives().queues().facts, *renamed(served_call()[:-1], "x")])
    store.close()

    async def main() -> None:
        async with sqlite_journal(path) as journal:
            assert journal.recovery == (1, None)
            last = journal.of_contact("c1")[-1]
            assert isinstance(last, ContactEnded)
            assert (last.by, last.reason, last.sip_code) == ("system", "interrupted", 0)
            assert journal.of_contact("c1x")[-1].type == "acw.ended"
            assert journal.waiting == 0
        before = count(path)
        async with sqlite_journal(path) as journal:
            assert journal.recovery == (0, None)
        assert count(path) == before

    asyncio.run(main())


def test_while_the_disk_is_full_calls_go_on_and_afterwards_nothing_is_missing(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("pbx.records.sqlite_journal.RETRY", 0.01)
    alarms: list[str] = []

    async def main() -> None:
        over = asyncio.Event()

        def alarm(text: str) -> None:
            alarms.append(text)
            if "again" in text:
                over.set()

        async with sqlite_journal(path, alarm=alarm) as journal:
            journal.append(ExchangeStarted(at=START, version="1"))
            assert await journal.committed()
            with no_room_left(path):
                for n in range(30):
                    for fact in renamed(served_call(), str(n)):
                        journal.append(fact)
                    assert await journal.committed() is False
                    assert journal.trouble
                assert journal.waiting == 30 * len(served_call())
                assert len(journal.of_contact("c17")) == len(served_call())
            await over.wait()
            assert await journal.committed() is True
            assert journal.waiting == journal.dropped == 0

    asyncio.run(main())
    assert count(path) == 1 + 30 * len(served_call())
    assert count(path, "contacts") == 30
    assert len(alarms) == 2
    assert "wait in memory" in alarms[0]
    assert "written again" in alarms[1]


def test_on_a_disk_still_full_at_the_end_the_loss_is_told(path: Path):
    alarms: list[str] = []

    async def main() -> None:
        with ExitStack() as disk:
            async with sqlite_journal(path, alarm=alarms.append) as journal:
                journal.append(ExchangeStarted(at=START, version="1"))
                assert await journal.committed()
                disk.enter_context(no_room_left(path))
                journal.append(ExchangeStarted(at=START, version="2"))

    asyncio.run(main())
    assert [text.split(":")[0] for text in alarms] == [
        "facts cannot be written and wait in memory",
        "1 facts are lost",
    ]


def test_a_full_spool_drops_the_newest_facts_counts_them_and_says_so_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    commits = Commits(monkeypatch)
    alarms: list[str] = []

    async def main() -> None:
        async with sqlite_journal(path, alarm=alarms.append, spool=5) as journal:
            commits.free.clear()
            for n in range(8):
                journal.append(ExchangeStarted(at=n, version="1"))
            assert (journal.waiting, journal.dropped) == (5, 3)
            commits.free.set()
            assert await journal.committed()

    asyncio.run(main())
    assert count(path) == 5
    assert len(alarms) == 1


def test_a_fact_that_no_table_takes_is_left_out_and_its_neighbours_are_filed(path: Path):
    alarms: list[str] = []

    async def main() -> None:
        async with sqlite_journal(path, alarm=alarms.append) as journal:
            for at in (1, 2, 2**70, 3, 4):
                journal.append(ExchangeStarted(at=at, version="1"))
            assert await journal.committed()
            assert (journal.refused, journal.waiting, journal.trouble) == (1, 0, "")
            for n in range(5, 10):
                journal.append(ExchangeStarted(at=n, version="1"))
            assert await journal.committed()

    asyncio.run(main())
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("SELECT group_concat(at), max(seq) FROM facts").fetchone() == (
            "1,2,3,4,5,6,7,8,9",
            9,
        )
    assert len(alarms) == 1
    assert "exchange.started" in alarms[0]


def test_a_reader_in_the_middle_of_everything_stops_no_commit(path: Path):
    async def main() -> None:
        async with sqlite_journal(path) as journal:
            with closing(sqlite3.connect(path)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM facts").fetchone()
                journal.append(ExchangeStarted(at=1, version="1"))
                assert await journal.committed()

    asyncio.run(main())


def test_appending_is_for_the_loop_alone_and_needs_no_await(path: Path):
    async def main() -> Any:
        async with sqlite_journal(path) as journal:
            assert isinstance(journal, SqliteJournal)
            return journal.append(ExchangeStarted(at=1, version="1"))

    assert asyncio.run(main()) is None
    assert count(path) == 1
