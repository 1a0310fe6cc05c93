"""Damaged files, from seeds: what people, editors and disks do to TOML."""

import random
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pbx.config.load import inspect
from pbx.config.models import Problem

OFFICE = Path(__file__).parent / "office"
FILES = (
    "dialplan.toml",
    "ivr_flows/main.toml",
    "ivr_flows/identify.toml",
    "ivr_flows/talk.toml",
    "ivr_flows/bots/reception.toml",
    "ivr_flows/prompts/lv.toml",
)
PIECES = [
    *(
        '"',
        "[",
        "]",
        "{",
        "}",
        "=",
        ",",
        ".",
        "\n",
        "#",
        "[[routes]]",
        "[nodes.menu]",
        "'''",
        '"""',
        "1",
        "-1",
    ),
    *("true", "[]", "{}", "\\", "é", "\ufeff", "\u202e", "\x00", "\r", "{x", "{x:", ":amount EUR}", "*", "_"),
]
HARD: list[str] = [
    *("9" * 5000, "1e999", "2026-02-30", '""', "do", "nan", "-inf", "[" * 3000, "{a=" * 2000, "0x_1", "00"),
    *(
        '"\\uD800"',
        '"' + "a" * 5000 + '"',
        "'" + "{" * 2000 + "'",
        "2026-01-01T00:00:00Z",
        "[[[]]]",
        "a.b.c = 1",
    ),
]
VALUES: list[Any] = [
    None,
    0,
    -1,
    2**70,
    1.5,
    True,
    "",
    "x",
    "{x}",
    "{x:amount EUR}",
    "ж" * 70,
    [],
    [[]],
    {},
    {"a": {}},
]


class Damage(NamedTuple):
    dialplan: Path
    file: Path
    seed: int


def damaged_files(folder: Path, seeds: Iterable[int]) -> Iterator[Damage]:
    """The example office, with one file at a time damaged; mended when the next is asked for."""
    office = folder / "office"
    shutil.copytree(OFFICE, office)
    (office / "ivr_flows/music").mkdir()
    (office / "ivr_flows/music/waiting.flac").touch()
    for seed in seeds:
        dice = random.Random(seed)
        file = office / FILES[seed % len(FILES)]
        whole = file.read_bytes()
        file.write_bytes(_damaged(whole, dice))
        yield Damage(office / "dialplan.toml", file, seed)
        file.write_bytes(whole)


def is_told_of(damage: Damage) -> bool:
    """Is the damage refused? Fails unless all that is told has a place in its file, and a sentence."""
    inspection = inspect(damage.dialplan)
    for problem in inspection.findings:
        _check(problem, damage)
    return inspection.configuration is None


def _check(problem: Problem, damage: Damage) -> None:
    data = Path(problem.file).read_bytes()
    lines = data.decode(errors="replace").replace("\r\n", "\n").split("\n")
    assert 1 <= problem.line <= len(lines), (damage.seed, problem)
    assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1, (damage.seed, problem)
    assert problem.message, (damage.seed, problem)


def _damaged(data: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.randint(1, 3)):
        match dice.randrange(5):
            case 0:
                data = _byte(data, dice)
            case 1:
                data = _text(data.decode(errors="replace"), dice).encode(errors="replace")
            case 2:
                data = _lines(data.decode(errors="replace"), dice).encode(errors="replace")
            case 3:
                data = _value(data.decode(errors="replace"), dice).encode(errors="replace")
            case _:
                data = _structure(data.decode(errors="replace"), dice).encode(errors="replace")
    return data


def _byte(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    return (
        data[:at]
        + bytes(dice.randrange(256) for _ in range(dice.randrange(3)))
        + data[at + dice.randrange(3) :]
    )


def _text(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    if dice.randrange(2):
        return text[:at] + text[at + dice.randint(1, 40) :]
    return text[:at] + dice.choice(PIECES + HARD) + text[at:]


def _lines(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    line = lines.pop(dice.randrange(len(lines))) if dice.randrange(2) else dice.choice(lines)
    lines.insert(dice.randrange(len(lines) + 1), line)
    return "\n".join(lines)


def _value(text: str, dice: random.Random) -> str:
    """Another value after one of the equals signs."""
    at = dice.randrange(len(text) + 1)
    head, equals, tail = text[at:].partition("= ")
    _, end, rest = tail.partition("\n")
    return text[:at] + head + equals + (dice.choice(PIECES + HARD) if equals else "") + end + rest


def _structure(text: str, dice: random.Random) -> str:
    """Good TOML that says something else: another value, key, or nothing, somewhere in the document."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError):
        return text
    tables = list(_tables(document))
    table = dice.choice([one for one in tables if one] or [document])
    if table:
        key = dice.choice(list(table))
        match dice.randrange(4):
            case 0:
                del table[key]
            case 1:
                table[dice.choice(["x", "", "do", "ж", "a b", "next", "0"])] = table.pop(key)
            case 2:
                table[key] = dice.choice(VALUES)
            case _:
                table[key] = dice.choice([value for one in tables for value in one.values()])
    return "".join(f"{_key(key)} = {_written(value)}\n" for key, value in document.items())


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from _tables(inner)
    elif isinstance(value, list):
        for inner in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _tables(inner)


def _written(value: Any) -> str:
    match value:
        case None:
            return "nan"
        case bool():
            return str(value).lower()
        case str():
            return _key(value)
        case dict():
            pairs = ", ".join(f"{_key(str(key))} = {_written(inner)}" for key, inner in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            return f"{{ {pairs} }}"
        case list():
            return f"[{', '.join(map(_written, value))}]"  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return str(value)


def _key(text: str) -> str:
    escaped = "".join(
        sign if sign.isprintable() and sign not in '"\\' else f"\\u{ord(sign):04x}" for sign in text
    )
    return f'"{escaped}"'
