"""Who and what may come in: the order of checks, challenges without state, identities, limits, rubbish."""

import pytest

from pbx.sip.outputs import (
    CallOffered,
    ContactAddress,
    Denied,
    Identity,
    Peer,
    RegisterReceived,
    Standing,
    Transmit,
)
from pbx.sip.reception import Limits
from pbx.sip.user_agent import Load
from tests.sip.stage import OUR_SDP, SDP, Phone, Stage

PRIVATE = "sip:1002@192.0.2.1"
HOME = "sip:192.0.2.1"


def setting(limits: Limits | None = None) -> tuple[Stage, Phone]:
    stage = Stage(limits)
    return stage, stage.phone()


def test_a_stranger_is_challenged_with_401_and_nothing_is_kept():
    stage, phone = setting()
    assert phone.asks("INVITE", PRIVATE, SDP) == ["401"]
    challenge = phone.response(401)
    assert (challenge.get("www-authenticate") or "").startswith("Digest ")
    assert challenge.to.tag != ""
    assert stage.agent.at_rest() == []
    assert stage.agent.deadline is None
    assert stage.told == []


def test_a_challenge_repeats_itself_to_a_copy_and_its_ack_is_absorbed():
    stage, phone = setting()
    phone.asks("INVITE", PRIVATE, SDP)
    tag = phone.response(401).to.tag
    assert phone.says(phone.text("INVITE", PRIVATE, SDP)) == ["401"]
    assert phone.response(401).to.tag == tag
    phone.to_tag = tag
    assert phone.says(phone.text("ACK", PRIVATE)) == []
    stage.wait(100)
    assert len(stage.wire) == 2


def authenticated(
    phone: Phone, method: str, uri: str, user: str, password: str, body: str = "", **h: str
) -> list[str]:
    assert phone.asks(method, uri, body, **h) == ["401"]
    credentials = phone.credentials(phone.response(401), method, uri, user, password)
    return phone.asks(method, uri, body, authorization=credentials, **h)


def test_a_right_password_is_an_account():
    stage, phone = setting()
    assert authenticated(phone, "INVITE", PRIVATE, "1001", "secret", SDP) == ["100"]
    assert stage.only(CallOffered).identity == Identity(Standing.ACCOUNT, "1001")


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer():
    answers: list[list[str]] = []
    for user in ("1001", "nobody"):
        stage, phone = setting()
        assert authenticated(phone, "INVITE", PRIVATE, user, "wrong", SDP) == ["401"]
        assert stage.denied() == ["bad_credentials"]
        assert stage.agent.at_rest() == []
        text = stage.wire[-1].data.decode().splitlines()
        answers.append([line for line in text if not line.startswith(("WWW-Auth", "To:"))])
    assert answers[0] == answers[1]


def test_a_wrong_password_is_refused_even_where_strangers_may_call():
    stage, phone = setting()
    assert authenticated(phone, "INVITE", PRIVATE, "1001", "wrong", SDP) == ["401"]
    credentials = phone.credentials(phone.response(401), "INVITE", "sip:100@192.0.2.1", "1001", "wrong")
    assert phone.asks("INVITE", "sip:100@192.0.2.1", SDP, authorization=credentials) == ["401"]
    assert CallOffered not in [type(t) for t in stage.told]


def test_an_old_nonce_is_stale():
    stage, phone = setting()
    phone.asks("INVITE", PRIVATE, SDP)
    credentials = phone.credentials(phone.response(401), "INVITE", PRIVATE, "1001", "secret")
    stage.wait(3600)
    assert phone.asks("INVITE", PRIVATE, SDP, authorization=credentials) == ["401"]
    assert "stale=true" in (phone.response(401).get("www-authenticate") or "").lower().replace('"', "")
    assert stage.denied() == []


def test_credentials_cannot_be_used_twice():
    stage, phone = setting()
    phone.asks("INVITE", PRIVATE, SDP)
    credentials = phone.credentials(phone.response(401), "INVITE", PRIVATE, "1001", "secret")
    assert phone.asks("INVITE", PRIVATE, SDP, authorization=credentials) == ["100"]
    thief = stage.phone("203.0.113.9")
    assert thief.asks("INVITE", PRIVATE, SDP, authorization=credentials) == ["401"]


