"""REGISTER requests as contacts to bind."""

import pytest

from pbx.sip.message import Request, parse_message
from pbx.sip.outputs import ContactAddress
from pbx.sip.registration import USUAL_EXPIRY, contact_lines, read_register
from tests.sip.stage import Stage


def read(contact: str | None, expires: str | None = None) -> tuple[ContactAddress, ...]:
    phone = Stage().phone()
    request = parse_message(phone.text("REGISTER", contact=contact, expires=expires).encode())
    assert isinstance(request, Request)
    return read_register(request, "token", "1001", phone.peer).contacts


@pytest.mark.parametrize(
    ("contact", "expires", "seconds"),
    [
        ("<sip:a@b>;expires=60", "120", 60),
        ("<sip:a@b>;expires=0", "120", 0),
        ("<sip:a@b>", "120", 120),
        ("<sip:a@b>", None, USUAL_EXPIRY),
        ("<sip:a@b>", "soon", USUAL_EXPIRY),
        ("<sip:a@b>;expires=soon", "120", 120),
        ("<sip:a@b>;expires=99999999999999999999", None, 2**32 - 1),
        ("<sip:a@b>;expires=-1", "120", 120),
    ],
)
def test_the_expiry_of_a_contact_is_its_own_or_the_requests_or_the_usual(
    contact: str, expires: str | None, seconds: int
):
    (address,) = read(contact, expires)
    assert address.expires == seconds


@pytest.mark.parametrize(
    ("q", "thousandths"),
    [
        ("1", 1000),
        ("1.0", 1000),
        ("0.7", 700),
        ("0.123", 123),
        ("0", 0),
        ("0.05", 50),
        ("x.y", 1000),
        (".5", 500),
    ],
)
def test_q_is_read_in_thousandths(q: str, thousandths: int):
    (address,) = read(f"<sip:a@b>;q={q}")
    assert address.q == thousandths


def test_a_query_has_no_contacts():
    assert read(None) == ()


def test_bindings_are_written_as_they_can_be_read():
    bindings = (
        ContactAddress("sip:a@b:5062;transport=tcp", 60, 250, "<urn:uuid:1>"),
        ContactAddress("sip:c@d", 3600),
    )
    lines = contact_lines(bindings).split("\r\n")
    assert lines[-1] == ""
    assert read(", ".join(line.removeprefix("Contact: ") for line in lines[:-1])) == bindings


def test_no_binding_can_add_a_header():
    assert contact_lines([ContactAddress("sip:a\r\nX: y", 1, 1000, "\r\nZ")]).count("\r\n") == 1
