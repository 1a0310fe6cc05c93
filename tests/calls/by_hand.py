"""A caller who writes SIP by hand, for what no ordinary phone of these tests would say."""

import asyncio

from pbx.sip.message import Request, Response, parse_message
from pbx.sip.outputs import Peer, Transmit
from tests.support.phones import EXCHANGE
from tests.support.wire import Wire

HOST = "10.9.9.9"


def audio(formats: str = "0", direction: str = "sendrecv", version: int = 1, host: str = HOST) -> str:
    return (
        f"v=0\r\no=- 7 {version} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio 4000 RTP/AVP {formats}\r\na={direction}\r\n"
    )


class ByHand:
    """One call, one message at a time; `heard` is everything the exchange said."""

    def __init__(self, wire: Wire, name: str = "by-hand") -> None:
        self.heard: list[Request | Response] = []
        self._name, self._send = name, wire.sender((HOST, 5060))
        self._sequence = 0
        self._tag = ""
        wire.plug((HOST, 5060), self._receive)

    def invite(self, number: str, body: str = "") -> None:
        self._request("INVITE", number, body)

    def ack(self, body: str = "") -> None:
        self._request("ACK", "exchange", body)

    def bye(self) -> None:
        self._request("BYE", "exchange", "")

    def info(self, key: str) -> None:
        self._request("INFO", "exchange", f"Signal={key}\r\nDuration=160\r\n", "application/dtmf-relay")

    def cancel(self, number: str) -> None:
        self._write("CANCEL", number, "")

    async def said(self, status: int, patience: float = 60.0) -> Response:
        """The latest response to our latest request, once it is this one."""
        async with asyncio.timeout(patience):
            while True:
                for message in reversed(self.heard):
                    if isinstance(message, Response) and (message.status, message.cseq.number) == (
                        status,
                        self._sequence,
                    ):
                        self._tag = message.to.tag
                        return message
                await asyncio.sleep(0.01)

    def _request(self, method: str, number: str, body: str, kind: str = "application/sdp") -> None:
        self._sequence += method != "ACK"
        self._write(method, number, body, kind)

    def _write(self, method: str, number: str, body: str, kind: str = "") -> None:
        tag = f";tag={self._tag}" if self._tag else ""
        content = f"Content-Type: {kind}\r\n" if body else ""
        branch = "INVITE" if method == "CANCEL" else method
        text = (
            f"{method} sip:{number}@{EXCHANGE[0]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {HOST}:5060;branch=z9hG4bK{self._name}{self._sequence}{branch}\r\n"
            f'From: "Ilze" <sip:hand@{HOST}>;tag=hand\r\nTo: <sip:{number}@{EXCHANGE[0]}>{tag}\r\n'
            f"Call-ID: {self._name}\r\nCSeq: {self._sequence} {method}\r\nContact: <sip:hand@{HOST}>\r\n"
            f"Max-Forwards: 70\r\n{content}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._send(Transmit(text.encode(), Peer("udp", *EXCHANGE, f"{HOST}:5060")))

    def _receive(self, data: bytes, peer: Peer) -> None:
        message = parse_message(data)
        self.heard.append(message)
        if isinstance(message, Request) and message.method == "BYE":
            self._send(Transmit(message.response(200).encode(), peer))
