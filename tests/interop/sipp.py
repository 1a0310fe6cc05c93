"""SIPp with the scenarios beside this file."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pbx.softphone.child import HOST, free_port

SCENARIOS = Path(__file__).with_name("sipp")


class Sipp:
    """One run of one scenario. `port` is where it listens; `more` are options of sipp, which win."""

    def __init__(
        self,
        scenario: str,
        server: tuple[str, int],
        number: str = "",
        *,
        caller: str = "sipp",
        password: str = "",
        tcp: bool = False,
        more: tuple[str, ...] = (),
        **keys: str,
    ) -> None:
        self.port = free_port()
        command = ["sipp", f"{server[0]}:{server[1]}", "-sf", str(SCENARIOS / f"{scenario}.xml")]
        command += ["-i", HOST, "-p", str(self.port), "-mi", HOST, "-mp", str(free_port() & ~1), "-m", "1"]
        command += ["-s", number or caller, "-key", "caller", caller, "-au", caller]
        command += ["-ap", password or f"example-{caller}", "-t", "t1" if tcp else "u1"]
        command += ["-timeout", "20", "-timeout_error", "-nostdin", *more]
        for name, value in keys.items():
            command += ["-key", name, value]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def finish(self, seconds: float = 25.0) -> None:
        """Wait until it is through; every message must have been as the scenario says."""
        output, _ = self._process.communicate(timeout=seconds)
        assert self._process.returncode == 0, output[-4000:]

    def fails(self, seconds: float = 25.0) -> str:
        """Wait until it is through; something must have been otherwise. What it printed."""
        output, _ = self._process.communicate(timeout=seconds)
        assert self._process.returncode == 1, output[-4000:]
        return output

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


def run(
    scenario: str, server: tuple[str, int], number: str = "", **options: str | bool | tuple[str, ...]
) -> None:
    """From beginning to end."""
    with sipp(scenario, server, number, **options) as one:
        one.finish()


@contextmanager
def sipp(
    scenario: str, server: tuple[str, int], number: str = "", **options: str | bool | tuple[str, ...]
) -> Generator[Sipp]:
    """While the block goes on; it is gone afterwards."""
    one = Sipp(scenario, server, number, **options)  # pyright: ignore[reportArgumentType] - names, a switch, options
    try:
        yield one
    finally:
        one.kill()
