"""One leg's RTP on the wire: taking its peer's packets, and passing them on to whoever hears them."""

import socket
from collections.abc import Callable
from functools import partial
from struct import Struct
from typing import Protocol

from media.codecs.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW
from media.engines.columns import MARKER, PLAIN, Line, Send, nowhere
from media.engines.latch import Latch
from media.engines.protocol import Settle
from media.rtp.packet import HEADER_SIZE, Packet, is_rtcp, parse
from media.rtp.receiver import Receiver
from media.rtp.telephone_event import KeyDetector

_HEADER = Struct("!HHII")  # version to payload type as one number, sequence, timestamp, SSRC
_unpack, _pack = _HEADER.unpack_from, _HEADER.pack_into

_SIZE = 2048
_BUFFER = bytearray(_SIZE)  # one thread, one packet at a time
_VIEWS = [memoryview(_BUFFER)[:size] for size in range(_SIZE + 1)]

_NEVER = -1  # no packet begins like this
_JUMP = 3000  # a step further ahead than this, or further back than _BACK, is a restart (RFC 3550 A.1)
_BACK = 100
_BACKLOG = 1000  # packets: more than a socket's buffer holds


class Events(Protocol):
    """Whom a wire tells what it hears."""

    def pressed(self, wire: "Wire", key: str) -> None: ...
    def latched(self, wire: "Wire") -> None: ...
    def reported(self, wire: "Wire", datagram: bytes) -> None: ...


class Counts:
    """Packets dropped in this process: from strangers, and such as nobody could use."""

    __slots__ = ("foreign", "garbage")

    def __init__(self) -> None:
        self.foreign = self.garbage = 0


