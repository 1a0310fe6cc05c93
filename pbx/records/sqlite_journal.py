"""The journal on a running loop: facts gather for some milliseconds and go to the file in one commit."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import islice
from math import inf
from pathlib import Path
from typing import NamedTuple

from pbx.records.facts import ContactEnded, Fact
from pbx.records.rows import clean
from pbx.records.store import Store, facts_of

GATHER = 0.02  # seconds that the first fact of a batch waits for company
ENOUGH = 64  # facts that go without waiting any longer
BATCH = 1024  # facts in one transaction, when catching up
RETRY = 1.0  # seconds between attempts while the disk refuses
LOOK = 0.25  # seconds between two looks at who will not wait for a slow disk any longer
SPOOL = 200_000  # facts held in memory at most: about 60 MB


class Recovery(NamedTuple):
    """What opening the file found: contacts closed as interrupted, and where a damaged file was set aside."""

    interrupted: int
    damaged: Path | None


class SqliteJournal:
    """Made by `sqlite_journal`. Lives on one loop; only Store.write runs on the writer's thread."""

    def __init__(
        self, path: Path, store: Store, thread: ThreadPoolExecutor, alarm: Callable[[str], None], spool: int
    ) -> None:
        self._path, self._store, self._thread, self._alarm = path, store, thread, alarm
        self._loop = asyncio.get_running_loop()
        self._limit = spool
        self._spool: deque[Fact] = deque()  # not durable yet; those being written stay at its head
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None
        self._singly = 0  # facts to be written one by one, to find the one that is refused
        self._waiters: deque[tuple[int, float, asyncio.Future[bool]]] = deque()  # for how much, until when
        self._watch: asyncio.TimerHandle | None = None  # over a commit
        self._done = 0  # facts this journal has dealt with
        self._durable = store.seq
        self._reader: sqlite3.Connection | None = None
        self.recovery = Recovery(0, store.damaged)
        self.trouble = ""  # why facts cannot be written at present
        self.dropped = 0  # facts lost because the spool was full
        self.refused = 0  # facts that can never be written

    @property
    def waiting(self) -> int:
        """Facts that are not durable yet."""
        return len(self._spool)

    def append(self, fact: Fact) -> None:
        if len(self._spool) >= self._limit:
            self.dropped += 1
            if self.dropped == 1:
                self._alarm(
                    f"{self._limit} facts wait to be written and there is room for no more: some are lost"
                )
            return
        self._spool.append(fact)
        if self._writing is not None or self.trouble:
            return
        if len(self._spool) >= ENOUGH:
            self._write()
        elif self._timer is None:
            self._timer = self._loop.call_later(GATHER, self._write)

    async def recover(self) -> None:
        """Close what the last run left open. On a full disk these facts wait like any other."""
        owed = await self._loop.run_in_executor(self._thread, lambda: list(self._store.owed()))
        for _, facts in owed:
            for fact in facts:
                self.append(fact)
        interrupted = sum(isinstance(facts[-1], ContactEnded) for _, facts in owed if facts)
        self.recovery = self.recovery._replace(interrupted=interrupted)
        await self.committed()

    async def committed(self, patience: float = inf) -> bool:
        if self.trouble or not self._spool:
            return not self.trouble
        answer: asyncio.Future[bool] = self._loop.create_future()
        self._waiters.append((self._done + len(self._spool), self._loop.time() + patience, answer))
        return await answer

    def of_contact(self, contact: str) -> Sequence[Fact]:
        """As the protocol says. Reads the file: for tools and tests, not for the path of a call."""
        if self._reader is None:
            self._reader = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        stored = facts_of(self._reader, contact, self._durable)
        return (*stored, *(clean(fact) for fact in self._spool if getattr(fact, "contact", None) == contact))

    def _write(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch = list(islice(self._spool, 1 if self._singly else BATCH))
        self._writing = self._loop.run_in_executor(self._thread, self._store.write, batch)
        self._writing.add_done_callback(lambda done: self._written(len(batch), done.exception()))
        self._watch = self._loop.call_later(LOOK, self._look)

    def _look(self) -> None:
        """This commit takes its time: those whose patience is at an end go on without it."""
        now = self._loop.time()
        impatient = [answer for _, until, answer in self._waiters if until <= now and not answer.done()]
        for answer in impatient:
            answer.set_result(False)
        if impatient:
            self._alarm(
                f"the disk is slow: {len(impatient)} of those who wait for it go on without their records"
            )
        self._watch = self._loop.call_later(LOOK, self._look)

    def _written(self, count: int, error: BaseException | None) -> None:
        self._writing = None
        if self._watch is not None:
            self._watch.cancel()
        if error is None:
            self._dealt_with(count)
        elif type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError):
            if not self.trouble:
                self._alarm(f"facts cannot be written and wait in memory: {error}")
            self.trouble = str(error)
            self._answer(len(self._spool), durable=False)
        elif count > 1:
            self._singly = count
        else:
            self.refused += 1
            self._alarm(f"a fact cannot be written and is left out: {type(self._spool[0]).type}: {error}")
            self._dealt_with(1)
        if self._spool:
            delay = RETRY if self.trouble else 0 if self._singly else GATHER
            self._timer = self._loop.call_later(delay, self._write)

    def _dealt_with(self, count: int) -> None:
        for _ in range(count):
            self._spool.popleft()
        self._done += count
        self._durable = self._store.seq  # nothing is being written at this moment
        self._singly = max(0, self._singly - count)
        if self.trouble:
            self.trouble = ""
            self._alarm(f"facts are written again; {len(self._spool)} still wait")
        self._answer(0, durable=True)

    def _answer(self, ahead: int, *, durable: bool) -> None:
        """Answer those who wait for no more than the facts dealt with and this many ahead."""
        while self._waiters and self._waiters[0][0] <= self._done + ahead:
            answer = self._waiters.popleft()[2]
            if not answer.done():
                answer.set_result(durable)

    async def finish(self) -> None:
        """Write what is left. A disk that refuses is tried once more: after this there is no later."""
        self.trouble = ""
        while self._spool:
            if self._writing is None:
                self._write()
            if not await self.committed():
                self._alarm(f"{len(self._spool)} facts are lost: {self.trouble}")
                break
        if self._timer is not None:
            self._timer.cancel()
        if self._reader is not None:
            self._reader.close()


def _ignore(_message: str) -> None: ...


@asynccontextmanager
async def sqlite_journal(
    path: Path, *, node: str = "main", alarm: Callable[[str], None] = _ignore, spool: int = SPOOL
) -> AsyncGenerator[SqliteJournal]:
    """The journal in this file for as long as the block lasts; when it is left, everything appended is filed.

    Contacts that a killed exchange left open are closed before the block begins: `recovery` says how many.
    `alarm` is called on the loop with a sentence when something is wrong with the records, and when it no
    longer is.
    Raises JournalInUse, or sqlite3.Error where the file cannot be opened at all.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "records") as thread:
        store = await loop.run_in_executor(thread, Store, path, node)
        try:
            journal = SqliteJournal(path, store, thread, alarm, spool)
            try:
                await journal.recover()
                yield journal
            finally:
                await journal.finish()
        finally:
            await loop.run_in_executor(thread, store.close)
