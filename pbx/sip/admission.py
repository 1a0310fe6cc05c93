"""Whether a request from outside any dialog may come in, in the order of RFC 3261 8.2, and who sends it."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from pbx.sip.authentication import Accepted, Challenger, Refused, Stale
from pbx.sip.errors import Malformed
from pbx.sip.message import Request
from pbx.sip.outputs import Identity, Peer, Standing
from pbx.sip.replies import ALLOW_LINE
from pbx.sip.uri import SipUri, parse_uri

ACCEPT_LINE: Final = "Accept: application/sdp, multipart/mixed, application/dtmf-relay, application/dtmf\r\n"
SUPPORTED_METHODS: Final = frozenset(("INVITE", "BYE", "OPTIONS", "INFO", "UPDATE", "REGISTER"))
_KNOWN_METHODS: Final = frozenset(("MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "NOTIFY", "PRACK"))
_MOST_CREDENTIALS: Final = 4
_STRANGER: Final = Identity(Standing.STRANGER)

Offence: TypeAlias = Literal[
    "malformed", "bad_credentials", "forbidden", "limit", "merged", "loop", "spoofed"
]


class Directory(Protocol):
    """Who is who; replaced as a whole when the configuration is read again."""

    def password(self, account: str) -> str | None:
        """None if there is no such account."""
        ...

    def trunk(self, host: str) -> str | None:
        """The name of the trunk that this source address belongs to."""
        ...

    def is_public(self, dialled: str) -> bool:
        """May strangers call this number?"""
        ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """A final response without state: `headers` are whole lines; the offence is for the security log."""

    status: int
    headers: str = ""
    offence: Offence | None = None
    detail: str = ""


class Admitted(NamedTuple):
    """Who calls, and what they say of themselves."""

    identity: Identity
    caller: str


def check_method(method: str) -> Refusal | None:
    """8.2.1"""
    if method in SUPPORTED_METHODS:
        return None
    return Refusal(405 if method in _KNOWN_METHODS else 501, ALLOW_LINE)


def check_extensions(request: Request) -> Refusal | None:
    """8.2.2.3: we support no extension that could be required."""
    if request.get("require") is None or not request.require:
        return None
    return Refusal(420, "".join([f"Unsupported: {option}\r\n" for option in request.require]))


def check_hops(request: Request) -> Refusal | None:
    if request.max_forwards == 0:
        return Refusal(483, "", "loop", "Max-Forwards 0")
    return None


def check_body(request: Request) -> Refusal | None:
    """8.2.3, for requests whose body can only be a session description."""
    if not request.body or "handling=optional" in (request.get("content-disposition") or "").lower():
        return None
    if (request.get("content-encoding") or "identity").lower() != "identity":
        return Refusal(415, f"Accept-Encoding: identity\r\n{ACCEPT_LINE}")
    if request.content_type in ("application/sdp", "multipart/mixed", "multipart/alternative"):
        return None
    return Refusal(415, ACCEPT_LINE)


class Doorkeeper:
    """Tells accounts, trunks and strangers apart. A challenge leaves no state behind."""

    def __init__(self, challenger: Challenger, directory: Directory) -> None:
        self.directory = directory
        self._challenger = challenger

    def identify(self, request: Request, peer: Peer, dialled: str, now: float) -> Admitted | Refusal:
        """By source address first, then by password, then by what strangers may call."""
        trunk = self.directory.trunk(peer.host)
        if trunk is not None:
            return Admitted(Identity(Standing.TRUNK, trunk), user_of(request.from_.uri))
        account = self._account(request, now)
        if isinstance(account, str):
            caller = user_of(request.from_.uri)
            if caller != account and self.directory.password(caller) is not None:
                return Refusal(403, "", "spoofed", f"{account} calls as {caller}")
            return Admitted(Identity(Standing.ACCOUNT, account), caller)
        if account is None and self.directory.is_public(dialled):
            return Admitted(_STRANGER, user_of(request.from_.uri))
        return account or self._challenge(now)

    def owner(self, request: Request, aor: str, now: float) -> str | Refusal:
        """The account that registers; it may do so for its own address only (10.3 step 4)."""
        account = self._account(request, now)
        if isinstance(account, Refusal):
            return account
        if account is None:
            return self._challenge(now)
        if account != aor:
            return Refusal(403, "", "forbidden", f"{account} registers {aor}")
        return account

    def are_neighbours(self, one: Peer, other: Peer) -> bool:
        """The same host, or two addresses of one trunk."""
        if one.host == other.host:
            return True
        trunk = self.directory.trunk(one.host)
        return trunk is not None and trunk == self.directory.trunk(other.host)

    def _account(self, request: Request, now: float) -> str | Refusal | None:
        """Whose password was proved; None if nobody tried."""
        if request.get("authorization") is None:
            return None
        reason = "malformed"
        for credentials in request.all("authorization")[:_MOST_CREDENTIALS]:
            verdict = self._challenger.verify(
                credentials, request.method, request.uri, self.directory.password, now
            )
            match verdict:
                case Accepted(username):
                    return username
                case Stale():
                    return self._challenge(now, stale=True)
                case Refused(reason):
                    continue
        return self._challenge(now, detail=reason)

    def _challenge(self, now: float, *, stale: bool = False, detail: str = "") -> Refusal:
        """Always 401: pyVoIP understands no 407."""
        values = self._challenger.challenges(now, stale=stale)
        headers = "".join([f"WWW-Authenticate: {value}\r\n" for value in values])
        return Refusal(401, headers, "bad_credentials" if detail else None, detail)


def user_of(uri: str) -> str:
    """The user part, or a telephone number; "" for any other URI."""
    try:
        parsed = parse_uri(uri)
    except Malformed:
        return ""
    return parsed.user if isinstance(parsed, SipUri) else parsed.number
