"""RTCP: what is built is read back, what is short or odd is ignored, round trips add up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.rtp.receiver import Receiver
from media.rtp.rtcp import Report, ReportBlock, SenderInfo, build, middle, ntp_time, parse, round_trip_ms

words32 = st.integers(0, 0xFFFFFFFF)
blocks = st.builds(
    ReportBlock,
    words32,
    st.integers(0, 255),
    st.integers(-0x800000, 0x7FFFFF),
    words32,
    words32,
    words32,
    words32,
)
senders = st.builds(SenderInfo, st.integers(0, (1 << 64) - 1), words32, words32, words32)
reports = st.builds(
    Report,
    words32,
    st.none() | senders,
    st.lists(blocks, max_size=3).map(tuple),
    st.none() | st.text(min_size=1, max_size=20),
    st.booleans(),
)
FULL = Report(
    0x01020304,
    SenderInfo(0x83AA7E80_40000000, 160, 2, 320),
    (ReportBlock(5, 64, -1, 70000, 9, 11, 12),),
    "leg@host",
    True,
)


@given(reports)
@settings(deadline=None)
def test_a_report_is_read_as_it_was_built(report: Report) -> None:
    datagram = build(report)
    assert len(datagram) % 4 == 0
    assert parse(datagram) == report


def test_a_report_is_laid_out_as_the_rfc_draws_it() -> None:
    assert build(FULL) == bytes.fromhex(
        "81c8000c 01020304 83aa7e80 40000000 000000a0 00000002 00000140"
        "00000005 40ffffff 00011170 00000009 0000000b 0000000c"
        "81ca0004 01020304 01086c65 6740686f 73740000"
        "81cb0001 01020304"
    )


def test_a_receiver_s_report_says_so() -> None:
    assert build(Report(1))[:4] == bytes.fromhex("80c90001")


def test_a_name_ends_with_a_zero_even_where_it_fills_its_words() -> None:
    assert build(Report(1, cname="ab"))[8:] == bytes.fromhex("81ca0003 00000001 01026162 00000000")


def test_every_cut_through_a_compound_packet_is_ignored_or_ends_between_packets() -> None:
    datagram = build(FULL)
    ends = {52, 72}
    for size in range(len(datagram)):
        assert (parse(datagram[:size]) is None) == (size not in ends)


@pytest.mark.parametrize(
    "datagram",
    [
        "",
        "80c9",
        "80c90000",
        "80c90001",
        "80c80001 00000001",
        "81c90001 00000001",
        "9fc90007 00000001 00000002 00000003 00000004 00000005 00000006 00000007",
        "40c90001 00000001",
        "80ca0001 00000001",
        "80cb0001 00000001",
        "80c9ffff 00000001",
        "80c90001 00000001 00",
        "80c90001 00000001 85cb0001 00000001",
        "a0c90002 00000001 00000000",
        "a0c90002 00000001 00000003",
        "a0c90002 00000001 000000fc",
        "80c90001 00000001 a0cb0001 00000008",
        "a0c90002 00000001 00000004 80cb0000",
        "a0c90000",
    ],
)
def test_short_and_odd_packets_are_ignored(datagram: str) -> None:
    assert parse(bytes.fromhex(datagram)) is None


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "80cf0001 00000007",
        "81ce0002 00000001 00000002",
        "80cc0002 00000001 41424344",
        "a0cf0002 00000007 00000004",
    ],
    ids=["nothing", "extended report", "feedback", "application", "padded"],
)
def test_kinds_not_known_are_stepped_over(tail: str) -> None:
    assert parse(build(Report(9, cname="x")) + bytes.fromhex(tail)) == Report(9, cname="x")


@pytest.mark.parametrize(
    "items",
    ["0000 0000", "02014100", "01ff4142", "0161", ""],
    ids=["no item", "another item", "longer than the packet", "cut off", "empty"],
)
def test_a_description_without_our_kind_of_name_names_nobody(items: str) -> None:
    body = bytes.fromhex("00000009" + items)
    body += bytes(-len(body) % 4)
    datagram = build(Report(9)) + bytes([0x81, 202, 0, len(body) // 4]) + body
    assert parse(datagram) == Report(9)


def test_names_and_farewells_of_other_sources_are_not_the_sender_s() -> None:
    other = Report(8, cname="other", goodbye=True)
    assert parse(build(Report(9)) + build(other)) == Report(9)
    assert parse(build(Report(9, cname="x")) + build(other)) == Report(9, cname="x")


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: build(FULL)[:20] + tail))
@settings(max_examples=300, deadline=None)
def test_no_datagram_raises(datagram: bytes) -> None:
    report = parse(datagram)
    assert report is None or len(report.blocks) <= len(datagram) // 24


def test_a_bit_flipped_anywhere_raises_nothing() -> None:
    datagram = build(FULL)
    for bit in range(8 * len(datagram)):
        changed = bytearray(datagram)
        changed[bit // 8] ^= 1 << bit % 8
        parse(bytes(changed))


def test_ntp_time_counts_from_1900() -> None:
    assert ntp_time(0.0) == 0x83AA7E80_00000000
    assert middle(ntp_time(0.5)) == 0x7E808000
    assert ntp_time(2**32 - 2_208_988_800) == 0  # in 2036
    assert middle(ntp_time(1_700_000_001.0)) - middle(ntp_time(1_700_000_000.0)) == 0x10000


def test_a_round_trip_is_the_time_on_the_way_only() -> None:
    """We report at 100 s, it takes 40 ms, lies 2 s at the peer, and takes 60 ms back."""
    ours = SenderInfo(ntp_time(100.0), 0, 0, 0)
    peer = Receiver()
    peer.start(1, 0)
    peer.update(0, 0, 0)
    assert peer.report(5000.0) == ReportBlock(1, 0, 0, 0, 0, 0, 0)
    peer.heard_report(ours, now=7000.04)
    block = peer.report(now=7002.04)
    assert block is not None
    assert block.last_sr == middle(ours.ntp)
    assert block.delay == pytest.approx(2 * 65536, abs=1)
    assert round_trip_ms(block, ntp_time(102.10)) == pytest.approx(100, abs=0.1)


def test_a_round_trip_that_cannot_be_is_none() -> None:
    now = ntp_time(100.0)
    assert round_trip_ms(ReportBlock(1, 0, 0, 0, 0, 0, 0), now) is None
    assert round_trip_ms(ReportBlock(1, 0, 0, 0, 0, 0, 0), arrival_ntp=7 << 32) is None
    assert round_trip_ms(ReportBlock(1, 0, 0, 0, 0, middle(now), 65536), now) is None
    assert round_trip_ms(ReportBlock(1, 0, 0, 0, 0, middle(ntp_time(30.0)), 0), now) is None
    assert round_trip_ms(ReportBlock(1, 0, 0, 0, 0, middle(now), 0), now) == 0.0


def test_a_sender_s_report_is_forgotten_with_its_source_but_not_at_a_jump() -> None:
    receiver = Receiver()
    receiver.start(1, 0)
    receiver.heard_report(SenderInfo(ntp_time(1.0), 0, 0, 0), now=1.0)
    for sequence in (0, 30000, 30001):
        receiver.update(sequence, 0, 0)
    jumped = receiver.report(2.0)
    assert jumped is not None
    assert jumped.last_sr == middle(ntp_time(1.0))
    receiver.start(2, 0)
    fresh = receiver.report(3.0)
    assert fresh is not None
    assert (fresh.last_sr, fresh.delay) == (0, 0)
