"""Who may serve whom, whose turn it is, and when a queue gives callers back."""

import json
from math import inf

import pytest

from pbx.acd.desk import Desk
from pbx.acd.model import (
    Agent,
    AgentAnswered,
    AgentForced,
    AgentPauses,
    AgentRefused,
    AgentSignsOut,
    CallerJoined,
    CallerRemoved,
    ConversationEnded,
    GiveBack,
    Medium,
    Needs,
    Offer,
    PhoneReachable,
    Queue,
    QueueClosed,
    QueueOpened,
    State,
    StateChanged,
    Strategy,
    Withdraw,
    WrapUpExtended,
)
from pbx.acd.ranking import AT_ONCE, deferred
from tests.acd.stage import at_work, join, offered, office, serve, state

Q = Queue("q", wrap_up=0)
ONE = frozenset({"q"})


def german(*levels: tuple[float, int]) -> tuple[Needs, ...]:
    return tuple(Needs(at, frozenset({("german", level)} if level else ())) for at, level in levels)


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("longest_idle", ["cat", "bob", "ann"]),
        ("fewest_calls", ["cat", "bob", "ann"]),
        ("least_talk", ["ann", "bob", "cat"]),
        ("round_robin", ["ann", "bob", "cat"]),
        ("linear", ["ann", "bob", "cat"]),
    ],
)
def test_the_strategy_decides_whose_turn_it_is(strategy: Strategy, order: list[str]):
    """Ann talks for 10 s, bob for 20, cat for 30; they end in the order cat, bob, ann."""
    desk = office(Queue("q", strategy, wrap_up=0), staff="ann bob cat")
    assert [join(desk, f"c{number}")[0][1] for number in (1, 2, 3)] == ["ann", "bob", "cat"]
    for number, answered, ended in ((3, 0, 30), (2, 11, 31), (1, 22, 32)):
        desk.handle(AgentAnswered(f"o{number}"), answered)
        desk.handle(ConversationEnded(f"o{number}"), ended)
    assert [join(desk, f"c{number}", now=40)[0][1] for number in (4, 5, 6)] == order


def test_least_talk_is_counted_in_seconds():
    desk = office(Queue("q", "least_talk", wrap_up=0), staff="ann bob")
    join(desk, "c1")
    desk.handle(AgentAnswered("o1"), 0)
    desk.handle(ConversationEnded("o1"), 50)
    for number in (2, 3):
        assert join(desk, f"c{number}", now=60) == [(f"c{number}", "bob")]
        serve(desk, number, 70)


def test_random_is_the_same_each_time_and_not_an_order():
    def day() -> str:
        desk = office(Queue("q", "random", wrap_up=0), staff="ann bob cat")
        turns = ""
        for number in range(1, 31):
            turns += join(desk, f"c{number}", now=number)[0][1][0]
            serve(desk, number, number)
        return turns

    assert day() == day()
    assert {"ab", "ac", "ba", "bc", "ca", "cb", "aa"} & {day()[at : at + 2] for at in range(29)} > {
        "ab",
        "ba",
    }


def test_ring_all_rings_no_more_than_its_limit_and_replaces_who_refuses():
    desk = office(Queue("q", "ring_all", ring_limit=2), staff="ann bob cat")
    assert join(desk, "c1") == [("c1", "ann"), ("c1", "bob")]
    assert offered(desk.handle(AgentRefused("o1"), 1)) == [("c1", "cat")]


def test_nobody_s_second_phone_rings_before_another_s_first():
    desk = office(Queue("q", "ring_all"), staff="ann")
    join(desk, "c1")
    join(desk, "c2")
    desk.handle(AgentPauses("ann"), 1)
    effects = desk.handle(AgentForced("ann", State.READY, "zoe"), 2)
    assert offered(effects) == [("c1", "ann")]
    assert desk.position("c2") == 2


