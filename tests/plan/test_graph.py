import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from pbx.ivr.flow import Flow, parse_flow
from pbx.plan.graph import ALWAYS, Arrow, Family, Graph, graph_of
from pbx.plan.layout import Size, layout
from pbx.plan.svg import svg, text_width
from pbx.plan.traffic import Traffic
from pbx.plan.tree import tree

SHIPPED = sorted(path for path in Path("ivr_flows").glob("*.toml") if not path.name.endswith(".test.toml"))
SVG = "{http://www.w3.org/2000/svg}"
FLOW = """start = "menu"
[nodes.menu]
do = "menu"
prompt = "main-menu"
keys = { 1 = "support", 2 = "bye", 9 = "menu" }
otherwise = "bye"
[nodes.support]
do = "queue"
queue = "support"
no_agents = "bye"
otherwise = "menu"
[nodes.bye]
do = "hangup"
prompt = "goodbye"
[nodes.lonely]
do = "say"
prompt = "welcome"
next = "menu"
"""
TEXTS = {"en/main-menu": "For support, press one.", "lv/main-menu": "Atbalstam spiediet viens."}
SEEN = Traffic(
    1200,
    Counter(menu=1200, support=800, bye=300),
    Counter({("menu", "support"): 800, ("menu", "bye"): 300}),
    Counter(menu=60, support=1),
)


def flow(text: str = FLOW) -> Flow:
    return parse_flow("main", tomllib.loads(text))


def graph(text: str = FLOW, seen: Traffic | None = None, language: str = "en") -> Graph:
    return graph_of(flow(text), TEXTS, language, seen)


def node(kind: str) -> str:
    return f'start = "a"\n[nodes.a]\n{kind}\n[nodes.b]\ndo = "hangup"\n[nodes.c]\ndo = "hangup"\n'


def read(drawing: Graph) -> ET.Element:
    return ET.fromstring(svg(drawing, "no recorded calls"))


def written(picture: ET.Element, kind: str) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text") if text.get("class") == kind]


# Boxes and arrows


def test_ways_between_the_same_two_nodes_are_one_arrow_with_all_their_labels():
    assert graph().arrows == (
        Arrow("menu", "support", "1"),
        Arrow("menu", "bye", "2, otherwise"),
        Arrow("menu", "menu", "9"),
        Arrow("support", "bye", "no agents"),
        Arrow("support", "menu", "otherwise"),
        Arrow("lonely", "menu", ""),
    )


def test_a_label_stands_once_however_often_it_applies():
    dial = graph(node('do = "dial"\nto = "{number}"\notherwise = "b"'))
    assert dial.arrows == (Arrow("a", "b", "otherwise"),)


@pytest.mark.parametrize(
    ("kind", "family", "about"),
    [
        ('do = "menu"\nprompt = "p"\nkeys = { 1 = "b" }\notherwise = "c"', "asks", "p"),
        ('do = "collect"\nprompt = "p"\nvariable = "v"\nnext = "b"\notherwise = "c"', "asks", "p"),
        ('do = "say"\nprompt = ["p", "{caller}"]\nnext = "b"', "moves_on", "p {caller}"),
        ('do = "set"\nlanguage = "lv"\nnext = "b"', "moves_on", "lv"),
        ('do = "hours"\ncalendar = "office"\nopen = "b"\nclosed = "c"', "decides", "office"),
        ('do = "branch"\non = "language"\ncases = { lv = "b" }\notherwise = "c"', "decides", "language"),
        ('do = "queue"\nqueue = "support"\notherwise = "b"', "connects", "support"),
        ('do = "dial"\nto = "1001"\notherwise = "b"', "connects", "1001"),
        ('do = "flow"\nflow = "sorry"', "leaves", "sorry"),
        ('do = "hangup"', "ends", ""),
        (
            'do = "lookup"\nsqlite = { file = "x.db", sql = "select 1" }\nnext = "b"\notherwise = "c"',
            "decides",
            "",
        ),
    ],
)  # fmt: skip
def test_a_box_says_what_its_node_is_like_and_what_it_is_about(kind: str, family: Family, about: str):
    box = graph(node(kind)).boxes["a"]
    assert (box.family, box.about) == (family, about)


def test_what_is_said_is_shown_in_the_language_asked_for():
    assert graph(language="lv").boxes["menu"].about == "Atbalstam spiediet viens."
    text = 'do = "say"\nprompt = { en = "Hello.", lv = "Labdien." }\nnext = "b"'
    assert [graph(node(text), language=language).boxes["a"].about for language in ("en", "lv", "cs")] == [
        "Hello.",
        "Labdien.",
        "Hello.",
    ]


def test_keys_that_lead_away_from_everywhere_are_one_box():
    always = graph(f'{FLOW}[always]\nkeys = {{ 0 = "support", "*" = "support", "#" = "bye" }}\n')
    assert always.arrows[-2:] == (Arrow(ALWAYS, "support", "0, *"), Arrow(ALWAYS, "bye", "#"))
    moves = Counter({("menu", "support"): 5, ("lonely", "support"): 3})
    seen = Traffic(8, Counter(), moves, Counter())
    with_calls = graph(f'{FLOW}[always]\nkeys = {{ 0 = "support" }}\n', seen)
    assert with_calls.arrows[-1] == Arrow(ALWAYS, "support", "0", 3)


# In text


def test_every_node_has_one_line_and_every_other_way_to_it_a_reference():
    assert tree(graph()) == [
        "menu  menu · For support, press one.",
        "├─ 1 ─ support  queue · support",
        "│  ├─ no agents ─ bye ↑",
        "│  └─ otherwise ─ menu ↑",
        "├─ 2, otherwise ─ bye  hangup · goodbye",
        "└─ 9 ─ menu ↑",
        "",
        "nothing leads to:",
        "lonely  say · welcome",
        "└─ menu ↑",
    ]


