"""The parts of a worker that need no process: latch, lines, programmes, messages."""

import socket
from contextlib import ExitStack
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.engines.arena import Arena, Segment
from media.engines.columns import PHASES, Columns, Line
from media.engines.latch import STREAK, Latch
from media.engines.ports import BATCH, Ports, open_udp
from media.engines.programme import Programme
from media.engines.protocol import Beat, Play, Ready, Settle, pack, unpack_commands, unpack_reports
from media.engines.wire import Counts, Wire
from media.rtp.packet import Packet, parse
from tests.media.phones import Phone
from tests.support.ports import own_port

DESCRIBED, NATTED, FOREIGN = ("10.0.0.1", 4000), ("192.0.2.7", 5000), ("198.51.100.9", 4000)
SETTLED = Settle(1, 2, "a", 3, "", -1, "b", 0, False, 101, True, True, False, False)


class Ear:
    """What a line has sent."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def __call__(self, packet: memoryview) -> None:
        parsed = parse(bytes(packet))
        assert parsed is not None
        self.packets.append(parsed)


def columns_with(*clips: bytes) -> tuple[Columns, Arena, list[Segment]]:
    """Every byte of a clip's text is one frame of that byte."""
    arena = Arena(1)
    segments = [arena.append(np.frombuffer(clip, np.uint8).repeat(160).reshape(-1, 160)) for clip in clips]
    return Columns(arena), arena, segments


def open_line(columns: Columns, number: int = 1) -> tuple[Line, Ear]:
    line, ear = columns.open(number, 65_534, 0xFFFFFF00), Ear()
    line.aim(8, ear)
    return line, ear


def serve_frames(columns: Columns, frames: int) -> list[Line]:
    return [line for _ in range(frames * PHASES) for line in columns.serve()]


def heard(ear: Ear) -> bytes:
    return bytes(packet.payload[0] for packet in ear.packets)


def test_a_line_plays_its_segment_and_no_more() -> None:
    columns, _, [segment] = columns_with(b"abc")
    line, ear = open_line(columns)
    line.start(segment)
    assert serve_frames(columns, 2) == []
    assert serve_frames(columns, 1) == [line]
    line.stop()
    serve_frames(columns, 5)
    assert heard(ear) == b"abc"
    assert [packet.sequence for packet in ear.packets] == [65_534, 65_535, 0]
    assert [packet.timestamp - 0xFFFFFF00 & 0xFFFFFFFF for packet in ear.packets] == [0, 160, 320]
    assert [packet.marker for packet in ear.packets] == [True, False, False]
    assert {packet.payload_type for packet in ear.packets} == {8}
    assert line.packets == 3
    assert not columns.playing


def test_time_goes_by_in_silence_and_in_skipped_ticks() -> None:
    columns, _, [segment] = columns_with(b"ab")
    line, ear = open_line(columns)
    line.start(segment)
    serve_frames(columns, 1)
    columns.skip(10 * PHASES)
    serve_frames(columns, 1)
    line.stop()
    serve_frames(columns, 3)
    line.start(segment)
    serve_frames(columns, 1)
    stamps = [packet.timestamp - 0xFFFFFF00 & 0xFFFFFFFF for packet in ear.packets]
    assert stamps == [0, 11 * 160, 15 * 160]


@given(st.integers(0, 3), st.lists(st.integers(0, 23), max_size=6))
def test_skipping_ticks_is_the_same_for_every_line(before: int, skips: list[int]) -> None:
    columns, _, [segment] = columns_with(b"a" * 50)
    lines = [open_line(columns, number) for number in range(PHASES)]
    for line, _ in lines:
        line.start(segment)
    for _ in range(before):
        columns.serve()
    for skip in skips:
        columns.skip(skip)
    for _, ear in lines:
        ear.packets.clear()
    serve_frames(columns, 1)
    tick = before + sum(skips)
    for line, ear in lines:
        frame = (tick + (line.phase - tick) % PHASES) // PHASES
        assert ear.packets[0].timestamp == (0xFFFFFF00 + 160 * frame) & 0xFFFFFFFF


