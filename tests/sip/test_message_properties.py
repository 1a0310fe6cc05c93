"""Laws of the message layer, on made-up messages and on broken ones."""

import contextlib
import json
import random
import re
import time
from pathlib import Path
from typing import cast

import pytest
import sipmessage
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.errors import Malformed
from pbx.sip.framing import StreamFramer
from pbx.sip.headers import NameAddress
from pbx.sip.message import Request, Response, parse_message
from pbx.sip.uri import SipUri, parse_uri

DATA = Path(__file__).parents[3] / "shared" / "data"

words = st.text("abcdefXYZ0189-.", min_size=1, max_size=12)
users = st.text("abcXYZ019-_.!~*'()&=+$,;?/", min_size=1, max_size=12)
hosts = st.sampled_from(["pbx.example.net", "192.0.2.7", "[2001:db8::9:1]", "A.Example"])
ports = st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}"))
displays = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_categories=["C", "Z"]) | st.just(" ")
)
methods = st.sampled_from(["INVITE", "OPTIONS", "BYE", "REGISTER", "SUBSCRIBE"])


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


uris = st.tuples(users, hosts, ports).map(lambda of: f"sip:{of[0]}@{of[1]}{of[2]}")
addresses = st.one_of(
    st.tuples(displays, uris).map(lambda of: f"{quoted(of[0])} <{of[1]}>"),
    uris.map(lambda uri: f"<{uri}>"),
    st.tuples(words, uris).map(lambda of: f"{of[0]} <{of[1]}>"),
)
vias = st.tuples(st.sampled_from(["UDP", "TCP", "TLS"]), hosts, ports, words).map(
    lambda of: f"SIP/2.0/{of[0]} {of[1]}{of[2]};branch=z9hG4bK{of[3]};rport"
)
lines = st.lists(
    st.tuples(
        st.sampled_from(["Subject", "X-Note", "User-Agent"]),
        st.text("abc ,;:<>=xyz", max_size=30).map(str.strip),
    ),
    max_size=4,
)


@st.composite
def messages(draw: st.DrawFn) -> str:
    method = draw(methods)
    start = (
        f"{method} {draw(uris)} SIP/2.0"
        if draw(st.booleans())
        else f"SIP/2.0 {draw(st.integers(100, 699))} Fine"
    )
    head = [
        start,
        *(f"Via: {via}" for via in draw(st.lists(vias, min_size=1, max_size=3))),
        f"From: {draw(addresses)};tag={draw(words)}",
        f"To: {draw(addresses)}",
        f"Call-ID: {draw(words)}@{draw(words)}",
        f"CSeq: {draw(st.integers(0, 2**31 - 1))} {method}",
        f"Max-Forwards: {draw(st.integers(0, 255))}",
        *(f"Contact: {contact}" for contact in draw(st.lists(addresses, max_size=2))),
        *(f"{name}: {value}" for name, value in draw(lines)),
    ]
    body = draw(st.text("v=0\r\n", max_size=20))
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", body])


def plain(address: sipmessage.Address) -> tuple[str, str, str | None, str, int | None]:
    uri = address.uri
    return address.name or "", uri.scheme, uri.user, uri.host.lower(), uri.port


def ours(address: NameAddress) -> tuple[str, str, str | None, str, int | None]:
    uri = cast(SipUri, parse_uri(address.uri))
    return re.sub(" +", " ", address.display), uri.scheme, uri.user, uri.host, uri.port  # as sipmessage does


@settings(max_examples=150)
@given(messages())
def test_sipmessage_reads_the_same(text: str):
    message = parse_message(text.encode())
    kind = sipmessage.Request if isinstance(message, Request) else sipmessage.Response
    theirs = kind.parse(text.encode())
    assert ours(message.from_) == plain(theirs.from_address)
    assert ours(message.to) == plain(theirs.to_address)
    assert [ours(contact) for contact in message.contacts] == [plain(contact) for contact in theirs.contact]
    assert (message.cseq.number, message.cseq.method) == (theirs.cseq.sequence, theirs.cseq.method)
    assert (message.call_id, message.max_forwards, message.body) == (
        theirs.call_id,
        theirs.max_forwards,
        theirs.body,
    )
    assert message.from_.tag == theirs.from_address.parameters["tag"]
    top = theirs.via[0]
    assert (message.via.transport, message.via.host, message.via.port) == (
        top.transport,
        top.host.lower(),
        top.port,
    )
    assert message.via.branch == top.parameters["branch"]


