"""The plugin in a pytest of its own, as a user runs it."""

import subprocess
import sys
from pathlib import Path

from tests.rehearsal.place import furnished

PYTHON = """
import pytest


def test_that_passes(rehearse):
    call = rehearse("100", agents={"anna": {"talks_for": 5}}).hears("Press one").presses("1")
    result = call.expect(queue="support", agent="anna", talk=5)
    assert result.has("talk.started") and result.heard[0].startswith("en/press-one")


def test_that_fails(rehearse):
    rehearse(flow="main").hears("Press one").presses("9").waits(60).expect(ends="customer")


def test_that_is_wrong(rehearse):
    with pytest.raises(ValueError, match="nmuber"):
        rehearse("100", nmuber="1")
    with pytest.raises(ValueError, match="there is no agent `carl`"):
        rehearse("100").expect(agent="carl")
    with pytest.raises(ValueError, match="where does the call go"):
        rehearse(agents={})
"""
TESTS = """[[tests]]
name = "a good one"
number = "100"
does = [{ hears = "Press one" }, { hangs_up = true }]

[[tests]]
name = "a bad one"
number = "100"
does = [{ hears = "Press nine" }]
"""


def pytest_in(folder: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "pbx.rehearsal.plugin", "-p", "no:cacheprovider", *words]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(Path.cwd()), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_test_files_and_python_tests_run_side_by_side(tmp_path: Path):
    furnished(tmp_path)
    (tmp_path / "ivr_flows" / "main.test.toml").write_text(TESTS)
    (tmp_path / "test_calls.py").write_text(PYTHON)
    status, output = pytest_in(tmp_path, "-v")
    assert status == 1
    assert "ivr_flows/main.test.toml::a good one PASSED" in output
    assert "ivr_flows/main.test.toml::a bad one FAILED" in output
    assert 'expected  that the caller hears "Press nine"' in output
    assert "test_calls.py::test_that_passes PASSED" in output
    assert "test_calls.py::test_that_fails FAILED" in output
    assert "expected  that the caller waits 60 s" in output
    assert "test_calls.py::test_that_is_wrong PASSED" in output
    assert "3 passed, 2 failed" in output or "2 failed, 3 passed" in output


def test_a_test_file_that_is_wrong_is_not_collected(tmp_path: Path):
    furnished(tmp_path)
    (tmp_path / "ivr_flows" / "main.test.toml").write_text(TESTS.replace("number", "nmuber"))
    (tmp_path / "elsewhere.ini").write_text("[pytest]\ncentrala_config = dialplan.toml\n")
    status, output = pytest_in(tmp_path, "-c", "elsewhere.ini", "ivr_flows")
    assert status == 2
    assert "main.test.toml:3:1: error: unknown key `nmuber`; did you mean `number`?" in output
    (tmp_path / "dialplan.toml").unlink()
    assert "there is no dialplan.toml in any folder above it" in pytest_in(tmp_path, "ivr_flows")[1]