@given(st.lists(st.tuples(st.sampled_from((0, 4, 8, 1)), st.booleans()), max_size=40))
def test_lines_coming_and_going_never_disturb_each_other(moves: list[tuple[int, bool]]) -> None:
    """Against a line that is served alone: the same clip position, whatever the others do."""
    columns, _, segments = columns_with(*(bytes([65 + at]) * 40 for at in range(12)))
    lines = [open_line(columns, number) for number in range(12)]
    expected = [0] * 12
    playing: set[int] = set()
    for at, start in moves:
        if start and at not in playing:
            lines[at][0].start(segments[at])
            playing.add(at)
        elif not start and at in playing:
            lines[at][0].stop()
            playing.discard(at)
        for line in serve_frames(columns, 1):
            line.start(segments[[line for line, _ in lines].index(line)], marker=False)
        for number in playing:
            expected[number] += 1
    for at, (line, ear) in enumerate(lines):
        assert line.packets == len(ear.packets) == expected[at]
        assert set(heard(ear)) <= {65 + at}
        assert {packet.ssrc for packet in ear.packets} <= {at}
        sequences = [packet.sequence for packet in ear.packets]
        assert sequences == [65_534 + step & 0xFFFF for step in range(len(sequences))]


def test_a_thousand_lines_are_as_good_as_one() -> None:
    """More than there was room for at first, so that the matrix has grown several times."""
    columns, _, [segment] = columns_with(b"abcdef")
    ears: list[Ear] = []
    for number in range(1000):
        line, ear = open_line(columns, number)
        line.start(segment)
        ears.append(ear)
    serve_frames(columns, 6)
    for number, ear in enumerate(ears):
        assert heard(ear) == b"abcdef"
        assert {packet.ssrc for packet in ear.packets} == {number}
        assert {packet.payload_type for packet in ear.packets} == {8}
        assert [packet.sequence for packet in ear.packets] == [65_534, 65_535, 0, 1, 2, 3]
        assert {b.timestamp - a.timestamp & 0xFFFFFFFF for a, b in pairwise(ear.packets)} == {160}


def test_what_is_left_can_be_played_later() -> None:
    columns, _, [segment, other] = columns_with(b"abcd", b"xy")
    line, ear = open_line(columns)
    line.start(segment)
    serve_frames(columns, 2)
    left = line.stop()
    line.start(other)
    assert serve_frames(columns, 2) == [line]
    line.start(left)
    assert serve_frames(columns, 2) == [line]
    assert heard(ear) == b"abxycd"


def test_a_line_goes_on_after_what_another_clock_sent() -> None:
    columns, _, [segment] = columns_with(b"a")
    line, ear = open_line(columns)
    line.follow(70_000, 0xFFFFFF00 + 3200)
    line.start(segment)
    serve_frames(columns, 1)
    assert ear.packets[0].sequence == 70_000 - 65_536
    assert ear.packets[0].timestamp == (0xFFFFFF00 + 3360) & 0xFFFFFFFF
    line.stop()
    serve_frames(columns, 100)
    before = line.next()
    line.follow(5, before[1] - 8000)
    assert line.next() == (5, before[1])


def test_a_send_that_fails_costs_the_others_nothing() -> None:
    columns, _, [segment] = columns_with(b"ab")

    def refuse(_: memoryview) -> None:
        raise ConnectionRefusedError

    lines = [open_line(columns) for _ in range(2 * PHASES)]
    for line, _ in lines:
        line.start(segment)
    lines[0][0].aim(0, refuse)
    serve_frames(columns, 2)
    assert columns.refused == 2
    assert all(heard(ear) == b"ab" for _, ear in lines[1:])


def test_a_programme_repeats_and_changes_codec_in_place() -> None:
    columns, arena, _ = columns_with()
    arena.add(1, np.full((3, 160), 0xFF, np.uint8))
    arena.add(2, np.full((2, 160), 0x80, np.uint8))
    programme = Programme(None, (1, 2), arena, alaw=False, repeat=True)
    assert programme.left == (0, 3)
    assert programme.advance()
    programme.left = Segment(programme.left.start + 1, programme.left.end)
    programme.recode(arena, alaw=True)
    assert programme.left.end - programme.left.start == 1
    assert set(arena.frames[programme.left.start].tobytes()) == {0xAA}
    assert programme.advance()
    assert set(arena.frames[programme.left.start].tobytes()) == {0xD5}
    once = Programme(1, (1,), arena, alaw=False, repeat=False)
    assert not once.advance()
    with pytest.raises(KeyError):
        Programme(1, (9,), arena, alaw=False, repeat=False)
    assert not columns.playing