@pytest.mark.parametrize(
    ("sender", "status"), [("1001", "100"), ("1002", "403"), ("alice", "100"), ("nobody%20", "100")]
)
def test_an_account_calls_under_no_other_accounts_name(sender: str, status: str):
    stage, phone = setting()
    from_ = f"<sip:{sender}@example.org>;tag=x"
    assert authenticated(phone, "INVITE", PRIVATE, "1001", "secret", SDP, **{"from": from_}) == [status]
    assert stage.denied() == (["spoofed"] if status == "403" else [])


def test_a_trunk_is_known_by_its_address_whatever_it_says():
    stage = Stage()
    trunk = stage.phone("198.51.100.2")
    trunk.calls(PRIVATE, authorization="Digest nonsense")
    assert stage.only(CallOffered).identity == Identity(Standing.TRUNK, "carrier")
    assert stage.only(CallOffered).dialled == "1002"


def test_the_directory_can_be_replaced():
    class Nobody:
        def password(self, account: str) -> str | None:
            return None

        def trunk(self, host: str) -> str | None:
            return None

        def is_public(self, dialled: str) -> bool:
            return False

    stage, phone = setting()
    stage.agent.directory = Nobody()
    assert isinstance(stage.agent.directory, Nobody)
    assert phone.asks("INVITE", "sip:100@192.0.2.1", SDP) == ["401"]


@pytest.mark.parametrize(
    ("text", "status", "header"),
    [
        (
            {"method": "MESSAGE"},
            "405",
            ("allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER"),
        ),
        ({"method": "SUBSCRIBE"}, "405", None),
        ({"method": "PUBLISH"}, "405", None),
        ({"method": "REFER"}, "405", None),
        ({"method": "NOTIFY"}, "405", None),
        ({"method": "PRACK"}, "405", None),
        ({"method": "SNOOZE", "uri": "sips:a@b", "require": "x"}, "501", None),
        ({"method": "BYE"}, "481", None),
        ({"method": "INFO"}, "481", None),
        ({"method": "UPDATE"}, "481", None),
        ({"uri": "sips:1002@192.0.2.1", "require": "x"}, "416", None),
        ({"uri": "http://example.org", "require": "x"}, "416", None),
        ({"require": "100rel, foo", "max_forwards": "0"}, "420", ("unsupported", "100rel")),
        ({"max_forwards": "0"}, "483", None),
        ({"method": "OPTIONS", "max_forwards": "0"}, "483", None),
        ({"content_type": "text/plain"}, "401", None),
        (
            {"uri": "sip:100@x", "content_type": "text/plain"},
            "415",
            ("accept", "application/sdp, multipart/mixed"),
        ),
        ({"uri": "sip:100@x", "content_encoding": "gzip"}, "415", ("accept-encoding", "identity")),
        (
            {"uri": "sip:100@x", "content_type": "text/plain", "content_disposition": "x;handling=optional"},
            "100",
            None,
        ),
        ({"uri": "sip:100@x", "content_type": "multipart/mixed;boundary=x"}, "100", None),
        ({"cseq": "1 OPTIONS"}, "400", None),
        ({"max_forwards": "x", "require": "x"}, "400", None),
    ],
)
def test_each_fault_gets_its_status_in_the_order_of_8_2(
    text: dict[str, str], status: str, header: tuple[str, str] | None
):
    stage, phone = setting()
    fields = {"uri": PRIVATE, "body": SDP, **text}
    assert phone.asks(fields.pop("method", "INVITE"), **fields) == [status]
    if header is not None:
        assert (phone.response(int(status)).get(header[0]) or "").startswith(header[1])
    if status != "100":
        assert stage.agent.at_rest() == []


def test_options_needs_no_password():
    stage, phone = setting()
    assert phone.asks("OPTIONS", HOME) == ["200"]
    ok = phone.response(200)
    assert ok.get("allow")
    assert ok.get("accept")
    assert ok.get("supported") == ""
    assert stage.agent.at_rest() == []


def test_one_invite_on_two_ways_is_merged():
    stage, phone = setting()
    phone.calls()
    phone.new_branch()
    assert phone.says(phone.text("INVITE", body=SDP)) == ["482"]
    assert stage.denied() == ["merged"]
    phone.tag = "another"
    phone.new_branch()
    assert phone.says(phone.text("INVITE", body=SDP)) == ["100"]


