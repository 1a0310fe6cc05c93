"""Files calls as fast as it can, and says which of them are durable, until it is killed."""

import asyncio
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from pbx.records.sqlite_journal import sqlite_journal
from tests.records.story import renamed, served_call

CALLS_AT_ONCE = 5
Told: TypeAlias = "Connection[tuple[str, int], None]"


def append_for_ever(path: Path, run: int, told: Told) -> None:
    """Tells ("opened", contacts closed as interrupted), then over and over ("durable", calls of this run)."""
    asyncio.run(_append(path, run, told))


async def _append(path: Path, run: int, told: Told) -> None:
    async with sqlite_journal(path) as journal:
        told.send(("opened", journal.recovery.interrupted))
        for start in count(0, CALLS_AT_ONCE):
            calls = [renamed(served_call("call"), f"-{run}-{n}") for n in range(start, start + CALLS_AT_ONCE)]
            for moment in zip(*calls, strict=True):
                for fact in moment:
                    journal.append(fact)
                await asyncio.sleep(0)
            await journal.committed()
            told.send(("durable", start + CALLS_AT_ONCE))
