"""`centrala prompts`: what callers hear, made by a program of our own that is no robot."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from pbx.config.load import load_configuration
from pbx.config.prompts import always_needed, recording

OFFICE = Path(__file__).parents[1] / "config/office"
SPEAKER = """
import sys, wave
if "robot" in sys.stdin.read(): sys.exit("robots cannot speak")
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(8000)
    file.writeframes(b"\\x00\\x20\\x00\\xe0" * 500)
"""
FLOW = """start = "say"
[nodes.say]
do = "hangup"
prompt = ["goodbye", { en = "Good night.", lv = "Ar labu nakti." }]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A flow that says two things in two languages; what the switch itself says is recorded."""
    flows = tmp_path / "ivr_flows"
    shutil.copytree(OFFICE / "ivr_flows/prompts", flows / "prompts")
    for name in always_needed():
        for language in ("en", "lv"):
            recording(tmp_path, language, name).parent.mkdir(exist_ok=True)
            recording(tmp_path, language, name).touch()
    (flows / "music").mkdir()
    (flows / "music/waiting.flac").touch()
    (flows / "main.toml").write_text(FLOW)
    (tmp_path / "dialplan.toml").write_text(
        'languages = ["en", "lv"]\nhold_music = "waiting"\nlisteners = ["udp:127.0.0.1:5060"]\n'
        f"[speech]\ncommand = ['{sys.executable}', '-c', '''{SPEAKER}''', '{{file}}', '{{voice}}']\n"
        'voices = { lv = "baltic" }\n'
        '[[routes]]\nnumber = "1"\npublic = true\nthen = { do = "flow", flow = "main" }\n'
    )
    return tmp_path / "dialplan.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def last_line(result: Result) -> str:
    return result.output.splitlines()[-1]


def test_what_is_missing_is_made_and_then_it_is_there(config: Path):
    before = run("prompts", "--config", config)
    assert "missing   lv/goodbye: Uz redzēšanos." in before.output
    assert last_line(before) == f"{2 * len(always_needed())} recorded, 4 missing"
    assert run("check", "--config", config).exit_code == 2
    built = run("prompts", "build", "--config", config)
    assert (built.exit_code, last_line(built)) == (0, "made 4 of 4")
    assert run("prompts", "--config", config, "--missing").output.count("\n") == 1
    assert load_configuration(config, need="audio").audio["lv/goodbye"].parent.name == "made"
    assert "unmade-prompt" not in run("check", "--config", config).output
    assert last_line(run("prompts", "build", "--config", config)) == "made 0 of 0"


def test_what_is_not_said_any_more_is_removed_when_asked_for(config: Path):
    run("prompts", "build", "--config", config)
    flow = config.parent / "ivr_flows/main.toml"
    flow.write_text(FLOW.replace("Good night.", "Good evening."))
    states = json.loads(run("prompts", "--config", config, "--missing", "--json").output)
    assert [(one["text"], one["state"]) for one in states] == [("Good evening.", "missing")]
    built = run("prompts", "--config", config, "build", "--prune")
    [removed] = [line for line in built.output.splitlines() if line.startswith("removed")]
    assert "/en/made/good-night-" in removed
    made = sorted(path.name[:12] for path in (config.parent / "ivr_flows/prompts/en/made").iterdir())
    assert made == ["good-evening", "goodbye-" + made[1][8:]]


def test_what_people_record_is_left_alone(config: Path):
    theirs = config.parent / "ivr_flows/prompts/en/goodbye.wav"
    theirs.write_bytes(b"a voice")
    assert last_line(run("prompts", "build", "--again", "--config", config)) == "made 3 of 3"
    assert last_line(run("prompts", "build", "--again", "--config", config)) == "made 3 of 3"
    assert theirs.read_bytes() == b"a voice"
    assert "recorded  en/goodbye: Goodbye." in run("prompts", "--config", config).output


def test_one_that_cannot_be_made_does_not_keep_the_others_from_it(config: Path):
    flow = FLOW.replace("Good night.", "I am a robot.").replace('"goodbye"', '"goodbye", "farewell"')
    (config.parent / "ivr_flows/main.toml").write_text(flow)
    built = run("prompts", "build", "--config", config)
    assert built.exit_code == 2
    assert "made 3 of 4" in built.output
    assert "robots cannot speak" in built.output
    assert "en/farewell has no text: write it into prompts/en.toml, or record it" in built.output


def test_the_script_for_a_speaker_names_files_and_words(config: Path):
    written = run("prompts", "script", "lv", "--config", config)
    lines = dict(line.split("\t") for line in written.output.splitlines())
    assert lines[str(config.parent / "ivr_flows/prompts/lv/goodbye.wav")] == "Uz redzēšanos."
    assert sorted(lines.values()) == ["Ar labu nakti.", "Uz redzēšanos."]
    for path in lines:
        Path(path).touch()
    assert run("prompts", "script", "lv", "--config", config).output == ""
    everything = run("prompts", "script", "lv", "--all", "--config", config).output
    assert everything.count("\n") == len(always_needed()) + 2
    assert run("prompts", "script", "de", "--config", config).exit_code == 2
