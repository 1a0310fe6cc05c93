"""Waiting for what other processes do, with a deadline."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_EVERY = 0.02


def eventually(look: Callable[[], T | None], seconds: float = 8.0, what: str = "it did not happen") -> T:
    """What `look` gives once that is true in the sense of `bool`. Fails after so many seconds."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} within {seconds} s; the last look gave {found!r}"
        pause.wait(LOOK_EVERY)
    return found
