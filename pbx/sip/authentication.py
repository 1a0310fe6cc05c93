"""Digest authentication, both sides of it (RFC 7616, RFC 8760, RFC 3261 22)."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from pbx.sip.errors import Malformed
from pbx.sip.grammar import SPACE_CLASS, WORD_CLASS, quote
from pbx.sip.uri import SipUri, TelUri, parse_uri


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _sha512_256(text: str) -> str:
    return hashlib.new("sha512_256", text.encode()).hexdigest()


_HASHES: Final[dict[str, Callable[[str], str]]] = {
    "SHA-512-256": _sha512_256,
    "SHA-256": _sha256,
    "MD5": _md5,
}
_ANSWER: Final = frozenset(("username", "realm", "nonce", "uri", "response"))
_MOST_PARAMS: Final = 30
_NOBODY: Final = "\ufffd"  # stands for the password of an account that does not exist; never accepted
_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")

_scheme = re.compile(r"[ \t]*+Digest[ \t]++", re.IGNORECASE)
_param = re.compile(
    rf"[ \t]*+([{WORD_CLASS}]++)[ \t]*+=[ \t]*+"
    rf"(?:\"([^\"\\]*+(?:\\.[^\"\\]*+)*+)\"|([^{SPACE_CLASS},\"=]++))[ \t]*+(?:,|$)"
)
_escape = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Accepted:
    username: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The password is right, the nonce too old or used already: challenge again with `stale`."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`reason` is for our log only; the peer gets the same new challenge whatever was wrong."""

    reason: str


Verdict: TypeAlias = Accepted | Stale | Refused
Lookup: TypeAlias = Callable[[str], str | None]


class Challenger:
    """Asks for proof of a password and judges it. A challenge leaves no state behind.

    A nonce tells when it was made and that we made it. Only nonces of accepted answers are remembered, to
    accept no answer twice: with qop the nonce count must grow; without (RFC 2069) a response, which is
    to say a method and a URI, is good once. `capacity` bounds that memory: an answer to a nonce older than
    the newest one forgotten is Stale, and an honest phone answers the new challenge.
    """

    def __init__(
        self,
        realm: str,
        key: bytes,
        *,
        algorithms: Sequence[str] = ("MD5",),
        lifetime: float = 60.0,
        capacity: int = 20_000,
    ) -> None:
        """`key` is secret, at most 64 bytes, and new in every process.

        `algorithms` are offered in this order (RFC 8760).
        MD5 alone is the default because many phones fail at the sight of any other: baresip 1.0 gives up when
        one of several challenges is SHA-256, SIPp 3.6 when the first is, pyVoIP answers the last one.
        """
        unknown = set(algorithms) - set(_HASHES)
        if unknown or not algorithms:
            raise ValueError(f"no digest algorithm: {', '.join(sorted(unknown)) or 'none given'}")
        self.realm = realm
        self._key = key
        self._algorithms = tuple(algorithms)
        self._lifetime = lifetime
        self._capacity = capacity
        self._serial = 0
        self._used: dict[str, tuple[int, int]] = {}  # nonce, or nonce and response -> (serial, highest count)
        self._forgotten = 0  # the greatest serial that is not remembered any more

    def challenges(self, now: float, *, stale: bool = False) -> list[str]:
        """WWW-Authenticate values for a 401, one for each algorithm, all with the same nonce."""
        self._serial += 1
        ticket = f"{int(now * 1000):x}-{self._serial:x}"
        nonce = f"{ticket}-{self._seal(ticket)}"
        tail = ",stale=true" if stale else ""
        head = f'Digest realm={quote(self.realm)},nonce="{nonce}",qop="auth"{tail}'
        return [f"{head},algorithm={algorithm}" for algorithm in self._algorithms]

    def verify(self, authorization: str, method: str, uri: str, lookup: Lookup, now: float) -> Verdict:
        """Judge an Authorization value for a request of this method and Request-URI.

        `lookup` gives an account's password, or None. An account that does not exist costs the same time.
        """
        params = parse_digest(authorization)
        if params is None or not params.keys() >= _ANSWER:
            return Refused("malformed")
        algorithm = params.get("algorithm", "MD5").upper()
        if algorithm not in self._algorithms:
            return Refused("algorithm")
        if params["realm"] != self.realm:
            return Refused("realm")
        count = _nonce_count(params)
        if count is None or "userhash" in params:
            return Refused("malformed")
        if not _same_target(params["uri"], uri):
            return Refused("uri")
        username = params["username"]
        password = lookup(username)
        expected = _digest(_HASHES[algorithm], params, method, _NOBODY if password is None else password)
        right = hmac.compare_digest(expected.encode(), params["response"].lower().encode())
        if password is None:
            return Refused("unknown account")
        if not right:
            return Refused("wrong password")
        return Accepted(username) if self._spend(params, count, now) else Stale()

    def _spend(self, params: dict[str, str], count: int, now: float) -> bool:
        """Whether this use of the nonce is fresh, and remember it if it is."""
        nonce = params["nonce"]
        ticket, _, seal = nonce.rpartition("-")
        if not hmac.compare_digest(self._seal(ticket).encode(), seal.encode()):
            return False
        made, _, serial = ticket.partition("-")
        if now - int(made, 16) / 1000 > self._lifetime:
            return False
        use = nonce if count else f"{nonce} {params['response'].lower()}"
        known = self._used.get(use)
        if known is None and int(serial, 16) <= self._forgotten:
            return False
        if known is not None and count <= known[1]:
            return False
        self._used[use] = (int(serial, 16), count)
        if len(self._used) > self._capacity:
            oldest = next(iter(self._used))
            self._forgotten = max(self._forgotten, self._used.pop(oldest)[0])
        return True

    def _seal(self, ticket: str) -> str:
        seed = f"{self.realm} {ticket}".encode()
        return hashlib.blake2b(seed, digest_size=16, key=self._key).hexdigest()


