"""Who waits, who is idle, and the one decision: which caller goes to which agent next."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from pbx.acd.line import Line
from pbx.acd.model import Agent, Queue, State
from pbx.acd.presence import Presence
from pbx.acd.ranking import AGENT_ORDER, Place, Rest, urgency

_NOWHERE: Place = (inf, inf)


@dataclass(slots=True, eq=False)
class Visit:
    """A caller's stay in a queue. `offer` is the live one, if an agent's phone is ringing."""

    contact: str
    lane: "Lane"
    entered: float
    priority: int
    place: Place
    offer: str = ""
    refused_by: "set[Seat]" = field(default_factory=lambda: set())


@dataclass(slots=True, eq=False)
class Seat:
    """An agent. `state`, `since`, `reason` and `offer` are what the world has been told."""

    agent: Agent
    crew: "Crew"
    since: float
    state: State = State.SIGNED_OUT
    reason: str = ""
    offer: str = ""
    presence: Presence = field(default_factory=Presence)
    calls: int = 0
    rest: Rest = (0.0, 0)


@dataclass(slots=True, eq=False)
class Lane:
    """The floor's queue number `at`; in `line` those no phone rings for. `crews`: bits of who serves it."""

    queue: Queue
    at: int
    crews: int = 0
    visits: dict[str, Visit] = field(default_factory=dict[str, Visit])
    line: Line[Visit] = field(default_factory=Line[Visit])


@dataclass(slots=True, eq=False)
class Crew:
    """Agents who serve the same queues: the bits `lanes`. `idle`: the ready ones, by each strategy in use."""

    at: int
    lanes: int
    idle: dict[str, Line[Seat]]
    signed_in: set[Seat] = field(default_factory=lambda: set())


class Floor:
    """Callers by queue and idle agents by crew, with bit masks of what is not empty.

    A choice is linear in the queues with callers whom somebody idle serves, plus the crews with somebody idle
    who serves the chosen one; joining and leaving a line is O(log n).
    """

    def __init__(self, queues: tuple[Queue, ...]) -> None:
        self.lanes = {queue.name: Lane(queue, at) for at, queue in enumerate(queues)}
        self._lanes = list(self.lanes.values())
        self._crews: list[Crew] = []
        self._crew_of: dict[int, Crew] = {}
        self._waiting = 0  # lanes with somebody in line
        self._idle = 0  # crews with somebody idle
        self._served = 0  # lanes that somebody idle serves

    def crew(self, agent: Agent) -> Crew:
        """Agents of the same queues share one; queues that do not exist are nobody's."""
        lanes = [self.lanes[name] for name in agent.queues if name in self.lanes]
        mask = sum(1 << lane.at for lane in lanes)
        crew = self._crew_of.get(mask)
        if crew is None:
            orders = sorted({lane.queue.strategy for lane in lanes})
            crew = Crew(len(self._crews), mask, {order: Line[Seat]() for order in orders})
            self._crew_of[mask] = crew
            self._crews.append(crew)
            for lane in lanes:
                lane.crews |= 1 << crew.at
        return crew

    def wait(self, visit: Visit) -> None:
        visit.lane.line.put(visit, visit.place)
        self._waiting |= 1 << visit.lane.at

    def leave_line(self, visit: Visit) -> None:
        visit.lane.line.drop(visit)
        if not visit.lane.line:
            self._waiting &= ~(1 << visit.lane.at)

    def stand_by(self, seat: Seat) -> None:
        for strategy, line in seat.crew.idle.items():
            line.put(seat, AGENT_ORDER[strategy](seat.calls, seat.rest))
        self._idle |= 1 << seat.crew.at
        self._served |= seat.crew.lanes

    def stand_down(self, seat: Seat) -> None:
        crew = seat.crew
        for line in crew.idle.values():
            line.drop(seat)
        if not any(crew.idle.values()):
            self._idle &= ~(1 << crew.at)
            self._served = 0
            for at in _bits(self._idle):
                self._served |= self._crews[at].lanes

    def count(self, seat: Seat) -> None:
        """Take note of whether the agent is signed in."""
        if seat.presence.signed_in:
            seat.crew.signed_in.add(seat)
        else:
            seat.crew.signed_in.discard(seat)

    def next_match(self, now: float) -> tuple[Visit, Seat] | None:
        """The most urgent caller whom an idle agent may serve, and the agent whose turn it is."""
        candidates = self._waiting & self._served
        if not candidates:
            return None
        best, highest, earliest = None, -inf, _NOWHERE
        for at in _bits(candidates):
            lane = self._lanes[at]
            spot, visit = lane.line.head()
            urgent = urgency(lane.queue, now - spot[0])
            if urgent > highest or (urgent == highest and spot < earliest):
                best, highest, earliest = visit, urgent, spot
        assert best is not None, "every urgency is above minus infinity"
        return best, self._next_agent(best)

    def has_idle(self, lane: Lane) -> bool:
        return lane.crews & self._idle != 0

    def signed_in(self, lane: Lane) -> int:
        return sum(len(self._crews[at].signed_in) for at in _bits(lane.crews))

    def _next_agent(self, visit: Visit) -> Seat:
        """One who refused this caller only if nobody else is idle: no caller waits for the sake of it."""
        strategy = visit.lane.queue.strategy
        lines = [self._crews[at].idle[strategy] for at in _bits(visit.lane.crews & self._idle)]
        willing = [head for line in lines if (head := line.head_outside(visit.refused_by)) is not None]
        return min(willing or [line.head() for line in lines])[1]


def _bits(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
