"""Writes pbx/plan/schema from the classes that read the files, and these pages' tables: `make docs`."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pbx.bots.bot import Script
from pbx.config.document import Document
from pbx.plan.schema import Schema, flow_schema, schema_of
from pbx.rehearsal.document import Document as Tests

DOCS = Path(__file__).parent
FOLDER = DOCS.parent / "pbx" / "plan" / "schema"
Table: TypeAlias = Mapping[str, str]  # key -> what it is

_HEADING = re.compile(r"^#+ (?:`\[*([a-z_]+)\]*`)?", re.MULTILINE)
_ROW = re.compile(r"^\|((?: `\w+`,?)+) \|.*\| ([^|]+) \|$", re.MULTILINE)


def pages() -> dict[str, str]:
    """Each schema's file -> its text."""
    schemas = {
        "dialplan": schema_of(Document, "Centrala's dialplan: who is who, and who goes where."),
        "flow": flow_schema(),
        "bot": schema_of(Script, "A bot: what it says, what callers want of it, and what it asks for."),
        "test": schema_of(Tests, "Tests of a flow, or of the whole dialplan."),
    }
    for name, page in (("dialplan", "dialplan.md"), ("flow", "flows.md")):
        _describe(schemas[name], dict(_tables((DOCS / page).read_text(encoding="utf-8"))))
    return {
        f"{name}.json": json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        for name, made in schemas.items()
    }


def _tables(page: str) -> Iterator[tuple[str, Table]]:
    """The name in a heading -> the table below it; without a name, it is the file's own."""
    own: dict[str, str] = {}
    _, *parts = _HEADING.split(page)
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        rows = {key: text for keys, text in _ROW.findall(text) for key in re.findall(r"\w+", keys)}
        if name:
            yield name, rows
        else:
            own |= rows
    yield "", own


def _describe(schema: Schema, tables: Mapping[str, Table]) -> None:
    """What a page says of a key is what an editor shows."""
    _describe_keys(schema, tables[""])
    for name, field in schema["properties"].items():
        for definition in re.findall(r'"#/\$defs/(\w+)"', json.dumps(field)):
            _describe_keys(schema["$defs"][definition], tables.get(name, {}))
    for definition in schema["$defs"].values():
        kind = definition.get("properties", {}).get("do", {}).get("const")
        _describe_keys(definition, tables.get(kind, {}))


def _describe_keys(definition: dict[str, Any], table: Table) -> None:
    for key, field in definition.get("properties", {}).items():
        if told := table.get(key, "").strip():
            field["description"] = f"{told[0].upper()}{told[1:]}"


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
