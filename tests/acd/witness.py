"""A naive model of the queue desk: told every event, it judges every effect by going through everybody."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from pbx.acd.board import AgentStatus
from pbx.acd.desk import Desk
from pbx.acd.model import (
    Agent,
    AgentAnswered,
    AgentPauses,
    AgentRefused,
    AgentResumes,
    AgentSignsIn,
    AgentSignsOut,
    CallerJoined,
    CallerLeft,
    Connect,
    ConversationEnded,
    Effect,
    Event,
    GiveBack,
    Offer,
    PhoneBusy,
    PhoneReachable,
    Queue,
    Reconfigured,
    State,
    StateChanged,
    Withdraw,
)


@dataclass
class Caller:
    contact: str
    queue: str
    entered: float
    priority: int
    place: tuple[float, int]
    offer: str | None = None
    refused_by: set[str] = field(default_factory=set[str])


@dataclass
class Person:
    agent: Agent
    signed_in: bool = False
    pause: str | None = None
    reachable: bool = False
    failed: bool = False
    busy: bool = False
    gone: bool = False
    calls: int = 0
    idle: tuple[float, int] = (0.0, 0)
    told: tuple[State, str, str] = (State.SIGNED_OUT, "", "")
    since: float = 0.0
    wrap_up_until: float | None = None
    wrap_up_of: str = ""

    def at_leisure(self) -> tuple[State, str]:
        if not self.signed_in:
            return State.SIGNED_OUT, ""
        if self.pause is not None:
            return State.NOT_READY, self.pause
        if self.failed or not self.reachable:
            return State.NOT_READY, "phone"
        return (State.NOT_READY, "busy") if self.busy else (State.READY, "")


@dataclass
class Ring:
    contact: str
    queue: Queue
    agent: str
    until: float | None
    answered: bool = False


class Witness:
    """Watches one desk. `step` passes an event on (None: the deadline); a wrong is an AssertionError."""

    def __init__(self, queues: Iterable[Queue], agents: Iterable[Agent]) -> None:
        self.queues = {queue.name: queue for queue in queues}
        self.configured = set(self.queues)
        self.people = {agent.name: Person(agent) for agent in agents}
        self.callers: dict[str, Caller] = {}
        self.rings: dict[str, Ring] = {}  # live: ringing or talking
        self.spent: set[str] = (
            set()
        )  # offers that ended without a conversation, or whose conversation is over
        self.count = 0
        self.area = self.waits = self.at = 0.0  # Little: queue length over time, and the waits it is made of
        self.desk = Desk(self.queues.values(), [person.agent for person in self.people.values()])

    def step(self, event: Event | None, now: float) -> list[Effect]:
        self.area += (now - self.at) * len(self.callers)
        self.at = now
        expected = self._leavers(event, now)
        self._learn(event, now)
        effects = self.desk.on_deadline(now) if event is None else self.desk.handle(event, now)
        given_back: set[str] = set()
        for effect in effects:
            self._judge(effect, event, now)
            if isinstance(effect, GiveBack):
                given_back.add(effect.contact)
        assert given_back == expected
        self._compare(now)
        return effects

    # What an event means

    def _leavers(self, event: Event | None, now: float) -> set[str]:
        """Who must be given back in this turn."""
        match event:
            case None:
                limits = (
                    (caller, self.queues[caller.queue].maximum_wait) for caller in self.callers.values()
                )
                return {caller.contact for caller, limit in limits if limit and caller.entered + limit <= now}
            case Reconfigured(queues):
                kept = {queue.name for queue in queues}
                return {caller.contact for caller in self.callers.values() if caller.queue not in kept}
            case CallerJoined() if event.contact not in self.callers and not self._admits(event.queue):
                return {event.contact}
            case _:
                return set()

    def _admits(self, name: str) -> bool:
        if name not in self.queues:
            return False
        queue = self.queues[name]
        staff = [person for person in self.people.values() if name in person.agent.queues]
        if queue.refuse_when_empty != "never" and not any(person.signed_in for person in staff):
            return False
        length = sum(caller.queue == name for caller in self.callers.values())
        ready = any(person.told[0] is State.READY for person in staff)
        return ready or not queue.maximum_length or length < queue.maximum_length

    def _learn(self, event: Event | None, now: float) -> None:
        match event:
            case None:
                self._learn_time(now)
            case CallerJoined():
                self._learn_arrival(event, now)
            case CallerLeft(contact):
                if contact in self.callers and self.callers[contact].offer is None:
                    self._gone(contact, now)
            case AgentAnswered():
                pass
            case AgentRefused(offer, unreachable):
                if offer in self.rings and not self.rings[offer].answered:
                    self._refused(offer, "phone" if unreachable else "rejected")
            case ConversationEnded(offer):
                self._learn_end(offer, now)
            case Reconfigured(queues, agents):
                self._learn_configuration(queues, agents, now)
            case (
                AgentSignsIn()
                | AgentSignsOut()
                | AgentPauses()
                | AgentResumes()
                | PhoneReachable()
                | PhoneBusy()
            ):
                if person := self.people.get(event.agent):
                    self._learn_presence(event, person)
            case _:
                raise AssertionError("judged by the random day instead")

    def _learn_time(self, now: float) -> None:
        for person in self.people.values():
            if person.wrap_up_until is not None and person.wrap_up_until <= now:
                person.wrap_up_until = None

    def _learn_arrival(self, event: CallerJoined, now: float) -> None:
        if event.contact in self.callers or not self._admits(event.queue):
            return
        self.count += 1
        spot = (now - event.priority * self.queues[event.queue].priority_credit, self.count)
        self.callers[event.contact] = Caller(event.contact, event.queue, now, event.priority, spot)

    def _learn_end(self, offer: str, now: float) -> None:
        ring = self.rings.get(offer)
        if ring is None or not ring.answered:
            return
        del self.rings[offer]
        self.spent.add(offer)
        person = self.people[ring.agent]
        if person.signed_in and person.pause is None and ring.queue.wrap_up:
            person.wrap_up_until, person.wrap_up_of = now + ring.queue.wrap_up, offer

    def _learn_presence(
        self,
        event: AgentSignsIn | AgentSignsOut | AgentPauses | AgentResumes | PhoneReachable | PhoneBusy,
        person: Person,
    ) -> None:
        match event:
            case AgentSignsIn():
                if not person.gone:
                    person.signed_in, person.pause, person.failed = True, None, False
            case AgentSignsOut():
                person.signed_in, person.pause, person.wrap_up_until = False, None, None
            case AgentPauses(reason=reason):
                if person.signed_in:
                    person.pause, person.wrap_up_until = reason, None
            case AgentResumes():
                person.pause, person.failed, person.wrap_up_until = None, False, None
            case PhoneReachable(reachable=reachable):
                person.reachable = reachable
                if reachable:
                    person.failed = False
            case PhoneBusy(busy=busy):
                person.busy = busy
            case _:
                assert_never(event)

    def _learn_configuration(self, queues: tuple[Queue, ...], agents: tuple[Agent, ...], now: float) -> None:
        new = {agent.name: agent for agent in agents}
        for person in self.people.values():
            person.gone = person.agent.name not in new
            person.agent = new.get(person.agent.name, person.agent)
            if person.gone:
                person.signed_in, person.pause, person.wrap_up_until = False, None, None
        self.configured = {queue.name for queue in queues}
        self.queues |= {queue.name: queue for queue in queues}
        self.people |= {
            name: Person(agent, since=now) for name, agent in new.items() if name not in self.people
        }

    def _refused(self, offer: str, reason: str) -> None:
        ring = self.rings.pop(offer)
        self.spent.add(offer)
        self.callers[ring.contact].offer = None
        self.callers[ring.contact].refused_by.add(ring.agent)
        if reason == "phone":
            self.people[ring.agent].failed = True
        else:
            self.people[ring.agent].pause = reason

    def _gone(self, contact: str, now: float) -> None:
        self.waits += now - self.callers.pop(contact).entered

    # What an effect must be

    def _judge(self, effect: Effect, event: Event | None, now: float) -> None:
        match effect:
            case Offer():
                self._judge_offer(effect, now)
            case Withdraw():
                self._judge_withdraw(effect, event, now)
            case Connect(offer, contact, queue, agent):
                assert event == AgentAnswered(offer)
                ring = self.rings[offer]
                assert not ring.answered
                assert (ring.contact, ring.queue.name, ring.agent) == (contact, queue, agent)
                ring.answered, ring.queue = True, self.queues[queue]
                self.people[agent].calls += 1
                self._gone(contact, now)
            case GiveBack(contact, reason):
                caller = self.callers.get(contact)
                if caller is not None:
                    assert caller.offer is None, "the offer is withdrawn first"
                    assert reason == ("waited_enough" if event is None else "queue_closed")
                    self._gone(contact, now)
            case StateChanged(agent, state, reason, offer):
                person = self.people[agent]
                assert person.told != (state, reason, offer), "told once per change"
                if state is State.READY and person.told[0] is not State.RINGING:
                    self.count += 1
                    person.idle = (now, self.count)
                person.told, person.since = (state, reason, offer), now
            case _:
                assert_never(effect)

    def _judge_offer(self, offer: Offer, now: float) -> None:
        assert offer.offer not in self.rings
        assert offer.offer not in self.spent
        choice = self.choice(now)
        assert choice is not None
        caller, person = choice
        assert (offer.contact, offer.agent) == (caller.contact, person.agent.name)
        assert offer.queue == caller.queue
        queue = self.queues[caller.queue]
        until = now + queue.ring_time if queue.ring_time else None
        self.rings[offer.offer] = Ring(caller.contact, queue, person.agent.name, until)
        caller.offer = offer.offer
        person.told = (State.READY, "", "being offered")

    def _judge_withdraw(self, effect: Withdraw, event: Event | None, now: float) -> None:
        ring = self.rings[effect.offer]
        assert not ring.answered
        assert (ring.contact, ring.agent) == (effect.contact, effect.agent)
        if effect.reason == "no_answer":
            assert event is None
            assert ring.until is not None
            assert ring.until <= now
            self._refused(effect.offer, "rona")
            return
        del self.rings[effect.offer]
        self.spent.add(effect.offer)
        self.callers[effect.contact].offer = None
        person = self.people[effect.agent]
        match effect.reason:
            case "caller_left":
                assert event is None or event == CallerLeft(effect.contact)
                if event is not None:
                    self._gone(effect.contact, now)
            case "agent_left":
                assert person.at_leisure()[0] is not State.READY or ring.queue.name not in person.agent.queues
            case "phone_lost":
                assert not person.reachable
            case "queue_closed":
                assert isinstance(event, Reconfigured)
            case "answered_elsewhere" | "moved":
                raise AssertionError("nobody was moved, and no two phones ring")

    def choice(self, now: float) -> tuple[Caller, Person] | None:
        """The rule of selection, by looking at everybody."""
        ready = [person for person in self.people.values() if person.told == (State.READY, "", "")]
        pairs = [
            (caller, person)
            for caller in self.callers.values()
            if caller.offer is None
            for person in ready
            if caller.queue in person.agent.queues and caller.queue in self.configured
        ]
        if not pairs:
            return None
        first = min((caller for caller, _ in pairs), key=lambda caller: self._rank(caller, now))
        able = [person for caller, person in pairs if caller is first]
        willing = [person for person in able if person.agent.name not in first.refused_by] or able
        if self.queues[first.queue].strategy == "fewest_calls":
            return first, min(willing, key=lambda person: (person.calls, person.idle))
        return first, min(willing, key=lambda person: person.idle)

    def _rank(self, caller: Caller, now: float) -> tuple[float, tuple[float, int]]:
        queue = self.queues[caller.queue]
        waited = now - caller.place[0]
        late = waited >= 6 * queue.target
        return (float("-inf") if late else -queue.weight * waited / queue.target, caller.place)

    # What must be true after every turn

    def _compare(self, now: float) -> None:
        self.queues = {name: queue for name, queue in self.queues.items() if name in self.configured}
        assert self.choice(now) is None, "nobody waits while an agent who may serve them is ready"
        self._compare_agents()
        self._compare_queues()
        assert sorted(self.desk.at_rest()) == sorted(
            [f"contact {contact}" for contact in self.callers]
            + [f"{'talking' if ring.answered else 'ringing'} {offer}" for offer, ring in self.rings.items()]
        )
        assert self.desk.deadline == min(self._timers(), default=None)

    def _compare_agents(self) -> None:
        engaged = {ring.agent: offer for offer, ring in self.rings.items()}
        assert len(engaged) == len(self.rings), "one offer or conversation per agent"
        self.people = {
            name: person for name, person in self.people.items() if not person.gone or name in engaged
        }
        for name, person in self.people.items():
            if name in engaged:
                state = State.TALKING if self.rings[engaged[name]].answered else State.RINGING
                assert person.told == (state, "", engaged[name])
                assert state is State.TALKING or person.at_leisure()[0] is State.READY
            elif person.wrap_up_until is not None:
                assert person.told == (State.WRAP_UP, "", person.wrap_up_of)
            else:
                assert person.told == (*person.at_leisure(), "")
        shown = [
            AgentStatus(name, person.told[0], person.since, person.told[1], person.told[2])
            for name, person in self.people.items()
        ]
        assert self.desk.agents() == shown

    def _compare_queues(self) -> None:
        for name in self.queues:
            callers = sorted(
                (caller for caller in self.callers.values() if caller.queue == name),
                key=lambda caller: caller.place,
            )
            shown = self.desk.waiting(name)
            assert [(one.contact, one.since, one.priority) for one in shown] == [
                (caller.contact, caller.entered, caller.priority) for caller in callers
            ]
            positions = list(range(1, len(callers) + 1))
            assert [one.position for one in shown] == positions
            assert [self.desk.position(caller.contact) for caller in callers] == positions
            staff = [p for p in self.people.values() if name in p.agent.queues and p.signed_in]
            assert self.desk.signed_in(name) == len(staff)
        live = [caller.offer for caller in self.callers.values() if caller.offer]
        assert len(live) == len(set(live)), "one live offer per caller"

    def _timers(self) -> Iterable[float]:
        for caller in self.callers.values():
            if limit := self.queues[caller.queue].maximum_wait:
                yield caller.entered + limit
        for ring in self.rings.values():
            if ring.until is not None and not ring.answered:
                yield ring.until
        for person in self.people.values():
            if person.wrap_up_until is not None:
                yield person.wrap_up_until
