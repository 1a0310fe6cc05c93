"""What a call can be told to do. The dialplan and the flows write steps; pbx.calls runs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias


class Outcome(Enum):
    """How a step, or an attempt to reach someone, ended. Not errors: every one of them is ordinary."""

    COMPLETED = "completed"  # the step did what it is for, a conversation included
    BUSY = "busy"  # 486, 600
    NO_ANSWER = "no_answer"  # it rang and nobody came: 408, 480, 487, or our own patience
    DECLINED = "declined"  # 403, 603, 607
    UNREACHABLE = "unreachable"  # nowhere to ring: not registered, 404, 410, 484, 5xx, no route
    NO_AGENTS = "no_agents"  # the queue cannot be joined: nobody is signed in
    QUEUE_FULL = "queue_full"
    WAITED_ENOUGH = "waited_enough"  # the queue's maximum wait is over
    FAILED = "failed"  # could not be done, or not in time
    NOTHING = "nothing"  # no such row, nothing recorded


@dataclass(frozen=True, slots=True)
class RunFlow:
    """Answer, and let an IVR flow talk to the caller. `values` are the flow's parameters."""

    flow: str
    values: Mapping[str, str] = field(default_factory=dict[str, str], hash=False, repr=False)
    do: Literal["flow"] = "flow"


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """Answer, and wait in a queue for an agent."""

    queue: str
    priority: int = 0
    credit: float = 0.0  # seconds that count as waited already: those spent with a bot
    do: Literal["queue"] = "queue"


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring endpoints together and bridge the first to answer.

    An endpoint is an account's name ("1001") or a SIP URI ("sip:1004@host:port").
    """

    to: tuple[str, ...]
    ring_for: float = 30.0
    otherwise: "Step | None" = None
    do: Literal["dial"] = "dial"


@dataclass(frozen=True, slots=True)
class Echo:
    """Answer, and return the caller's own audio until the caller hangs up."""

    do: Literal["echo"] = "echo"


@dataclass(frozen=True, slots=True)
class PlayMusic:
    """Answer, and play a piece over and over until the caller hangs up."""

    music: str
    do: Literal["music"] = "music"


@dataclass(frozen=True, slots=True)
class Wait:
    """Answer, and stay silent for some seconds, or until the caller hangs up."""

    seconds: float | None = None
    do: Literal["wait"] = "wait"


@dataclass(frozen=True, slots=True)
class AgentCode:
    """Change the state of the agent whose phone is calling, say so, and hang up."""

    action: Literal["sign_in", "sign_out", "pause", "resume"]
    do: Literal["agent"] = "agent"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call: BYE once answered, else this SIP status."""

    status: int = 480
    do: Literal["hangup"] = "hangup"


Step: TypeAlias = RunFlow | JoinQueue | Dial | Echo | PlayMusic | Wait | AgentCode | Hangup
