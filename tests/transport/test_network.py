import asyncio
import socket
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pbx.sip.outputs import Peer, Transmit
from pbx.transport.network import ListenError, Network
from tests.transport.mailbox import Mailbox, request

PATIENCE = 10.0


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, PATIENCE))


@asynccontextmanager
async def network(mailbox: Mailbox) -> AsyncGenerator[Network]:
    async with asyncio.TaskGroup() as tasks:
        net = Network(tasks, mailbox.deliver, mailbox.lose)
        try:
            yield net
        finally:
            await net.close()


def test_an_answer_leaves_from_the_listener_that_heard_the_question():
    async def story() -> None:
        mailbox = Mailbox()
        async with network(mailbox) as net:
            first, second = [await net.listen("udp", "127.0.0.1", 0, None) for _ in range(2)]
            for local in (first, second):
                here = Peer("udp", "127.0.0.1", int(first.rpartition(":")[2]), local)
                net.send(Transmit(b"to the first", here))
                _, peer = await mailbox.delivered.get()
                assert f"{peer.host}:{peer.port}" == local

    run(story())


@pytest.mark.parametrize("local", ["", "192.0.2.1:5060"])
def test_what_no_listener_of_ours_heard_leaves_from_the_first(local: str):
    async def story() -> None:
        mailbox = Mailbox()
        async with network(mailbox) as net:
            first, second = [await net.listen("udp", "127.0.0.1", 0, None) for _ in range(2)]
            net.send(Transmit(b"hello", Peer("udp", "127.0.0.1", int(second.rpartition(":")[2]), local)))
            _, peer = await mailbox.delivered.get()
            assert f"{peer.host}:{peer.port}" == first
            assert net.locals == {"udp": first}

    run(story())


def test_without_a_listener_for_udp_nothing_leaves_by_udp():
    async def story() -> None:
        mailbox = Mailbox()
        async with network(mailbox) as net:
            local = await net.listen("tcp", "127.0.0.1", 0, None)
            assert net.locals == {"tcp": local}
            net.send(Transmit(b"lost", Peer("udp", "127.0.0.1", 5060)))

    run(story())


def test_tcp_and_udp_share_a_port_and_deliver_to_one_place():
    async def story() -> None:
        mailbox = Mailbox()
        async with network(mailbox) as net:
            port = int((await net.listen("udp", "127.0.0.1", 0, None)).rpartition(":")[2])
            await net.listen("tcp", "127.0.0.1", port, None)
            net.send(Transmit(request(call="t"), Peer("tcp", "127.0.0.1", port)))
            assert (await mailbox.delivered.get())[0] == request(call="t")
            net.send(Transmit(request(call="u"), Peer("udp", "127.0.0.1", port)))
            assert (await mailbox.delivered.get())[0] == request(call="u")

    run(story())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_address_that_cannot_be_bound_is_named_with_the_reason(transport: Any):
    async def story() -> None:
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", 0))
            if transport == "tcp":
                taken.listen()
            port = taken.getsockname()[1]
            async with network(Mailbox()) as net:
                with pytest.raises(
                    ListenError, match=f"^cannot listen on {transport}:127.0.0.1:{port}: .*in use"
                ):
                    await net.listen(transport, "127.0.0.1", port, None)

    run(story())