def test_agents_of_a_later_tier_join_on_time():
    agents = [Agent("bob", ONE, tiers={"q": 2}), Agent("ann", ONE), Agent("cat", ONE, tiers={"q": 3})]
    desk = Desk([Queue("q", tier_wait=10)], agents)
    at_work(desk, "bob", "cat")
    assert join(desk, "c1") == []
    assert desk.deadline == 10
    assert offered(desk.on_deadline(10)) == [("c1", "bob")]
    at_once = Desk([Q], agents)
    at_work(at_once, "bob", "ann")
    assert join(at_once, "c1") == [("c1", "ann")]
    assert join(at_once, "c2") == [("c2", "bob")]


def test_the_highest_level_of_what_is_needed_comes_first_then_the_specialist():
    needs = german((0, 2))
    agents = [
        Agent("ann", ONE, skills={"german": 3}),
        Agent("bob", ONE, skills={"german": 9, "maths": 9}),
        Agent("cat", ONE, skills={"german": 9}),
        Agent("dan", ONE),
    ]
    desk = Desk([Queue("q", requirement=needs)], agents)
    at_work(desk, "dan", "ann", "bob", "cat")
    turns = [join(desk, f"c{number}") for number in (1, 2, 3, 4)]
    assert turns == [[("c1", "cat")], [("c2", "bob")], [("c3", "ann")], []]


def test_skill_and_channel_both_count():
    chat = Queue("chat", medium="chat", requirement=german((0, 3)))
    voice = Queue("q", requirement=german((0, 3)))
    both = frozenset({"q", "chat"})
    only_chat: dict[Medium, int] = {"chat": 10}
    agents = [
        Agent("x", both, skills={"german": 5}),
        Agent("y", both, skills={"german": 3}, media=only_chat),
    ]
    desk = Desk([voice, chat], agents)
    at_work(desk, "y", "x")
    assert join(desk, "c1") == [("c1", "x")]
    assert join(desk, "c2", "chat") == [("c2", "y")]
    assert join(desk, "c3", "chat", requirement=german((0, 5))) == []


def test_requirements_relax_at_their_very_moment():
    desk = Desk([Q], [Agent("ann", ONE, skills={"german": 2})])
    at_work(desk, "ann")
    steps = german((0, 4), (30, 2), (60, 0))
    assert join(desk, "c1", requirement=steps) == []
    assert desk.on_deadline(29.999) == []
    assert offered(desk.on_deadline(30)) == [("c1", "ann")]
    plain = Desk([Q], [Agent("ann", ONE)])
    at_work(plain, "ann")
    join(plain, "c1", requirement=steps)
    assert offered(plain.on_deadline(30)) == []
    assert plain.deadline == 60
    assert offered(plain.on_deadline(60)) == [("c1", "ann")]


@pytest.mark.parametrize("steps", [german((5, 4)), german((0, 2), (10, 4)), german((0, 4), (0, 2))])
def test_a_requirement_that_gets_stricter_is_refused(steps: tuple[Needs, ...]):
    with pytest.raises(ValueError, match="may only ask for less"):
        Queue("q", requirement=steps)
    with pytest.raises(ValueError, match="may only ask for less"):
        CallerJoined("c", "q", requirement=steps)


def test_an_emergency_is_served_before_anybody_who_has_waited_for_ever():
    desk = office(Q, Queue("sos", tier="emergency"), staff="ann")
    join(desk, "busy")
    join(desk, "patient", now=1)
    join(desk, "fire", "sos", 9999)
    assert serve(desk, 1, 10_000) == [("fire", "ann")]


def test_deferred_work_at_risk_ranks_with_calls():
    any_of: dict[Medium, int] = {"voice": 1, "email": 1}
    mail = Queue("mail", medium="email", tier="deferred", target=3600, handling_time=100)
    for due, first in ((9000.0, "call"), (200.0, "letter")):
        desk = Desk([Queue("q", target=600), mail], [Agent("ann", frozenset({"q", "mail"}), media=any_of)])
        join(desk, "letter", "mail", 0, due=due)
        join(desk, "call", "q", 50)
        assert offered(at_work(desk, "ann", now=100))[0] == (first, "ann")


