"""The torture messages of RFC 4475 and RFC 5118, sent to a running exchange."""

import socket
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from pbx.softphone.child import HOST
from tests.interop.office import ROOT, Office

pytestmark = pytest.mark.interop
DATA = ROOT.parent / "shared" / "data"
MESSAGES = [path for name in ("rfc4475", "rfc5118") for path in sorted((DATA / name).glob("*.dat"))]
AT_ONCE = 0.3  # seconds

OPTIONS = (
    "OPTIONS sip:100@{host} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK-{name};rport\r\n"
    "From: <sip:torturer@{host}>;tag=1\r\n"
    "To: <sip:100@{host}>\r\n"
    "Call-ID: alive-{name}\r\n"
    "CSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\n"
    "Content-Length: 0\r\n\r\n"
)


class Witness:
    """Asks whether the exchange is alive, from a socket of its own."""

    def __init__(self, office: Office) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.connect(office.server)
        self._asked = 0

    def close(self) -> None:
        self._socket.close()

    def sees_it_alive(self) -> bool:
        self._asked += 1
        name = f"alive-{self._asked}"
        port = self._socket.getsockname()[1]
        self._socket.send(OPTIONS.format(host=HOST, port=port, name=name).encode())
        deadline = time.monotonic() + AT_ONCE
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                reply = self._socket.recv(65536)
            except TimeoutError:
                return False
            if reply.startswith(b"SIP/2.0 200 ") and name.encode() in reply:
                return True
        return False


@pytest.fixture
def witness(office: Office) -> Generator[Witness]:
    witness = Witness(office)
    yield witness
    witness.close()


def test_the_messages_are_there() -> None:
    assert len(MESSAGES) >= 49, f"the torture messages are expected below {DATA}"


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_it_lives_on_after_each_message_over_udp(office: Office, witness: Witness, path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as torturer:
        torturer.bind((HOST, 0))
        torturer.sendto(path.read_bytes(), office.server)
        assert witness.sees_it_alive()
    assert '"level": "error"' not in office.log()


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_it_lives_on_after_each_message_over_tcp(office: Office, witness: Witness, path: Path) -> None:
    with socket.create_connection(office.server) as torturer:
        torturer.sendall(path.read_bytes())
        assert witness.sees_it_alive()
    assert witness.sees_it_alive()
    assert '"level": "error"' not in office.log()


def test_a_message_that_comes_byte_by_byte_is_one_message(office: Office, witness: Witness) -> None:
    text = OPTIONS.format(host=HOST, port=5060, name="slowly").replace("SIP/2.0/UDP", "SIP/2.0/TCP")
    with socket.create_connection(office.server) as phone:
        phone.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in text.encode():
            phone.send(bytes([byte]))
        phone.settimeout(AT_ONCE)
        assert phone.recv(65536).startswith(b"SIP/2.0 200 ")
    assert witness.sees_it_alive()
