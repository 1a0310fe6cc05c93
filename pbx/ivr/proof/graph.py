"""A flow as a graph: what every proof asks of it, worked out once."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pbx.ivr.flow import Flow
from pbx.ivr.kinds.node import Edge, Mention, Spoken

NOW = frozenset({"nothing"})
SILENT = frozenset({"nothing", "silence", "outcome"})


class Graph:
    """`ways`, `mentions` and `prompts` by node, in the order of the file; `reached` by some caller."""

    __slots__ = ("flow", "mentions", "prompts", "reached", "ways")

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.ways: Mapping[str, tuple[Edge, ...]] = {name: tuple(flow.ways_out(name)) for name in flow.nodes}
        self.mentions: Mapping[str, tuple[Mention, ...]] = {
            name: tuple(node.mentions()) for name, node in flow.nodes.items()
        }
        self.prompts: Mapping[str, tuple[Spoken, ...]] = {
            name: tuple(node.prompts()) for name, node in flow.nodes.items()
        }
        self.reached: Collection[str] = self.reach([flow.start])

    def reach(self, starts: Iterable[str], after: Collection[str] | None = None) -> set[str]:
        """The nodes that ways like these lead to, the starts included."""
        reached = set(starts)
        ahead = list(reached)
        while ahead:
            for edge in self.ways[ahead.pop()]:
                if edge.target not in reached and (after is None or edge.after in after):
                    reached.add(edge.target)
                    ahead.append(edge.target)
        return reached

    def successors(self, after: Collection[str]) -> dict[str, list[str]]:
        return {
            name: [edge.target for edge in ways if edge.after in after] for name, ways in self.ways.items()
        }

    def find(self, *what: str) -> Iterator[tuple[str, Mention]]:
        """Every mention of these kinds, with its node."""
        for name, mentions in self.mentions.items():
            for mention in mentions:
                if mention.what in what:
                    yield name, mention


def leading_to(targets: Iterable[str], successors: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything from which some way leads to one of the targets, themselves included."""
    before: dict[str, list[str]] = {}
    for name, nexts in successors.items():
        for target in nexts:
            before.setdefault(target, []).append(name)
    found = set(targets)
    ahead = list(found)
    while ahead:
        for name in before.get(ahead.pop(), ()):
            if name not in found:
                found.add(name)
                ahead.append(name)
    return found


def rounds(successors: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """A shortest cycle through each name that is on one and in no cycle told before."""
    inside = _not_tips(successors)
    told: set[str] = set()
    for name in successors if inside else ():
        if name in inside and name not in told:
            cycle = _way_back(name, successors, inside)
            told.update(cycle)
            if cycle:
                yield cycle


def _not_tips(successors: Mapping[str, Sequence[str]]) -> set[str]:
    """What is left when names that lead nowhere are taken away, again and again: cycles, and ways to them."""
    left = {name: len(targets) for name, targets in successors.items()}
    before: dict[str, list[str]] = {}
    for name, targets in successors.items():
        for target in targets:
            before.setdefault(target, []).append(name)
    tips = [name for name, count in left.items() if not count]
    while tips:
        tip = tips.pop()
        del left[tip]
        for name in before.get(tip, ()):
            left[name] -= 1
            if not left[name]:
                tips.append(name)
    return set(left)


def _way_back(start: str, successors: Mapping[str, Sequence[str]], inside: set[str]) -> tuple[str, ...]:
    ways: deque[tuple[str, ...]] = deque([(start,)])
    seen: set[str] = set()
    while ways:
        way = ways.popleft()
        for target in successors[way[-1]]:
            if target == start:
                return way
            if target in inside and target not in seen:
                seen.add(target)
                ways.append((*way, target))
    return ()
