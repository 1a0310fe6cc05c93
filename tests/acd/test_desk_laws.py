"""Laws of the desk over any day: callers, agents, phones and administrators doing anything, in any order."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

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
    StateChanged,
)
from tests.acd.witness import Witness

QUEUE_NAMES = ("blue", "green", "red")
AGENT_NAMES = ("ann", "bob", "cat", "dan")
EIGHTH = 1 / 8  # all times are eighths of a second and all targets powers of two, so sums are exact

queue_sets = st.fixed_dictionaries(
    {
        name: st.builds(
            Queue,
            st.just(name),
            strategy=st.sampled_from(["longest_idle", "fewest_calls"]),
            ring_time=st.sampled_from([0.0, 2.0, 15.0]),
            wrap_up=st.sampled_from([0.0, 1.0, 10.0]),
            maximum_wait=st.sampled_from([None, 0.0, 5.0, 40.0]),
            maximum_length=st.sampled_from([None, 0, 1, 2]),
            refuse_when_empty=st.sampled_from(["never", "never", "signed_out"]),
            priority_credit=st.sampled_from([0.0, 1.0, 60.0]),
            target=st.sampled_from([1.0, 2.0, 16.0]),
            weight=st.sampled_from([1.0, 4.0]),
        )
        for name in QUEUE_NAMES[:2]
    },
    optional={"red": st.just(Queue("red"))},
)
agent_sets = st.fixed_dictionaries(
    {name: st.frozensets(st.sampled_from(QUEUE_NAMES), min_size=1) for name in AGENT_NAMES[:3]},
    optional={"dan": st.just(frozenset({"blue"}))},
).map(lambda sets: tuple(Agent(name, queues) for name, queues in sets.items()))

agents = st.sampled_from(AGENT_NAMES)


class AnyDay(RuleBasedStateMachine):
    """The witness judges every turn; at closing time the whole day is told again to other desks."""

    @initialize(queues=queue_sets, staff=agent_sets, asleep=st.booleans())
    def open_the_doors(self, queues: dict[str, Queue], staff: tuple[Agent, ...], asleep: bool) -> None:
        self.setting = tuple(queues.values()), staff
        self.witness = Witness(*self.setting)
        self.now, self.callers, self.sound = 0.0, 0, True
        self.log: list[tuple[Event | None, float, list[Effect]]] = []
        for agent in () if asleep else staff:
            self.tell(PhoneReachable(agent.name, True))
            self.tell(AgentSignsIn(agent.name))

    def tell(self, event: Event | None) -> None:
        self.sound = False
        self.log.append((event, self.now, self.witness.step(event, self.now)))
        self.sound = True

    def pick(self, live: list[str], made: int, prefix: str, which: int) -> str:
        """One that lives, three times of four; else any there ever was."""
        if live and which % 4:
            return live[which % len(live)]
        return f"{prefix}{which % (made + 2)}"

    def offer(self, which: int, answered: bool) -> str:
        live = [offer for offer, ring in self.witness.rings.items() if ring.answered is answered]
        return self.pick(live, len(self.witness.spent) + len(self.witness.rings), "o", which)

    @rule(queue=st.sampled_from((*QUEUE_NAMES, "none")), priority=st.integers(-1, 3), again=st.integers(0, 9))
    def a_caller_joins(self, queue: str, priority: int, again: int) -> None:
        self.callers += again > 0
        self.tell(CallerJoined(f"c{self.callers}", queue, priority))

    @rule(count=st.integers(2, 5), queue=st.sampled_from(QUEUE_NAMES[:2]))
    def callers_come_at_once(self, count: int, queue: str) -> None:
        for _ in range(count):
            self.callers += 1
            self.tell(CallerJoined(f"c{self.callers}", queue))

    @rule(which=st.integers(0, 99))
    def a_caller_leaves(self, which: int) -> None:
        self.tell(CallerLeft(self.pick(list(self.witness.callers), self.callers, "c", which)))

    @rule(agent=agents)
    def an_agent_signs_in(self, agent: str) -> None:
        self.tell(AgentSignsIn(agent))

    @rule(agent=agents)
    def an_agent_comes_to_work(self, agent: str) -> None:
        self.tell(PhoneReachable(agent, True))
        self.tell(PhoneBusy(agent, False))
        self.tell(AgentSignsIn(agent))

    @rule(agent=agents, event=st.sampled_from([AgentSignsOut, AgentPauses, AgentResumes, AgentResumes]))
    def an_agent_changes_plans(
        self, agent: str, event: type[AgentSignsOut | AgentPauses | AgentResumes]
    ) -> None:
        self.tell(event(agent))

    @rule(agent=agents, yes=st.booleans(), event=st.sampled_from([PhoneReachable, PhoneBusy]))
    def a_phone_changes(self, agent: str, yes: bool, event: type[PhoneReachable | PhoneBusy]) -> None:
        self.tell(event(agent, yes))

    @rule(which=st.integers(0, 99))
    def an_agent_answers(self, which: int) -> None:
        self.tell(AgentAnswered(self.offer(which, answered=False)))

    @rule(which=st.integers(0, 99), unreachable=st.booleans())
    def an_agent_refuses(self, which: int, unreachable: bool) -> None:
        self.tell(AgentRefused(self.offer(which, answered=False), unreachable))

    @rule(which=st.integers(0, 99))
    def a_conversation_ends(self, which: int) -> None:
        self.tell(ConversationEnded(self.offer(which, answered=True)))

    @rule(queues=queue_sets, staff=agent_sets)
    def the_administrator_reloads(self, queues: dict[str, Queue], staff: tuple[Agent, ...]) -> None:
        self.tell(Reconfigured(tuple(queues.values()), staff))

    @rule(eighths=st.integers(0, 400))
    def time_passes(self, eighths: int) -> None:
        target = self.now + eighths * EIGHTH
        while (at := self.witness.desk.deadline) is not None and at <= target:
            self.now = max(self.now, at)
            self.tell(None)
        self.now = target

    @rule(eighths=st.integers(1, 160))
    def the_loop_is_late(self, eighths: int) -> None:
        """Events overtake deadlines, and several deadlines are met in one turn."""
        self.now += eighths * EIGHTH

    def teardown(self) -> None:
        if not getattr(self, "sound", False):
            return  # the day has not begun, or has failed already
        self.the_same_events_have_the_same_effects_at_any_hour()
        self.the_queue_length_over_time_is_the_sum_of_waits()
        self.every_offer_ends_exactly_once()

    def the_same_events_have_the_same_effects_at_any_hour(self) -> None:
        for shift in (0.0, 4096.0):
            desk = Desk(*self.setting)
            for event, now, effects in self.log:
                again = desk.on_deadline(now + shift) if event is None else desk.handle(event, now + shift)
                assert again == effects

    def the_queue_length_over_time_is_the_sum_of_waits(self) -> None:
        for contact in list(self.witness.callers):
            self.tell(CallerLeft(contact))
        assert self.witness.area == self.witness.waits

    def every_offer_ends_exactly_once(self) -> None:
        for offer in [offer for offer, ring in self.witness.rings.items() if ring.answered]:
            self.tell(ConversationEnded(offer))
        assert self.witness.desk.at_rest() == []
        turns = [effect for _, _, effects in self.log for effect in effects]
        made = [effect.offer for effect in turns if isinstance(effect, Offer)]
        assert made == [f"o{number}" for number in range(1, len(made) + 1)]
        assert self.witness.spent == set(made)


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def served(desk: Desk, event: Event | None, now: float) -> list[str]:
    """Whom one agent's turn serves, answered at once."""
    effects = desk.on_deadline(now) if event is None else desk.handle(event, now)
    contacts = [effect.contact for effect in effects if isinstance(effect, Offer)]
    for effect in effects:
        if isinstance(effect, Offer):
            answer = desk.handle(AgentAnswered(effect.offer), now)
            assert any(isinstance(part, Connect) for part in answer)
    return contacts


