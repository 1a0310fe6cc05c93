"""The drawing's geometry: laws that hold for every graph."""

from itertools import combinations, pairwise
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.plan.columns import GAP, Wish, placed
from pbx.plan.layers import Ends, Layering, crossings, layering
from pbx.plan.layout import LABEL_HEIGHT, Layout, Line, Size, Spot, layout

NAMES = [f"n{number}" for number in range(9)]
arrow_lists = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), unique=True, max_size=22)
sizes = st.lists(st.tuples(st.integers(60, 240), st.integers(30, 70)), min_size=9, max_size=9)
wishes = st.lists(
    st.builds(Wish, st.integers(-50, 50), st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=7
)


class Rectangle(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, spot: Spot, width: float, height: float) -> "Rectangle":
        return cls(spot.x - width / 2, spot.y - height / 2, spot.x + width / 2, spot.y + height / 2)

    def meets(self, other: "Rectangle") -> bool:
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.bottom <= other.top or other.bottom <= self.top)


# Columns


def cost(wishes: list[Wish], centres: list[float]) -> float:
    return sum(wish.weight * (wish.at - x) ** 2 for wish, x in zip(wishes, centres, strict=True))


def apart(wishes: list[Wish], centres: list[float], gap: float) -> bool:
    return all(
        right - left >= (a.width + b.width) / 2 + gap - 1e-6
        for (a, left), (b, right) in pairwise(zip(wishes, centres, strict=True))
    )


@given(wishes, st.integers(0, 20))
def test_things_side_by_side_keep_their_order_and_distance(asked: list[Wish], gap: int):
    assert apart(asked, placed(asked, gap), gap)


@given(wishes, st.integers(0, 20), st.data())
def test_no_other_place_that_keeps_the_distance_is_nearer_to_the_wishes(
    asked: list[Wish], gap: int, data: st.DataObject
):
    """Convex: it is enough that no small step of some of them is better."""
    best = placed(asked, gap)
    step = data.draw(st.sampled_from([-0.01, 0.01]))
    first = data.draw(st.integers(0, len(asked) - 1))
    last = data.draw(st.integers(first, len(asked) - 1))
    other = [x + step if first <= place <= last else x for place, x in enumerate(best)]
    assert not apart(asked, other, gap) or cost(asked, other) >= cost(asked, best) - 1e-9


def test_what_has_room_stands_where_it_wishes():
    assert placed([Wish(0, 10), Wish(50, 10)], 5) == [0, 50]
    assert placed([Wish(0, 10), Wish(0, 10)], 5) == [-7.5, 7.5]
    assert placed([Wish(0, 10, 3), Wish(0, 10, 1)], 5) == [-3.75, 11.25]


def test_things_stay_within_their_bounds():
    assert placed([Wish(-99, 10), Wish(99, 10)], 5, (0, 40)) == [5, 35]
    assert placed([Wish(99, 10), Wish(99, 10)], 5, (0, 40)) == [20, 35]


# Layers


def layers_of(made: Layering) -> dict[str, int]:
    return {seat.name: seat.layer for seat in made.items if seat.name}


def compared(made: Layering) -> int:
    """Crossings, by comparing every two segments between the same layers."""
    place = {item: index for row in made.rows for index, item in enumerate(row)}
    return sum(
        (place[a] - place[c]) * (place[b] - place[d]) < 0
        for (a, b), (c, d) in combinations(made.segments(), 2)
        if made.items[a].layer == made.items[c].layer
    )


@settings(deadline=None)
@given(arrow_lists)
def test_every_node_has_a_place_and_every_arrow_goes_layer_by_layer(arrows: list[Ends]):
    made = layering(NAMES, arrows)
    assert sorted(item for row in made.rows for item in row) == list(range(len(made.items)))
    assert all(made.items[item].layer == layer for layer, row in enumerate(made.rows) for item in row)
    assert {index for index, (a, b) in enumerate(arrows) if a != b} == set(made.chains)
    for index, chain in made.chains.items():
        assert all(made.items[b].layer == made.items[a].layer + 1 for a, b in pairwise(chain))
        assert {made.items[chain[0]].name, made.items[chain[-1]].name} == set(arrows[index])
        assert all(made.items[item].arrow == index for item in chain[1:-1])


