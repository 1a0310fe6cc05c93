import asyncio
import socket
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from pbx.sip.outputs import Peer
from pbx.transport.udp import UdpListener
from tests.transport.mailbox import Mailbox

PATIENCE = 10.0


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, PATIENCE))


@contextmanager
def listener(
    mailbox: Mailbox, host: str = "127.0.0.1", advertise: str | None = None
) -> Generator[UdpListener]:
    ours = UdpListener(host, 0, mailbox.deliver, advertise)
    try:
        yield ours
    finally:
        ours.close()


def phone() -> socket.socket:
    theirs = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    theirs.bind(("127.0.0.1", 0))
    theirs.settimeout(PATIENCE)
    return theirs


def test_a_datagram_arrives_with_where_it_came_from_and_the_answer_goes_back():
    async def story() -> None:
        mailbox = Mailbox()
        with phone() as theirs, listener(mailbox) as ours:
            theirs.sendto(b"hello", (ours.host, ours.port))
            data, peer = await mailbox.delivered.get()
            port = theirs.getsockname()[1]
            assert (data, peer) == (b"hello", Peer("udp", "127.0.0.1", port, f"127.0.0.1:{ours.port}"))
            ours.send(b"and hello", peer)
            assert theirs.recvfrom(100) == (b"and hello", (ours.host, ours.port))

    run(story())


def test_what_is_advertised_is_shown_and_an_ipv6_address_in_brackets():
    async def story() -> None:
        mailbox = Mailbox()
        with listener(mailbox, advertise="pbx.example") as named, listener(mailbox, "::1") as six:
            assert named.local == f"pbx.example:{named.port}"
            assert six.local == f"[::1]:{six.port}"
            six.send(b"to myself", Peer("udp", "::1", six.port))
            assert await mailbox.delivered.get() == (b"to myself", Peer("udp", "::1", six.port, six.local))

    run(story())


def test_a_burst_is_taken_in_turns_so_that_others_run_too():
    async def story() -> None:
        mailbox = Mailbox()
        with phone() as theirs, listener(mailbox) as ours:
            for number in range(200):
                theirs.sendto(b"%d" % number, (ours.host, ours.port))
            first, _ = await mailbox.delivered.get()
            waiting = mailbox.delivered.qsize()
            assert 0 < waiting < 199
            rest = [(await mailbox.delivered.get())[0] for _ in range(199)]
            assert [first, *rest] == [b"%d" % number for number in range(200)]

    run(story())


@pytest.mark.parametrize(
    "peer",
    [
        Peer("udp", "127.0.0.1", 0),
        Peer("udp", "127.0.0.1", 99_999),
        Peer("udp", "127.0.0.1", -1),
        Peer("udp", "::1", 5060),
        Peer("udp", "255.255.255.255", 5060),
    ],
)
def test_what_cannot_be_sent_is_lost_like_any_datagram_and_the_next_one_goes_out(peer: Peer):
    async def story() -> None:
        mailbox = Mailbox()
        with listener(mailbox) as ours:
            ours.send(b"lost", peer)
            ours.send(b"found", Peer("udp", ours.host, ours.port))
            assert (await mailbox.delivered.get())[0] == b"found"

    run(story())


def test_a_datagram_too_long_for_the_wire_is_lost():
    async def story() -> None:
        mailbox = Mailbox()
        with listener(mailbox) as ours:
            ours.send(b"x" * 70_000, Peer("udp", ours.host, ours.port))
            ours.send(b"x" * 65_507, Peer("udp", ours.host, ours.port))
            assert len((await mailbox.delivered.get())[0]) == 65_507

    run(story())


def test_a_port_that_nobody_listens_on_costs_nothing():
    """The kernel reports the refusal on our next call, which must not lose what has arrived."""

    async def story() -> None:
        mailbox = Mailbox()
        with phone() as gone:
            nowhere = Peer("udp", *gone.getsockname())
        with listener(mailbox) as ours:
            for number in range(3):
                ours.send(b"anybody?", nowhere)
                ours.send(b"%d" % number, Peer("udp", ours.host, ours.port))
                assert (await mailbox.delivered.get())[0] == b"%d" % number

    run(story())


def test_a_port_in_use_cannot_be_bound():
    async def story() -> None:
        with phone() as theirs, pytest.raises(OSError, match="in use"):
            UdpListener("127.0.0.1", theirs.getsockname()[1], Mailbox().deliver, None)

    run(story())
