"""Callers alike and agents alike: who may serve whom is worked out once for each pair, and kept as bits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from pbx.acd.line import Line
from pbx.acd.model import Agent, Medium, Queue, Requirement
from pbx.acd.people import Seat, Visit
from pbx.acd.ranking import AGENT_ORDER, GUARD, TIERS, Place, pace

Skills: TypeAlias = frozenset[tuple[str, int]]
NOTHING: Skills = frozenset()


@dataclass(slots=True, eq=False)
class Lane:
    """A queue: its callers in the order they are served, ringing or not."""

    queue: Queue
    open: bool = True
    order: list[tuple[Place, Visit]] = field(default_factory=list[tuple[Place, Visit]])
    crews: "list[Crew]" = field(default_factory=lambda: list[Crew]())
    last_tier: int = 1
    wary: "list[Reserve]" = field(default_factory=lambda: list[Reserve]())  # kept back from its callers
    pace: float = field(init=False)
    guard: float = field(init=False)
    is_deferred: bool = field(init=False)

    def __post_init__(self) -> None:
        self.pace, self.guard = pace(self.queue), GUARD * self.queue.target
        self.is_deferred = self.queue.tier == "deferred"

    def is_empty(self, when: str) -> bool:
        """Of agents, by one of the meanings that has."""
        if when == "never":
            return False
        if when == "signed_out":
            return not any(crew.signed_in for crew in self.crews)
        return not any(crew.present for crew in self.crews)


@dataclass(slots=True, eq=False)
class Group:
    """Callers of one queue who need the same: the bit `at`. In `line` those no phone rings for.

    `chorus`: those for whom a phone rings and more may. `pools`: bits of who may serve them; `layers`: the
    same bits, best first.
    """

    at: int
    lane: Lane
    skills: Skills
    tier: int
    pools: int = 0
    layers: list[int] = field(default_factory=list[int])
    preferences: list[tuple[tuple[int, int, int], int]] = field(
        default_factory=list[tuple[tuple[int, int, int], int]]
    )
    line: Line[Visit] = field(default_factory=Line[Visit])
    chorus: Line[Visit] = field(default_factory=Line[Visit])

    def admit(self, pool: "Pool") -> None:
        """Take note of a pool, if its agents may serve these callers."""
        crew, queue = pool.crew, self.lane.queue
        tier = crew.queues.get(queue.name)
        if tier is None or tier > self.tier or pool.medium != queue.medium or pool.level < queue.least_level:
            return
        if any(crew.skills.get(skill, 0) < least for skill, least in self.skills):
            return
        band = sum(crew.skills[skill] for skill, _ in self.skills)
        self.pools |= 1 << pool.at
        pool.groups |= 1 << self.at
        self.preferences.append(((tier, -band, len(crew.skills)), 1 << pool.at))
        layers: dict[tuple[int, int, int], int] = {}
        for preference, bit in self.preferences:
            layers[preference] = layers.get(preference, 0) | bit
        self.layers = [layers[preference] for preference in sorted(layers)]


@dataclass(slots=True, eq=False)
class Crew:
    """Agents of the same queues, skills and media."""

    queues: dict[str, int]  # to the agents' tier there
    skills: dict[str, int]
    pools: "list[Pool]" = field(default_factory=lambda: list[Pool]())
    signed_in: set[Seat] = field(default_factory=lambda: set[Seat]())
    present: set[Seat] = field(default_factory=lambda: set[Seat]())  # signed in, and ready or busy


@dataclass(slots=True, eq=False)
class Pool:
    """A crew's agents as far as they have room for another contact of this medium: the bit `at`."""

    at: int
    crew: Crew
    medium: Medium
    level: int
    idle: dict[str, Line[Seat]]  # by each strategy in use
    groups: int = 0

    def join(self, seat: Seat) -> None:
        for strategy, line in self.idle.items():
            line.put(seat, (seat.firm + seat.soft, *AGENT_ORDER[strategy](seat.merits)))

    def leave(self, seat: Seat) -> bool:
        """Whether nobody is left."""
        for line in self.idle.values():
            line.drop(seat)
        return not len(self)

    def __len__(self) -> int:
        """How many are idle."""
        return len(next(iter(self.idle.values())))


