"""A flow's drawing as SVG: one file, no fonts or scripts of its own, light or dark as its reader prefers."""

from collections.abc import Iterator, Mapping
from html import escape
from itertools import pairwise
from math import sqrt

from pbx.plan.columns import CORNER
from pbx.plan.graph import Arrow, Box, Family, Graph
from pbx.plan.layout import Layout, Line, Size, Spot, layout

NAME, ABOUT, LABEL = 13.0, 11.0, 11.0  # font sizes
MARGIN = 28.0
HEADER = 84.0
LONGEST_ABOUT = 30  # characters
NARROWEST, PADDING = 96.0, 15.0
THIN, THICK = 1.3, 8.0  # arrows
HEAD = 9.0  # length of an arrow's head

_NARROW, _WIDE = frozenset(" .,:;'|!ijlt()[]{}fr-"), frozenset("mwMW@%—")
_LIGHT = {
    "page": "#ffffff", "ink": "#1f2328", "faint": "#59636e", "arrow": "#8b95a1", "lost": "#d1242f",
    "asks": ("#e7f0fe", "#2f6fd0"), "decides": ("#fff3d6", "#b7791f"), "connects": ("#e0f5e6", "#2a8a4b"),
    "moves_on": ("#f2f4f7", "#768390"), "leaves": ("#f1eafd", "#7c4dca"), "ends": ("#fdeaea", "#c0504d"),
}  # fmt: skip
_DARK = {
    "page": "#0f1318", "ink": "#e6edf3", "faint": "#9aa5b1", "arrow": "#6b7683", "lost": "#ff7b72",
    "asks": ("#14263f", "#5b9cf5"), "decides": ("#33270c", "#d9a441"), "connects": ("#12301d", "#4fbf77"),
    "moves_on": ("#1c2229", "#7d8894"), "leaves": ("#261b3b", "#a98af0"), "ends": ("#38191a", "#e0736f"),
}  # fmt: skip
_FAMILIES: tuple[Family, ...] = ("asks", "decides", "connects", "moves_on", "leaves", "ends")


def svg(graph: Graph, subtitle: str) -> str:
    """The whole file. Arrows are as wide as their calls are many, where any were recorded."""
    names = [graph.start, *(name for name in graph.boxes if name != graph.start)]
    sizes = {name: _size(graph.boxes[name], graph) for name in names}
    labels = [_label(arrow) for arrow in graph.arrows]
    ends = [(arrow.source, arrow.target) for arrow in graph.arrows]
    plan = layout(sizes, ends, [text_width(label, LABEL) + 8 if label else 0.0 for label in labels])
    width = max(plan.size.width, text_width(graph.name, 20) + 40, text_width(subtitle, 12)) + 2 * MARGIN
    height = plan.size.height + HEADER + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img">',
            f"<title>Flow {escape(graph.name)}</title>",
            f"<style>{_style()}</style>",
            '<rect class="page" width="100%" height="100%"/>',
            f'<text class="heading" x="{MARGIN}" y="30">{escape(graph.name)}</text>',
            f'<text class="sub" x="{MARGIN}" y="48">{escape(subtitle)}</text>',
            f'<g transform="translate({(width - plan.size.width) / 2:.1f} {HEADER})">',
            *_drawn(graph, plan, sizes, labels),
            "</g>",
            "</svg>\n",
        ]
    )


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a system's own font; rather too much."""
    return size * sum(0.36 if char in _NARROW else 0.9 if char in _WIDE else 0.62 for char in text)


def _style() -> str:
    base = (
        "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
        ".heading{font-size:20px;font-weight:700}.sub{font-size:12px}"
        f".name{{font-size:{NAME:g}px;font-weight:600;text-anchor:middle}}"
        f".about{{font-size:{ABOUT:g}px;text-anchor:middle}}"
        f".label{{font-size:{LABEL:g}px;text-anchor:middle}}"
        ".arrow{fill:none;stroke-linecap:butt}.unused{stroke-dasharray:4 4}.box{stroke-width:1.4}"
    )
    return f"{base}{_colours(_LIGHT)}@media(prefers-color-scheme:dark){{{_colours(_DARK)}}}"


def _colours(of: Mapping[str, str | tuple[str, str]]) -> str:
    families = "".join(f".{name}{{fill:{of[name][0]};stroke:{of[name][1]}}}" for name in _FAMILIES)
    return (
        f".page{{fill:{of['page']}}}.heading,.name{{fill:{of['ink']}}}.sub,.about,.label{{fill:{of['faint']}}}"
        f".arrow{{stroke:{of['arrow']}}}.head,.dot{{fill:{of['arrow']}}}.lost{{fill:{of['lost']}}}"
        f".all{{fill:{of['arrow']};opacity:.3}}{families}"
    )


def _label(arrow: Arrow) -> str:
    return " · ".join(part for part in (arrow.label, f"{arrow.calls:,}" if arrow.calls else "") if part)


def _lines_of(box: Box, graph: Graph) -> list[str]:
    """What is written in a box under its name."""
    about = box.about if len(box.about) <= LONGEST_ABOUT else f"{box.about[: LONGEST_ABOUT - 1].rstrip()}…"
    lines = [f"{box.kind.replace('_', ' ')} · {about}" if about else box.kind.replace("_", " ")]
    if graph.calls is not None:
        lines.append(box.traffic)
    return lines


def _size(box: Box, graph: Graph) -> Size:
    lines = _lines_of(box, graph)
    widest = max(text_width(box.name, NAME * 1.08), *(text_width(line, ABOUT) for line in lines))
    slack = 12.0 if box.family in ("decides", "connects", "ends") else 0.0
    return Size(max(NARROWEST, widest + 2 * (PADDING + slack)), 30.0 + 15.0 * len(lines))


