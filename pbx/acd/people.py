"""Whom the desk knows: callers who wait, agents, and what brings one to the other."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pbx.acd.line import Line
from pbx.acd.model import CAPACITY, CHANNELS, Agent, CallerJoined, Medium, State
from pbx.acd.presence import Presence
from pbx.acd.ranking import Merits, Place

if TYPE_CHECKING:
    from pbx.acd.classes import Crew, Group, Lane

_ATTENTION = {State.RINGING: 3, State.TALKING: 2, State.WRAP_UP: 1}
PRESENT = frozenset({State.READY, State.RINGING, State.TALKING, State.WRAP_UP})


@dataclass(slots=True, eq=False)
class Visit:
    """A caller's stay in a queue. `asked` is how they joined, with the priority and credit of now.

    `rings` are the live offers. `held` until then for the preferred agent alone.
    """

    asked: CallerJoined
    lane: "Lane"
    group: "Group"
    entered: float
    joined: float  # this queue; later than `entered` for a caller who was moved here
    number: int
    place: Place
    preferred: "Seat | None" = None
    ahead: int = 0  # when they joined
    held: float | None = None
    rings: "list[Engagement]" = field(default_factory=lambda: list[Engagement]())
    refused_by: "set[Seat]" = field(default_factory=lambda: set[Seat]())

    @property
    def contact(self) -> str:
        return self.asked.contact


@dataclass(slots=True, eq=False)
class Engagement:
    """An offer from its first ring, over the conversation it became, to the end of wrap-up.

    `phase` is RINGING, TALKING or WRAP_UP; `visit` and `seat` as they were; `until`: of ring or wrap-up.
    """

    number: int
    offer: str
    visit: Visit
    seat: "Seat"
    queue: str
    medium: Medium
    wrap_up: float
    until: float | None = None
    phase: State = State.RINGING
    connected: float = 0.0


@dataclass(slots=True, eq=False)
class Seat:
    """An agent. `state`, `since`, `reason` and `offer` are what the world has been told.

    `firm` and `soft` are units taken by work that may not and that may be interrupted. `held`: callers kept
    for this agent.
    """

    agent: Agent
    crew: "Crew"
    since: float
    merits: Merits
    state: State = State.SIGNED_OUT
    reason: str = ""
    offer: str = ""
    presence: Presence = field(default_factory=Presence)
    work: list[Engagement] = field(default_factory=list[Engagement])
    firm: int = 0
    soft: int = 0
    held: Line[Visit] = field(default_factory=Line[Visit])

    def has_room(self, medium: Medium) -> bool:
        """One ring at a time; a voice call interrupts what may be interrupted."""
        if self.state is State.RINGING or self.presence.at_leisure()[0] is not State.READY:
            return False
        load = self.firm if medium == "voice" else self.firm + self.soft
        return load + CHANNELS[medium].units <= CAPACITY

    def take(self, engagement: Engagement) -> None:
        self.work.append(engagement)
        self._carry(engagement.medium, 1)

    def drop(self, engagement: Engagement) -> None:
        self.work.remove(engagement)
        self._carry(engagement.medium, -1)

    def doing(self) -> Engagement | None:
        """The latest of what takes the agent's attention most."""
        return max(self.work, key=lambda one: (_ATTENTION[one.phase], one.number), default=None)

    def _carry(self, medium: Medium, times: int) -> None:
        channel = CHANNELS[medium]
        if channel.interruptible:
            self.soft += times * channel.units
        else:
            self.firm += times * channel.units
