"""The desk's vocabulary: queues and agents as configured, events that come in, effects that go out.

Times are monotonic seconds. `contact` names a waiting caller, `offer` one ring at one agent for one contact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

Strategy: TypeAlias = Literal[
    "longest_idle", "fewest_calls", "least_talk", "round_robin", "linear", "random", "ring_all"
]
Tier: TypeAlias = Literal["emergency", "voice", "chat", "deferred"]
Medium: TypeAlias = Literal["voice", "chat", "email", "task"]
Emptiness: TypeAlias = Literal["never", "signed_out", "paused"]
"""When a queue counts as empty of agents: nobody is signed in; or nobody is ready or busy either."""


class Channel(NamedTuple):
    """What one contact takes of an agent's hundred units. Interruptible work makes way for a voice call."""

    units: int
    interruptible: bool = False


CAPACITY = 100
CHANNELS: Mapping[Medium, Channel] = {
    "voice": Channel(100),
    "chat": Channel(33),
    "email": Channel(50, interruptible=True),
    "task": Channel(50, interruptible=True),
}


class Needs(NamedTuple):
    """`after` so many seconds in the queue, agents must have these skills, at these levels or above."""

    after: float
    skills: frozenset[tuple[str, int]] = frozenset()


Requirement: TypeAlias = tuple[Needs, ...]
"""From the strictest, at 0, to the most relaxed. Without any step nothing is needed."""


def relaxes(requirement: Requirement) -> bool:
    """Whether times grow from 0 and no step shuts out anybody whom the step before admits."""
    if requirement and requirement[0].after != 0:
        return False
    return all(
        earlier.after < later.after
        and all(
            any(name == skill and level >= least for name, level in earlier.skills)
            for skill, least in later.skills
        )
        for earlier, later in pairwise(requirement)
    )


@dataclass(frozen=True, slots=True)
class Queue:
    """As configured. Zero or None switches a limit off; target and weight must be positive.

    `tier` is strict: whoever waits in a higher one is served first, however long others have waited.
    `reserve` keeps so many idle agents who have the skill, or of "any" skill, back from the callers of
    queues that reserve nobody or are of a lower tier, until these have waited six targets.
    """

    name: str
    strategy: Strategy = "longest_idle"
    ring_time: float = 15.0  # seconds an agent's phone rings before it counts as no answer (RONA)
    wrap_up: float = 10.0  # seconds after a conversation before the next offer; inf: until the agent is ready
    maximum_wait: float | None = None
    maximum_length: int | None = None
    maximum_expected_wait: float | None = None  # seconds; who would wait longer is given back on joining
    refuse_when_empty: Emptiness = "never"  # callers who come
    leave_when_empty: Emptiness = "never"  # callers who wait; also refuses those who come
    priority_credit: float = 60.0  # seconds of waiting that one step of caller priority is worth
    target: float = 20.0  # seconds: the service level's threshold
    weight: float = 1.0
    tier: Tier = "voice"
    medium: Medium = "voice"
    least_level: int = 1  # of the medium
    requirement: Requirement = ()
    tier_wait: float = 0.0  # seconds after which agents of the next tier join; 0: they only come second
    ring_limit: int = 10  # phones that ring_all rings at once for one caller
    reserve: Mapping[str, int] = field(default_factory=dict[str, int])
    handling_time: float = 180.0  # seconds; deferred work comes first once this 1.5 times over is left

    def __post_init__(self) -> None:
        """ValueError: no order between queues exists, or a requirement gets stricter with time."""
        if not (self.target > 0 and self.weight > 0 and self.handling_time > 0):
            raise ValueError(f"queue {self.name}: target, weight and handling time must be above zero")
        if not relaxes(self.requirement):
            raise ValueError(f"queue {self.name}: a later step may only ask for less")


def _by_voice() -> dict[Medium, int]:
    return {"voice": 10}


