"""Who is served next, and by whom.

A caller's `place` is (rank, since, number): the rank is the queue's tier, strict callers first;
`since` is when they entered less their credit. Within a queue callers are served in this order, so credit
lets a caller overtake those who came at most that much earlier, and nobody else.

Between queues of one rank the index decides, weight * waited / target. It never stops growing, so nobody who
is late already is given up (generalised c-mu with quadratic cost). By the index alone a busy queue of large
weight starves others, so whoever has waited GUARD targets is served before all of the same rank who have not,
first come first served across queues. Nobody reaches the guard before those ahead in the same queue, so
comparing the first of each is enough.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, get_args

from pbx.acd.model import Queue, Tier

Place: TypeAlias = tuple[int, float, int]  # (rank, entered - credit, arrival number)
Key: TypeAlias = tuple[float, ...]

TIERS: tuple[Tier, ...] = get_args(Tier)
GUARD = 6.0  # times the target
SOON = 1.5  # times the handling time: deferred work with less than that left is at risk
AT_ONCE = 2 * TIERS.index("voice") + 1  # the rank of deferred work at risk


@dataclass(slots=True)
class Merits:
    """What an agent has done, and since when they rest: (idle since, number in order of becoming idle)."""

    order: int  # in the configuration
    calls: int = 0
    talked: float = 0.0  # seconds
    turn: int = 0  # when an offer to them was last made, in offers
    rest: tuple[float, int] = (0.0, 0)


AGENT_ORDER: dict[str, Callable[[Merits], Key]] = {
    "longest_idle": lambda one: one.rest,
    "fewest_calls": lambda one: (one.calls, *one.rest),
    "least_talk": lambda one: (one.talked, *one.rest),
    "round_robin": lambda one: (one.turn, one.order),
    "linear": lambda one: (one.order,),
    "random": lambda one: (shuffled(one.rest[1]), one.rest[1]),
    "ring_all": lambda one: one.rest,
}
"""By strategy: smallest first. Two agents never share a key."""


def shuffled(number: int) -> int:
    """Numbers in an order nobody could make use of, always the same (SplitMix64, Steele et al. 2014)."""
    mixed = (number * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return mixed ^ (mixed >> 31)


def place(
    queue: Queue,
    entered: float,
    credit: float,
    number: int,
    *,
    strict: bool = False,
    due: float | None = None,
) -> Place:
    """Where a caller stands. `credit`: that of their priority included. `number` settles ties.

    What is due earlier is served earlier, as if it had entered a target before.
    """
    since = entered if due is None else due - queue.target
    return (2 * TIERS.index(queue.tier) + (not strict), since - credit, number)


def guarded_at(queue: Queue, spot: Place) -> float:
    """When the caller has waited GUARD targets, credit included."""
    return spot[1] + GUARD * queue.target


def pace(queue: Queue) -> float:
    """How fast a caller's index, weight * waited / target, grows with each second."""
    return queue.weight / queue.target


def deferred(queue: Queue, rank: int, since: float, now: float) -> tuple[int, float]:
    """Rank and index of deferred work: at risk of missing its due time it ranks with calls, index near 1."""
    margin, slack = SOON * queue.handling_time, since + queue.target - now
    if slack > margin:
        return rank, pace(queue) * (now - since)
    return min(rank, AT_ONCE), 0.8 + 0.2 * (1 - slack / margin)
