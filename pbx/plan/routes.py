"""What differs between two lists of routes: which were added, removed, changed, and which only moved."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from pbx.plan.change import Change
from pbx.plan.tables import Table, shown, table_changes

Pair: TypeAlias = tuple[int, int]  # places in the old list and in the new one
_MATCHES = ("number", "pattern", "prefix")


def route_changes(old: Sequence[Table], new: Sequence[Table]) -> Iterator[Change]:
    """In the order of the new list; those that are gone come last."""
    pairs = _paired(old, new)
    was = {there: here for here, there in pairs}
    stayed = _in_order(sorted(pairs, key=lambda pair: pair[1]))
    for place, route in enumerate(new):
        if place not in was:
            yield Change(label(route), "added", (f"{_where(new, place)}: {shown(route.get('then'))}",))
            continue
        before = old[was[place]]
        if place not in stayed:
            yield Change(label(before), "moved", (f"now {_where(new, place)}",))
        if details := tuple(table_changes(before, route)):
            yield Change(label(before), "changed", details)
    kept = set(was.values())
    yield from (Change(label(route), "removed") for place, route in enumerate(old) if place not in kept)


def label(route: Table) -> str:
    """`route "echo" (600)`."""
    match = next((str(route[key]) for key in _MATCHES if key in route), "")
    name = route.get("name")
    return f'route "{name}" ({match})' if name else f"route {match}"


def _where(routes: Sequence[Table], place: int) -> str:
    return f"after {label(routes[place - 1])}" if place else "before all others"


def _paired(old: Sequence[Table], new: Sequence[Table]) -> list[Pair]:
    """Each route with what it was: the same in everything, else in name and number, in number, in name."""
    pairs: list[Pair] = []
    left, right = dict(enumerate(old)), dict(enumerate(new))
    for sameness in _SAMENESSES:
        for there, route in list(right.items()):
            what = sameness(route)
            here = next((here for here, before in left.items() if what and sameness(before) == what), None)
            if here is not None:
                pairs.append((here, there))
                del left[here], right[there]
    return pairs


def _match(route: Table) -> Any:
    return [route.get(key) for key in _MATCHES]


_SAMENESSES: tuple[Callable[[Table], Any], ...] = (
    dict,
    lambda route: [route.get("name"), _match(route)],
    _match,
    lambda route: route.get("name"),
)


def _in_order(pairs: Sequence[Pair]) -> set[int]:
    """The new places of a longest run of routes that kept their order: all others moved.

    `pairs` by new place. Patience sorting: the last of the pile's run is remembered for every length.
    """
    ends: list[int] = []  # the smallest old place that a run of this length ends with
    runs: list[tuple[int, ...]] = []
    for here, there in pairs:
        length = bisect_left(ends, here)
        run = (*(runs[length - 1] if length else ()), there)
        ends[length : length + 1] = [here]
        runs[length : length + 1] = [run]
    return set(runs[-1]) if runs else set()
