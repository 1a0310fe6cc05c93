"""The switch's end of the socket to a worker: what goes out together, and when."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from media.engines.channel import Channel
from media.engines.protocol import (
    DATAGRAM_SIZE,
    Claim,
    Close,
    Command,
    Report,
    SendKey,
    unpack_commands,
)

KEY, CLAIM, CLOSE = SendKey(1, "5", 100), Claim(40000), Close(1, 40000)


class Worker:
    """The other end, with nobody reading until asked."""

    def __init__(self, theirs: socket.socket) -> None:
        self._socket = theirs

    async def next(self) -> list[Command]:
        """The next datagram."""
        return unpack_commands(await asyncio.get_running_loop().sock_recv(self._socket, DATAGRAM_SIZE))

    def heard(self) -> list[list[Command]]:
        """What has arrived, datagram by datagram, until the channel is closed."""
        return list(self._datagrams())

    def _datagrams(self) -> Iterator[list[Command]]:
        while True:
            try:
                datagram = self._socket.recv(DATAGRAM_SIZE)
            except BlockingIOError:
                return
            if not datagram:
                return
            yield unpack_commands(datagram)


@contextmanager
def sockets() -> Generator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.settimeout(0)
    with ours, theirs:
        yield ours, theirs


@asynccontextmanager
async def channel() -> AsyncGenerator[tuple[Channel, Worker]]:
    def heard(_reports: list[Report]) -> None: ...
    def ended() -> None: ...

    with sockets() as (ours, theirs):
        line = Channel(ours, heard, ended)
        try:
            yield line, Worker(theirs)
        finally:
            line.close()


def test_what_is_sent_in_one_turn_goes_together_at_its_end() -> None:
    async def test() -> None:
        async with channel() as (line, worker):
            line.send(KEY)
            line.send(CLOSE)
            assert worker.heard() == []
            await asyncio.sleep(0)
            assert worker.heard() == [[KEY, CLOSE]]

    asyncio.run(test())


def test_what_is_posted_goes_in_its_place_with_the_next_that_is_sent() -> None:
    async def test() -> None:
        async with channel() as (line, worker):
            line.post(CLAIM)
            await asyncio.sleep(0)
            assert worker.heard() == []
            line.send(KEY)
            line.post(CLOSE)
            await asyncio.sleep(0)
            assert worker.heard() == [[CLAIM, KEY, CLOSE]]
            line.send(KEY)
            assert await worker.next() == [KEY]

    asyncio.run(test())


def test_what_is_posted_goes_soon_in_any_case_and_when_the_channel_is_closed() -> None:
    async def test() -> None:
        async with channel() as (line, worker), asyncio.timeout(5):
            line.post(CLAIM)
            line.post(CLOSE)
            assert await worker.next() == [CLAIM, CLOSE]
            line.post(CLAIM)
            line.close()
            line.post(CLOSE)
            line.send(KEY)
            await asyncio.sleep(0)
            assert worker.heard() == [[CLAIM]]

    asyncio.run(test())


@pytest.mark.parametrize("posted", [False, True])
def test_what_a_busy_worker_cannot_take_now_reaches_it_in_order_later(*, posted: bool) -> None:
    async def test() -> None:
        async with channel() as (line, worker), asyncio.timeout(10):
            keys = [SendKey(number, "5", 100) for number in range(40_000)]
            for key in keys:
                (line.post if posted else line.send)(key)
            heard: list[Command] = []
            while len(heard) < len(keys):
                heard += await worker.next()
            assert heard == keys

    asyncio.run(test())
