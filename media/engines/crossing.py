"""How one peer's packets take their places on another's line: gaps stay gaps, and swapped ones swapped."""

from media.engines.columns import Line
from media.rtp.packet import Packet

NEXT = 1 << 32
"""One sequence number, in a place: the first eight bytes of a packet (version to timestamp) as one number."""

_SEQUENCES, _TIMESTAMPS = 0xFFFF, 0xFFFFFFFF


class Crossing:
    """Begins with a packet that takes the line's next place."""

    __slots__ = ("_first", "_line", "_sequence_shift", "_timestamp_shift")

    def __init__(self, packet: Packet, line: Line) -> None:
        sequence, timestamp = line.next()
        self._line, self._first = line, packet.sequence
        self._sequence_shift, self._timestamp_shift = sequence - packet.sequence, timestamp - packet.timestamp

    def onto_line(self, packet: Packet) -> tuple[int, int]:
        """Its sequence number and timestamp there."""
        return packet.sequence + self._sequence_shift & _SEQUENCES, self.timestamp(packet.timestamp)

    def timestamp(self, timestamp: int) -> int:
        """What this one is there."""
        return timestamp + self._timestamp_shift & _TIMESTAMPS

    def admits(self, late: Packet) -> bool:
        """Whether a packet that came late has a place there: one from before the first has none."""
        return late.sequence - self._first & _SEQUENCES <= 0xFF00

    def run(self, packet: Packet, kind: int, kind_there: int, samples: int) -> tuple[int, int]:
        """For this packet and those of as many samples that simply follow it: what is added to their places,
        and the last place before a number turns over, on either side."""
        sequence, timestamp = self.onto_line(packet)
        left = _SEQUENCES - max(packet.sequence, sequence)
        left = min(left, (_TIMESTAMPS - max(packet.timestamp, timestamp)) // samples)
        here = place(kind, packet.sequence, packet.timestamp)
        return place(kind_there, sequence, timestamp) - here, here + left * (NEXT + samples)

    def end(self, sequence: int, timestamp: int) -> None:
        """Let the line go on by itself; `sequence` was expected next, `timestamp` was the latest."""
        self._line.follow(sequence + self._sequence_shift, timestamp + self._timestamp_shift)


def place(kind: int, sequence: int, timestamp: int) -> int:
    return kind << 48 | sequence << 32 | timestamp
