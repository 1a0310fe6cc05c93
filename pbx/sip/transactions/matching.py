"""Which transaction a message belongs to (RFC 3261 17.1.3, 17.2.3, 8.2.2.2)."""

from typing import TypeAlias

from pbx.sip.message import Request, Response

COOKIE = "z9hG4bK"

ServerKey: TypeAlias = tuple[str, str, int | None, str, int, str]
"""Branch, sent-by host and port, Call-ID, CSeq number and method.

The CSeq number belongs to it because pyVoIP sends its authenticated INVITE, and its BYE, with the branch of
the first INVITE.
"""

InviteName: TypeAlias = tuple[str, str, int]
"""Call-ID, From tag and CSeq number: what all copies of one INVITE share on whatever path they came.

The ACK to a 2xx is found by it, because pyVoIP writes a new To tag into every ACK.
"""

ClientKey: TypeAlias = tuple[str, str]
"""Branch and CSeq method."""


def server_key(request: Request, method: str) -> ServerKey:
    """The key of the transaction that a request of this method with these headers would belong to."""
    via, number = request.via, request.cseq.number
    branch = via.branch
    if len(branch) > len(COOKIE) and branch.startswith(COOKIE):
        return branch, via.host, via.port, request.call_id, number, method
    # An RFC 2543 sender: everything that its copies and its ACK repeat.
    past = f"{request.get('via')} {request.uri} {request.from_.tag}"
    return past, via.host, via.port, request.call_id, number, method


def invite_name(request: Request) -> InviteName:
    return request.call_id, request.from_.tag, request.cseq.number


def client_key(response: Response) -> ClientKey:
    return response.via.branch, response.cseq.method
