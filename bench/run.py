"""What a running exchange needs for its work, beside its targets, the bare loops and other exchanges.

usage: python -m bench.run cps|bcps|reg|play|queue|bridge|mem|max|kill|all [--reps 3] [--secs 6] [--rounds 20]

Prints Markdown; bench/README.md says how to read it. Uses the addresses of bench/load, so one at a time.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.exchange.bare import BareLoops
from bench.exchange.configuration import write_configuration
from bench.exchange.kill import kill_rounds
from bench.exchange.load import Record, build_tool, run_load
from bench.exchange.most import LAST, most_calls
from bench.exchange.process import Running, exchange
from bench.exchange.report import Figures, kill_table, most_table, works_table
from bench.exchange.works import WORKS, Work

SETTLE = 1.0  # seconds after "ready" before anything is measured


class Bench:
    """`folder` holds the configuration, and the data of every exchange that is started."""

    def __init__(self, folder: Path, reps: int, seconds: float) -> None:
        self._folder, self._reps, self._seconds = folder, reps, seconds
        self._config = write_configuration(folder / "exchange")
        self._bare = BareLoops(folder)
        self._started = 0

    def fresh(self, use: Callable[[Running], Record]) -> Record:
        """What `use` makes of an exchange that has just been started."""
        self._started += 1
        with exchange(self._config, self._folder / f"data{self._started}") as running:
            time.sleep(SETTLE)
            return use(running)

    def work(self, work: Work) -> Figures:
        """All repetitions, each on a fresh exchange and followed by the bare loop."""
        figures = Figures(work)
        for _ in range(self._reps):
            figures.records.append(
                self.fresh(lambda running: run_load(work, work.level, running, self._seconds))
            )
            if work.bare:
                figures.prices.append(self._bare.price(work, work.level, self._seconds))
            _progress(f"{work.kind}: {figures.records[-1][work.measure]} {work.unit}")
        return figures

    def most(self) -> str:
        found = [(work, most_calls(work, self.fresh, self._seconds)) for work in WORKS if work.kind in LAST]
        return most_table(found)


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.run", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("what", choices=[*(work.kind for work in WORKS), "max", "kill", "all"])
    parser.add_argument("--reps", type=int, default=3, help="repetitions, of which the median counts")
    parser.add_argument("--secs", type=float, default=6.0, help="seconds that a window of measurement lasts")
    parser.add_argument("--rounds", type=int, default=20, help="kills")
    given = parser.parse_args()
    build_tool()
    failed = False
    with tempfile.TemporaryDirectory(prefix="centrala-bench.") as name:
        bench = Bench(Path(name), given.reps, given.secs)
        works = [work for work in WORKS if given.what in (work.kind, "all")]
        if works:
            print(works_table([bench.work(work) for work in works]), flush=True)
        if given.what in ("max", "all"):
            print(f"\n{bench.most()}", flush=True)
        if given.what in ("kill", "all"):
            rounds = kill_rounds(Path(name) / "kill", given.rounds, seed=1)
            print(f"\n{kill_table(rounds)}", flush=True)
            failed = any(one.faults for one in rounds)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
