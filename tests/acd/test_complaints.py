"""What users of other queues complain of, one scenario for each, named after the entry in the collection."""

from pbx.acd.desk import Desk
from pbx.acd.forecast import Forecast, Promise, Span
from pbx.acd.model import (
    Agent,
    AgentAnswered,
    AgentPauses,
    AgentRefused,
    AgentResumes,
    CallerLeft,
    CallerMoved,
    Connect,
    ConversationEnded,
    GiveBack,
    PhoneReachable,
    Queue,
    Reprioritised,
    State,
    StateChanged,
    Withdraw,
)
from tests.acd.stage import at_work, join, offered, office, serve, state

Q = Queue("q", wrap_up=0)
ALL = Queue("q", "ring_all", wrap_up=0)


def test_c1_an_agent_of_a_tier_not_yet_called_on_serves_the_lighter_queue():
    heavy, light = Queue("heavy", weight=100, tier_wait=30), Queue("light")
    both = frozenset({"heavy", "light"})
    desk = Desk((heavy, light), [Agent("a", both), Agent("b", both, tiers={"heavy": 2})])
    at_work(desk, "b")
    assert join(desk, "c1", "heavy", 0) == []
    assert join(desk, "c2", "light", 1) == [("c2", "b")]


def test_c2_longest_waiting_counts_priority():
    desk = office(Q, Queue("other"), staff="ann")
    join(desk, "busy")
    join(desk, "plain", "other", 1)
    join(desk, "urgent", "q", 30, priority=1)
    assert serve(desk, 1, 31) == [("urgent", "ann")]


def test_c3_a_call_that_joins_first_in_line_stops_nothing():
    desk = office(Q, staff="ann")
    join(desk, "busy")
    join(desk, "c1", now=1)
    join(desk, "first", now=2, strict=True)
    assert desk.position("first") == 1
    assert serve(desk, 1, 3) == [("first", "ann")]
    assert serve(desk, 2, 4) == [("c1", "ann")]


def test_c4_between_queues_the_order_is_known():
    for _ in range(3):
        desk = office(Queue("a", target=20, wrap_up=0), Queue("b", target=10, wrap_up=0), staff="ann")
        join(desk, "busy", "a")
        join(desk, "slow", "a", 1)
        join(desk, "fast", "b", 5)
        assert serve(desk, 1, 15) == [("fast", "ann")]


def test_c5_a_new_priority_counts_at_once():
    desk = office(Q, staff="ann")
    for at, contact in enumerate(("busy", "c1", "c2")):
        join(desk, contact, now=at)
    desk.handle(Reprioritised("c2", 1), 3)
    assert [one.contact for one in desk.waiting("q")] == ["c2", "busy", "c1"]
    desk.handle(Reprioritised("c2", 0, 0.5), 3)
    assert [one.contact for one in desk.waiting("q")] == ["busy", "c1", "c2"]
    assert serve(desk, 1, 4) == [("c1", "ann")]


def test_c6_of_thirteen_waiting_the_first_is_connected():
    desk = office(Q, staff="ann")
    join(desk, "busy")
    for number in range(13):
        join(desk, f"c{number}", now=number, priority=number == 7)
    assert serve(desk, 1, 20) == [("c7", "ann")]
    assert serve(desk, 2, 21) == [("c0", "ann")]


def test_c7_callbacks_with_credit_do_not_starve_those_who_wait():
    desk = office(Q, staff="ann")
    join(desk, "busy")
    join(desk, "live", now=1)
    for number in range(5):
        join(desk, f"back{number}", now=100 + number, credit=60)
    assert serve(desk, 1, 110) == [("live", "ann")]


def test_c8_c12_whoever_comes_back_or_is_moved_keeps_the_place():
    desk = office(Q, Queue("other"), staff="ann")
    join(desk, "busy")
    join(desk, "early", "other", 5)
    join(desk, "late", "q", 10)
    join(desk, "back", "q", 50, credit=48)
    desk.handle(CallerMoved("early", "q"), 60)
    assert [one.contact for one in desk.waiting("q")] == ["busy", "back", "early", "late"]
    assert serve(desk, 1, 61) == [("back", "ann")]
    assert serve(desk, 2, 62) == [("early", "ann")]


def test_c9_one_call_is_answered_by_one_agent():
    desk = office(ALL, staff="ann bob cat")
    assert join(desk, "c1") == [("c1", "ann"), ("c1", "bob"), ("c1", "cat")]
    effects = desk.handle(AgentAnswered("o2"), 1)
    assert [one for one in effects if isinstance(one, Connect)] == [Connect("o2", "c1", "q", "bob")]
    assert [one.offer for one in effects if isinstance(one, Withdraw)] == ["o1", "o3"]
    assert desk.handle(AgentAnswered("o3"), 1) == []
    assert (state(desk, "ann"), state(desk, "cat")) == (State.READY, State.READY)


