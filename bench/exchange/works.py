"""What is measured: the load, at which level, the target, and what other exchanges need for the same."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["cps", "reg", "bcps", "play", "queue", "bridge", "mem"]


@dataclass(frozen=True, slots=True)
class Work:
    """`level` is calls a second for the first three, calls at once for the others; `measure` names the load's
    own figure, which is CPU milliseconds a call, CPU milliseconds a call-second, or KiB a call."""

    kind: Kind
    title: str
    level: int
    measure: str
    unit: str
    target: float
    peers: str
    bare: Literal["", "send", "relay"] = ""  # the loop that moves the same packets and does nothing else

    @property
    def is_rate(self) -> bool:
        return self.kind in ("cps", "reg", "bcps")


WORKS = (
    Work(
        kind="cps",
        title="call answered and hung up",
        level=400,
        measure="cpu_per_1000",
        unit="ms",
        target=0.75,
        peers="Asterisk 22 0.76, FreeSWITCH 1.11 2.9-3.7",
    ),
    Work(
        kind="bcps",
        title="bridged call set up and torn down",
        level=150,
        measure="cpu_per_1000",
        unit="ms",
        target=1.9,
        peers="Asterisk 2.3-2.8, FreeSWITCH 7.1-8.7, Sippy B2BUA 4.2-4.6",
    ),
    Work(
        kind="reg",
        title="REGISTER with digest",
        level=1000,
        measure="cpu_per_1000",
        unit="ms",
        target=0.30,
        peers="Asterisk 0.21-0.35, FreeSWITCH 1.2-1.9, Kamailio 0.03",
    ),
    Work(
        kind="play",
        title="playback, per call-second",
        level=400,
        measure="cpu_ms_per_call_s",
        unit="ms",
        target=0.40,
        peers="Asterisk 1.7-2.3, FreeSWITCH 2.3-3.8, pyVoIP 6.4-8.1",
        bare="send",
    ),
    Work(
        kind="queue",
        title="music in a queue, per call-second",
        level=400,
        measure="cpu_ms_per_call_s",
        unit="ms",
        target=0.40,
        peers="Asterisk 1.7-2.3, FreeSWITCH 2.3-3.8, pyVoIP 6.4-8.1",
        bare="send",
    ),
    Work(
        kind="bridge",
        title="bridged call, per call-second",
        level=200,
        measure="cpu_ms_per_call_s",
        unit="ms",
        target=0.70,
        peers="rtpengine 1.1-1.4, Asterisk 2.2-2.9, FreeSWITCH 3.9-4.5",
        bare="relay",
    ),
    Work(
        kind="mem",
        title="memory per call",
        level=1000,
        measure="pss_per_call_kib",
        unit="KiB",
        target=60,
        peers="Asterisk 126, FreeSWITCH 355",
    ),
)
