"""A headless baresip, led by its control port."""

import json
import socket
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from media.audio.tones import RATE, tone
from media.codecs.g711 import Samples
from pbx.softphone.child import HOST, free_block, free_port
from tests.interop.waiting import eventually

TONE_HZ = 1000
CONFIG = """\
sip_listen {host}:0
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
snd_path {folder}
audio_source aufile,{folder}/tone.wav
audio_player aufile,{folder}/heard.wav
audio_alert nothing
rtp_ports {first}-{last}
"""


class Baresip:
    def __init__(self, folder: Path, control: int) -> None:
        self._folder = folder
        self._control = eventually(lambda: _connect(control), what="baresip did not open its control port")
        self._control.settimeout(0.02)
        self._unread = b""
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        self._control.close()

    def do(self, command: str, params: str = "") -> None:
        """Give it a command, as one would type it."""
        text = json.dumps({"command": command, "params": params}).encode()
        self._control.sendall(b"%d:%s," % (len(text), text))

    def seen(self, kind: str) -> list[dict[str, Any]]:
        """The events of this type so far, such as CALL_ESTABLISHED."""
        with suppress(TimeoutError):
            self._unread += self._control.recv(65536)
        while b":" in self._unread:
            length, rest = self._unread.split(b":", 1)
            if len(rest) <= int(length):
                break
            self.events.append(json.loads(rest[: int(length)]))
            self._unread = rest[int(length) + 1 :]
        return [event for event in self.events if event.get("type") == kind]

    def wait_for(self, kind: str, times: int = 1, seconds: float = 8.0) -> dict[str, Any]:
        """The so-manyth event of this type."""
        return eventually(lambda: self.seen(kind)[times - 1 :], seconds, f"baresip did not tell of {kind}")[0]

    def heard(self) -> Samples:
        """What it has heard in its calls, the latest last."""
        files = sorted(self._folder.glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime)
        read: list[Samples] = [np.asarray(sf.read(path, dtype="int16")[0], np.int16) for path in files]
        return np.concatenate(read) if read else np.zeros(0, np.int16)


@contextmanager
def baresip(folder: Path, accounts: Sequence[str]) -> Generator[Baresip]:
    """One that has these accounts, and sends TONE_HZ whenever it talks."""
    folder.mkdir(parents=True)
    control, first = free_port(), free_block()
    config = CONFIG.format(host=HOST, control=control, folder=folder, first=first, last=first + 99)
    (folder / "config").write_text(config)
    (folder / "accounts").write_text("".join(f"{account}\n" for account in accounts))
    sf.write(folder / "tone.wav", tone(TONE_HZ, 60), RATE, subtype="PCM_16")
    with (
        (folder / "output").open("w") as output,
        subprocess.Popen(
            ["baresip", "-f", str(folder)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        phone = None
        try:
            phone = Baresip(folder, control)
            yield phone
        finally:
            if phone is not None:
                phone.close()
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def account(name: str, server: tuple[str, int], *, transport: str = "udp", more: str = "") -> str:
    """A line of baresip's accounts file."""
    where = f"{server[0]}:{server[1]};transport={transport}"
    return f"<sip:{name}@{where}>;auth_pass=example-{name};regint=60{more}"


def _connect(port: int) -> socket.socket | None:
    try:
        return socket.create_connection((HOST, port), 1)
    except OSError:
        return None
