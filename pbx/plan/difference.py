"""What differs between two configurations, in words: from their texts, as old audio need not be there."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from pbx.plan.change import Change
from pbx.plan.routes import route_changes
from pbx.plan.tables import Table, shown, table, table_changes

Sources: TypeAlias = Mapping[str, str]  # as Configuration.sources; the dialplan is the first

NEEDS_RESTART = ("listeners", "media", "realm", "digest")
_FLOWS = "ivr_flows/"


class NodeChange(NamedTuple):
    """A node that callers have met and that will not be as it was."""

    flow: str
    node: str
    what: str


def differences(old: Sources, new: Sources) -> tuple[Change, ...]:
    """The dialplan first, in the order of the new file; then flows, bots, texts of prompts, tests."""
    changes = [*_dialplan_changes(_dialplan(old), _dialplan(new))]
    for name in _names(old, new):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            changes.append(Change(_subject(name), "removed" if after is None else "added"))
        elif before != after and (details := _file_changes(name, _read(before), _read(after))):
            changes.append(Change(_subject(name), "changed", tuple(details)))
    return tuple(changes)


def changed_nodes(old: Sources, new: Sources) -> tuple[NodeChange, ...]:
    """The old flows' nodes that are gone or not the same, flow by flow."""
    found: list[NodeChange] = []
    for name in _names(old, new):
        kind, _, flow = _subject(name).rpartition(" ")
        if kind == "flow" and name in old and old[name] != new.get(name):
            before, after = (_nodes(_read(texts.get(name, ""))) for texts in (old, new))
            for node, was in before.items():
                if was != after.get(node):
                    found.append(NodeChange(flow, node, "changed" if node in after else "removed"))
    return tuple(found)


def _dialplan(sources: Sources) -> Table:
    return _read(next(iter(sources.values()), ""))


def _read(text: str) -> Table:
    """Empty for what is no TOML: a file of tests may be unfinished."""
    try:
        return tomllib.loads(text)
    except ValueError:
        return {}


def _names(old: Sources, new: Sources) -> Sequence[str]:
    return sorted({*list(old)[1:], *list(new)[1:]}, key=lambda name: (_ORDER.index(_kind(name)), name))


_ORDER = ("flow", "bot", "prompts", "tests of", "file")


def _kind(name: str) -> str:
    folder = name.removeprefix(_FLOWS).rpartition("/")[0]
    if folder:
        return {"bots": "bot", "prompts": "prompts"}.get(folder, "file")
    return "tests of" if name.endswith(".test.toml") else "flow"


def _subject(name: str) -> str:
    stem = name.rpartition("/")[2].removesuffix(".toml").removesuffix(".test")
    return f"{_kind(name)} {stem}"


def _dialplan_changes(old: Table, new: Table) -> Iterator[Change]:
    for key in (*new, *(key for key in old if key not in new)):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if key == "routes":
            yield from route_changes(_listed(before), _listed(after))
        elif _names_tables(before) and _names_tables(after):
            yield from _named_changes(key.removesuffix("s"), table(before), table(after))
        else:
            details = tuple(table_changes({key: before}, {key: after}))
            yield Change("dialplan", "changed", (*details, *_warning(key)))


def _warning(key: str) -> Iterator[str]:
    if key in NEEDS_RESTART:
        yield f"{key} needs a restart: a reload leaves it as it is"


def _listed(value: Any) -> Sequence[Table]:
    return cast("Sequence[Table]", value) if isinstance(value, list) else ()


def _names_tables(value: Any) -> bool:
    """Is it like `[queues]`: a table of named tables, or not there at all?"""
    return value is None or (
        isinstance(value, Mapping) and all(isinstance(one, Mapping) for one in table(value).values())
    )


def _named_changes(noun: str, old: Table, new: Table) -> Iterator[Change]:
    """Of nodes, queues, agents and whatever else has a name."""
    for name in (*new, *(name for name in old if name not in new)):
        if name not in new:
            yield Change(f"{noun} {name}", "removed")
        elif name not in old:
            yield Change(f"{noun} {name}", "added")
        elif details := tuple(table_changes(old[name], new[name])):
            yield Change(f"{noun} {name}", "changed", details)


def _file_changes(name: str, old: Table, new: Table) -> list[str]:
    kind = _kind(name)
    if kind == "flow":
        return [*_flow_changes(old, new)]
    if kind == "tests of":
        return [str(change) for change in _named_changes("test", _by_name(old), _by_name(new))]
    return [*table_changes(old, new)]


def _flow_changes(old: Table, new: Table) -> Iterator[str]:
    yield from table_changes(_but_nodes(old), _but_nodes(new))
    before, after = _nodes(old), _nodes(new)
    for change in _named_changes("node", before, after):
        name = change.subject.partition(" ")[2]
        if change.verb == "added":
            yield f"{change} ({shown(after[name].get('do'))})"
        elif change.verb == "changed" and before[name].get("do") != after[name].get("do"):
            yield f"node {name}: {before[name].get('do')} -> {after[name].get('do')}"
        else:
            yield from (f"node {name}: {detail}" for detail in change.details or (change.verb,))


def _nodes(flow: Table) -> Table:
    return table(flow.get("nodes"))


def _but_nodes(flow: Table) -> Table:
    return {key: value for key, value in flow.items() if key != "nodes"}


def _by_name(tests: Table) -> Table:
    return {f'"{test.get("name")}"': test for test in _listed(tests.get("tests"))}