@settings(max_examples=100)
@given(messages())
def test_a_message_that_is_written_is_read_again(text: str):
    message = parse_message(text.encode())
    again = parse_message(message.encode())
    assert again.encode() == message.encode()
    assert again.headers[-1] == ("content-length", str(len(message.body)))
    assert again.headers[:-1] == [header for header in message.headers if header[0] != "content-length"]


@settings(max_examples=100)
@given(messages(), st.randoms(use_true_random=False))
def test_folding_compact_names_and_case_change_nothing(text: str, dice: random.Random):
    short = {
        "Via": "v",
        "From": "f",
        "To": "t",
        "Call-ID": "i",
        "Contact": "m",
        "Subject": "s",
        "Content-Length": "l",
    }
    head, _, body = text.partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    varied: list[str] = []
    for line in lines:
        name, _, value = line.partition(": ")
        name = dice.choice([name, name.lower(), name.upper(), short.get(name, name)])
        varied.append(
            name + dice.choice(["", " ", " \t"]) + ":" + dice.choice(["", " ", "\r\n ", "  \r\n\t "]) + value
        )
    message = parse_message(text.encode())
    assert parse_message("\r\n".join([start, *varied, "", body]).encode()).headers == message.headers


@settings(max_examples=100)
@given(messages(), st.integers(100, 699), words)
def test_a_response_answers_its_request(text: str, status: int, tag: str):
    message = parse_message(text.encode())
    if isinstance(message, Request):
        response = parse_message(message.response(status, to_tag=tag).encode())
        assert isinstance(response, Response)
        assert response.all("via") == message.all("via")
        assert (response.call_id, response.cseq, response.from_) == (
            message.call_id,
            message.cseq,
            message.from_,
        )
        assert (response.to.uri, response.to.tag) == (message.to.uri, tag)


def corpus() -> list[bytes]:
    found = sorted(path for folder in ("rfc4475", "rfc5118") for path in (DATA / folder).glob("*.dat"))
    assert found, f"the torture messages of RFC 4475 and RFC 5118 belong into {DATA}"
    return [path.read_bytes() for path in found]


CHUNKS = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b"\t",
        b",",
        b";",
        b":",
        b'"',
        b"\\",
        b"<",
        b">",
        b"@",
        b"%",
        b"%00",
    ),
    *(
        b"=",
        b"*",
        b"\xff",
        b"\xc3\xa4",
        b"[",
        b"::",
        b"-1",
        b"4294967296",
        b"sip:",
        b"tel:+1",
        b"SIP/2.0",
        b"--",
    ),
    *(
        b"\r\nTo: x",
        b"\r\nContent-Length: 3",
        b"\r\nv: SIP/2.0/UDP h",
        b"\r\n\r\n",
        b"multipart/mixed;boundary=x",
    ),
)


def broken(data: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.randint(1, 4)):
        at, end = sorted((dice.randint(0, len(data)), dice.randint(0, len(data))))
        match dice.randrange(4):
            case 0:
                data = data[:at] + dice.choice(CHUNKS) + data[at:]
            case 1:
                data = data[:at] + data[min(end, at + 9) :]
            case 2:
                data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
            case _:
                data = data[:at] + data[at : min(end, at + 30)] * dice.randint(1, 3) + data[at:]
    return data


def use_everything(message: Request | Response) -> None:
    """What the layers above do with a message that was accepted: none of it may raise."""
    try:
        use(message)
    except Malformed as late:
        raise AssertionError("an accepted message is malformed after all") from late


