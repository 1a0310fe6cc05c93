import stat
import wave
from array import array
from pathlib import Path

import pytest

from pbx.calls.messages import MOST, delete_message, is_silent, new_message
from pbx.records.facts import MessageDeleted
from pbx.records.journal import MemoryJournal


def test_messages_of_a_call_are_numbered_and_for_their_owner_alone(tmp_path: Path):
    paths = [new_message(tmp_path, "c1") for _ in range(2)]
    assert paths == [tmp_path / "c1-1.wav", tmp_path / "c1-2.wav"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_call_leaves_so_many_and_no_more(tmp_path: Path):
    assert all(new_message(tmp_path, "c1") for _ in range(MOST))
    assert new_message(tmp_path, "c1") is None
    assert new_message(tmp_path, "c2") is not None


def test_where_nothing_can_be_written_there_is_no_message(tmp_path: Path):
    assert new_message(tmp_path / "nowhere", "c1") is None


def test_a_deleted_message_is_filed_even_if_the_file_was_gone_before(tmp_path: Path):
    journal = MemoryJournal()
    path = new_message(tmp_path, "c1")
    assert path is not None
    for _ in range(2):
        assert delete_message(tmp_path, "c1-1.wav", journal, 5)
        assert not path.exists()
    assert journal.facts == [MessageDeleted(at=5, contact="c1", file="c1-1.wav")] * 2


def recorded(path: Path, *samples: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(array("h", samples).tobytes())
    return path


def test_what_could_be_a_voice_is_no_silence(tmp_path: Path):
    path = tmp_path / "c1-1.wav"
    assert is_silent(recorded(path))
    assert is_silent(recorded(path, *[0] * 8000, 511, -511))
    assert not is_silent(recorded(path, *[0] * 8000, 512))
    assert not is_silent(recorded(path, *[0] * 8000, -32768))


def test_what_cannot_be_read_is_kept(tmp_path: Path):
    path = tmp_path / "c1-1.wav"
    path.write_bytes(b"RIFF")
    assert not is_silent(path)
    assert not is_silent(tmp_path / "nowhere.wav")


@pytest.mark.parametrize("file", ["", "c1.wav", "../c1-1.wav", "c1-1.wav.txt", "a/c1-1.wav", "C1-1.wav"])
def test_what_is_no_message_is_not_deleted(tmp_path: Path, file: str):
    (tmp_path / "c1-1.wav.txt").write_text("x")
    journal = MemoryJournal()
    assert not delete_message(tmp_path, file, journal, 5)
    assert (journal.facts, len(list(tmp_path.iterdir()))) == ([], 1)
