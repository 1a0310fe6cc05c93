"""One leg's RTP on the wire: taking its peer's packets, and passing them on to whoever hears them."""

import socket
from collections.abc import Sequence
from functools import partial
from struct import Struct
from typing import Protocol

from media.codecs.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW
from media.engines.columns import PLAIN, Line, Send, nowhere
from media.engines.crossing import NEXT, Crossing, place
from media.engines.latch import Address, Latch
from media.engines.poll import Take
from media.engines.protocol import Settle
from media.rtp.packet import HEADER_SIZE, Packet, build, is_rtcp, parse
from media.rtp.receiver import Receiver
from media.rtp.telephone_event import KeyDetector

_HEADER = Struct("!QI")  # the place of a packet (version to timestamp as one number), and its SSRC
_unpack, _pack = _HEADER.unpack_from, _HEADER.pack_into

_SIZE = 2048
_BUFFER = bytearray(_SIZE)  # one thread, one packet at a time
_VIEWS = [memoryview(_BUFFER)[:size] for size in range(_SIZE + 1)]

_LOOK = 1 << 64  # in an expected place: no packet has it, so that the next one is looked at in full
_NOBODY = -1  # no packet's SSRC
_JUMP = 3000  # a step further ahead than this, or further back than _BACK, is a restart (RFC 3550 A.1)
_BACK = 100
_BACKLOG = 1000  # packets: more than a socket's buffer holds


class Tap(Protocol):
    """Who listens in on a wire."""

    def __call__(self, timestamp: int, payload: bytes, *, alaw: bool) -> None: ...


class Events(Protocol):
    """Whom a wire tells what it hears."""

    def pressed(self, wire: "Wire", key: str) -> None: ...
    def latched(self, wire: "Wire") -> None: ...
    def parted(self, udp: socket.socket) -> None: ...
    def reported(self, wire: "Wire", datagram: bytes) -> None: ...


class Counts:
    """Packets dropped in this process: from strangers, and such as nobody could use."""

    __slots__ = ("foreign", "garbage")

    def __init__(self) -> None:
        self.foreign = self.garbage = 0


