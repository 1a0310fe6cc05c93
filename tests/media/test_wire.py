"""The hot paths of a wire against plain arithmetic: what goes out, and what is counted."""

from collections import deque
from typing import Any, NamedTuple, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from media.engines.arena import Arena
from media.engines.columns import Columns
from media.engines.protocol import Settle
from media.engines.wire import Counts, Wire
from media.rtp.packet import Packet, build, parse
from media.rtp.receiver import Receiver

PEER = ("192.0.2.1", 4000)
SETTLED = Settle(1, 2, *PEER, "", -1, PEER[0], 0, False, 101, True, True, False, False)


class Datagrams:
    """A socket whose peer is `PEER`, and which has in it what was put there."""

    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque()

    def recv_into(self, buffer: bytearray) -> int:
        if not self.waiting:
            raise BlockingIOError
        datagram = self.waiting.popleft()
        buffer[: len(datagram)] = datagram
        return len(datagram)

    def recvfrom_into(self, buffer: bytearray) -> tuple[int, tuple[str, int]]:
        return self.recv_into(buffer), PEER

    def connect(self, address: tuple[str, int]) -> None:
        assert address == PEER

    def send(self, packet: memoryview) -> None:
        raise AssertionError("nobody is sent to here")


class Nobody:
    def pressed(self, wire: Wire, key: str) -> None: ...
    def latched(self, wire: Wire) -> None: ...
    def parted(self, udp: object) -> None: ...
    def reported(self, wire: Wire, datagram: bytes) -> None: ...


class Relay:
    """Two legs, of which the second hears the first; its line begins at `sequence` and `timestamp`."""

    def __init__(
        self, sequence: int, timestamp: int, columns: Columns | None = None, *, alaw: bool = False
    ) -> None:
        self.columns = columns = columns or Columns(Arena(1))
        self.peer = Datagrams()
        self.sent: list[Packet] = []
        self.wire = Wire(cast(Any, self.peer), SETTLED, columns.open(1, 0, 0), cast(Any, Nobody()), Counts())
        hearer = Wire(
            cast(Any, Datagrams()),
            SETTLED._replace(alaw=alaw, payload_type=8 if alaw else 0),
            columns.open(77, sequence, timestamp),
            cast(Any, Nobody()),
            Counts(),
        )
        hearer.line.aim(8 if alaw else 0, self._hear)
        self.line = hearer.line
        self.wire.feed(hearer, relaying=True)

    def take(self, datagram: bytes, now: int) -> None:
        self.peer.waiting.append(datagram)
        [(_, take)] = self.wire.takes
        take(now)

    def hear(self, payload: bytes) -> None:
        self.take(build(0, 1, 160, 9, payload), 160)

    def _hear(self, packet: memoryview) -> None:
        parsed = parse(bytes(packet))
        assert parsed is not None
        self.sent.append(parsed)


class Sent(NamedTuple):
    """What the peer does next: `skip` numbers are never sent, `pause` frames of time go by."""

    skip: int = 0
    pause: int = 0
    swap: bool = False
    twice: bool = False
    size: int = 160
    marker: bool = False


steps = st.one_of(
    st.just(Sent()),
    st.builds(
        Sent,
        skip=st.sampled_from([0, 0, 1, 5]),
        pause=st.sampled_from([0, 0, 3]),
        swap=st.booleans(),
        twice=st.booleans(),
        size=st.sampled_from([160, 80, 240]),
        marker=st.booleans(),
    ),
)
near_a_turn = st.sampled_from([0, 1, 0xFFFF, 0xFFFE, 0xFFF0, 30000])
near_a_turn_32 = st.sampled_from([0, 0xFFFFFFFF, 0xFFFFFF60, 0xFFFFF000, 12345])


def packets_of(sequence: int, timestamp: int, steps: list[Sent]) -> list[Packet]:
    """In the order in which they arrive; numbers as they are before they are cut to their fields."""
    packets: list[Packet] = []
    for at, step in enumerate(steps):
        sequence += step.skip
        timestamp += (step.skip + step.pause) * 160
        payload = bytes([at % 256]) * step.size
        packets.append(Packet(step.marker, 0, sequence, timestamp, 9, payload))
        sequence, timestamp = sequence + 1, timestamp + step.size
        if step.swap and len(packets) > 2:
            packets[-1], packets[-2] = packets[-2], packets[-1]
        packets += packets[-1:] * step.twice
    return packets