def test_what_is_due_earlier_is_served_earlier():
    mail = Queue("mail", tier="deferred")
    desk = office(mail)
    join(desk, "later", "mail", 0, due=900.0)
    join(desk, "sooner", "mail", 5, due=800.0)
    assert [one.contact for one in desk.waiting("mail")] == ["sooner", "later"]


def test_an_agent_takes_three_chats_and_no_call_or_a_call_beside_a_letter():
    media: dict[Medium, int] = {"voice": 1, "chat": 1, "email": 1}
    queues = (Q, Queue("chat", medium="chat"), Queue("mail", medium="email"))
    desk = Desk(queues, [Agent("ann", frozenset({"q", "chat", "mail"}), media=media)])
    at_work(desk, "ann")
    for number in (1, 2, 3):
        assert join(desk, f"c{number}", "chat") == [(f"c{number}", "ann")]
        assert join(desk, f"w{number}", "chat") == [], "one ring at a time"
        desk.handle(CallerRemoved(f"w{number}"), 0)
        desk.handle(AgentAnswered(f"o{number}"), 0)
    assert join(desk, "c4", "chat") == []
    assert join(desk, "c5", "q") == []
    desk = Desk(queues, [Agent("ann", frozenset({"q", "chat", "mail"}), media=media)])
    at_work(desk, "ann")
    join(desk, "letter", "mail")
    desk.handle(AgentAnswered("o1"), 0)
    assert join(desk, "letter 2", "mail") == [("letter 2", "ann")]
    desk.handle(AgentAnswered("o2"), 0)
    assert join(desk, "letter 3", "mail") == []
    assert join(desk, "call", "q") == [("call", "ann")]


def test_the_last_idle_agents_are_kept_for_the_queue_that_reserves_them():
    gold, rest = Queue("gold", reserve={"any": 1}), Queue("rest", target=20)
    desk = office(gold, rest, staff="ann bob")
    assert join(desk, "r1", "rest") == [("r1", "ann")]
    assert join(desk, "r2", "rest") == []
    assert join(desk, "g1", "gold") == [("g1", "bob")]
    desk = office(gold, rest, staff="ann")
    join(desk, "r1", "rest", 5)
    assert desk.deadline == 5 + 6 * 20, "nobody is kept back for ever"
    assert offered(desk.on_deadline(125)) == [("r1", "ann")]
    assert join(office(gold, rest, staff="ann"), "vip", "rest", strict=True) == [("vip", "ann")]


def test_queues_that_reserve_do_not_keep_each_other_waiting():
    desk = office(Queue("a", reserve={"any": 1}), Queue("b", reserve={"any": 1}), staff="ann")
    assert join(desk, "c1", "a") == [("c1", "ann")]


def test_a_reserve_of_a_skill_keeps_nobody_else():
    gold, rest = Queue("gold", reserve={"german": 1}), Queue("rest")
    both = frozenset({"gold", "rest"})
    desk = Desk([gold, rest], [Agent("ann", both), Agent("bob", both, skills={"german": 1})])
    at_work(desk, "bob", "ann")
    assert join(desk, "r1", "rest") == [("r1", "ann")]
    assert join(desk, "r2", "rest") == []


def test_a_caller_waits_for_the_preferred_agent_as_long_as_agreed():
    desk = office(Q, staff="ann bob")
    join(desk, "c1")
    assert join(desk, "c2", now=1, preferred="ann", hold=20.0) == []
    assert desk.deadline == 15
    desk.handle(AgentAnswered("o1"), 2)
    assert offered(desk.handle(ConversationEnded("o1"), 10)) == [("c2", "ann")]
    desk.handle(AgentAnswered("o2"), 11)
    join(desk, "c3", now=12, preferred="ann", hold=20.0)
    assert offered(desk.on_deadline(32)) == [("c3", "bob")]


