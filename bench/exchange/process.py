"""A real exchange as a process: started, measured, stopped or killed, by its pid only."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pbx.softphone.child import centrala, free_port

HOST = "127.0.0.1"
RTP_FIRST, RTP_LAST = 40000, 59998  # for the load: ten thousand calls
START_WITHIN = 20.0  # seconds
STOP_WITHIN = 45.0
_LOOK_EVERY = 0.02
_OPTIONS = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{n};rport\r\n"
    "From: <sip:bench@{own}>;tag=b{n}\r\nTo: <sip:{host}:{port}>\r\nCall-ID: {n}@bench\r\n"
    "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


class DidNotStart(Exception):  # noqa: N818 - a sentence for whoever runs this
    """The exchange ended or was silent instead of getting ready; the message holds its log."""


@dataclass(frozen=True, slots=True)
class Running:
    """`began` is the monotonic time just before the process was made."""

    process: "subprocess.Popen[str]"
    port: int
    log: Path
    began: float

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; its workers are not waited for."""
        self.process.kill()
        self.process.wait()


@contextmanager
def exchange(
    config: Path, data: Path, port: int = 0, rtp: tuple[int, int] = (RTP_FIRST, RTP_LAST)
) -> Generator[Running]:
    """Ready when the block begins, gone when it ends. UDP and TCP on `port`, by default a free one."""
    port = port or free_port()
    data.mkdir(parents=True, exist_ok=True)
    log = data / "log"
    command = [*centrala("run", "--config", str(config), "--data", str(data))]
    command += ["--listen", f"udp:{HOST}:{port}", "--listen", f"tcp:{HOST}:{port}"]
    command += ["--rtp-ports", f"{rtp[0]}-{rtp[1]}"]
    began = time.monotonic()
    with (
        log.open("a") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line == "ready\n":
                    break
            else:
                raise DidNotStart(log.read_text()[-4000:])
            yield Running(process, port, log, began)
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_WITHIN)
        finally:
            process.kill()


def answers(port: int, within: float) -> float:
    """Seconds until an OPTIONS over UDP is answered, asking 50 times a second; infinite if it never is."""
    began, asked = time.monotonic(), 0
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind((HOST, 0))
        udp.settimeout(_LOOK_EVERY)
        own = f"{HOST}:{udp.getsockname()[1]}"
        while time.monotonic() - began < within:
            asked += 1
            udp.sendto(
                _OPTIONS.format(host=HOST, port=port, own=own, n=f"{os.getpid()}{asked}").encode(),
                (HOST, port),
            )
            try:
                udp.recv(65535)
            except TimeoutError:
                continue
            return time.monotonic() - began
    return float("inf")


def children(pid: int) -> list[int]:
    """The processes it has started and that still run."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def is_gone(pid: int) -> bool:
    """Ended, whether or not anybody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def memory(pid: int) -> int:
    """Resident KiB of a process and its children, what they share counted once."""
    return sum(
        int(line.split()[1])
        for one in (pid, *children(pid))
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    )
