"""A real exchange as a child process, with ports of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

HOST = "127.0.0.1"
RTP_PORTS = 128
FIRST_RTP, LAST_RTP = 16384, 22784  # below the ports that the system gives out, and those of other tests
_BLOCK = count(os.getpid() * 37)  # two processes begin to look in different places
PATIENCE = 15.0  # seconds in which it must have stopped


class ChildError(Exception):
    """The exchange did not start, or not stop; the message says which."""


@dataclass(frozen=True, slots=True)
class Child:
    """`server` is its address, for UDP and TCP."""

    process: "subprocess.Popen[str]"
    server: tuple[str, int]
    data: Path

    def stop(self) -> int:
        """Tell it to stop, and wait until it has; its exit code. Raises ChildError."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise ChildError("the exchange did not stop") from error


@contextmanager
def exchange(config: Path, data: Path, options: Sequence[str] = ()) -> Generator[Child]:
    """Run one, ready when the block begins; whatever happens it is gone after. Its log is `data`/log."""
    port, first = free_port(), free_block()
    where = f"{HOST}:{port}"
    command = [*centrala("run", "--config", str(config), "--data", str(data)), *options]
    command += ["--listen", f"udp:{where}", "--listen", f"tcp:{where}"]
    command += ["--rtp-ports", f"{first}-{first + RTP_PORTS - 1}"]
    data.mkdir(parents=True, exist_ok=True)
    with (
        (data / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,  # noqa: S603
    ):
        assert process.stdout is not None
        try:
            while (line := process.stdout.readline()) != "ready\n":
                if not line:
                    raise ChildError(f"the exchange did not start: {(data / 'log').read_text()}")
            yield Child(process, (HOST, port), data)
        finally:
            process.kill()


def centrala(*arguments: str) -> list[str]:
    """The command line that runs ourselves."""
    return [sys.executable, "-m", "cli", *arguments]


def free_port() -> int:
    """For UDP and TCP both. Raises ChildError."""
    for _ in range(100):
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            stream.bind((HOST, 0))
            port = int(stream.getsockname()[1])
            if _is_free(datagrams, port):
                return port
    raise ChildError("no port is free")


def free_block() -> int:
    """The first of RTP_PORTS that nobody uses, and that have not been given out. Raises ChildError."""
    blocks = range(FIRST_RTP, LAST_RTP, RTP_PORTS)
    for at in islice(_BLOCK, len(blocks)):
        first = blocks[at % len(blocks)]
        probes = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(RTP_PORTS)]
        free = all(_is_free(probe, first + offset) for offset, probe in enumerate(probes))
        for probe in probes:
            probe.close()
        if free:
            return first
    raise ChildError("no ports for audio are free")


def _is_free(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind((HOST, port))
    except OSError:
        return False
    return True
