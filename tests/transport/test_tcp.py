"""Over real sockets on loopback; deadlines are shortened where a test waits for one."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pbx.sip.outputs import Peer
from pbx.transport.tcp import Limits, TcpConnections
from tests.transport.mailbox import Mailbox, request

PATIENCE = 10.0  # seconds, far more than any of these take
IN_A_WHILE = 0.2


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, PATIENCE))


class Place(Mailbox):
    """Connections of ours, listening on one port."""

    connections: TcpConnections
    port: int

    async def caller(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


@asynccontextmanager
async def listening(limits: Limits | None = None, advertise: str | None = None) -> AsyncGenerator[Place]:
    place = Place()
    async with asyncio.TaskGroup() as tasks:
        place.connections = TcpConnections(tasks, place.deliver, place.lose, limits or Limits())
        local = await place.connections.listen("127.0.0.1", 0, advertise)
        place.port = int(local.rpartition(":")[2])
        assert local == f"{advertise or '127.0.0.1'}:{place.port}"
        try:
            yield place
        finally:
            await place.connections.close()


async def closed(reader: asyncio.StreamReader) -> bytes:
    """Everything still said until the connection is gone."""
    said = b""
    try:
        while more := await reader.read(65_536):
            said += more
    except ConnectionResetError:
        pass
    return said


def test_messages_arrive_whole_and_in_order_however_they_were_cut():
    async def story() -> None:
        async with listening() as place:
            _, writer = await place.caller()
            first, second, third = request("hello", "1"), request(call="2"), request("x" * 5000, "3")
            text = first + second + third
            for at in range(0, len(text), 997):
                writer.write(text[at : at + 997])
                await writer.drain()
            arrived = [await place.delivered.get() for _ in range(3)]
            assert [data for data, _ in arrived] == [first, second, third]
            host, port = writer.get_extra_info("sockname")
            assert {peer for _, peer in arrived} == {Peer("tcp", host, port, f"127.0.0.1:{place.port}")}
            writer.close()
            assert await place.lost.get() == arrived[0][1]

    run(story())


def test_an_answer_goes_back_over_the_connection_the_request_came_by():
    async def story() -> None:
        async with listening(advertise="203.0.113.7") as place:
            reader, writer = await place.caller()
            writer.write(request())
            _, peer = await place.delivered.get()
            assert peer.local == f"203.0.113.7:{place.port}"
            place.connections.send(b"an answer", peer)
            assert await reader.readexactly(9) == b"an answer"
            writer.close()

    run(story())


def test_a_keep_alive_is_answered_and_not_delivered():
    async def story() -> None:
        async with listening() as place:
            reader, writer = await place.caller()
            writer.write(b"\r\n\r\n" + request())
            assert await reader.readexactly(2) == b"\r\n"
            data, _ = await place.delivered.get()
            assert data == request()
            writer.close()

    run(story())


def test_a_stream_nobody_can_cut_is_told_so_and_closed_and_what_follows_is_not_read():
    async def story() -> None:
        async with listening() as place:
            reader, writer = await place.caller()
            bad = request().replace(b"Content-Length: 0", b"Content-Length: none")
            writer.write(bad + request(call="smuggled"))
            assert (await closed(reader)).startswith(b"SIP/2.0 400 Bad Content-Length\r\n")
            await place.lost.get()
            assert place.delivered.empty()
            writer.close()

    run(story())


@pytest.mark.parametrize(
    ("limits", "dribble"),
    [
        (Limits(finish_within=IN_A_WHILE), request("hello")[:-2]),
        (Limits(finish_within=IN_A_WHILE), request() + b"OPT"),
        (Limits(idle_for=IN_A_WHILE), b""),
        (Limits(idle_for=IN_A_WHILE), request()),
    ],
)
def test_a_peer_that_takes_too_long_is_disconnected(limits: Limits, dribble: bytes):
    async def story() -> None:
        async with listening(limits) as place:
            reader, writer = await place.caller()
            began = asyncio.get_running_loop().time()
            writer.write(dribble)
            await closed(reader)
            assert asyncio.get_running_loop().time() - began >= IN_A_WHILE * 0.9
            await place.lost.get()
            writer.close()

    run(story())


def test_dribbling_one_byte_after_another_wins_no_time():
    async def story() -> None:
        async with listening(Limits(finish_within=IN_A_WHILE)) as place:
            reader, writer = await place.caller()
            ending = asyncio.ensure_future(closed(reader))
            for byte in request("x" * 60_000):
                writer.write(bytes([byte]))
                await asyncio.wait((ending,), timeout=IN_A_WHILE / 20)
                if ending.done():
                    break
            assert ending.done()
            assert place.delivered.empty()
            writer.close()

    run(story())


@pytest.mark.parametrize("keep_alive", [b"\r\n", b"\r\n\r\n", b"\r\n\r\n\r\n"])
def test_line_breaks_between_messages_are_no_message_begun(keep_alive: bytes):
    async def story() -> None:
        async with listening(Limits(finish_within=0.05, idle_for=60)) as place:
            _, writer = await place.caller()
            writer.write(request(call="1") + keep_alive)
            _, peer = await place.delivered.get()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(IN_A_WHILE):
                    await place.lost.get()
            writer.write(request(call="2"))
            assert await place.delivered.get() == (request(call="2"), peer)
            writer.close()

    run(story())


@pytest.mark.parametrize("limits", [Limits(per_address=2), Limits(in_all=2)])
def test_more_connections_than_allowed_are_turned_away_until_one_is_closed(limits: Limits):
    async def story() -> None:
        async with listening(limits) as place:
            one, two = await place.caller(), await place.caller()
            for number, (_, writer) in enumerate((one, two)):
                writer.write(request(call=str(number)))
                await place.delivered.get()
            reader, writer = await place.caller()
            writer.write(request(call="too many"))
            await closed(reader)
            writer.close()
            assert place.delivered.empty()
            assert place.lost.empty()
            one[1].close()
            await place.lost.get()
            _, writer = await place.caller()
            writer.write(request(call="again"))
            await place.delivered.get()
            for open_writer in (two[1], writer):
                open_writer.close()

    run(story())


def test_a_reader_too_slow_for_us_loses_its_connection():
    async def story() -> None:
        async with listening(Limits(unsent=100_000)) as place:
            _, writer = await place.caller()
            writer.write(request())
            _, peer = await place.delivered.get()
            while place.lost.empty():
                place.connections.send(b"x" * 65_536, peer)
                await asyncio.sleep(0)
            assert place.lost.get_nowait() == peer
            writer.close()

    run(story())


def test_a_connection_is_opened_once_and_carries_everything_sent_meanwhile_in_order():
    async def story() -> None:
        async with listening() as place, listening() as other:
            peer = Peer("tcp", "127.0.0.1", other.port, f"127.0.0.1:{place.port}")
            messages = [request(call=str(number)) for number in range(5)]
            for message in messages:
                place.connections.send(message, peer)
            arrived = [await other.delivered.get() for _ in messages]
            assert [data for data, _ in arrived] == messages
            assert len({source for _, source in arrived}) == 1
            other.connections.send(request("back"), arrived[0][1])
            assert await place.delivered.get() == (request("back"), peer)

    run(story())


def test_only_so_many_messages_wait_for_a_connection_being_opened():
    async def story() -> None:
        async with listening(Limits(waiting=3)) as place, listening() as other:
            peer = Peer("tcp", "127.0.0.1", other.port)
            for number in range(10):
                place.connections.send(request(call=str(number)), peer)
            for number in range(3):
                assert (await other.delivered.get())[0] == request(call=str(number))
            place.connections.send(request(call="later"), peer)
            assert (await other.delivered.get())[0] == request(call="later")

    run(story())


def test_a_peer_that_cannot_be_reached_is_lost():
    async def story() -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            peer = Peer("tcp", "127.0.0.1", nobody.getsockname()[1])
            async with listening() as place:
                place.connections.send(request(), peer)
                assert await place.lost.get() == peer

    run(story())


def test_a_peer_that_we_may_not_connect_to_any_more_is_lost_too():
    async def story() -> None:
        async with listening(Limits(in_all=0)) as place, listening() as other:
            peer = Peer("tcp", "127.0.0.1", other.port)
            place.connections.send(request(), peer)
            assert await place.lost.get() == peer

    run(story())


def test_closing_ends_every_connection_and_takes_no_new_ones():
    async def story() -> None:
        async with listening() as place:
            reader, writer = await place.caller()
            writer.write(request())
            _, peer = await place.delivered.get()
            await place.connections.close()
            await closed(reader)
            assert await place.lost.get() == peer
            writer.close()
            with pytest.raises(ConnectionRefusedError):
                await place.caller()

    run(story())


def test_an_ipv6_address_is_shown_in_brackets():
    async def story() -> None:
        async with asyncio.TaskGroup() as tasks:
            mailbox = Mailbox()
            connections = TcpConnections(tasks, mailbox.deliver, mailbox.lose)
            local = await connections.listen("::1", 0, None)
            host, _, port = local.rpartition(":")
            assert host == "[::1]"
            _, writer = await asyncio.open_connection("::1", int(port))
            writer.write(request())
            _, peer = await mailbox.delivered.get()
            assert (peer.host, peer.local) == ("::1", local)
            writer.close()
            await connections.close()

    run(story())