def test_nobody_is_held_for_an_agent_who_goes():
    desk = office(Q, staff="ann bob")
    join(desk, "c1")
    desk.handle(AgentAnswered("o1"), 0)
    join(desk, "c2", now=1, preferred="ann", hold=20.0)
    desk.handle(AgentPauses("ann"), 2)
    assert offered(desk.handle(ConversationEnded("o1"), 3)) == [("c2", "bob")]
    assert join(desk, "c3", now=4, preferred="ann", hold=20.0) == []
    assert offered(desk.handle(AgentAnswered("o2"), 5)) == []
    assert serve(desk, 2, 6) == [("c3", "bob")]


def test_the_preferred_agent_is_chosen_among_the_idle():
    assert join(office(Q, staff="ann bob"), "c1", preferred="bob") == [("c1", "bob")]


def given_back(desk: Desk, contact: str = "c9", now: float = 0.0, **more: object) -> str:
    effects = desk.handle(CallerJoined(contact, "q", **more), now)  # pyright: ignore[reportArgumentType] - as written
    return next((effect.reason for effect in effects if isinstance(effect, GiveBack)), "")


def test_who_is_blocked_or_comes_to_a_closed_queue_is_given_back():
    desk = office(Q, staff="ann")
    assert given_back(desk, blocked=True) == "blocked"
    desk.handle(QueueClosed("q"), 0)
    assert given_back(desk) == "queue_closed"
    desk.handle(QueueOpened("q"), 0)
    assert given_back(desk) == ""


def test_callers_leave_when_the_last_agent_pauses_if_the_queue_says_so():
    desk = office(Queue("q", wrap_up=0, leave_when_empty="paused"), staff="ann")
    join(desk, "c1")
    desk.handle(AgentAnswered("o1"), 0)
    assert join(desk, "c2") == []
    desk.handle(AgentPauses("ann"), 1)
    effects = desk.handle(ConversationEnded("o1"), 2)
    assert effects == [StateChanged("ann", State.NOT_READY, ""), GiveBack("c2", "no_agents")]
    assert given_back(desk) == "no_agents"
    desk = office(Queue("q", leave_when_empty="signed_out", refuse_when_empty="paused"), staff="ann")
    desk.handle(AgentPauses("ann"), 0)
    assert given_back(desk) == "no_agents"
    desk = office(Queue("q", leave_when_empty="signed_out"), staff="ann")
    desk.handle(AgentPauses("ann"), 0)
    assert given_back(desk) == ""
    assert desk.handle(AgentSignsOut("ann"), 1)[-1] == GiveBack("c9", "no_agents")


def test_who_would_wait_too_long_is_told_at_once():
    desk = office(Queue("q", wrap_up=0, maximum_expected_wait=150), staff="ann")
    for number in range(1, 6):
        join(desk, f"c{number}", now=100 * number)
        desk.handle(AgentAnswered(f"o{number}"), 100 * number)
        desk.handle(ConversationEnded(f"o{number}"), 100 * number + 100)
    join(desk, "busy", now=700)
    desk.handle(AgentAnswered("o6"), 700)
    assert given_back(desk, "first", 700) == ""
    assert desk.expected_wait("first", 700) == 100
    assert desk.expected_wait_of_next("q", 700) == 200
    assert given_back(desk, "second", 700) == "wait_too_long"


