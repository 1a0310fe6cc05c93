"""A scripted exchange for the softphone: it answers as the test says, and keeps what it was told."""

import re
import socket
from typing import Self

HOST = "127.0.0.1"
DESCRIPTION = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)


class ScriptedExchange:
    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.settimeout(3)
        self._media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._media.bind((HOST, 0))
        self._phone = ("", 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._media.close()

    def _description(self) -> str:
        return DESCRIPTION.format(host=HOST, port=self._media.getsockname()[1])

    @property
    def address(self) -> tuple[str, int]:
        return self._socket.getsockname()

    def hear(self, method: str) -> str:
        """The next message, which must be this request (or, with a number, this response)."""
        data, self._phone = self._socket.recvfrom(65536)
        text = data.decode()
        assert text.startswith((f"{method} ", f"SIP/2.0 {method} ")), f"expected {method}, not {text}"
        return text

    def say(self, text: str) -> None:
        self._socket.sendto(text.encode(), self._phone)

    def reply(
        self, request: str, status: str, *, tag: str = "theirs", audio: bool = False, more: str = ""
    ) -> None:
        """A response like `486 Busy Here`."""
        kept = [
            line for line in request.split("\r\n") if line.startswith(("Via:", "From:", "Call-ID:", "CSeq:"))
        ]
        to = header(request, "To")
        body = self._description() if audio else ""
        lines = [f"SIP/2.0 {status}", *kept, f"To: {to}" + ("" if "tag=" in to else f";tag={tag}")]
        lines += [f"Contact: <sip:contact@{HOST}:{self.address[1]}>", *([more] if more else [])]
        lines += ["Content-Type: application/sdp"] if body else []
        self.say("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]))

    def ask(
        self, method: str, call_id: str, *, branch: str = "b1", cseq: int = 1, direction: str = ""
    ) -> None:
        """A request of ours; an INVITE has a description, which ends with the `direction`."""
        body = self._description() + direction if method == "INVITE" else ""
        lines = [
            f"{method} sip:1001@{HOST} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.address[1]};branch=z9hG4bK{branch}",
            f"From: <sip:1002@{HOST}>;tag=ours",
            f"To: <sip:1001@{HOST}>",
            f"Call-ID: {call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:contact@{HOST}:{self.address[1]}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
        ]
        self.say("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]))


def header(message: str, name: str) -> str:
    """One header's value."""
    found = re.search(rf"^{name}: (.*)\r$", message, re.M)
    assert found, f"no {name} in {message}"
    return found[1]


def branch(message: str) -> str:
    """Of the topmost Via."""
    return header(message, "Via").split("branch=")[1].split(";")[0]
