"""A flow as written in ivr_flows/*.toml: named nodes, each saying where to go next."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pbx.ivr.fields import CALL_VALUES, Key, NodeName, VariableName
from pbx.ivr.kinds.errands import Http, Sqlite, Token
from pbx.ivr.kinds.node import Edge, Mention, Spoken
from pbx.ivr.nodes import KINDS, Bot, Collect, Menu, Node, Say, keys_of

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FlowError:
    """What is wrong, and a fix. `path` leads to a value, an unknown key, or the table that lacks a key.

    `code` is one of pbx.ivr.proof.finding.CODES.
    """

    path: Path
    message: str
    code: str = "bad-value"


class FlowErrors(ValueError):  # noqa: N818 - all of them at once
    """The document is no flow. Every error found: of the document, of its nodes, of its edges."""

    def __init__(self, flow: str, errors: tuple[FlowError, ...]) -> None:
        super().__init__("\n".join(f"{flow}: {'.'.join(map(str, e.path))}: {e.message}" for e in errors))
        self.flow, self.errors = flow, errors


@dataclass(frozen=True, slots=True)
class Flow:
    """A graph whose every edge leads to a node. `version` changes when anything in the file does."""

    name: str
    version: str
    start: str
    nodes: Mapping[str, Node]
    always: Mapping[str, str] = field(default_factory=dict[str, str])  # keys that lead from every node
    parameters: tuple[str, ...] = ()  # variables that it begins with
    results: tuple[str, ...] = ()  # variables that it gives back

    def edges(self) -> Iterator[tuple[str, Edge]]:
        """Every edge of a node's own, with the name of the node it leaves."""
        return ((name, edge) for name, node in self.nodes.items() for edge in node.edges())

    def ways_out(self, name: str) -> Iterator[Edge]:
        """Every edge that leaves a node, the keys that lead away from everywhere included.

        The path of those begins with "always": it is one of the document.
        """
        node = self.nodes[name]
        yield from node.edges()
        for key, target in self.always.items():
            if leads_away(node, key):
                yield Edge(("always", "keys", key), target, "key")

    def prompts(self) -> Iterator[tuple[Path, Spoken]]:
        """Everything the flow may say, with its path in the document."""
        for name, node in self.nodes.items():
            for spoken in node.prompts():
                yield ("nodes", name, *spoken.path), spoken

    def mentions(self) -> Iterator[tuple[Path, Mention]]:
        """Everything the flow needs from elsewhere, with its path in the document."""
        for name in self.parameters:
            yield ("parameters",), Mention("fills", name, ("parameters",))
        for name, node in self.nodes.items():
            for mention in node.mentions():
                yield ("nodes", name, *mention.path), mention


def leads_away(node: Node, key: str) -> bool:
    """Does a key of `always` lead away from this node, which may have a use of its own for it?"""
    match node:
        case Menu():
            return key not in node.keys
        case Collect():
            return key not in "0123456789" and key != node.terminator
        case Say() | Bot():
            return True
        case _:
            return False