def test_a_call_admitted_again_after_it_is_over_is_not_merged():
    stage, phone = setting()
    call = phone.calls()
    stage.do(stage.agent.refuse(call, 486, 0))
    stage.wait(40)
    phone.new_branch()
    assert phone.says(phone.text("INVITE", body=SDP)) == ["100"]


def test_while_draining_new_calls_get_503_and_others_go_on():
    stage, phone = setting()
    call = phone.in_call()
    stage.agent.draining = True
    other = stage.phone("192.0.2.8")
    assert other.asks("INVITE", "sip:100@192.0.2.1", SDP) == ["503"]
    assert other.response(503).get("retry-after")
    assert phone.asks("INVITE", "sip:100@192.0.2.1", SDP) == ["100"]
    assert phone.asks("BYE") == ["487"]
    assert [over.call for over in stage.overs()] == [call]


def test_the_number_of_transactions_is_limited():
    stage, phone = setting(Limits(transactions=2))
    trunk = stage.phone("198.51.100.1")
    call = trunk.calls()
    stage.news()
    phone.calls()
    assert phone.asks("REGISTER", HOME) == ["503"]
    assert phone.response(503).get("retry-after")
    assert stage.denied() == ["limit"]
    assert stage.agent.load() == Load(transactions=2, calls=2, dialogs=2)
    phone.to_tag = "unknown"
    assert phone.asks("BYE") == ["481"]
    phone.to_tag = ""
    stage.do(stage.agent.refuse(call, 486, 0))
    stage.wait(40)
    assert phone.asks("REGISTER", HOME) == ["401"]


def test_the_number_of_calls_is_limited():
    stage, phone = setting(Limits(calls=1))
    call = phone.calls()
    assert stage.phone("198.51.100.1").asks("INVITE", PRIVATE, SDP) == ["503"]
    assert stage.denied() == ["limit"]
    stage.do(stage.agent.end(call, 0))
    assert stage.phone("198.51.100.1", 5070).asks("INVITE", PRIVATE, SDP) == ["100"]


def test_the_unanswered_calls_of_one_source_are_limited_but_not_a_trunks():
    stage, phone = setting(Limits(unanswered_per_source=1))
    call = phone.calls()
    neighbour = stage.phone(port=5070)
    assert neighbour.asks("INVITE", "sip:100@192.0.2.1", SDP) == ["503"]
    assert stage.phone("192.0.2.8").asks("INVITE", "sip:100@192.0.2.1", SDP) == ["100"]
    for port in (1, 2):
        assert stage.phone("198.51.100.1", port).asks("INVITE", PRIVATE, SDP) == ["100"]
    stage.do(stage.agent.answer(call, OUR_SDP, 0))
    assert neighbour.asks("INVITE", "sip:100@192.0.2.1", SDP) == ["100"]


def test_registering():
    stage, phone = setting()
    contact = '<sip:1001@192.0.2.7:5060;ob>;expires=60;q=0.7;+sip.instance="<urn:uuid:1>", <sip:x@h>'
    to = "<sip:1001@192.0.2.1>"
    assert (
        authenticated(phone, "REGISTER", HOME, "1001", "secret", contact=contact, to=to, expires="120") == []
    )
    received = stage.only(RegisterReceived)
    contacts = (
        ContactAddress("sip:1001@192.0.2.7:5060;ob", 60, 700, "<urn:uuid:1>"),
        ContactAddress("sip:x@h", 120, 1000, ""),
    )
    assert received == RegisterReceived(
        received.token, "1001", contacts, False, phone.call_id, phone.cseq, phone.peer
    )
    assert phone.says(phone.text("REGISTER", HOME, contact=contact, to=to, authorization="Digest x")) == []
    stage.do(stage.agent.answer_register(received.token, 200, contacts, 1, [("Min-Expires", "5")]))
    ok = phone.response(200)
    assert ok.all("contact") == [
        '<sip:1001@192.0.2.7:5060;ob>;expires=60;q=0.7;+sip.instance="<urn:uuid:1>"',
        "<sip:x@h>;expires=120",
    ]
    assert ok.get("min-expires") == "5"
    assert stage.agent.answer_register(received.token, 200, contacts, 1) == []
    stage.wait(40)
    assert stage.agent.at_rest() == []


