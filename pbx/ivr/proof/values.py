"""What a variable can ever hold, and so which entries, cases and numbers are impossible."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from pbx.ivr.fields import CALL_VALUES, PLACEHOLDER
from pbx.ivr.kinds.decisions import Branch, Hours, QueueState, Set
from pbx.ivr.kinds.people import Bot
from pbx.ivr.kinds.questions import Collect, Menu
from pbx.ivr.proof.entries import accepts, accepts_anything
from pbx.ivr.proof.finding import Finding
from pbx.ivr.proof.graph import Graph
from pbx.ivr.proof.variables import Slots

Source: TypeAlias = "Collect | str | None"
"""Of a value: digits, a constant, or None: anything at all."""


@dataclass(frozen=True, slots=True)
class Values:
    """What a variable can hold, whichever node fills it."""

    sources: tuple[Source, ...]

    def may_be(self, value: str) -> bool:
        return any(_may_be(source, value) for source in self.sources)

    @property
    def digits_only(self) -> bool:
        """Is it nothing but what callers enter?"""
        return all(isinstance(source, Collect) for source in self.sources)


def _may_be(source: Source, value: str) -> bool:
    match source:
        case None:
            return True
        case str():
            return source == value
        case Collect():
            return accepts(source, value)


def values(graph: Graph, variable: str, slots: Slots) -> Values:
    sources: list[Source] = [None] * (variable in (*CALL_VALUES, *graph.flow.parameters))
    for node in graph.flow.nodes.values():
        match node:
            case Bot(bot=bot):
                known = slots.get(bot)
                sources += [None] * (known is None or any(variable in filled for filled in known.values()))
            case Collect() if node.variable == variable:
                sources.append(node)
            case Set(variable=name, value=str(value)) if name == variable:
                sources.append(None if PLACEHOLDER.search(value) else value)
            case _ if any(mention.what == "fills" and mention.name == variable for mention in node.needs()):
                sources.append(None)
            case _:
                pass
    return Values(tuple(sources))


def choices(graph: Graph, slots: Slots) -> Iterator[Finding]:
    """Questions that no entry answers, and decisions that are none."""
    for name, node in graph.flow.nodes.items():
        match node:
            case Collect() if not accepts_anything(node):
                yield Finding(
                    "impossible-digits",
                    ("nodes", name, "like"),
                    f"no entry of {_lengths(node)} is like {node.like and node.like.text!r}"
                    + (" and has a right check digit" if node.check else ""),
                    "change min_digits, max_digits or the pattern, so that some number fits all of them",
                )
            case Branch():
                yield from _impossible_cases(graph, name, node, slots)
                yield from _no_choice(name, {*node.lists.values(), *node.cases.values(), node.otherwise})
            case Hours():
                yield from _no_choice(name, {node.open, node.closed})
            case QueueState():
                yield from _no_choice(name, {node.then, node.otherwise})
            case Menu():
                yield from _shadowed_keys(graph, name, node)
            case _:
                pass


def _lengths(node: Collect) -> str:
    least, most = node.min_digits, node.max_digits
    return f"{least} keys" if least == most else f"{least} to {most} keys"


def _impossible_cases(graph: Graph, name: str, node: Branch, slots: Slots) -> Iterator[Finding]:
    if node.on in CALL_VALUES:
        return
    known = values(graph, node.on, slots)
    for case in node.cases if known.sources else ():
        if not known.may_be(case):
            yield Finding(
                "impossible-case",
                ("nodes", name, "cases", case),
                f"{node.on!r} can never be {case!r}: no node that fills it can give it that value",
                "correct the value, or remove the case",
            )


def _no_choice(name: str, targets: Collection[str]) -> Iterator[Finding]:
    if len(targets) == 1:
        yield Finding(
            "same-target",
            ("nodes", name),
            f"every way out of {name!r} leads to the same node",
            "lead one of them elsewhere, or leave the node out",
        )


def _shadowed_keys(graph: Graph, name: str, node: Menu) -> Iterator[Finding]:
    for key, target in node.keys.items():
        elsewhere = graph.flow.always.get(key, target)
        if elsewhere != target:
            yield Finding(
                "shadowed-key",
                ("nodes", name, "keys", key),
                f"key {key} leads to {elsewhere!r} everywhere else in this flow, and to {target!r} here",
                "use another key, or leave this one to `always`",
            )