class _Always(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: Annotated[dict[Key, NodeName], Field(min_length=1)]


class Frame(BaseModel):
    """A flow's file, but for its nodes."""

    model_config = ConfigDict(extra="forbid")

    start: NodeName
    nodes: Annotated[dict[NodeName, Any], Field(min_length=1)]
    always: _Always | None = None
    parameters: Annotated[list[VariableName], Field(max_length=20)] = Field(default_factory=list[str])
    results: Annotated[list[VariableName], Field(max_length=20)] = Field(default_factory=list[str])


_node: TypeAdapter[Node] = TypeAdapter(Annotated[Node, Field(discriminator="do")])


def parse_flow(name: str, document: Mapping[str, Any]) -> Flow:
    """The flow that a TOML document describes. Raises FlowErrors with everything that is wrong with it."""
    errors: list[FlowError] = []
    nodes: dict[str, Node] = {}
    frame = Frame.model_construct(start="", nodes={})
    try:
        frame = Frame.model_validate(document)
    except ValidationError as problem:
        errors += [_explain(error, (), _keys_at(error["loc"])) for error in problem.errors()]
    tables = _tables(document.get("nodes"))
    for node, table in tables.items():
        try:
            nodes[node] = _node.validate_python(table)
        except ValidationError as problem:
            errors += [_explain(error, ("nodes", node), ()) for error in problem.errors()]
    start = document.get("start")
    flow = Flow(
        name=name,
        version=_version(document),
        start=start if isinstance(start, str) else "",
        nodes=MappingProxyType(nodes),
        always=MappingProxyType(frame.always.keys if frame.always else {}),
        parameters=tuple(frame.parameters),
        results=tuple(frame.results),
    )
    errors += _lost_edges(flow, tables)
    errors += _misused_values(flow)
    if errors:
        raise FlowErrors(name, tuple(errors))
    return flow


def _keys_at(place: tuple[str | int, ...]) -> Iterable[str]:
    return _Always.model_fields if place[0] == "always" else Frame.model_fields


def _tables(nodes: Any) -> dict[str, Any]:
    return nodes if isinstance(nodes, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _version(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _lost_edges(flow: Flow, known: Mapping[str, Any]) -> Iterator[FlowError]:
    """Against all names in the file: an edge to a node that is itself wrong is not wrong."""
    places: list[tuple[Path, str]] = [(("start",), flow.start)] if flow.start else []
    places += [(("nodes", name, *edge.path), edge.target) for name, edge in flow.edges()]
    places += [(("always", "keys", key), target) for key, target in flow.always.items()]
    for path, target in places:
        if target not in known:
            yield FlowError(
                path, f"leads to unknown node {target!r}; {_nearest(target, known)}", "unknown-node"
            )


def _misused_values(flow: Flow) -> Iterator[FlowError]:
    """The caller chooses the call's own values: dialling them would dial what a stranger says."""
    for path, mention in flow.mentions():
        if mention.name in CALL_VALUES and mention.what == "fills":
            yield FlowError(
                path, f"{mention.name!r} is a value of the call itself; choose another name", "call-value"
            )
        if mention.name in CALL_VALUES and mention.what == "dials":
            yield FlowError(
                path, f"the caller chooses {mention.name!r}; dial a variable that a node fills", "call-value"
            )


_INNER: Mapping[str, Any] = {"http": Http, "sqlite": Sqlite, "token": Token}  # tables within a node's
_EXPECTED = {
    "string_type": 'a string: write it in "quotes"',
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "float_type": "a number, without quotes",
    "tuple_type": 'a name, or a list of names: ["one", "two"]',
    "dict_type": 'a table: { 1 = "node" }',
    "list_type": 'a list of names: ["one", "two"]',
    "model_attributes_type": 'a table: { do = "...", ... }',
    "model_type": "a table: { ... }",
    "dataclass_type": "a table: { ... }",
    "literal_error": "%(expected)s; write one of them",
    "too_short": "at least one; add one",
    "too_long": "at most %(max_length)d; take some away",
    "greater_than": "more than %(gt)g; write a larger number",
    "greater_than_equal": "at least %(ge)g; write a larger number",
    "less_than_equal": "at most %(le)g; write a smaller number",
    "string_too_long": "at most %(max_length)d characters; shorten it",
    "string_too_short": "at least one character",
}


def _explain(error: Any, table: Path, known: Iterable[str]) -> FlowError:
    """A pydantic error in our words. Its place begins with the node's kind, and may end with [key]."""
    place: Path = tuple(part for part in error["loc"] if part != "[key]")
    if table and place and place[0] in KINDS:
        known = next((keys_of(_INNER[str(key)]) for key in place[-2:0:-1] if key in _INNER), None) or keys_of(
            KINDS[str(place[0])]
        )
        place = place[1:]
    path = (*table, *place)
    last = str(error["loc"][-1]) if place else ""
    match error["type"]:
        case "missing":
            return FlowError(path[:-1], f"expected the key {last!r}; add {last} = ...")
        case "extra_forbidden" | "unexpected_keyword_argument":
            return FlowError(path, f"unknown key {last!r}; {_nearest(last, known)}")
        case "union_tag_not_found":
            return FlowError(path, f'expected do = "..."; add it with one of {", ".join(KINDS)}')
        case "union_tag_invalid":
            given = str(error["input"]["do"])
            return FlowError((*path, "do"), f"unknown kind of node {given!r}; {_nearest(given, KINDS)}")
        case "value_error":
            return FlowError(path, str(error["ctx"]["error"]))
        case other:
            expected = _EXPECTED.get(other, "something else: %(type)s") % {
                "type": other,
                **error.get("ctx", {}),
            }
            return FlowError(path, f"expected {expected}")


def _nearest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(word, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"write one of {', '.join(names[:12])}"