def test_a_register_that_is_never_answered_is_forgotten():
    stage, phone = setting()
    authenticated(phone, "REGISTER", HOME, "1001", "secret", to="<sip:1001@192.0.2.1>")
    stage.wait(33)
    assert stage.agent.at_rest() == []


def test_queries_and_removals_of_all():
    stage, phone = setting()
    to = "<sip:1001@192.0.2.1>"
    authenticated(phone, "REGISTER", HOME, "1001", "secret", to=to, contact="*", expires="0")
    assert stage.only(RegisterReceived).remove_all
    stage.news()
    credentials = phone.credentials
    assert phone.asks("REGISTER", HOME, to=to, contact="*", expires="1") == ["401"]
    proof = credentials(phone.response(401), "REGISTER", HOME, "1001", "secret")
    assert phone.asks("REGISTER", HOME, to=to, contact="*", expires="1", authorization=proof) == ["400"]
    stage.news()
    phone.asks("REGISTER", HOME, to=to)
    proof = credentials(phone.response(401), "REGISTER", HOME, "1001", "secret")
    assert phone.asks("REGISTER", HOME, to=to, authorization=proof, contact="") in ([], ["400"])


def test_nobody_registers_for_another():
    stage, phone = setting()
    assert authenticated(phone, "REGISTER", HOME, "1001", "secret", to="<sip:1002@192.0.2.1>") == ["403"]
    assert stage.denied() == ["forbidden"]
    assert authenticated(phone, "REGISTER", HOME, "1001", "wrong", to="<sip:1001@192.0.2.1>") == ["401"]
    assert stage.agent.at_rest() == []


@pytest.mark.parametrize("contact", [", ".join(["<sip:a@b>"] * 51), "<mailto:a@b>", "<tel:+123>"])
def test_contacts_that_cannot_be_bound_are_400(contact: str):
    stage, phone = setting()
    answer = authenticated(phone, "REGISTER", HOME, "1001", "secret", to="<sip:1001@x>", contact=contact)
    assert answer == ["400"]
    assert stage.denied() == ["malformed"]
    assert stage.agent.at_rest() == []


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\0\0\0\0", b"\r\n"])
def test_keep_alives_are_not_worth_a_word(data: bytes):
    stage, phone = setting()
    assert stage.agent.receive(data, phone.peer, 0) == []


@pytest.mark.parametrize(
    "data", [b"jaK", b"\x80\x00" * 20, b"GET / HTTP/1.1\r\n\r\n", b"INVITE", b"\xff" * 2000]
)
def test_rubbish_is_counted_and_not_answered(data: bytes):
    stage, phone = setting()
    stage.do(stage.agent.receive(data, phone.peer, 0))
    assert stage.denied() == ["malformed"]
    assert all(b"SIP/2.0 400" in sent.data for sent in stage.wire)
    assert len(stage.wire) <= 1


def test_a_fault_is_told_in_words():
    stage, phone = setting()
    (answer, denied) = stage.agent.receive(
        phone.text("INVITE", PRIVATE, SDP, call_id=None).encode(), phone.peer, 0
    )
    assert isinstance(answer, Transmit)
    assert answer.data.startswith(
        b"SIP/2.0 400 Missing Call-ID\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;rport=5060;"
    )
    assert denied == Denied("malformed", "Missing Call-ID", phone.peer)


def test_a_malformed_ack_is_not_answered():
    stage, phone = setting()
    phone.says(phone.text("ACK", cseq="1 INVITE"))
    assert stage.wire == []


@pytest.mark.parametrize(
    ("host", "port"),
    [("255.255.255.255", 5060), ("224.0.0.1", 5060), ("ff02::1", 5060), ("0.0.0.0", 5060), ("192.0.2.7", 0)],
)
def test_nobody_is_answered_who_cannot_be(host: str, port: int):
    stage, phone = setting()
    assert stage.agent.receive(phone.text("OPTIONS").encode(), Peer("udp", host, port), 0) == []


@pytest.mark.parametrize("host", ["223.255.255.255", "22.4.0.1", "fe80::1", "25.0.0.1"])
def test_everybody_else_is(host: str):
    stage, phone = setting()
    assert len(stage.agent.receive(phone.text("OPTIONS").encode(), Peer("udp", host, 5060), 0)) == 1