class Wire:
    """A socket, the peer behind it, and the line to that peer.

    `_relay` and `_absorb` are the hot paths, for a packet that is simply the next of the peer's stream: they
    touch as little as can be, and what they took is counted when somebody asks. `_sort` takes all else.
    `tap`, if there is one, gets every audio packet; they are all looked at in full then.

    Until it is sure who the peer is, `rtp` is not connected; `mouth`, on the same port, may be connected to
    the described peer, to send at a connected socket's price.
    """

    __slots__ = (
        "_alaw",
        "_carried",
        "_counts",
        "_crossing",
        "_events",
        "_expected",
        "_follow",
        "_forward",
        "_keys",
        "_kind_out",
        "_last",
        "_latest",
        "_receive",
        "_receiver",
        "_run_from",
        "_sequence",
        "_shift",
        "_ssrc",
        "_ssrc_out",
        "_stride",
        "_table",
        "hearer",
        "latch",
        "line",
        "mouth",
        "relaying",
        "rtp",
        "settled",
        "tap",
    )

    def __init__(
        self, rtp: socket.socket, settled: Settle, line: Line, events: Events, counts: Counts
    ) -> None:
        self.line, self._events, self._counts = line, events, counts
        self.settled = settled
        self._receiver = Receiver()
        self._follow = self._receiver.follow
        self._keys = KeyDetector()
        self._ssrc: int = _NOBODY
        self._sequence = self._latest = 0  # number expected next, timestamp before it; see _catch_up
        self._expected = self._run_from = _LOOK
        self._stride = NEXT
        self._alaw = settled.alaw
        self.hearer: Wire | None = None
        self.relaying = False
        self._crossing: Crossing | None = None
        self._kind_out = self._ssrc_out = self._shift = self._last = self._carried = 0
        self._table: bytes | None = None
        self._forward: Send = nowhere
        self.tap: Tap | None = None
        self.use(rtp)

    @property
    def receiver(self) -> Receiver:
        """Up to date."""
        self._catch_up()
        return self._receiver

    def use(self, rtp: socket.socket) -> None:
        """Begin on this unconnected socket, waiting for the described peer or one that may stand for it."""
        self.rtp, self._receive = rtp, rtp.recv_into
        self.mouth: socket.socket | None = None
        self.latch = Latch((self.settled.host, self.settled.remote_port), self.settled.source)

    def settle(self, settled: Settle) -> None:
        """From now on with these payload types and directions."""
        self.settled = settled
        self._look()

    def aim(self) -> None:
        """Let the line go to where the peer now is, if it may send at all."""
        if not self.settled.sends:
            send: Send = nowhere
        elif self.latch.sure:
            send = self.rtp.send
        elif self.mouth is not None and self.latch.target == self.latch.described:
            send = self.mouth.send
        else:
            send = partial(_send_to, self.rtp, self.latch.target)
        self.line.aim(self.settled.payload_type, send)

    @property
    def takes(self) -> Sequence[tuple[socket.socket, Take]]:
        """What reads one packet from each socket as things are; its argument is now, in 1/8000 s."""
        if self.latch.sure:
            return ((self.rtp, self._relay if self.relaying else self._absorb),)
        return tuple((udp, partial(self._meet, udp)) for udp in (self.rtp, self.mouth) if udp is not None)

    def feed(self, hearer: "Wire | None", *, relaying: bool) -> None:
        """Who hears this leg, and whether its packets are passed on as they come."""
        self._look()
        if self.hearer is not hearer or not relaying:
            self._end_crossing()
        self.hearer = hearer
        self.relaying = relaying and hearer is not None and self.settled.receives
        if hearer is not None:
            self._kind_out = PLAIN | hearer.settled.payload_type
            self._ssrc_out = hearer.line.ssrc
            self._forward = hearer.line.send
        self._choose_table()

    def skip_backlog(self, now: int) -> None:
        """After a pause of ours: take what has piled up, but pass nothing of it on."""
        self._look()
        relaying, self.relaying = self.relaying, False
        for _, take in self.takes:
            try:
                for _ in range(_BACKLOG):
                    take(now)
            except OSError:
                pass
        self._look()
        self.relaying = relaying

    def settle_accounts(self) -> None:
        """Count on the hearer's line what was passed on since the last time."""
        self._catch_up()
        if self.hearer is not None:
            self.hearer.line.carried(self._carried)
        self._carried = 0

    def last_timestamp(self) -> int | None:
        """Of the packets now passed on, as the hearer sees it; None if none are."""
        self._catch_up()
        return self._crossing.timestamp(self._latest) if self._crossing is not None else None

    # The hot paths

    def _relay(self, now: int) -> None:
        receive = self._receive
        size = receive(_BUFFER)
        here, ssrc = _unpack(_BUFFER)
        if here != self._expected or ssrc != self._ssrc or here > self._last or size <= HEADER_SIZE:
            self._sort(size, now)
            return
        self._expected = here + self._stride
        follow = self._follow
        follow(now)
        if self._table is not None:
            _BUFFER[HEADER_SIZE:size] = _BUFFER[HEADER_SIZE:size].translate(self._table)
        _pack(_BUFFER, 0, here + self._shift, self._ssrc_out)
        forward = self._forward
        forward(_VIEWS[size])

    def _absorb(self, now: int) -> None:
        receive = self._receive
        size = receive(_BUFFER)
        here, ssrc = _unpack(_BUFFER)
        if here != self._expected or ssrc != self._ssrc or size <= HEADER_SIZE:
            self._sort(size, now)
            return
        self._expected = here + self._stride
        follow = self._follow
        follow(now)

    def _catch_up(self) -> None:
        """Count what the hot paths took since the last time."""
        taken = (self._expected - self._run_from) // self._stride
        if taken:
            self._run_from = self._expected
            samples = taken * (self._stride - NEXT)
            self._sequence = self._sequence + taken & 0xFFFF
            self._latest = self._latest + samples & 0xFFFFFFFF
            self._receiver.catch_up(taken, samples)
            if self.relaying:
                self._carried += taken

    def _look(self) -> None:
        """The next packet is looked at in full, whatever it is."""
        self._catch_up()
        self._expected |= _LOOK
        self._run_from = self._expected

    def _expect(self, packet: Packet) -> None:
        """The next packet need not be looked at if it simply follows this one (G.711: a sample is a byte)."""
        samples, kind = len(packet.payload), PLAIN | packet.payload_type
        self._stride = NEXT + samples
        self._expected = self._run_from = place(kind, packet.sequence, packet.timestamp) + self._stride
        if self._crossing is not None:
            self._shift, self._last = self._crossing.run(packet, kind, self._kind_out, samples)

    # While it is not sure who the peer is

    def _meet(self, udp: socket.socket, now: int) -> None:
        """Look at every packet's source."""
        size, address = udp.recvfrom_into(_BUFFER)
        if size <= HEADER_SIZE or _BUFFER[0] & 0xC0 != 0x80:
            self._counts.garbage += 1
            return
        before = self.latch.peer
        if not self.latch.admits(address[:2]):
            self._counts.foreign += 1
            return
        others = self._stay_with(address) if self.latch.sure else ()
        if self.latch.sure or self.latch.peer != before:
            self._events.latched(self)
        self._sort(size, now)
        for other in others:
            self._clear_queue(other, now)
            if other is not self.rtp:
                self._events.parted(other)

    def _stay_with(self, address: Address) -> Sequence[socket.socket]:
        """Be connected to this peer; the sockets that still hold what came before."""
        ear, mouth = self.rtp, self.mouth
        if mouth is not None and address[:2] == self.latch.described:
            self.rtp, self._receive = mouth, mouth.recv_into
        else:
            ear.connect(address)
        self.mouth = None
        return (ear,) if mouth is None else (ear, mouth)

    def _clear_queue(self, udp: socket.socket, now: int) -> None:
        """The kernel keeps strangers out once connected, but not out of what had come before."""
        try:
            for _ in range(_BACKLOG):
                size, address = udp.recvfrom_into(_BUFFER)
                if address[:2] == self.latch.peer:
                    self._sort(size, now)
                else:
                    self._counts.foreign += 1
        except OSError:
            pass

    # Whatever is not simply the next packet

    def _sort(self, size: int, now: int) -> None:
        self._look()
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
        self._receiver.update(packet.sequence, packet.timestamp, now, len(packet.payload))
        own = packet.payload_type == self.settled.payload_type
        self._alaw = self.settled.alaw if own else packet.payload_type == 8
        self._choose_table()
        if self.relaying:
            payload = packet.payload.translate(self._table) if self._table else packet.payload
            self._pass_on(packet, self._kind_out, payload, late=late)
        if self.tap is not None:
            self.tap(packet.timestamp, packet.payload, alaw=self._alaw)
        elif not late:
            self._expect(packet)

    def _take_event(self, packet: Packet) -> None:
        late = self._step(packet)
        self._receiver.count(packet.sequence)
        key = self._keys.hear(packet.ssrc, packet.timestamp, packet.payload)
        if self.hearer is None or self.hearer is self:
            if key is not None:
                self._events.pressed(self, key)
        elif self.relaying and self.hearer.settled.event_type >= 0:
            self._pass_on(packet, PLAIN | self.hearer.settled.event_type, packet.payload, late=late)

    def _step(self, packet: Packet) -> bool:
        """Follow the peer's numbering; whether the packet comes after one that it was sent before."""
        if packet.ssrc != self._ssrc:
            self._end_crossing()
            self._receiver.start(packet.ssrc, packet.sequence)
            self._ssrc, self._sequence = packet.ssrc, packet.sequence
        step = (packet.sequence - self._sequence + 0x8000 & 0xFFFF) - 0x8000
        if step >= _JUMP or step < -_BACK:
            self._end_crossing()
            step = 0
        if step < 0:
            return True
        self._sequence, self._latest = packet.sequence + 1 & 0xFFFF, packet.timestamp
        return False

    def _pass_on(self, packet: Packet, kind: int, payload: bytes, *, late: bool) -> None:
        marker = packet.marker
        if self._crossing is None:
            assert self.hearer is not None
            self._crossing = Crossing(packet, self.hearer.line)
            marker = True
        elif late and not self._crossing.admits(packet):
            return
        self._carried += 1
        sequence, timestamp = self._crossing.onto_line(packet)
        message = build(kind & 0x7F, sequence, timestamp, self._ssrc_out, payload, marker=marker)
        self._forward(memoryview(message))

    def _end_crossing(self) -> None:
        """Let the hearer's line go on from where our packets left it."""
        self.settle_accounts()
        if self._crossing is not None:
            self._crossing.end(self._sequence, self._latest)
        self._crossing = None

    def _choose_table(self) -> None:
        if self.hearer is None or self.hearer.settled.alaw == self._alaw:
            self._table = None
        else:
            self._table = ALAW_TO_ULAW if self._alaw else ULAW_TO_ALAW


def _send_to(rtp: socket.socket, target: Address, packet: memoryview) -> None:
    rtp.sendto(packet, target)
