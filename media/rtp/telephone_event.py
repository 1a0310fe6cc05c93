"""Keys as RTP events (RFC 4733): each press heard once, and presses as packets to send."""

from struct import Struct
from typing import NamedTuple

KEYS = "0123456789*#ABCD"
END_REPEATS = 3
MAX_PRESS_MS = 8000
"""A longer press would outgrow the 16-bit duration, and nobody needs one."""

_EVENT = Struct("!BBH")
_END = 0x80
_VOLUME = 10  # dBm0 with the sign dropped: what phones send
_LATE = 40_000  # timestamp units: older than the newest by at most this much is a straggler
_UNITS_PER_MS = 8
_SHORTEST = 400  # no press and the pause after it are over sooner
_SEGMENT = 0x8000  # a press this long is about to be split
_SEGMENT_SLACK = 1600


class Event(NamedTuple):
    """One telephone-event payload. `duration` in timestamp units since the event began."""

    number: int
    end: bool
    volume: int
    duration: int


class EventPacket(NamedTuple):
    """A packet to send: all of one press carry the timestamp of its beginning."""

    marker: bool
    payload: bytes


def parse_event(payload: bytes) -> Event | None:
    """None for a payload too short. Of several events in one payload the first counts."""
    if len(payload) < _EVENT.size:
        return None
    number, flags, duration = _EVENT.unpack_from(payload)
    return Event(number, flags >= _END, flags & 0x3F, duration)


def build_event(event: Event) -> bytes:
    return _EVENT.pack(event.number, (_END if event.end else 0) | event.volume, event.duration)


def press_packets(key: str, milliseconds: int = 100, packet_ms: int = 20) -> list[EventPacket]:
    """One packet every `packet_ms` while the key is down, the last three times (RFC 4733 2.5.1.4).

    Raises ValueError for a key that is none of KEYS. Presses are 40 ms to MAX_PRESS_MS long.
    """
    if len(key) != 1 or key not in KEYS:
        raise ValueError(f"{key!r} is none of the keys {KEYS}")
    number = KEYS.index(key)
    total = max(40, min(MAX_PRESS_MS, milliseconds)) * _UNITS_PER_MS
    durations = [*range(packet_ms * _UNITS_PER_MS, total, packet_ms * _UNITS_PER_MS), *[total] * END_REPEATS]
    return [
        EventPacket(at == 0, build_event(Event(number, duration == total, _VOLUME, duration)))
        for at, duration in enumerate(durations)
    ]


class KeyDetector:
    """Names each press once, at the first packet of it that comes, whichever packets are lost or doubled."""

    __slots__ = ("_duration", "_ended", "_number", "_ssrc", "_timestamp")

    def __init__(self) -> None:
        self._ssrc: int | None = None
        self._timestamp = self._duration = 0
        self._number: int = 0
        self._ended = True

    def hear(self, ssrc: int, timestamp: int, payload: bytes) -> str | None:
        """The key of a press that begins with this packet; None for more of the same and for stragglers."""
        event = parse_event(payload)
        if event is None or event.number >= len(KEYS):
            return None
        same_source, self._ssrc = ssrc == self._ssrc, ssrc
        ahead = timestamp - self._timestamp & 0xFFFFFFFF
        if same_source and ahead == 0:
            self._ended |= event.end
            self._duration = max(self._duration, event.duration)
            return None
        if same_source and 0x100000000 - ahead <= _LATE:
            return None
        goes_on = same_source and event.number == self._number and self._is_same_press(ahead)
        self._timestamp, self._duration = timestamp, event.duration
        self._number, self._ended = event.number, event.end
        return None if goes_on else KEYS[event.number]

    def _is_same_press(self, ahead: int) -> bool:
        """A long press goes on under a new timestamp, maybe after a loss (RFC 4733 2.5.1.3); some phones
        wrongly move the timestamp with every packet."""
        if ahead < _SHORTEST:
            return True
        slack = _SEGMENT_SLACK if self._duration >= _SEGMENT else 0
        return not self._ended and ahead <= self._duration + slack
