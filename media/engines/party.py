"""One leg inside a worker: its wire, its reports, and what it is to hear."""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from media.codecs.g711 import encode_alaw, encode_ulaw
from media.engines.programme import Programme
from media.engines.protocol import Measured
from media.engines.reports import Reports
from media.engines.speech import Speech
from media.engines.wire import Wire
from media.rtp.packet import build
from media.rtp.telephone_event import EventPacket


@dataclass(slots=True, eq=False)
class Party:
    """One leg. It hears, first that applies: nothing while it holds us, keys, its programme, music while
    its source holds, its source."""

    number: int
    port: int
    wire: Wire
    reports: Reports
    heard_at: float
    heard: int = 0
    fell_silent: bool = False
    source: "Party | None" = None
    music: int = -1
    programme: Programme | Speech | None = None
    hold: Programme | None = None
    running: Programme | None = None
    presses: deque[EventPacket | None] = field(default_factory=deque[EventPacket | None])
    press_began: int = 0

    @property
    def phase(self) -> int:
        return self.wire.line.phase

    def send_press(self) -> None:
        """The next packet of the keys waiting to be sent, or the pause after one."""
        packet = self.presses.popleft() if self.presses else None
        if packet is not None:
            line = self.wire.line
            sequence, timestamp = line.take()
            if packet.marker:
                self.press_began = timestamp
            kind = self.wire.settled.event_type
            self._send(
                build(kind, sequence, self.press_began, line.ssrc, packet.payload, marker=packet.marker)
            )

    def say(self, speech: Speech) -> None:
        """The next frame of this. While the leg may not send, it is said to nobody."""
        said, settled, line = speech.next(), self.wire.settled, self.wire.line
        if said is not None and settled.sends:
            samples, first = np.frombuffer(said[0], np.int16), said[1]
            payload = (encode_alaw if settled.alaw else encode_ulaw)(samples).tobytes()
            self._send(build(settled.payload_type, *line.take(), line.ssrc, payload, marker=first))

    def sent(self) -> int:
        """Packets on this leg's line so far."""
        if self.source is not None:
            self.source.wire.settle_accounts()
        return self.wire.line.packets

    def measure(self, *, final: bool) -> Measured:
        receiver, trip = self.wire.receiver, self.reports.round_trip_ms
        trip = -1.0 if trip is None else trip
        return Measured(
            self.number, self.sent(), receiver.received, receiver.lost, receiver.jitter_ms, trip, final
        )

    def hear_report(self, datagram: bytes, wall: float) -> bool:
        """Whether it was one; anything else is ignored."""
        return self.reports.hear(datagram, self.wire.receiver, wall)

    def send_report(self, wall: float, *, goodbye: bool = False) -> None:
        """Report to the peer, if it has a place for reports. Nobody is said goodbye to who never heard us."""
        sent, target, wire = self.sent(), self.reports.target, self.wire
        if target is None or (goodbye and not sent):
            return
        timestamp = self.source.wire.last_timestamp() if self.source else None
        if timestamp is None:
            timestamp = wire.line.next()[1]
        datagram = self.reports.compose(wire.receiver, sent, timestamp, wall, goodbye=goodbye)
        if wire.settled.mux:
            self._send(datagram)
        else:
            with suppress(OSError):  # the peer's host refuses it
                self.reports.rtcp.sendto(datagram, target)

    def _send(self, packet: bytes) -> None:
        with suppress(OSError):  # as lost as any other
            self.wire.line.send(memoryview(packet))
