"""Any command that writes audio may speak for us."""

import sys
from pathlib import Path

import pytest

from media.audio.library import RATE, read_audio
from media.audio.speech import NoSpeech, synthesise_with

SPEAKER = """
import sys, wave
words, typed = sys.argv[2] if len(sys.argv) > 2 else "", sys.stdin.read()
if words and typed: sys.exit("told twice")
words = words or typed
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(16000)
    file.writeframes((b"\\x00\\x20" * 8 + b"\\x00\\xe0" * 8) * 100 * len(words))
"""


def seconds(text: str, folder: Path, *arguments: str) -> float:
    path = folder / "made" / "clip.wav"
    synthesise_with([sys.executable, "-c", SPEAKER, *arguments], text, "voice", path)
    assert [file.name for file in path.parent.iterdir()] == ["clip.wav"]
    return len(read_audio(path)) / RATE


def test_the_text_is_an_argument_or_on_standard_input(tmp_path: Path):
    assert seconds("abc.", tmp_path, "{file}") == pytest.approx(0.4 + 0.16, abs=0.01)
    assert seconds("abcdef.", tmp_path, "{file}", "{text}") == pytest.approx(0.7 + 0.16, abs=0.01)
    assert seconds("{file} {voice}.", tmp_path, "{file}", "{text}") == pytest.approx(1.5 + 0.16, abs=0.01)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["no-such-program", "{file}"], "no-such-program is not installed"),
        ([sys.executable, "-c", "import sys; sys.exit('out of words')", "{file}"], "out of words"),
        ([sys.executable, "-c", "", "{file}"], "made no speech of 'Hello'"),
        (
            [sys.executable, "-c", "open(__import__('sys').argv[1], 'w').write('x')", "{file}"],
            "made no speech",
        ),
        (["/", "{file}"], "cannot be run"),
    ],
)
def test_a_command_that_does_not_speak_is_told_with_its_reason(
    tmp_path: Path, command: list[str], message: str
):
    with pytest.raises(NoSpeech, match=message):
        synthesise_with(command, "Hello", "en", tmp_path / "clip.wav")
    assert not list(tmp_path.iterdir())


def test_nothing_is_taken_for_a_command_of_the_shell(tmp_path: Path):
    synthesise_with(
        [sys.executable, "-c", SPEAKER, "{file}", "{text}"], "$(rm -rf x); `y`.", "v", tmp_path / "clip.wav"
    )
    assert (tmp_path / "clip.wav").exists()
