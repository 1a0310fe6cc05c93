import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.errors import Malformed
from pbx.sip.grammar import decimal, delta_seconds, split_list
from pbx.sip.headers import CSeq, NameAddress, Via, parse_cseq, parse_name_address, parse_via


def test_a_via_is_taken_apart():
    via = parse_via("SIP/2.0/udp PBX.example.net:5062;branch=z9hG4bK77;rport;Received=192.0.2.9")
    assert (via.transport, via.host, via.port) == ("UDP", "pbx.example.net", 5062)
    assert via.params == {"branch": "z9hG4bK77", "rport": None, "received": "192.0.2.9"}
    assert via.branch == "z9hG4bK77"


def test_white_space_between_the_words_of_a_via_means_nothing():
    assert parse_via("SIP  /   2.0 /UDP    192.0.2.2;branch=390skdjuw") == parse_via(
        "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw"
    )
    assert parse_via("SIP/2.0/TCP spindle.example.com : 5070  ;  branch  =   z9hG4bK9ikj8").port == 5070


def test_a_via_without_a_branch_has_an_empty_one():
    assert parse_via("SIP/2.0/UDP 192.0.2.2").branch == ""
    assert parse_via("SIP/2.0/UDP 192.0.2.2;branch").branch == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0 192.0.2.2",
        "HTTP/2.0/UDP 192.0.2.2",
        "SIP/2.0/UDP 192.0.2.2:70000",
        "SIP/2.0/UDP 192.0.2.2:0",
        "SIP/2.0/UDP 192.0.2.2 5060",
        "SIP/2.0/UDP [::x]",
        "SIP/2.0/UDP 192.0.2.15;;,;,,",
        "SIP/2.0/UDP 192.0.2.2;branch=a;branch=b",
        "SIP/2.0/UDP 192.0.2.2;branch=a b",
        'SIP/2.0/UDP 192.0.2.2;branch="a',
    ],
)
def test_a_broken_via_is_refused(text: str):
    with pytest.raises(Malformed):
        parse_via(text)


@pytest.mark.parametrize(
    ("text", "display", "uri", "params"),
    [
        ("<sip:a@b>", "", "sip:a@b", {}),
        ("<sip:a@b;lr>;tag=1", "", "sip:a@b;lr", {"tag": "1"}),
        ("sip:a@b;tag=1", "", "sip:a@b", {"tag": "1"}),
        ("sip:a@b ;  tag  = 1", "", "sip:a@b", {"tag": "1"}),
        ('"Anna Ozola" <sip:a@b>;Tag=1', "Anna Ozola", "sip:a@b", {"tag": "1"}),
        ('"Anna"<sip:a@b>', "Anna", "sip:a@b", {}),
        ("Anna Ozola <sip:a@b>", "Anna Ozola", "sip:a@b", {}),
        ("caller<sip:a@b>", "caller", "sip:a@b", {}),
        ('"a \\"b\\" <c>, \\\\" <sip:a@b>', 'a "b" <c>, \\', "sip:a@b", {}),
        ('"" <sip:a@b>', "", "sip:a@b", {}),
        ('<sip:a@b>;x="a;b,c\\"" ; q = 0.33', "", "sip:a@b", {"x": '"a;b,c\\""', "q": "0.33"}),
        ('<sip:a@b>;+sip.instance="<urn:uuid:1>"', "", "sip:a@b", {"+sip.instance": '"<urn:uuid:1>"'}),
        ("<tel:+371670;phone-context=x>;tag=1", "", "tel:+371670;phone-context=x", {"tag": "1"}),
        ("<sip:a@b?Route=%3Csip:c%3E>", "", "sip:a@b?Route=%3Csip:c%3E", {}),
        ('"Ā \ufffd" <sip:a@b>', "Ā \ufffd", "sip:a@b", {}),
    ],
)
def test_an_address_is_taken_apart(text: str, display: str, uri: str, params: dict[str, str | None]):
    address = parse_name_address(text)
    assert (address.display, address.uri, address.params) == (display, uri, params)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Anna",
        "<>",
        "<sip:a@b",
        "sip:a@b>",
        '"Anna <sip:a@b>',
        '"Anna\\" <sip:a@b>',
        '"Anna" sip:a@b',
        '"Anna" x <sip:a@b>',
        "Bell, Anna <sip:a@b>",
        "< sip:a@b >",
        "<sip:a b@c>",
        "<sip:a@b> tag=1",
        "<sip:a@b>;;tag=1",
        "<sip:a@b>;",
        "<sip:a@b>;tag=",
        "<sip:a@b>;tag",
        "<sip:a@b>;tag=1;tag=2",
        "<sip:a@b>;tag=1;TAG=1",
        "<sip:a@b>;t@g=1",
        '<sip:a@b>;tag="1',
        '<sip:a@b>;tag="1"2',
        "sip:a@b?Route=c",
        "sip:a@b,sip:c@d",
        "<sip:a@b><sip:c@d>",
        "<sip:ā@b>",
        "*",
    ],
)
def test_a_broken_address_is_refused(text: str):
    with pytest.raises(Malformed) as caught:
        parse_name_address(text)
    assert caught.value.status == 400


