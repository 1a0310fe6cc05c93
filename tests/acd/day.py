"""A random day at a desk, and the laws it must keep, told by somebody who looks at everybody each time."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from pbx.acd.desk import Desk
from pbx.acd.model import (
    CAPACITY,
    CHANNELS,
    Agent,
    AgentAnswered,
    AgentForced,
    AgentPauses,
    AgentRefused,
    AgentResumes,
    AgentSignsIn,
    AgentSignsOut,
    CallerJoined,
    CallerLeft,
    CallerMoved,
    CallerRemoved,
    Connect,
    ConversationEnded,
    Effect,
    Event,
    GiveBack,
    Medium,
    Needs,
    Offer,
    PhoneBusy,
    PhoneReachable,
    Queue,
    Reprioritised,
    State,
    StateChanged,
    Withdraw,
    WrapUpExtended,
)

GERMAN = (Needs(0, frozenset({("german", 4)})), Needs(8, frozenset({("german", 2)})), Needs(16))
QUEUES = (
    Queue("sales", ring_time=4, wrap_up=2, target=4, maximum_wait=64, requirement=GERMAN),
    Queue("help", "fewest_calls", ring_time=4, wrap_up=0, target=8, weight=4, leave_when_empty="paused"),
    Queue("gold", "round_robin", ring_time=4, wrap_up=1, target=16, reserve={"german": 1}),
    Queue("all", "ring_all", ring_time=8, wrap_up=1, target=4, ring_limit=2, tier_wait=8),
    Queue("sos", "least_talk", ring_time=2, wrap_up=0, tier="emergency"),
    Queue("chat", "random", ring_time=4, wrap_up=1, medium="chat", tier="chat", maximum_length=4),
    Queue("mail", "linear", ring_time=8, wrap_up=0, medium="email", tier="deferred", target=64),
)
VOICE: dict[Medium, int] = {"voice": 5}
EVERY: dict[Medium, int] = {"voice": 5, "chat": 5, "email": 5}
AGENTS = (
    Agent("ann", frozenset({"sales", "help", "gold"}), skills={"german": 5}),
    Agent("bob", frozenset({"sales", "help", "all"}), skills={"german": 2}),
    Agent("cat", frozenset({"sales", "gold", "all", "sos"}), skills={"german": 9}, tiers={"all": 2}),
    Agent("dan", frozenset({"help", "all", "chat", "mail", "sos"}), media=EVERY),
    Agent("eve", frozenset({"help", "all", "chat", "mail"}), media=EVERY, tiers={"all": 3}),
    Agent("fay", frozenset({"help", "sales"}), media=VOICE, tiers={"help": 2}),
)


@dataclass
class Waiting:
    asked: CallerJoined
    queue: Queue
    entered: float
    joined: float
    number: int
    rings: dict[str, str] = field(default_factory=dict[str, str])  # offer -> agent

    @property
    def place(self) -> tuple[bool, float, int]:
        credit = self.asked.credit + self.asked.priority * self.queue.priority_credit
        return (not self.asked.strict, self.entered - credit, self.number)

    def held(self, now: float) -> bool:
        return bool(self.asked.hold) and now < self.joined + self.asked.hold

    def may_go_to(self, agent: Agent, now: float) -> bool:
        """By the words of the configuration."""
        if self.queue.name not in agent.queues or self.queue.medium not in agent.media:
            return False
        tier = agent.tiers.get(self.queue.name, 1)
        if self.queue.tier_wait and now < self.joined + (tier - 1) * self.queue.tier_wait:
            return False
        steps = self.queue.requirement if self.asked.requirement is None else self.asked.requirement
        needed = [step for step in steps if self.joined + step.after <= now]
        skills = needed[-1].skills if needed else frozenset[tuple[str, int]]()
        return all(agent.skills.get(skill, 0) >= least for skill, least in skills)


@dataclass
class Staff:
    agent: Agent
    state: State = State.SIGNED_OUT
    since: float = 0.0
    reachable: bool = False
    refused: bool = False  # and has not said since that they are back
    work: dict[str, Medium] = field(default_factory=dict[str, Medium])  # by offer, ringing or talking


class Day:
    """Turn by turn; a broken law is an AssertionError."""

    def __init__(self, seed: int, kind: type[Desk] = Desk) -> None:
        self.dice, self.now, self.made = random.Random(seed), 0.0, 0
        self.desk, self.kind = kind(QUEUES, AGENTS), kind
        self.callers: dict[str, Waiting] = {}
        self.staff = {agent.name: Staff(agent) for agent in AGENTS}
        self.live: dict[str, str] = {}  # offer -> contact
        self.talks: dict[str, str] = {}  # offer -> agent
        self.over: set[str] = set()
        self.log: list[tuple[Event | None, float, list[Effect]]] = []
        self.area = self.waits = 0.0
        self.leaving: Waiting | None = None
        self.counts = {"joined": 0, "served": 0, "left": 0, "given back": 0}
        for name in self.staff:
            self.tell(PhoneReachable(name, True))
            self.tell(AgentSignsIn(name))

    def run(self, turns: int = 120) -> None:
        again_at = self.dice.randrange(turns)
        for turn in range(turns):
            self.pass_time(self.dice.choice((0, 0, 0.5, 1, 1, 2, 4)))
            self.tell(self.something())
            if turn == again_at:
                self.go_on_elsewhere()
        self.close()

    def pass_time(self, seconds: float) -> None:
        then = self.now + seconds
        while (at := self.desk.deadline) is not None and at <= then:
            self.advance(max(at, self.now))
            self.tell(None)
            assert self.desk.deadline is None or self.desk.deadline > self.now, "what was due has been done"
        self.advance(then)

    def advance(self, then: float) -> None:
        self.area += (then - self.now) * len(self.callers)
        self.now = then

    def go_on_elsewhere(self) -> None:
        """P10: through JSON and back; the copy must do what the original does."""
        kept = json.loads(json.dumps(self.desk.snapshot(), allow_nan=False))
        copy = self.kind.restored(QUEUES, AGENTS, kept)
        assert copy.snapshot() == self.desk.snapshot()
        assert copy.deadline == self.desk.deadline
        self.desk = copy

    def something(self) -> Event:
        dice, agent = self.dice, self.dice.choice(AGENTS).name
        ringing = [offer for offer in self.live if offer not in self.talks]
        if ringing and dice.random() < 0.35:
            offer = dice.choice(ringing)
            return AgentRefused(offer, dice.random() < 0.3) if dice.random() < 0.25 else AgentAnswered(offer)
        if self.talks and dice.random() < 0.3:
            return ConversationEnded(dice.choice(list(self.talks)))
        if self.callers and dice.random() < 0.15:
            contact, queue = dice.choice(list(self.callers)), dice.choice(QUEUES).name
            return dice.choice(
                (
                    CallerLeft(contact),
                    CallerLeft(contact),
                    CallerRemoved(contact),
                    CallerMoved(contact, queue),
                    Reprioritised(contact, dice.randrange(3), dice.choice((None, 8.0))),
                )
            )
        if dice.random() < 0.4:
            return self.about(agent)
        self.made += 1
        return self.arrival()

    def arrival(self) -> CallerJoined:
        dice = self.dice
        preferred = dice.choice(AGENTS).name if dice.random() < 0.15 else ""
        return CallerJoined(
            f"c{self.made}",
            dice.choice(QUEUES).name,
            priority=dice.choice((0, 0, 0, 1)),
            credit=dice.choice((0.0, 0.0, 8.0)),
            preferred=preferred,
            hold=8.0 if preferred else 0.0,
            strict=dice.random() < 0.05,
        )

    def about(self, agent: str) -> Event:
        return self.dice.choice(
            (
                AgentSignsIn(agent),
                AgentSignsIn(agent),
                AgentSignsIn(agent),
                AgentResumes(agent),
                AgentResumes(agent),
                AgentSignsOut(agent),
                AgentPauses(agent, "tea"),
                AgentForced(agent, State.READY, "zoe"),
                PhoneReachable(agent, self.dice.random() < 0.7),
                PhoneBusy(agent, self.dice.random() < 0.3),
                WrapUpExtended(agent, 2),
            )
        )

    def tell(self, event: Event | None) -> None:
        if isinstance(event, CallerJoined) and event.contact not in self.callers:
            self.counts["joined"] += 1
            queue = next(queue for queue in QUEUES if queue.name == event.queue)
            self.callers[event.contact] = Waiting(event, queue, self.now, self.now, self.made)
        effects = self.desk.on_deadline(self.now) if event is None else self.desk.handle(event, self.now)
        self.log.append((event, self.now, effects))
        self.leaving = self.callers.get(event.contact) if isinstance(event, CallerLeft) else None
        self.note(event)
        for effect in effects:
            self.judge(effect)
        self.leave_by(event)
        self.look_around()

    def note(self, event: Event | None) -> None:
        match event:
            case CallerMoved(contact, name) if contact in self.callers:
                one = self.callers[contact]
                if one.queue.name != name:
                    one.queue, one.joined = next(queue for queue in QUEUES if queue.name == name), self.now
                    one.asked = CallerJoined(
                        contact, name, one.asked.priority, one.asked.credit, strict=one.asked.strict
                    )
            case Reprioritised(contact, priority, credit) if contact in self.callers:
                one, asked = self.callers[contact], self.callers[contact].asked
                credit = asked.credit if credit is None else credit
                one.asked = CallerJoined(
                    contact, asked.queue, priority, credit, None, asked.preferred, asked.hold, asked.strict
                )
            case AgentRefused(offer):
                if offer in self.live and offer not in self.talks:
                    self.staff[self.callers[self.live[offer]].rings[offer]].refused = True
                    self.end(offer)
            case PhoneReachable(name, reachable):
                self.staff[name].reachable = reachable
                self.staff[name].refused &= not reachable
            case AgentSignsIn(name) | AgentResumes(name) | AgentForced(name):
                self.staff[name].refused = False
            case ConversationEnded(offer) if offer in self.talks:
                self.live.pop(offer)
                agent = self.talks.pop(offer)
                del self.staff[agent].work[offer]
            case _:
                pass

    def end(self, offer: str) -> None:
        contact = self.live.pop(offer, None)
        if contact is not None:
            agent = self.callers[contact].rings.pop(offer)
            del self.staff[agent].work[offer]
            self.over.add(offer)

    def leave_by(self, event: Event | None) -> None:
        if isinstance(event, CallerLeft) and event.contact in self.callers:
            one = self.callers.pop(event.contact)
            assert not one.rings, "P13: nobody's phone rings for a caller who is gone"
            self.counts["left"] += 1
            self.waits += self.now - one.entered

    def judge(self, effect: Effect) -> None:
        match effect:
            case Offer(offer, contact, queue, agent):
                self.judge_offer(offer, contact, queue, self.staff[agent])
            case Withdraw(offer, contact, agent, reason):
                assert self.live.get(offer) == contact, "only what rings can be withdrawn"
                assert offer not in self.talks, "nor what is answered"
                assert (reason == "answered_elsewhere") == (contact not in self.callers), reason
                self.drop_ring(offer, agent)
                self.staff[agent].refused |= reason == "no_answer"
            case Connect(offer, contact, queue, agent):
                assert self.live[offer] == contact
                one = self.callers.pop(contact)
                assert one.queue.name == queue
                assert one.rings[offer] == agent
                self.talks[offer] = agent
                self.counts["served"] += 1
                self.waits += self.now - one.entered
            case GiveBack(contact, reason):
                one = self.callers.pop(contact)
                assert not one.rings, "P13: the ring ends first"
                self.counts["given back"] += 1
                self.waits += self.now - one.entered
            case StateChanged(agent, state):
                staff = self.staff[agent]
                staff.since = staff.since if staff.state is state else self.now
                staff.state = state

    def drop_ring(self, offer: str, agent: str) -> None:
        contact = self.live.pop(offer)
        if contact in self.callers:
            del self.callers[contact].rings[offer]
        del self.staff[agent].work[offer]
        self.over.add(offer)

    def talking(self, staff: Staff) -> bool:
        return any(self.talks.get(offer) == staff.agent.name for offer in staff.work)

    def judge_offer(self, offer: str, contact: str, queue: str, staff: Staff) -> None:
        assert contact in self.callers, "P13: only who waits is offered"
        assert offer not in self.live
        assert offer not in self.over, "P7: no offer twice"
        one, agent = self.callers[contact], staff.agent
        assert one.queue.name == queue
        assert one.may_go_to(agent, self.now), "P5: only who has the skill, the tier and the channel"
        limit = one.queue.ring_limit if one.queue.strategy == "ring_all" else 1
        assert len(one.rings) < limit, "P7: so many phones at most"
        assert agent.name not in self.ringing(), "P7: one ring for an agent"
        assert staff.reachable, "a phone that is not registered is never rung"
        assert not staff.refused, "who did not answer is asked first"
        others = [
            other
            for other in self.callers.values()
            if other.queue is one.queue
            and not other.rings
            and not other.held(self.now)
            and other is not self.leaving
        ]
        if one.rings:
            assert not [o for o in others if o.may_go_to(agent, self.now) and self.open_to(o)], "P2"
        elif not one.asked.preferred:
            ahead = [o for o in others if o.place < one.place and o.may_go_to(agent, self.now)]
            assert not [o for o in ahead if self.open_to(o)], "P3, P4: nobody overtakes without credit"
        taken = list(staff.work.values())
        load = [
            CHANNELS[m].units for m in taken if one.queue.medium != "voice" or not CHANNELS[m].interruptible
        ]
        assert sum(load) + CHANNELS[one.queue.medium].units <= CAPACITY, "P6: capacity"
        one.rings[offer] = agent.name
        self.live[offer] = contact
        staff.work[offer] = one.queue.medium

    def ringing(self) -> set[str]:
        return {agent for one in self.callers.values() for agent in one.rings.values()}

    def open_to(self, one: Waiting) -> bool:
        """No reserve may hold this caller back."""
        return bool(one.queue.reserve) or one.queue.tier == "emergency" or one.asked.strict

    def look_around(self) -> None:
        """P2: who waits has nobody who could serve them, unless a reserve or a hold explains it."""
        ready = [staff.agent for staff in self.staff.values() if staff.state is State.READY]
        for one in self.callers.values():
            if one.rings or one.held(self.now):
                continue
            able = [agent for agent in ready if one.may_go_to(agent, self.now)]
            kept = [agent for agent in able if "german" in agent.skills and "gold" in agent.queues]
            if self.open_to(one) or self.now >= one.place[1] + 6 * one.queue.target:
                kept = []
            assert len(able) <= len(kept), "P2: nobody waits while an agent is ready"
            assert len(kept) <= 1 or one.queue.medium != "voice", "P2: one is reserved, not more"
        for name, staff in self.staff.items():
            status = next(one for one in self.desk.agents() if one.agent == name)
            assert status.state is staff.state
            assert (status.state is State.RINGING) == (name in self.ringing()), "a reserved agent is rung"
            assert (status.state is State.TALKING) <= self.talking(staff), "who talks has a conversation"
        assert self.counts["joined"] == len(self.callers) + sum(
            self.counts[way] for way in ("served", "left", "given back")
        ), "P1: nobody is lost or counted twice"
        self.look_at_queues()

    def look_at_queues(self) -> None:
        for queue in QUEUES:
            line = sorted((o for o in self.callers.values() if o.queue is queue), key=lambda one: one.place)
            shown = self.desk.waiting(queue.name)
            assert [one.contact for one in shown] == [one.asked.contact for one in line], "P4: by place"
            assert [self.desk.position(one.contact) for one in shown] == [one.position for one in shown]

    def close(self) -> None:
        for contact in list(self.callers):
            self.tell(CallerLeft(contact))
        for offer in list(self.talks):
            self.tell(ConversationEnded(offer))
        assert self.desk.at_rest() == [], "P7: every offer has ended"
        assert self.area == self.waits, "P15: Little"

    def told_again(self, shift: float) -> None:
        """P8, P9: the same events at another hour of the day have the same effects."""
        desk = self.kind(QUEUES, AGENTS)
        for event, now, effects in self.log:
            again = desk.on_deadline(now + shift) if event is None else desk.handle(event, now + shift)
            assert again == effects


def days(seeds: Iterable[int], kind: type[Desk] = Desk, turns: int = 120) -> None:
    for seed in seeds:
        day = Day(seed, kind)
        day.run(turns)
        day.told_again(4096.0)
