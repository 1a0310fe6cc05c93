"""Where the boxes and arrows of a drawing go."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pbx.plan.columns import CORNER, Wish, columns, placed
from pbx.plan.layers import Ends, Item, Layering, layering

ROW_GAP = 22.0  # between a row of boxes and a row of labels
MOST_SLOPE = 26.0  # more, for arrows that go far sideways
PORT_GAP = 16.0  # between the ends of arrows at one box
LABEL_HEIGHT = 18.0
LOOP = 34.0  # beside a box that leads to itself


class Size(NamedTuple):
    width: float
    height: float


class Spot(NamedTuple):
    """A centre."""

    x: float
    y: float


class Line(NamedTuple):
    """An arrow: where it leaves and enters a box, and the straight upright pieces between, from its tail on.

    Between two spots of different x it bends. `label` is the centre of its label.
    """

    spots: tuple[Spot, ...]
    label: Spot


class Layout(NamedTuple):
    """`lines` are in the order of the arrows."""

    size: Size
    boxes: Mapping[str, Spot]
    lines: tuple[Line, ...]


def layout(boxes: Mapping[str, Size], arrows: Sequence[Ends], labels: Sequence[float]) -> Layout:
    """`boxes` begins with the start; `labels` are the widths of the arrows' labels, 0 for none.

    No two boxes or labels overlap, and every arrow keeps clear of them but at its ends and its own label.
    """
    return _Layout(boxes, arrows, labels).done()


class _Layout:
    def __init__(self, boxes: Mapping[str, Size], arrows: Sequence[Ends], labels: Sequence[float]) -> None:
        self._boxes, self._arrows, self._labels = boxes, arrows, labels
        self._made: Layering = layering(list(boxes), arrows)
        self._loops = {a: index for index, (a, b) in enumerate(arrows) if a == b}
        self._widths = [self._width(item) for item in range(len(self._made.items))]
        self._x = columns(self._made, self._widths)
        self._top, self._bottom = self._rows()

    def done(self) -> Layout:
        spots = {
            seat.name: Spot(self._x[item] - self._loop_room(seat.name) / 2, self._middle(seat.layer))
            for item, seat in enumerate(self._made.items)
            if seat.name
        }
        ports = self._ports(spots)
        lines = tuple(
            self._loop(spots[source], source, self._labels[index])
            if source == target
            else self._line(index, ports)
            for index, (source, target) in enumerate(self._arrows)
        )
        width = max(x + width / 2 for x, width in zip(self._x, self._widths, strict=True))
        return Layout(Size(width, self._bottom[-1]), spots, lines)

    def _width(self, item: Item) -> float:
        seat = self._made.items[item]
        if seat.name:
            return self._boxes[seat.name].width + self._loop_room(seat.name)
        return self._labels[seat.arrow] if self._bears_label(item) else 0.0

    def _loop_room(self, name: str) -> float:
        return LOOP + self._labels[self._loops[name]] if name in self._loops else 0.0

    def _bears_label(self, item: Item) -> bool:
        """The first place an arrow passes after its tail."""
        arrow = self._made.items[item].arrow
        chain = self._made.chains[arrow]
        return item == (chain[1] if self._goes_down(arrow) else chain[-2])

    def _goes_down(self, arrow: int) -> bool:
        return self._made.items[self._made.chains[arrow][0]].name == self._arrows[arrow][0]

    def _rows(self) -> tuple[list[float], list[float]]:
        """The upper and lower edge of each layer."""
        top: list[float] = []
        bottom: list[float] = []
        y, slopes = 0.0, self._slopes()
        for layer, row in enumerate(self._made.rows):
            heights = [self._height(item) for item in row]
            y += ROW_GAP + min(MOST_SLOPE, slopes[layer] / 12) if layer else 0.0
            top.append(y)
            y += max(heights)
            bottom.append(y)
        return top, bottom

    def _height(self, item: Item) -> float:
        name = self._made.items[item].name
        return self._boxes[name].height if name else LABEL_HEIGHT if self._widths[item] else 0.0

    def _slopes(self) -> list[float]:
        """How far sideways an arrow has to go above each layer, at most."""
        slopes = [0.0] * len(self._made.rows)
        for upper, lower in self._made.segments():
            layer = self._made.items[lower].layer
            slopes[layer] = max(slopes[layer], abs(self._x[upper] - self._x[lower]))
        return slopes

    def _middle(self, layer: int) -> float:
        return (self._top[layer] + self._bottom[layer]) / 2

    def _ports(self, spots: Mapping[str, Spot]) -> dict[tuple[Item, Item], Spot]:
        """Where each arrow meets the box at its (box, next item)."""
        meeting: dict[tuple[Item, bool], list[Item]] = {}
        for upper, lower in self._made.segments():
            for item, other, below in ((upper, lower, True), (lower, upper, False)):
                if self._made.items[item].name:
                    meeting.setdefault((item, below), []).append(other)
        ports: dict[tuple[Item, Item], Spot] = {}
        for (item, below), others in meeting.items():
            name = self._made.items[item].name
            size, spot = self._boxes[name], spots[name]
            y = spot.y + size.height / 2 if below else spot.y - size.height / 2
            others.sort(key=lambda other: (self._x[other], other))
            half = size.width / 2 - CORNER
            gap = min(PORT_GAP, 2 * half / max(1, len(others) - 1))
            wishes = [Wish(self._x[other], 0.0) for other in others]
            for other, x in zip(others, placed(wishes, gap, (spot.x - half, spot.x + half)), strict=True):
                ports[item, other] = Spot(x, y)
        return ports

    def _line(self, arrow: int, ports: Mapping[tuple[Item, Item], Spot]) -> Line:
        chain = self._made.chains[arrow]
        spots = [ports[chain[0], chain[1]]]
        for item in chain[1:-1]:
            layer = self._made.items[item].layer
            spots += [Spot(self._x[item], self._top[layer]), Spot(self._x[item], self._bottom[layer])]
        spots.append(ports[chain[-1], chain[-2]])
        down = self._goes_down(arrow)
        bearer = chain[1] if down else chain[-2]
        label = Spot(self._x[bearer], self._middle(self._made.items[bearer].layer))
        return Line(tuple(spots if down else reversed(spots)), label)

    def _loop(self, spot: Spot, name: str, label: float) -> Line:
        """Out of the right side and in again, around the label."""
        right, quarter = spot.x + self._boxes[name].width / 2, self._boxes[name].height / 4
        out, back = Spot(right, spot.y + quarter), Spot(right, spot.y - quarter)
        return Line((out, back), Spot(right + LOOP - 4 + label / 2, spot.y))