def test_c10_one_who_refuses_does_not_silence_the_others():
    desk = office(ALL, staff="ann bob")
    join(desk, "c1")
    assert desk.handle(AgentRefused("o1"), 1) == [StateChanged("ann", State.NOT_READY, "rejected")]
    assert desk.handle(AgentResumes("ann"), 2) == [StateChanged("ann", State.READY)]
    assert isinstance(desk.handle(AgentAnswered("o2"), 3)[0], Connect)


def test_c11_an_idle_agent_is_offered_the_call_in_the_same_turn():
    desk = office(Q, staff="ann")
    join(desk, "busy")
    join(desk, "c1", now=1)
    desk.handle(AgentAnswered("o1"), 1)
    assert offered(desk.handle(ConversationEnded("o1"), 1.001)) == [("c1", "ann")]
    assert desk.deadline == 1.001 + 15, "the ring time: nobody polls"


def test_c13_ring_all_leaves_nobody_reserved():
    desk = office(Queue("q", "ring_all", ring_limit=12), staff=" ".join(f"a{n}" for n in range(12)))
    assert len(join(desk, "c1")) == 12
    desk.handle(CallerLeft("c1"), 1)
    assert {one.state for one in desk.agents()} == {State.READY}


def test_c14_a_wrong_event_stops_nothing():
    desk = office(Q, staff="ann")
    for event in (AgentAnswered("nobody"), CallerLeft("nobody"), ConversationEnded("nobody")):
        assert desk.handle(event, 0) == []
    assert join(desk, "c1") == [("c1", "ann")]


def test_c15_no_phone_rings_on_after_the_caller_has_gone():
    desk = office(Q, staff="ann")
    join(desk, "c1")
    assert desk.handle(CallerLeft("c1"), 1)[0] == Withdraw("o1", "c1", "ann", "caller_left")
    assert desk.handle(AgentAnswered("o1"), 1) == []
    join(desk, "c2", now=2)
    assert isinstance(desk.handle(AgentPauses("ann"), 3)[0], Withdraw)
    assert desk.deadline is None, "and it is not tried for ever"


def test_c16_positions_are_announced_and_only_fall():
    promise = Promise()
    assert promise.announce(400, 9) == Span(5, 10)
    assert promise.announce(700, 9) == Span(5, 10)
    assert promise.announce(700, 12, overtaken=True) == Span(10, 15)
    assert promise.announce(30, 2) == Span(1, 3), "never next unless first"
    assert promise.announce(30, 1) == Span(0, 1)


def test_c17_the_expected_wait_follows_the_position():
    forecast = Forecast()
    for _ in range(9):
        forecast.handled(100)
    waits = [forecast.expected(ahead, 2) for ahead in (9, 4, 0)]
    assert waits == [500, 250, 50]


def test_c18_agents_come_back_from_wrap_up_in_the_order_they_finished():
    desk = office(Queue("q", wrap_up=10), staff="ann bob")
    for number, contact in ((1, "c1"), (2, "c2")):
        join(desk, contact)
        desk.handle(AgentAnswered(f"o{number}"), 0)
    desk.handle(ConversationEnded("o2"), 5)
    desk.handle(ConversationEnded("o1"), 6)
    desk.on_deadline(15)
    desk.on_deadline(16)
    assert join(desk, "c3", now=20) == [("c3", "bob")]


def test_c56_an_agent_whose_phone_is_not_registered_is_not_available():
    desk = office(Q, staff="ann")
    assert desk.handle(PhoneReachable("ann", False), 1) == [StateChanged("ann", State.NOT_READY, "phone")]
    assert join(desk, "c1", now=2) == []


def test_c57_a_rejected_call_does_not_ring_the_only_agent_again_and_a_break_stays_one():
    desk = office(Q, staff="ann")
    join(desk, "c1")
    assert desk.handle(AgentRefused("o1"), 1) == [StateChanged("ann", State.NOT_READY, "rejected")]
    assert desk.handle(PhoneReachable("ann", True), 2) == []
    desk.handle(AgentPauses("ann", "lunch"), 3)
    assert desk.handle(AgentRefused("o1"), 4) == []
    assert state(desk, "ann") is State.NOT_READY
    assert not [one for one in desk.handle(CallerLeft("c1"), 5) if isinstance(one, GiveBack)]
