"""A frame every 20 ms out of packets that come early, late, doubled, out of order or not at all."""

FRAME_BYTES = 320
"""20 ms at 8 kHz, 16 bits a sample."""

_FRAME = 160  # samples, and timestamp units
_DELAY = 2 * _FRAME  # between a packet's coming and its frame's going: the jitter that is evened out
_FURTHEST = 12 * _FRAME  # that a packet may be ahead of the next frame: bursts are no longer
_SIZE = 2 * (_FURTHEST + 6 * _FRAME)  # bytes: packets of up to 120 ms fit
_LONG_AGO = -8000  # further back than a packet can be late: another numbering


class JitterBuffer:
    """PCM of one source: `put` packets as they come, `take` a frame whenever 20 ms have gone by.

    A packet's timestamp says where it belongs. One that is newer than all before but too late, or too far
    ahead, is taken `_DELAY` from now and those after it likewise: the network, the sender's clock or its
    numbering has changed. An older one that is too late is dropped. Holds less than 0.4 s.
    """

    __slots__ = ("_newest", "_next", "_pcm")

    def __init__(self) -> None:
        self._pcm = bytearray(_SIZE)  # from the next frame on
        self._next: int | None = None  # its timestamp
        self._newest = 0

    def put(self, timestamp: int, pcm: bytes) -> None:
        """16-bit samples at 8 kHz, the first of them sent at `timestamp`."""
        if self._next is None:
            place = self._align(timestamp)
        else:
            place, is_newest = _after(self._next, timestamp), _after(self._newest, timestamp) > 0
            if not 0 <= place <= _FURTHEST:
                if _LONG_AGO < place < 0 and not is_newest:
                    return
                place = self._align(timestamp)
            elif is_newest:
                self._newest = timestamp
        start = 2 * place
        pcm = pcm[: _SIZE - start]
        self._pcm[start : start + len(pcm)] = pcm

    def take(self) -> bytes:
        """The next 20 ms, silence where nothing came."""
        frame = bytes(self._pcm[:FRAME_BYTES])
        del self._pcm[:FRAME_BYTES]
        self._pcm += bytes(FRAME_BYTES)
        if self._next is not None:
            self._next = self._next + _FRAME & 0xFFFFFFFF
        return frame

    def _align(self, timestamp: int) -> int:
        """Let what was sent then go `_DELAY` from now; nothing that is there already goes later."""
        self._next, self._newest = timestamp - _DELAY & 0xFFFFFFFF, timestamp
        self._pcm[2 * _DELAY :] = bytes(_SIZE - 2 * _DELAY)
        return _DELAY


def _after(earlier: int, later: int) -> int:
    return (later - earlier + 0x80000000 & 0xFFFFFFFF) - 0x80000000