@dataclass(slots=True, eq=False)
class Reserve:
    """So many idle agents of these pools are kept for one queue's callers."""

    pools: int
    least: int


def needs_at(
    requirement: Requirement, queue: Queue, last_tier: int, joined: float, now: float
) -> tuple[Skills, int, float | None]:
    """What is needed now, the last tier of agents that is called on, and when that is relaxed next."""
    skills, later = NOTHING, None
    for step in requirement:
        if joined + step.after > now:
            later = joined + step.after
            break
        skills = step.skills
    if not queue.tier_wait:
        return skills, last_tier, later
    tier = 1
    while tier < last_tier and joined + tier * queue.tier_wait <= now:
        tier += 1
    if tier < last_tier:
        opens = joined + tier * queue.tier_wait
        later = opens if later is None else min(later, opens)
    return skills, tier, later


def bits(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Classes:
    """The lanes of these queues, and every group and crew met so far."""

    def __init__(self, queues: Iterable[Queue], agents: Iterable[Agent]) -> None:
        self.lanes = {queue.name: Lane(queue) for queue in queues}
        self.groups: list[Group] = []
        self.pools: list[Pool] = []
        self._group_of: dict[tuple[str, Skills, int], Group] = {}
        self._crew_of: dict[object, Crew] = {}
        for agent in agents:
            self.crew(agent)
        self._reserve()

    def group(self, lane: Lane, skills: Skills, tier: int) -> Group:
        key = (lane.queue.name, skills, tier)
        group = self._group_of.get(key)
        if group is None:
            group = self._group_of[key] = Group(len(self.groups), lane, skills, tier)
            self.groups.append(group)
            for pool in self.pools:
                group.admit(pool)
        return group

    def crew(self, agent: Agent) -> Crew:
        """Agents alike share one; queues that do not exist are nobody's."""
        queues = {name: agent.tiers.get(name, 1) for name in sorted(agent.queues) if name in self.lanes}
        key = (tuple(queues.items()), frozenset(agent.skills.items()), frozenset(agent.media.items()))
        crew = self._crew_of.get(key)
        if crew is None:
            crew = self._crew_of[key] = Crew(queues, dict(agent.skills))
            lanes = [self.lanes[name] for name in queues]
            for lane in lanes:
                lane.crews.append(crew)
                lane.last_tier = max(lane.last_tier, queues[lane.queue.name])
            used = {lane.queue.medium for lane in lanes}
            for medium, level in sorted(agent.media.items()):
                if medium in used:
                    orders = sorted({lane.queue.strategy for lane in lanes if lane.queue.medium == medium})
                    lines = {order: Line[Seat]() for order in orders}
                    self._open(Pool(len(self.pools), crew, medium, level, lines))
        return crew

    def _open(self, pool: Pool) -> None:
        self.pools.append(pool)
        pool.crew.pools.append(pool)
        for group in self.groups:
            group.admit(pool)

    def _reserve(self) -> None:
        for lane in self.lanes.values():
            for skill, least in lane.queue.reserve.items():
                pools = 0
                for pool in self.pools:
                    serves = pool.medium == lane.queue.medium and lane.queue.name in pool.crew.queues
                    if serves and (skill == "any" or skill in pool.crew.skills):
                        pools |= 1 << pool.at
                for other in self.lanes.values():
                    if other is not lane and _makes_way(other.queue, lane.queue):
                        other.wary.append(Reserve(pools, least))


def _makes_way(queue: Queue, protected: Queue) -> bool:
    mine, theirs = TIERS.index(queue.tier), TIERS.index(protected.tier)
    return mine > theirs or (mine == theirs and not queue.reserve)
