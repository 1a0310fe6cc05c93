"""What a worker sends by the clock: a line is a row, a fact a column, the packets of a tick one matrix."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from media.codecs.g711 import FRAME
from media.engines.arena import PAYLOAD, Arena, Segment

PHASES = 4  # a quarter of the lines is served every 5 ms, so that sends do not bunch
PLAIN = 0x8000  # first two bytes of a packet: version 2, no marker, payload type 0
MARKER = 0x80

_PACKET = np.dtype(
    [("kind", ">u2"), ("sequence", ">u2"), ("timestamp", ">u4"), ("ssrc", ">u4"), ("payload", PAYLOAD)]
)
_SIZE = _PACKET.itemsize
_ROWS = 16

Send: TypeAlias = Callable[[memoryview], object]
Column: TypeAlias = npt.NDArray[Any]


def nowhere(packet: memoryview) -> None:
    """For lines that may not send: time goes by all the same."""


class Line:
    """One leg's outgoing stream: an SSRC, the next sequence number, and a timestamp that follows the ticks.

    In frame n (of 20 ms) the timestamp is `base` + 160 n, whether or not anything is sent. While the line
    plays it has a row in its phase, and its sequence number grows with every tick served there.
    """

    __slots__ = ("_base", "_packets", "_phase", "_sequence", "_since", "payload_type", "row", "send", "ssrc")

    def __init__(self, phase: "Phase", ssrc: int, sequence: int, base: int) -> None:
        self._phase = phase
        self.ssrc, self._sequence, self._base = ssrc, sequence, base
        self._packets = self._since = self.payload_type = 0
        self.row: int | None = None
        self.send: Send = nowhere

    @property
    def packets(self) -> int:
        """Sent so far."""
        return self._packets + self._served()

    @property
    def phase(self) -> int:
        return self._phase.number

    @property
    def playing(self) -> bool:
        return self.row is not None

    def aim(self, payload_type: int, send: Send) -> None:
        """What the packets are marked as, and where they go from now on.

        While they go nowhere, time goes by and what plays goes on, but no number is used up: the peer would
        take each for a packet lost (RFC 3550 5.1).
        """
        served, was_silent = self._served(), self.send is nowhere
        self.payload_type, self.send = payload_type, send
        if self.row is None:
            return
        self._phase.aim(self, self.row)
        if send is nowhere:
            self._sequence, self._packets = self._sequence + served & 0xFFFF, self._packets + served
        elif was_silent:
            self._since = self._phase.served
            self._phase.renumber(self.row, self._sequence)

    def next(self) -> tuple[int, int]:
        """Sequence number and timestamp of a packet that would go out now."""
        return self._sequence + self._served() & 0xFFFF, self._base + FRAME * self._phase.frame & 0xFFFFFFFF

    def take(self) -> tuple[int, int]:
        """As `next`, for a packet that does go out now. Only while not playing."""
        place = self.next()
        self._sequence, self._packets = place[0] + 1 & 0xFFFF, self._packets + 1
        return place

    def carried(self, packets: int) -> None:
        """So many went out on this line without being played."""
        self._packets += packets

    def follow(self, sequence: int, timestamp: int) -> None:
        """Packets were sent by another clock: go on with this sequence number, later than that timestamp.

        Only while not playing.
        """
        assert self.row is None
        self._sequence = sequence & 0xFFFF
        ahead = (timestamp + FRAME - self.next()[1] + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        self._base += max(0, ahead)

    def start(self, segment: Segment, *, marker: bool = True) -> None:
        """Play this, from the next tick of the line's phase on, in place of what was playing."""
        if self.row is None:
            self._since = self._phase.served
            self.row = self._phase.add(self, segment, *self.next())
        else:
            self._phase.put(self.row, segment)
        if marker:
            self._phase.mark(self.row)

    def stop(self) -> Segment:
        """Play no more; what was left."""
        assert self.row is not None
        left = self._phase.left(self.row)
        served = self._served()
        self._sequence, self._packets = self._sequence + served & 0xFFFF, self._packets + served
        self._phase.remove(self.row)
        self.row = None
        return left

    def _served(self) -> int:
        return 0 if self.row is None or self.send is nowhere else self._phase.served - self._since


