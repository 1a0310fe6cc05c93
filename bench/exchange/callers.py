"""Callers played by sipp, and what their own log says happened to each of them."""

import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pbx.softphone.child import free_port

TRUNK = "127.0.0.10"
_SCENARIO = Path(__file__).with_name("call.xml")
_LOOK_EVERY = 0.02
_END_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Callers:
    """Callers with the numbers NAME-1, NAME-2 and so on, by which their records can be told from others."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def talking(self) -> set[str]:
        """Those whose call was answered."""
        return self._said("TALKS ")

    def over(self) -> set[str]:
        """Those whose BYE was answered with 200."""
        return self._said("OVER ")

    def wait_until_talking(self, count: int, seconds: float) -> bool:
        """Whether so many calls have been answered in time."""
        deadline = time.monotonic() + seconds
        while len(self.talking()) < count:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_EVERY)
        return True

    def finish(self, seconds: float) -> bool:
        """Whether all of them came to their end, and as the scenario says."""
        try:
            return self.process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False

    def stop(self) -> None:
        """End sipp; what it has logged is whole then."""
        self.process.terminate()
        try:
            self.process.wait(_END_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _said(self, word: str) -> set[str]:
        if not self.log.exists():
            return set()
        lines = self.log.read_text().splitlines(keepends=True)
        return {line[len(word) :].strip() for line in lines if line.startswith(word) and line.endswith("\n")}


@contextmanager
def callers(
    folder: Path, name: str, port: int, number: str, *, count: int, rate: float, hold: float
) -> Generator[Callers]:
    """`count` calls at `rate` a second, that last `hold` seconds each; sipp is gone after the block."""
    log = folder / f"{name}.log"
    command = ["sipp", f"127.0.0.1:{port}", "-sf", str(_SCENARIO), "-i", TRUNK, "-p", str(free_port())]
    command += ["-s", number, "-key", "name", name, "-d", str(round(hold * 1000)), "-m", str(count)]
    command += ["-r", str(rate), "-l", str(count), "-nostdin", "-trace_logs", "-log_file", str(log)]
    command += ["-recv_timeout", "8000", "-watchdog_interval", "0", "-timer_resol", "5"]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        sipp = Callers(process, log)
        try:
            yield sipp
        finally:
            sipp.stop()
