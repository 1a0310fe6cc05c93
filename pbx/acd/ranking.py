"""Who is served next, and by whom.

A caller's `place` is (entered - credit, number): within a queue callers are served in this order, so credit
lets a caller overtake those who came at most that much earlier, and nobody else.
"""

from collections.abc import Callable
from math import inf
from typing import TypeAlias

from pbx.acd.model import Queue

Place: TypeAlias = tuple[float, ...]  # (entered - credit, arrival number)
Rest: TypeAlias = tuple[float, ...]  # (idle since, number in order of becoming idle)

GUARD = 6.0  # times the target

AGENT_ORDER: dict[str, Callable[[int, Rest], tuple[float, ...]]] = {
    "longest_idle": lambda _calls, rest: rest,
    "fewest_calls": lambda calls, rest: (calls, *rest),
}
"""By strategy: calls taken and rest to a key, smallest first."""


def place(queue: Queue, priority: int, now: float, number: int) -> Place:
    """Where a caller who enters now stands; `number` settles ties in order of arrival."""
    return (now - priority * queue.priority_credit, number)


def urgency(queue: Queue, waited: float) -> float:
    """Compares those who are first in different queues: largest first, ties by place. `waited` counts credit.

    The index, weight * waited / target, never stops growing, so nobody who is late already is given up
    (generalised c-mu with quadratic cost). By the index alone a busy queue of large weight starves others,
    so whoever has waited GUARD targets is served before all who have not, first come first served across
    queues. Nobody reaches the guard before those ahead in the same queue, so comparing the first is enough.
    """
    return inf if waited >= GUARD * queue.target else queue.weight * waited / queue.target
