"""Desks with one fault each, as other queues have had them; the random day must find every one."""

from typing import Any

from pbx.acd.desk import Desk
from pbx.acd.model import (
    AgentEvent,
    CallerEvent,
    CallerJoined,
    Effect,
    PhoneReachable,
    Queue,
    Reprioritised,
    State,
    WithdrawReason,
)
from pbx.acd.people import Engagement, Seat, Visit
from pbx.acd.ranking import Place


class PriorityIsIgnored(Desk):
    """C2."""

    def _place(self, asked: CallerJoined, queue: Queue, entered: float, number: int) -> Place:
        return super()._place(CallerJoined(asked.contact, asked.queue), queue, entered, number)


class OfferingStops(Desk):
    """C3, C14: whoever joins first in line is not offered to anybody by that."""

    def _decide(self, now: float) -> list[Effect]:
        if any(visit.joined == now and not visit.ahead for visit in self._visits.values()):
            effects, self._effects = self._effects, []
            return effects
        return super()._decide(now)


class PriorityChangeIsNotApplied(Desk):
    """C5."""

    def _caller(self, event: CallerEvent, now: float) -> None:
        if not isinstance(event, Reprioritised):
            super()._caller(event, now)


class SomebodyFromBehindIsConnected(Desk):
    """C6: the last who needs the same."""

    def _offer(self, visit: Visit, seat: Seat, now: float) -> None:
        alike = list(visit.group.line) if not visit.rings and visit.held is None else [visit]
        super()._offer(max(alike, key=lambda one: one.place), seat, now)


class MovedCallersStartAgain(Desk):
    """C8, C12: the place is lost."""

    def _move(self, visit: Visit, lane: Any, now: float) -> None:
        visit.entered = now
        super()._move(visit, lane, now)


class TwoAgentsAnswer(Desk):
    """C9: the other phones ring on."""

    def _connect(self, ring: Engagement, now: float) -> None:
        ring.visit.rings = [ring]
        super()._connect(ring, now)


class OneRefusalDropsAll(Desk):
    """C10."""

    def _refused(self, ring: Engagement, reason: Any, now: float) -> None:
        visit = ring.visit
        super()._refused(ring, reason, now)
        for other in list(visit.rings):
            self._release(other, now)


class AgentsAreAskedByTheClock(Desk):
    """C11: polling; nothing is offered in between."""

    def _decide(self, now: float) -> list[Effect]:
        if now % 4:
            effects, self._effects = self._effects, []
            return effects
        return super()._decide(now)


class AgentsStickInReserved(Desk):
    """C13: nobody shows that the ring is over."""

    def _show(self, seat: Seat, now: float) -> None:
        if seat.state is not State.RINGING or seat.work:
            super()._show(seat, now)


class PhonesRingForNobody(Desk):
    """C15: the caller is gone, the call to the agent is not."""

    def _take_out(self, visit: Visit, reason: WithdrawReason, now: float) -> None:
        self._forget(visit)


class TheWrongQueueComesFirst(Desk):
    """C1, C4: what an agent is offered depends on a number drawn at random elsewhere."""

    def _place(self, asked: CallerJoined, queue: Queue, entered: float, number: int) -> Place:
        rank, since, number = super()._place(asked, queue, entered, number)
        return rank, since + hash((id(asked), number)) % 3, number


class UnregisteredPhonesAreAvailable(Desk):
    """C56."""

    def _attend(self, seat: Seat, event: AgentEvent, now: float) -> None:
        if event != PhoneReachable(seat.agent.name, False):
            super()._attend(seat, event, now)


class RefusedCallsComeBack(Desk):
    """C57: to the same agent, at once."""

    def _refused(self, ring: Engagement, reason: Any, now: float) -> None:
        self._release(ring, now)
        self._stand_again(ring.visit, now)


class ARestartForgetsWhoRefused(Desk):
    """Not from a complaint: the snapshot leaves something out."""

    def _recall(self, kept: dict[str, Any], by: float) -> None:
        super()._recall({**kept, "drawn": 0}, by)


FAULTS: dict[str, type[Desk]] = {
    "C1": TheWrongQueueComesFirst,
    "C2": PriorityIsIgnored,
    "C3": OfferingStops,
    "C5": PriorityChangeIsNotApplied,
    "C6": SomebodyFromBehindIsConnected,
    "C8": MovedCallersStartAgain,
    "C9": TwoAgentsAnswer,
    "C10": OneRefusalDropsAll,
    "C11": AgentsAreAskedByTheClock,
    "C13": AgentsStickInReserved,
    "C15": PhonesRingForNobody,
    "C56": UnregisteredPhonesAreAvailable,
    "C57": RefusedCallsComeBack,
    "restart": ARestartForgetsWhoRefused,
}
