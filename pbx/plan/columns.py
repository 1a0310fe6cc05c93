"""From layers to columns: near what they are joined to, none on top of another, arrows with few bends."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pbx.plan.layers import Item, Layering, rounds_for

ROUNDS = 40
STILL = 0.1  # of a point: nothing moves any more
BOX_GAP = 24.0  # between boxes side by side
GAP = 14.0  # between anything else side by side
CORNER = 24.0  # of a box, where no arrow ends
STRAIGHT = 4.0  # how much more an arrow wants to be straight than a box wants to be near another


class Wish(NamedTuple):
    """Something `width` wide would have its centre at `at`; `weight` says how badly."""

    at: float
    width: float
    weight: float = 1.0


def placed(wishes: Sequence[Wish], gap: float, within: tuple[float, float] | None = None) -> list[float]:
    """Centres in the order given, `gap` apart, with the least sum of weighted squared distances.

    Exact: pool adjacent violators, after the widths are taken out. `within` bounds the outer edges, where
    there is room enough.
    """
    offsets = _offsets(wishes, gap)
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for wish, offset in zip(wishes, offsets, strict=True):
        mean, weight, members = wish.at - offset, wish.weight, 1
        while pools and pools[-1][0] > mean:
            other, heft, count = pools.pop()
            mean = (mean * weight + other * heft) / (weight + heft)
            weight, members = weight + heft, members + count
        pools.append((mean, weight, members))
    free = [mean for mean, _, members in pools for _ in range(members)]
    if within is not None and wishes:
        low = within[0] + wishes[0].width / 2
        high = within[1] - wishes[-1].width / 2 - offsets[-1]
        free = [min(max(mean, low), max(low, high)) for mean in free]
    return [mean + offset for mean, offset in zip(free, offsets, strict=True)]


def _offsets(wishes: Sequence[Wish], gap: float) -> list[float]:
    """How far each centre is from the first when all stand as close as they may."""
    offsets = [0.0]
    for left, right in pairwise(wishes):
        offsets.append(offsets[-1] + (left.width + right.width) / 2 + gap)
    return offsets[: len(wishes)]


def columns(made: Layering, widths: Sequence[float]) -> list[float]:
    """The centre of every item, from 0 to the right. `widths` are the items' own."""
    return _Columns(made, widths).settled()


class _Columns:
    def __init__(self, made: Layering, widths: Sequence[float]) -> None:
        self._made, self._widths = made, widths
        self._x = [0.0] * len(widths)
        self._pulls: list[list[tuple[Item, float]]] = [[] for _ in widths]
        for upper, lower in made.segments():
            weight = STRAIGHT ** sum(not made.items[item].name for item in (upper, lower))
            self._pulls[upper].append((lower, weight))
            self._pulls[lower].append((upper, weight))

    def settled(self) -> list[float]:
        rows = self._made.rows
        for row in rows:
            self._place(row, [Wish(0.0, self._room(item)) for item in row])
        for turn in range(rounds_for(self._made, ROUNDS)):
            before = list(self._x)
            for row in rows if turn % 2 == 0 else rows[::-1]:
                self._place(row, [self._wish(item) for item in row])
            if max(abs(x - was) for x, was in zip(self._x, before, strict=True)) < STILL:
                break
        for _ in range(2):
            for chain in self._made.chains.values():
                self._straighten(chain)
        left = min(x - width / 2 for x, width in zip(self._x, self._widths, strict=True))
        return [x - left for x in self._x]

    def _place(self, row: Sequence[Item], wishes: Sequence[Wish]) -> None:
        for item, x in zip(row, placed(wishes, GAP), strict=True):
            self._x[item] = x

    def _room(self, item: Item) -> float:
        return self._widths[item] + (BOX_GAP - GAP if self._made.items[item].name else 0.0)

    def _wish(self, item: Item) -> Wish:
        """Between its neighbours above and below."""
        pulls = self._pulls[item]
        weight = sum(pull for _, pull in pulls)
        at = sum(self._x[other] * pull for other, pull in pulls) / weight if weight else self._x[item]
        return Wish(at, self._room(item), weight or 0.1)

    def _straighten(self, chain: Sequence[Item]) -> None:
        """Least squares spread a bend over all the layers that an arrow passes: gather it in a few places.

        Best in none: where the arrow can come straight out of one box, or go straight into the other.
        """
        runs = list(self._runs(chain[1:-1]))
        for index, (run, low, high) in enumerate(runs):
            x = sorted(self._x[item] for item in run)[len(run) // 2]
            for end, box in ((0, chain[0]), (len(runs) - 1, chain[-1])):
                if index == end:
                    reach = self._widths[box] / 2 - CORNER
                    x = min(max(x, self._x[box] - reach), self._x[box] + reach)
            for item in run:
                self._x[item] = min(max(x, low), high)

    def _runs(self, passing: Sequence[Item]) -> Iterator[tuple[list[Item], float, float]]:
        """The longest stretches that can be upright, with the room each has from left to right."""
        run: list[Item] = []
        low, high = float("-inf"), float("inf")
        for item in passing:
            left, right = self._free(item)
            if run and max(low, left) > min(high, right):
                yield run, low, high
                run, low, high = [], float("-inf"), float("inf")
            run.append(item)
            low, high = max(low, left), min(high, right)
        if run:
            yield run, low, high

    def _free(self, item: Item) -> tuple[float, float]:
        """How far it could move with everything else where it is."""
        row = self._made.rows[self._made.items[item].layer]
        at = row.index(item)
        left, right = float("-inf"), float("inf")
        if at:
            other = row[at - 1]
            left = self._x[other] + (self._room(other) + self._room(item)) / 2 + GAP
        if at + 1 < len(row):
            other = row[at + 1]
            right = self._x[other] - (self._room(other) + self._room(item)) / 2 - GAP
        return left, right