def test_only_a_streak_from_a_known_host_is_believed() -> None:
    latch = Latch(DESCRIBED, NATTED[0])
    assert latch.target == DESCRIBED
    assert [latch.admits(NATTED) for _ in range(STREAK - 1)] == [False] * (STREAK - 1)
    assert not latch.admits((NATTED[0], 6))
    assert [latch.admits(NATTED) for _ in range(STREAK)] == [False] * (STREAK - 1) + [True]
    assert latch.target == NATTED
    assert not latch.sure


@given(
    st.lists(st.sampled_from([DESCRIBED, NATTED, (NATTED[0], 6), (DESCRIBED[0], 7), FOREIGN]), max_size=400)
)
def test_the_described_address_wins_for_good_and_strangers_never(arrivals: list[tuple[str, int]]) -> None:
    latch = Latch(DESCRIBED, NATTED[0])
    for address in arrivals:
        was_sure = latch.peer if latch.sure else None
        admitted = latch.admits(address)
        assert admitted == (address == latch.peer)
        if was_sure is not None:
            assert latch.peer == was_sure
        elif address == DESCRIBED:
            assert latch.sure
            assert latch.peer == DESCRIBED
        assert latch.peer != FOREIGN


class Unheard:
    """Nobody to tell."""

    def pressed(self, wire: Wire, key: str) -> None: ...
    def latched(self, wire: Wire) -> None: ...
    def parted(self, udp: socket.socket) -> None: ...
    def reported(self, wire: Wire, datagram: bytes) -> None: ...


def test_what_strangers_had_queued_when_the_peer_was_found_is_dropped() -> None:
    columns, _, _ = columns_with(b"a")
    line, ear = open_line(columns)
    with Phone() as peer, Phone() as stranger, open_udp("127.0.0.1", 0) as ours:
        settled = SETTLED._replace(host=peer.host, remote_port=peer.port, payload_type=0)
        counts = Counts()
        wire = Wire(ours, settled, line, Unheard(), counts)
        wire.feed(wire, relaying=True)
        line.aim(0, ear)
        wire.feed(wire, relaying=True)
        peer.target = stranger.target = ours.getsockname()
        for payload in (b"p", b"p", b"p"):
            peer.send(payload * 160)
            stranger.send(b"s" * 160)
        wire.takes[0][1](0)
        with pytest.raises(BlockingIOError):
            wire.takes[0][1](0)
        assert heard(ear) == b"ppp"
        assert counts.foreign == 3


def test_a_port_with_two_sockets_is_still_ours_alone() -> None:
    port = own_port(26_080)
    ports = Ports("127.0.0.1", port, port + 1)
    assert ports.bind_more(0.0) == (port,)
    ports.claim(port)
    rtp, rtcp = ports.take(port)
    with Phone() as peer, Phone() as other, rtp, rtcp, ports.double(rtp, ("127.0.0.1", peer.port)) as double:
        assert_taken(port)
        peer.target = other.target = ("127.0.0.1", port)
        peer.send(b"p" * 160)
        other.send(b"o" * 160)
        assert double.recv(200)[-1:] == b"p"
        assert rtp.recv(200)[-1:] == b"o"
        for udp in (rtp, double):
            with pytest.raises(BlockingIOError):
                udp.recv(200)
        rtp.close()
        assert_taken(port)
        with ports.rebind(port + 2) as alone:
            with pytest.raises(OSError):  # noqa: PT011 - any
                ports.double(alone, ("255.255.255.255", 9))
            assert_taken(port + 2)


def assert_taken(port: int) -> None:
    """Even for a program that would share it."""
    with socket.socket(type=socket.SOCK_DGRAM) as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError):  # noqa: PT011 - any
            thief.bind(("127.0.0.1", port))


def test_ports_that_another_program_holds_are_passed_over() -> None:
    first, count = own_port(26_100), 3 * BATCH
    with ExitStack() as others:
        for port in range(first, first + 2 * count, 2):
            others.enter_context(open_udp("127.0.0.1", port))
        ports = Ports("127.0.0.1", first, first + 2 * count + 2 * BATCH)
        assert ports.bind_more(0.0) == tuple(range(first + 2 * count, first + 2 * count + 2 * BATCH, 2))
        ports.close()


def test_messages_survive_the_journey() -> None:
    commands = [SETTLED, Play(1, 2, (3, 4), repeat=True)]
    assert unpack_commands(pack(commands)) == commands
    reports = [Ready((2, 4)), Beat(0.5, 1, 2, 3)]
    assert unpack_reports(pack(reports)) == reports
