"""The most calls of one kind that are held at once, found by doubling and then halving the distance."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from bench.exchange.load import LoadFailed, Record, run_load
from bench.exchange.process import Running
from bench.exchange.works import Work

FIRST = 100
LAST = {"play": 3200, "queue": 3200, "bridge": 1600}  # as many ports as the load has
PACKET_MS = 20.0
JITTER_MS = 20.0
ROUND_TRIP_LOSS = 0.1  # percent: of packets counted when sent, some are on their way when the window closes
_NEAR_ENOUGH = 1.1
_RAMP = 160  # calls a second

Fresh: TypeAlias = Callable[[Callable[[Running], Record]], Record]  # a load on an exchange just started


class Most(NamedTuple):
    """`limited` is the least number of calls that failed and why; empty if the load came to its own end."""

    calls: int
    record: Record
    limited: str


def most_calls(work: Work, fresh: Fresh, seconds: float) -> Most:
    """Each level on an exchange of its own, and once more if it fails."""
    held, record, failed, why = 0, Record(), 0, ""
    level = FIRST
    while True:
        found = _tried(work, level, fresh, seconds)
        if found["why"]:
            failed, why = level, found["why"]
        else:
            held, record = level, found
        near = failed and failed <= held * _NEAR_ENOUGH
        if near or held == LAST[work.kind] or failed == FIRST:
            return Most(held, record, f"{failed}: {why}" if failed else "")
        level = (held + failed) // 2 if failed else min(2 * level, LAST[work.kind])


def _tried(work: Work, level: int, fresh: Fresh, seconds: float) -> Record:
    """The first run without a fault, or the last; "why" in it is the fault."""
    found = fresh(lambda running: _held(work, level, running, seconds))
    return found if not found["why"] else fresh(lambda running: _held(work, level, running, seconds))


def _held(work: Work, level: int, running: Running, seconds: float) -> Record:
    try:
        record = run_load(work, level, running, seconds, ramp=_RAMP)
    except LoadFailed as failure:
        return {"why": f"the load did not end: {failure}"}
    return {**record, "why": _fault(work, record)}


def _fault(work: Work, record: Record) -> str:
    """What was not good enough, "" if all was."""
    if not record["served"]:
        return f"{record['est']} calls of {record['n']} answered, {record['fail']} failed"
    lost, allowed, unit = (
        (record["rt_loss_pct"], ROUND_TRIP_LOSS, "%")
        if work.kind == "bridge"
        else (record["seq_lost"], 0, "packets")
    )
    if lost is None or lost > allowed:
        return f"lost {lost} {unit}"
    jitter = record["ia_p99"] - PACKET_MS
    return f"jitter p99 {jitter:.1f} ms" if jitter > JITTER_MS else ""
