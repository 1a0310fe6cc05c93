"""The tests that are shipped with flows and templates pass, and leave no flow out."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from pbx.commands.new import TEMPLATES
from pbx.config.load import load_configuration
from pbx.records.facts import FlowEntered
from pbx.rehearsal.load import find, load
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.report import judged, told
from pbx.rehearsal.sound import lengths


@pytest.fixture(params=["shipped", *TEMPLATES])
def dialplan(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "shipped":
        return Path("dialplan.toml").resolve()
    made = CliRunner().invoke(main, ["new", request.param, str(tmp_path / "new")])
    assert made.exit_code == 0, made.output
    return tmp_path / "new" / "dialplan.toml"


def test_every_flow_has_tests_and_they_pass(dialplan: Path):
    configuration = load_configuration(dialplan)
    rehearsal = Rehearsal(configuration, lengths(configuration))
    verdicts = judged(rehearsal, load(find([dialplan.parent / "ivr_flows"]), configuration))
    failed = [line for verdict in verdicts if verdict.found for line in told(verdict, rehearsal.texts)]
    assert not failed, "\n".join(failed)
    entered = {fact.flow for verdict in verdicts for fact in verdict.result.of(FlowEntered)}
    assert entered == set(configuration.flows)
