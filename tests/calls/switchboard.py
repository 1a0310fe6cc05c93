"""Signalling alone, with a clock set by hand, and lists of what it was asked and told."""

from datetime import UTC, datetime, timedelta

from pbx.calls.signalling import LegEvent, Signalling
from pbx.identifiers import SeededIds
from pbx.sip.authentication import Challenger
from pbx.sip.outputs import CallOffered, Denied, Peer, RegisterReceived, Transmit
from pbx.sip.user_agent import UserAgent
from tests.support.phones import Everybody

CALLER = Peer("udp", "192.0.2.7", 5060, "192.0.2.1:5060")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class HandClock:
    """A process's own seconds, and the wall's."""

    def __init__(self, now: float = 0.0, wall: float = 0.0) -> None:
        self.monotonic, self.wall_seconds = now, wall

    def now(self) -> float:
        return self.monotonic

    def wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.wall_seconds)

    def unix_ms(self) -> int:
        return int(self.wall().timestamp() * 1000)

    def advance(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall_seconds += seconds


class Listener:
    def __init__(self) -> None:
        self.heard: list[LegEvent] = []

    def on_event(self, event: LegEvent) -> None:
        self.heard.append(event)


class Switchboard:
    def __init__(self, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.sent: list[Transmit] = []
        self.offers: list[CallOffered] = []
        self.registers: list[RegisterReceived] = []
        self.denials: list[Denied] = []
        self.fault: Exception | None = None  # what goes wrong when the next call is offered
        self.signalling = Signalling(
            UserAgent(
                challenger=Challenger("town", b"key"),
                directory=Everybody(),
                ids=SeededIds(1),
                locals_={"udp": "192.0.2.1:5060"},
            ),
            self.clock,
            self.sent.append,
            offered=self._offered,
            register=self.registers.append,
            denied=self.denials.append,
        )

    def write(self, method: str, number: int = 1, name: str = "a") -> None:
        """One request of the call `name`."""
        text = (
            f"{method} sip:100@192.0.2.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK{name}{number}\r\n"
            f"From: <sip:7@192.0.2.7>;tag=7\r\nTo: <sip:100@192.0.2.1>\r\nCall-ID: {name}\r\n"
            f"CSeq: {number} {method}\r\nContact: <sip:7@192.0.2.7>\r\nMax-Forwards: 70\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        self.signalling.receive(text.encode(), CALLER)

    def _offered(self, offer: CallOffered) -> None:
        if self.fault is not None:
            raise self.fault
        self.offers.append(offer)

    def statuses(self) -> list[bytes]:
        return [message.data[8:11] for message in self.sent]