class Wire:
    """A socket, the peer behind it, and the line to that peer.

    `relay` and `absorb` are the hot paths, for a packet that is simply the next of the peer's stream;
    `_sort` takes everything else. Packets to the hearer go out on the hearer's line, shifted by constants,
    so that gaps and swapped packets stay what they were.
    """

    __slots__ = (
        "_alaw",
        "_carried",
        "_counts",
        "_events",
        "_floor",
        "_forward",
        "_keys",
        "_kind_out",
        "_latest",
        "_mapped",
        "_next",
        "_plain",
        "_receive",
        "_sequence_shift",
        "_ssrc",
        "_ssrc_out",
        "_table",
        "_timestamp_shift",
        "_update",
        "hearer",
        "latch",
        "line",
        "receiver",
        "relaying",
        "rtp",
        "settled",
    )

    def __init__(
        self, rtp: socket.socket, settled: Settle, line: Line, events: Events, counts: Counts
    ) -> None:
        self.line, self._events, self._counts = line, events, counts
        self.settled = settled
        self.receiver = Receiver()
        self._update = self.receiver.update
        self._keys = KeyDetector()
        self._plain = self._next = _NEVER
        self._ssrc: int = _NEVER
        self._alaw = settled.alaw
        self._latest = self._carried = self._floor = 0
        self.hearer: Wire | None = None
        self.relaying = self._mapped = False
        self._sequence_shift = self._timestamp_shift = self._kind_out = self._ssrc_out = 0
        self._table: bytes | None = None
        self._forward: Send = nowhere
        self.use(rtp)

    def use(self, rtp: socket.socket) -> None:
        """Begin on this unconnected socket, waiting for the described peer or one that may stand for it."""
        self.rtp, self._receive = rtp, rtp.recv_into
        self.latch = Latch((self.settled.host, self.settled.remote_port), self.settled.source)

    def settle(self, settled: Settle) -> None:
        """From now on with these payload types and directions."""
        self.settled = settled
        self._plain = _NEVER

    def aim(self) -> None:
        """Let the line go to where the peer now is, if it may send at all."""
        if not self.settled.sends:
            send: Send = nowhere
        elif self.latch.sure:
            send = self.rtp.send
        else:
            send = partial(_send_to, self.rtp, self.latch.target)
        self.line.aim(self.settled.payload_type, send)

    @property
    def take(self) -> Callable[[int], None]:
        """What reads one packet from the socket as things are; its argument is now, in 1/8000 s."""
        if not self.latch.sure:
            return self.meet
        return self.relay if self.relaying else self.absorb

    def feed(self, hearer: "Wire | None", *, relaying: bool) -> None:
        """Who hears this leg, and whether its packets are passed on as they come."""
        if self.hearer is not hearer or not relaying:
            self._unmap()
        self.hearer = hearer
        self.relaying = relaying and hearer is not None and self.settled.receives
        if hearer is not None:
            self._kind_out = PLAIN | hearer.settled.payload_type
            self._ssrc_out = hearer.line.ssrc
            self._forward = hearer.line.send
        self._plain = _NEVER  # the next packet is looked at in full
        self._choose_table()

    def relay(self, now: int) -> None:
        size = self._receive(_BUFFER)
        kind, sequence, timestamp, ssrc = _unpack(_BUFFER)
        if kind != self._plain or sequence != self._next or ssrc != self._ssrc or size <= HEADER_SIZE:
            self._sort(size, now)
            return
        self._next = sequence + 1
        self._update(sequence, timestamp, now)
        self._latest = timestamp
        self._carried += 1
        if self._table is not None:
            _BUFFER[HEADER_SIZE:size] = _BUFFER[HEADER_SIZE:size].translate(self._table)
        sequence = sequence + self._sequence_shift & 0xFFFF
        timestamp = timestamp + self._timestamp_shift & 0xFFFFFFFF
        _pack(_BUFFER, 0, self._kind_out, sequence, timestamp, self._ssrc_out)
        self._forward(_VIEWS[size])

    def absorb(self, now: int) -> None:
        size = self._receive(_BUFFER)
        kind, sequence, timestamp, ssrc = _unpack(_BUFFER)
        if kind != self._plain or sequence != self._next or ssrc != self._ssrc or size <= HEADER_SIZE:
            self._sort(size, now)
            return
        self._next = sequence + 1
        self._update(sequence, timestamp, now)
        self._latest = timestamp

    def meet(self, now: int) -> None:
        """While it is not sure who the peer is: look at every packet's source."""
        size, address = self.rtp.recvfrom_into(_BUFFER)
        if size <= HEADER_SIZE or _BUFFER[0] & 0xC0 != 0x80:
            self._counts.garbage += 1
            return
        before = self.latch.peer
        if not self.latch.admits(address[:2]):
            self._counts.foreign += 1
            return
        if self.latch.sure:
            self.rtp.connect(address)
        if self.latch.sure or self.latch.peer != before:
            self._events.latched(self)
        self._sort(size, now)
        if self.latch.sure:
            self._clear_queue(now)

    def skip_backlog(self, now: int) -> None:
        """After a pause of ours: take what has piled up, but pass nothing of it on."""
        relaying, self.relaying = self.relaying, False
        take = self.take
        try:
            for _ in range(_BACKLOG):
                take(now)
        except OSError:
            pass
        self.relaying = relaying

    def settle_accounts(self) -> None:
        """Count on the hearer's line what was passed on since the last time."""
        if self.hearer is not None:
            self.hearer.line.carried(self._carried)
        self._carried = 0

    def last_timestamp(self) -> int | None:
        """Of the packets now passed on, as the hearer sees it; None if none are."""
        return self._latest + self._timestamp_shift & 0xFFFFFFFF if self._mapped else None

    def _clear_queue(self, now: int) -> None:
        """The kernel keeps strangers out once connected, but not out of what had come before."""
        try:
            for _ in range(_BACKLOG):
                size, address = self.rtp.recvfrom_into(_BUFFER)
                if address[:2] == self.latch.peer:
                    self._sort(size, now)
                else:
                    self._counts.foreign += 1
        except OSError:
            pass

    def _sort(self, size: int, now: int) -> None:
        datagram = bytes(_VIEWS[size])
        if self.settled.mux and is_rtcp(datagram):
            self._events.reported(self, datagram)
            return
        packet = parse(datagram)
        if packet is None or not packet.payload:
            self._counts.garbage += 1
        elif packet.payload_type == self.settled.event_type:
            self._take_event(packet)
        elif packet.payload_type in (self.settled.payload_type, 0, 8):
            self._take_audio(packet, now)
        else:
            self._counts.garbage += 1

    def _take_audio(self, packet: Packet, now: int) -> None:
        late = self._step(packet)
        self._update(packet.sequence, packet.timestamp, now)
        self._plain = PLAIN | packet.payload_type
        own = packet.payload_type == self.settled.payload_type
        self._alaw = self.settled.alaw if own else packet.payload_type == 8
        self._choose_table()
        if self.relaying:
            payload = packet.payload.translate(self._table) if self._table else packet.payload
            self._pass_on(packet, self._kind_out, payload, late=late)

    def _take_event(self, packet: Packet) -> None:
        late = self._step(packet)
        self.receiver.count(packet.sequence)
        key = self._keys.hear(packet.ssrc, packet.timestamp, packet.payload)
        if self.hearer is None or self.hearer is self:
            if key is not None:
                self._events.pressed(self, key)
        elif self.relaying and self.hearer.settled.event_type >= 0:
            self._pass_on(packet, PLAIN | self.hearer.settled.event_type, packet.payload, late=late)

    def _step(self, packet: Packet) -> bool:
        """Follow the peer's numbering; whether the packet comes after one that it was sent before."""
        if packet.ssrc != self._ssrc:
            self._unmap()
            self.receiver.start(packet.ssrc, packet.sequence)
            self._ssrc, self._next = packet.ssrc, packet.sequence
        step = (packet.sequence - self._next + 0x8000 & 0xFFFF) - 0x8000
        if step >= _JUMP or step < -_BACK:
            self._unmap()
            step = 0
        if step < 0:
            return True
        self._next, self._latest = packet.sequence + 1, packet.timestamp
        return False

    def _pass_on(self, packet: Packet, kind: int, payload: bytes, *, late: bool) -> None:
        if not self._mapped:
            self._map(packet)
            kind |= MARKER
        elif late and packet.sequence - self._floor & 0xFFFF > 0xFF00:
            return  # older than the first we passed on: its number on the hearer's line is taken
        elif packet.marker:
            kind |= MARKER
        sequence = packet.sequence + self._sequence_shift & 0xFFFF
        timestamp = packet.timestamp + self._timestamp_shift & 0xFFFFFFFF
        self._carried += 1
        self._forward(memoryview(_HEADER.pack(kind, sequence, timestamp, self._ssrc_out) + payload))

    def _map(self, packet: Packet) -> None:
        """This packet takes the next place on the hearer's line."""
        assert self.hearer is not None
        sequence, timestamp = self.hearer.line.next()
        self._sequence_shift, self._timestamp_shift = sequence - packet.sequence, timestamp - packet.timestamp
        self._floor, self._mapped = packet.sequence, True

    def _unmap(self) -> None:
        """Let the hearer's line go on from where our packets left it."""
        if self._mapped and self.hearer is not None:
            latest = self._latest + self._timestamp_shift
            self.hearer.line.follow(self._next + self._sequence_shift, latest)
        self.settle_accounts()
        self._mapped, self._plain = False, _NEVER

    def _choose_table(self) -> None:
        if self.hearer is None or self.hearer.settled.alaw == self._alaw:
            self._table = None
        else:
            self._table = ALAW_TO_ULAW if self._alaw else ULAW_TO_ALAW


def _send_to(rtp: socket.socket, target: tuple[str, int], packet: memoryview) -> None:
    rtp.sendto(packet, target)