@dataclass(frozen=True, slots=True)
class Agent:
    """As configured: who may be offered what. Levels run from 1 to 10; `tiers` are 1 where nothing is said.

    Among agents who are ready those of the lowest tier come first, then those with the highest levels of
    what the caller needs, then those with the fewest skills, then the queue's strategy decides.
    """

    name: str
    queues: frozenset[str]
    skills: Mapping[str, int] = field(default_factory=dict[str, int])
    media: Mapping[Medium, int] = field(default_factory=_by_voice)
    tiers: Mapping[str, int] = field(default_factory=dict[str, int])  # by queue


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
    """`credit`: seconds that count as waited already, for the place in the queue and for nothing else."""

    contact: str
    queue: str
    priority: int = 0
    credit: float = 0.0
    requirement: Requirement | None = None  # None: the queue's
    preferred: str = ""  # an agent whom the caller is kept for, while that agent is at work
    hold: float = 0.0  # seconds; after which anybody may serve the caller
    strict: bool = False  # before everybody of the tier who is not; no reserve holds them back
    blocked: bool = False  # never offered to anybody
    due: float | None = None  # when deferred work is to be done; served earliest first

    def __post_init__(self) -> None:
        """ValueError: the requirement gets stricter with time."""
        if self.requirement and not relaxes(self.requirement):
            raise ValueError(f"contact {self.contact}: a later step may only ask for less")


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller is gone from the queue: hung up, pressed the exit key, was withdrawn. Ends a live offer."""

    contact: str


@dataclass(frozen=True, slots=True)
class CallerRemoved:
    """By a supervisor: given back."""

    contact: str


@dataclass(frozen=True, slots=True)
class CallerMoved:
    """To another queue, by a supervisor, whatever its limits; the time of entering and the credit are kept.

    The new queue's maximum wait, and its steps of requirement and tier, count from now.
    """

    contact: str
    queue: str


@dataclass(frozen=True, slots=True)
class Reprioritised:
    """A new priority, and a new credit unless None, as if the caller had come with them."""

    contact: str
    priority: int
    credit: float | None = None


@dataclass(frozen=True, slots=True)
class QueueClosed:
    """Nobody may join; those who wait are served. A queue is open until this event says otherwise."""

    queue: str


@dataclass(frozen=True, slots=True)
class QueueOpened:
    queue: str


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
class AgentForced:
    """A supervisor's order. `author` is the source of the StateChanged it leads to, however late.

    Ready: signs in, ends pause and wrap-up. Not ready, or signed out: as when the agent asks for it.
    """

    agent: str
    state: Literal[State.READY, State.NOT_READY, State.SIGNED_OUT]
    author: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    """So many seconds more for the agent's wrap-up; inf: until the agent is ready."""

    agent: str
    seconds: float


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
    the conversation if there is one. A changed maximum wait counts from when the caller joined. Credit once
    given stays; so do the ring time of a ring, and the wrap-up time of a conversation, once begun.
    """

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]


CallerEvent: TypeAlias = CallerJoined | CallerLeft | CallerRemoved | CallerMoved | Reprioritised
OfferEvent: TypeAlias = AgentAnswered | AgentRefused | ConversationEnded
AgentEvent: TypeAlias = (
    AgentSignsIn
    | AgentSignsOut
    | AgentPauses
    | AgentResumes
    | AgentForced
    | WrapUpExtended
    | PhoneReachable
    | PhoneBusy
)
Event: TypeAlias = CallerEvent | OfferEvent | AgentEvent | QueueOpened | QueueClosed | Reconfigured


# Effects


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this agent for this contact. Ends exactly once: by Connect, by Withdraw or by an AgentRefused.

    A contact has one live offer at most; in a ring_all queue, `ring_limit`.
    """

    offer: str
    contact: str
    queue: str
    agent: str


WithdrawReason: TypeAlias = Literal[
    "no_answer", "caller_left", "agent_left", "phone_lost", "queue_closed", "answered_elsewhere", "moved"
]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Stop ringing. The desk has the last word, even over an agent just answering."""

    offer: str
    contact: str
    agent: str
    reason: WithdrawReason


GiveBackReason: TypeAlias = Literal[
    "waited_enough", "queue_full", "wait_too_long", "no_agents", "queue_closed", "blocked", "removed"
]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The caller is out of the queue without an agent."""

    contact: str
    reason: GiveBackReason


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
    source: str = ""  # the author, where somebody else forced it


Effect: TypeAlias = Offer | Withdraw | GiveBack | Connect | StateChanged
