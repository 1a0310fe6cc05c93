"""Phones made of real UDP sockets: what a leg's peer sends and hears."""

import asyncio
import socket
from collections.abc import Callable
from itertools import count
from typing import Literal

import numpy as np

from media.codecs.g711 import FRAME, Samples, decode_alaw, decode_ulaw, encode_alaw, encode_ulaw
from media.rtp.packet import Packet, build, parse
from media.rtp.telephone_event import press_packets

PATIENCE = 5.0
_ssrcs = count(0x1000)


class Phone:
    """An RTP and an RTCP socket on neighbouring ports of `host`, and what has come in on them."""

    def __init__(self, host: str = "127.0.0.1", *, alaw: bool = False) -> None:
        self.rtp, self.rtcp = _pair(host)
        self.host, self.port = self.rtp.getsockname()
        self.alaw = alaw
        self.payload_type = 8 if alaw else 0
        self.ssrc = next(_ssrcs)
        self.sequence, self.timestamp = 65_500, 0xFFFFF000  # both wrap early
        self.version = 0
        self.target: tuple[str, int] = ("", 0)

    def describe(self, direction: str = "sendrecv", *, events: int | None = 101, host: str = "") -> str:
        self.version += 1
        formats = f"{self.payload_type}" + (f" {events}" if events is not None else "")
        rtpmap = f"a=rtpmap:{events} telephone-event/8000\r\n" if events is not None else ""
        return (
            f"v=0\r\no=- 1 {self.version} IN IP4 {self.host}\r\ns=-\r\n"
            f"c=IN IP4 {host or self.host}\r\nt=0 0\r\n"
            f"m=audio {self.port} RTP/AVP {formats}\r\n{rtpmap}a={direction}\r\n"
        )

    def reach(self, answer: str) -> None:
        """Send to where this description says."""
        lines = dict(line.split("=", 1) for line in answer.split("\r\n") if line)
        self.target = (lines["c"].split()[-1], int(lines["m"].split()[1]))

    def send(self, payload: bytes | None = None, *, marker: bool = False) -> None:
        """The next packet of this phone's stream."""
        payload = payload if payload is not None else bytes([0xD5 if self.alaw else 0xFF]) * FRAME
        at = (self.sequence, self.timestamp, self.ssrc)
        self.send_raw(build(self.payload_type, *at, payload, marker=marker))
        self.sequence = self.sequence + 1 & 0xFFFF
        self.timestamp = self.timestamp + FRAME & 0xFFFFFFFF

    def send_raw(self, datagram: bytes) -> None:
        self.rtp.sendto(datagram, self.target)

    def speak(self, samples: Samples) -> None:
        """All at once: whoever passes it on does so packet by packet."""
        codes = (encode_alaw if self.alaw else encode_ulaw)(samples)
        for frame in codes.reshape(-1, FRAME):
            self.send(frame.tobytes())

    async def talk(self, samples: Samples) -> None:
        """A frame every 20 ms; what this process is late with comes in a burst."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for at, frame in enumerate(samples.reshape(-1, FRAME)):
            await asyncio.sleep(max(0.0, begin + 0.020 * at - loop.time()))
            self.speak(frame)

    async def hear(self, packets: int) -> list[Packet]:
        """The next so many packets. Raises TimeoutError."""
        return [packet for packet, _ in await self.hear_from(packets)]

    async def hear_soon(self) -> list[Packet]:
        """The next packet if one comes within a frame or two."""
        try:
            async with asyncio.timeout(0.03):
                return [parsed(await asyncio.get_running_loop().sock_recv(self.rtp, 2048))]
        except TimeoutError:
            return []

    async def hear_from(self, packets: int) -> list[tuple[Packet, float]]:
        """Packets with the loop's time of their arrival."""
        loop = asyncio.get_running_loop()
        heard: list[tuple[Packet, float]] = []
        async with asyncio.timeout(PATIENCE):
            while len(heard) < packets:
                packet = parsed(await loop.sock_recv(self.rtp, 2048))
                heard.append((packet, loop.time()))
        return heard

    async def hear_until(self, wanted: Callable[[Packet], bool]) -> list[Packet]:
        """Up to and with the first packet of that kind."""
        heard: list[Packet] = []
        while not heard or not wanted(heard[-1]):
            heard += await self.hear(1)
        return heard

    def heard(self) -> list[Packet]:
        """What has come by now and was not heard yet."""
        heard: list[Packet] = []
        while True:
            try:
                heard.append(parsed(self.rtp.recv(2048)))
            except BlockingIOError:
                return heard

    def press(self, key: str, payload_type: int = 101) -> None:
        """As a phone does it: events of one timestamp, the end three times."""
        packets = press_packets(key, 100)
        for event in packets:
            self.send_raw(
                build(
                    payload_type, self.sequence, self.timestamp, self.ssrc, event.payload, marker=event.marker
                )
            )
            self.sequence = self.sequence + 1 & 0xFFFF
        self.timestamp = self.timestamp + FRAME * len(packets) & 0xFFFFFFFF

    async def report(self) -> bytes:
        async with asyncio.timeout(2 * PATIENCE):
            return await asyncio.get_running_loop().sock_recv(self.rtcp, 2048)

    def samples(self, packets: list[Packet]) -> Samples:
        codes = np.frombuffer(b"".join(packet.payload for packet in packets), np.uint8)
        return (decode_alaw if self.alaw else decode_ulaw)(codes)

    def __enter__(self) -> "Phone":
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.rtp.close()
        self.rtcp.close()
        return False


def parsed(datagram: bytes) -> Packet:
    packet = parse(datagram)
    assert packet is not None
    return packet


def _pair(host: str) -> tuple[socket.socket, socket.socket]:
    while True:
        rtp, rtcp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        rtp.bind((host, 0))
        try:
            rtcp.bind((host, rtp.getsockname()[1] + 1))
        except (OSError, OverflowError):
            rtp.close()
            rtcp.close()
            continue
        rtp.settimeout(0)
        rtcp.settimeout(0)
        return rtp, rtcp
