"""kill -9 of the whole exchange during fifty calls, and what its records say after the next start."""

import random
import sqlite3
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.exchange.callers import Callers, callers
from bench.exchange.configuration import write_configuration
from bench.exchange.process import Running, answers, children, exchange, is_gone
from pbx.records.reading import rebuild

WAITING, ECHOING, FINISHING = 20, 15, 15  # calls at any moment; the last hang up and others take their place
HOLD = 0.5  # seconds that a finishing call lasts
RTP = (36000, 38998)
WORKERS_GONE_WITHIN = 2.0
_NEVER = 600.0
_UP_WITHIN = 8.0
_LOOK_EVERY = 0.02
_OF_NAME = (
    "SELECT number, state, outcome, ended FROM contacts JOIN identities USING (contact) WHERE number LIKE ?"
)


@dataclass(slots=True)
class Round:
    """What one kill did, and what was wrong: `faults` holds sentences, none if all is as it must be."""

    answered: int = 0  # calls
    over: int = 0  # calls whose BYE was answered with 200, as sipp's log has it
    interrupted: int = 0
    unrecorded: int = 0  # calls answered that left no record: a call is a record before it is a call
    restart: float = 0.0  # seconds from starting the process again to its first answer
    closed: float = 0.0  # seconds from starting it again until no call of the last run is open
    faults: list[str] = field(default_factory=list[str])


def kill_rounds(folder: Path, rounds: int, seed: int) -> list[Round]:
    """So many kills of one exchange with one set of records. Takes about seven seconds each."""
    config, data, dice = (
        write_configuration(folder / "exchange", accounts=10),
        folder / "data",
        random.Random(seed),
    )
    done = [_round(config, data, folder, f"k{number:03}", dice) for number in range(rounds)]
    found = rebuild(data / "records.db")
    if found.differed:
        done[-1].faults.append(f"{found.differed} records differed from their facts")
    return done


def _round(config: Path, data: Path, folder: Path, name: str, dice: random.Random) -> Round:
    result = Round()
    with exchange(config, data, rtp=RTP) as victim, ExitStack() as stack:
        groups = _fifty_calls(stack, folder, name, victim.port)
        for group, count in zip(groups, (WAITING, ECHOING, FINISHING), strict=True):
            if not group.wait_until_talking(count, _UP_WITHIN):
                result.faults.append(f"only {len(group.talking())} of {count} calls were answered")
        _pass(dice.uniform(0.2, 1.2))
        workers = children(victim.pid)
        victim.kill()
        if not workers or not _gone(workers):
            result.faults.append(f"RTP workers {workers} outlive the exchange")
    answered = set[str]().union(*(group.talking() for group in groups))
    over = set[str]().union(*(group.over() for group in groups))
    result.answered, result.over = len(answered), len(over)
    with exchange(config, data, rtp=RTP) as again:
        result.restart = _first_answer(again)
        result.closed = _none_open(data / "records.db", name, again)
        _judge(data / "records.db", name, answered, over, result)
    return result


def _fifty_calls(stack: ExitStack, folder: Path, name: str, port: int) -> list[Callers]:
    waiting = callers(folder, f"{name}w", port, "1003", count=WAITING, rate=40, hold=_NEVER)
    echoing = callers(folder, f"{name}e", port, "1005", count=ECHOING, rate=40, hold=_NEVER)
    finishing = callers(folder, f"{name}f", port, "1000", count=1000, rate=FINISHING / HOLD, hold=HOLD)
    return [stack.enter_context(group) for group in (waiting, echoing, finishing)]


def _pass(seconds: float) -> None:
    """The moment of death is drawn by lot, so there is nothing to wait for but time."""
    time.sleep(seconds)


def _gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + WORKERS_GONE_WITHIN
    while not all(is_gone(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY)
    return True


def _first_answer(again: Running) -> float:
    """It may be said to be ready before or after its first answer; both count from its beginning."""
    return time.monotonic() - again.began if answers(again.port, 5.0) < 5.0 else float("inf")


def _none_open(records: Path, name: str, again: Running) -> float:
    while any(state != "ended" for _, state, _, _ in _records(records, name)):
        if time.monotonic() - again.began > 10.0:
            return float("inf")
        time.sleep(_LOOK_EVERY)
    return time.monotonic() - again.began


def _records(path: Path, name: str) -> list[tuple[str, str, str, int | None]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
        return conn.execute(_OF_NAME, (f"{name}%",)).fetchall()


def _judge(path: Path, name: str, answered: set[str], over: set[str], result: Round) -> None:
    found: dict[str, tuple[str, int | None]] = {}
    for number, _, outcome, ended in _records(path, name):
        if number in found:
            result.faults.append(f"{number} has two records")
        found[number] = outcome, ended
        result.interrupted += outcome == "interrupted"
        if ended is None:
            result.faults.append(f"{number} is not ended")
    for number in sorted(over):
        outcome = found[number][0] if number in found else "nothing"
        if outcome in ("nothing", "interrupted"):
            result.faults.append(f"the BYE of {number} was answered, and its record says {outcome}")
    held = {number for number in answered | found.keys() if number[len(name)] in "we"}
    for number in sorted(held):
        outcome = found[number][0] if number in found else "nothing"
        if outcome != "interrupted":
            result.faults.append(f"{number} was still calling, and its record says {outcome}")
    missing = answered - held - found.keys() - over
    result.unrecorded = len(missing)
    if missing:
        result.faults.append(f"answered and without a record: {', '.join(sorted(missing))}")
