import shutil
import struct
import subprocess
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest

from pbx.sip.outputs import Peer
from pbx.transport.capture import KEPT, KEPT_BYTES, Capture
from tests.transport.mailbox import request

FOUR = Peer("udp", "192.0.2.7", 5062, "192.0.2.1:5060")
SIX = Peer("tcp", "2001:db8::7", 5062, "[2001:db8::1]:5060")
EPOCH = 1_700_000_000.0


class Packet(NamedTuple):
    at: float
    source: tuple[str, int]
    destination: tuple[str, int]
    data: bytes


def read_pcap(pcap: bytes) -> list[Packet]:
    """Every packet, its lengths checked against each other."""
    magic, major, minor, _, _, _, link = struct.unpack_from("<IHHiIII", pcap)
    assert (magic, major, minor, link) == (0xA1B2C3D4, 2, 4, 101)
    packets: list[Packet] = []
    at = 24
    while at < len(pcap):
        seconds, microseconds, stored, original = struct.unpack_from("<IIII", pcap, at)
        assert stored == original
        packets.append(_packet(seconds + microseconds / 1e6, pcap[at + 16 : at + 16 + stored]))
        at += 16 + stored
    assert at == len(pcap)
    return packets


def _packet(at: float, packet: bytes) -> Packet:
    if packet[0] >> 4 == 4:
        total, protocol = struct.unpack_from("!2xH5xB", packet)
        assert total == len(packet)
        hosts, datagram = (packet[12:16], packet[16:20]), packet[20:]
    else:
        length, protocol = struct.unpack_from("!4xHB", packet)
        assert length == len(packet) - 40
        hosts, datagram = (packet[8:24], packet[24:40]), packet[40:]
    assert protocol == 17
    source, destination, length, _ = struct.unpack_from("!HHHH", datagram)
    assert length == len(datagram)
    one, other = (str(ip_address(host)) for host in hosts)
    return Packet(at, (one, source), (other, destination), datagram[8:])


@pytest.mark.parametrize("peer", [FOUR, SIX])
def test_what_was_heard_and_what_was_said_are_found_with_their_ends_and_times(peer: Peer):
    capture = Capture()
    capture.note(1.25, request(call="a"), peer, sent=False)
    capture.note(2.5, request("answer", call="a"), peer, sent=True)
    near = (peer.local.rpartition(":")[0].strip("[]"), 5060)
    far = (peer.host, peer.port)
    assert read_pcap(capture.pcap(["a"], EPOCH)) == [
        Packet(EPOCH + 1.25, far, near, request(call="a")),
        Packet(EPOCH + 2.5, near, far, request("answer", call="a")),
    ]


def test_only_the_calls_asked_for_are_written():
    capture = Capture()
    for name in ("first", "second", "third"):
        capture.note(0, request(call=name), FOUR, sent=False)
    found = read_pcap(capture.pcap(["first", "third"], EPOCH))
    assert [packet.data for packet in found] == [request(call="first"), request(call="third")]
    assert read_pcap(capture.pcap([], EPOCH)) == []


@pytest.mark.parametrize("local", ["", "pbx.example:5080", "192.0.2.1:5080"])
@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "fe80::1%eth0"])
def test_whatever_our_own_end_is_called_there_is_a_packet_to_read(local: str, host: str):
    capture = Capture()
    capture.note(0, request(call="a"), Peer("udp", host, 5062, local), sent=True)
    (packet,) = read_pcap(capture.pcap(["a"], EPOCH))
    assert packet.source[1] == (5080 if local else 5060)
    assert packet.destination == (host.partition("%")[0], 5062)
    assert packet.data == request(call="a")


def test_the_latest_messages_are_kept_and_older_ones_forgotten():
    capture = Capture()
    for number in range(KEPT + 10):
        capture.note(number, request(call=f"<{number}>"), FOUR, sent=False)
    everything = read_pcap(capture.pcap(["<"], 0))
    assert [packet.at for packet in everything] == list(range(10, KEPT + 10))


def test_a_flood_of_long_messages_cannot_fill_the_memory():
    capture = Capture()
    for number in range(1_000):
        capture.note(number, request("x" * 60_000, call="a"), FOUR, sent=False)
    kept = sum(len(packet.data) for packet in read_pcap(capture.pcap(["a"], 0)))
    assert KEPT_BYTES - 100_000 < kept <= KEPT_BYTES


def test_the_longest_datagram_there_is_makes_a_packet_that_can_be_read():
    capture = Capture()
    capture.note(0, request("x" * 66_000, call="a")[:65_507], FOUR, sent=False)
    (packet,) = read_pcap(capture.pcap(["a"], 0))
    assert len(packet.data) >= 65_467


@pytest.mark.skipif(shutil.which("sngrep") is None, reason="sngrep is not installed")
def test_sngrep_reads_the_file(tmp_path: Path):
    capture = Capture()
    capture.note(EPOCH, request(call="a-call"), FOUR, sent=False)
    capture.note(EPOCH + 1, request(call="a-call"), SIX, sent=True)
    file, copy = tmp_path / "call.pcap", tmp_path / "copy.pcap"
    file.write_bytes(capture.pcap(["a-call"], 0))
    read = ["sngrep", "-F", "-N", "-q", "-I", str(file), "-O", str(copy)]
    subprocess.run(read, check=True, capture_output=True, timeout=20)
    assert read_pcap(copy.read_bytes()) == read_pcap(file.read_bytes())
