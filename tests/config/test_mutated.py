"""Damaged files are refused in words, never with a traceback; what is told stays inside the file."""

import random
from pathlib import Path

import pytest

from pbx.config.load import load_configuration
from pbx.config.models import ConfigErrors
from tests.config.stage import Stage

ROOT = Path(__file__).parents[2]
PIECES = [
    '"',
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    ".",
    "\n",
    "[[routes]]",
    "'''",
    "1",
    "-1",
    "true",
    "[]",
    "{}",
    "\\",
    "é",
]
HARD = ["9" * 5000, "1e999", "2026-02-30", '""', "do", "nan", "\x00", "[" * 3000]


def damaged(text: str, dice: random.Random) -> str:
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(text))
        match dice.randrange(4):
            case 0:
                text = text[:at] + text[at + dice.randint(1, 12) :]
            case 1:
                text = text[:at] + dice.choice(PIECES + HARD) + text[at:]
            case 2:
                lines = text.split("\n")
                lines.insert(dice.randrange(len(lines)), dice.choice(lines))
                text = "\n".join(lines)
            case _:
                head, equals, tail = text[at:].partition("= ")
                value, end, rest = tail.partition("\n")
                text = (
                    text[:at] + head + equals + (dice.choice(PIECES + HARD) if equals else value) + end + rest
                )
    return text


@pytest.mark.parametrize("name", ["dialplan.toml", "ivr_flows/main.toml"])
def test_a_damaged_file_loads_or_is_refused_with_places_inside_it(stage: Stage, name: str) -> None:
    originals = {one: (ROOT / one).read_text() for one in ("dialplan.toml", "ivr_flows/main.toml")}
    for one, text in originals.items():
        (stage.folder / one).write_text(text)
    refused = 0
    for seed in range(150):
        text = damaged(originals[name], random.Random(seed))
        (stage.folder / name).write_text(text)
        try:
            load_configuration(stage.file)
        except ConfigErrors as errors:
            refused += 1
            for problem in errors.problems:
                lines = (stage.folder / Path(problem.file).relative_to(stage.folder)).read_text().split("\n")
                assert 1 <= problem.line <= len(lines), (seed, problem)
                assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1, (seed, problem)
                assert problem.message
    assert refused > 75


def test_what_python_itself_cannot_read_is_refused_in_words(stage: Stage) -> None:
    for text, message in {
        "x = " + "[" * 100_000: "nested too deeply",
        "x = " + "9" * 5000: "a value is out of range",
        "a." * 100 + "x = 1": "nested too deeply",
        "x = 2026-02-30": "not TOML: Invalid date",
        "\x00": "not TOML: Invalid",
    }.items():
        [problem] = stage.problems(text)
        assert message in problem.message
