"""Every fault seeded into the example office is found where it is, and nothing else is said."""

import shutil
from pathlib import Path

import pytest

from pbx.config.load import inspect
from pbx.config.models import Problem
from pbx.ivr.proof.finding import CODES
from tests.config.faults import FAULTS, NEW, Change, Fault
from tests.config.stage import MARK, marked

ROOT = Path(__file__).parents[2]
OFFICE = Path(__file__).parent / "office"
TEMPLATES = sorted(path.parent for path in (ROOT / "pbx/templates").glob("*/dialplan.toml"))


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return copied(OFFICE, tmp_path / "office")


def copied(source: Path, folder: Path) -> Path:
    """The configuration in `source`, with music to wait to."""
    shutil.copytree(source, folder)
    (folder / "ivr_flows/music").mkdir()
    (folder / "ivr_flows/music/waiting.flac").touch()
    (folder / "dialplan.toml").chmod(0o644)
    return folder


def seed(folder: Path, change: Change) -> None:
    file = folder / change.file
    if change.old in (NEW, *(str(path.relative_to(folder)) for path in folder.rglob("*.toml"))):
        begun = folder / change.old if change.old else file
        text = begun.read_text() if begun.is_file() else ""
        file.write_text(
            text + change.new
            if change.old == NEW
            else text.replace(change.new.replace(MARK, ""), change.new, 1)
        )
        return
    text = file.read_text()
    assert text.count(change.old) == 1, (change.old, text.count(change.old))
    file.write_text(text.replace(change.old, change.new))


def take_marks(folder: Path) -> list[tuple[str, int, int]]:
    places: list[tuple[str, int, int]] = []
    for file in folder.rglob("*.toml"):
        text = file.read_text()
        places += marked(text, file.relative_to(folder).as_posix())
        file.write_text(text.replace(MARK, ""))
    return places


def told(folder: Path) -> list[Problem]:
    findings = inspect(folder / "dialplan.toml", style=True).findings
    return [one._replace(file=Path(one.file).relative_to(folder).as_posix()) for one in findings]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_told_at_its_place_and_nothing_else_is(
    office: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENTRALA_TEST_WEAK", "secret")
    for change in fault.changes:
        seed(office, change)
    places = take_marks(office)
    found = told(office)
    assert [(one.code, one.file, one.line, one.column) for one in found] == [
        (fault.code, *place) for place in places
    ], found
    assert all(one.severity == CODES[fault.code] for one in found)
    assert fault.code == "bad-value" or all("; " in one.message for one in found)


def test_there_are_at_least_sixty_faults_and_no_two_alike() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({fault.changes for fault in FAULTS}) == len(FAULTS) >= 60


def test_nearly_every_code_has_a_fault() -> None:
    assert CODES.keys() - {fault.code for fault in FAULTS} == {"unmade-prompt"}


@pytest.mark.parametrize("source", [OFFICE, *TEMPLATES], ids=lambda path: path.name)
def test_nothing_is_said_against_what_is_shipped(source: Path, tmp_path: Path) -> None:
    assert inspect(copied(source, tmp_path / "here") / "dialplan.toml").findings == ()


def test_nothing_is_said_against_the_shipped_clinic() -> None:
    assert inspect(ROOT / "dialplan.toml").findings == ()
