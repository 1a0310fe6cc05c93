"""Matches waiting callers to ready agents: after every change, until the floor has no match left."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from pbx.acd.floor import Floor, Seat, Visit
from pbx.acd.line import Line
from pbx.acd.model import (
    Agent,
    AgentAnswered,
    AgentRefused,
    AgentResumes,
    AgentSignsOut,
    AgentStatus,
    CallerJoined,
    CallerLeft,
    Connect,
    ConversationEnded,
    Effect,
    Event,
    GiveBack,
    Offer,
    Queue,
    Reconfigured,
    State,
    StateChanged,
    WaitingCaller,
    Withdraw,
)
from pbx.acd.presence import Attendance
from pbx.acd.ranking import place

_WithdrawReason: TypeAlias = Literal["no_answer", "caller_left", "agent_left", "phone_lost", "queue_closed"]


@dataclass(slots=True, eq=False)
class _Engagement:
    """An offer from its first ring to the end of the conversation it became. The agent's state says which."""

    offer: str
    visit: Visit
    seat: Seat


class Desk:
    """A machine (see Driver). After every turn nobody waits while an agent who may serve them is ready.

    Events about agents, contacts and offers that the desk does not know (any longer) change nothing and
    return []. A contact has one live offer at most, and so has an agent.
    """

    def __init__(
        self, queues: Iterable[Queue], agents: Iterable[Agent], offer_prefix: str = "o", now: float = 0.0
    ) -> None:
        """Everybody is signed out and no phone reachable. Offers are named prefix + 1, 2, 3, ..."""
        self._prefix = offer_prefix
        self._offers_made = 0
        self._drawn = 0
        self._visits: dict[str, Visit] = {}
        self._seats: dict[str, Seat] = {}
        self._engagements: dict[str, _Engagement] = {}
        self._timers: Line[Visit | Seat] = Line()  # maximum wait; ring time and wrap-up
        self._effects: list[Effect] = []
        self._lay_out(tuple(queues), tuple(agents), now)

    @property
    def deadline(self) -> float | None:
        return self._timers.head()[0][0] if self._timers else None

    def handle(self, event: Event, now: float) -> list[Effect]:
        match event:
            case CallerJoined():
                self._join(event, now)
            case CallerLeft(contact):
                if visit := self._visits.get(contact):
                    self._take_out(visit, "caller_left", now)
            case AgentAnswered() | AgentRefused() | ConversationEnded():
                if engagement := self._engagements.get(event.offer):
                    self._advance(engagement, event, now)
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
                    self._take_out(visit, "caller_left", now)
                    self._effects.append(GiveBack(visit.contact, "waited_enough"))
                case Seat(state=State.RINGING) as seat:
                    ring = self._engagements[seat.offer]
                    self._withdraw(ring, "no_answer")
                    self._refused(ring, "rona", now)
                case Seat() as seat:
                    self._settle(seat, now)
        return self._decide(now)

    # Looking only

    def position(self, contact: str) -> int:
        """From 1, in the order the queue is served; those being rung for count. 0: not waiting. O(length)."""
        visit = self._visits.get(contact)
        if visit is None:
            return 0
        mine = visit.place
        return 1 + sum(1 for other in visit.lane.visits.values() if other.place < mine)

    def waiting(self, queue: str) -> list[WaitingCaller]:
        """In the order the queue is served; empty for an unknown queue."""
        lane = self._floor.lanes.get(queue)
        visits = sorted(lane.visits.values(), key=lambda visit: visit.place) if lane else []
        return [
            WaitingCaller(visit.contact, visit.entered, visit.priority, position)
            for position, visit in enumerate(visits, start=1)
        ]

    def agents(self) -> list[AgentStatus]:
        return [
            AgentStatus(name, seat.state, seat.since, seat.reason, seat.offer)
            for name, seat in self._seats.items()
        ]

    def signed_in(self, queue: str) -> int:
        """Agents at work for this queue, paused or not; 0 for an unknown queue."""
        lane = self._floor.lanes.get(queue)
        return self._floor.signed_in(lane) if lane else 0

    def at_rest(self) -> list[str]:
        """What is still held, by name: nothing once every call is over. Wrap-up ends by itself: not held."""
        held = [f"contact {contact}" for contact in self._visits]
        held += [f"{engaged.seat.state.value} {offer}" for offer, engaged in self._engagements.items()]
        for owner in self._timers:
            match owner:
                case Visit(contact=contact) if self._visits.get(contact) is not owner:
                    held.append(f"timer of contact {contact}")
                case Seat(state=state) if state not in (State.RINGING, State.WRAP_UP):
                    held.append(f"timer of agent {owner.agent.name}")
                case _:
                    pass
        return held

    # Callers

    def _join(self, event: CallerJoined, now: float) -> None:
        lane = self._floor.lanes.get(event.queue)
        if event.contact in self._visits:
            return
        if lane is None:
            self._effects.append(GiveBack(event.contact, "queue_closed"))
            return
        queue = lane.queue
        if not queue.join_when_empty and not self._floor.signed_in(lane):
            self._effects.append(GiveBack(event.contact, "no_agents"))
            return
        full = queue.maximum_length and len(lane.visits) >= queue.maximum_length
        if full and not self._floor.has_idle(lane):
            self._effects.append(GiveBack(event.contact, "queue_full"))
            return
        spot = place(queue, event.priority, now, self._draw())
        visit = Visit(event.contact, lane, now, event.priority, spot)
        self._visits[visit.contact] = lane.visits[visit.contact] = visit
        self._floor.wait(visit)
        self._arm_maximum_wait(visit)

    def _arm_maximum_wait(self, visit: Visit) -> None:
        self._timers.drop(visit)
        if visit.lane.queue.maximum_wait:
            self._timers.put(visit, (visit.entered + visit.lane.queue.maximum_wait, self._draw()))

    def _take_out(self, visit: Visit, reason: _WithdrawReason, now: float) -> None:
        """Out of the queue without an agent; one being rung goes back to their place among the idle."""
        if visit.offer:
            ring = self._engagements[visit.offer]
            self._withdraw(ring, reason)
            self._end_ring(ring)
            self._settle(ring.seat, now)
        self._forget(visit)

    def _forget(self, visit: Visit) -> None:
        self._floor.leave_line(visit)
        self._timers.drop(visit)
        del self._visits[visit.contact], visit.lane.visits[visit.contact]

    # Offers

    def _decide(self, now: float) -> list[Effect]:
        while (found := self._floor.next_match(now)) is not None:
            self._offer(*found, now)
        effects, self._effects = self._effects, []
        return effects

    def _offer(self, visit: Visit, seat: Seat, now: float) -> None:
        self._offers_made += 1
        offer = f"{self._prefix}{self._offers_made}"
        queue = visit.lane.queue
        self._floor.leave_line(visit)
        visit.offer = offer
        self._engagements[offer] = _Engagement(offer, visit, seat)
        if queue.ring_time:
            self._timers.put(seat, (now + queue.ring_time, self._draw()))
        self._effects.append(Offer(offer, visit.contact, queue.name, seat.agent.name))
        self._become(seat, State.RINGING, now, offer=offer)

    def _advance(
        self, engagement: _Engagement, event: AgentAnswered | AgentRefused | ConversationEnded, now: float
    ) -> None:
        match event, engagement.seat.state:
            case AgentAnswered(), State.RINGING:
                self._connect(engagement, now)
            case AgentRefused(unreachable=unreachable), State.RINGING:
                self._refused(engagement, "phone" if unreachable else "rejected", now)
            case ConversationEnded(), State.TALKING:
                self._wrap_up(engagement, now)
            case _:
                pass  # said twice, or before its time

    def _withdraw(self, ring: _Engagement, reason: _WithdrawReason) -> None:
        self._effects.append(Withdraw(ring.offer, ring.visit.contact, ring.seat.agent.name, reason))

    def _end_ring(self, ring: _Engagement) -> None:
        """Where agent and caller go from here is for those who call this to say."""
        ring.visit.offer = ""
        del self._engagements[ring.offer]

    def _refused(self, ring: _Engagement, reason: Literal["rona", "rejected", "phone"], now: float) -> None:
        """The caller keeps their place; the agent is offered nothing until they, or the phone, are back."""
        self._end_ring(ring)
        ring.visit.refused_by.add(ring.seat)
        if reason == "phone":
            ring.seat.presence.phone_failed = True
        else:
            ring.seat.presence.pause = reason
        self._settle(ring.seat, now)
        self._floor.wait(ring.visit)

    def _connect(self, ring: _Engagement, now: float) -> None:
        visit, seat = ring.visit, ring.seat
        self._timers.drop(seat)
        self._forget(visit)
        seat.calls += 1
        self._effects.append(Connect(ring.offer, visit.contact, visit.lane.queue.name, seat.agent.name))
        self._become(seat, State.TALKING, now, offer=ring.offer)

    def _wrap_up(self, talk: _Engagement, now: float) -> None:
        """Unless the agent asked to pause or to leave during the conversation."""
        del self._engagements[talk.offer]
        wrap_up = talk.visit.lane.queue.wrap_up
        if talk.seat.presence.at_work and wrap_up:
            self._timers.put(talk.seat, (now + wrap_up, self._draw()))
            self._become(talk.seat, State.WRAP_UP, now, offer=talk.offer)
        else:
            self._settle(talk.seat, now)

    # Agents

    def _attend(self, seat: Seat, event: Attendance, now: float) -> None:
        seat.presence.learn(event)
        if isinstance(event, AgentResumes) and seat.state is State.WRAP_UP:
            self._settle(seat, now)
        else:
            self._review(seat, now)

    def _review(self, seat: Seat, now: float) -> None:
        """Bring the agent to the state their presence asks for, as far as what they do may be stopped."""
        self._floor.count(seat)
        match seat.state:
            case State.TALKING:
                pass
            case State.RINGING:
                if seat.presence.at_leisure()[0] is not State.READY:
                    self._stop_ringing(seat, now)
            case State.WRAP_UP:
                if not seat.presence.at_work:  # a lost phone does not end paper work
                    self._settle(seat, now)
            case State.SIGNED_OUT | State.NOT_READY | State.READY:
                self._settle(seat, now)
            case _:
                assert_never(seat.state)

    def _stop_ringing(self, seat: Seat, now: float) -> None:
        """The agent is not there any more, which is no refusal: the caller goes back to their place."""
        ring = self._engagements[seat.offer]
        self._withdraw(ring, "agent_left" if seat.presence.reachable else "phone_lost")
        self._end_ring(ring)
        self._settle(seat, now)
        self._floor.wait(ring.visit)

    def _settle(self, seat: Seat, now: float) -> None:
        """No offer, conversation or wrap-up holds this agent (any longer)."""
        self._timers.drop(seat)
        state, reason = seat.presence.at_leisure()
        self._become(seat, state, now, reason=reason)
        if seat.presence.gone:
            del self._seats[seat.agent.name]

    def _become(self, seat: Seat, state: State, now: float, reason: str = "", offer: str = "") -> None:
        if state is seat.state and reason == seat.reason and offer == seat.offer:
            return
        if seat.state is State.READY:
            self._floor.stand_down(seat)
        if state is State.READY:
            if seat.state is not State.RINGING:  # a ring that came to nothing costs nobody their turn
                seat.rest = (now, self._draw())
            self._floor.stand_by(seat)
        seat.state, seat.since, seat.reason, seat.offer = state, now, reason, offer
        self._effects.append(StateChanged(seat.agent.name, state, reason, offer))

    # Configuration

    def _reconfigure(self, queues: tuple[Queue, ...], agents: tuple[Agent, ...], now: float) -> None:
        names = {queue.name for queue in queues}
        for visit in [visit for visit in self._visits.values() if visit.lane.queue.name not in names]:
            self._take_out(visit, "queue_closed", now)
            self._effects.append(GiveBack(visit.contact, "queue_closed"))
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
        if seat.state is State.RINGING:
            ring = self._engagements[seat.offer]
            if ring.visit.lane.queue.name not in agent.queues:
                self._stop_ringing(seat, now)

    def _lay_out(self, queues: tuple[Queue, ...], agents: tuple[Agent, ...], now: float) -> None:
        """A new floor with everybody at their old places."""
        self._floor = Floor(queues)
        for visit in self._visits.values():
            visit.lane = self._floor.lanes[visit.lane.queue.name]
            visit.lane.visits[visit.contact] = visit
            if not visit.offer:
                self._floor.wait(visit)
            self._arm_maximum_wait(visit)
        for agent in agents:
            if agent.name not in self._seats:
                self._seats[agent.name] = Seat(agent, self._floor.crew(agent), now)
        for seat in self._seats.values():
            seat.crew = self._floor.crew(seat.agent)
            self._floor.count(seat)
            if seat.state is State.READY:
                self._floor.stand_by(seat)

    def _draw(self) -> int:
        """The next of the numbers that settle ties: first come, first."""
        self._drawn += 1
        return self._drawn