@settings(deadline=None)
@given(arrow_lists)
def test_boxes_lie_as_deep_as_the_longest_way_to_them_or_just_above_what_they_lead_to(arrows: list[Ends]):
    made = layering(NAMES, arrows)
    layer = layers_of(made)
    above: dict[str, set[str]] = {name: set() for name in NAMES}
    below: dict[str, set[str]] = {name: set() for name in NAMES}
    for chain in made.chains.values():
        upper, lower = made.items[chain[0]].name, made.items[chain[-1]].name
        above[lower].add(upper)
        below[upper].add(lower)
    assert layer["n0"] == 0
    for name in NAMES[1:]:
        if above[name]:
            ways = [layer[upper] + 2 for upper in above[name]]
            firm = [layer[upper] + 2 for upper in above[name] if above[upper] or upper == "n0"]
            assert layer[name] >= max(ways)
            assert layer[name] == max(firm, default=layer[name])
        else:
            assert layer[name] == min((layer[lower] - 2 for lower in below[name]), default=0)


def test_without_rounds_every_arrow_points_down():
    made = layering(list("abcd"), [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")])
    assert layers_of(made) == {"a": 0, "b": 2, "c": 4, "d": 6}


def test_an_arrow_back_to_where_it_came_through_points_up_and_no_other():
    made = layering(list("abc"), [("a", "b"), ("b", "c"), ("c", "b"), ("c", "a")])
    assert layers_of(made) == {"a": 0, "b": 2, "c": 4}


def test_a_tree_is_drawn_without_crossings():
    arrows = [(name, f"{name}{way}") for name in ("a", "a1", "a2", "a3") for way in "321"]
    names = ["a", *sorted({target for _, target in arrows}, key=lambda name: name[::-1])]
    assert compared(layering(names, arrows)) == 0


def test_two_arrows_that_need_not_cross_do_not():
    arrows = [("s", "a"), ("s", "b"), ("a", "y"), ("a", "x"), ("b", "y")]
    assert compared(layering(list("sabxy"), arrows)) == 0


@settings(deadline=None)
@given(arrow_lists)
def test_crossings_are_counted_right(arrows: list[Ends]):
    made = layering(NAMES, arrows)
    assert crossings(made) == compared(made)
    for row in made.rows:
        row.reverse()
    made.rows[-1].sort()
    assert crossings(made) == compared(made)


def test_ways_out_of_a_box_stand_in_the_order_of_the_file_where_nothing_keeps_them_from_it():
    names = ["s", "a", "b", "c", "d", "e"]
    twisted = [("s", "a"), ("s", "b"), ("s", "c"), ("b", "e"), ("b", "d"), ("a", "d"), ("c", "e"), ("a", "e")]
    for arrows in ([("s", name) for name in "abcde"], twisted):
        plan = layout(dict.fromkeys(names, Size(100, 40)), arrows, [20.0] * len(arrows))
        first = [
            line.spots[0].x for line, (source, _) in zip(plan.lines, arrows, strict=True) if source == "s"
        ]
        assert first == sorted(first)


def test_arrows_cross_seldom():
    """Of sixty tangles: 277 crossings as they come, 70 when they were sorted out."""
    tangles = [
        sorted({(random.choice(NAMES), random.choice(NAMES)) for _ in range(14)})
        for random in map(Random, range(60))
    ]
    assert sum(crossings(layering(NAMES, tangle)) for tangle in tangles) < 78


# The whole


def drawn(arrows: list[Ends], of: list[tuple[int, int]], wide: int = 40) -> tuple[Layout, dict[str, Size]]:
    boxes = {name: Size(*size) for name, size in zip(NAMES, of, strict=True)}
    return layout(boxes, arrows, [float(wide)] * len(arrows)), boxes


@settings(max_examples=60, deadline=None)
@given(arrow_lists, sizes)
def test_no_two_boxes_or_labels_overlap_and_all_are_inside(arrows: list[Ends], of: list[tuple[int, int]]):
    plan, boxes = drawn(arrows, of)
    things = [Rectangle.around(spot, *boxes[name]) for name, spot in plan.boxes.items()]
    things += [Rectangle.around(line.label, 40, LABEL_HEIGHT) for line in plan.lines]
    assert not [pair for pair in combinations(things, 2) if pair[0].meets(pair[1])]
    for thing in things:
        assert thing.left >= -1e-6
        assert thing.top >= -1e-6
        assert thing.right <= plan.size.width + 1e-6
        assert thing.bottom <= plan.size.height + 1e-6


def upright(line: Line) -> list[Rectangle]:
    """The pieces of an arrow that pass a layer. What bends lies between the layers."""
    pieces = list(pairwise(line.spots))[1:-1:2]
    assert all(above.x == below.x for above, below in pieces)
    return [Rectangle(a.x, min(a.y, b.y), a.x, max(a.y, b.y)) for a, b in pieces]


@settings(max_examples=60, deadline=None)
@given(arrow_lists, sizes)
def test_an_arrow_passes_no_box_and_no_label_but_its_own(arrows: list[Ends], of: list[tuple[int, int]]):
    plan, boxes = drawn(arrows, of)
    labels = [Rectangle.around(line.label, 40, LABEL_HEIGHT) for line in plan.lines]
    around = [Rectangle.around(spot, *boxes[name]) for name, spot in plan.boxes.items()]
    for index, (line, (a, b)) in enumerate(zip(plan.lines, arrows, strict=True)):
        if a != b:
            others = [*around, *(label for other, label in enumerate(labels) if other != index)]
            for piece in upright(line):
                assert not [one for one in others if piece.meets(one)]


@settings(max_examples=60, deadline=None)
@given(arrow_lists, sizes)
def test_an_arrow_leaves_its_source_and_ends_at_its_target(arrows: list[Ends], of: list[tuple[int, int]]):
    plan, boxes = drawn(arrows, of)
    ends: list[Spot] = []
    for line, names in zip(plan.lines, arrows, strict=True):
        for spot, name in zip((line.spots[0], line.spots[-1]), names, strict=True):
            edge = Rectangle.around(plan.boxes[name], *boxes[name])
            if names[0] == names[1]:
                assert spot.x == edge.right
            else:
                assert edge.left < spot.x < edge.right
                assert spot.y == pytest.approx(edge.top) or spot.y == pytest.approx(edge.bottom)
                ends.append(spot)
    assert len(set(ends)) == len(ends), "two arrows meet a box at one spot"


@settings(max_examples=60, deadline=None)
@given(arrow_lists, sizes)
def test_arrows_leave_and_enter_a_box_in_the_order_in_which_they_come(
    arrows: list[Ends], of: list[tuple[int, int]]
):
    plan, _ = drawn(arrows, of)
    meeting: dict[tuple[str, float], list[tuple[float, float]]] = {}
    for line, (a, b) in zip(plan.lines, arrows, strict=True):
        if a != b:
            for name, end, near in ((a, line.spots[0], line.spots[1]), (b, line.spots[-1], line.spots[-2])):
                meeting.setdefault((name, end.y), []).append((near.x, end.x))
    for pairs in meeting.values():
        ordered = sorted(pairs)
        assert [x for _, x in ordered] == sorted(x for _, x in ordered)


def test_an_arrow_that_can_be_straight_is():
    plan, _ = drawn([("n0", "n1"), ("n1", "n2"), ("n0", "n2")], [(100, 40)] * 9)
    assert {spot.x for spot in plan.lines[0].spots} == {plan.lines[0].label.x}
    assert len({piece.left for piece in upright(plan.lines[2])}) == 1
    assert plan.boxes["n3"].y == plan.boxes["n0"].y


def test_a_long_chain_is_drawn_too():
    names = [f"n{number}" for number in range(1500)]
    plan = layout({name: Size(100, 40) for name in names}, list(pairwise(names)), [0.0] * 1499)
    assert {spot.x for spot in plan.boxes.values()} == {50}
    assert plan.size.width == 100


def test_arrows_beside_each_other_keep_their_distance():
    plan, _ = drawn([("n0", "n1"), ("n1", "n2"), ("n0", "n2"), ("n2", "n0")], [(100, 40)] * 9, wide=0)
    passing = sorted(piece.left for line in plan.lines[2:] for piece in upright(line))
    assert passing[-1] - passing[0] >= GAP
