"""REGISTER requests as contacts to bind, and their answers (RFC 3261 10)."""

from collections.abc import Sequence
from typing import Final

from pbx.sip.errors import Malformed
from pbx.sip.grammar import delta_seconds, quote, unquote
from pbx.sip.headers import NameAddress
from pbx.sip.message import Request
from pbx.sip.outputs import ContactAddress, Peer, RegisterReceived
from pbx.sip.replies import one_line

USUAL_EXPIRY: Final = 3600
"""Seconds, where a phone names none (10.2.1.1) or none that can be read (10.3 step 7)."""
MOST_CONTACTS: Final = 50
_SCHEMES: Final = ("sip:", "sips:", "SIP:", "SIPS:")


def read_register(request: Request, token: str, account: str, peer: Peer) -> RegisterReceived:
    """Raises Malformed for too many contacts, one that is no SIP URI, and a `*` without `Expires: 0`."""
    default = _seconds(request.get("expires"), USUAL_EXPIRY)
    if request.all_contacts and request.get("expires") != "0":
        raise Malformed(400, "Contact * Without Expires 0")
    if len(request.contacts) > MOST_CONTACTS:
        raise Malformed(400, "Too Many Contacts")
    contacts = tuple([_contact(contact, default) for contact in request.contacts])
    return RegisterReceived(
        token, account, contacts, request.all_contacts, request.call_id, request.cseq.number, peer
    )


def contact_lines(contacts: Sequence[ContactAddress]) -> str:
    """The current bindings, one Contact line each."""
    return "".join([_contact_line(contact) for contact in contacts])


def _contact(contact: NameAddress, default: int) -> ContactAddress:
    if not contact.uri.startswith(_SCHEMES):
        raise Malformed(400, "Bad Contact")
    given = contact.params.get
    instance = given("+sip.instance")
    return ContactAddress(
        contact.uri,
        _seconds(given("expires"), default),
        _thousandths(given("q")),
        unquote(instance) if instance else "",
    )


def _contact_line(contact: ContactAddress) -> str:
    quality = "" if contact.q == 1000 else f";q={contact.q / 1000:g}"
    instance = f";+sip.instance={quote(one_line(contact.instance))}" if contact.instance else ""
    return f"Contact: <{one_line(contact.uri)}>;expires={contact.expires}{quality}{instance}\r\n"


def _seconds(text: str | None, default: int) -> int:
    if not text:
        return default
    seconds = delta_seconds(text) if text.isascii() else None
    return default if seconds is None else seconds


def _thousandths(text: str | None) -> int:
    """A qvalue: 0, 1, or at most three decimals (25.1)."""
    if not text:
        return 1000
    whole, _, decimals = text.partition(".")
    if whole == "1":
        return 1000
    digits = decimals[:3].ljust(3, "0")
    return int(digits) if digits.isascii() and digits.isdecimal() else 1000
