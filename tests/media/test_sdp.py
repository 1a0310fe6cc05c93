"""Session descriptions: read back as written, read as sdp-transform reads them, junk refused."""

from contextlib import suppress
from typing import Any

import pytest
import sdp_transform
from hypothesis import given, settings
from hypothesis import strategies as st

from media.description.sdp import (
    MAX_LENGTH,
    MAX_LINES,
    MAX_MEDIA,
    Attribute,
    BadDescription,
    Connection,
    MediaLine,
    Origin,
    SessionDescription,
    parse_sdp,
)

PHONE = (
    "v=0\r\no=alice 3747 461 IN IP4 host.example\r\ns=A call\r\nc=IN IP4 192.0.2.9\r\nb=AS:84\r\nt=0 0\r\n"
    "a=X-nat:0\r\nm=audio 4000 RTP/AVP 0 101\r\nc=IN IP4 192.0.2.10\r\na=rtpmap:101 telephone-event/8000\r\n"
    "a=sendrecv\r\nm=video 4002/2 RTP/SAVPF 96\r\na=rtcp-mux\r\n"
)

# Everything a line may hold, and no white space at its ends, which does not survive.
words = st.text(
    st.characters(min_codepoint=33, exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]),
    min_size=1,
    max_size=12,
)
tokens = st.text("abcXYZ019-.+_", min_size=1, max_size=8)
names = st.text("abcxyz-019", min_size=1, max_size=8)
connections = st.builds(Connection, st.sampled_from(["IP4", "IP6"]), words)
attributes = st.lists(st.builds(Attribute, names, st.none() | st.just("") | words), max_size=4).map(tuple)
media_lines = st.builds(
    MediaLine,
    kind=tokens,
    port=st.integers(0, 65535),
    profile=st.sampled_from(["RTP/AVP", "RTP/SAVPF", "udptl"]),
    formats=st.lists(tokens, min_size=1, max_size=5).map(tuple),
    connection=st.none() | connections,
    attributes=attributes,
    port_count=st.integers(1, 65535),
)
origins = st.builds(
    Origin, words, st.integers(0, 10**20), st.integers(0, 10**20), st.sampled_from(["IP4", "IP6"]), words
)
descriptions = st.builds(
    SessionDescription,
    origins,
    st.lists(media_lines, max_size=3).map(tuple),
    st.none() | connections,
    attributes,
    words,
)


@given(descriptions)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_back_the_same(description: SessionDescription) -> None:
    assert parse_sdp(str(description)) == description


def oracle(text: str) -> dict[str, Any]:
    parse: Any = vars(sdp_transform)["parse"]  # its own types are incomplete
    return parse(text)


def test_a_phone_s_description_is_read_whole() -> None:
    description = parse_sdp(PHONE)
    assert description.origin == Origin("alice", 3747, 461, "IP4", "host.example")
    assert description.name == "A call"
    assert description.connection == Connection("IP4", "192.0.2.9")
    assert description.attributes == (Attribute("X-nat", "0"),)
    audio, video = description.media
    assert (audio.kind, audio.port, audio.profile, audio.formats) == ("audio", 4000, "RTP/AVP", ("0", "101"))
    assert audio.connection == Connection("IP4", "192.0.2.10")
    assert audio.attributes == (Attribute("rtpmap", "101 telephone-event/8000"), Attribute("sendrecv"))
    assert (video.port, video.port_count, video.connection) == (4002, 2, None)
    assert video.attributes == (Attribute("rtcp-mux"),)


@pytest.mark.parametrize(
    "variant",
    [PHONE.replace("\r\n", "\n"), PHONE.rstrip(), PHONE + "\r\n", PHONE.replace("\r\n", " \r\n")],
    ids=["bare line feeds", "no line end at the end", "an empty line at the end", "trailing blanks"],
)
def test_line_ends_may_be_sloppy(variant: str) -> None:
    assert parse_sdp(variant) == parse_sdp(PHONE)


def test_of_several_connection_lines_the_first_counts() -> None:
    layered = PHONE.replace("c=IN IP4 192.0.2.9", "c=IN IP4 192.0.2.9\r\nc=IN IP4 192.0.2.7")
    assert parse_sdp(layered) == parse_sdp(PHONE)


def test_a_description_without_name_time_or_media_is_still_one() -> None:
    description = parse_sdp("v=0\no=- 1 2 IN IP6 ::1\n")
    assert (description.name, description.media, description.connection) == ("-", (), None)


