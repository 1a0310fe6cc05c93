"""One running exchange for all tests of a module, and another for those that end it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from pbx.softphone.child import exchange
from tests.interop.office import Office, short_tempered


def _office(folder: Path) -> Generator[Office]:
    config = short_tempered(folder)
    with exchange(config, folder / "data", ["--log-level", "info"]) as child:
        office = Office(child, config)
        yield office
        assert "Traceback" not in office.log()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Generator[Office]:
    yield from _office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def own_office(tmp_path: Path) -> Generator[Office]:
    """For a test that stops it, or breaks it."""
    folder = tmp_path / "office"
    folder.mkdir()
    yield from _office(folder)
