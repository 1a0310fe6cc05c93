"""Oracle: tomllib. Cut out at the place we name, a value must read as tomllib read the whole."""

import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.config.locate import Place, Places, locate

ROOT = Path(__file__).parents[2]

TRICKY = """# "comment = [with] { everything"
name = "x" # hi
a.b . "c d" = 5
[[routes]] # first
number = "100"
then = { do = "flow", to = ["a", 'b', # "]
  "c,]}#", [ ], [[1, 2], ["x"]], ], otherwise = { do = '', n.m = 1 } }
[routes.sub]
x = 1979-05-27 07:32:00
[[routes]]
"quoted \\u0041\\"\\U00000042.key" = \"\"\"
multi "" = [x]
\"\"\"\"\"
'lit\\' = '''
[no.table]''''
z=-1_0.5e3
[x.y]
q = {a.b=true}
[x]
k=inf
[ "sp aced" . 'x' ]
w = 07:32:00.5
"""


def cut_out(text: str, place: Place) -> str:
    lines = text.split("\n")
    return "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])


def read_value(text: str, place: Place) -> Any:
    """The value that begins here: the shortest piece that TOML accepts and that could end here."""
    rest = cut_out(text, place)
    for end in range(1, len(rest) + 1):
        if rest[end : end + 1] not in ("", "\n", ",", "]", "}", " ", "#"):
            continue
        try:
            value = tomllib.loads(f"v = {rest[:end]}")["v"]
        except (tomllib.TOMLDecodeError, KeyError):
            continue
        if isinstance(value, date) and not isinstance(value, datetime) and rest[end : end + 1] == " ":
            continue  # a time may follow after a blank
        return value
    raise AssertionError(f"no value at {place}")


def walk(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(path, value)]
    if isinstance(value, dict):
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType] - whatever TOML holds
            found += walk(inner, (*path, key))  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list):
        for index, inner in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - whatever TOML holds
            found += walk(inner, (*path, index))
    return found


def agrees(text: str) -> None:
    document, places = tomllib.loads(text), locate(text)
    everything = dict(walk(document))
    assert set(places.values) == set(everything)
    assert set(places.keys) == set(everything)
    for path, value in everything.items():
        if not isinstance(value, dict) and cut_out(text, places.values[path])[:2] != "[[":
            assert read_value(text, places.values[path]) == value, path


def test_every_place_of_a_tricky_text_is_where_tomllib_reads_the_value() -> None:
    agrees(TRICKY)


@pytest.mark.parametrize("name", ["dialplan.toml", "pyproject.toml", "ivr_flows/main.toml"])
def test_every_place_of_a_real_file_is_where_tomllib_reads_the_value(name: str) -> None:
    agrees((ROOT / name).read_text())


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("name",), (2, 1), (2, 8)),
        (("a", "b", "c d"), (3, 1), (3, 15)),
        (("routes", 0), (4, 1), (4, 1)),
        (("routes", 0, "then", "to", 2), (7, 3), (7, 3)),
        (("routes", 0, "then", "otherwise", "n", "m"), (7, 60), (7, 66)),
        (("routes", 1), (10, 1), (10, 1)),
        (("routes", 1, 'quoted A"B.key'), (11, 1), (11, 35)),
        (("x",), (19, 1), (19, 1)),
        (("x", "y"), (17, 1), (17, 1)),
        (("sp aced", "x", "w"), (22, 1), (22, 5)),
    ],
)
def test_keys_and_values_have_places_of_their_own(
    path: tuple[str | int, ...], key: tuple[int, int], value: tuple[int, int]
) -> None:
    places = locate(TRICKY)
    assert (places.of_key(path), places.of_value(path)) == (key, value)


def test_a_location_with_more_parts_than_the_text_finds_the_nearest() -> None:
    places = locate('[[routes]]\nthen = { do = "queue", queue = "x", prority = 1 }\n')
    assert places.of_key(("routes", 0, "then", "queue", "prority")) == (2, 37)
    assert places.of_value(("routes", 0, "then", "flow", "missing")) == (2, 8)
    assert places.of_value(("routes", 7, "number")) == (1, 1)
    assert places.of_value(()) == (1, 1)
    assert Places({(): Place(1, 1)}, {(): Place(1, 1)}).of_value(("a", "b")) == (1, 1)


KEYS = st.one_of(st.text("abc-_1", min_size=1, max_size=3), st.text('ab "\\\n\t.#=]é', max_size=3))
TEXTS = st.text("ab\"'\\\n#[]{}=,é\t", max_size=6)
SCALARS = st.one_of(
    TEXTS,
    st.integers(-99, 99),
    st.booleans(),
    st.dates(),
    st.times().filter(lambda one: one.tzinfo is None),
    st.datetimes(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def written_key(key: str) -> str:
    return key if key and set(key) <= set("abc-_1") else quoted(key)


def written(value: Any, style: int) -> str:
    """TOML for a value; `style` varies blanks, quotes, comments and line ends."""
    blank = ("", " ", "  ")[style % 3]
    match value:
        case bool():
            return str(value).lower()
        case str():
            if style % 4 == 1 and not set(value) & set("'\n\t"):
                return f"'{value}'"
            if style % 4 == 2:
                return '"""\n' + value.replace("\\", "\\\\").replace('"', '\\"') + '"""'
            if style % 4 == 3 and "'" not in value:
                return f"'''\n{value}'''"
            return quoted(value)
        case date() | time():
            text = value.isoformat()
            return text.replace("T", " ") if style % 2 else text
        case list():
            separator = f"{blank}, # ]\n{blank}" if style % 2 else f",{blank}"
            items: list[Any] = value  # pyright: ignore[reportUnknownVariableType] - whatever hypothesis made
            return f"[{blank}{separator.join(written(item, style + 1) for item in items)}{blank}]"
        case dict():
            table: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType] - whatever hypothesis made
            pairs = (
                f"{written_key(key)}{blank}={blank}{written(one, style + 1)}" for key, one in table.items()
            )
            return "{" + blank + f",{blank}".join(pairs) + blank + "}"
        case _:
            return str(value)


@settings(max_examples=150)
@given(
    st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=3), st.integers(0, 11)
)
def test_places_agree_with_tomllib_on_any_document(
    top: dict[str, Any], table: dict[str, Any], style: int
) -> None:
    lines = [f"{written_key(key)} = {written(value, style)}" for key, value in top.items()]
    for header in ("[[t.rows]]", "[[t.rows]]", "[ t . rows.x ] # [y]", "[t.other]"):
        lines.append(header)
        lines += [f"  {written_key(key)}={written(value, style + 2)} # = [" for key, value in table.items()]
    text = "\n".join(lines)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # a key that happens to be called like a header
    agrees(text)