def test_recorded_calls_stand_at_the_right_edge_and_the_text_gives_way():
    lines = tree(graph(seen=SEEN), 60)
    assert lines[:2] == [
        "menu  menu · For support, press on…  1,200 calls, 5% hung up",
        "├─ 1 ─ support  queue · support       800 calls, <1% hung up",
    ]
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_node_of_the_shipped_flows_is_drawn_in_text_within_a_hundred_columns(path: Path):
    drawn = graph_of(parse_flow(path.stem, tomllib.loads(path.read_text())), {}, "en")
    lines = tree(drawn)
    assert max(map(len, lines)) <= 100
    own = [line.split(" ─ ")[-1].strip("│├└─ ").split("  ")[0] for line in lines if line and "↑" not in line]
    assert sorted(own) == sorted(drawn.boxes)
    assert sum("↑" in line for line in lines) == len(drawn.arrows) - len(drawn.boxes) + 1


def test_a_very_long_flow_is_drawn():
    nodes = "".join(f'[nodes.n{i}]\ndo = "say"\nprompt = "p"\nnext = "n{i + 1}"\n' for i in range(1200))
    long = graph(f'start = "n0"\n{nodes}[nodes.n1200]\ndo = "hangup"\n')
    assert len(tree(long)) == 1201


# As a picture


def test_a_picture_shows_every_node_and_every_label_once():
    picture = read(graph())
    assert sorted(written(picture, "name")) == ["bye", "lonely", "menu", "support"]
    assert sorted(written(picture, "label")) == ["1", "2, otherwise", "9", "no agents", "otherwise"]
    assert len([path for path in picture.iter(f"{SVG}path") if path.get("class") == "head"]) == 7


def test_a_picture_needs_nothing_from_elsewhere_and_runs_nothing():
    text = svg(graph(), "")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert not {"script", "image", "use", "foreignObject", "a"} & {
        tag.tag.removeprefix(SVG) for tag in read(graph()).iter()
    }
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme:dark" in text


def test_text_is_escaped():
    nasty = '<script>alert("1")</script> & {1}'
    drawn = graph()
    box = drawn.boxes["menu"]._replace(name=nasty, about=nasty, words=(nasty, "]]>"))
    arrow = drawn.arrows[0]._replace(label=nasty)
    nasty_graph = drawn._replace(
        name=nasty, boxes={**drawn.boxes, "menu": box}, arrows=(arrow, *drawn.arrows[1:])
    )
    picture = ET.fromstring(svg(nasty_graph, nasty))
    assert nasty in written(picture, "name")
    assert nasty in written(picture, "label")
    assert written(picture, "sub") == [nasty]
    assert not list(picture.iter(f"{SVG}script"))


def widths(picture: ET.Element) -> list[float]:
    return [
        float(path.get("stroke-width", 0)) for path in picture.iter(f"{SVG}path") if path.get("stroke-width")
    ]


def test_busier_ways_are_wider_and_unused_ones_are_dashed():
    picture = read(graph(seen=SEEN))
    start, to_support, to_bye, *unused = widths(picture)
    assert to_support > to_bye > start == unused[0]
    dashed = [path for path in picture.iter(f"{SVG}path") if path.get("class") == "arrow unused"]
    assert len(dashed) == 3
    assert len(set(widths(read(graph())))) == 1
    assert "1 · 800" in written(picture, "label")


def test_hang_ups_are_a_bar_as_long_as_their_share():
    picture = read(graph(seen=SEEN))
    lost, everyone = (
        [float(rect.get("width", 0)) for rect in picture.iter(f"{SVG}rect") if rect.get("class") == kind]
        for kind in ("lost", "all")
    )
    assert "1,200 calls, 5% hung up" in written(picture, "about")
    assert [part / whole for part, whole in zip(lost, everyone, strict=True)] == [
        pytest.approx(60 / 1200, rel=0.02),
        pytest.approx(1 / 800, abs=0.001),
    ]
    assert not [rect for rect in read(graph()).iter(f"{SVG}rect") if rect.get("class") == "lost"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_texts_fit_their_boxes(path: Path):
    drawn = graph_of(parse_flow(path.stem, tomllib.loads(path.read_text())), {}, "en", Traffic())
    for group in read(drawn).iter(f"{SVG}g"):
        texts = [text for text in group.findall(f"{SVG}text") if text.get("class") in ("name", "about")]
        if rects := [
            rect for rect in group.findall(f"{SVG}rect") if (rect.get("class") or "").startswith("box")
        ]:
            room = float(rects[0].get("width", 0))
            assert all(text_width(text.text or "", 11) < room - 20 for text in texts)


def test_key_1_of_the_shipped_menu_stands_to_the_left_of_key_2():
    """Twisting the drawing the other way would cross as few arrows."""
    text = Path("ivr_flows/main.toml").read_text()
    arrows = graph_of(parse_flow("main", tomllib.loads(text)), {}, "en").arrows
    names = dict.fromkeys(["language", *(arrow.source for arrow in arrows), "sorry"])
    plan = layout(
        {name: Size(150, 45) for name in names}, [arrow[:2] for arrow in arrows], [30.0] * len(arrows)
    )
    from_language = {
        arrow.label: line.spots[0].x
        for arrow, line in zip(arrows, plan.lines, strict=True)
        if arrow.source == "language"
    }
    assert from_language["1, otherwise"] < from_language["2"]
