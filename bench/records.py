"""What the records cost: CPU of whole calls at a steady rate, and how long `committed` takes.

usage: python -m bench.records [--calls N] [--rate CALLS_A_SECOND] [--kind simple|queue]

CPU is that of the process, kernel time of the fsyncs included, less the price of the same loop with
MemoryJournal.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from pbx.identifiers import SeededIds
from pbx.records.facts import (
    ContactAnswered,
    ContactCreated,
    ContactEnded,
    ContactIdentified,
    Fact,
    FlowEntered,
    FlowExited,
    MediaMeasured,
    NodeEntered,
    OfferAnswered,
    OfferMade,
    OfferRinging,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
    WrapUpStarted,
)
from pbx.records.journal import Journal, MemoryJournal
from pbx.records.rows import clean, encode
from pbx.records.sqlite_journal import sqlite_journal
from pbx.records.store import Store, put

IDS = SeededIds(1)


def contact_name(at: int) -> str:
    """Names that grow with time, as the exchange's do: random ones cost a third more."""
    return f"{at:011x}{IDS.token()[:5]}"


def simple_call(at: int, c: str) -> list[list[Fact]]:
    """Facts by the moment they are filed at: arrival, end, and what comes after."""
    arrival: list[Fact] = [
        ContactCreated(at=at, contact=c, dnis="600", entry="echo", identity="1001"),
        ContactIdentified(at=at, contact=c, number="1001", name="Anna"),
        ContactAnswered(at=at, contact=c),
    ]
    return [
        arrival,
        [ContactEnded(at=at + 9000, contact=c, by="customer", reason="hung up", sip_code=200)],
        [],
    ]


def queue_call(at: int, c: str) -> list[list[Fact]]:
    s, o, leg = (IDS.token() for _ in range(3))
    seg = {"contact": c, "segment": s, "queue": "support"}
    offer = {**seg, "offer": o, "agent": "anna"}
    talk = {"contact": c, "leg": leg, "segment": s, "agent": "anna"}
    arrival, end, _ = simple_call(at, c)
    return [
        [
            *arrival,
            FlowEntered(at=at, contact=c, flow="main", version="1"),
            NodeEntered(at=at, contact=c, flow="main", node="menu"),
            FlowExited(at=at, contact=c, flow="main", result="queue"),
            QueueEntered(at=at, **seg, source="main", priority=0, position=1),
            OfferMade(at=at, **offer),
            OfferRinging(at=at + 50, **offer),
        ],
        [
            OfferAnswered(at=at + 4000, **offer),
            QueueLeft(at=at + 4000, **seg, reason="answered", agent="anna"),
            TalkStarted(at=at + 4000, **talk),
        ],
        [
            TalkEnded(at=at + 9000, **talk, by="customer"),
            MediaMeasured(at=at + 9000, contact=c, leg=leg, sent=450, received=450, lost=0, jitter_ms=1.25),
            WrapUpStarted(at=at + 9000, **seg, agent="anna"),
            *end,
        ],
        [WrapUpEnded(at=at + 9000, **seg, agent="anna", how="timer")],
    ]


KINDS = {"simple": simple_call, "queue": queue_call}


async def serve(journal: Journal, calls: Iterable[list[list[Fact]]], rate: float, waits: list[float]) -> None:
    """One call after another at an even pace; each waits for its end to be durable, as its BYE does."""
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def one(moments: list[list[Fact]]) -> None:
        *before, last = moments
        for n, facts in enumerate(before):
            for fact in facts:
                journal.append(fact)
            if n < len(before) - 1:
                await asyncio.sleep(0.1)
        asked = loop.time()
        await journal.committed()
        waits.append(loop.time() - asked)
        for fact in last:
            journal.append(fact)

    async with asyncio.TaskGroup() as tasks:
        for n, call in enumerate(calls):
            await asyncio.sleep(max(0.0, start + n / rate - loop.time()))
            tasks.create_task(one(call))


def measured(kind: str, count: int, rate: float, path: Path | None) -> tuple[float, list[float]]:
    """CPU seconds of the run, and every wait for durability."""
    calls = [KINDS[kind](at, contact_name(at)) for at in range(1_700_000_000_000, 1_700_000_000_000 + count)]
    waits: list[float] = []

    async def run() -> float:
        if path is None:
            began = time.process_time()
            await serve(MemoryJournal(), calls, rate, waits)
            return time.process_time() - began
        async with sqlite_journal(path) as journal:
            began = time.process_time()
            await serve(journal, calls, rate, waits)
            await journal.committed()
            return time.process_time() - began

    return asyncio.run(run()), waits


def pieces() -> None:
    """Microseconds of CPU per fact: encoded and inserted, and written with everything that belongs to it."""
    facts = [fact for n in range(4000) for moment in queue_call(n, contact_name(n)) for fact in moment]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "records.db", "bench")
        began = time.process_time()
        store.conn.execute("BEGIN")
        put(store.conn, "facts", [("bench", n, *encode(clean(fact))) for n, fact in enumerate(facts)])
        spent = time.process_time() - began
        store.conn.execute("ROLLBACK")
        store.close()
    print(f"encoded and inserted: {spent / len(facts) * 1e6:.2f} us a fact")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "records.db", "bench")
        began = time.process_time()
        for start in range(0, len(facts), 64):
            store.write(facts[start : start + 64])
        spent = time.process_time() - began
        store.close()
    print(f"written with their records, 64 in a commit: {spent / len(facts) * 1e6:.2f} us a fact")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=2000)
    options.add_argument("--rate", type=float, default=400.0)
    options.add_argument("--kind", choices=sorted(KINDS), default="simple")
    chosen = options.parse_args()
    pieces()
    bare, _ = measured(chosen.kind, chosen.calls, chosen.rate, None)
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            spent, waits = measured(chosen.kind, chosen.calls, chosen.rate, Path(folder) / "records.db")
        cuts = [1e3 * cut for cut in statistics.quantiles(waits, n=100)]
        cost = (spent - bare) / chosen.calls * 1e6
        print(f"{chosen.kind} calls, {chosen.rate:.0f}/s: {cost:.1f} us CPU a call", end="; ")
        print(f"the loop alone {bare / chosen.calls * 1e6:.1f}", end="; ")
        print(f"durable after p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")


if __name__ == "__main__":
    main()
