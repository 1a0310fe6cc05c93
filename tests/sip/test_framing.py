import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.errors import Malformed
from pbx.sip.framing import PING, StreamFramer


def message(body: bytes = b"", length: str | None = None, more: str = "") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if length is None else length
    return (
        "OPTIONS sip:100@pbx.example.net SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.7;branch=z9hG4bK1\r\n"
        f"From: <sip:1@h>;tag=f\r\nTo: <sip:2@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n{more}{length}\r\n"
    ).encode() + body


HIDDEN = message().replace(b"OPTIONS", b"INVITE")


def test_messages_come_out_whole_however_they_arrive():
    framer = StreamFramer()
    stream = message(b"hello") + message() + message(b"\r\n\r\n")
    assert framer.feed(stream) == [message(b"hello"), message(), message(b"\r\n\r\n")]
    assert [out for byte in stream for out in framer.feed(bytes([byte]))] == [
        message(b"hello"),
        message(),
        message(b"\r\n\r\n"),
    ]
    assert not framer.waiting


def test_a_short_message_is_seen_after_a_long_one_that_came_in_pieces():
    framer, long = StreamFramer(), message(b"hello", more="Subject: " + "x" * 2000 + "\r\n")
    assert framer.feed(long[:2000]) == []
    assert framer.feed(long[2000:] + message()) == [long, message()]


def test_what_is_not_whole_is_waited_for():
    framer = StreamFramer()
    assert framer.feed(message(b"hello")[:-1]) == []
    assert framer.waiting
    assert framer.feed(b"o" + message()[:10]) == [message(b"hello")]
    assert framer.waiting


def test_the_length_may_be_short_spaced_folded_and_in_any_case():
    for line in ("l: 5\r\n", "L :5\r\n", "cOnTeNt-LeNgTh\t:\t5 \r\n", "Content-Length:\r\n 5\r\n"):
        assert StreamFramer().feed(message(b"hello", line)) == [message(b"hello", line)]


def test_a_line_break_between_messages_is_skipped_and_two_are_a_ping():
    framer = StreamFramer()
    assert framer.feed(b"\r\n" + message()) == [message()]
    assert framer.feed(b"\r\n\r\n") == [PING]
    assert framer.feed(b"\r\n\r\n" + message() + b"\r\n\r\n\r\n" + message()) == [
        PING,
        message(),
        PING,
        message(),
    ]
    assert framer.feed(b"\r\n") + framer.feed(b"\r\n") == [PING]
    assert not framer.waiting


@pytest.mark.parametrize(
    "length",
    [
        "",
        "Content-Length: 4294967296\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Content-Length: 99999999999999999999999999\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: \r\n",
        "Content-Length: five\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 0\r\n",
        "Content-Length: 5\r\nl: 0\r\n",
        "l: 0\r\nl: 5\r\n",
        "Content-Length\x01: 5\r\n",
        "Content-Length\x0b: 5\r\n",
        "Subject: x\r\n Content-Length: 5\r\n",
        "Subject: x\nContent-Length: 5\r\nContent-Length: 5\r\n",
        "Subject: x\nContent-Length: 0\r\nl: 5\r\n",
        "Content-Length: 5\r\nSubject: x\ny\r\n",
    ],
)
def test_a_length_that_can_be_read_in_two_ways_ends_the_connection(length: str):
    framer = StreamFramer()
    with pytest.raises(Malformed) as caught:
        framer.feed(message(b"hello", length) + HIDDEN)
    assert caught.value.status in (400, 513)


def test_the_request_whose_length_is_wrong_can_be_answered():
    with pytest.raises(Malformed) as caught:
        StreamFramer().feed(message(b"", "Content-Length: -1\r\n"))
    assert caught.value.request is not None
    assert caught.value.request.call_id == "c"
    with pytest.raises(Malformed) as caught:
        StreamFramer().feed(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert caught.value.request is None


def test_a_message_has_at_most_64_kilobytes_and_no_more_is_held():
    body = b"x" * (65_536 - len(message(b"x" * 10_000)) + 10_000)
    assert [len(out) for out in StreamFramer().feed(message(body))] == [65_536]
    for too_much in (message(body + b"x"), message(b"", "Content-Length: 65536\r\n"), b"x" * 65_537):
        with pytest.raises(Malformed) as caught:
            StreamFramer().feed(too_much)
        assert caught.value.status == 513


def test_a_head_that_never_ends_costs_linear_time():
    def cost(pieces: int) -> float:
        framer, start = StreamFramer(), time.process_time()
        for _ in range(pieces):
            framer.feed(b"X: yy\r\n")
        return time.process_time() - start

    cost(100)
    assert cost(8_000) < 40 * cost(1_000) + 0.05


@settings(max_examples=60)
@given(st.lists(st.one_of(st.just(PING), st.binary(max_size=40).map(message)), max_size=5), st.data())
def test_cutting_the_stream_anywhere_changes_nothing(parts: list[bytes], data: st.DataObject):
    stream = b"".join(parts)
    framer = StreamFramer()
    out: list[bytes] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        out += framer.feed(stream[:size])
        stream = stream[size:]
    assert out == parts
