"""The desk's vocabulary: queues and agents as configured, events that come in, effects that go out.

Times are monotonic seconds. `contact` names a waiting caller, `offer` one ring at one agent for one contact.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Queue:
    """As configured. Zero or None switches a limit off; target and weight must be positive."""

    name: str
    strategy: Literal["longest_idle", "fewest_calls"] = "longest_idle"
    ring_time: float = 15.0  # seconds an agent's phone rings before it counts as no answer (RONA)
    wrap_up: float = 10.0  # seconds after a conversation before the next offer
    maximum_wait: float | None = None
    maximum_length: int | None = None
    join_when_empty: bool = True  # callers may wait although nobody is signed in
    priority_credit: float = 60.0  # seconds of waiting that one step of caller priority is worth
    target: float = 20.0  # seconds: the service level's threshold
    weight: float = 1.0

    def __post_init__(self) -> None:
        """ValueError: without a positive target and weight no order between queues exists."""
        if not (self.target > 0 and self.weight > 0):
            raise ValueError(f"queue {self.name}: target and weight must be above zero")


@dataclass(frozen=True, slots=True)
class Agent:
    """As configured: who may be offered what."""

    name: str
    queues: frozenset[str]


class State(Enum):
    SIGNED_OUT = "signed_out"
    NOT_READY = "not_ready"  # signed in, but pausing, or did not answer
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


# Events


@dataclass(frozen=True, slots=True)
class CallerJoined:
    contact: str
    queue: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller is gone from the queue: hung up, pressed the exit key, was withdrawn. Ends a live offer."""

    contact: str


@dataclass(frozen=True, slots=True)
class AgentSignsIn:
    """At work and ready at once, whatever pause there was, provided the phone is reachable and free."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentSignsOut:
    """While talking: takes effect when the conversation is over."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentPauses:
    """While talking: takes effect when the conversation is over."""

    agent: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AgentResumes:
    """Ready again: after a pause, after a ring that nobody answered, or to cut wrap-up short."""

    agent: str


@dataclass(frozen=True, slots=True)
class PhoneReachable:
    """The agent's phone has registered, or is gone. An agent without a phone is never offered a call.

    A phone counts as gone until this event says otherwise, also that of an agent whom Reconfigured adds. True
    also brings back an agent whose phone an AgentRefused called unreachable.
    """

    agent: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class PhoneBusy:
    """The agent's phone is in a call that the desk did not make, or no longer is."""

    agent: str
    busy: bool


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    """Quotes the offer, so that a late answer to an old one is no answer."""

    offer: str


@dataclass(frozen=True, slots=True)
class AgentRefused:
    """Busy, declined or failed. The agent becomes not ready: "phone" where `unreachable`, else "rejected"."""

    offer: str
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """The conversation that began with this offer is over: wrap-up begins."""

    offer: str


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """New queues and agents. Nobody else's place, ring or conversation is disturbed.

    Callers in a queue that is gone are given back (queue_closed); an agent who is gone is signed out, after
    the conversation if there is one. A changed maximum wait counts from when the caller entered. Credit once
    given stays; so do the ring time of a ring, and the wrap-up time of a conversation, once begun.
    """

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]


Event: TypeAlias = (
    CallerJoined
    | CallerLeft
    | AgentSignsIn
    | AgentSignsOut
    | AgentPauses
    | AgentResumes
    | PhoneReachable
    | PhoneBusy
    | AgentAnswered
    | AgentRefused
    | ConversationEnded
    | Reconfigured
)


# Effects


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this agent for this contact. Ends exactly once: by Connect, by Withdraw or by an AgentRefused."""

    offer: str
    contact: str
    queue: str
    agent: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Stop ringing. The desk has the last word, even over an agent just answering."""

    offer: str
    contact: str
    agent: str
    reason: Literal["no_answer", "caller_left", "agent_left", "phone_lost", "queue_closed"]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The caller is out of the queue without an agent."""

    contact: str
    reason: Literal["waited_enough", "queue_full", "no_agents", "queue_closed"]


@dataclass(frozen=True, slots=True)
class Connect:
    """The answer counts: the caller is out of the queue and talks to this agent."""

    offer: str
    contact: str
    queue: str
    agent: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """An agent's state, told once per change, in order."""

    agent: str
    state: State
    reason: str = ""
    offer: str = ""  # of the ringing, the conversation, or the wrap-up


Effect: TypeAlias = Offer | Withdraw | GiveBack | Connect | StateChanged


# What the desk shows to those who only look


@dataclass(frozen=True, slots=True)
class WaitingCaller:
    """One caller in a queue, whether an agent's phone rings for them or not. `position` counts from 1."""

    contact: str
    since: float
    priority: int
    position: int


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """An agent now. `offer` is the one that rings, talks or is wrapped up."""

    agent: str
    state: State
    since: float
    reason: str = ""
    offer: str = ""
