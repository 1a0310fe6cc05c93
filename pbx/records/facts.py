"""What happened, in the past tense. Facts are appended and never changed.

Names and meanings are those of docs/records.md. `at` is Unix time in milliseconds, from the exchange's one
clock. Identities (`contact`, `segment`, `offer`, `leg`, `queue`, `agent`) are columns of the journal; the
rest is its data.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

ENVELOPE = ("contact", "segment", "offer", "leg", "queue", "agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    type: ClassVar[str]
    at: int

    def data(self) -> dict[str, Any]:
        """Everything that is neither the time nor an identity of the envelope."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "at" and field.name not in ENVELOPE
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeStarted(Fact):
    type: ClassVar[str] = "exchange.started"
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeStopped(Fact):
    type: ClassVar[str] = "exchange.stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChanged(Fact):
    """A configuration is in force. `reverted`: an older one, from its kept copy, not the files on disk."""

    type: ClassVar[str] = "config.changed"
    version: str
    by: Literal["start", "command", "signal"] = "start"
    reverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCreated(Fact):
    """A call arrived. `entry` names the rule of the dialplan that decided; `identity` is an account or trunk,
    or empty."""

    type: ClassVar[str] = "contact.created"
    contact: str
    dnis: str
    entry: str
    identity: str = ""
    channel: Literal["voice"] = "voice"
    direction: Literal["inbound", "outbound", "internal"] = "inbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactIdentified(Fact):
    """Who called. Personal: kept in a table of its own, keyed by contact, so that it can be erased."""

    type: ClassVar[str] = "contact.identified"
    contact: str
    number: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAttribute(Fact):
    """Something learnt about the contact: `k` is "language" for the language the caller chose."""

    type: ClassVar[str] = "contact.attribute"
    contact: str
    k: str
    v: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAnswered(Fact):
    """The exchange or a dialled party answered the caller for the first time: the 200 to the INVITE."""

    type: ClassVar[str] = "contact.answered"
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEnded(Fact):
    """`by` system with reason "interrupted" closes a call that a killed exchange left open."""

    type: ClassVar[str] = "contact.ended"
    contact: str
    by: Literal["customer", "agent", "callee", "system"]
    reason: str
    sip_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEntered(Fact):
    type: ClassVar[str] = "ivr.entered"
    contact: str
    flow: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered(Fact):
    type: ClassVar[str] = "ivr.node"
    contact: str
    flow: str
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTaken(Fact):
    """The digits themselves are not filed: a node may collect a secret."""

    type: ClassVar[str] = "ivr.input"
    contact: str
    flow: str
    node: str
    match: Literal["ok", "nomatch", "noinput", "max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowExited(Fact):
    """One for every FlowEntered. `hangup`: the caller did, and not during a goodbye; `returned`: to the flow
    that called this one."""

    type: ClassVar[str] = "ivr.exited"
    contact: str
    flow: str
    result: Literal["contained", "queue", "dial", "returned", "hangup", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupEnded(Fact):
    """What was asked, and what was answered, is not filed. `outcome` is a name of pbx.steps.Outcome."""

    type: ClassVar[str] = "lookup.ended"
    contact: str
    flow: str
    node: str
    outcome: str
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecorded(Fact):
    """`file` is its name in the data folder's `messages`."""

    type: ClassVar[str] = "message.recorded"
    contact: str
    flow: str
    node: str
    file: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Fact):
    type: ClassVar[str] = "message.deleted"
    contact: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested(Fact):
    """The caller was promised a call by the queue's agents. The number is personal: see ContactIdentified."""

    type: ClassVar[str] = "callback.requested"
    contact: str
    queue: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _SurveyFact(Fact):
    """Every survey offered is completed, or declined, or the caller hung up."""

    contact: str
    flow: str
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyOffered(_SurveyFact):
    type: ClassVar[str] = "survey.offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered(_SurveyFact):
    type: ClassVar[str] = "survey.answered"
    question: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyCompleted(_SurveyFact):
    type: ClassVar[str] = "survey.completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyDeclined(_SurveyFact):
    type: ClassVar[str] = "survey.declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntered(Fact):
    type: ClassVar[str] = "queue.entered"
    contact: str
    segment: str
    queue: str
    source: str
    priority: int
    position: int
    credit_ms: int = 0  # that counted as waited already: the time with a bot


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAnnounced(Fact):
    type: ClassVar[str] = "queue.announced"
    contact: str
    segment: str
    queue: str
    kind: Literal["welcome", "position", "message"]
    value: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft(Fact):
    """One for every QueueEntered, whatever happens."""

    type: ClassVar[str] = "queue.left"
    contact: str
    segment: str
    queue: str
    reason: Literal[
        "answered", "abandoned", "overflow", "exit_key", "timeout", "no_agents", "withdrawn", "system_lost"
    ]
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfferFact(Fact):
    """One ring at one agent for one queue segment. Every offer made ends exactly once."""

    contact: str
    segment: str
    queue: str
    offer: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(_OfferFact):
    type: ClassVar[str] = "offer.made"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRinging(_OfferFact):
    type: ClassVar[str] = "offer.ringing"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAnswered(_OfferFact):
    type: ClassVar[str] = "offer.answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferNoAnswer(_OfferFact):
    type: ClassVar[str] = "offer.no_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRejected(_OfferFact):
    type: ClassVar[str] = "offer.rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCancelled(_OfferFact):
    type: ClassVar[str] = "offer.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed(_OfferFact):
    type: ClassVar[str] = "offer.failed"
    sip_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DialStarted(Fact):
    type: ClassVar[str] = "dial.started"
    contact: str
    leg: str
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnded(Fact):
    """One for every DialStarted. The outcome is a name of pbx.steps.Outcome, or "cancelled"."""

    type: ClassVar[str] = "dial.ended"
    contact: str
    leg: str
    endpoint: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkStarted(Fact):
    """Two parties hear each other. `segment` and `agent` when the queue brought them together."""

    type: ClassVar[str] = "talk.started"
    contact: str
    leg: str
    segment: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkEnded(Fact):
    type: ClassVar[str] = "talk.ended"
    contact: str
    leg: str
    by: Literal["customer", "agent", "callee", "system"]
    segment: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStarted(Fact):
    type: ClassVar[str] = "hold.started"
    contact: str
    by: Literal["customer", "agent", "callee"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded(Fact):
    type: ClassVar[str] = "hold.ended"
    contact: str
    by: Literal["customer", "agent", "callee"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaMeasured(Fact):
    """What one leg's audio was like, when it closed."""

    type: ClassVar[str] = "media.measured"
    contact: str
    leg: str
    sent: int
    received: int
    lost: int
    jitter_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpStarted(Fact):
    type: ClassVar[str] = "acw.started"
    contact: str
    segment: str
    queue: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded(Fact):
    type: ClassVar[str] = "acw.ended"
    contact: str
    segment: str
    queue: str
    agent: str
    how: Literal["agent", "timer", "supervisor", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedIn(Fact):
    type: ClassVar[str] = "agent.login"
    agent: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedOut(Fact):
    type: ClassVar[str] = "agent.logout"
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStateChanged(Fact):
    type: ClassVar[str] = "agent.state"
    agent: str
    state: Literal["ready", "not_ready", "ringing", "talking", "wrap_up"]
    reason: str = ""
    source: Literal["phone", "cli", "api", "system"] = "system"