def use(message: Request | Response) -> None:
    message.description()
    _ = (
        message.require,
        message.routes,
        message.record_routes,
        message.content_type,
        message.all_contacts,
        message.max_forwards,
        message.via.branch,
    )
    text = " ".join(value for _, value in message.headers)
    assert "\r" not in text
    assert "\n" not in text
    assert "\0" not in text
    json.dumps(text).encode()
    if isinstance(message, Request):
        _ = message.target
        message.came_from("192.0.2.99", 5060)
        parse_message(message.response(486, to_tag="t").encode())
    again = parse_message(message.encode())
    assert (again.via, again.from_, again.to, again.call_id) == (
        message.via,
        message.from_,
        message.to,
        message.call_id,
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_broken_message_is_malformed_or_harmless_and_nothing_else(seed: int):
    dice = random.Random(seed)
    refused: list[Malformed] = []
    for data in corpus():
        for _ in range(8):
            worse = broken(data, dice)
            try:
                use_everything(parse_message(worse))
            except Malformed as malformed:
                refused.append(malformed)
    for malformed in refused:
        assert malformed.status in (400, 416, 505, 513)
        if malformed.request is not None:
            malformed.request.came_from("192.0.2.99", 5060)
            malformed.request.response(malformed.status, to_tag="t").encode()


@pytest.mark.parametrize("seed", range(4))
def test_a_broken_stream_is_malformed_or_cut_and_nothing_else(seed: int):
    dice = random.Random(seed)
    for data in corpus():
        framer = StreamFramer()
        worse = broken(data + data, dice)
        with contextlib.suppress(Malformed):
            for at in range(0, len(worse), 97):
                assert all(worse.count(cut) for cut in framer.feed(worse[at : at + 97]))


HEAD = (
    "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
    "Call-ID: c\r\nCSeq: 1 OPTIONS\r\n"
)
HOSTILE = {
    "commas": "Contact: " + "," * 8000,
    "quotes": "Contact: " + '"' * 8000,
    "backslashes": 'Contact: "' + "\\" * 8000,
    "brackets": "Contact: " + "<" * 8000,
    "semicolons": "Contact: <sip:a@b>" + ";" * 8000,
    "parameters": "Contact: <sip:a@b>" + "".join(f";p{number}" for number in range(1500)),
    "blanks": "Contact: " + " " * 8000 + "x",
    "blanks before parameters": "Contact: <sip:a@b>" + " ;a" * 2600,
    "at signs": "Contact: <sip:" + "@" * 8000 + ">",
    "percent signs": "Contact: <sip:" + "%41" * 2600 + "@b>",
    "open quotes in parameters": "Contact: <sip:a@b>" + ';a="' * 2000,
    "via blanks": "Via: SIP" + " " * 8000 + "/2.0/UDP h",
    "via parameters": "Via: SIP/2.0/UDP h" + ";a=b" * 2000,
    "folded": "Subject: a" + "\r\n a" * 16_000,
    "folded blanks": "Subject: a" + "\r\n " * 21_000,
    "headers": "\r\n".join(["X-A: b"] * 8_000),
    "colons": ":" * 60_000,
    "empty lines": "\n" * 60_000,
    "digits": "Content-Length: " + "9" * 8000,
    "host": "Via: SIP/2.0/UDP " + "a" * 8000,
    "ipv6": "Via: SIP/2.0/UDP [" + ":" * 8000 + "]",
    "routes": "\r\n".join(["Route: " + "<sip:a>," * 900] * 8),
    "many lists": "\r\n".join(["Contact: " + "<sip:a@b>," * 800 + "<sip:a@b>"] * 7),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_costs_little(name: str):
    data = (HEAD + HOSTILE[name] + "\r\n\r\n").encode()
    best = 1.0
    for _ in range(3):
        start = time.process_time()
        with contextlib.suppress(Malformed):
            use_everything(parse_message(data))
        best = min(best, time.process_time() - start)
    assert best < 0.05


@pytest.mark.parametrize(
    "filler",
    ["--b\r\n", "--b\r\n\r\n", "--b", "-", "--b\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n"],
)
def test_a_hostile_body_costs_little(filler: str):
    body = filler * (60_000 // len(filler))
    message = parse_message((HEAD + "Content-Type: multipart/mixed;boundary=b\r\n\r\n" + body).encode())
    start = time.process_time()
    assert message.description() is None
    assert time.process_time() - start < 0.05