def test_a_supervisor_s_order_is_signed():
    desk = office(Q, staff="ann")
    pause = AgentForced("ann", State.NOT_READY, "zoe", "meeting")
    assert desk.handle(pause, 1) == [StateChanged("ann", State.NOT_READY, "meeting", source="zoe")]
    ready = AgentForced("ann", State.READY, "zoe")
    assert desk.handle(ready, 2) == [StateChanged("ann", State.READY, source="zoe")]
    join(desk, "c1", now=3)
    desk.handle(AgentAnswered("o1"), 3)
    assert desk.handle(AgentForced("ann", State.SIGNED_OUT, "zoe"), 4) == []
    assert desk.handle(ConversationEnded("o1"), 5) == [StateChanged("ann", State.SIGNED_OUT, source="zoe")]


def test_wrap_up_is_extended_or_lasts_until_the_agent_is_ready():
    desk = office(Queue("q", wrap_up=10), staff="ann")
    join(desk, "c1")
    serve(desk, 1, 5)
    assert desk.deadline == 15
    desk.handle(WrapUpExtended("ann", 30), 6)
    assert desk.deadline == 45
    desk.handle(WrapUpExtended("ann", inf), 7)
    assert desk.deadline is None
    assert desk.handle(AgentForced("ann", State.READY, "zoe"), 9) == [
        StateChanged("ann", State.READY, source="zoe")
    ]
    desk = office(Queue("q", wrap_up=inf), staff="ann")
    join(desk, "c1")
    serve(desk, 1, 5)
    assert (desk.deadline, state(desk, "ann")) == (None, State.WRAP_UP)


def test_a_removed_caller_is_given_back_and_the_phone_falls_silent():
    desk = office(Q, staff="ann")
    join(desk, "c1")
    assert desk.handle(CallerRemoved("c1"), 1) == [
        Withdraw("o1", "c1", "ann", "caller_left"),
        StateChanged("ann", State.READY),
        GiveBack("c1", "removed"),
    ]


def test_a_new_process_goes_on_where_the_old_one_was_on_another_clock():
    queues, agents = [Queue("q", maximum_wait=60)], [Agent("ann", ONE), Agent("bob", ONE)]
    desk = Desk(queues, agents)
    at_work(desk, "ann")
    join(desk, "c1", now=10)
    join(desk, "c2", now=20, requirement=german((0, 4), (30, 0)), credit=5.0)
    kept = json.loads(json.dumps(desk.snapshot(), allow_nan=False))
    again = Desk.restored(queues, agents, kept, offer_prefix="r", by=1000)
    assert again.deadline == 1025
    assert [(one.contact, one.since) for one in again.waiting("q")] == [("c1", 1010), ("c2", 1020)]
    assert again.handle(AgentAnswered("o1"), 1011)
    assert again.deadline == 1050
    again.on_deadline(1050)
    effects = again.handle(ConversationEnded("o1"), 1055)
    assert effects == [StateChanged("ann", State.WRAP_UP, offer="o1")]
    assert Offer("r2", "c2", "q", "ann") in again.on_deadline(1065)


def test_a_lost_phone_frees_the_held_caller():
    desk = office(Q, staff="ann bob")
    join(desk, "c1")
    desk.handle(AgentAnswered("o1"), 0)
    join(desk, "c2", preferred="ann", hold=60.0)
    serve(desk, 1, 1)
    assert offered(desk.handle(PhoneReachable("ann", False), 2)) == [("c2", "bob")]


def test_deferred_work_is_at_risk_from_its_very_moment():
    queue = Queue("mail", tier="deferred", target=1000, handling_time=100)
    assert deferred(queue, 7, 0.0, 849.9) == (7, 849.9 / 1000)
    assert deferred(queue, 7, 0.0, 850.0) == (AT_ONCE, 0.8)
    assert deferred(queue, 7, 0.0, 1000.0) == (AT_ONCE, 1.0)
    assert deferred(queue, 1, 0.0, 1000.0)[0] == 1


def test_who_says_again_that_they_are_there_goes_on_ringing():
    desk = office(Q, staff="ann")
    join(desk, "c1")
    assert at_work(desk, "ann", now=1) == []
    assert state(desk, "ann") is State.RINGING
