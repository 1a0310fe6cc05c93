"""Files that are whole at every moment."""

import os
import resource
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from media.audio.wav import WavFile, header
from media.engines.protocol import Record
from media.engines.recording import Recording
from media.rtp.jitter import FRAME_BYTES

SOUND = np.arange(4000, dtype=np.int16).tobytes()


def sound_of(path: Path) -> bytes:
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    return samples.tobytes()


@contextmanager
def files_at_most(size: int) -> Generator[None]:
    """As on a full disk: what goes beyond this size cannot be written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_is_valid_after_every_write(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    file = WavFile(path)
    assert sound_of(path) == b""
    for count in (1, 2, 3):
        file.write(SOUND)
        assert sound_of(path) == SOUND * count
        assert file.seconds == 0.5 * count
    file.close()
    assert path.read_bytes() == header(3 * len(SOUND)) + SOUND * 3


def test_a_file_whose_header_was_not_reached_any_more_is_valid_too(tmp_path: Path) -> None:
    path = tmp_path / "killed.wav"
    path.write_bytes(header(len(SOUND)) + SOUND * 2)
    assert sound_of(path) == SOUND


def test_an_old_file_is_emptied_and_a_new_one_is_its_owner_s_alone(tmp_path: Path) -> None:
    old, new = tmp_path / "old.wav", tmp_path / "new.wav"
    old.write_bytes(b"x" * 100_000)
    for path in (old, new):
        WavFile(path).close()
        assert sound_of(path) == b""
        assert path.stat().st_size == len(header(0))
    assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_begun_leaves_nothing_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counting is all
    for path in (tmp_path, tmp_path / "none" / "a.wav", Path("/dev/full")):
        with pytest.raises(OSError):  # noqa: PT011 - any
            WavFile(path)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above


def test_on_a_full_disk_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    file = WavFile(path)
    with files_at_most(len(header(0)) + len(SOUND) + 100):
        file.write(SOUND)
        with pytest.raises(OSError):  # noqa: PT011 - any
            file.write(SOUND)
    file.close()
    assert sound_of(path) == SOUND + SOUND[:100]


FRAME = b"\1\2" * 160
assert len(FRAME) == FRAME_BYTES


def recording(path: Path, most: float = 60, silence: float = 0) -> Recording:
    return Recording(Record(7, 3, str(path), most, silence))


def test_a_recording_ends_when_it_is_long_enough_to_the_frame(tmp_path: Path) -> None:
    ours = recording(tmp_path / "a.wav", most=1.3)
    for _ in range(65):
        assert not ours.over
        ours.hear(FRAME)
    assert ours.over
    assert ours.close() == (7, 3, 1.3, "")
    assert sound_of(tmp_path / "a.wav") == FRAME * 65


def test_a_recording_is_written_every_half_second(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ours = recording(path)
    for at in range(1, 80):
        ours.hear(FRAME)
        assert len(sound_of(path)) == at // 25 * 25 * FRAME_BYTES
    assert ours.close().seconds == 79 / 50


def test_a_recording_that_cannot_go_on_is_over_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ours = recording(path)
    with files_at_most(len(header(0)) + 30 * FRAME_BYTES):
        while not ours.over:
            ours.hear(FRAME)
    recorded = ours.close()
    assert str(path) in recorded.problem
    assert recorded.seconds == 0.6
    assert len(sound_of(path)) == 30 * FRAME_BYTES
    assert recording(tmp_path / "none" / "a.wav").over


@pytest.mark.parametrize("spoken", [0, 100])
def test_silence_ends_a_recording(tmp_path: Path, spoken: int) -> None:
    noise = np.random.default_rng(1).normal(0, 20, (400, 160))
    noise[:spoken] += 4000 * np.sin(np.arange(spoken * 160) * np.pi / 10).reshape(-1, 160)
    noise[10:20] *= 0.01  # speech has gaps, from which the noise is known
    ours = recording(tmp_path / "a.wav", silence=1.0)
    frames = iter(noise.astype(np.int16))
    while not ours.over:
        ours.hear(next(frames).tobytes())
    assert ours.close().seconds == pytest.approx(spoken / 50 + 1.0, abs=0.3)
