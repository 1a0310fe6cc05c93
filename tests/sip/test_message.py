import json
from collections.abc import Sequence

import pytest

from pbx.sip.errors import Malformed
from pbx.sip.message import Request, Response, parse_message

START = "OPTIONS sip:100@pbx.example.net SIP/2.0"
CORE = (
    "Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1;rport",
    "From: <sip:1001@pbx.example.net>;tag=f",
    "To: <sip:100@pbx.example.net>",
    "Call-ID: c1@192.0.2.7",
    "CSeq: 1 OPTIONS",
)


def raw(lines: Sequence[str], body: str = "", start: str = START) -> bytes:
    return ("\r\n".join([start, *lines]) + "\r\n\r\n" + body).encode()


def without(name: str) -> list[str]:
    return [line for line in CORE if not line.startswith(name)]


def request(*more: str, body: str = "", core: Sequence[str] = CORE, start: str = START) -> Request:
    message = parse_message(raw([*core, *more], body, start))
    assert isinstance(message, Request)
    return message


def refusal(data: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse_message(data)
    return caught.value


def test_names_are_made_long_and_lower_case_and_values_keep_their_order():
    message = request(
        "SUBJECT: one",
        "x-Odd: two",
        "s : three",
        "K: a, b",
        "k: c",
        core=["v:  SIP/2.0/UDP h ", *without("Via")],
    )
    assert message.headers[0] == ("via", "SIP/2.0/UDP h")
    assert message.headers[-5:] == [
        ("subject", "one"),
        ("x-odd", "two"),
        ("subject", "three"),
        ("supported", "a, b"),
        ("supported", "c"),
    ]
    assert message.get("subject") == "one"
    assert message.all("subject") == ["one", "three"]
    assert message.elements("supported") == ["a", "b", "c"]
    assert (message.get("absent"), message.all("absent"), message.elements("absent")) == (None, [], [])


@pytest.mark.parametrize(
    "line",
    ["Subject:one", "Subject:  one", "Subject: one ", "Subject:\tone", "Subject: \tone", "Subject: one\t"],
)
@pytest.mark.parametrize("last", [False, True])
def test_blanks_around_a_value_are_not_part_of_it(line: str, *, last: bool):
    message = request(line) if last else request(core=[line, *CORE])
    assert message.get("subject") == "one"
    assert ("subject", "one") in message.headers


def test_a_folded_value_is_one_value():
    message = request("Subject: one\r\n two\r\n\t three", "X-Odd: \r\n y")
    assert message.get("subject") == "one two three"
    assert message.get("x-odd") == "y"


def test_a_folded_start_line_is_no_start_line():
    assert refusal(raw([" Subject: one", *CORE])).request is None


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_request_without_a_mandatory_header_is_refused(name: str):
    refused = refusal(raw(without(name)))
    assert (refused.status, refused.phrase) == (400, f"Missing {name}")
    assert (refused.request is None) == (name == "Via")


@pytest.mark.parametrize(
    "line",
    [
        "From: <sip:b@c>;tag=f",
        "f: <sip:b@c>;tag=f",
        "To: <sip:b@c>",
        "Call-ID: c1@192.0.2.7",
        "i: other",
        "CSeq: 1 OPTIONS",
        "Max-Forwards: 70\r\nMax-Forwards: 70",
        "Content-Length: 0\r\nContent-Length: 0",
        "Content-Length: 0\r\nl: 0",
        "Content-Type: a/b\r\nc: a/b",
        "Expires: 0\r\nExpires: 60",
    ],
)
def test_a_header_that_there_is_once_is_refused_twice(line: str):
    refused = refusal(raw([*CORE, line]))
    assert refused.status == 400
    assert refused.phrase.startswith("Repeated ")
    assert refused.request is not None


@pytest.mark.parametrize(
    "line",
    [
        "To\x01: <sip:evil@c>",
        "To\x0b: <sip:evil@c>",
        "To\x00: <sip:evil@c>",
        "To\xa0: <sip:evil@c>",
        "T o: <sip:evil@c>",
        ": value",
        "no colon",
        "Subject",
        "Sub(ject: x",
        "Subjëct: x",
    ],
)
def test_a_header_name_is_a_token_before_its_colon(line: str):
    refused = refusal(raw([*CORE, line]))
    assert (refused.status, refused.phrase) == (400, "Bad Header")
    assert refused.request is not None
    assert refused.request.to.uri == "sip:100@pbx.example.net"


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("Via: nonsense", "Bad Via"),
        ("From: nonsense", "Bad Address"),
        ("To: <sip:a@b>;tag", "Empty Tag"),
        ("To: <sip:a@b>;tag=", "Bad Parameter"),
        ("CSeq: 1 INVITE", "CSeq Method Mismatch"),
        ("CSeq: 1 options", "CSeq Method Mismatch"),
        ("CSeq: 2147483648 OPTIONS", "Bad CSeq"),
        ("Max-Forwards: -1", "Bad Max-Forwards"),
        ("Max-Forwards: seventy", "Bad Max-Forwards"),
        ("Contact: <sip:a@b", "Bad Address"),
        ("Contact: <sip:a@b>, ", "Bad Address"),
        ("Contact: *", "Bad Contact"),
        ('Route: <sip:a>, "', "Unbalanced Quotes"),
        ("Record-Route: <sip:a>, <sip:b", "Unbalanced Quotes"),
        ('Require: a, "b', "Unbalanced Quotes"),
        ("Contact: *, <sip:a@b>", "Bad Address"),
        ("Content-Length: +0", "Bad Content-Length"),
        ("Content-Length: 0x0", "Bad Content-Length"),
        ("Content-Length: 0 0", "Bad Content-Length"),
        ("Content-Length: 0, 0", "Bad Content-Length"),
        ("Content-Length: ", "Bad Content-Length"),
        ("Content-Length: 18446744073709551616", "Bad Content-Length"),
        ("Content-Length: 4294967296", "Body Too Short"),
        ("Content-Length: 1", "Body Too Short"),
    ],
)
def test_what_the_typed_headers_cannot_hold_is_refused_at_once(line: str, phrase: str):
    name = line.partition(":")[0]
    refused = refusal(raw([line, *without(name)]))
    assert (refused.status, refused.phrase) == (400, phrase)
    assert (refused.request is None) == (name == "Via")


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ("OPTIONS sip:100@pbx.example.net SIP/3.0", 505),
        ("OPTIONS sip:100@pbx.example.net SIP/2.1", 505),
        ("OPTIONS sip:100@pbx.example.net HTTP/1.1", 400),
        ("OPTIONS sip:100@pbx.example.net", 400),
        ("OPTIONS  sip:100@pbx.example.net SIP/2.0", 400),
        ("OPTIONS sip:100@pbx.example.net  SIP/2.0", 400),
        ("OPTIONS sip:100@pbx.example.net SIP/2.0 ", 400),
        ("OPTIONS sip:100@pbx.example.net?a=b SIP/2.0", 400),
        ("OPTIONS 100 SIP/2.0", 400),
        ("OPTIONS http://pbx.example.net SIP/2.0", 416),
        ("OPTIONS", 400),
    ],
)
def test_a_bad_request_line_is_answered_by_kind(start: str, status: int):
    refused = refusal(raw(CORE, start=start))
    assert refused.status == status
    assert refused.request is not None
    assert refused.request.response(status).encode().startswith(b"SIP/2.0 ")


