"""Who waits, who is idle, and the one decision: which caller goes to which agent next."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
from math import inf
from typing import TypeAlias

from pbx.acd.classes import Classes, Group, bits
from pbx.acd.model import Agent, Queue
from pbx.acd.people import PRESENT, Seat, Visit
from pbx.acd.ranking import deferred, guarded_at

Match: TypeAlias = tuple[Visit, Seat]

_NOBODY = (1000, inf, inf, 0)  # stands behind everybody
_NONE: frozenset[Seat] = frozenset()


class Floor:
    """Callers by group and idle agents by pool, with bit masks of what is not empty.

    A choice is linear in the groups with callers whom somebody idle serves, plus the pools with somebody idle
    who serves the chosen one; joining and leaving a line is O(log n).
    """

    def __init__(self, queues: Iterable[Queue], agents: Iterable[Agent]) -> None:
        self.classes = Classes(queues, agents)
        self.lanes = self.classes.lanes
        self._waiting = 0  # groups with somebody in line
        self._chorus = 0  # groups with somebody for whom more phones may ring
        self._idle = 0  # pools with somebody idle
        self._served = 0  # groups that some idle pool serves
        self._kept: dict[Seat, None] = {}  # agents for whom a caller may be held, and who may be idle

    # Callers

    def enter(self, visit: Visit) -> None:
        insort(visit.lane.order, (visit.place, visit))
        self.arrange(visit)

    def leave(self, visit: Visit) -> None:
        self._unline(visit)
        del visit.lane.order[self.ahead(visit)]

    def ahead(self, visit: Visit) -> int:
        """How many of the queue are served before this caller. O(log n)."""
        return bisect_left(visit.lane.order, (visit.place, visit))

    def arrange(self, visit: Visit) -> None:
        """Stand where the caller's rings and the agent who is kept for them say."""
        self._unline(visit)
        group = visit.group
        if group.pools & self._idle:
            self._served |= 1 << group.at  # the first of its group
        if visit.held is not None and visit.preferred is not None:
            if not visit.rings:
                visit.preferred.held.put(visit, visit.place)
                self._kept[visit.preferred] = None
        elif not visit.rings:
            group.line.put(visit, visit.place)
            self._waiting |= 1 << group.at
        elif visit.lane.queue.strategy == "ring_all" and len(visit.rings) < visit.lane.queue.ring_limit:
            group.chorus.put(visit, visit.place)
            self._chorus |= 1 << group.at

    def _unline(self, visit: Visit) -> None:
        group = visit.group
        group.line.drop(visit)
        if not group.line:
            self._waiting &= ~(1 << group.at)
        if visit.lane.queue.strategy == "ring_all":
            group.chorus.drop(visit)
            if not group.chorus:
                self._chorus &= ~(1 << group.at)
        if visit.preferred is not None:
            visit.preferred.held.drop(visit)

    # Agents

    def seat(self, seat: Seat) -> None:
        """Give the agent a place; one who is not configured any more serves nobody."""
        agent = Agent(seat.agent.name, frozenset()) if seat.presence.gone else seat.agent
        seat.crew = self.classes.crew(agent)
        self.note(seat)

    def note(self, seat: Seat) -> None:
        """Take note of what the agent may be offered, and of whether they are there."""
        crew = seat.crew
        (crew.signed_in.add if seat.presence.signed_in else crew.signed_in.discard)(seat)
        (crew.present.add if seat.state in PRESENT else crew.present.discard)(seat)
        idle = self._idle
        for pool in crew.pools:
            if seat.has_room(pool.medium):
                pool.join(seat)
                idle |= 1 << pool.at
            elif pool.leave(seat):
                idle &= ~(1 << pool.at)
        if idle != self._idle:
            self._idle, self._served = idle, 0
            for at in bits(idle):
                self._served |= self.classes.pools[at].groups
        if seat.held:
            self._kept[seat] = None

    def serves(self, seat: Seat, group: Group) -> bool:
        return any(group.pools >> pool.at & 1 for pool in seat.crew.pools)

    def could_serve(self, visit: Visit, now: float) -> bool:
        """Whether somebody is idle who may take this caller."""
        return self._open_to(visit, now) != 0

    # The decision

    def next_match(self, now: float) -> Match | None:
        """The most urgent caller whom an idle agent may serve, and the agent whose turn it is."""
        best, chosen = _NOBODY, None
        groups, candidates = self.classes.groups, self._waiting & self._served
        while candidates:
            low = candidates & -candidates
            candidates ^= low
            group = groups[low.bit_length() - 1]
            visit = group.line.first()
            lane = group.lane
            if lane.wary and not self._open_to(visit, now):
                continue
            rank, since, number = visit.place
            if lane.is_deferred:
                rank, index = deferred(lane.queue, rank, since, now)
            else:
                index = lane.pace * (now - since)
            if now >= since + lane.guard:
                index = inf
            if rank < best[0] or (rank == best[0] and (-index, since, number) < best[1:]):
                best, chosen = (rank, -index, since, number), visit
        reunited = self._reunion(best[0]) if self._kept else None
        if reunited is not None:
            return reunited
        if chosen is not None:
            return chosen, self._next_agent(chosen, now)
        return self._one_more_phone(now) if self._chorus & self._served else None

    def _reunion(self, rank: int) -> Match | None:
        """A caller for whom the agent is kept who has just become idle, unless a higher tier waits."""
        found: Match | None = None
        for seat in list(self._kept):
            if not seat.held or not seat.has_room(seat.held.first().lane.queue.medium):
                del self._kept[seat]
                continue
            visit = seat.held.first()
            if visit.place[0] <= rank and (found is None or visit.place < found[0].place):
                found = visit, seat
        return found

    def _open_to(self, visit: Visit, now: float) -> int:
        """The idle pools that may serve this caller, less those of which the last are kept for others."""
        lane, pools = visit.lane, visit.group.pools & self._idle
        if lane.wary and not visit.asked.strict and now < guarded_at(lane.queue, visit.place):
            for reserve in lane.wary:
                if pools & reserve.pools and self._count(reserve.pools) <= reserve.least:
                    pools &= ~reserve.pools
        return pools

    def _count(self, pools: int) -> int:
        return sum(len(self.classes.pools[at]) for at in bits(pools & self._idle))

    def _next_agent(self, visit: Visit, now: float) -> Seat:
        """One who refused this caller only if nobody else is idle: no caller waits for the sake of it."""
        seat = self._best(visit, now, visit.refused_by)
        if seat is None:
            seat = self._best(visit, now, _NONE)
        assert seat is not None, "somebody idle serves this caller"
        return seat

    def _one_more_phone(self, now: float) -> Match | None:
        """For a caller whom some refused or have not heard yet; nobody's phone rings twice meanwhile."""
        singing = [
            visit for at in bits(self._chorus & self._served) for visit in self.classes.groups[at].chorus
        ]
        for visit in sorted(singing, key=lambda visit: visit.place):
            seat = self._best(visit, now, visit.refused_by)
            if seat is not None:
                return visit, seat
        return None

    def _best(self, visit: Visit, now: float, excluded: Collection[Seat]) -> Seat | None:
        open_to, strategy, pools = self._open_to(visit, now), visit.lane.queue.strategy, self.classes.pools
        for layer in visit.group.layers:
            best: tuple[tuple[float, ...], Seat] | None = None
            for at in bits(layer & open_to):
                head = pools[at].idle[strategy].head_outside(excluded)
                if head is not None and (best is None or head < best):
                    best = head
            if best is not None:
                return self._favourite(visit, open_to, excluded) or best[1]
        return None

    def _favourite(self, visit: Visit, open_to: int, excluded: Collection[Seat]) -> Seat | None:
        """The preferred agent, if idle too."""
        seat = visit.preferred
        if seat is None or seat in excluded or not seat.has_room(visit.lane.queue.medium):
            return None
        return seat if any(open_to >> pool.at & 1 for pool in seat.crew.pools) else None
