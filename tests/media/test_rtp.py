"""RTP packets and how a source is faring: RFC 3550 5.1, A.1, A.3 and A.8."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.rtp.packet import Packet, build, is_rtcp, parse, payload_bounds
from media.rtp.receiver import Receiver

words16, words32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
PLAIN = build(0, 7, 1600, 0xDECAFBAD, b"voice!")


@given(st.booleans(), st.integers(0, 127), words16, words32, words32, st.binary(max_size=200))
@settings(deadline=None)
def test_a_packet_is_read_as_it_was_built(
    marker: bool, payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes
) -> None:
    datagram = build(payload_type, sequence, timestamp, ssrc, payload, marker=marker)
    assert parse(datagram) == Packet(marker, payload_type, sequence, timestamp, ssrc, payload)


def test_numbers_that_outgrow_their_field_wrap() -> None:
    packet = parse(build(8, 0x1_0002, 0x1_0000_0003, 1, b""))
    assert packet is not None
    assert (packet.sequence, packet.timestamp) == (2, 3)


def test_a_packet_is_laid_out_as_the_rfc_draws_it() -> None:
    assert PLAIN[:12] == bytes.fromhex("80 00 0007 00000640 decafbad")
    assert build(101, 7, 1600, 1, b"", marker=True)[1] == 0xE5


def dressed(
    *,
    csrcs: int = 0,
    extension: bytes | None = None,
    words: int | None = None,
    padding: bytes = b"",
    body: bytes = b"voice!",
) -> bytes:
    """A packet with everything a header may carry; `words` is what it claims of its extension's length."""
    first = 0x80 | csrcs | (0x10 if extension is not None else 0) | (0x20 if padding else 0)
    claim = len(extension or b"") // 4 if words is None else words
    extra = b"" if extension is None else b"\xbe\xde" + claim.to_bytes(2, "big") + extension
    return bytes([first]) + PLAIN[1:12] + b"csrc" * csrcs + extra + body + padding


def test_the_payload_is_found_behind_whatever_comes_before_it() -> None:
    packet = parse(dressed(csrcs=3, extension=b"12345678", padding=b"\0\0\3"))
    assert packet is not None
    assert packet.payload == b"voice!"
    assert (packet.sequence, packet.ssrc) == (7, 0xDECAFBAD)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        PLAIN[:11],
        b"\x00" + PLAIN[1:],
        b"\x40" + PLAIN[1:],
        b"\xc0" + PLAIN[1:],
        dressed(csrcs=8)[:40],
        dressed(extension=b"", words=2),
        dressed(extension=b"", words=0xFFFF),
        dressed(extension=b"", body=b"")[:-1],
        dressed(padding=b"\0"),
        dressed(padding=b"\x08"),
        dressed(body=b"", padding=b"\xff"),
    ],
    ids=lambda datagram: datagram[:14].hex(),
)
def test_packets_that_lie_are_nothing(datagram: bytes) -> None:
    assert parse(datagram) is None
    assert payload_bounds(datagram) is None


def test_padding_may_be_all_there_is() -> None:
    assert payload_bounds(dressed(padding=b"\x07", body=b"voice!")) == (12, 12)


@given(
    st.binary(max_size=60)
    | st.binary(min_size=11, max_size=60).map(lambda tail: bytes([0x80 | tail[0] & 0x3F]) + tail)
)
@settings(max_examples=300, deadline=None)
def test_no_datagram_raises(datagram: bytes) -> None:
    bounds = payload_bounds(datagram)
    assert bounds is None or 12 <= bounds[0] <= bounds[1] <= len(datagram)
    assert (parse(datagram) is None) == (bounds is None)


def test_rtcp_is_told_from_rtp_by_its_second_byte() -> None:
    assert is_rtcp(b"\x80\xc8\0\0")
    assert is_rtcp(b"\x80\xc0\0\0")
    assert is_rtcp(b"\x80\xdf\0\0")
    assert not is_rtcp(b"\x80\xbf")
    assert not is_rtcp(b"\x80\xe0")
    assert not is_rtcp(build(101, 1, 1, 1, b"", marker=True))
    assert not is_rtcp(b"\x80")


def hearing(*sequences: int) -> Receiver:
    """A receiver of packets sent and come on time, each numbered as given."""
    receiver = Receiver()
    receiver.start(1, sequences[0])
    for sequence in sequences:
        receiver.update(sequence & 0xFFFF, sequence * 160, sequence * 160)
    return receiver


def test_before_the_first_packet_there_is_nothing_to_say() -> None:
    receiver = Receiver()
    assert (receiver.received, receiver.lost, receiver.jitter_ms, receiver.report(1.0)) == (0, 0, 0.0, None)


