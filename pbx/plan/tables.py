"""What differs between two TOML tables, in words. Values of passwords and tokens are never among them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

Table: TypeAlias = Mapping[str, Any]

_SECRET = ("password", "token")
_LONGEST = 70  # characters of a value


def table(value: Any) -> Table:
    """The value if it is a table, else an empty one."""
    return cast("Table", value) if isinstance(value, Mapping) else {}


def table_changes(old: Table, new: Table, path: tuple[str, ...] = ()) -> Iterator[str]:
    """A line for each key that differs, in the order of the new table: `ring_time: 15 -> 20`."""
    for key in (*new, *(key for key in old if key not in new)):
        if key not in old or key not in new or old[key] != new[key]:
            yield from _value_changes(old.get(key), new.get(key), (*path, str(key)))


def shown(value: Any) -> str:
    """A value as it is written, on one line, not too long. The texts of secrets are left out."""
    text = _written(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _value_changes(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[str]:
    name = ".".join(path)
    if path[-1] in _SECRET:
        yield f"{name} changed"
    elif isinstance(old, Mapping) and isinstance(new, Mapping) and _alike(table(old), table(new)):
        yield from table_changes(table(old), table(new), path)
    elif old is None:
        yield f"{name} added: {shown(new)}"
    elif new is None:
        yield f"{name} removed: {shown(old)}"
    elif isinstance(old, list) and isinstance(new, list):
        yield f"{name}: {_list_change(cast('list[Any]', old), cast('list[Any]', new))}"
    else:
        yield f"{name}: {shown(old)} -> {shown(new)}"


def _alike(old: Table, new: Table) -> bool:
    """Steps of two kinds have nothing in common that is worth comparing key by key."""
    return old.get("do") == new.get("do")


def _list_change(old: Sequence[Any], new: Sequence[Any]) -> str:
    gone = [shown(value) for value in old if value not in new]
    come = [shown(value) for value in new if value not in old]
    if not gone and not come:
        return f"{shown(old)} -> {shown(new)}"
    return ", ".join([*(f"without {value}" for value in gone), *(f"with {value}" for value in come)])


def _written(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case Mapping():
            return "{ " + ", ".join(_pair(str(key), inner) for key, inner in table(value).items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_written(one) for one in cast("Sequence[Any]", value)) + "]"
        case _:
            return str(value)


def _pair(key: str, value: Any) -> str:
    return f"{key} = {'...' if key in _SECRET else _written(value)}"
