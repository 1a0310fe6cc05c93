import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.errors import Malformed
from pbx.sip.uri import SipUri, TelUri, parse_uri


def sip(text: str) -> SipUri:
    uri = parse_uri(text)
    assert isinstance(uri, SipUri)
    return uri


def refusal(text: str) -> int:
    with pytest.raises(Malformed) as caught:
        parse_uri(text)
    return caught.value.status


def test_all_parts_are_told_apart():
    uri = sip("sips:anna:secret@PBX.Example.Net:5061;transport=TCP;lr?Subject=x&Priority=urgent")
    assert (uri.scheme, uri.user, uri.host, uri.port) == ("sips", "anna", "pbx.example.net", 5061)
    assert uri.params == {"transport": "TCP", "lr": ""}
    assert uri.headers == "Subject=x&Priority=urgent"


def test_escapes_are_read_in_the_user_and_in_parameters():
    uri = sip("sip:sips%3Auser%40example.com@example.net;%6C%72;n%61me=v%61lue%25%34%31")
    assert uri.user == "sips:user@example.com"
    assert uri.params == {"lr": "", "name": "value%41"}


def test_a_semicolon_and_a_question_mark_may_stand_in_the_user():
    assert sip("sip:user;par=u%40example.net@example.com").user == "user;par=u@example.net"
    assert sip("sip:a?b@example.com").user == "a?b"


def test_the_scheme_is_read_in_any_case():
    assert sip("SIP:1001@example.com") == sip("sip:1001@example.com")


def test_an_ipv6_reference_keeps_its_brackets_and_its_port_stands_outside():
    uri = sip("sip:[2001:DB8::10]:5070")
    assert (uri.host, uri.port) == ("[2001:db8::10]", 5070)
    assert (sip("sip:[2001:db8::10:5070]").host, sip("sip:[2001:db8::10:5070]").port) == (
        "[2001:db8::10:5070]",
        None,
    )


def test_a_third_colon_is_forgiven_before_an_embedded_ipv4_address_only():
    assert sip("sip:[2001:db8:::192.0.2.1]").host == "[2001:db8::192.0.2.1]"
    assert refusal("sip:[2001:db8:::1]") == 400


def test_an_escaped_control_character_does_not_get_through():
    assert sip("sip:null-%00-null@example.com").user == "null-\ufffd-null"
    assert sip("sip:a%0D%0Ab@example.com").user == "a\ufffd\ufffdb"
    assert sip("sip:%C4%81da@example.com").user == "āda"
    assert sip("sip:%ff@example.com").user == "\ufffd"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip",
        "sip:",
        "sip:@example.com",
        "sip::secret@example.com",
        "sip:a@b@example.com",
        "sip:a@",
        "sip:example.com:",
        "sip:example.com:0",
        "sip:example.com:65536",
        "sip:example.com:+5060",
        "sip:example.com:٥٠٦٠",
        "sip:2001:db8::10",
        "sip:[2001:db8::10",
        "sip:[]",
        "sip:[1.2.3.4]",
        "sip:%zz@example.com",
        "sip:a%4@example.com",
        "sip:example.com;lr;LR",
        "sip:example.com;;lr",
        "sip:example.com;=x",
        "sip:exa mple.com",
        "sip:a b@example.com",
        "sip:a\tb@example.com",
        "sip:ā@example.com",
        "<sip:a@example.com>",
        "sip:" + "a" * 256,
        "1sip:a@example.com",
        "tel:",
        "tel:+",
        "tel:12x4",
    ],
)
def test_what_is_no_uri_is_refused_with_400(text: str):
    assert refusal(text) == 400


@pytest.mark.parametrize(
    "text", ["http://example.com", "mailto:a@example.com", "soap.beep://192.0.2.103:3002", "x:y"]
)
def test_an_unknown_scheme_is_refused_with_416(text: str):
    assert refusal(text) == 416


def test_the_separators_of_a_telephone_number_are_removed():
    uri = parse_uri("tel:+371-67.00(01)00;phone-context=example.com")
    assert isinstance(uri, TelUri)
    assert uri.number == "+37167000100"
    assert uri.params == {"phone-context": "example.com"}
    assert str(uri) == "tel:+37167000100;phone-context=example.com"
    local = parse_uri("tel:*45#")
    assert isinstance(local, TelUri)
    assert local.number == "*45#"


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
hosts = st.sampled_from(["example.com", "192.0.2.1", "[2001:db8::1]", "a_b-c.example"])


@settings(max_examples=200)
@given(
    st.builds(
        SipUri,
        st.sampled_from(["sip", "sips"]),
        st.one_of(st.just(""), names),
        hosts,
        st.one_of(st.none(), st.integers(1, 65535)),
        st.dictionaries(
            names.map(lambda name: name.lower()).filter(lambda name: name == name.lower()), names
        ),
        st.sampled_from(["", "Subject=a"]),
    )
)
def test_what_is_written_is_read_again(uri: SipUri):
    assert parse_uri(str(uri)) == uri
