"""Test files -> scenarios, or everything that is wrong with them at once."""

from collections.abc import Iterable, Iterator
from pathlib import Path as FilePath

from pydantic import ValidationError

from pbx.config.locate import Path
from pbx.config.messages import problems
from pbx.config.models import ConfigErrors, Configuration, Problem
from pbx.config.toml_file import TomlFile, read
from pbx.rehearsal.document import Document
from pbx.rehearsal.objections import Known, objections
from pbx.rehearsal.scenario import Scenario

SUFFIX = ".test.toml"


def find(places: Iterable[FilePath]) -> list[FilePath]:
    """The test files among these files and in these folders, sorted. Raises FileNotFoundError."""
    found: set[FilePath] = set()
    for place in places:
        if place.is_dir():
            found |= set(place.rglob(f"*{SUFFIX}"))
        elif place.exists():
            found.add(place)
        else:
            raise FileNotFoundError(f"there is no {place}")
    return sorted(found)


def load(paths: Iterable[FilePath], configuration: Configuration) -> tuple[Scenario, ...]:
    """The scenarios of all files, in order. Raises ConfigErrors with all that is wrong in any of them."""
    known = Known.of(configuration)
    scenarios: list[Scenario] = []
    wrong: list[Problem] = []
    for path in paths:
        try:
            scenarios += _scenarios(read(path), known, wrong)
        except ConfigErrors as errors:
            wrong += errors.problems
    if wrong:
        raise ConfigErrors(tuple(sorted(wrong)))
    return tuple(scenarios)


def _scenarios(file: TomlFile, known: Known, wrong: list[Problem]) -> Iterator[Scenario]:
    """A test that says no more begins in the flow that it lies beside."""
    try:
        document = Document.model_validate(file.document)
    except ValidationError as error:
        wrong += problems(file, error, Document)
        return
    beside = FilePath(file.name).name.removesuffix(SUFFIX)
    for index, section in enumerate(document.tests):
        place: Path = ("tests", index)
        scenario = section.scenario(beside, file.name, file.places.of_key(place).line)
        for path, message in objections(scenario, known):
            wrong.append(file.at_value(_written(file, (*place, *path)), message, "unknown-name"))
        yield scenario


def _written(file: TomlFile, path: Path) -> Path:
    """Where a list of one is written without its brackets, its element has no place of its own."""
    return path if path in file.places.values else path[:-1]
