"""For pytest: collects *.test.toml, and gives Python tests the fixture `rehearse`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pbx.rehearsal.rehearse import Rehearsal
    from pbx.rehearsal.scenario import Scenario
    from pbx.rehearsal.script import Rehearse

SUFFIX = ".test.toml"
DIALPLAN = "dialplan.toml"
_Rehearsals = dict[Path, "Rehearsal"]
_loaded = pytest.StashKey[_Rehearsals]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "centrala_config",
        f"The dialplan of the fixture `rehearse`; otherwise {DIALPLAN}.",
        type="string",
        default=DIALPLAN,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_loaded] = {}


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "TestFile | None":
    if not file_path.name.endswith(SUFFIX):
        return None
    return TestFile.from_parent(parent, path=file_path)  # pyright: ignore[reportUnknownMemberType] - pytest leaves it open


@pytest.fixture(scope="session")
def rehearse(pytestconfig: pytest.Config) -> "Rehearse":
    """Calls to the dialplan that `centrala_config` names: rehearse("100").hears("welcome").expect(...)."""
    from pbx.rehearsal.script import Rehearse

    return Rehearse(_rehearsal(pytestconfig, pytestconfig.rootpath / pytestconfig.getini("centrala_config")))


class TestFile(pytest.File):
    """The tests of one file, on the nearest dialplan above it."""

    __test__ = False

    def collect(self) -> Iterator["TestCall"]:
        from pbx.config.models import ConfigErrors
        from pbx.rehearsal.load import load

        found = [folder / DIALPLAN for folder in self.path.parents if (folder / DIALPLAN).exists()]
        if not found:
            raise self.CollectError(f"{self.path}: there is no {DIALPLAN} in any folder above it")
        try:
            rehearsal = _rehearsal(self.config, found[0])
            scenarios = load([self.path], rehearsal.configuration)
        except ConfigErrors as errors:
            raise self.CollectError(str(errors)) from None
        for scenario in scenarios:
            yield TestCall.of(self, rehearsal, scenario)


class TestCall(pytest.Item):
    __test__ = False
    rehearsal: "Rehearsal"
    scenario: "Scenario"

    @classmethod
    def of(cls, parent: TestFile, rehearsal: "Rehearsal", scenario: "Scenario") -> "TestCall":
        item: TestCall = cls.from_parent(parent, name=scenario.name)  # pyright: ignore[reportUnknownMemberType] - pytest leaves it open
        item.rehearsal, item.scenario = rehearsal, scenario
        return item

    def runtest(self) -> None:
        from pbx.rehearsal.report import judged, told

        (verdict,) = judged(self.rehearsal, [self.scenario])
        if verdict.found:
            raise Different(told(verdict, self.rehearsal.texts))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        return str(excinfo.value) if isinstance(excinfo.value, Different) else str(excinfo.getrepr())

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.scenario.line - 1, self.name


class Different(AssertionError):  # noqa: N818 - named as the fact it states
    """A call went otherwise than expected; the message is its transcript."""

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__("\n".join(lines))


def _rehearsal(config: pytest.Config, dialplan: Path) -> "Rehearsal":
    """One for each dialplan. Raises ConfigErrors."""
    from pbx.config.load import load_configuration
    from pbx.rehearsal.rehearse import Rehearsal
    from pbx.rehearsal.sound import lengths

    loaded = config.stash[_loaded]
    if dialplan not in loaded:
        configuration = load_configuration(dialplan)
        loaded[dialplan] = Rehearsal(configuration, lengths(configuration))
    return loaded[dialplan]