@pytest.mark.parametrize(
    "data", [b"", b"\r\n\r\n", b"\r\n", b"\x00", b"(OPTIONS) sip:a SIP/2.0\r\n\r\n", b"\xff\xfe\r\n\r\n"]
)
def test_what_is_no_message_at_all_is_not_answered(data: bytes):
    assert refusal(data).request is None


def test_a_malformed_ack_is_not_answered():
    broken = raw([*without("CSeq"), "CSeq: 1 BYE"], start="ACK sip:100@pbx.example.net SIP/2.0")
    assert refusal(broken).request is None


def test_a_line_ends_with_both_its_characters():
    whole = raw([*CORE, "Subject: a"])
    for broken in (
        whole.replace(b": a", b": a\nTo: b"),
        whole.replace(b": a", b": a\rb"),
        whole.replace(b"\r\n", b"\n"),
    ):
        assert refusal(broken).status == 400


def test_a_head_that_does_not_end_is_refused():
    assert refusal(raw(CORE)[:-4]).phrase == "Unfinished Header"


def test_the_version_and_line_breaks_before_the_message_are_read_kindly():
    message = request(start="OPTIONS sip:100@pbx.example.net sip/2.0")
    assert parse_message(b"\r\n\r\n" + message.encode()).call_id == message.call_id


