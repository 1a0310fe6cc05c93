"""What callers hear, in sentences checked by hand: tests/ivr/speech/golden."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbx.ivr.speech.languages import LANGUAGES
from pbx.ivr.speech.template import check_template, parse_template, render

Expected = dict[str, str | list[str]]  # by value; a list of all cases where the template has a star

FOLDER = Path(__file__).parent / "golden"
GOLDEN: dict[str, dict[str, Expected]] = {
    path.stem: tomllib.loads(path.read_text()) for path in sorted(FOLDER.glob("*.toml"))
}


def templates() -> Iterator[tuple[str, str, dict[str, str]]]:
    """A language, a template, and what is said for each value."""
    for language, golden in GOLDEN.items():
        for written, expected in golden.items():
            texts = {value: said for value, said in expected.items() if isinstance(said, str)}
            lists = {value: said for value, said in expected.items() if not isinstance(said, str)}
            if texts:
                yield language, written, texts
            for at, case in enumerate(LANGUAGES[language].cases if lists else ()):
                yield language, written.replace("*", case), {value: said[at] for value, said in lists.items()}


@pytest.mark.parametrize(
    ("language", "written", "expected"), list(templates()), ids=lambda part: str(part)[:40]
)
def test_callers_hear_what_the_language_says(language: str, written: str, expected: dict[str, str]):
    template = parse_template(written)
    assert check_template(template, language) is None
    for value, text in expected.items():
        said = render(template, lambda _, value=value: value, language)
        assert " ".join(said) == text, value


def test_every_language_has_its_golden_sentences():
    assert set(GOLDEN) == set(LANGUAGES)
    for language, golden in GOLDEN.items():
        for written, expected in golden.items():
            for said in expected.values():
                cases = len(LANGUAGES[language].cases) if "*" in written else 1
                assert len(said) == cases if isinstance(said, list) else cases == 1, written
