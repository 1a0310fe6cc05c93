from pathlib import Path

import pytest
import soundfile

from media.api import RINGING
from pbx.config.load import load_configuration
from pbx.rehearsal.sound import lengths
from tests.rehearsal.place import furnished

GOODBYE = Path("ivr_flows/prompts/en/goodbye.wav")


def test_a_recording_takes_as_long_as_it_is_and_a_text_as_long_as_it_may_be(tmp_path: Path):
    taken = lengths(load_configuration(furnished(tmp_path)))
    assert taken["en/goodbye"] == pytest.approx(soundfile.info(GOODBYE).duration, abs=0.02)
    (made,) = [seconds for clip, seconds in taken.items() if clip.startswith("en/press-one-for-support")]
    assert made == pytest.approx(0.06 * len("Press one for support."))
    assert taken[RINGING] == 5


def test_audio_that_cannot_be_read_keeps_no_test_from_running(tmp_path: Path):
    config = furnished(tmp_path)
    (tmp_path / "ivr_flows" / "music").unlink()
    (tmp_path / "ivr_flows" / "music").mkdir()
    (tmp_path / "ivr_flows" / "music" / "waiting.wav").write_bytes(b"no audio")
    assert lengths(load_configuration(config))["music/waiting"] == 0.5
