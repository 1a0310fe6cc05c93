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
        self.takers: list[Take | None] = []  # by descriptor: looked up for every packet
        self.wait = self._epoll.poll

    def watch(self, ours: socket.socket, take: Take) -> None:
        """Call `take` (with the time in 1/8000 s) when something is there; again, to change who takes."""
        descriptor = ours.fileno()
        if descriptor >= len(self.takers):
            self.takers.extend([None] * (descriptor + 1 - len(self.takers)))
        if self.takers[descriptor] is None:
            self._epoll.register(descriptor, select.EPOLLIN)
        self.takers[descriptor] = take

    def forget(self, ours: socket.socket) -> None:
        """Before it is closed."""
        descriptor = ours.fileno()
        if descriptor < len(self.takers) and self.takers[descriptor] is not None:
            self.takers[descriptor] = None
            self._epoll.unregister(descriptor)

    def close(self) -> None:
        self._epoll.close()
