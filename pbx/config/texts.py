"""What prompts say: ivr_flows/prompts/<language>.toml, and the switch's own words."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from pbx.config.models import ConfigErrors, Problem, Speech
from pbx.config.prompts import FLOWS, PROMPTS
from pbx.config.toml_file import TomlFile, read
from pbx.ivr import spoken

Texts: TypeAlias = Mapping[tuple[str, str], Speech]
"""(language, name) -> what the prompt says."""

_EXPECTED = 'expected what the prompt says; write "Welcome.", or { text = "Labdien.", voice = "lv" }'


def own(languages: Iterable[str]) -> dict[tuple[str, str], Speech]:
    """What the switch itself says, in those of the languages that it speaks."""
    return {
        (language, name): Speech(text, language)
        for language in languages
        if language in spoken.languages()
        for name, text in spoken.texts(language).items()
    }


def written(file: TomlFile) -> tuple[dict[tuple[str, str], Speech], list[Problem]]:
    """The texts of a language's file, and what is no text."""
    said: dict[tuple[str, str], Speech] = {}
    problems: list[Problem] = []
    for name, entry in file.document.items():
        match entry:
            case str(text) if text.strip():
                said[file.stem, name] = Speech(text, file.stem)
            case {"text": str(text), "voice": str(voice), **others} if text.strip() and not others:
                said[file.stem, name] = Speech(text, voice)
            case _:
                said[file.stem, name] = Speech("", file.stem)
                problems.append(file.at_value((name,), _EXPECTED))
    return said, problems


def texts(folder: Path) -> Texts:
    """All that is written beside the dialplan in `folder`, and our own words in the same languages.

    Raises ConfigErrors.
    """
    paths = sorted((folder / FLOWS / PROMPTS).glob("*.toml"))
    said = own(path.stem for path in paths)
    problems: list[Problem] = []
    for path in paths:
        try:
            more, wrong = written(read(path))
        except ConfigErrors as errors:
            problems += errors.problems
            continue
        said |= more
        problems += wrong
    if problems:
        raise ConfigErrors(tuple(problems))
    return said