def test_the_body_is_the_rest_or_what_content_length_says():
    assert request(body="hello").body == b"hello"
    assert request("Content-Length: 4", body="hello").body == b"hell"
    assert request("l: 0000000005", body="hello").body == b"hello"


def test_limits_hold():
    assert refusal(raw([*CORE, *["X: y"] * 196])).phrase == "Too Many Headers"
    assert len(request(*["X: y"] * 195).headers) == 200
    assert refusal(raw([*CORE, "X: " + "y" * 8192])).phrase == "Bad Header"
    assert refusal(raw([*CORE, "X: y" + "\r\n y" * 4096])).phrase == "Bad Header"
    assert refusal(raw([*CORE, *["Via: SIP/2.0/UDP a"] * 70])).phrase == "Too Many Vias"
    assert refusal(raw([*CORE, "Via: " + ", ".join(["SIP/2.0/UDP a"] * 70)])).phrase == "Too Many Vias"
    assert len(request(*["Via: SIP/2.0/UDP a"] * 69).all("via")) == 70
    assert len(request(body="x" * 60_000).body) == 60_000
    assert refusal(raw(CORE, "x" * 65_536)).status == 513


def test_bytes_that_are_no_text_and_control_characters_are_masked():
    data = raw([*CORE, 'Subject: "a@b"']).replace(b"a@b", b"a\x00\xff\x1b\x7f\tb")
    subject = parse_message(data).get("subject")
    assert subject == '"a\ufffd\ufffd\ufffd\ufffd\tb"'
    assert json.loads(json.dumps(subject)) == subject


def test_a_response_is_read():
    message = parse_message(raw(CORE, start="SIP/2.0 183 Session  Progress"))
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (183, "Session  Progress")


@pytest.mark.parametrize(
    "start", ["SIP/2.0 99 Low", "SIP/2.0 700 High", "SIP/2.0 2x0 OK", "SIP/2.0", "SIP/3.0 200 OK"]
)
def test_a_response_with_a_bad_status_line_is_refused_without_an_answer(start: str):
    assert refusal(raw(CORE, start=start)).request is None


def test_contacts_over_lines_and_lists():
    message = request('Contact: "a, b" <sip:1@h>;q=0.5, <sip:2@h>', "m: sip:3@h;expires=0")
    assert [contact.uri for contact in message.contacts] == ["sip:1@h", "sip:2@h", "sip:3@h"]
    assert not message.all_contacts
    assert request().contacts == []


def test_a_register_may_name_all_contacts():
    core = [*without("CSeq"), "CSeq: 1 REGISTER", "Contact: *"]
    message = request(core=core, start="REGISTER sip:pbx.example.net SIP/2.0")
    assert message.all_contacts
    assert message.contacts == []


def test_routes_are_told_element_by_element():
    message = request("Route: <sip:a;lr>, <sip:b;lr>", "Record-Route: <sip:c;lr>", "Route: <sip:d>")
    assert message.routes == ["<sip:a;lr>", "<sip:b;lr>", "<sip:d>"]
    assert message.record_routes == ["<sip:c;lr>"]