def parse_digest(value: str) -> dict[str, str] | None:
    """The parameters of a Digest challenge or answer, unquoted; None for another scheme or a broken value."""
    scheme = _scheme.match(value)
    if scheme is None:
        return None
    params: dict[str, str] = {}
    at, end = scheme.end(), len(value)
    while at < end:
        match = _param.match(value, at)
        if match is None or len(params) == _MOST_PARAMS:
            return None
        name, quoted, token = match.groups()
        name = name.lower()
        if name in params:
            return None
        if quoted is None:
            params[name] = token
        else:
            params[name] = _escape.sub(r"\1", quoted) if "\\" in quoted else quoted
        at = match.end()
    return params or None


def _nonce_count(params: dict[str, str]) -> int | None:
    """The nonce count, 0 without qop, None if it is not as RFC 7616 3.4 wants it."""
    qop = params.get("qop")
    if qop is None:
        return 0
    digits = params.get("nc", "")
    if (
        qop.lower() != "auth"
        or not params.get("cnonce")
        or len(digits) != 8
        or not _HEXADECIMAL.issuperset(digits)
    ):
        return None
    return int(digits, 16) or None


def _digest(hashed: Callable[[str], str], params: dict[str, str], method: str, password: str) -> str:
    secret = hashed(f"{params['username']}:{params['realm']}:{password}")
    request = hashed(f"{method}:{params['uri']}")
    qop = params.get("qop")
    if qop is None:
        return hashed(f"{secret}:{params['nonce']}:{request}")
    return hashed(f"{secret}:{params['nonce']}:{params['nc']}:{params['cnonce']}:{qop}:{request}")


def _same_target(claimed: str, actual: str) -> bool:
    """The digest's URI names the host of the Request-URI, and its user, if it names one.

    Not more: pyVoIP and SIPp sign the server's address whomever they call, and the port comes and goes.
    """
    if claimed == actual:
        return True
    try:
        one, other = parse_uri(claimed), parse_uri(actual)
    except Malformed:
        return False
    match one, other:
        case SipUri(), SipUri():
            return one.host == other.host and one.user in ("", other.user)
        case TelUri(), TelUri():
            return one.number == other.number
        case _:
            return False


def respond(challenge: str, username: str, password: str, method: str, uri: str, nc: int, cnonce: str) -> str:
    """The Authorization value that answers a challenge. Raises Malformed(400) for one we cannot answer."""
    asked = parse_digest(challenge) or {}
    algorithm = asked.get("algorithm", "MD5").upper()
    offered = asked.get("qop")
    if not asked.keys() >= {"realm", "nonce"} or algorithm not in _HASHES:
        raise Malformed(400, "Unknown Challenge")
    if offered is not None and "auth" not in (option.strip() for option in offered.lower().split(",")):
        raise Malformed(400, "Unknown Challenge")
    params = {"username": username, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri}
    tail = f",algorithm={algorithm}"
    if offered is not None:
        params |= {"qop": "auth", "nc": f"{nc:08x}", "cnonce": cnonce}
        tail += f',qop=auth,nc={nc:08x},cnonce="{cnonce}"'
    if "opaque" in asked:
        tail += f",opaque={quote(asked['opaque'])}"
    response = _digest(_HASHES[algorithm], params, method, password)
    head = ",".join(f"{name}={quote(params[name])}" for name in ("username", "realm", "nonce", "uri"))
    return f'Digest {head},response="{response}"{tail}'
