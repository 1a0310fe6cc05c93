"""The switch's end of the socket to a worker: many messages to a datagram, never waiting."""

import asyncio
import socket
from collections.abc import Callable

from media.engines.protocol import (
    DATAGRAM_SIZE,
    MESSAGES_AT_ONCE,
    Command,
    Report,
    pack,
    unpack_reports,
)

_READS_AT_ONCE = 16
_POST_WITHIN = 0.020  # seconds that what nobody waits for may wait for company: each message wakes the worker


class Channel:
    """Commands go out in order, and together where they can. `ended` is called once: the worker is gone."""

    def __init__(
        self, ours: socket.socket, heard: Callable[[list[Report]], None], ended: Callable[[], None]
    ) -> None:
        self._socket, self._heard, self._ended = ours, heard, ended
        self._loop = asyncio.get_running_loop()
        self._outbox: list[Command] = []
        self._due = False  # the outbox goes out at the end of this turn
        self._post: asyncio.TimerHandle | None = None
        self._open = True
        self._datagram = bytearray(DATAGRAM_SIZE)
        ours.settimeout(0)
        self._loop.add_reader(ours, self._read)

    def send(self, command: Command) -> None:
        """At the end of the loop's turn. Nothing happens where the worker is gone."""
        if not self._open:
            return
        self._outbox.append(command)
        if not self._due:
            self._due = True
            self._loop.call_soon(self._flush)

    def post(self, command: Command) -> None:
        """With the next that is sent, and soon in any case."""
        if not self._open:
            return
        self._outbox.append(command)
        if not self._due and self._post is None:
            self._post = self._loop.call_later(_POST_WITHIN, self._flush)

    def close(self) -> None:
        if self._open:
            self._flush()
        if self._open:
            self._open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()

    def _flush(self) -> None:
        """What a busy worker cannot take now goes when it can; one that hangs is soon found out."""
        self._due = False
        if self._post is not None:
            self._post.cancel()
            self._post = None
        try:
            while self._open and self._outbox:
                self._socket.send(pack(self._outbox[:MESSAGES_AT_ONCE]))
                del self._outbox[:MESSAGES_AT_ONCE]
        except BlockingIOError:
            self._loop.add_writer(self._socket, self._flush_late)
        except OSError:
            self._end()

    def _flush_late(self) -> None:
        self._loop.remove_writer(self._socket)
        self._flush()

    def _read(self) -> None:
        try:
            for _ in range(_READS_AT_ONCE):
                size = self._socket.recv_into(self._datagram)
                if size == 0:
                    self._end()
                    return
                self._heard(unpack_reports(memoryview(self._datagram)[:size]))
        except BlockingIOError:
            return
        except OSError:
            self._end()

    def _end(self) -> None:
        self._outbox.clear()
        self.close()
        self._ended()
