"""Small mistakes made on purpose: copies of a flow's document, each with one thing changed."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import fields
from typing import Any, NamedTuple, TypeAlias

from pbx.ivr.flow import Flow, Path
from pbx.ivr.nodes import (
    Branch,
    Callback,
    Collect,
    Dial,
    Goto,
    Hours,
    Menu,
    Node,
    Queue,
    QueueState,
    Set,
)

Document: TypeAlias = dict[str, Any]
_DIGITS = "0123456789*#"
_GONE = object()
_FAR_AHEAD = 10  # steps of priority


class Names(NamedTuple):
    """What else a flow could have named."""

    queues: Sequence[str]
    accounts: Sequence[str]
    languages: Sequence[str]
    flows: Sequence[str]


class Mutant(NamedTuple):
    """`path` leads to what was changed, and `change` says how."""

    flow: str
    node: str  # "" for what belongs to the whole flow
    path: Path
    change: str
    document: Document


class _Change(NamedTuple):
    path: Path
    words: str
    edits: tuple[tuple[Path, Any], ...]  # where, and what stands there then; _GONE: nothing


def mutants(flow: Flow, document: Document, names: Names) -> Iterator[Mutant]:
    """Every mutant, once. Some may be no flow at all any more."""
    for change in _changes(flow, document, names):
        mutant = deepcopy(document)
        for path, value in change.edits:
            holder = _at(mutant, path[:-1])
            if value is _GONE:
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
        node = str(change.path[1]) if change.path[0] == "nodes" else ""
        yield Mutant(flow.name, node, change.path, change.words, mutant)


def _changes(flow: Flow, document: Document, names: Names) -> Iterator[_Change]:
    yield from _targets(flow, document)
    said = [one for path, _ in flow.prompts() for one in _listed(_at(document, path))]
    for node, kind in flow.nodes.items():
        at: Path = ("nodes", node)
        yield from _sounds(kind, at, document, said)
        yield from _attempts(kind, at)
        yield from _names(kind, at, names)
        yield from _details(kind, at)


def _attempts(kind: Any, at: Path) -> Iterator[_Change]:
    attempts = getattr(kind, "attempts", 1)
    if attempts > 1:
        yield _put((*at, "attempts"), attempts - 1, f"asks {attempts - 1} times, not {attempts}")


def _names(kind: Node, at: Path, names: Names) -> Iterator[_Change]:
    """Another thing of the same sort is named."""
    match kind:
        case Queue(queue=queue) | QueueState(queue=queue) | Callback(queue=queue):
            yield from _another((*at, "queue"), queue, names.queues)
        case Dial(to=to):
            yield from _endpoints((*at, "to"), to, names.accounts)
        case Set(language=str(language)):
            yield from _another((*at, "language"), language, names.languages)
        case Goto(flow=flow):
            yield from _another((*at, "flow"), flow, names.flows)
        case _:
            pass


def _details(kind: Node, at: Path) -> Iterator[_Change]:
    """What is peculiar to a kind of node."""
    match kind:
        case Menu(keys=keys):
            yield from _keys((*at, "keys"), keys)
        case Collect():
            yield from _entry(kind, at)
        case Branch(cases=cases):
            for case, target in cases.items():
                edits = (((*at, "cases", case), _GONE), ((*at, "cases", f"{case}0"), target))
                yield _Change((*at, "cases", case), f"`{case}0` leads to `{target}`, not `{case}`", edits)
        case Hours(open=is_open, closed=closed):
            swapped = (((*at, "open"), closed), ((*at, "closed"), is_open))
            yield _Change((*at, "open"), "open and closed are swapped", swapped)
        case QueueState(at_least=least):
            yield _put((*at, "at_least"), 2 * least, f"at least {2 * least:g}, not {least:g}")
        case Queue(priority=priority):
            other = priority + (_FAR_AHEAD if priority <= 0 else -_FAR_AHEAD)
            yield _put((*at, "priority"), other, f"has priority {other}, not {priority}")
        case Set(value=str(value)):
            yield _put((*at, "value"), f"{value}0", f"sets `{value}0`, not `{value}`")
        case _:
            pass


def _targets(flow: Flow, document: Document) -> Iterator[_Change]:
    """Every way out leads to the node after the one that it should."""
    nodes = list(flow.nodes)
    ways: list[tuple[Path, str]] = [(("start",), flow.start)]
    ways += [(("always", "keys", key), target) for key, target in flow.always.items()]
    ways += [(("nodes", node, *edge.path), edge.target) for node, edge in flow.edges()]
    for path, target in dict(ways).items():
        after = nodes.index(target) + 1
        other = next((node for node in nodes[after:] + nodes if node not in (target, *path[1:2])), None)
        if other is not None and _at(document, path) == target:
            yield _put(path, other, f"{path[-1]} leads to `{other}`, not `{target}`")


def _sounds(kind: Node, at: Path, document: Document, said: Sequence[Any]) -> Iterator[_Change]:
    """A prompt is dropped or, where there must be one, is another of those that the flow has."""
    may_be_left_out = {field.name for field in fields(kind) if field.default is None}
    for place in dict.fromkeys(spoken.path for spoken in kind.prompts()):
        path: Path = (*at, *place)
        parts = _listed(_at(document, path))
        other = next((one for one in said if one not in parts), None)
        if len(parts) > 1:
            for index, one in enumerate(parts):
                yield _put(path, parts[:index] + parts[index + 1 :], f"{_short(one)} is not said")
        elif place[0] in may_be_left_out:
            yield _Change(path, f"{_short(parts[0])} is not said", ((path, _GONE),))
        elif other is not None:
            yield _put(path, other, f"{_short(other)} is said, not {_short(parts[0])}")


def _entry(kind: Collect, at: Path) -> Iterator[_Change]:
    for name in ("like", "check"):
        if getattr(kind, name) is not None:
            yield _Change((*at, name), f"`{name}` is not looked at", (((*at, name), _GONE),))
    least, most = kind.min_digits, kind.max_digits
    if least < most:
        yield _put((*at, "min_digits"), least + 1, f"wants {least + 1} digits at least, not {least}")
    if most > 1:
        fewer = (((*at, "max_digits"), most - 1), ((*at, "min_digits"), min(least, most - 1)))
        yield _Change((*at, "max_digits"), f"takes {most - 1} digits at most, not {most}", fewer)


def _keys(path: Path, keys: Mapping[str, str]) -> Iterator[_Change]:
    free = next((key for key in _DIGITS if key not in keys), None)
    if free is None:
        return
    for key, target in keys.items():
        edits = (((*path, key), _GONE), ((*path, free), target))
        yield _Change((*path, key), f"key {free} leads to `{target}`, and {key} nowhere", edits)


def _endpoints(path: Path, to: Sequence[str], accounts: Sequence[str]) -> Iterator[_Change]:
    for endpoint in to if len(to) > 1 else ():
        rest = [one for one in to if one != endpoint]
        yield _put(path, rest, f"{endpoint} is not rung")
    other = next((account for account in accounts if account not in to), None)
    if other is not None:
        yield _put(path, other, f"rings {other}, not {', '.join(to)}")


def _another(path: Path, name: str, names: Sequence[str]) -> Iterator[_Change]:
    other = next((one for one in names if one != name), None)
    if other is not None:
        yield _put(path, other, f"{path[-1]} is `{other}`, not `{name}`")


def _put(path: Path, value: Any, words: str) -> _Change:
    return _Change(path, words, ((path, value),))


def _at(document: Any, path: Path) -> Any:
    """What stands there; None where nothing does."""
    for part in path:
        document = document[part] if isinstance(part, int) else document.get(part)
        if document is None:
            return None
    return document


def _listed(said: object) -> list[Any]:
    return said if isinstance(said, list) else [said]  # pyright: ignore[reportUnknownVariableType] - whatever TOML holds


def _short(said: Any) -> str:
    """Its name, or its text in the first language it has."""
    return f"`{next(iter(said.values())) if isinstance(said, dict) else said}`"  # pyright: ignore[reportUnknownArgumentType]