@given(near_a_turn, near_a_turn_32, near_a_turn, near_a_turn_32, st.lists(steps, min_size=1, max_size=40))
@example(0xFFF0, 0xFFFFF000, 0xFFFE, 0xFFFFFF60, [Sent()] * 40)
@settings(max_examples=80, deadline=None)
def test_packets_are_shifted_by_constants_over_every_turn(
    sequence: int, timestamp: int, line_sequence: int, line_timestamp: int, steps: list[Sent]
) -> None:
    relay = Relay(line_sequence, line_timestamp)
    packets = packets_of(sequence, timestamp, steps)
    for at, packet in enumerate(packets):
        marker, _, number, stamp, ssrc, payload = packet
        relay.take(build(0, number, stamp, ssrc, payload, marker=marker), at * 160)
    expected = [
        Packet(
            packet.marker or at == 0,
            0,
            line_sequence + packet.sequence - packets[0].sequence & 0xFFFF,
            line_timestamp + packet.timestamp - packets[0].timestamp & 0xFFFFFFFF,
            77,
            packet.payload,
        )
        for at, packet in enumerate(packets)
    ]
    assert relay.sent == expected
    relay.wire.settle_accounts()
    assert relay.line.packets == len(packets)
    latest = max(packets, key=lambda packet: packet.sequence)
    shift = line_timestamp - packets[0].timestamp
    assert relay.wire.last_timestamp() == latest.timestamp + shift & 0xFFFFFFFF
    relay.wire.feed(None, relaying=False)
    next_number = line_sequence + latest.sequence + 1 - packets[0].sequence
    assert relay.line.next()[0] == next_number & 0xFFFF


@given(
    near_a_turn,
    near_a_turn_32,
    st.lists(st.tuples(steps, st.integers(0, 400)), min_size=1, max_size=40),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_a_receiver_knows_the_same_as_one_that_was_told_of_every_packet(
    sequence: int, timestamp: int, moves: list[tuple[Sent, int]], relaying: bool
) -> None:
    relay, told = Relay(1, 2), Receiver()
    if not relaying:
        relay.wire.feed(None, relaying=False)
    packets = packets_of(sequence, timestamp, [step for step, _ in moves])
    told.start(9, packets[0].sequence & 0xFFFF)
    now = 0
    for at, packet in enumerate(packets):
        now += moves[at % len(moves)][1]
        relay.take(build(0, packet.sequence, packet.timestamp, 9, packet.payload), now)
        told.update(packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF, now, len(packet.payload))
    receiver = relay.wire.receiver
    assert (receiver.received, receiver.lost) == (told.received, told.lost)
    assert receiver.jitter_ms == told.jitter_ms
    assert receiver.report(1.0) == told.report(1.0)


def test_a_row_of_packets_in_the_other_codec_is_turned_into_the_hearer_s() -> None:
    relay = Relay(5, 6, alaw=True)
    for at in range(5):
        relay.take(build(0, at, 160 * at, 9, b"\xff" * 160), 160 * at)
    assert [packet.payload for packet in relay.sent] == [b"\xd5" * 160] * 5
    assert {packet.payload_type for packet in relay.sent} == {8}


def test_a_packet_that_comes_again_after_a_late_one_is_not_taken_for_the_next() -> None:
    relay = Relay(5, 6)
    for at in (0, 1, 3, 2, 3, 4, 5):
        relay.take(build(0, at, 160 * at, 9, b"x" * 160), 160 * at)
    assert [packet.sequence - 5 for packet in relay.sent] == [0, 1, 3, 2, 3, 4, 5]
    assert relay.wire.last_timestamp() == 6 + 5 * 160
    relay.wire.feed(None, relaying=False)
    assert relay.line.next()[0] == 5 + 6


def test_another_source_is_another_even_if_its_numbers_go_on() -> None:
    relay = Relay(5, 6)
    for at in range(6):
        relay.take(build(0, at, 160 * at, 9 + at // 3, b"x" * 160), 160 * at)
    assert [packet.marker for packet in relay.sent] == [True, False, False] * 2
    assert [packet.sequence for packet in relay.sent] == [*range(5, 11)]
    report = relay.wire.receiver.report(0.0)
    assert report is not None
    assert report.ssrc == 10


def test_a_header_without_sound_is_no_packet_wherever_it_comes_in_a_row() -> None:
    relay = Relay(5, 6)
    for at in range(3):
        relay.take(build(0, at, 160 * at, 9, b"x" * 160), 160 * at)
    relay.take(build(0, 3, 480, 9, b""), 480)
    assert len(relay.sent) == 3
    assert relay.wire.receiver.received == 3


def test_who_listens_in_gets_every_packet() -> None:
    relay, heard = Relay(5, 6), list[tuple[int, bytes, bool]]()

    def listen_in(timestamp: int, payload: bytes, *, alaw: bool) -> None:
        heard.append((timestamp, payload, alaw))

    relay.wire.tap = listen_in
    relay.wire.feed(None, relaying=False)
    for at, kind in enumerate((0, 0, 8, 0, 101)):
        relay.take(build(kind, at, 160 * at, 9, bytes([at]) * 160), 160 * at)
    assert heard == [(160 * at, bytes([at]) * 160, at == 2) for at in range(4)]
