"""The messages of RFC 4475 and RFC 5118, from the reference data that lies beside the repository."""

from pathlib import Path
from typing import cast

import pytest

from pbx.sip.errors import Malformed
from pbx.sip.message import Request, Response, parse_message
from pbx.sip.uri import SipUri, TelUri, parse_uri

DATA = Path(__file__).parents[3] / "shared" / "data"

# What RFC 4475 calls wrong, and the status it names; None: nothing can be answered.
REFUSED: dict[str, int | None] = {
    "badaspec": 400,  # 3.1.2.14
    "baddn": 400,  # 3.1.2.15
    "baddn-trunc": 400,  # the same, cut off
    "badinv01": None,  # 3.1.2.1: 400, but no response could follow such a Via
    "badvers": 505,  # 3.1.2.16
    "bigcode": None,  # 3.1.2.19: a response
    "clerr": 400,  # 3.1.2.2
    "escruri": 400,  # 3.1.2.11
    "insuf": 400,  # 3.3.1
    "ltgtruri": 400,  # 3.1.2.7
    "lwsruri": 400,  # 3.1.2.8
    "lwsstart": 400,  # 3.1.2.9
    "mcl01": 400,  # 3.3.9
    "mismatch01": 400,  # 3.1.2.17
    "mismatch02": 400,  # 3.1.2.18: 501 or 400
    "multi01": 400,  # 3.3.8
    "ncl": 400,  # 3.1.2.3
    "novelsc": 416,  # 3.3.3
    "quotbal": 400,  # 3.1.2.6
    "regbadct": 400,  # 3.1.2.13
    "scalar02": 400,  # 3.1.2.4
    "scalarlg": None,  # 3.1.2.5: a response
    "trws": 400,  # 3.1.2.10
    "unkscm": 416,  # 3.3.2
    "ipv6-bad": 400,  # RFC 5118 4.2
}


def torture(name: str) -> bytes:
    found = [DATA / folder / f"{name}.dat" for folder in ("rfc4475", "rfc5118")]
    for path in found:
        if path.exists():
            return path.read_bytes()
    pytest.fail(f"the reference message {name} is missing; expected at {found[0]} or {found[1]}")


def all_names() -> list[str]:
    return sorted(path.stem for folder in ("rfc4475", "rfc5118") for path in (DATA / folder).glob("*.dat"))


def request(name: str) -> Request:
    message = parse_message(torture(name))
    assert isinstance(message, Request)
    return message


def test_the_reference_messages_are_there():
    assert len(all_names()) == 62, (
        f"the torture messages of RFC 4475 (50) and RFC 5118 (12) belong into {DATA}"
    )


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_message_gets_the_status_the_rfc_names(name: str):
    with pytest.raises(Malformed) as caught:
        parse_message(torture(name))
    answer = caught.value.request
    assert (None if answer is None else caught.value.status) == REFUSED[name]
    if answer is not None:
        assert (
            answer.response(caught.value.status)
            .encode()
            .startswith(f"SIP/2.0 {caught.value.status} ".encode())
        )


@pytest.mark.parametrize("name", [name for name in all_names() if name not in REFUSED])
def test_a_valid_message_is_read_and_what_is_written_is_read_the_same(name: str):
    message = parse_message(torture(name))
    again = parse_message(message.encode())
    assert [header for header in again.headers if header[0] != "content-length"] == [
        header for header in message.headers if header[0] != "content-length"
    ]
    assert again.body == message.body
    assert (again.via, again.from_, again.to, again.cseq) == (
        message.via,
        message.from_,
        message.to,
        message.cseq,
    )


def test_wsinv_a_short_tortuous_invite():
    message = request("wsinv")
    assert message.method == "INVITE"
    assert isinstance(message.target, SipUri)
    assert message.target.params == {"unknownparam": ""}
    assert (message.to.uri, message.to.tag) == ("sip:vivekg@chair-dnrc.example.com", "1918181833n")
    assert message.from_.display == 'J Rosenberg \\"'
    assert message.from_.tag == "98asjd8"
    assert message.max_forwards == 68
    assert message.cseq == (9, "INVITE")
    assert message.call_id == "wsinv.ndaksdj@192.0.2.1"
    assert [str(part).partition(" ")[0] for part in (message.via,)] == ["SIP/2.0/UDP"]
    assert message.via.branch == "390skdjuw"
    assert len(message.elements("via")) == 3
    assert message.get("subject") == ""
    assert message.get("newfangledheader") == "newfangled value continued newfangled value"
    assert message.routes == ["<sip:services.example.com;lr;unknownwith=value;unknown-no-value>"]
    [contact] = message.contacts
    assert contact.display == 'Quoted string ""'
    assert contact.params == {"newparam": "newvalue", "secondparam": None, "q": "0.33"}
    assert len(message.body) == 150
    assert (message.description() or "").startswith("v=0\r\n")


def test_intmeth_a_wide_range_of_valid_characters():
    message = request("intmeth")
    assert message.method == message.cseq.method == "!interesting-Method0123456789_*+`.%indeed'~"
    uri = cast(SipUri, message.target)
    assert uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert uri.host == "example.com"
    assert message.to.display == "BEL:\ufffd NUL:\ufffd DEL:\ufffd"
    assert message.from_.display == "token1~` token2'+_ token3*%!.-"
    assert message.from_.params["fromparam''~+*_!.-%"] == '"работающий"'
    assert message.from_.tag == "_token~1'+`*%!-."
    assert message.call_id == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    assert message.get("extensionheader-!.%*+_`'~") == "\ufeff大停電"
    assert b"\0" not in message.encode()


