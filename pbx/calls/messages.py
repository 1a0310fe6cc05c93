"""The files of messages that callers leave: CONTACT-N.wav, for the exchange's owner alone."""

import os
import re
import sys
import wave
from array import array
from pathlib import Path

from pbx.records.facts import MessageDeleted
from pbx.records.journal import Journal

MOST = 10  # messages of one call: a disk is not for strangers to fill
SOME = 8000  # samples looked at together
FAINT = 512  # of 32,768: the noise of a line stays below

_FILE = re.compile(r"([0-9a-z]{1,64})-[0-9]{1,2}\.wav")


def new_message(folder: Path, contact: str) -> Path | None:
    """An empty file that only its owner may read. None: it cannot be had, or the caller has left enough."""
    for number in range(1, MOST + 1):
        path = folder / f"{contact}-{number}.wav"
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        except OSError:
            break
        return path
    return None


def is_silent(path: Path) -> bool:
    """Is there nothing on it that could be a voice? What cannot be read is kept rather than lost."""
    try:
        with wave.open(str(path)) as file:
            while part := file.readframes(SOME):  # a voice is found soon, and nothing waits for the rest
                samples = array("h", part)
                if sys.byteorder == "big":
                    samples.byteswap()
                if max(max(samples), -min(samples)) >= FAINT:
                    return False
    except (OSError, EOFError, wave.Error, ValueError):
        return False
    return True


def delete_message(folder: Path, file: str, journal: Journal, at: int) -> bool:
    """Delete the file if it is still there, and file that it was done `at` (Unix milliseconds).

    False: no message has such a name. Raises OSError where it cannot be deleted.
    """
    found = _FILE.fullmatch(file)
    if found is None:
        return False
    (folder / file).unlink(missing_ok=True)
    journal.append(MessageDeleted(at=at, contact=found[1], file=file))
    return True
