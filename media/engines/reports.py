"""One leg's RTCP: what it reports about itself and its peer, and what it learns from the peer's reports."""

import secrets
import socket

from media.codecs.g711 import FRAME
from media.engines.latch import Address
from media.rtp.receiver import Receiver
from media.rtp.rtcp import Report, SenderInfo, build, ntp_time, parse, round_trip_ms

_INTERVAL = 5.0  # seconds; each is drawn from half to one and a half of it (RFC 3550 6.3.1)


class Reports:
    """The RTCP side of one SSRC. `target` is where reports go, None for nowhere."""

    __slots__ = ("_cname", "_rounds", "_said", "_ssrc", "round_trip_ms", "rtcp", "target")

    def __init__(self, rtcp: socket.socket, ssrc: int, target: Address | None) -> None:
        self.rtcp = rtcp
        self._ssrc = ssrc
        self._cname = secrets.token_hex(6)  # tells nobody who or where we are (RFC 7022)
        self._rounds = self._said = 0
        self.round_trip_ms: float | None = None
        self.target = target

    def next_interval(self) -> float:
        """Seconds until the next report: spread by the SSRC, so that legs opened together report apart."""
        self._rounds += 1
        share = (self._ssrc * 2654435761 + self._rounds * 0x9E3779B9 & 0xFFFFFFFF) / (1 << 32)
        return _INTERVAL * (0.5 + share)

    def compose(
        self, receiver: Receiver, sent: int, timestamp: int, wall: float, *, goodbye: bool = False
    ) -> bytes:
        """A sender's report if anything was sent since the last, else a receiver's.

        `sent` counts packets, `timestamp` is the line's of now, `wall` Unix time that never steps back.
        """
        sender = None
        if sent != self._said:
            self._said = sent
            sender = SenderInfo(ntp_time(wall), timestamp, sent & 0xFFFFFFFF, sent * FRAME & 0xFFFFFFFF)
        block = receiver.report(wall)
        blocks = () if block is None else (block,)
        return build(Report(self._ssrc, sender, blocks, self._cname, goodbye))

    def hear(self, datagram: bytes, receiver: Receiver, wall: float) -> bool:
        """Take in the peer's report; whether it was one."""
        report = parse(datagram)
        if report is None:
            return False
        if report.sender is not None and report.ssrc == receiver.ssrc:
            receiver.heard_report(report.sender, wall)
        for block in report.blocks:
            if block.ssrc == self._ssrc:
                round_trip = round_trip_ms(block, ntp_time(wall))
                self.round_trip_ms = self.round_trip_ms if round_trip is None else round_trip
        return True
