"""Damaged files are refused in words, never with a traceback; what is told stays inside the file."""

from pathlib import Path

from tests.config.damage import damaged_files, is_told_of
from tests.config.stage import Stage


def test_a_damaged_file_loads_or_is_refused_with_places_inside_it(tmp_path: Path) -> None:
    """The first 200 of those in bench/check.py."""
    refused = sum(is_told_of(damage) for damage in damaged_files(tmp_path, range(200)))
    assert 100 < refused < 200


def test_what_python_itself_cannot_read_is_refused_in_words(stage: Stage) -> None:
    for text, message in {
        "x = " + "[" * 100_000: "nested too deeply",
        "x = " + "9" * 5000: "a value is out of range",
        "a." * 100 + "x = 1": "nested too deeply",
        "[" + "a." * 20_000 + "a]": "nested too deeply",
        "x = 2026-02-30": "not TOML: Invalid date",
        "\x00": "not TOML: Invalid",
    }.items():
        [problem] = stage.problems(text)
        assert message in problem.message
