"""The legs whose peers are listened to or recorded: a frame of each every 20 ms."""

from collections.abc import Callable

import numpy as np

from media.codecs.g711 import decode_alaw, decode_ulaw
from media.engines.columns import PHASES
from media.engines.party import Party
from media.engines.protocol import Complaint, Heard, Record, Report
from media.engines.recording import Recording
from media.rtp.jitter import JitterBuffer

_LEGS_AT_ONCE = 256  # in one message, so that it fits a datagram


class Ear:
    """On one leg's wire: evens out what the peer says."""

    __slots__ = ("_buffer", "listening", "recording", "take")

    def __init__(self) -> None:
        self._buffer = JitterBuffer()
        self.take = self._buffer.take
        self.listening = False
        self.recording: Recording | None = None

    def hear(self, timestamp: int, payload: bytes, *, alaw: bool) -> None:
        decode = decode_alaw if alaw else decode_ulaw
        self._buffer.put(timestamp, decode(np.frombuffer(payload, np.uint8)).tobytes())


class Ears:
    """Those of all legs. `tell` gets Heard as it comes, and Recorded."""

    def __init__(self, tell: Callable[[Report], None]) -> None:
        self._tell = tell
        self._ears: list[dict[Party, Ear]] = [{} for _ in range(PHASES)]

    def __bool__(self) -> bool:
        return any(self._ears)

    def listen(self, party: Party, *, on: bool) -> None:
        if on or party in self._ears[party.phase]:
            self._ear(party).listening = on
            self._close_if_idle(party)

    def record(self, party: Party, order: Record) -> None:
        self.stop_recording(party)
        self._ear(party).recording = Recording(order)

    def stop_recording(self, party: Party, number: int | None = None) -> None:
        """The one of this number, or any."""
        ear = self._ears[party.phase].get(party)
        recording = ear.recording if ear is not None else None
        if ear is not None and recording is not None and number in (None, recording.number):
            ear.recording = None
            recorded = recording.close()
            self._tell(recorded)
            if recorded.problem:
                self._tell(Complaint(f"a recording failed: {recorded.problem}"))
            self._close_if_idle(party)

    def tick(self, phase: int) -> None:
        """Take 20 ms of every leg of this phase."""
        heard: list[tuple[int, bytes]] = []
        for party, ear in list(self._ears[phase].items()):
            frame = ear.take()
            if ear.listening:
                heard.append((party.number, frame))
            if ear.recording is not None:
                if not ear.recording.over:
                    ear.recording.hear(frame)
                if ear.recording.over:
                    self.stop_recording(party)
        for start in range(0, len(heard), _LEGS_AT_ONCE):
            legs, frames = zip(*heard[start : start + _LEGS_AT_ONCE], strict=True)
            self._tell(Heard(legs, b"".join(frames)))

    def close(self, party: Party) -> None:
        self.stop_recording(party)
        self.listen(party, on=False)

    def _ear(self, party: Party) -> Ear:
        ears = self._ears[party.phase]
        if party not in ears:
            ears[party] = Ear()
            party.wire.tap = ears[party].hear
        return ears[party]

    def _close_if_idle(self, party: Party) -> None:
        ear = self._ears[party.phase][party]
        if not ear.listening and ear.recording is None:
            del self._ears[party.phase][party]
            party.wire.tap = None
