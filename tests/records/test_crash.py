"""Nothing that was reported durable is missing after kill -9, whenever it comes."""

import multiprocessing
import random
import sqlite3
from contextlib import closing
from pathlib import Path

from pbx.records.reading import rebuild
from pbx.records.store import Store
from tests.records.appending import append_for_ever

KILLS = 20


def test_what_was_reported_durable_is_there_after_every_kill(tmp_path: Path):
    path = tmp_path / "records.db"
    dice = random.Random(5)
    active = 0
    for run in range(KILLS):
        interrupted, durable = killed(path, run, after=dice.randint(1, 12), pause=dice.uniform(0, 0.03))
        assert interrupted == active  # those that the run before left open
        ended, active = calls(path, run)
        assert ended >= durable
    with closing(store := Store(path, "main")):
        store.write([fact for _, facts in store.owed() for fact in facts])
        assert store.damaged is None
    assert rebuild(path).differed == 0
    with closing(sqlite3.connect(path)) as conn:
        gaps = "SELECT max(seq) - count(*), min(seq) FROM facts"
        assert conn.execute(gaps).fetchone() == (0, 1)
        for began, over in (("contact.created", "contact.ended"), ("acw.started", "acw.ended")):
            kinds = "SELECT sum(type = ?), sum(type = ?) FROM facts"
            created, ended = conn.execute(kinds, (began, over)).fetchone()
            assert created == ended > KILLS
        (still_active,) = conn.execute("SELECT count(*) FROM contacts WHERE state <> 'ended'").fetchone()
        assert still_active == 0


def killed(path: Path, run: int, *, after: int, pause: float) -> tuple[int, int]:
    """Contacts found open at its start, and the last count of durable calls that the process came to tell.

    It is killed this many seconds after it has said so much, unless it says more.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.records.appending"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=append_for_ever, args=(path, run, theirs), daemon=True)
    process.start()
    theirs.close()
    told = [ours.recv() for _ in range(after)]
    ours.poll(pause)
    process.kill()
    try:
        while True:
            told.append(ours.recv())  # what it managed to say before the end
    except EOFError:
        process.join()
    return told[0][1], max((count for word, count in told if word == "durable"), default=0)


def calls(path: Path, run: int) -> tuple[int, int]:
    """How many of this run have ended, and how many have not."""
    query = "SELECT count(*) FROM contacts WHERE contact LIKE ? AND state = ?"
    with closing(sqlite3.connect(path)) as conn:
        ended, active = (
            conn.execute(query, (f"call-{run}-%", state)).fetchone()[0] for state in ("ended", "active")
        )
    return ended, active
