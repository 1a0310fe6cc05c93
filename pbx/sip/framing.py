"""Cutting a byte stream into SIP messages by their Content-Length (RFC 3261 18.3)."""

import re
from typing import Final

from pbx.sip.errors import Malformed
from pbx.sip.grammar import decimal
from pbx.sip.message import LONGEST_MESSAGE, Request, parse_message

PING: Final = b"\r\n\r\n"  # a keep-alive between messages (RFC 5626 4.4.1), answered with PONG
PONG: Final = b"\r\n"

_length_line = re.compile(rb"\r\n(?:content-length|l)[ \t]*+:((?:[^\r\n]|\r\n[ \t])*+)", re.IGNORECASE)


class StreamFramer:
    """One connection's bytes. Holds one unfinished message, of at most LONGEST_MESSAGE bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no head ends before this place
        self._whole = 0  # length of the message whose head is there, or 0

    @property
    def waiting(self) -> bool:
        """A message has begun and not ended: the peer owes us bytes, other than line breaks."""
        return len(self._buffer) >= len(PING) or bool(self._buffer.strip(PING))

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, and PING for each keep-alive the peer sent between them.

        Raises Malformed when nobody can say where a message ends: answer it, close the connection, and read
        nothing more from it, for what follows may have been smuggled in.
        """
        self._buffer += data
        messages: list[bytes] = []
        while True:
            self._skip_line_breaks(messages)
            if not self._whole and not self._find_head():
                return messages
            if len(self._buffer) < self._whole:
                return messages
            messages.append(bytes(self._buffer[: self._whole]))
            del self._buffer[: self._whole]
            self._searched = self._whole = 0

    def _skip_line_breaks(self, messages: list[bytes]) -> None:
        while self._buffer.startswith(PING):
            messages.append(PING)
            del self._buffer[:4]
        if self._buffer.startswith(PONG) and not PING.startswith(bytes(self._buffer[:3])):
            del self._buffer[:2]

    def _find_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            if len(self._buffer) > LONGEST_MESSAGE:
                raise Malformed(513, "Message Too Large")
            self._searched = max(0, len(self._buffer) - 3)
            return False
        head = bytes(self._buffer[: end + 4])
        self._whole = len(head) + _body_length(head)
        if self._whole > LONGEST_MESSAGE:
            raise Malformed(513, "Message Too Large", _request(head))
        return True


def _body_length(head: bytes) -> int:
    lengths = _length_line.findall(head)
    length = decimal(lengths[0].decode("latin-1").strip(" \t\r\n")) if len(lengths) == 1 else None
    if length is None or head.count(b"\n") != head.count(b"\r\n"):
        raise Malformed(400, "Bad Content-Length", _request(head))
    return length


def _request(head: bytes) -> Request | None:
    try:
        message = parse_message(head)
    except Malformed as malformed:
        return malformed.request
    return message if isinstance(message, Request) else None