def test_a_light_queue_is_not_starved_by_a_heavy_one():
    """One agent, calls of 10 s; the heavy queue gets one every 5 s, for ever. The guard is at 6 x 60 s."""
    queues = (Queue("heavy", wrap_up=0, weight=5, target=20), Queue("light", wrap_up=0, weight=1, target=60))
    desk = Desk(queues, [Agent("ann", frozenset({"heavy", "light"}))])
    desk.handle(PhoneReachable("ann", True), 0)
    desk.handle(AgentSignsIn("ann"), 0)
    talking = served(desk, CallerJoined("first", "heavy"), 0)
    desk.handle(CallerJoined("lonely", "light"), 0)
    for now in range(5, 6000, 5):
        desk.handle(CallerJoined(f"h{now}", "heavy"), now)
        if now % 10 == 0:
            talking = served(desk, ConversationEnded(f"o{now // 10}"), now)
            if talking == ["lonely"]:
                assert now == 360
                return
    raise AssertionError("never served")


@settings(max_examples=60, deadline=None)
@given(
    weights=st.tuples(st.sampled_from([1.0, 8.0]), st.sampled_from([1.0, 8.0])),
    targets=st.tuples(st.sampled_from([2.0, 16.0]), st.sampled_from([2.0, 16.0])),
    arrivals=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 4)), min_size=5, max_size=60
    ),
    talk=st.integers(1, 9),
)
def test_after_the_guard_only_those_with_an_earlier_place_go_first(
    weights: tuple[float, float],
    targets: tuple[float, float],
    arrivals: list[tuple[int, int, int]],
    talk: int,
):
    queues = [Queue(f"q{at}", wrap_up=0, weight=weights[at], target=targets[at]) for at in (0, 1)]
    desk = Desk(queues, [Agent("ann", frozenset({"q0", "q1"}))])
    desk.handle(PhoneReachable("ann", True), 0)
    desk.handle(AgentSignsIn("ann"), 0)
    places: dict[str, tuple[float, float]] = {}  # contact -> (entered - credit, when the guard is reached)
    now, free_at, conversations = 0, 0, 0
    pending = list(arrivals)
    while pending or places:
        contacts: list[str] = []
        if pending:
            at, priority, gap = pending.pop()
            now += gap
            contact = f"c{len(pending)}"
            spot = now - priority * 60.0
            places[contact] = (spot, spot + 6 * targets[at])
            contacts = served(desk, CallerJoined(contact, f"q{at}", priority), now)
        else:
            now = max(now, free_at)
        if not contacts and conversations and now >= free_at:
            contacts = served(desk, ConversationEnded(f"o{conversations}"), now)
        for contact in contacts:
            conversations, free_at = conversations + 1, now + talk
            mine = places.pop(contact)
            assert not [one for one in places.values() if one[1] <= now and one[0] < mine[0]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 90)), min_size=2, max_size=30))
