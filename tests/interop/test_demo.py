"""The commands that use the softphone, as a newcomer types them."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from media.audio.tones import rms
from pbx.softphone.child import centrala
from pbx.softphone.demo import play_demo
from tests.interop.office import ROOT, Office, short_tempered

pytestmark = pytest.mark.interop


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(centrala(*arguments), capture_output=True, text=True, timeout=30, cwd=ROOT)


def test_the_demo_is_as_it_should_be() -> None:
    told: list[str] = []
    assert play_demo(ROOT / "dialplan.toml", told.append) == 0, told
    text = "\n".join(told)
    assert "the agent hears the caller's 440 Hz" in text
    assert "the caller hears the agent's 700 Hz" in text
    assert "offer.answered" in text


def test_the_demo_says_what_is_wrong_and_fails(tmp_path: Path) -> None:
    config = short_tempered(tmp_path)
    config.write_text(config.read_text().replace('anna = { phone = "1005"', 'anna = { phone = "1002"'))
    told: list[str] = []
    assert play_demo(config, told.append) == 1
    assert "WRONG" in told[-1]


def test_one_calls_from_the_command_line_and_keeps_what_one_hears(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "heard.wav"
    done = run("call", f"sip:601@{office.where}", "--seconds", "2", "--record", str(file))
    assert done.returncode == 0, done.stderr
    assert f"wrote {file}" in done.stdout
    heard, rate = sf.read(file, dtype="int16")
    assert rate == 8000
    assert len(heard) > 1.5 * rate
    assert rms(np.asarray(heard, np.int16)) > 0.01


def test_a_call_to_nowhere_fails_with_a_sentence(office: Office) -> None:
    done = run("call", f"sip:4711@{office.where}", "--account", "1001:example-1001")
    assert done.returncode == 2
    assert "not answered: 404 Not Found" in done.stderr


def test_a_phone_on_the_command_line_answers(office: Office) -> None:
    command = centrala("phone", "--account", "1002", "--server", office.where, "--answer", "--seconds", "6")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as phone:
        assert phone.stdout is not None
        assert phone.stdout.readline() == "registered as 1002\n"
        where = f"sip:1002@{office.where}"
        done = run("call", where, "--account", "1001:example-1001", "--keys", "5", "--seconds", "1.5")
        assert done.returncode == 0, done.stderr
        assert "it rings" in done.stdout
        assert [phone.stdout.readline() for _ in range(3)] == ["1001 calls\n", "answered\n", "over\n"]
        assert phone.wait(15) == 0
