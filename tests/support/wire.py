"""A network that exists only in memory: datagrams are lost, doubled and overtaken, from a seed."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pbx.sip.outputs import Peer, Transmit

Address: TypeAlias = tuple[str, int]
Receiver: TypeAlias = Callable[[bytes, Peer], None]


class Passed(NamedTuple):
    """One message as it left somebody, whether it arrived or not."""

    at: float
    source: Address
    destination: Address
    data: bytes


@dataclass(frozen=True, slots=True)
class Weather:
    """Shares of datagrams, and seconds."""

    lost: float = 0.0
    doubled: float = 0.0
    delay: float = 0.01
    jitter: float = 0.0  # more than the gap between two datagrams lets one overtake the other


CLEAR = Weather()
STORM = Weather(lost=0.1, doubled=0.1, delay=0.02, jitter=0.2)


class Wire:
    def __init__(self, seed: int = 0, weather: Weather = CLEAR) -> None:
        self.weather = weather
        self.watchers: list[Callable[[Passed], None]] = []
        self._dice = random.Random(seed)
        self._under_way: dict[float, list[tuple[Passed, str]]] = {}
        self._loop = asyncio.get_running_loop()
        self._plugs: dict[Address, Receiver] = {}

    def plug(self, address: Address, receiver: Receiver) -> None:
        self._plugs[address] = receiver

    def sender(self, own: Address) -> Callable[[Transmit], None]:
        """What somebody at `own` sends with. TCP is modelled as a wire in good weather."""

        def send(message: Transmit) -> None:
            peer = message.peer
            passed = Passed(self._loop.time(), own, (peer.host, peer.port), message.data)
            for watcher in self.watchers:
                watcher(passed)
            weather = CLEAR if peer.transport == "tcp" else self.weather
            if self._dice.random() < weather.lost:
                return
            for _ in range(2 if self._dice.random() < weather.doubled else 1):
                at = passed.at + weather.delay + self._dice.random() * weather.jitter
                if at not in self._under_way:
                    self._under_way[at] = []
                    self._loop.call_at(at, self._deliver, at)
                self._under_way[at].append((passed, peer.transport))

        return send

    def _deliver(self, at: float) -> None:
        """What arrives in one moment arrives in the order it was sent: timers of one moment come in any."""
        for passed, transport in self._under_way.pop(at):
            self._arrive(passed, transport)

    def _arrive(self, passed: Passed, transport: str) -> None:
        receiver = self._plugs.get(passed.destination)
        if receiver is not None:
            host, port = passed.destination
            seen = Peer("tcp" if transport == "tcp" else "udp", *passed.source, f"{host}:{port}")
            receiver(passed.data, seen)
