"""What a worker sends by the clock: a leg is a row, a fact a column, the packets of a tick one matrix."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from media.codecs.g711 import FRAME
from media.engines.arena import PAYLOAD, Arena, Segment

PHASES = 4  # a quarter of the rows is served every 5 ms, so that sends do not bunch
MARKER = 0x80
PLAIN = 0x8000  # version 2, no marker, payload type 0

_PACKET = np.dtype(
    [("kind", ">u2"), ("sequence", ">u2"), ("timestamp", ">u4"), ("ssrc", ">u4"), ("payload", PAYLOAD)]
)
_ROWS = 256

Number = TypeVar("Number", bound=np.generic)
Rows: TypeAlias = npt.NDArray[np.intp]
Send: TypeAlias = Callable[[memoryview], object]


class Columns:
    """The outgoing line of every leg, and the prompts now playing on some of them.

    A line is an SSRC, the next sequence number, and a timestamp that follows the ticks: in frame n (of 20 ms)
    it is `base` + 160 n, whether or not anything is sent. `tick` counts quarters of frames, and is the next
    one to be served; the rows of tick t are those whose number is t modulo 4.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self.tick = 0
        self.refused = 0  # sends that the kernel would not take
        self._free: list[int] = []
        self._sends: list[Send] = []
        self.kind, self.plain, self.sequence = (np.zeros(0, np.uint16) for _ in range(3))
        self.base, self.ssrc = (np.zeros(0, np.uint32) for _ in range(2))
        self.packets, self.position, self.end = (np.zeros(0, np.int64) for _ in range(3))
        self._allocate(_ROWS)
        self._playing: tuple[set[int], ...] = tuple(set() for _ in range(PHASES))
        self._batches: list[tuple[Rows, Sequence[Send]] | None] = [None] * PHASES

    @property
    def idle(self) -> bool:
        """Nothing is playing, so that nothing is due at the next tick."""
        return not any(self._playing)

    def add(self, ssrc: int, sequence: int, base: int, send: Send) -> int:
        """A new line; the row's number."""
        if not self._free:
            self._allocate(len(self._sends) + _ROWS)
        row = self._free.pop()
        self.ssrc[row], self.sequence[row], self.base[row] = ssrc, sequence, base
        self.plain[row] = self.kind[row] = PLAIN
        self.packets[row] = 0
        self._sends[row] = send
        return row

    def remove(self, row: int) -> None:
        self.stop(row)
        self._free.append(row)

    def aim(self, row: int, payload_type: int, send: Send) -> None:
        """What the row's packets are marked as, and where they go from now on."""
        self.plain[row] = PLAIN | payload_type
        self.kind[row] = PLAIN | payload_type | self.kind[row] & MARKER
        self._sends[row] = send
        self._batches[row % PHASES] = None

    def start(self, row: int, segment: Segment, *, marker: bool = True) -> None:
        """Play this from the row's next tick on; the first packet of a talkspurt carries the marker."""
        self.position[row], self.end[row] = segment
        if marker:
            self.kind[row] |= MARKER
        if row not in self._playing[row % PHASES]:
            self._playing[row % PHASES].add(row)
            self._batches[row % PHASES] = None

    def stop(self, row: int) -> None:
        if row in self._playing[row % PHASES]:
            self._playing[row % PHASES].discard(row)
            self._batches[row % PHASES] = None

    def left(self, row: int) -> Segment:
        """What has not been sent yet of the row's segment."""
        return Segment(int(self.position[row]), int(self.end[row]))

    def line(self, row: int) -> tuple[int, int]:
        """Sequence number and timestamp of a packet that would go out now."""
        frame = (self.tick + (row - self.tick) % PHASES) // PHASES
        return int(self.sequence[row]), (int(self.base[row]) + FRAME * frame) & 0xFFFFFFFF

    def sent_one(self, row: int) -> None:
        """A packet went out on the row's line without its segment."""
        self.sequence[row] += np.uint16(1)
        self.packets[row] += 1

    def follow(self, row: int, sequence: int, timestamp: int) -> None:
        """Packets were sent by another clock: go on with this sequence number, later than that timestamp."""
        self.sequence[row] = sequence & 0xFFFF
        ahead = (timestamp + FRAME - self.line(row)[1] + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        if ahead > 0:
            self.base[row] = int(self.base[row]) + ahead & 0xFFFFFFFF

    def serve(self) -> list[int]:
        """Send the packets of this tick; the rows whose segment has ended with it."""
        phase, frame = self.tick % PHASES, self.tick // PHASES
        self.tick += 1
        if not self._playing[phase]:
            return []
        rows, sends = self._batches[phase] or self._gather(phase)
        position = self.position[rows]
        matrix = self._matrix[: len(rows)]
        matrix["kind"] = self.kind[rows]
        matrix["sequence"] = self.sequence[rows]
        matrix["timestamp"] = self.base[rows] + np.uint32(FRAME * frame & 0xFFFFFFFF)
        matrix["ssrc"] = self.ssrc[rows]
        matrix["payload"] = self._arena.frames[position]
        for send, packet in zip(sends, self._packets, strict=False):
            try:
                send(packet)
            except OSError:
                self.refused += 1
        self.kind[rows] = self.plain[rows]
        self.sequence[rows] += np.uint16(1)
        self.packets[rows] += 1
        position += 1
        self.position[rows] = position
        return rows[position >= self.end[rows]].tolist()

    def _gather(self, phase: int) -> tuple[Rows, Sequence[Send]]:
        rows = sorted(self._playing[phase])
        batch = self._batches[phase] = np.array(rows, np.intp), [self._sends[row] for row in rows]
        return batch

    def _allocate(self, rows: int) -> None:
        """Room for so many lines; what there is stays."""
        before = len(self._sends)
        self.kind, self.plain = _longer(self.kind, rows), _longer(self.plain, rows)
        self.sequence, self.base = _longer(self.sequence, rows), _longer(self.base, rows)
        self.ssrc, self.packets = _longer(self.ssrc, rows), _longer(self.packets, rows)
        self.position, self.end = _longer(self.position, rows), _longer(self.end, rows)
        self._sends += [nowhere] * (rows - before)
        self._free += range(rows - 1, before - 1, -1)
        self._matrix = np.zeros(rows // PHASES, _PACKET)
        whole = self._matrix.view(np.uint8).data
        self._packets = [whole[at : at + _PACKET.itemsize] for at in range(0, len(whole), _PACKET.itemsize)]


def _longer(column: npt.NDArray[Number], rows: int) -> npt.NDArray[Number]:
    grown = np.zeros(rows, column.dtype)
    grown[: len(column)] = column
    return grown


def nowhere(packet: memoryview) -> None:
    """For lines that may not send: time goes by all the same."""
