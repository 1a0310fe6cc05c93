"""A softphone's audio over loopback: what is sent is heard, keys are RFC 4733, losses are silence."""

import socket
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from media.audio.tones import RATE, rms, tone, tone_share
from media.codecs.g711 import FRAME, encode_ulaw
from media.rtp.packet import Packet, build, parse
from media.rtp.telephone_event import parse_event
from pbx.softphone.audio import EVENT, PCMU, Audio
from tests.interop.waiting import eventually

HOST = "127.0.0.1"


class Listener:
    """The other end of the line: a bare socket that keeps what it gets."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.socket.settimeout(2)

    @property
    def address(self) -> tuple[str, int]:
        return self.socket.getsockname()

    def hear(self, packets: int) -> list[Packet]:
        """So many, as they come."""
        found = [parse(self.socket.recv(2048)) for _ in range(packets)]
        return [packet for packet in found if packet is not None]


def bound() -> socket.socket:
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind((HOST, 0))
    return own


@contextmanager
def audio(far: tuple[str, int], own: socket.socket | None = None) -> Generator[tuple[Audio, list[str]]]:
    keys: list[str] = []
    one = Audio(own or bound(), far, keys.append)
    one.start()
    try:
        yield one, keys
    finally:
        one.stop()


@pytest.fixture
def listener() -> Generator[Listener]:
    one = Listener()
    yield one
    one.socket.close()


def test_two_hear_each_others_tone() -> None:
    here, there = bound(), bound()
    with audio(there.getsockname(), here) as (one, _), audio(here.getsockname(), there) as (other, _):
        one.repeat(tone(440, 1))
        other.repeat(tone(700, 1))
        eventually(lambda: tone_share(other.heard()[-RATE // 4 :], 440) > 0.99)
        eventually(lambda: tone_share(one.heard()[-RATE // 4 :], 700) > 0.99)


def test_keys_arrive_once_each_and_in_order() -> None:
    here, there = bound(), bound()
    with audio(there.getsockname(), here) as (one, _), audio(here.getsockname(), there) as (_, keys):
        one.press("1p22*#")
        eventually(lambda: "".join(keys) == "122*#")
        eventually(lambda: not one.pressing)
        assert "".join(keys) == "122*#"


def test_a_press_is_marked_at_its_beginning_and_ended_three_times(listener: Listener) -> None:
    with audio(listener.address) as (one, _):
        one.press("7")
        heard = listener.hear(25)
    press = [packet for packet in heard if packet.payload_type == EVENT]
    events = [parse_event(packet.payload) for packet in press]
    assert [packet.marker for packet in press] == [True] + [False] * (len(press) - 1)
    assert len({packet.timestamp for packet in press}) == 1
    assert [event.end for event in events if event] == [False] * (len(press) - 3) + [True] * 3
    assert {event.number for event in events if event} == {7}


def test_sequence_and_timestamp_go_on_without_a_gap_over_a_press(listener: Listener) -> None:
    with audio(listener.address) as (one, _):
        one.press("5")
        heard = listener.hear(25)
    assert len({packet.ssrc for packet in heard}) == 1
    assert [packet.sequence - heard[0].sequence for packet in heard] == list(range(25))
    spoken = [packet for packet in heard if packet.payload_type == PCMU]
    steps = [packet.timestamp - FRAME * packet.sequence for packet in spoken]
    assert len(set(steps)) == 1


def test_what_is_lost_is_silence_and_what_is_late_is_put_in_its_place(listener: Listener) -> None:
    loud = encode_ulaw(tone(1000, 0.02)).tobytes()
    with audio(listener.address) as (one, _):
        for number in (0, 1, 4, 3):
            data = build(PCMU, number, 5000 + FRAME * number, 7, loud)
            listener.socket.sendto(data, one.sin.getsockname())
        eventually(lambda: len(one.heard()) == 5 * FRAME)
        eventually(lambda: rms(one.heard()[3 * FRAME : 4 * FRAME]) > 0)
        heard = one.heard()
    frames = [rms(heard[at * FRAME : (at + 1) * FRAME]) for at in range(5)]
    assert [loudness > 0.1 for loudness in frames] == [True, True, False, True, True]


def test_it_sends_fifty_frames_a_second(listener: Listener) -> None:
    with audio(listener.address):
        listener.hear(1)
        began = time.monotonic()
        listener.hear(50)
        assert 0.8 < time.monotonic() - began < 1.5


def test_a_key_that_does_not_exist_presses_nothing(listener: Listener) -> None:
    with audio(listener.address) as (one, _):
        with pytest.raises(ValueError, match="none of the keys"):
            one.press("1x")
        assert not one.pressing
