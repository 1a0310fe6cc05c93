"""What agents do: a phone rings, a conversation, wrap-up; they come and go."""

from math import inf
from typing import Literal

from pbx.acd.model import (
    AgentAnswered,
    AgentEvent,
    AgentForced,
    AgentRefused,
    AgentResumes,
    Connect,
    ConversationEnded,
    Offer,
    OfferEvent,
    State,
    StateChanged,
    Withdraw,
    WithdrawReason,
    WrapUpExtended,
)
from pbx.acd.people import PRESENT, Engagement, Seat, Visit
from pbx.acd.places import Places

SAMPLED = 8  # of so many conversations one is compared with the forecast, which takes time


class Service(Places):
    """Every offer and all that becomes of it."""

    # Offers

    def _offer(self, visit: Visit, seat: Seat, now: float) -> None:
        self._offers_made += 1
        offer, queue = f"{self._prefix}{self._offers_made}", visit.lane.queue
        ring = Engagement(self._offers_made, offer, visit, seat, queue.name, queue.medium, queue.wrap_up)
        self._engagements[offer] = ring
        visit.rings.append(ring)
        self._floor.arrange(visit)
        seat.take(ring)
        seat.merits.turn = self._offers_made
        if queue.ring_time:
            ring.until = now + queue.ring_time
            self._timers.put(ring, (ring.until, 1, ring.number))
        self._effects.append(Offer(offer, visit.contact, queue.name, seat.agent.name))
        self._show(seat, now)

    def _advance(self, engagement: Engagement, event: OfferEvent, now: float) -> None:
        match event, engagement.phase:
            case AgentAnswered(), State.RINGING:
                self._connect(engagement, now)
            case AgentRefused(unreachable=unreachable), State.RINGING:
                self._refused(engagement, "phone" if unreachable else "rejected", now)
            case ConversationEnded(), State.TALKING:
                self._wrap_up(engagement, now)
            case _:
                pass  # said twice, or before its time

    def _withdraw(self, ring: Engagement, reason: WithdrawReason) -> None:
        self._effects.append(Withdraw(ring.offer, ring.visit.contact, ring.seat.agent.name, reason))

    def _release(self, ring: Engagement, now: float) -> None:
        """Where the caller goes from here is for those who call this to say."""
        ring.visit.rings.remove(ring)
        self._finish(ring, now)

    def _finish(self, engagement: Engagement, now: float) -> None:
        self._timers.drop(engagement)
        engagement.seat.drop(engagement)
        del self._engagements[engagement.offer]
        self._show(engagement.seat, now)

    def _refused(self, ring: Engagement, reason: Literal["rona", "rejected", "phone"], now: float) -> None:
        """The caller keeps their place; the agent is offered nothing until they, or the phone, are back."""
        ring.visit.refused_by.add(ring.seat)
        if reason == "phone":
            ring.seat.presence.phone_failed = True
        else:
            ring.seat.presence.pause = reason
        self._release(ring, now)
        self._stand_again(ring.visit, now)

    def _connect(self, ring: Engagement, now: float) -> None:
        """Whoever answers first has the caller; the other phones fall silent."""
        visit, seat = ring.visit, ring.seat
        self._learn(visit, now)
        self._timers.drop(ring)
        self._forget(visit)
        ring.phase, ring.until, ring.connected = State.TALKING, None, now
        ring.wrap_up = visit.lane.queue.wrap_up
        seat.merits.calls += 1
        self._effects.append(Connect(ring.offer, visit.contact, ring.queue, seat.agent.name))
        self._show(seat, now)
        for other in visit.rings:
            if other is not ring:
                self._withdraw(other, "answered_elsewhere")
                self._finish(other, now)
        visit.rings = []

    def _learn(self, visit: Visit, now: float) -> None:
        lane, priority = visit.lane, visit.asked.priority
        forecast, quoted = self._forecast(lane.queue.name), None
        if forecast.conversations % SAMPLED == 0:
            quoted = forecast.raw(visit.ahead, self._strength(lane))
        forecast.served(priority, quoted, now - visit.entered)

    def _wrap_up(self, talk: Engagement, now: float) -> None:
        """Unless the agent asked to pause or to leave during the conversation."""
        talked = now - talk.connected
        talk.seat.merits.talked += talked
        self._forecast(talk.queue).handled(talked + (0.0 if talk.wrap_up == inf else talk.wrap_up))
        if not (talk.seat.presence.at_work and talk.wrap_up):
            self._finish(talk, now)
            return
        talk.phase = State.WRAP_UP
        self._end_wrap_up_at(talk, now + talk.wrap_up)
        self._show(talk.seat, now)

    def _end_wrap_up_at(self, done: Engagement, moment: float) -> None:
        """Infinity: when the agent says so."""
        done.until = None if moment == inf else moment
        if done.until is None:
            self._timers.drop(done)
        else:
            self._timers.put(done, (done.until, 1, done.number))

    # Agents

    def _attend(self, seat: Seat, event: AgentEvent, now: float) -> None:
        if isinstance(event, WrapUpExtended):
            for done in seat.work:
                if done.phase is State.WRAP_UP and done.until is not None:
                    self._end_wrap_up_at(done, done.until + event.seconds)
            return
        seat.presence.learn(event)
        ready = isinstance(event, AgentResumes) or (
            isinstance(event, AgentForced) and event.state is State.READY
        )
        self._review(seat, now, ready=ready)

    def _review(self, seat: Seat, now: float, *, ready: bool = False) -> None:
        """Bring the agent to the state their presence asks for, as far as what they do may be stopped."""
        for engagement in list(seat.work):
            match engagement.phase:
                case State.RINGING:
                    if seat.presence.at_leisure()[0] is not State.READY:
                        self._stop_ringing(engagement, now)
                case State.WRAP_UP:
                    if ready or not seat.presence.at_work:  # a lost phone does not end paper work
                        self._finish(engagement, now)
                case _:
                    pass
        self._show(seat, now)

    def _stop_ringing(self, ring: Engagement, now: float) -> None:
        """The agent is not there any more, which is no refusal: the caller goes back to their place."""
        self._withdraw(ring, "agent_left" if ring.seat.presence.reachable else "phone_lost")
        self._release(ring, now)
        self._stand_again(ring.visit, now)

    def _show(self, seat: Seat, now: float) -> None:
        """The state that follows from what the agent does, or from their presence at leisure."""
        doing, source = seat.doing(), ""
        if doing is not None:
            state, reason, offer = doing.phase, "", doing.offer
        else:
            (state, reason), offer = seat.presence.at_leisure(), ""
            source, seat.presence.author = seat.presence.author, ""
        if (state, reason, offer) != (seat.state, seat.reason, seat.offer):
            if state is State.READY and seat.state is not State.RINGING:
                self._drawn += 1  # a ring that came to nothing costs nobody their turn
                seat.merits.rest = (now, self._drawn)
            seat.state, seat.since, seat.reason, seat.offer = state, now, reason, offer
            self._effects.append(StateChanged(seat.agent.name, state, reason, offer, source))
        self._staff_changed = True
        self._floor.note(seat)
        if seat.held and state not in PRESENT:
            for visit in list(seat.held):
                self._let_go(visit, now)
        if seat.presence.gone and not seat.work:
            self._seats.pop(seat.agent.name, None)
