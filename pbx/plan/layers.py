"""Which layer each node of a drawing belongs to, and in which order a layer is drawn (Sugiyama's method)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import NamedTuple, TypeAlias

SWEEPS = 24
EFFORT = 500_000  # items looked at: the largest drawings are swept less often

Ends: TypeAlias = tuple[str, str]
Item: TypeAlias = int  # index into Layering.items


class Seat(NamedTuple):
    """A box has a name. Otherwise it is where an arrow passes a layer."""

    layer: int
    name: str = ""
    arrow: int = -1


@dataclass(slots=True)
class Layering:
    """Boxes sit on even layers. Every arrow passes the odd ones between, so a label there has a place.

    `chains` has for each arrow the items it joins, from its upper end to its lower one.
    """

    items: list[Seat] = field(default_factory=list[Seat])
    chains: dict[int, list[Item]] = field(default_factory=dict[int, list[Item]])
    rows: list[list[Item]] = field(default_factory=list[list[Item]])  # by layer, from left to right

    def segments(self) -> Iterable[tuple[Item, Item]]:
        return (pair for chain in self.chains.values() for pair in pairwise(chain))


def layering(names: Sequence[str], arrows: Sequence[Ends]) -> Layering:
    """`names` begins with the start. Arrows from a node to itself have no chain."""
    upward = _upward(names, arrows)
    down = [(b, a) if index in upward else (a, b) for index, (a, b) in enumerate(arrows)]
    layer = _longest_paths(names, [ends for ends in down if ends[0] != ends[1]])
    made = Layering()
    box = {name: _seated(made, Seat(2 * layer[name], name)) for name in names}
    for index, (upper, lower) in enumerate(down):
        if upper != lower:
            between = range(2 * layer[upper] + 1, 2 * layer[lower])
            passing = [_seated(made, Seat(row, arrow=index)) for row in between]
            made.chains[index] = [box[upper], *passing, box[lower]]
    made.rows = [[] for _ in range(max(seat.layer for seat in made.items) + 1)]
    for item in _in_depth(made, [box[name] for name in names]):
        made.rows[made.items[item].layer].append(item)
    _untangle(made)
    return made


def _seated(made: Layering, seat: Seat) -> Item:
    made.items.append(seat)
    return len(made.items) - 1


def _upward(names: Sequence[str], arrows: Sequence[Ends]) -> set[int]:
    """The arrows that lead back to a node they came through, or to the start: without them there is no
    round."""
    leaving = _by_source(arrows)
    done: set[str] = set()
    back: set[int] = set()
    for root in names:
        way: list[tuple[str, list[int]]] = [] if root in done else [(root, list(leaving.get(root, ())))]
        on_way = {root}
        while way:
            name, ahead = way[-1]
            if not ahead:
                way.pop()
                done.add(name)
                on_way.discard(name)
                continue
            arrow = ahead.pop(0)
            target = arrows[arrow][1]
            if target in on_way or target == names[0]:
                back.add(arrow)
            elif target not in done:
                on_way.add(target)
                way.append((target, list(leaving.get(target, ()))))
    return back


def _by_source(arrows: Sequence[Ends]) -> Mapping[str, list[int]]:
    leaving: dict[str, list[int]] = {}
    for index, (source, _) in enumerate(arrows):
        leaving.setdefault(source, []).append(index)
    return leaving


def _longest_paths(names: Sequence[str], down: Sequence[Ends]) -> Mapping[str, int]:
    """A layer for each name, so that every arrow leads to a later one.

    What nothing leads to, but the start, lies just above what it leads to.
    """
    layer = dict.fromkeys(names, 0)
    waiting = dict.fromkeys(names, 0)
    leaving: dict[str, list[str]] = {name: [] for name in names}
    for upper, lower in down:
        waiting[lower] += 1
        leaving[upper].append(lower)
    roots = [name for name in names if not waiting[name]]
    ready = list(roots)
    for name in ready:
        for lower in leaving[name]:
            layer[lower] = layer[name] + 1  # those before went layer by layer: the last is the deepest
            waiting[lower] -= 1
            if not waiting[lower]:
                ready.append(lower)
    for root in roots[1:]:
        layer[root] = min((layer[lower] for lower in leaving[root]), default=1) - 1
    return layer


def _in_depth(made: Layering, roots: Iterable[Item]) -> list[Item]:
    """Every item, those below one another together: a good order to begin with."""
    below = _below(made)
    order: dict[Item, None] = {}
    for root in roots:
        ahead = [root]
        while ahead:
            item = ahead.pop()
            if item not in order:
                order[item] = None
                ahead += reversed(below[item])
    return list(order)


def _untangle(made: Layering) -> None:
    """Sweep down and up, each layer by the barycentres of the last; keep the order with fewest crossings."""
    above: dict[Item, list[Item]] = {item: [] for item in range(len(made.items))}
    for upper, lower in made.segments():
        above[lower].append(upper)
    below = _below(made)
    best, fewest = [list(row) for row in made.rows], crossings(made)
    for sweep in range(rounds_for(made, SWEEPS)):
        if not fewest:
            break
        rows, neighbours = (made.rows, above) if sweep % 2 == 0 else (made.rows[::-1], below)
        for fixed, row in pairwise(rows):
            _by_barycentre(fixed, row, neighbours, -1 if sweep % 4 > 1 else 1)
        if (found := crossings(made)) < fewest:
            best, fewest = [list(row) for row in made.rows], found
    made.rows = best
    if _mirrored(made):
        made.rows = [row[::-1] for row in best]


def rounds_for(made: Layering, most: int) -> int:
    """How often a drawing of this size may be gone through."""
    return max(4, min(most, EFFORT // max(1, len(made.items))))


def _mirrored(made: Layering) -> bool:
    """Do most ways out of boxes stand against the order of the file? Key 1 belongs to the left of key 2."""
    place = {item: index for row in made.rows for index, item in enumerate(row)}
    against = 0
    for items in _below(made).values():
        ways = [place[item] for item in items if made.items[item].arrow >= 0]
        against += sum((a > b) - (a < b) for a, b in combinations(ways, 2))
    return against > 0


def _below(made: Layering) -> dict[Item, list[Item]]:
    below: dict[Item, list[Item]] = {item: [] for item in range(len(made.items))}
    for upper, lower in made.segments():
        below[upper].append(lower)
    return below


def _by_barycentre(
    fixed: Sequence[Item], row: list[Item], neighbours: Mapping[Item, list[Item]], way: int
) -> None:
    """Items without a neighbour there keep their place, and equals their order: turned if `way` is -1."""
    place = {item: index for index, item in enumerate(fixed)}
    wish = {
        item: sum(place[other] for other in neighbours[item]) / len(neighbours[item])
        for item in row[::way]
        if neighbours[item]
    }
    moving = iter(sorted(wish, key=lambda item: wish[item]))
    row[:] = [next(moving) if item in wish else item for item in row]


def crossings(made: Layering) -> int:
    """How many pairs of arrows cross between two layers."""
    below = _below(made)
    return sum(_crossings_between(upper, lower, below) for upper, lower in pairwise(made.rows))


def _crossings_between(upper: Sequence[Item], lower: Sequence[Item], below: Mapping[Item, list[Item]]) -> int:
    """Inversions among the lower ends, counted with a Fenwick tree."""
    place = {item: index + 1 for index, item in enumerate(lower)}
    tree = [0] * (len(lower) + 1)
    crossings = seen = 0
    for item in upper:
        ends = sorted(place[other] for other in below[item])
        for end in ends:
            at, before = end, 0
            while at:
                before += tree[at]
                at &= at - 1
            crossings += seen - before
        for end in ends:
            seen += 1
            while end <= len(lower):
                tree[end] += 1
                end += end & -end
    return crossings
