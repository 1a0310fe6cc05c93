"""A dialog: two tags, two sequences, a route and a remote target (RFC 3261 12)."""

from typing import Final, TypeAlias

from pbx.sip.errors import Malformed
from pbx.sip.headers import parse_name_address
from pbx.sip.message import Request, Response
from pbx.sip.outputs import Peer
from pbx.sip.uri import SipUri, parse_uri

DialogKey: TypeAlias = tuple[str, str, str]
"""Call-ID, our tag, the peer's tag."""

MOST_ROUTES: Final = 20
_DEFAULT_PORT: Final = 5060


class Dialog:
    """`local` and `remote` are From and To of our requests, tags included; `source` is the true peer."""

    __slots__ = (
        "_hop",
        "call_id",
        "key",
        "local",
        "local_sequence",
        "remote",
        "remote_sequence",
        "routes",
        "source",
        "target",
    )

    def __init__(
        self, key: DialogKey, *, local: str, remote: str, target: str, routes: list[str], source: Peer
    ) -> None:
        self.key = key
        self.call_id = key[0]
        self.local = local
        self.remote = remote
        self.local_sequence = 0
        self.remote_sequence: int | None = None
        self.target = target
        self.routes = routes
        self.source = source
        self._hop: Peer | None = None

    @classmethod
    def of_invite(cls, invite: Request, tag: str, source: Peer) -> "Dialog":
        """The dialog we are about to enter as UAS (12.1.1)."""
        dialog = cls(
            (invite.call_id, tag, invite.from_.tag),
            local=f"{invite.get('to')};tag={tag}",
            remote=invite.get("from") or "",
            target=_contact(invite) or invite.from_.uri,
            routes=_good(invite.record_routes),
            source=source,
        )
        dialog.remote_sequence = invite.cseq.number
        return dialog

    @classmethod
    def of_response(cls, response: Response, target: str, source: Peer) -> "Dialog":
        """The dialog that a 2xx to our INVITE confirms (12.1.2); `target` if it names no contact."""
        dialog = cls(
            (response.call_id, response.from_.tag, response.to.tag),
            local=response.get("from") or "",
            remote=response.get("to") or "",
            target=_contact(response) or target,
            routes=_good(response.record_routes)[::-1],
            source=source,
        )
        dialog.local_sequence = response.cseq.number
        return dialog

    def is_out_of_order(self, number: int) -> bool:
        """A request with this CSeq is older than one we have seen (12.2.2)."""
        return self.remote_sequence is not None and number < self.remote_sequence

    def refresh(self, message: Request | Response, source: Peer) -> None:
        """Target refresh by INVITE, UPDATE and their 2xx."""
        self.target = _contact(message) or self.target
        self.source = source
        self._hop = None

    def next_sequence(self) -> int:
        self.local_sequence += 1
        return self.local_sequence

    @property
    def hop(self) -> Peer:
        """Where requests go: over the connection, to the route or contact if that is where the peer is, else
        (a NAT, or a name that would have to be looked up) to where it last wrote from."""
        if self._hop is None:
            self._hop = self._find_hop()
        return self._hop

    def _find_hop(self) -> Peer:
        if self.source.transport == "tcp":
            return self.source
        try:
            uri = parse_uri(parse_name_address(self.routes[0]).uri if self.routes else self.target)
        except Malformed:
            return self.source
        if not isinstance(uri, SipUri) or uri.host.strip("[]") != self.source.host:
            return self.source
        return self.source._replace(port=uri.port or _DEFAULT_PORT)

    def request_line(self, method: str) -> tuple[str, str]:
        """The start line and the Route lines of a request (12.2.1.1), both with their line ends."""
        target, routes = self.target, self.routes
        if routes and "lr" not in _uri_params(routes[0]):  # a strict router: it wants to be the Request-URI
            target, routes = parse_name_address(routes[0]).uri, [*routes[1:], f"<{target}>"]
        return f"{method} {target} SIP/2.0\r\n", "".join([f"Route: {route}\r\n" for route in routes])


def _contact(message: Request | Response) -> str | None:
    contacts = message.contacts
    return contacts[0].uri.partition("?")[0] if contacts else None


def _good(routes: list[str]) -> list[str]:
    """A route that cannot be read leads nowhere: then the dialog has none, and goes where the peer is."""
    try:
        for route in routes:
            parse_name_address(route)
    except Malformed:
        return []
    return routes if len(routes) <= MOST_ROUTES else []


def _uri_params(route: str) -> list[str]:
    return [piece.partition("=")[0].lower() for piece in parse_name_address(route).uri.split(";")[1:]]