def test_a_response_copies_what_it_must_and_adds_the_tag():
    message = request(
        "Via: SIP/2.0/TCP 192.0.2.8;branch=z9hG4bK2",
        "Record-Route: <sip:p;lr>",
        "Timestamp: 54",
        "Subject: no",
    )
    trying = message.response(100)
    assert [name for name, _ in trying.headers] == [
        "via",
        "from",
        "to",
        "call-id",
        "cseq",
        "via",
        "timestamp",
    ]
    ringing = message.response(180, to_tag="t")
    assert ringing.record_routes == ["<sip:p;lr>"]
    assert ringing.get("timestamp") is None
    assert ringing.to.tag == "t"
    assert ringing.from_.tag == "f"
    assert (ringing.status, ringing.reason) == (180, "Ringing")
    assert [via.partition(";")[0] for via in ringing.all("via")] == [
        "SIP/2.0/UDP 192.0.2.7:5062",
        "SIP/2.0/TCP 192.0.2.8",
    ]
    busy = message.response(486, to_tag="t", reason="Gone Fishing", headers=[("Retry-After", "5")])
    assert busy.record_routes == []
    assert busy.get("retry-after") == "5"
    assert busy.reason == "Gone Fishing"


@pytest.mark.parametrize("to", ["To: <sip:a@b>;tag=x", "To: sip:a@b ; TAG = x", '"tag" <sip:a@b>;tag=x'])
def test_a_tag_is_not_added_twice(to: str):
    to = to if to.startswith("To") else f"To: {to}"
    assert request(core=[*without("To"), to]).response(200, to_tag="t").all("to")[0].count("ag") <= 2
    assert request(core=[*without("To"), to]).response(200, to_tag="t").to.tag == "x"


def test_a_tag_is_added_to_an_address_without_brackets_and_one_that_only_talks_of_tags():
    assert request(core=[*without("To"), "To: sip:a@b"]).response(200, to_tag="t").to.tag == "t"
    assert request(core=[*without("To"), 'To: "tag" <sip:a@b;tag=u>']).response(200, to_tag="t").to.tag == "t"


def test_what_is_written_has_its_usual_names_and_its_length_last():
    response = request().response(
        200, body=b"abc", content_type="text/plain", headers=[("www-authenticate", "x"), ("x-odd-name", "y")]
    )
    lines = response.encode().decode().split("\r\n")
    assert lines[0] == "SIP/2.0 200 OK"
    assert lines[4:7] == ["Call-ID: c1@192.0.2.7", "CSeq: 1 OPTIONS", "WWW-Authenticate: x"]
    assert lines[7:] == ["X-Odd-Name: y", "Content-Type: text/plain", "Content-Length: 3", "", "abc"]


def test_the_length_written_is_that_of_the_body():
    message = request("Content-Length: 5", body="hello")
    message.body = b"hello, world"
    assert message.encode().count(b"Content-Length") == 1
    assert parse_message(message.encode()).body == b"hello, world"


@pytest.mark.parametrize("value", ["a\r\nTo: b", "a\nb", "a\rb"])
def test_a_line_break_is_never_written_into_a_header(value: str):
    with pytest.raises(ValueError, match="line break"):
        Request("OPTIONS", "sip:a", [("subject", value)]).encode()
    with pytest.raises(ValueError, match="line break"):
        Response(200, value, []).encode()


def test_the_real_source_is_written_into_the_via():
    message = request("Via: SIP/2.0/TCP 192.0.2.8", core=[CORE[0] + ", SIP/2.0/UDP second", *CORE[1:]])
    message.came_from("203.0.113.9", 40000)
    assert message.all("via") == [
        "SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1;rport=40000;received=203.0.113.9, SIP/2.0/UDP second",
        "SIP/2.0/TCP 192.0.2.8",
    ]
    assert message.response(200).via.params["received"] == "203.0.113.9"


