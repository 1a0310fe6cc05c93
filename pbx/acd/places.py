"""Where callers stand, and when that changes by itself."""

from pbx.acd.board import Board
from pbx.acd.classes import Group, Lane, needs_at
from pbx.acd.model import CallerJoined, Queue
from pbx.acd.people import PRESENT, Visit
from pbx.acd.ranking import Place, guarded_at, place


class Places(Board):
    """Callers come, stand in the right line, and go."""

    def _place(self, asked: CallerJoined, queue: Queue, entered: float, number: int) -> Place:
        credit = asked.credit + asked.priority * queue.priority_credit
        return place(queue, entered, credit, number, strict=asked.strict, due=asked.due)

    def _group_at(
        self, asked: CallerJoined, lane: Lane, joined: float, now: float
    ) -> tuple[Group, float | None]:
        requirement = lane.queue.requirement if asked.requirement is None else asked.requirement
        skills, tier, later = needs_at(requirement, lane.queue, lane.last_tier, joined, now)
        return self._floor.classes.group(lane, skills, tier), later

    def _enter(self, visit: Visit, now: float) -> None:
        self._visits[visit.contact] = visit
        self._floor.enter(visit)
        self._arm(visit, now)

    def _forget(self, visit: Visit) -> None:
        self._floor.leave(visit)
        self._timers.drop(visit)
        del self._visits[visit.contact]

    def _let_go(self, visit: Visit, now: float) -> None:
        """Kept for one agent no longer."""
        visit.held = None
        self._floor.arrange(visit)
        self._arm(visit, now)

    def _stand_again(self, visit: Visit, now: float) -> None:
        """A phone less rings for this caller."""
        if visit.held is not None and visit.preferred is not None and visit.preferred.state not in PRESENT:
            self._let_go(visit, now)
        else:
            self._floor.arrange(visit)

    def _may_hold(self, visit: Visit) -> bool:
        """Whether the preferred agent is there, and one who serves such callers."""
        seat = visit.preferred
        return seat is not None and seat.state in PRESENT and self._floor.serves(seat, visit.group)

    def _regroup(self, visit: Visit, now: float) -> None:
        """Stand with those who need what this caller needs now."""
        self._floor.leave(visit)
        visit.group, _ = self._group_at(visit.asked, visit.lane, visit.joined, now)
        self._floor.enter(visit)
        self._arm(visit, now)

    def _arm(self, visit: Visit, now: float) -> None:
        """Come back when anything about this caller changes by itself."""
        queue = visit.lane.queue
        moments: list[float] = []
        if queue.maximum_wait:
            moments.append(visit.joined + queue.maximum_wait)
        if visit.held is not None:
            moments.append(visit.held)
        if queue.requirement or visit.asked.requirement or queue.tier_wait:
            _, later = self._group_at(visit.asked, visit.lane, visit.joined, now)
            if later is not None:
                moments.append(later)
        if visit.lane.wary and (guard := guarded_at(queue, visit.place)) > now:
            moments.append(guard)
        if moments:
            self._timers.put(visit, (min(moments), 0, visit.number))
        else:
            self._timers.drop(visit)
