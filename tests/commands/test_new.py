"""Every template is a configuration without a finding, whose own tests pass and cover it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from pbx.commands.new import TEMPLATES
from pbx.config.load import inspect
from pbx.rehearsal import report
from pbx.rehearsal.load import find, load
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.sound import lengths
from pbx.rehearsal.survivors import harvest


def begun(template: str, folder: Path) -> Path:
    """A new configuration; its dialplan."""
    done = CliRunner().invoke(main, ["new", template, str(folder)])
    assert done.exit_code == 0, done.output
    return folder / "dialplan.toml"


@pytest.mark.parametrize("template", TEMPLATES)
def test_nothing_is_wrong_with_it_and_its_tests_notice_mistakes(template: str, tmp_path: Path) -> None:
    inspection = inspect(begun(template, tmp_path))
    assert inspection.findings == ()
    assert inspection.configuration is not None
    scenarios = load(find([tmp_path / "ivr_flows"]), inspection.configuration)
    rehearsal = Rehearsal(inspection.configuration, lengths(inspection.configuration))
    verdicts = report.judged(rehearsal, scenarios)
    assert len(verdicts) >= 8
    assert [verdict.scenario.name for verdict in verdicts if verdict.found] == []
    assert harvest(rehearsal, scenarios).share >= 0.9


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dialplan.toml").write_text("mine")
    done = CliRunner().invoke(main, ["new", "shop", str(tmp_path)])
    assert done.exit_code == 2
    assert "is not empty" in done.output
    assert (tmp_path / "dialplan.toml").read_text() == "mine"