def test_received_is_written_without_rport_only_where_the_hosts_differ():
    plain = request(core=["Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1", *CORE[1:]])
    plain.came_from("192.0.2.7", 5060)
    assert plain.all("via") == ["SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1"]
    plain.came_from("192.0.2.9", 5060)
    assert plain.all("via") == ["SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1;received=192.0.2.9"]


def test_a_received_that_the_sender_wrote_itself_is_overwritten():
    message = request(core=["Via: SIP/2.0/UDP 192.0.2.7;received=10.0.0.1;rport=1", *CORE[1:]])
    message.came_from("192.0.2.7", 5062)
    assert message.via.params == {"received": "192.0.2.7", "rport": "5062"}


SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\n"


def part(kind: str, content: str, *headers: str) -> str:
    return "\r\n".join([f"Content-Type: {kind}", *headers, "", content])


def multipart(*parts: str, boundary: str = "b1", kind: str = "mixed") -> tuple[str, str]:
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    return f'multipart/{kind}; boundary="{boundary}"', body


def described(content_type: str, body: str, *more: str) -> str | None:
    return request(f"Content-Type: {content_type}", *more, body=body).description()


def test_a_description_is_the_body_of_that_type():
    assert described("application/sdp", SDP) == SDP
    assert described("Application/SDP ;charset=utf-8", SDP) == SDP
    assert described("text/plain", SDP) is None
    assert described("application/sdp", "") is None
    assert request(body=SDP).description() is None
    assert described("application/sdp", SDP, "Content-Encoding: gzip") is None
    assert described("application/sdp", SDP, "e: identity") == SDP


def test_a_description_is_found_in_a_multipart_body():
    kind, body = multipart(
        part("text/plain", "hello"),
        part("application/sdp", SDP, "Content-ID: <x>"),
        part("application/sdp", "v=9"),
    )
    assert described(kind, body) == SDP
    assert described(kind.replace('"', ""), "preamble\r\n" + body + "epilogue") == SDP
    assert described(kind, body.replace("--b1\r\n", "--b1 \t\r\n")) == SDP


def test_of_alternatives_the_last_is_the_best():
    kind, body = multipart(
        part("application/sdp", "v=1"),
        part("application/sdp", "v=2"),
        part("text/html", "x"),
        kind="alternative",
    )
    assert described(kind, body) == "v=2"


def test_a_part_without_headers_or_without_end_or_of_another_boundary_is_no_description():
    kind, body = multipart("\r\nv=0")
    assert described(kind, body) is None
    assert described(kind, "--b2\r\n" + part("application/sdp", SDP) + "\r\n--b2--\r\n") is None
    assert described("multipart/mixed", body) is None
    assert described('multipart/mixed;boundary=""', body) is None
    assert (
        described(
            "multipart/mixed;boundary=" + "b" * 71, "--" + "b" * 71 + "\r\n" + part("application/sdp", SDP)
        )
        is None
    )
    assert described("multipart/mixed;boundary", body) is None
    assert described('multipart/mixed;boundary="b1', body) is None
    assert described(kind, "--b1--\r\n--b1\r\n" + part("application/sdp", SDP)) is None
    assert described(kind, "--b1x\r\n" + part("application/sdp", SDP)) is None


def nested(depth: int) -> tuple[str, str]:
    kind, body = "application/sdp", "v=0"
    for level in range(depth):
        kind, body = multipart(part(kind, body), boundary=f"level{level}")
    return kind, body


def test_bodies_are_searched_five_deep_and_not_deeper():
    assert described(*nested(5)) == "v=0"
    assert described(*nested(6)) is None
    assert described(*nested(300)) is None


def test_only_the_first_parts_are_searched():
    assert described(*multipart(*[part("text/plain", "x")] * 19, part("application/sdp", "v=0"))) == "v=0"
    assert described(*multipart(*[part("text/plain", "x")] * 20, part("application/sdp", "v=0"))) is None