def _drawn(graph: Graph, plan: Layout, sizes: Mapping[str, Size], labels: list[str]) -> Iterator[str]:
    busiest = max((arrow.calls for arrow in graph.arrows), default=0)
    start = plan.boxes[graph.start]
    top = start.y - sizes[graph.start].height / 2
    yield f'<circle class="dot" cx="{start.x:.1f}" cy="{top - 20:.1f}" r="4"/>'
    yield from _arrow(Line((Spot(start.x, top - 20), Spot(start.x, top)), start), THIN, unused=False)
    for arrow, line in zip(graph.arrows, plan.lines, strict=True):
        wide = THIN + (THICK - THIN) * sqrt(arrow.calls / busiest) if busiest else THIN
        yield from _arrow(line, wide, unused=bool(busiest) and not arrow.calls)
    for label, line in zip(labels, plan.lines, strict=True):
        yield from _written_on(label, line.label)
    for name, box in graph.boxes.items():
        yield from _box(box, plan.boxes[name], sizes[name], _lines_of(box, graph))


def _arrow(line: Line, wide: float, *, unused: bool) -> Iterator[str]:
    (tail, *_), (*_, before, tip) = line.spots, line.spots
    if tail.x == tip.x and len(line.spots) == 2 and line.label.x > tail.x + 20:
        yield from _loop(line, wide)
        return
    length = HEAD * (1 + (wide - THIN) / 12)
    way = 1 if tip.y > before.y else -1
    stop = tip._replace(y=tip.y - way * (length - 1))
    path = [f"M{tail.x:.1f} {tail.y:.1f}"]
    for here, there in pairwise((*line.spots[:-1], stop)):
        middle = (here.y + there.y) / 2
        straight = abs(here.x - there.x) < 0.05
        path.append(
            f"V{there.y:.1f}"
            if straight
            else f"C{here.x:.1f} {middle:.1f} {there.x:.1f} {middle:.1f} {there.x:.1f} {there.y:.1f}"
        )
    shape = "arrow unused" if unused else "arrow"
    yield f'<path class="{shape}" stroke-width="{wide:.1f}" d="{"".join(path)}"/>'
    half = 3.6 + wide / 2
    base = tip.y - way * length
    yield (
        f'<path class="head" d="M{tip.x:.1f} {tip.y:.1f}L{tip.x - half:.1f} {base:.1f}'
        f'L{tip.x + half:.1f} {base:.1f}Z"/>'
    )


def _loop(line: Line, wide: float) -> Iterator[str]:
    out, back = line.spots
    reach = line.label.x
    yield (
        f'<path class="arrow" stroke-width="{wide:.1f}" d="M{out.x:.1f} {out.y:.1f}'
        f'C{reach:.1f} {out.y + 14:.1f} {reach:.1f} {back.y - 14:.1f} {back.x + HEAD:.1f} {back.y:.1f}"/>'
    )
    yield (
        f'<path class="head" d="M{back.x:.1f} {back.y:.1f}L{back.x + HEAD:.1f} {back.y - 4.2:.1f}'
        f'L{back.x + HEAD:.1f} {back.y + 4.2:.1f}Z"/>'
    )


def _written_on(label: str, at: Spot) -> Iterator[str]:
    if label:
        width = text_width(label, LABEL)
        yield (
            f'<rect class="page" x="{at.x - width / 2 - 2:.1f}" y="{at.y - 8:.1f}" width="{width + 4:.1f}" '
            'height="16" rx="3"/>'
        )
        yield f'<text class="label" x="{at.x:.1f}" y="{at.y + 4:.1f}">{escape(label)}</text>'


def _box(box: Box, at: Spot, size: Size, lines: list[str]) -> Iterator[str]:
    left, top = at.x - size.width / 2, at.y - size.height / 2
    yield "<g>"
    if box.words:
        yield f"<title>{escape(chr(10).join(box.words))}</title>"
    yield _shape(box.family, left, top, size)
    y = top + 20
    yield f'<text class="name" x="{at.x:.1f}" y="{y:.1f}">{escape(box.name)}</text>'
    for line in lines:
        y += 15
        yield f'<text class="about" x="{at.x:.1f}" y="{y:.1f}">{escape(line)}</text>'
    if box.lost:
        room = size.width - 2 * CORNER
        for kind, share in (("all", 1.0), ("lost", box.share_lost)):
            yield (
                f'<rect class="{kind}" x="{at.x - room / 2:.1f}" y="{top + size.height - 6:.1f}" '
                f'width="{room * share:.1f}" height="3" rx="1.5"/>'
            )
    yield "</g>"


def _shape(family: Family, left: float, top: float, size: Size) -> str:
    right, bottom, middle = left + size.width, top + size.height, top + size.height / 2
    if family == "decides":
        points = f"{left:.1f},{middle:.1f} {left + 14:.1f},{top:.1f} {right - 14:.1f},{top:.1f} "
        points += f"{right:.1f},{middle:.1f} {right - 14:.1f},{bottom:.1f} {left + 14:.1f},{bottom:.1f}"
        return f'<polygon class="box {family}" points="{points}"/>'
    radius = {"connects": size.height / 2, "ends": size.height / 2, "moves_on": 3.0}.get(family, 9.0)
    dashes = ' stroke-dasharray="6 3"' if family == "leaves" else ""
    return (
        f'<rect class="box {family}" x="{left:.1f}" y="{top:.1f}" width="{size.width:.1f}" '
        f'height="{size.height:.1f}" rx="{radius:g}"{dashes}/>'
    )
