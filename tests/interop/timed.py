"""A softphone that knows when each packet of its audio left and came."""

import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import numpy as np

from media.audio.tones import RATE
from media.codecs.g711 import ULAW_SILENCE, Samples
from media.rtp import packet
from pbx.softphone.conversation import Conversation
from pbx.softphone.softphone import Softphone
from tests.interop.waiting import eventually

SO_TIMESTAMPNS = 35  # Linux: the kernel's time of arrival, which no busy machine delays
_TIMESPEC = struct.Struct("@ll")
PAUSE = 0.2  # seconds without a packet: nothing is being played
SPAN = 30  # seconds of silence after what is said once


class TimedSocket(socket.socket):
    """What was sent and what came, each with its time in Unix seconds."""

    def __init__(self) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.sent: list[tuple[float, bytes]] = []
        self.came: list[tuple[float, bytes]] = []
        if sys.platform == "linux":
            self.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    def sendto(self, data: Any, *where: Any) -> int:
        self.sent.append((time.time(), bytes(data)))
        return super().sendto(data, *where)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        data, notes, _, _ = self.recvmsg(bufsize, 64, flags)
        self.came.append((_arrival(notes), data))
        return data


def _arrival(notes: Sequence[tuple[int, int, bytes]]) -> float:
    for level, kind, value in notes:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack(value)
            return seconds + nanoseconds / 1e9
    return time.time()


class TimedPhone(Softphone):
    """A softphone whose calls have TimedSockets."""

    def request_port(self, blocking: bool = True) -> int:
        own = TimedSocket()
        own.bind((self.myIP, 0))
        port = int(own.getsockname()[1])
        self.sockets[port] = own
        return port


def answered(call: Conversation) -> Conversation:
    assert call.wait_until(lambda call: call.final, 8)
    assert call.final == 200
    return call


def wire(call: Conversation) -> TimedSocket:
    own = call.audio.sin
    assert isinstance(own, TimedSocket)
    return own


def say(call: Conversation, speech: Samples) -> None:
    """Once, and then nothing."""
    call.audio.repeat(np.concatenate([speech, np.zeros(SPAN * RATE, np.int16)]))


def spoken_at(call: Conversation) -> float:
    """When the last packet left in which something was said."""
    return max(
        at for at, one in _packets(wire(call).sent) if one.payload_type == 0 and _is_sound(one.payload)
    )


def pressed_at(call: Conversation) -> float:
    """When the first packet of the latest key left; 0.0 before there is one."""
    presses = [at for at, one in _packets(wire(call).sent) if one.payload_type == 101 and one.marker]
    return max(presses, default=0.0)


def marks(call: Conversation, since: float = 0.0) -> int:
    """How many prompts have begun: the first packet of each has a marker."""
    return sum(one.marker for at, one in _packets(wire(call).came) if at > since)


def hears(call: Conversation, packets: int = 10) -> None:
    """Wait until so many more packets have come."""
    before = len(wire(call).came)
    eventually(lambda: len(wire(call).came) >= before + packets, what="nothing is played")


def last_of_prompt(call: Conversation, since: float) -> float:
    """When the last packet came of what was being played at `since`; `since` if none came any more."""
    after = [(at, one) for at, one in _packets(wire(call).came) if at > since]
    return max((at for at, _ in takewhile(lambda packet: not packet[1].marker, after)), default=since)


def is_quiet(call: Conversation) -> bool:
    """Has nothing been played for a while?"""
    return time.time() > wire(call).came[-1][0] + PAUSE


def _packets(taken: Sequence[tuple[float, bytes]]) -> Iterator[tuple[float, packet.Packet]]:
    for at, data in tuple(taken):  # it grows meanwhile
        one = packet.parse(data)
        assert one is not None
        yield at, one


def _is_sound(payload: bytes) -> bool:
    return payload != ULAW_SILENCE
