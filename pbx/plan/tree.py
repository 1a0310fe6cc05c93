"""A flow's drawing in text: every node once, under the node that is nearest to the start."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pbx.plan.graph import ALWAYS, Arrow, Box, Graph

_BRANCH, _LAST, _THROUGH, _BLANK = "├─ ", "└─ ", "│  ", "   "


def tree(graph: Graph, width: int = 100) -> list[str]:
    """Lines of at most `width` columns. An arrow to a node that has its place elsewhere names it with ↑."""
    roots, parents = _places(graph)
    lines = list(_lines(graph, parents, graph.start, width))
    for root in roots[1:]:
        lines += [
            *([""] if root == ALWAYS else ["", "nothing leads to:"]),
            *_lines(graph, parents, root, width),
        ]
    return lines


def _places(graph: Graph) -> tuple[list[str], Mapping[str, Arrow]]:
    """The start and what it does not lead to; and the arrow under which each other node is drawn: one of a
    shortest way."""
    leaving: dict[str, list[Arrow]] = {name: [] for name in graph.boxes}
    for arrow in graph.arrows:
        leaving[arrow.source].append(arrow)
    roots: list[str] = []
    parents: dict[str, Arrow] = {}
    placed: set[str] = set()
    for root in (graph.start, *graph.boxes):
        if root in placed:
            continue
        roots.append(root)
        placed.add(root)
        ahead = deque([root])
        while ahead:
            for arrow in leaving[ahead.popleft()]:
                if arrow.target not in placed:
                    placed.add(arrow.target)
                    parents[arrow.target] = arrow
                    ahead.append(arrow.target)
    return roots, parents


class _Turn(NamedTuple):
    """A line to be drawn: `lead` stands before it, `under` before those below it."""

    name: str
    lead: str = ""
    under: str = ""
    elsewhere: Arrow | None = None  # the arrow to a node that is drawn elsewhere


def _lines(graph: Graph, parents: Mapping[str, Arrow], root: str, width: int) -> Iterator[str]:
    turns = [_Turn(root)]
    while turns:
        name, lead, under, elsewhere = turns.pop()
        if elsewhere is not None:
            went = f"{elsewhere.calls:,} went" if elsewhere.calls else ""
            yield _fitted(f"{lead}{name} ↑", went, width)
            continue
        yield _fitted(f"{lead}{_named(graph.boxes[name])}", _seen(graph, graph.boxes[name]), width)
        arrows = graph.arrows_from(name)
        for arrow in reversed(arrows):
            last = arrow is arrows[-1]
            begins = f"{under}{_LAST if last else _BRANCH}" + (f"{arrow.label} ─ " if arrow.label else "")
            below = f"{under}{_BLANK if last else _THROUGH}"
            here = parents.get(arrow.target) is arrow
            turns.append(_Turn(arrow.target, begins, below, None if here else arrow))


def _named(box: Box) -> str:
    return f"{box.name}  {box.kind.replace('_', ' ')}" + (f" · {box.about}" if box.about else "")


def _seen(graph: Graph, box: Box) -> str:
    return box.traffic if graph.calls is not None and box.reached else ""


def _fitted(text: str, note: str, width: int) -> str:
    """The note at the right edge; the text gives way."""
    room = width - len(note) - 2 if note else width
    if len(text) > room:
        text = f"{text[: max(0, room - 1)]}…"
    return f"{text}{note:>{width - len(text)}}" if note else text
