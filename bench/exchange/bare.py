"""What the packets of a work cost a loop that does nothing else, in C and in Python, paced alike."""

import subprocess
from pathlib import Path
from typing import NamedTuple

from bench import media_worker
from bench.exchange.works import Work

_RELAY = Path(__file__).with_name("bare_relay.c")


class Price(NamedTuple):
    """CPU milliseconds a call-second."""

    c: float
    python: float


class BareLoops:
    """Compiled into `folder`; needs gcc. Raises subprocess.CalledProcessError."""

    def __init__(self, folder: Path) -> None:
        relay = folder / "relay"
        subprocess.run(["gcc", "-O2", "-Wall", "-o", str(relay), str(_RELAY)], check=True)
        self._c = {"send": media_worker.compile_c(folder) or "", "relay": str(relay)}

    def price(self, work: Work, calls: int, seconds: float) -> Price:
        """Of as many streams as the calls have: one each that is sent, or two each that are passed on."""
        relays = work.bare == "relay"
        streams = 2 * calls if relays else calls
        shares = [
            media_worker.bare(kind, streams, seconds, relays) / calls * 1e3
            for kind in (self._c[work.bare], work.bare)
        ]
        return Price(*shares)
