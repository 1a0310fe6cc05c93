"""Offer and answer, as RFC 3264 has it and as real phones and attackers do it."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.api import NoCommonCodec
from media.description.negotiate import Local, Stream, answer_offer, following, make_offer, read_answer
from media.description.sdp import MediaLine, parse_sdp

US = Local("198.51.100.1", 20000, session_id=77, version=1)
AUDIO = "m=audio 49170 RTP/AVP 0 8 97", "a=rtpmap:97 iLBC/8000"


def offer(*lines: str, host: str = "192.0.2.5", connection: str = "c=IN IP4 192.0.2.5") -> str:
    """A description with these lines after the usual beginning."""
    head = [
        "v=0",
        f"o=alice 2890844526 2890844526 IN IP4 {host}",
        "s=",
        *([connection] if connection else []),
        "t=0 0",
    ]
    return "\r\n".join([*head, *lines, ""])


def settle(*lines: str, connection: str = "c=IN IP4 192.0.2.5", local: Local = US) -> Stream:
    return answer_offer(offer(*lines, connection=connection), local)[1]


def answer_lines(*lines: str, connection: str = "c=IN IP4 192.0.2.5") -> Sequence[MediaLine]:
    return parse_sdp(answer_offer(offer(*lines, connection=connection), US)[0]).media


def test_an_answer_looks_exactly_like_this() -> None:
    text, stream = answer_offer(offer("m=audio 4000 RTP/AVP 8 0 96", "a=rtpmap:96 telephone-event/8000"), US)
    assert text == (
        "v=0\r\no=- 77 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n"
        "m=audio 20000 RTP/AVP 0 96\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\n"
        "a=fmtp:96 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )
    assert stream == Stream(
        remote_host="192.0.2.5",
        remote_port=4000,
        remote_rtcp=("192.0.2.5", 4001),
        payload_type=0,
        codec="PCMU",
        event_payload_type=96,
        sends=True,
        receives=True,
        ptime_ms=20,
        rtcp_mux=False,
        held=False,
    )


def test_an_offer_lists_both_codecs_and_keys_with_one_connection_line() -> None:
    text = make_offer(US)
    (line,) = parse_sdp(text).media
    assert (line.port, line.profile, line.formats) == (20000, "RTP/AVP", ("0", "8", "101"))
    assert text.count("c=") == 1
    assert read_answer(text, US).event_payload_type == 101


@pytest.mark.parametrize(
    ("codecs", "formats"), [(("PCMA", "PCMU"), ("8", "0", "101")), (("PCMA",), ("8", "101"))]
)
def test_an_offer_keeps_to_our_codecs_in_our_order(codecs: tuple[str, ...], formats: tuple[str, ...]) -> None:
    local = Local("198.51.100.1", 20000, 77, codecs=codecs)  # pyright: ignore[reportArgumentType]
    assert parse_sdp(make_offer(local)).media[0].formats == formats


def test_what_we_offer_we_can_answer() -> None:
    them = Local("203.0.113.9", 30000, 5)
    text, theirs = answer_offer(make_offer(US), them)
    ours = read_answer(text, US)
    assert (theirs.remote_host, theirs.remote_port) == (US.host, US.port)
    assert (ours.remote_host, ours.remote_port) == (them.host, them.port)
    assert (ours.codec, ours.payload_type, ours.event_payload_type) == ("PCMU", 0, 101)
    assert (ours.sends, ours.receives, theirs.sends, theirs.receives) == (True, True, True, True)


def test_the_example_of_rfc_3264_10_1_gets_its_video_refused() -> None:
    audio, video, other = answer_lines(
        "m=audio 49170 RTP/AVP 0 8 97",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:97 iLBC/8000",
        "m=video 51372 RTP/AVP 31 32",
        "a=rtpmap:31 H261/90000",
        "a=rtpmap:32 MPV/90000",
        "m=video 53000 RTP/AVP 32",
        "a=rtpmap:32 MPV/90000",
    )
    assert (audio.port, audio.formats) == (20000, ("0",))
    assert (video.kind, video.port, video.profile, video.formats, video.attributes) == (
        "video",
        0,
        "RTP/AVP",
        ("31",),
        (),
    )
    assert (other.port, other.formats) == (0, ("32",))


def test_a_second_audio_line_is_refused_and_the_order_kept() -> None:
    lines = answer_lines(
        "m=image 5000 udptl t38", "m=audio 1 RTP/SAVP 0", "m=audio 4000 RTP/AVP 0", "m=audio 4010 RTP/AVP 0"
    )
    assert [(line.kind, line.port) for line in lines] == [
        ("image", 0),
        ("audio", 0),
        ("audio", 20000),
        ("audio", 0),
    ]
    assert [line.profile for line in lines] == ["udptl", "RTP/SAVP", "RTP/AVP", "RTP/AVP"]


def test_our_preference_decides_so_that_pyvoip_talks_mulaw() -> None:
    assert settle("m=audio 4000 RTP/AVP 8 0").codec == "PCMU"
    alaw_first = Local("198.51.100.1", 20000, 77, codecs=("PCMA", "PCMU"))
    assert settle("m=audio 4000 RTP/AVP 0 8", local=alaw_first).codec == "PCMA"
    assert settle("m=audio 4000 RTP/AVP 8").payload_type == 8


def test_dynamic_payload_types_are_theirs() -> None:
    stream = settle(
        "m=audio 4000 RTP/AVP 96 97", "a=rtpmap:96 pcma/8000/1", "a=rtpmap:97 Telephone-Event/8000"
    )
    assert (stream.codec, stream.payload_type, stream.event_payload_type) == ("PCMA", 96, 97)


def test_of_two_numbers_for_one_codec_the_first_is_taken() -> None:
    maps = "a=rtpmap:96 PCMA/8000", "a=rtpmap:97 PCMA/8000"
    assert settle("m=audio 4000 RTP/AVP 97 96", *maps).payload_type == 97


def test_of_two_kinds_of_telephone_event_the_one_at_8000_is_ours() -> None:
    maps = "a=rtpmap:126 telephone-event/48000", "a=rtpmap:101 telephone-event/8000"
    assert settle("m=audio 4000 RTP/AVP 0 126 101", *maps).event_payload_type == 101
    assert settle("m=audio 4000 RTP/AVP 0 126", *maps[:1]).event_payload_type is None


def test_a_phone_without_events_is_answered_without() -> None:
    (line,) = answer_lines("m=audio 4000 RTP/AVP 0")
    assert line.formats == ("0",)


@pytest.mark.parametrize(
    ("formats", "maps"),
    [
        ("9 18", ()),
        ("0", ("a=rtpmap:0 G722/8000",)),
        ("0", ("a=rtpmap:0 PCMU/16000",)),
        ("8", ("a=rtpmap:8 PCMU/8000",)),
        ("96", ("a=rtpmap:96 PCMU/8000/2",)),
        ("96", ("a=rtpmap:97 PCMU/8000",)),
        ("72", ("a=rtpmap:72 PCMU/8000",)),
        ("64", ("a=rtpmap:64 PCMU/8000",)),
        ("128", ("a=rtpmap:128 PCMU/8000",)),
        ("*", ()),
        ("99999999999", ()),
    ],
)
def test_what_is_not_g711_at_8000_is_no_common_codec(formats: str, maps: tuple[str, ...]) -> None:
    with pytest.raises(NoCommonCodec, match="PCMU, PCMA"):
        settle(f"m=audio 4000 RTP/AVP {formats}", *maps)


def test_the_first_meaning_of_a_number_mapped_twice_counts() -> None:
    assert settle("m=audio 4000 RTP/AVP 96", "a=rtpmap:96 PCMA/8000", "a=rtpmap:96 PCMU/8000").codec == "PCMA"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), "no audio"),
        (("m=video 4000 RTP/AVP 0",), "no audio"),
        (("m=audio 0 RTP/AVP 0",), "refused"),
        (("m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"), "RTP/SAVP"),
        (("m=audio 4000 udptl 0",), "udptl"),
    ],
)
def test_the_reason_says_what_was_missing(lines: tuple[str, ...], reason: str) -> None:
    with pytest.raises(NoCommonCodec, match=reason):
        settle(*lines)


def test_the_profile_is_repeated() -> None:
    (line,) = answer_lines("m=audio 4000 RTP/AVPF 0")
    assert line.profile == "RTP/AVPF"


@pytest.mark.parametrize(
    ("theirs", "ours", "sends", "receives", "held"),
    [
        ("sendrecv", "sendrecv", True, True, False),
        ("sendonly", "recvonly", False, True, True),
        ("recvonly", "sendonly", True, False, False),
        ("inactive", "inactive", False, False, True),
    ],
)
@pytest.mark.parametrize("level", ["session", "media"])
def test_directions_mirror_each_other(
    theirs: str, ours: str, sends: bool, receives: bool, held: bool, level: str
) -> None:
    line, direction = "m=audio 4000 RTP/AVP 0", f"a={theirs}"
    text, stream = answer_offer(offer(*((direction, line) if level == "session" else (line, direction))), US)
    assert f"a={ours}\r\n" in text
    assert (stream.sends, stream.receives, stream.held) == (sends, receives, held)


def test_the_media_line_s_direction_outranks_the_session_s() -> None:
    assert settle("a=inactive", "m=audio 4000 RTP/AVP 0", "a=sendonly").receives


def test_hold_by_the_address_of_nobody_sends_nothing_anywhere() -> None:
    text, stream = answer_offer(offer("m=audio 4000 RTP/AVP 0", connection="c=IN IP4 0.0.0.0"), US)
    assert (stream.held, stream.sends, stream.receives) == (True, False, True)
    assert stream.remote_rtcp is None
    assert "a=recvonly\r\n" in text


def test_the_media_line_s_address_outranks_the_session_s() -> None:
    assert settle("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.66").remote_host == "192.0.2.66"
    assert settle("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.66", connection="").remote_host == "192.0.2.66"


def test_ipv6_is_understood_and_described() -> None:
    stream = settle("m=audio 4000 RTP/AVP 0", connection="c=IN IP6 2001:DB8:0::5")
    assert stream.remote_host == "2001:db8::5"
    assert "c=IN IP6 2001:db8::1\r\n" in make_offer(Local("2001:db8::1", 20000, 1))


@pytest.mark.parametrize(
    "address",
    [
        "IP4 255.255.255.255",
        "IP4 224.2.1.1",
        "IP4 239.0.0.1/127",
        "IP4 240.0.0.1",
        "IP4 0.0.0.1",
        "IP4 phone.example.com",
        "IP4 010.0.0.1",
        "IP4 1.2.3",
        "IP6 ff02::1",
        "IP6 0::0",
        "IP6 fe80::1%eth0",
        "IP6 ::ffff:224.0.0.1",
        "IP6 ::ffff:255.255.255.255",
        "IP6 ::ffff:0.0.0.0",
    ],
)
def test_audio_goes_to_no_group_broadcast_or_name(address: str) -> None:
    with pytest.raises(NoCommonCodec):
        settle("m=audio 4000 RTP/AVP 0", connection=f"c=IN {address}")


def test_no_connection_line_is_nowhere_to_send() -> None:
    with pytest.raises(NoCommonCodec, match="c="):
        settle("m=audio 4000 RTP/AVP 0", connection="")


@pytest.mark.parametrize(
    ("line", "reports"),
    [
        ("a=rtcp:53020", ("192.0.2.5", 53020)),
        ("a=rtcp:53020 IN IP4 192.0.2.5", ("192.0.2.5", 53020)),
        ("a=rtcp:53020 IN IP4 203.0.113.8", None),
        ("a=rtcp:0", None),
        ("a=rtcp:70000", None),
        ("a=rtcp:many", ("192.0.2.5", 4001)),
        ("a=rtcp-mux", ("192.0.2.5", 4000)),
        ("a=sendrecv", ("192.0.2.5", 4001)),
    ],
)
def test_reports_go_where_the_peer_wants_them_but_to_no_other_host(line: str, reports: object) -> None:
    assert settle("m=audio 4000 RTP/AVP 0", line).remote_rtcp == reports


def test_the_last_port_has_no_next_one_for_reports() -> None:
    assert settle("m=audio 65535 RTP/AVP 0").remote_rtcp is None


def test_a_shared_port_is_accepted_when_offered() -> None:
    text, stream = answer_offer(offer("m=audio 4000 RTP/AVP 0", "a=rtcp-mux"), US)
    assert stream.rtcp_mux
    assert "a=rtcp-mux\r\n" in text
    assert "rtcp-mux" not in make_offer(US)


@pytest.mark.parametrize(
    ("ptime", "taken"), [("10", 10), ("20", 20), ("30", 30), ("40", 40), ("7", 20), ("x", 20), ("", 20)]
)
def test_usual_packet_times_are_taken(ptime: str, taken: int) -> None:
    assert settle("m=audio 4000 RTP/AVP 0", f"a=ptime:{ptime}").ptime_ms == taken


def test_a_refusing_answer_is_no_common_codec() -> None:
    with pytest.raises(NoCommonCodec, match="refused"):
        read_answer(offer("m=audio 0 RTP/AVP 0"), US)


def test_of_an_answer_with_both_codecs_ours_wins() -> None:
    stream = read_answer(offer("m=audio 4000 RTP/AVP 8 0 97", "a=rtpmap:97 telephone-event/8000"), US)
    assert (stream.codec, stream.event_payload_type) == ("PCMU", 97)


def test_a_later_offer_keeps_the_lines_and_the_numbers() -> None:
    first, _ = answer_offer(
        offer("m=video 5000 RTP/AVPF 99", "m=audio 4000 RTP/AVPF 0 96", "a=rtpmap:96 telephone-event/8000"),
        US,
    )
    video, audio = parse_sdp(make_offer(US, first)).media
    assert (video.kind, video.port) == ("video", 0)
    assert (audio.port, audio.profile, audio.formats) == (20000, "RTP/AVPF", ("0", "8", "96"))


def test_a_later_offer_names_events_even_if_the_first_answer_could_not() -> None:
    first, _ = answer_offer(offer("m=audio 4000 RTP/AVP 0"), US)
    assert parse_sdp(make_offer(US, first)).media[0].formats == ("0", "8", "101")


def test_the_version_grows_with_changes_only() -> None:
    first = following(make_offer(US), None)
    again = following(make_offer(US), first)
    assert again == first
    held, _ = answer_offer(offer("m=audio 4000 RTP/AVP 0", "a=sendonly"), US)
    second = following(held, again)
    assert parse_sdp(second).origin.version == 2
    assert following(held, second) == second
    third = following(make_offer(US), second)
    assert parse_sdp(third).origin.version == 3
    assert parse_sdp(third).media == parse_sdp(first).media
    assert parse_sdp(third).origin.session_id == 77


def test_a_bad_description_is_no_common_codec_too() -> None:
    with pytest.raises(NoCommonCodec, match="v=0"):
        answer_offer("hello", US)
    with pytest.raises(NoCommonCodec, match="port"):
        read_answer(offer("m=audio 70000 RTP/AVP 0"), US)


def read_by_pyvoip(text: str) -> dict[str, Any]:
    """By its own parser, fed line by line."""
    import_module("pyVoIP.VoIP")  # its modules import each other in a ring: this one must be the first
    message_type = import_module("pyVoIP.SIP").SIPMessage
    message: Any = message_type.__new__(message_type)
    message.headers, message.body = {"Content-Type": "application/sdp"}, dict[str, Any]()
    message.parse_raw_body(text.encode(), message.parse_body)
    body: dict[str, Any] = message.body
    return body


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="pyVoIP needs audioop, which went with 3.13")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pyvoip_reads_our_offer_and_answer() -> None:
    pyvoip_offer = (
        "v=0\r\no=pyVoIP 1 3 IN IP4 192.0.2.5\r\ns=pyVoIP 1.6.8\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\n"
        "m=audio 10000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=maxptime:150\r\n"
        "a=sendrecv\r\n"
    )
    answer, stream = answer_offer(pyvoip_offer, US)
    assert (stream.codec, stream.event_payload_type) == ("PCMU", 101)
    for text, formats in ((answer, ["0", "101"]), (make_offer(US), ["0", "8", "101"])):
        body = read_by_pyvoip(text)
        assert [line["address"] for line in body["c"]] == [US.host]
        assert [(line["port"], line["methods"]) for line in body["m"]] == [(US.port, formats)]
        assert body["m"][0]["attributes"]["101"]["rtpmap"]["name"] == "telephone-event"


SEED = offer(
    *AUDIO, "a=rtpmap:101 telephone-event/8000", "a=rtcp:5 IN IP4 192.0.2.5", "a=ptime:20", "m=video 9 X 1"
)
PIECES = [
    "\r\n",
    "=",
    " ",
    "0",
    "255.255.255.255",
    "a=",
    "m=audio 1 RTP/AVP 0",
    "::",
    "/",
    "٣",
    "\x00",
    "-1",
    "\ud800",
]


@given(
    st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 12), st.sampled_from(PIECES)), max_size=4)
)
@settings(max_examples=400, deadline=None)
def test_a_broken_offer_is_answered_or_refused_and_nothing_else(
    breaks: list[tuple[int, int, str]],
) -> None:
    text = SEED
    for at, length, piece in breaks:
        text = text[:at] + piece + text[at + length :]
    try:
        answer, stream = answer_offer(text, US)
    except NoCommonCodec:
        return
    assert 1 <= stream.remote_port <= 65535
    assert [line.kind for line in parse_sdp(answer).media] == [line.kind for line in parse_sdp(text).media]
    assert sum(line.port != 0 for line in parse_sdp(answer).media) == 1
    assert answer.count("c=") == 1
    assert read_answer(answer, US).codec == stream.codec
