"""`centrala check`: what it prints, and how it ends."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from pbx.config.load import load_configuration
from pbx.config.prompts import recording

OFFICE = Path(__file__).parents[1] / "config/office"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example office, everything recorded."""
    folder = tmp_path / "office"
    shutil.copytree(OFFICE, folder)
    (folder / "ivr_flows/music").mkdir()
    (folder / "ivr_flows/music/waiting.flac").touch()
    for clip in load_configuration(folder / "dialplan.toml").clips:
        path = recording(folder, clip.language, clip.name)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return folder / "dialplan.toml"


def check(config: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check", "--config", str(config), *options])


def spoil(config: Path, old: str, new: str) -> None:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new, 1))


def test_a_configuration_in_order_is_said_to_be(config: Path):
    result = check(config)
    assert result.exit_code == 0
    assert result.output.startswith(
        f"{config}: in order: 7 routes, 4 flows, 1 bot, 2 queues, 4 accounts; version "
    )


def test_a_warning_is_told_and_ends_with_two_only_if_strict(config: Path):
    spoil(
        config, 'boris = { phone = "2003", queues = ["support"] }', 'boris = { phone = "2003", queues = [] }'
    )
    told = f"{config}:34:36: warning: agent 'boris' serves no queue; "
    result, strict = check(config), check(config, "--strict")
    assert (result.exit_code, strict.exit_code) == (0, 2)
    assert result.output.startswith(told)
    assert "[agent-without-queue]\n" in result.output
    assert strict.output.startswith(told.replace(": warning:", ": error:"))


def test_errors_and_warnings_are_told_together(config: Path):
    spoil(
        config, 'boris = { phone = "2003", queues = ["support"] }', 'boris = { phone = "2003", queues = [] }'
    )
    spoil(config, 'to = "2001"', 'to = "2009"')
    result = check(config)
    assert result.exit_code == 2
    assert "[agent-without-queue]" in result.output
    assert "[undiallable]" in result.output
    assert result.output.splitlines()[-1] == f"{config}: 1 error, 1 warning"


def test_style_is_told_when_asked_for_and_is_never_an_error(config: Path):
    texts = config.parent / "ivr_flows/prompts/en.toml"
    texts.write_text(texts.read_text().replace("The state of your order is", "Please listen. " * 30))
    assert "style:" not in check(config, "--strict").output
    result = check(config, "--style", "--strict")
    assert result.exit_code == 0
    assert "main.toml:127:10: style: takes about 32 s to say in en; " in result.output


def test_json_has_everything_that_the_lines_have(config: Path):
    spoil(
        config, 'boris = { phone = "2003", queues = ["support"] }', 'boris = { phone = "2003", queues = [] }'
    )
    [finding] = json.loads(check(config, "--json").output)
    assert finding == {
        "file": str(config),
        "line": 34,
        "column": 36,
        "message": "agent 'boris' serves no queue; name the queues the agent serves, or remove the agent",
        "severity": "warning",
        "code": "agent-without-queue",
    }


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path):
    result = check(tmp_path / "dialplan.toml")
    assert result.exit_code == 2
    assert "dialplan.toml:1:1: error: cannot be read: No such file or directory" in result.output
