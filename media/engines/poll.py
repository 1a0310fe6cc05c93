"""Readiness without asyncio: a descriptor and the function that takes one packet from it."""

import select
import socket
from collections.abc import Callable
from typing import TypeAlias

Take: TypeAlias = Callable[[int], None]


class Poll:
    """Level-triggered, so that a flooded socket gets one turn like every other."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.takers: dict[int, Take] = {}
        self.wait = self._epoll.poll

    def watch(self, ours: socket.socket, take: Take) -> None:
        """Call `take` (with the time in 1/8000 s) when something is there; again, to change who takes."""
        descriptor = ours.fileno()
        if descriptor not in self.takers:
            self._epoll.register(descriptor, select.EPOLLIN)
        self.takers[descriptor] = take

    def forget(self, ours: socket.socket) -> None:
        """Before it is closed."""
        if self.takers.pop(ours.fileno(), None) is not None:
            self._epoll.unregister(ours.fileno())

    def close(self) -> None:
        self._epoll.close()
