"""A stranger on the network: floods over UDP, hoards TCP connections, and never tells the truth."""

import select
import socket
import time
from collections import Counter
from collections.abc import Iterable
from hashlib import md5

HOST = "127.0.0.1"
STRANGER = "127.0.0.66"
_SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.66\r\ns=-\r\nc=IN IP4 127.0.0.66\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n"
_LATE = 0.5  # seconds after the last datagram in which answers still count


def options(number: int) -> bytes:
    return _request("OPTIONS", "bench", number, "").encode()


def wrong_passwords(port: int, count: int) -> list[bytes]:
    """INVITEs and REGISTERs in turn, each with a well-made answer to a fresh challenge and a password that is
    not the account's."""
    nonce = _nonce(port)
    return [_wrong(("INVITE", "REGISTER")[number % 2], number, nonce) for number in range(count)]


def flood(port: int, datagrams: Iterable[bytes], a_second: float) -> Counter[str]:
    """Send them all from STRANGER, evenly; how often each status came back."""
    statuses = Counter[str]()
    with _udp() as udp:
        began = time.monotonic()
        for number, datagram in enumerate(datagrams):
            udp.sendto(datagram, (HOST, port))
            _hear(udp, began + number / a_second, statuses)
        _hear(udp, time.monotonic() + _LATE, statuses)
    return statuses


def connect(port: int, source: str = HOST) -> socket.socket:
    return socket.create_connection((HOST, port), 5, source_address=(source, 0))


def is_served(connection: socket.socket, number: int) -> bool:
    """Whether an OPTIONS gets its 200 here, rather than the end of the connection."""
    try:
        connection.sendall(_request("OPTIONS", "bench", number, "", "TCP").encode())
        return connection.recv(65535).startswith(b"SIP/2.0 200 ")
    except ConnectionError:
        return False


def seconds_until_closed(connection: socket.socket, message: bytes, pause: float, limit: float) -> float:
    """Send the message a byte at a time, pausing between them; `limit` if it is suffered for so long."""
    began = time.monotonic()
    for at in range(len(message)):
        try:
            connection.sendall(message[at : at + 1])
            if select.select([connection], [], [], pause)[0] and not connection.recv(65535):
                break
        except ConnectionError:
            break
        if time.monotonic() - began > limit:
            return limit
    return time.monotonic() - began


def _wrong(method: str, number: int, nonce: str) -> bytes:
    account, uri = f"u{number % 10:04}", f"sip:{HOST}"
    ha1 = md5(f"{account}:bench.example:guess{number}".encode()).hexdigest()
    ha2 = md5(f"{method}:{uri}".encode()).hexdigest()
    nc = f"{number + 1:08x}"
    response = md5(f"{ha1}:{nonce}:{nc}:c:auth:{ha2}".encode()).hexdigest()
    return _request(
        method,
        account,
        number,
        f'Authorization: Digest username="{account}", realm="bench.example", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, cnonce="c", qop=auth, nc={nc}\r\n',
    ).encode()


def _request(method: str, account: str, number: int, more: str, transport: str = "UDP") -> str:
    body = _SDP if method == "INVITE" else ""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} sip:{HOST} SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport} {STRANGER};branch=z9hG4bK{method}{number};rport\r\n"
        f"From: <sip:{account}@{HOST}>;tag=s{number}\r\nTo: <sip:{account}@{HOST}>\r\n"
        f"Call-ID: {method}{number}@stranger\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n"
        f"Contact: <sip:{account}@{STRANGER}>\r\n{more}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
    )


def _nonce(port: int) -> str:
    """From a challenge that names MD5."""
    with _udp() as udp:
        udp.settimeout(5)
        udp.sendto(_request("REGISTER", "u0000", 999_999, "").encode(), (HOST, port))
        challenges = udp.recv(65535).decode().split("WWW-Authenticate: ")[1:]
    md5_one = next(challenge for challenge in challenges if "algorithm=MD5" in challenge)
    return md5_one.split('nonce="')[1].split('"')[0]


def _udp() -> socket.socket:
    udp = socket.socket(type=socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    udp.bind((STRANGER, 0))
    return udp


def _hear(udp: socket.socket, until: float, statuses: Counter[str]) -> None:
    while select.select([udp], [], [], max(0.0, until - time.monotonic()))[0]:
        words = udp.recv(65535).split(b" ", 2)
        statuses[words[1].decode()] += 1
