"""Nodes that have something done while the caller waits or speaks: lookup, record."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from pbx.ivr.fields import (
    SQL_PARAMETER,
    SQL_TEXT,
    DottedPath,
    EnvironmentName,
    FilePath,
    KeySet,
    NodeName,
    Prompts,
    Sql,
    Url,
    VariableName,
)
from pbx.ivr.kinds.node import Edge, Mention, NodeBase, Spoken, spoken, strict, used

LONGEST_BODY = 4096  # characters of JSON


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token, kept in the environment and not in the file."""

    env: EnvironmentName


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """A request to a server that answers in JSON. "{variable}" stands for a value, but not in the host."""

    url: Url
    method: Literal["GET", "POST"] = "GET"
    body: Any = None  # sent as JSON; "{variable}" in its texts stands for a value
    token: Token | None = None

    def __post_init__(self) -> None:
        if self.body is not None and self.method != "POST":
            raise ValueError('only a POST has a body: add method = "POST", or remove the body')
        try:
            length = len(json.dumps(self.body))
        except (TypeError, ValueError):
            raise ValueError("JSON has no dates and times: write them as texts") from None
        if length > LONGEST_BODY:
            raise ValueError(f"at most {LONGEST_BODY} characters of JSON; shorten the body")

    @property
    def encrypted(self) -> bool:
        return self.url.startswith("https:")

    def variables(self) -> Iterator[Mention]:
        what: Literal["looks_up", "sends"] = "looks_up" if self.encrypted else "sends"
        yield from used(what, self.url, ("http", "url"))
        yield from used(what, " ".join(_texts(self.body)), ("http", "body"))


def _texts(body: Any) -> Iterator[str]:
    """Every text of a JSON template; the names of its fields are no templates."""
    match body:
        case str():
            yield body
        case dict():
            for inner in body.values():  # pyright: ignore[reportUnknownVariableType] - whatever TOML holds
                yield from _texts(inner)
        case list():
            for inner in body:  # pyright: ignore[reportUnknownVariableType] - whatever TOML holds
                yield from _texts(inner)
        case _:
            pass


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Sqlite:
    """A question to a database file, opened for reading only. `:name` stands for a variable's value."""

    file: FilePath
    sql: Sql

    def parameters(self) -> tuple[str, ...]:
        """The variables it asks for."""
        return tuple(dict.fromkeys(SQL_PARAMETER.findall(SQL_TEXT.sub("", self.sql))))

    def variables(self) -> Iterator[Mention]:
        return (Mention("looks_up", name, ("sqlite", "sql")) for name in self.parameters())


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(NodeBase):
    """Ask a server or a database, and put what it answers into variables."""

    do: Literal["lookup"] = "lookup"
    next: NodeName
    otherwise: NodeName  # failed, or not in time
    nothing: NodeName | None = None  # a 404, or no row; without it, otherwise
    http: Http | None = None
    sqlite: Sqlite | None = None
    fills: Annotated[Mapping[VariableName, DottedPath], Field(max_length=20)] = field(
        default_factory=dict[str, str]
    )  # variable -> a path into the answer, or a column
    within: Annotated[float, Field(strict=True, ge=0.1, le=30)] = 2.0  # seconds, all tries together
    tries: Annotated[int, Field(strict=True, ge=1, le=5)] = 2  # only a GET is tried again

    def __post_init__(self) -> None:
        if (self.http is None) == (self.sqlite is None):
            raise ValueError('asks nobody, or two: write one of http = { url = "..." } and sqlite = { ... }')

    @property
    def source(self) -> Http | Sqlite:
        source = self.http or self.sqlite
        assert source is not None, "checked when the node was made"
        return source

    def edges(self) -> Iterator[Edge]:
        for path, target in (("next", self.next), ("nothing", self.nothing), ("otherwise", self.otherwise)):
            if target is not None:
                yield Edge((path,), target, "nothing")

    def needs(self) -> Iterator[Mention]:
        yield from self.source.variables()
        yield from (Mention("fills", variable, ("fills", variable)) for variable in self.fills)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Record(NodeBase):
    """Take a message: a beep, then what the caller says, until silence, a key or the longest time."""

    do: Literal["record"] = "record"
    next: NodeName
    nothing: NodeName | None = None  # hardly anything was said; without it, next
    prompt: Prompts | None = None
    beep: StrictBool = True
    most: Annotated[float, Field(strict=True, ge=1, le=600)] = 120.0  # seconds
    silence: Annotated[float, Field(strict=True, ge=1, le=60)] = 3.0  # seconds that end the message
    least: Annotated[float, Field(strict=True, ge=0, le=60)] = 1.0  # seconds worth keeping
    finish_keys: KeySet = "#"
    variable: VariableName | None = None  # gets the file's name

    def edges(self) -> Iterator[Edge]:
        yield Edge(("next",), self.next, "silence")
        if self.nothing is not None:
            yield Edge(("nothing",), self.nothing, "silence")

    def prompts(self) -> Iterator[Spoken]:
        return spoken(prompt=self.prompt)

    def needs(self) -> Iterator[Mention]:
        if self.variable is not None:
            yield Mention("fills", self.variable, ("variable",))