class Phase:
    """The lines served at the same quarter of a frame, and the packets they are about to send.

    The rows in use are the first ones, without a gap. The packets of the next tick stand ready in the matrix
    but for their payload; numpy is called few times, as each call costs more than what it does.
    """

    def __init__(self, number: int, arena: Arena) -> None:
        self.number = number
        self.frame = self.served = 0
        self.refused = 0  # sends that the kernel would not take
        self._arena = arena
        self.lines: list[Line] = []
        self._sends: list[Send] = []
        self._ends: list[int] = []  # the count of served ticks at which each row's segment is over
        self._next_end = 0
        self._marked: list[Line] = []
        self._sequence = np.zeros(0, np.uint16)
        self._timestamp = np.zeros(0, np.uint32)
        self._position = np.zeros(0, np.int64)
        self._matrix = np.zeros(0, _PACKET)
        self._grow(_ROWS)

    def serve(self) -> list[Line]:
        """Send a packet on every line here; the lines whose segment has ended with it."""
        self.frame += 1
        if not self.lines:
            return []
        sequence, timestamp, position, to_sequence, to_timestamp, to_payload = self._used
        to_sequence[:] = sequence
        to_timestamp[:] = timestamp
        to_payload[:] = self._arena.frames[position]
        for send, packet in zip(self._sends, self._packets, strict=False):
            try:
                send(packet)
            except OSError:
                self.refused += 1
        np.add(sequence, _ONE, out=sequence)
        np.add(timestamp, _FRAME, out=timestamp)
        np.add(position, 1, out=position)
        self.served += 1
        if self._marked:
            self._unmark()
        if self.served < self._next_end:
            return []
        ended = [line for line, end in zip(self.lines, self._ends, strict=True) if end <= self.served]
        self._next_end = min((end for end in self._ends if end > self.served), default=self.served + 1)
        return ended

    def skip(self, frames: int) -> None:
        """Time went by in which nothing was sent."""
        self.frame += frames
        self._timestamp += np.uint32(FRAME * frames & 0xFFFFFFFF)

    def add(self, line: Line, segment: Segment, sequence: int, timestamp: int) -> int:
        """The row that the line has from now on, or until another is removed."""
        row = len(self.lines)
        if row == len(self._packets):
            self._grow(2 * row)
        self.lines.append(line)
        self._sends.append(line.send)
        self._ends.append(0)
        self._sequence[row], self._timestamp[row] = sequence, timestamp
        self._matrix["ssrc"][row] = line.ssrc
        self._matrix["kind"][row] = PLAIN | line.payload_type
        self.put(row, segment)
        self._use()
        return row

    def put(self, row: int, segment: Segment) -> None:
        self._position[row] = segment.start
        self._ends[row] = end = self.served + segment.end - segment.start
        self._next_end = min(self._next_end, end) if len(self.lines) > 1 else end

    def aim(self, line: Line, row: int) -> None:
        self._sends[row] = line.send
        self._matrix["kind"][row] = PLAIN | line.payload_type | self._matrix["kind"][row] & MARKER

    def renumber(self, row: int, sequence: int) -> None:
        """The row's next packet has this number, and is the first of a talkspurt."""
        self._sequence[row] = sequence
        self.mark(row)

    def mark(self, row: int) -> None:
        """The row's next packet is the first of a talkspurt."""
        self._matrix["kind"][row] |= MARKER
        self._marked.append(self.lines[row])

    def left(self, row: int) -> Segment:
        start = int(self._position[row])
        return Segment(start, start + self._ends[row] - self.served)

    def remove(self, row: int) -> None:
        """The last row moves into the gap."""
        last = len(self.lines) - 1
        line, send, end = self.lines.pop(), self._sends.pop(), self._ends.pop()
        if row != last:
            self.lines[row], self._sends[row], self._ends[row] = line, send, end
            for column in (self._sequence, self._timestamp, self._position, self._matrix):
                column[row] = column[last]
            line.row = row
        self._use()

    def _unmark(self) -> None:
        for line in self._marked:
            if line.row is not None:
                self._matrix["kind"][line.row] &= 0xFFFF ^ MARKER
        self._marked.clear()

    def _grow(self, rows: int) -> None:
        """Room for so many lines; what there is stays."""
        self._sequence = _enlarged(self._sequence, rows)
        self._timestamp = _enlarged(self._timestamp, rows)
        self._position = _enlarged(self._position, rows)
        self._matrix = _enlarged(self._matrix, rows)
        whole = self._matrix.view(np.uint8).data
        self._packets = [whole[at : at + _SIZE] for at in range(0, rows * _SIZE, _SIZE)]
        self._use()

    def _use(self) -> None:
        """Views of the rows in use, so that a tick need not make them."""
        rows, matrix = len(self.lines), self._matrix
        self._used = (
            self._sequence[:rows],
            self._timestamp[:rows],
            self._position[:rows],
            matrix["sequence"][:rows],
            matrix["timestamp"][:rows],
            matrix["payload"][:rows],
        )


def _enlarged(column: Column, rows: int) -> Column:
    """A copy with room for more. numpy's own resize would turn the packets' byte order into the machine's."""
    larger = np.zeros(rows, column.dtype)
    larger[: len(column)] = column
    return larger


_ONE, _FRAME = np.uint16(1), np.uint32(FRAME)


class Columns:
    """All lines of a worker. `tick` counts quarters of frames, and is the next one to be served."""

    def __init__(self, arena: Arena) -> None:
        self.tick = 0
        self._phases = [Phase(number, arena) for number in range(PHASES)]
        self._opened = 0

    @property
    def playing(self) -> bool:
        """Something is due at one of the next ticks."""
        first, second, third, fourth = self._phases
        return bool(first.lines or second.lines or third.lines or fourth.lines)

    @property
    def refused(self) -> int:
        return sum(phase.refused for phase in self._phases)

    def open(self, ssrc: int, sequence: int, base: int) -> Line:
        """A new line; phases take turns."""
        self._opened += 1
        phase = self._phases[self._opened % PHASES]
        return Line(phase, ssrc, sequence, base)

    def serve(self) -> list[Line]:
        """Serve the next tick; the lines whose segment has ended with it."""
        phase = self._phases[self.tick % PHASES]
        self.tick += 1
        return phase.serve()

    def skip(self, ticks: int) -> None:
        """Let time go by: nothing was, or could be, sent in these ticks."""
        for phase in self._phases:
            at = (phase.number - self.tick) % PHASES
            phase.skip(max(0, -(-(ticks - at) // PHASES)))
        self.tick += ticks
