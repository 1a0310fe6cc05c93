"""A flow as boxes and arrows, whatever kinds of node it has."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from pbx.ivr.fields import Text
from pbx.ivr.flow import Flow
from pbx.ivr.kinds.node import Edge
from pbx.ivr.nodes import Node
from pbx.plan.traffic import Traffic

Family: TypeAlias = Literal["asks", "decides", "connects", "moves_on", "leaves", "ends"]

ALWAYS = "[always]"  # the table of keys that lead away from every question, as a box
_NAMED = ("queue", "flow", "calendar", "bot", "endpoint", "dials", "list", "branches", "language")
_PLAIN = ("next",)  # ways out that need no label


class Box(NamedTuple):
    """A node. `about` says in a few words what it does; `words` is everything a caller may hear there."""

    name: str
    kind: str
    family: Family
    about: str
    words: tuple[str, ...] = ()
    reached: int = 0  # calls
    lost: int = 0  # calls whose caller hung up here

    @property
    def share_lost(self) -> float:
        return self.lost / self.reached if self.reached else 0.0

    @property
    def traffic(self) -> str:
        """In words."""
        calls = f"{self.reached:,} call{'' if self.reached == 1 else 's'}"
        share = "<1%" if self.share_lost < 0.005 else f"{self.share_lost:.0%}"
        return f"{calls}, {share} hung up" if self.lost else calls


class Arrow(NamedTuple):
    """Every way from one node to another, as one."""

    source: str
    target: str
    label: str
    calls: int = 0


class Graph(NamedTuple):
    """`calls`: that came in, or None where there are no records."""

    name: str
    start: str
    boxes: Mapping[str, Box]  # in the order of the file
    arrows: tuple[Arrow, ...]
    calls: int | None = None

    def arrows_from(self, name: str) -> list[Arrow]:
        return [arrow for arrow in self.arrows if arrow.source == name]


def graph_of(flow: Flow, texts: Mapping[str, str], language: str, traffic: Traffic | None = None) -> Graph:
    """`texts` says what named prompts say, by names as in "en/main-menu"; `language` is the one to show."""
    seen = traffic or Traffic()
    boxes = {
        name: _box(name, node, tuple(_words(node, texts, language)))._replace(
            reached=seen.reached[name], lost=seen.lost[name]
        )
        for name, node in flow.nodes.items()
    }
    arrows = tuple(_arrows(flow, seen))
    if flow.always:
        calls = sum(arrow.calls for arrow in arrows if arrow.source == ALWAYS)
        boxes[ALWAYS] = Box(ALWAYS, "keys", "asks", "from every question", reached=calls)
    return Graph(flow.name, flow.start, boxes, arrows, traffic and traffic.calls)


def _arrows(flow: Flow, seen: Traffic) -> Iterator[Arrow]:
    """A call that went a way no node has of its own went by a key that leads away from everywhere."""
    labels: dict[tuple[str, str], list[str]] = {}
    for source, edge in flow.edges():
        label = _label(edge)
        known = labels.setdefault((source, edge.target), [])
        if label and label not in known:
            known.append(label)
    for ends, said in labels.items():
        yield Arrow(*ends, ", ".join(said), seen.moves[ends])
    for target in dict.fromkeys(flow.always.values()):
        keys = [key for key, leads_to in flow.always.items() if leads_to == target]
        calls = sum(n for ends, n in seen.moves.items() if ends[1] == target and ends not in labels)
        yield Arrow(ALWAYS, target, ", ".join(keys), calls)


def _label(edge: Edge) -> str:
    return "" if edge.path[-1] in _PLAIN and len(edge.path) == 1 else edge.path[-1].replace("_", " ")


def _box(name: str, node: Node, words: tuple[str, ...]) -> Box:
    return Box(name, node.do, _family(node), _about(node) or " ".join(words), words)


def _family(node: Node) -> Family:
    """What a kind of node is like, told by what its ways out wait for."""
    after = {edge.after for edge in node.edges()}
    if any(mention.what == "flow" for mention in node.mentions()):
        return "leaves"
    if not after:
        return "ends"
    if "outcome" in after:
        return "connects"
    if after & {"key", "silence"}:
        return "asks"
    return "decides" if len(list(node.edges())) > 1 else "moves_on"


def _about(node: Node) -> str:
    found = {mention.what: mention.name for mention in reversed(list(node.mentions()))}
    return next((found[what] for what in _NAMED if what in found), "")


def _words(node: Node, texts: Mapping[str, str], language: str) -> Iterator[str]:
    for _, prompt in node.prompts():
        if isinstance(prompt, Text):
            said = prompt.said.get(language) or prompt.said.get("") or next(iter(prompt.said.values()))
            yield said.text
        else:
            yield texts.get(f"{language}/{prompt}", prompt)