def test_a_whole_row_of_packets_has_no_losses_over_the_wrap() -> None:
    receiver = hearing(*range(65000, 66000))
    report = receiver.report(0.0)
    assert report is not None
    assert (receiver.received, receiver.lost, report.lost, report.fraction_lost) == (1000, 0, 0, 0)
    assert report.highest == 65999


def test_gaps_are_losses_and_stragglers_are_not() -> None:
    assert hearing(10, 11, 14, 15).lost == 2
    assert hearing(10, 11, 14, 13, 15, 12).lost == 0


def test_packets_that_came_twice_do_not_make_losses_negative_for_people_but_for_the_report() -> None:
    receiver = hearing(10, 11, 11, 11)
    report = receiver.report(0.0)
    assert report is not None
    assert (receiver.lost, report.lost, report.fraction_lost) == (0, -2, 0)


def test_the_fraction_lost_is_that_since_the_last_report() -> None:
    receiver = hearing(*range(0, 100, 2))
    first = receiver.report(0.0)
    for sequence in range(99, 199):
        receiver.update(sequence, sequence * 160, sequence * 160)
    second = receiver.report(5.0)
    assert first is not None
    assert second is not None
    assert (first.lost, first.fraction_lost) == (49, 49 * 256 // 99)
    assert (second.lost, second.fraction_lost) == (49, 0)


def test_with_everything_lost_the_fraction_stays_a_byte() -> None:
    receiver = hearing(0, 2900)
    receiver.report(0.0)
    receiver.update(5700, 0, 0)
    report = receiver.report(1.0)
    assert report is not None
    assert report.fraction_lost == 255


def test_one_stray_number_is_not_believed_but_two_in_a_row_are_a_restart() -> None:
    receiver = hearing(1, 2, 30000, 3, 4)
    assert (receiver.received, receiver.lost) == (4, 0)
    restarted = hearing(1, 2, 3, 40000, 40001, 40002)
    assert (restarted.received, restarted.lost) == (5, 0)
    report = restarted.report(0.0)
    assert report is not None
    assert (report.highest, report.lost) == (40002, 0)


def test_a_new_source_adds_to_the_totals_and_starts_the_report_afresh() -> None:
    receiver = hearing(1, 2, 5)
    receiver.start(2, 60000)
    receiver.update(60000, 0, 0)
    receiver.update(60002, 320, 320)
    report = receiver.report(0.0)
    assert report is not None
    assert (receiver.received, receiver.lost) == (5, 3)
    assert (report.ssrc, report.lost, report.highest) == (2, 1, 60002)


def test_jitter_is_that_of_the_rfc_s_formula() -> None:
    dice = random.Random(4)
    receiver, jitter, transit = Receiver(), 0.0, None
    receiver.start(1, 0)
    for sequence in range(2000):
        sent = (sequence * 160 + 0xFFFFF000) & 0xFFFFFFFF
        arrival = sequence * 160 + dice.randrange(80)
        receiver.update(sequence, sent, arrival)
        now = arrival - sequence * 160
        if transit is not None:
            jitter += (abs(now - transit) - jitter) / 16
        transit = now
    assert receiver.jitter_ms == pytest.approx(jitter / 8, abs=0.15)
    report = receiver.report(0.0)
    assert report is not None
    assert report.jitter == pytest.approx(jitter, abs=1)


def test_events_are_counted_without_touching_the_jitter() -> None:
    receiver = hearing(1, 2)
    for sequence in range(3, 50):
        assert receiver.count(sequence)
    assert (receiver.received, receiver.lost, receiver.jitter_ms) == (49, 0, 0.0)


@given(st.integers(0, 0xFFFF), st.lists(st.integers(0, 300), min_size=1, max_size=60, unique=True))
@settings(deadline=None)
def test_each_of_the_packets_sent_is_received_or_lost(first: int, kept: list[int]) -> None:
    """Whatever is lost and where counting starts; reordering within what A.1 tolerates."""
    in_order = sorted(kept)
    shuffled = [*in_order[:1], *sorted(in_order[1:], key=lambda place: place // 8 * 8 + place * 7 % 8)]
    receiver = hearing(*(first + place for place in shuffled))
    assert receiver.received == len(kept)
    assert receiver.received + receiver.lost == max(kept) - min(kept) + 1


@given(st.lists(st.tuples(words16, words32, st.integers(0, 1 << 40)), max_size=50))
@settings(deadline=None)
def test_no_numbers_make_a_report_that_does_not_fit(packets: list[tuple[int, int, int]]) -> None:
    from media.rtp.rtcp import Report, build, parse

    receiver = Receiver()
    receiver.start(1, 0)
    for packet in packets:
        receiver.update(*packet)
    block = receiver.report(12.0)
    assert block is not None
    assert parse(build(Report(2, None, (block,)))) == Report(2, None, (block,))