@given(
    st.lists(
        st.tuples(st.integers(0, 65535), st.lists(st.integers(0, 127), min_size=1, max_size=5)), max_size=4
    )
)
@settings(max_examples=50, deadline=None)
def test_sdp_transform_reads_the_same_from_what_we_write(lines: list[tuple[int, list[int]]]) -> None:
    media = tuple(
        MediaLine(
            "audio",
            port,
            "RTP/AVP",
            tuple(map(str, formats)),
            attributes=(
                *(Attribute("rtpmap", f"{number} X{number}/8000") for number in formats),
                Attribute("sendonly"),
            ),
        )
        for port, formats in lines
    )
    origin = Origin("-", 17, 4, "IP4", "192.0.2.1")
    theirs = oracle(str(SessionDescription(origin, media, Connection("IP4", "192.0.2.2"))))
    assert theirs["origin"]["sessionVersion"] == 4
    assert theirs["connection"] == {"version": 4, "ip": "192.0.2.2"}
    assert [(line["port"], str(line["payloads"]), line["direction"]) for line in theirs["media"]] == [
        (port, " ".join(map(str, formats)), "sendonly") for port, formats in lines
    ]
    assert [
        [(map_["payload"], map_["codec"], map_["rate"]) for map_ in line["rtp"]] for line in theirs["media"]
    ] == [[(number, f"X{number}", 8000) for number in formats] for _, formats in lines]


def test_sdp_transform_agrees_on_the_phone_s_description() -> None:
    theirs, ours = oracle(PHONE), parse_sdp(PHONE)
    audio = theirs["media"][0]  # it cannot read the two ports of the video
    assert (audio["type"], audio["protocol"]) == (ours.media[0].kind, ours.media[0].profile)
    assert ours.media[0].connection == Connection("IP4", audio["connection"]["ip"])
    assert theirs["name"] == ours.name


def replaced(old: str, new: str) -> str:
    assert old in PHONE
    return PHONE.replace(old, new)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "v=0"),
        ("INVITE sip:x SIP/2.0\r\n", "v=0"),
        (replaced("v=0", "v=1"), "v=0"),
        ("v=0\r\n", "o=user"),
        (replaced("o=alice 3747 461 IN IP4", "o=alice x 461 IN IP4"), "o=user"),
        (replaced("o=alice 3747 461 IN IP4", "o=alice 3747 -1 IN IP4"), "o=user"),
        (replaced("o=alice 3747 461 IN IP4", "o=alice 3747 ٣ IN IP4"), "o=user"),
        (replaced("o=alice 3747 461 IN", "o=alice 3747 461 ATM"), "IN IP4"),
        (replaced("461", "4" * 33), "o=user"),
        (replaced("c=IN IP4 192.0.2.10", "c=IN"), "IN IP4"),
        (replaced("c=IN IP4 192.0.2.10", "c=IN IP5 x"), "IN IP4"),
        (replaced("m=audio 4000", "m=audio -1"), "port"),
        (replaced("m=audio 4000", "m=audio 70000"), "port"),
        (replaced("m=audio 4000", "m=audio 4000/0"), "port"),
        (replaced("m=audio 4000", "m=audio 400000"), "port"),
        (replaced(" RTP/AVP 0 101", " RTP/AVP"), "formats"),
        (replaced(" RTP/AVP 0 101", ' RTP/AVP 0 "1"'), "formats"),
        (replaced("m=audio", "m=aud/io"), "kind"),
        (replaced(" RTP/AVP 0", " RTP@AVP 0"), "profile"),
        (replaced("b=AS:84", "b AS:84"), "a=value"),
        (replaced("b=AS:84", "y=AS:84"), "a=value"),
        (replaced("A call", "A\x00call"), "control"),
        (replaced("A call", "A\rcall"), "control"),
        (PHONE + "a=x:" + "y" * MAX_LENGTH, "longer"),
        (PHONE + "a=x\n" * MAX_LINES, "lines"),
        (PHONE + "m=audio 0 RTP/AVP 0\n" * (MAX_MEDIA - 1), "media lines"),
    ],
)
def test_what_is_no_description_is_refused_with_a_reason(text: str, complaint: str) -> None:
    with pytest.raises(BadDescription, match=complaint):
        parse_sdp(text)


def test_as_many_lines_as_allowed_are_read() -> None:
    head = "v=0\no=- 1 2 IN IP4 h"
    assert len(parse_sdp(head + "\na=x" * (MAX_LINES - 2)).attributes) == MAX_LINES - 2
    with pytest.raises(BadDescription, match="lines"):
        parse_sdp(head + "\na=x" * (MAX_LINES - 1))


def test_as_many_media_lines_as_allowed_are_read() -> None:
    assert len(parse_sdp(PHONE + "m=audio 0 RTP/AVP 0\n" * (MAX_MEDIA - 2)).media) == MAX_MEDIA


@given(st.text(max_size=200) | st.text("vosctma=0 1INP4\r\n:/", max_size=120).map("v=0\n".__add__))
@settings(max_examples=300, deadline=None)
def test_no_text_raises_anything_but_bad_description(text: str) -> None:
    with suppress(BadDescription):
        parse_sdp(str(parse_sdp(text)))