def test_esc01_escapes_that_mean_what_they_hide():
    message = request("esc01")
    assert cast(SipUri, message.target).user == "sips:user@example.com"
    assert cast(SipUri, parse_uri(message.to.uri)).user == "user"
    assert cast(SipUri, parse_uri(message.from_.uri)).user == "I have spaces"
    contact = cast(SipUri, parse_uri(message.contacts[0].uri))
    assert contact.user == "caller"
    assert contact.params == {"lr": "", "name": "value%41"}


def test_esc02_percents_that_are_no_escapes():
    message = request("esc02")
    assert message.method == "RE%47IST%45R"
    assert message.to.display == "%Z%45"
    assert [contact.uri for contact in message.contacts] == [
        "sip:alias1@host1.example.com",
        "sip:alias3@host3.example.com",
    ]
    assert message.via.branch == "z9hG4bK209%fzsnel234"


def test_escnull_escaped_nulls():
    message = request("escnull")
    assert [cast(SipUri, parse_uri(contact.uri)).user for contact in message.contacts] == [
        "\ufffd",
        "\ufffd\ufffd",
    ]


def test_lwsdisp_no_space_between_name_and_address():
    assert request("lwsdisp").from_.display == "caller"


def test_longreq_long_values_and_compact_names():
    message = request("longreq")
    assert len(message.elements("via")) == 34
    assert (message.via.host, message.via.transport) == ("sip33.example.com", "TCP")
    assert len(message.from_.tag) == 155
    assert cast(SipUri, parse_uri(message.to.uri)).port == 6000
    assert len(message.call_id) == 141


def test_dblreq_what_follows_the_body_is_no_message():
    message = request("dblreq")
    assert message.method == "REGISTER"
    assert message.body == b""


def test_semiuri_semicolons_in_the_user():
    assert cast(SipUri, request("semiuri").target).user == "user;par=u@example.net"


def test_transports_may_be_unknown():
    assert [via.split()[0] for via in request("transports").elements("via")] == [
        "SIP/2.0/UDP",
        "SIP/2.0/SCTP",
        "SIP/2.0/TLS",
        "SIP/2.0/UNKNOWN",
        "SIP/2.0/TCP",
    ]


def test_mpart01_a_multipart_body_without_a_session():
    message = request("mpart01")
    assert message.content_type == "multipart/mixed"
    assert message.description() is None
    assert len(message.body) == 553


def test_unreason_and_noreason():
    unreason, noreason = parse_message(torture("unreason")), parse_message(torture("noreason"))
    assert isinstance(unreason, Response)
    assert isinstance(noreason, Response)
    assert (unreason.status, unreason.reason[-7:]) == (200, "простое")
    assert (noreason.status, noreason.reason) == (100, "")


def test_badbranch_and_inv2543_have_no_branch_to_match_by():
    assert request("badbranch").via.branch == "z9hG4bK"
    old = request("inv2543")
    assert (old.via.branch, old.from_.tag, old.max_forwards) == ("", "", None)
    assert (old.description() or "").startswith("v=0")


def test_what_others_must_judge_is_told_them():
    assert request("zeromf").max_forwards == 0
    assert request("bext01").require == ("nothingSupportsThis", "nothingSupportsThisEither")
    assert request("invut").content_type == "application/unknownformat"
    assert request("invut").description() is None
    assert request("sdp01").get("accept") == "text/nobodyKnowsThis"
    assert (request("regaut01").get("authorization") or "").startswith("NoOneKnowsThisScheme")
    assert request("unksm2").to.uri == "isbn:2983792873"
    assert request("baddate").get("date") == "Fri, 01 Jan 2010 16:00:00 EST"


def test_cparam_parameters_inside_and_outside_the_brackets():
    assert request("cparam01").contacts[0].params == {"unknownparam": None}
    assert request("cparam02").contacts[0].params == {}
    assert cast(SipUri, parse_uri(request("cparam02").contacts[0].uri)).params == {"unknownparam": ""}


def test_regescrt_a_contact_may_carry_headers_inside_its_brackets():
    assert (
        cast(SipUri, parse_uri(request("regescrt").contacts[0].uri)).headers
        == "Route=%3Csip:sip.example.com%3E"
    )


def test_bcast_a_response_for_somebody_else():
    message = parse_message(torture("bcast"))
    assert [via.partition(";")[0] for via in message.elements("via")] == [
        "SIP/2.0/UDP 192.0.2.198",
        "SIP/2.0/UDP 255.255.255.255",
    ]


@pytest.mark.parametrize(
    ("name", "host", "port"),
    [
        ("ipv6-good", "[2001:db8::10]", None),
        ("port-ambiguous", "[2001:db8::10:5070]", None),
        ("port-unambiguous", "[2001:db8::10]", 5070),
        ("ipv6-bug-abnf-3-colons", "[2001:db8::192.0.2.1]", None),
        ("ipv6-correct-abnf-2-colons", "[2001:db8::192.0.2.1]", None),
    ],
)
def test_ipv6_in_a_request_uri(name: str, host: str, port: int | None):
    target = request(name).target
    assert not isinstance(target, TelUri)
    assert (target.host, target.port) == (host, port)


def test_ipv6_in_a_via():
    assert (request("mult-ip-in-header").via.host, request("mult-ip-in-header").via.port) == (
        "[2001:db8::9:1]",
        6050,
    )
    assert request("via-received-param-no-delim").via.params["received"] == "2001:db8::9:255"
    assert request("via-received-param-with-delim").via.params["received"] == "[2001:db8::9:255]"
    assert request("ipv4-mapped-ipv6").via.host == "[::ffff:192.0.2.10]"
    assert (request("ipv6-in-sdp").description() or "").count("IP6") == 2
