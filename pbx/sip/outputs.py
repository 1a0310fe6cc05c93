"""What the user agent says: bytes to send, and what happened to calls and registrations."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, NamedTuple, TypeAlias


class Peer(NamedTuple):
    """The far end of a hop, and our own end of it.

    For TCP the four together name a connection. `local` is "host:port" as it belongs into Via and Contact;
    it is empty when the far end has never sent us anything, and the user agent then uses its default.
    """

    transport: Literal["udp", "tcp"]
    host: str
    port: int
    local: str = ""


class Transmit(NamedTuple):
    data: bytes
    peer: Peer


class Standing(Enum):
    ACCOUNT = auto()  # proved a password
    TRUNK = auto()  # called from a trunk's address
    STRANGER = auto()  # proved nothing; reaches public routes only


@dataclass(frozen=True, slots=True)
class Identity:
    standing: Standing
    name: str = ""  # the account's or the trunk's; empty for strangers


class CallOffered(NamedTuple):
    """A new INVITE, identified and checked; 100 is already on its way.

    It is progressed, answered or refused under the name `call`.
    """

    call: str
    identity: Identity
    caller: str  # user part of From
    caller_name: str  # display name of From, control characters removed; may be empty
    dialled: str  # user part of the Request-URI, or the number of a tel: URI
    description: str | None  # None: a late offer, ours goes into the 200
    peer: Peer
    max_forwards: int
    sip_call_id: str


@dataclass(frozen=True, slots=True)
class CallProgressed:
    """101-199 to a call we placed; with a description when there is early media."""

    call: str
    status: int
    description: str | None


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """2xx to a call we placed. The ACK is already on its way."""

    call: str
    description: str | None


@dataclass(frozen=True, slots=True)
class CallConfirmed:
    """The ACK to our 2xx arrived, with the answer if we made the offer."""

    call: str
    description: str | None


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """A re-INVITE or UPDATE: answered with `accept_offer` or `reject_offer`. None: make an offer."""

    call: str
    description: str | None


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """The answer to our re-INVITE; None if it was refused, and the session is as before."""

    call: str
    description: str | None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """INFO with application/dtmf-relay or application/dtmf; already answered."""

    call: str
    key: str
    milliseconds: int


class CallOver(NamedTuple):
    """Refused, cancelled, hung up or lost: told once for every call that was offered or placed.

    `status` is the final response that explains it (487 cancelled, 408 lost, 486 busy, 200 an ordinary BYE).
    With `owes_reply`, the peer's BYE is answered by `release`, once the facts are safe.
    """

    call: str
    status: int
    by_peer: bool
    owes_reply: bool = False


class ContactAddress(NamedTuple):
    """One contact of a REGISTER: URI as written, seconds to live (0 removes), q in thousandths, instance."""

    uri: str
    expires: int
    q: int = 1000
    instance: str = ""


class RegisterReceived(NamedTuple):
    """An authenticated REGISTER for the account's own address: `answer_register`, quoting `token`."""

    token: str
    account: str
    contacts: tuple[ContactAddress, ...]  # empty: a query
    remove_all: bool  # Contact: *
    call_id: str
    sequence: int
    peer: Peer  # where it came from: where the phone can be reached, whatever it says


@dataclass(frozen=True, slots=True)
class Denied:
    """Somebody was refused for what they are or sent: for the security log and its counters."""

    reason: Literal[
        "malformed", "bad_credentials", "stranger", "forbidden", "limit", "merged", "loop", "spoofed"
    ]
    detail: str
    peer: Peer


Output: TypeAlias = (
    Transmit
    | CallOffered
    | CallProgressed
    | CallAnswered
    | CallConfirmed
    | OfferReceived
    | OfferAnswered
    | KeyPressed
    | CallOver
    | RegisterReceived
    | Denied
)
