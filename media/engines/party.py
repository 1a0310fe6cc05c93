"""One leg inside a worker: its wire, its reports, and what it is to hear."""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from media.engines.programme import Programme
from media.engines.protocol import Measured
from media.engines.reports import Reports
from media.engines.wire import Wire
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
    programme: Programme | None = None
    hold: Programme | None = None
    running: Programme | None = None
    presses: deque[EventPacket | None] = field(default_factory=deque[EventPacket | None])
    press_began: int = 0

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
        with suppress(OSError):  # the peer's host refuses it
            if wire.settled.mux:
                wire.line.send(memoryview(datagram))
            else:
                self.reports.rtcp.sendto(datagram, target)