def test_a_display_name_brings_no_control_character():
    assert parse_name_address('"a\u009bb" <sip:a@b>').display == "a\ufffdb"
    assert parse_name_address("a\u2028b <sip:a@b>").display == "a\ufffdb"


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("a", ["a"]),
        ("a, b,c ,\td", ["a", "b", "c", "d"]),
        ("a,,b", ["a", "", "b"]),
        ('"a, b" <sip:c,d@e>;x="f,g", <sip:h@i>', ['"a, b" <sip:c,d@e>;x="f,g"', "<sip:h@i>"]),
        ('"a\\", b" <sip:c@d>, e', ['"a\\", b" <sip:c@d>', "e"]),
        ('<sip:a"b>, c', ['<sip:a"b>', "c"]),
    ],
)
def test_only_a_comma_outside_quotes_and_brackets_parts_a_list(text: str, elements: list[str]):
    assert split_list(text) == elements


@pytest.mark.parametrize("text", ['a,"b', "a,<b", '"a\\", b'])
def test_a_list_whose_quotes_do_not_close_is_refused(text: str):
    with pytest.raises(Malformed):
        split_list(text)


def test_cseq():
    assert parse_cseq("0009  INVITE") == CSeq(9, "INVITE")
    assert parse_cseq("2147483647 BYE") == CSeq(2**31 - 1, "BYE")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "INVITE",
        "1INVITE",
        "2147483648 BYE",
        "-1 BYE",
        "+1 BYE",
        "1 BY E",
        "1 ",
        "٣ BYE",
        "1_0 BYE",
        "1 BYE\ufffd",
    ],
)
def test_a_broken_cseq_is_refused(text: str):
    with pytest.raises(Malformed):
        parse_cseq(text)


def test_numbers_are_ascii_digits_and_no_more_than_allowed():
    assert [
        decimal(text) for text in ("0", "0012", "4294967296", "12345678901", "", "-1", " 1", "1 ", "²")
    ] == [
        0,
        12,
        4294967296,
        *[None] * 6,
    ]
    assert [delta_seconds(text) for text in ("3600", "9" * 300, "4294967296", "1.5", "")] == [
        3600,
        2**32 - 1,
        2**32 - 1,
        None,
        None,
    ]


words = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=10)
values = st.one_of(st.none(), words, st.text("ab ;,<>=[]", max_size=8).map(lambda text: f'"{text}"'))
params = st.dictionaries(words.map(str.lower), values, max_size=4)
displays = st.text(st.characters(exclude_categories=["C"]), max_size=20).filter(
    lambda text: text.isprintable()
)
addresses = st.builds(
    NameAddress, displays, st.sampled_from(["sip:a@b", "tel:+1", "sip:a,b@c;x?y=z"]), params
).filter(lambda address: address.params.get("tag", "x") is not None)
vias = st.builds(
    Via,
    words.map(lambda word: "".join(c for c in word if c.isalnum()).upper() or "UDP"),
    st.sampled_from(["192.0.2.1", "[2001:db8::1]", "a.example"]),
    st.one_of(st.none(), st.integers(1, 65535)),
    params,
)


@settings(max_examples=200)
@given(addresses)
def test_an_address_that_is_written_is_read_again(address: NameAddress):
    again = parse_name_address(str(address))
    assert (again.display, again.uri, again.params) == (address.display, address.uri, address.params)


@settings(max_examples=100)
@given(vias)
def test_a_via_that_is_written_is_read_again(via: Via):
    again = parse_via(str(via))
    assert (again.transport, again.host, again.port, again.params) == (
        via.transport,
        via.host,
        via.port,
        via.params,
    )


@settings(max_examples=100)
@given(addresses, vias)
def test_white_space_sends_a_header_the_long_way_to_the_same_meaning(address: NameAddress, via: Via):
    name, _, rest = str(address).rpartition(f"<{address.uri}>")
    assert parse_name_address(f"{name}  <{address.uri}> {rest.replace(';', ' ;', 1)}") == address
    head, semicolon, rest = str(via).partition(";")
    assert parse_via(head.replace("/", " / ") + (f" ; {rest}" if semicolon else "")) == via


@settings(max_examples=100)
@given(st.lists(addresses, min_size=1, max_size=5))
def test_a_list_comes_apart_where_it_was_put_together(several: list[NameAddress]):
    assert [parse_name_address(text) for text in split_list(", ".join(map(str, several)))] == several
