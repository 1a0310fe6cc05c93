"""The page about tests of flows says what there is, and its examples pass."""

import re
from pathlib import Path

from pbx.config.load import load_configuration
from pbx.rehearsal.document import ActSection, ExpectSection, HabitsSection, ScenarioSection
from pbx.rehearsal.load import load
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.report import judged
from pbx.rehearsal.script import Rehearse
from pbx.rehearsal.sound import lengths

PAGE = Path("docs/testing-flows.md").read_text()
CLINIC = load_configuration(Path("dialplan.toml"))
REHEARSAL = Rehearsal(CLINIC, lengths(CLINIC))


def test_every_key_is_explained():
    words = set(re.findall(r"`(?:\{ )?(\w+)(?: = [^`]*)?`", PAGE))
    for section in ScenarioSection, ActSection, HabitsSection, ExpectSection:
        assert set(section.model_fields) <= words, section


def test_the_examples_pass(tmp_path: Path):
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "main.test.toml"
    file.write_text(example)
    scenarios = load([file], CLINIC)
    assert len(scenarios) == 2
    assert not [verdict.found for verdict in judged(REHEARSAL, scenarios) if verdict.found]


def test_the_example_in_python_passes():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "docs/testing-flows.md", "exec"), names)
    test = names["test_every_doctor_has_an_extension"]
    assert callable(test)
    test(Rehearse(REHEARSAL), "1002")