def test_credit_overtakes_exactly_those_who_came_within_it(arrivals: list[tuple[int, int]]):
    desk = Desk([Queue("q", wrap_up=0)], [Agent("ann", frozenset({"q"}))])
    now = 0
    places: list[tuple[int, int, str]] = []
    for number, (priority, gap) in enumerate(arrivals):
        now += gap
        desk.handle(CallerJoined(f"c{number}", "q", priority), now)
        places.append((now - 60 * priority, number, f"c{number}"))
    order = [contact for _, _, contact in sorted(places)]
    assert [caller.contact for caller in desk.waiting("q")] == order
    desk.handle(PhoneReachable("ann", True), now)
    turns = [served(desk, AgentSignsIn("ann"), now)]
    turns += [served(desk, ConversationEnded(f"o{number}"), now) for number in range(1, len(order))]
    assert turns == [[contact] for contact in order]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(6)))
def test_alike_agents_serve_in_the_order_they_became_idle(order: list[int]):
    desk = Desk([Queue("q")], [Agent(f"a{number}", frozenset({"q"})) for number in range(6)])
    for number in order:
        desk.handle(PhoneReachable(f"a{number}", True), 0)
        desk.handle(AgentSignsIn(f"a{number}"), 0)
    offers = [desk.handle(CallerJoined(f"c{turn}", "q"), 1)[0] for turn in range(6)]
    assert [offer.agent for offer in offers if isinstance(offer, Offer)] == [f"a{number}" for number in order]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["join", "leave", "answer", "end", "sign in"]))
def test_saying_it_twice_changes_nothing(what: str):
    desk = Desk([Queue("q")], [Agent("ann", frozenset({"q"}))])
    desk.handle(PhoneReachable("ann", True), 0)
    story: list[tuple[str, Event]] = [
        ("sign in", AgentSignsIn("ann")),
        ("join", CallerJoined("c", "q")),
        ("answer", AgentAnswered("o1")),
        ("end", ConversationEnded("o1")),
        ("leave", CallerLeft("c")),
    ]
    for name, event in story:
        effects = desk.handle(event, 1)
        assert bool(effects) is (name != "leave")
        if name == what and name != "leave":
            assert desk.handle(event, 1) == []
            assert not [effect for effect in effects if isinstance(effect, GiveBack)]
            assert [effect for effect in effects if isinstance(effect, StateChanged)]
