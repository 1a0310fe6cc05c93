"""Matches waiting callers to ready agents: after every change, until the floor has no match left."""

from collections.abc import Iterable
from dataclasses import replace

from pbx.acd.classes import Lane
from pbx.acd.floor import Floor
from pbx.acd.line import Line
from pbx.acd.model import (
    Agent,
    AgentAnswered,
    AgentRefused,
    AgentSignsOut,
    CallerEvent,
    CallerJoined,
    CallerLeft,
    CallerMoved,
    CallerRemoved,
    ConversationEnded,
    Effect,
    Event,
    GiveBack,
    GiveBackReason,
    Queue,
    QueueClosed,
    QueueOpened,
    Reconfigured,
    Reprioritised,
    State,
    WithdrawReason,
)
from pbx.acd.people import Engagement, Seat, Visit
from pbx.acd.ranking import Merits
from pbx.acd.snapshot import Kept, Snapshot


class Desk(Snapshot):
    """A machine (see Driver). After every turn nobody waits while an agent who may serve them is ready.

    Events about agents, contacts and offers that the desk does not know (any longer) change nothing and
    return []. A contact has one live offer at most, in a ring_all queue its ring_limit; an agent has one.
    """

    def __init__(
        self, queues: Iterable[Queue], agents: Iterable[Agent], offer_prefix: str = "o", now: float = 0.0
    ) -> None:
        """Everybody is signed out and no phone reachable. Offers are named prefix + 1, 2, 3, ..."""
        super().__init__(offer_prefix)
        self._lay_out(tuple(queues), tuple(agents), now)

    @classmethod
    def restored(
        cls,
        queues: Iterable[Queue],
        agents: Iterable[Agent],
        snapshot: Kept,
        offer_prefix: str = "o",
        by: float = 0.0,
    ) -> "Desk":
        """Goes on from a snapshot() with the same configuration. `by`: seconds to add to every time in it.

        Reconfigured afterwards, if the configuration has changed. KeyError: a queue is gone.
        """
        desk = cls(queues, agents, offer_prefix)
        desk._recall(snapshot, by)
        desk._staff_changed = False
        return desk

    def handle(self, event: Event, now: float) -> list[Effect]:
        match event:
            case CallerJoined() | CallerLeft() | CallerRemoved() | CallerMoved() | Reprioritised():
                self._caller(event, now)
            case AgentAnswered() | AgentRefused() | ConversationEnded():
                if engagement := self._engagements.get(event.offer):
                    self._advance(engagement, event, now)
            case QueueOpened(queue):
                self._closed.discard(queue)
            case QueueClosed(queue):
                if queue in self._floor.lanes:
                    self._closed.add(queue)
            case Reconfigured(queues, agents):
                self._reconfigure(queues, agents, now)
            case _:
                if seat := self._seats.get(event.agent):
                    self._attend(seat, event, now)
        return self._decide(now)

    def on_deadline(self, now: float) -> list[Effect]:
        """Whatever is due ends before anybody is matched, so that nobody is offered what is over already."""
        while self._timers and self._timers.head()[0][0] <= now:
            match self._timers.head()[1]:
                case Visit() as visit:
                    self._visit_due(visit, now)
                case Engagement(phase=State.RINGING) as ring:
                    self._withdraw(ring, "no_answer")
                    self._refused(ring, "rona", now)
                case Engagement() as done:
                    self._finish(done, now)
        return self._decide(now)

    # Callers

    def _caller(self, event: CallerEvent, now: float) -> None:
        visit = self._visits.get(event.contact)
        match event:
            case CallerJoined():
                if visit is None:
                    self._join(event, now)
            case _ if visit is None:
                pass
            case CallerLeft():
                self._forecast(visit.lane.queue.name).gave_up(now - visit.entered)
                self._take_out(visit, "caller_left", now)
            case CallerRemoved():
                self._give_back(visit, "caller_left", "removed", now)
            case CallerMoved(queue=queue):
                lane = self._floor.lanes.get(queue)
                if lane is not None and lane is not visit.lane:
                    self._move(visit, lane, now)
            case Reprioritised(priority=priority, credit=credit):
                credit = visit.asked.credit if credit is None else credit
                self._floor.leave(visit)
                visit.asked = replace(visit.asked, priority=priority, credit=credit)
                visit.place = self._place(visit.asked, visit.lane.queue, visit.entered, visit.number)
                self._floor.enter(visit)
                self._arm(visit, now)

    def _join(self, event: CallerJoined, now: float) -> None:
        lane = self._floor.lanes.get(event.queue)
        if lane is None:
            self._effects.append(GiveBack(event.contact, "queue_closed"))
            return
        number = self._drawn + 1
        spot = self._place(event, lane.queue, now, number)
        group, _ = self._group_at(event, lane, now, now)
        visit = Visit(event, lane, group, now, now, number, spot, self._seats.get(event.preferred))
        if (refusal := self._refusal(visit, now)) is not None:
            self._effects.append(GiveBack(event.contact, refusal))
            return
        self._drawn = number
        if event.hold > 0 and self._may_hold(visit):
            visit.held = now + event.hold
        visit.ahead = self._floor.ahead(visit)
        self._enter(visit, now)

    def _refusal(self, visit: Visit, now: float) -> GiveBackReason | None:
        lane, queue = visit.lane, visit.lane.queue
        if visit.asked.blocked:
            return "blocked"
        if queue.name in self._closed:
            return "queue_closed"
        if lane.is_empty(queue.refuse_when_empty) or lane.is_empty(queue.leave_when_empty):
            return "no_agents"
        if not queue.maximum_length and not queue.maximum_expected_wait:
            return None
        if self._floor.could_serve(visit, now):
            return None
        if queue.maximum_length and len(lane.order) >= queue.maximum_length:
            return "queue_full"
        if queue.maximum_expected_wait:
            expected = self._expected(lane, self._floor.ahead(visit), visit.asked.priority, now)
            if expected is not None and expected > queue.maximum_expected_wait:
                return "wait_too_long"
        return None

    def _visit_due(self, visit: Visit, now: float) -> None:
        limit = visit.lane.queue.maximum_wait
        if limit and visit.joined + limit <= now:
            self._give_back(visit, "caller_left", "waited_enough", now)
            return
        if visit.held is not None and visit.held <= now:
            visit.held = None
        self._regroup(visit, now)

    def _move(self, visit: Visit, lane: Lane, now: float) -> None:
        for ring in list(visit.rings):
            self._withdraw(ring, "moved")
            self._release(ring, now)
        self._floor.leave(visit)
        visit.lane, visit.joined, visit.held = lane, now, None
        visit.place = self._place(visit.asked, lane.queue, visit.entered, visit.number)
        visit.group, _ = self._group_at(visit.asked, lane, now, now)
        self._floor.enter(visit)
        self._arm(visit, now)

    def _give_back(self, visit: Visit, why: WithdrawReason, reason: GiveBackReason, now: float) -> None:
        self._take_out(visit, why, now)
        self._effects.append(GiveBack(visit.contact, reason))

    def _take_out(self, visit: Visit, reason: WithdrawReason, now: float) -> None:
        """Out of the queue without an agent; those being rung go back to their places among the idle."""
        for ring in list(visit.rings):
            self._withdraw(ring, reason)
            self._release(ring, now)
        self._forget(visit)

    def _decide(self, now: float) -> list[Effect]:
        if self._staff_changed:
            self._staff_changed = False
            for lane in self._leavers:
                if lane.order and lane.is_empty(lane.queue.leave_when_empty):
                    for _, visit in list(lane.order):
                        self._give_back(visit, "agent_left", "no_agents", now)
        while (found := self._floor.next_match(now)) is not None:
            self._offer(*found, now)
        effects, self._effects = self._effects, []
        return effects

    # Configuration

    def _reconfigure(self, queues: tuple[Queue, ...], agents: tuple[Agent, ...], now: float) -> None:
        names = {queue.name for queue in queues}
        for visit in [visit for visit in self._visits.values() if visit.lane.queue.name not in names]:
            self._give_back(visit, "queue_closed", "queue_closed", now)
        configured = {agent.name: agent for agent in agents}
        for seat in list(self._seats.values()):
            self._reassign(seat, configured.get(seat.agent.name), now)
        self._lay_out(queues, agents, now)

    def _reassign(self, seat: Seat, agent: Agent | None, now: float) -> None:
        seat.presence.gone = agent is None
        if agent is None:
            seat.presence.learn(AgentSignsOut(seat.agent.name))
            self._review(seat, now)
            return
        seat.agent = agent
        for ring in [ring for ring in seat.work if ring.phase is State.RINGING]:
            if ring.queue not in agent.queues:
                self._stop_ringing(ring, now)

    def _lay_out(self, queues: tuple[Queue, ...], agents: tuple[Agent, ...], now: float) -> None:
        """A new floor with everybody at their old places."""
        self._closed &= {queue.name for queue in queues}
        self._floor = Floor(queues, agents)
        self._leavers = [
            lane for lane in self._floor.lanes.values() if lane.queue.leave_when_empty != "never"
        ]
        self._staff_changed = True
        for order, agent in enumerate(agents):
            merits = Merits(order)
            seat = self._seats.get(agent.name)
            if seat is None:
                self._seats[agent.name] = Seat(agent, self._floor.classes.crew(agent), now, merits)
            else:
                seat.merits.order = order
        for seat in self._seats.values():
            seat.held = Line()
            self._floor.seat(seat)
        for visit in self._visits.values():
            visit.lane = self._floor.lanes[visit.lane.queue.name]
            visit.group, _ = self._group_at(visit.asked, visit.lane, visit.joined, now)
            if visit.held is not None and not self._may_hold(visit):
                visit.held = None
            self._enter(visit, now)
