"""`centrala test` as it is typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from tests.rehearsal.place import furnished

TESTS = """[[tests]]
name = "1 leads to support"
number = "100"
agents = { anna = { answers_after = 3 } }
does = [{ hears = "Press one" }, { presses = "1" }]
expect = { queue = "support" }

[[tests]]
name = "2 asks for a number"
number = "100"
does = [{ hears = "Press one" }, { presses = "2" }, { hears = "Your number" }, { hangs_up = true }]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    furnished(tmp_path)
    (tmp_path / "ivr_flows" / "main.test.toml").write_text(TESTS)
    return tmp_path


def typed(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["test", "--config", str(folder / "dialplan.toml"), *words])


def test_tests_that_pass_are_counted(folder: Path):
    result = typed(folder)
    assert result.exit_code == 0
    assert result.output.startswith("2 passed, 0 failed in ")
    assert "calls a second" in result.output


def test_a_test_that_fails_is_told_from_beginning_to_end(folder: Path):
    file = folder / "ivr_flows" / "main.test.toml"
    file.write_text(TESTS.replace('{ queue = "support" }', '{ queue = "support", agent = "boris" }'))
    result = typed(folder)
    assert result.exit_code == 1
    assert f"FAILED {file}:1: 1 leads to support" in result.output
    assert "0.20  waits in queue support, at place 1" in result.output
    assert ">>>  expected  agent boris" in result.output
    assert "got       anna" in result.output
    assert "1 passed, 1 failed" in result.output


def test_some_of_them_can_be_chosen(folder: Path):
    assert typed(folder, "-k", "NUMBER").output.startswith("1 passed")
    assert typed(folder, str(folder / "ivr_flows" / "main.test.toml")).output.startswith("2 passed")
    assert typed(folder, str(folder / "ivr_flows"), "-k", "main.test").output.startswith("2 passed")


def test_all_calls_can_be_told(folder: Path):
    output = typed(folder, "-v").output
    assert "passed" in output.splitlines()[0]
    assert "offer.ringing" in output


def test_machines_are_told_in_json(folder: Path):
    file = folder / "ivr_flows" / "main.test.toml"
    file.write_text(TESTS.replace('{ queue = "support" }', "{ wait = [0, 1] }"))
    result = typed(folder, "--json")
    assert result.exit_code == 1
    one, other = json.loads(result.output)
    assert (one["name"], one["line"], one["passed"]) == ("1 leads to support", 1, False)
    assert one["differences"] == [{"seconds": 3.2, "expected": "wait 0 to 1 s", "got": "3 s"}]
    assert one["transcript"][5].endswith('hears en/press-one-for-support-ebc8bc30: "Press one for support."')
    assert (other["passed"], other["differences"]) == (True, [])


@pytest.mark.parametrize(
    ("words", "said"),
    [(("-k", "nothing like it"), "no test in "), (("nowhere.test.toml",), "there is no nowhere.test.toml")],
)
def test_tests_that_are_not_there_are_missed(folder: Path, words: tuple[str, ...], said: str):
    result = typed(folder, *words)
    assert result.exit_code == 2
    assert said in result.output


def test_a_folder_without_tests_says_what_it_lacks(folder: Path):
    (folder / "ivr_flows" / "main.test.toml").unlink()
    result = typed(folder)
    assert result.exit_code == 2
    assert "no *.test.toml in" in result.output


def test_mistakes_in_test_files_are_told_and_nothing_is_played(folder: Path):
    file = folder / "ivr_flows" / "main.test.toml"
    file.write_text(TESTS.replace("agents", "agnets").replace("hears", "heers"))
    result = typed(folder)
    assert result.exit_code == 2
    assert f"{file}:4:1: error: unknown key `agnets`; did you mean `agents`?" in result.output
    assert result.output.count("did you mean `hears`?") == 3


def test_a_plan_that_is_wrong_is_not_tested(folder: Path):
    (folder / "ivr_flows" / "main.toml").write_text('start = "nowhere"')
    assert typed(folder).exit_code == 2


def test_mistakes_that_no_test_notices_are_listed(folder: Path):
    result = typed(folder, "--mutants")
    assert result.exit_code == 0
    assert "main.toml:8:1: support: has priority 10, not 0: 1 test came by and noticed" in result.output
    assert "no test comes here" in result.output
    assert "mistakes were noticed (" in result.output.splitlines()[-1]
    found = json.loads(typed(folder, "--mutants", "--json").output)
    assert found["survivors"][0]["change"]
    assert 0 < found["share"] < 1


def test_mistakes_are_only_made_in_flows_whose_tests_pass(folder: Path):
    file = folder / "ivr_flows" / "main.test.toml"
    file.write_text(TESTS.replace('queue = "support"', 'agent = "boris"'))
    result = typed(folder, "--mutants")
    assert result.exit_code == 1
    assert "these tests fail, and must pass first" in result.output
