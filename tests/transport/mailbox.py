"""What a transport delivered and lost, for tests to wait for; and messages to send."""

import asyncio

from pbx.sip.outputs import Peer


class Mailbox:
    def __init__(self) -> None:
        self.delivered: asyncio.Queue[tuple[bytes, Peer]] = asyncio.Queue()
        self.lost: asyncio.Queue[Peer] = asyncio.Queue()

    def deliver(self, data: bytes, peer: Peer) -> None:
        self.delivered.put_nowait((data, peer))

    def lose(self, peer: Peer) -> None:
        self.lost.put_nowait(peer)


def request(body: str = "", call: str = "c") -> bytes:
    return (
        f"OPTIONS sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.7;branch=z9hG4bK{call}\r\n"
        f"From: <sip:b@192.0.2.7>;tag=1\r\nTo: <sip:a@192.0.2.1>\r\nCall-ID: {call}\r\nCSeq: 1 OPTIONS\r\n"
        f"Max-Forwards: 70\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
