"""All that the desk knows, for those who only look."""

from dataclasses import dataclass

from pbx.acd.classes import Lane
from pbx.acd.floor import Floor
from pbx.acd.forecast import Forecast
from pbx.acd.line import Line
from pbx.acd.model import Effect, State
from pbx.acd.people import Engagement, Seat, Visit


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


class Board:
    """Looking changes nothing. Times are monotonic seconds, positions count from 1."""

    def __init__(self, offer_prefix: str) -> None:
        self._prefix = offer_prefix
        self._offers_made = 0
        self._drawn = 0
        self._floor = Floor((), ())
        self._visits: dict[str, Visit] = {}
        self._seats: dict[str, Seat] = {}
        self._engagements: dict[str, Engagement] = {}
        self._forecasts: dict[str, Forecast] = {}
        self._closed: set[str] = set()
        self._timers: Line[Visit | Engagement] = Line()
        self._effects: list[Effect] = []
        self._leavers: list[Lane] = []  # queues whose callers leave when there are no agents
        self._staff_changed = False

    @property
    def deadline(self) -> float | None:
        return self._timers.head()[0][0] if self._timers else None

    def position(self, contact: str) -> int:
        """In the order the queue is served; those being rung for count. 0: not waiting. O(log length)."""
        visit = self._visits.get(contact)
        return 0 if visit is None else self._floor.ahead(visit) + 1

    def waiting(self, queue: str) -> list[WaitingCaller]:
        """In the order the queue is served; empty for an unknown queue."""
        lane = self._floor.lanes.get(queue)
        return [
            WaitingCaller(visit.contact, visit.entered, visit.asked.priority, position)
            for position, (_, visit) in enumerate(lane.order if lane else (), start=1)
        ]

    def length(self, queue: str) -> int:
        """How many callers wait, those being rung for included; 0 for an unknown queue."""
        lane = self._floor.lanes.get(queue)
        return len(lane.order) if lane else 0

    def longest_waiting(self, queue: str) -> float | None:
        """When the caller who has waited longest joined; None where nobody waits. O(length)."""
        lane = self._floor.lanes.get(queue)
        return min((visit.entered for _, visit in lane.order), default=None) if lane else None

    def expected_wait(self, contact: str, now: float) -> float | None:
        """Seconds until an agent answers a caller who waits. None: not waiting, or nobody can tell."""
        visit = self._visits.get(contact)
        if visit is None:
            return None
        return self._expected(visit.lane, self._floor.ahead(visit), visit.asked.priority, now)

    def expected_wait_of_next(self, queue: str, now: float) -> float | None:
        """The same for a caller without priority who would join now, behind everybody."""
        lane = self._floor.lanes.get(queue)
        return self._expected(lane, len(lane.order), 0, now) if lane else None

    def agents(self) -> list[AgentStatus]:
        return [
            AgentStatus(name, seat.state, seat.since, seat.reason, seat.offer)
            for name, seat in self._seats.items()
        ]

    def signed_in(self, queue: str) -> int:
        """Agents at work for this queue, paused or not; 0 for an unknown queue."""
        lane = self._floor.lanes.get(queue)
        return sum(len(crew.signed_in) for crew in lane.crews) if lane else 0

    def at_rest(self) -> list[str]:
        """What is still held, by name: nothing once every call is over. Wrap-up ends by itself: not held."""
        held = [f"contact {contact}" for contact in self._visits]
        held += [
            f"{engaged.phase.value} {offer}"
            for offer, engaged in self._engagements.items()
            if engaged.phase is not State.WRAP_UP
        ]
        for owner in self._timers:
            match owner:
                case Visit(contact=contact):
                    if self._visits.get(contact) is not owner:
                        held.append(f"timer of contact {contact}")
                case Engagement(offer=offer):
                    if self._engagements.get(offer) is not owner:
                        held.append(f"timer of offer {offer}")
        return held

    def _forecast(self, queue: str) -> Forecast:
        found = self._forecasts.get(queue)
        if found is None:
            found = self._forecasts[queue] = Forecast()
        return found

    def _expected(self, lane: Lane, ahead: int, priority: int, now: float) -> float | None:
        longest = now - min(visit.entered for _, visit in lane.order) if lane.order else None
        agents = self._strength(lane)
        return self._forecast(lane.queue.name).expected(ahead, agents, longest, priority)

    def _strength(self, lane: Lane) -> float:
        """Agents who are ready or busy; those of several queues by the share that this one had of late."""
        mine = self._forecast(lane.queue.name).taken
        strength = 0.0
        for crew in lane.crews:
            if crew.present:
                everything = sum(self._forecast(queue).taken for queue in crew.queues)
                share = mine / everything if everything else 1 / len(crew.queues)
                strength += len(crew.present) * share
        return strength
