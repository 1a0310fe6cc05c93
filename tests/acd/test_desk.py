"""One test per rule of the desk."""

import pytest

from pbx.acd.board import AgentStatus, WaitingCaller
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

SALES, HELP = Queue("sales"), Queue("help", wrap_up=0)
BOTH = frozenset({"sales", "help"})


def staffed(*agents: str, queues: tuple[Queue, ...] = (SALES, HELP)) -> Desk:
    """Everybody ready for every queue, in this order, at 0."""
    everything = frozenset(queue.name for queue in queues)
    desk = Desk(queues, [Agent(agent, everything) for agent in agents])
    for agent in agents:
        desk.handle(PhoneReachable(agent, True), 0)
        desk.handle(AgentSignsIn(agent), 0)
    return desk


def offers(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(effect.contact, effect.agent) for effect in effects if isinstance(effect, Offer)]


def states(desk: Desk) -> dict[str, tuple[State, str]]:
    return {status.agent: (status.state, status.reason) for status in desk.agents()}


def test_a_call_from_first_ring_to_the_next_offer():
    desk = staffed("ann")
    assert desk.handle(CallerJoined("c1", "sales"), 1) == [
        Offer("o1", "c1", "sales", "ann"),
        StateChanged("ann", State.RINGING, offer="o1"),
    ]
    assert desk.handle(CallerJoined("c2", "sales"), 2) == []
    assert desk.handle(AgentAnswered("o1"), 3) == [
        Connect("o1", "c1", "sales", "ann"),
        StateChanged("ann", State.TALKING, offer="o1"),
    ]
    assert desk.deadline is None
    assert desk.handle(ConversationEnded("o1"), 60) == [StateChanged("ann", State.WRAP_UP, offer="o1")]
    assert desk.deadline == 70
    assert desk.on_deadline(70) == [
        StateChanged("ann", State.READY),
        Offer("o2", "c2", "sales", "ann"),
        StateChanged("ann", State.RINGING, offer="o2"),
    ]


def test_a_deadline_called_too_early_does_nothing():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    assert desk.on_deadline(14.9) == []
    assert desk.deadline == 15


def test_the_agent_idle_longest_goes_first():
    desk = staffed("ann", "bob")
    assert offers(desk.handle(CallerJoined("c1", "help"), 1)) == [("c1", "ann")]
    desk.handle(AgentAnswered("o1"), 1)
    desk.handle(ConversationEnded("o1"), 5)
    assert offers(desk.handle(CallerJoined("c2", "help"), 6)) == [("c2", "bob")]


def test_the_agent_with_fewest_calls_goes_first_where_the_queue_says_so():
    fair = Queue("fair", strategy="fewest_calls", wrap_up=0)
    desk = staffed("ann", "bob", queues=(fair,))
    for turn, agent in enumerate(["ann", "bob", "ann"], start=1):
        assert offers(desk.handle(CallerJoined(f"c{turn}", "fair"), turn)) == [(f"c{turn}", agent)]
        desk.handle(AgentAnswered(f"o{turn}"), turn)
        desk.handle(ConversationEnded(f"o{turn}"), turn)
    desk.handle(AgentPauses("bob"), 10)
    desk.handle(AgentResumes("bob"), 11)
    assert offers(desk.handle(CallerJoined("c4", "fair"), 12)) == [("c4", "bob")]


def test_a_step_of_priority_is_worth_the_queues_credit_and_no_more():
    desk = staffed(queues=(Queue("sales", priority_credit=30),))
    desk.handle(CallerJoined("early", "sales"), 0)
    desk.handle(CallerJoined("late", "sales"), 20)
    desk.handle(CallerJoined("urgent", "sales", priority=1), 40)
    assert desk.waiting("sales") == [
        WaitingCaller("early", 0, 0, 1),
        WaitingCaller("urgent", 40, 1, 2),
        WaitingCaller("late", 20, 0, 3),
    ]
    assert [desk.position(contact) for contact in ("early", "urgent", "late", "nobody")] == [1, 2, 3, 0]


def test_time_that_was_waited_elsewhere_is_worth_its_place_and_shortens_no_wait():
    desk = staffed(queues=(Queue("sales", maximum_wait=100),))
    desk.handle(CallerJoined("early", "sales"), 0)
    desk.handle(CallerJoined("late", "sales"), 20)
    desk.handle(CallerJoined("talked", "sales", credit=30.5), 50)
    assert [caller.contact for caller in desk.waiting("sales")] == ["early", "talked", "late"]
    assert (desk.length("sales"), desk.longest_waiting("sales")) == (3, 0)
    assert [effect for effect in desk.on_deadline(149) if isinstance(effect, GiveBack)] == [
        GiveBack("early", "waited_enough"),
        GiveBack("late", "waited_enough"),
    ]
    assert (desk.length("sales"), desk.longest_waiting("sales")) == (1, 50)
    desk.handle(CallerLeft("talked"), 149)
    assert (desk.length("sales"), desk.longest_waiting("sales"), desk.length("none")) == (0, None, 0)


def test_a_caller_whose_agent_is_being_rung_still_has_the_first_place():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(CallerJoined("c2", "sales"), 1)
    assert (desk.position("c1"), desk.position("c2")) == (1, 2)
    desk.handle(AgentAnswered("o1"), 2)
    assert (desk.position("c1"), desk.position("c2")) == (0, 1)


def test_between_queues_weight_and_target_decide():
    queues = (Queue("a", target=20), Queue("b", target=10), Queue("c", target=20, weight=3))
    desk = Desk(queues, [Agent("ann", frozenset({"a", "b", "c"}))])
    desk.handle(PhoneReachable("ann", True), 0)
    desk.handle(CallerJoined("in_a", "a"), 0)  # 40 s: index 2.0
    desk.handle(CallerJoined("in_b", "b"), 15)  # 25 s: 2.5
    desk.handle(CallerJoined("in_c", "c"), 25)  # 15 s: 2.25
    order: list[str] = []
    effects = desk.handle(AgentSignsIn("ann"), 40)
    for turn in (1, 2, 3):
        order += [contact for contact, _ in offers(effects)]
        desk.handle(AgentAnswered(f"o{turn}"), 40)
        desk.handle(ConversationEnded(f"o{turn}"), 40)
        effects = desk.handle(AgentResumes("ann"), 40)
    assert order == ["in_b", "in_c", "in_a"]


def test_equal_indices_go_to_the_earlier_caller():
    desk = Desk((Queue("a"), Queue("b")), [Agent("ann", frozenset({"a", "b"}))])
    desk.handle(PhoneReachable("ann", True), 0)
    desk.handle(CallerJoined("first", "b"), 5)
    desk.handle(CallerJoined("second", "a"), 5)
    assert offers(desk.handle(AgentSignsIn("ann"), 9)) == [("first", "ann")]


def test_who_lets_it_ring_is_not_ready_and_the_caller_keeps_the_place():
    desk = staffed("ann", "bob")
    desk.handle(CallerJoined("c1", "sales"), 1)
    assert desk.deadline == 16
    assert desk.on_deadline(16) == [
        Withdraw("o1", "c1", "ann", "no_answer"),
        StateChanged("ann", State.NOT_READY, "rona"),
        Offer("o2", "c1", "sales", "bob"),
        StateChanged("bob", State.RINGING, offer="o2"),
    ]
    assert desk.waiting("sales") == [WaitingCaller("c1", 1, 0, 1)]
    assert desk.handle(AgentAnswered("o1"), 16) == []


def test_who_refused_a_caller_gets_them_again_only_if_nobody_else_is_ready():
    desk = staffed("ann", "bob", "cat")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentRefused("o1"), 1)  # ann; now bob's phone rings
    desk.handle(AgentResumes("ann"), 2)
    desk.handle(AgentPauses("cat"), 3)
    desk.handle(AgentResumes("cat"), 4)  # idle for less time than ann
    assert offers(desk.handle(AgentRefused("o2"), 5)) == [("c1", "cat")]
    assert offers(desk.handle(AgentRefused("o3"), 6)) == [("c1", "ann")]


@pytest.mark.parametrize(("unreachable", "reason"), [(False, "rejected"), (True, "phone")])
def test_a_refusal_makes_the_agent_not_ready(unreachable: bool, reason: str):
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    refusal = AgentRefused("o1", unreachable)
    assert desk.handle(refusal, 1) == [StateChanged("ann", State.NOT_READY, reason)]
    assert desk.handle(refusal, 1) == []
    assert offers(desk.handle(AgentResumes("ann"), 9)) == [("c1", "ann")]


def test_a_phone_that_failed_is_tried_again_when_it_registers():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentRefused("o1", unreachable=True), 1)
    assert desk.handle(PhoneReachable("ann", False), 2) == []
    assert offers(desk.handle(PhoneReachable("ann", True), 3)) == [("c1", "ann")]


def test_a_rejection_outlasts_a_registration():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentRefused("o1"), 1)
    assert desk.handle(PhoneReachable("ann", True), 3) == []


def test_an_agent_without_a_phone_is_never_offered_a_call():
    desk = Desk([SALES], [Agent("ann", frozenset({"sales"}))])
    assert desk.handle(AgentSignsIn("ann"), 0) == [StateChanged("ann", State.NOT_READY, "phone")]
    desk.handle(CallerJoined("c1", "sales"), 1)
    effects = desk.handle(PhoneReachable("ann", True), 2)
    assert effects[0] == StateChanged("ann", State.READY)
    assert offers(effects) == [("c1", "ann")]


@pytest.mark.parametrize(
    ("event", "reason", "after"),
    [
        (PhoneReachable("ann", False), "phone_lost", StateChanged("ann", State.NOT_READY, "phone")),
        (PhoneBusy("ann", True), "agent_left", StateChanged("ann", State.NOT_READY, "busy")),
        (AgentPauses("ann", "lunch"), "agent_left", StateChanged("ann", State.NOT_READY, "lunch")),
        (AgentSignsOut("ann"), "agent_left", StateChanged("ann", State.SIGNED_OUT)),
    ],
)
def test_an_agent_who_goes_while_it_rings_is_replaced(event: AgentPauses, reason: str, after: StateChanged):
    desk = staffed("ann", "bob")
    desk.handle(CallerJoined("c1", "sales"), 0)
    effects = desk.handle(event, 1)
    assert effects[:2] == [Withdraw("o1", "c1", "ann", reason), after]  # type: ignore[arg-type] - from the table
    assert offers(effects) == [("c1", "bob")]
    assert desk.deadline == 16


def test_an_agent_who_left_while_it_rang_has_refused_nobody():
    desk = staffed("ann", "bob")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentPauses("ann"), 1)  # bob rings
    desk.handle(AgentResumes("ann"), 2)
    desk.handle(PhoneReachable("bob", False), 3)
    assert states(desk)["ann"] == (State.RINGING, "")


def test_a_busy_phone_is_offered_nothing_until_it_is_free():
    desk = staffed("ann")
    assert desk.handle(PhoneBusy("ann", True), 0) == [StateChanged("ann", State.NOT_READY, "busy")]
    assert desk.handle(CallerJoined("c1", "sales"), 1) == []
    assert offers(desk.handle(PhoneBusy("ann", False), 2)) == [("c1", "ann")]


def test_the_agents_own_phone_does_not_end_conversation_or_wrap_up():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    assert desk.handle(PhoneReachable("ann", False), 2) == []
    desk.handle(ConversationEnded("o1"), 3)
    assert desk.handle(PhoneBusy("ann", True), 4) == []
    assert desk.on_deadline(13) == [StateChanged("ann", State.NOT_READY, "phone")]


def test_a_caller_who_leaves_ends_the_ring_and_costs_the_agent_no_turn():
    desk = staffed("ann", "bob")
    desk.handle(CallerJoined("c1", "sales"), 5)
    assert desk.handle(CallerLeft("c1"), 9) == [
        Withdraw("o1", "c1", "ann", "caller_left"),
        StateChanged("ann", State.READY),
    ]
    assert desk.deadline is None
    assert desk.agents()[0] == AgentStatus("ann", State.READY, 9)
    assert offers(desk.handle(CallerJoined("c2", "sales"), 10)) == [("c2", "ann")]


def test_whoever_is_first_of_caller_leaving_and_agent_answering_decides():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(CallerLeft("c1"), 1)
    assert desk.handle(AgentAnswered("o1"), 1) == []
    desk.handle(CallerJoined("c2", "sales"), 2)
    assert isinstance(desk.handle(AgentAnswered("o2"), 3)[0], Connect)
    assert desk.handle(CallerLeft("c2"), 3) == []
    assert states(desk)["ann"] == (State.TALKING, "")


def test_only_a_conversation_can_end_and_only_a_ring_be_refused():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    assert desk.handle(ConversationEnded("o1"), 1) == []
    desk.handle(AgentAnswered("o1"), 2)
    assert desk.handle(AgentRefused("o1"), 3) == []
    assert desk.handle(AgentAnswered("o1"), 3) == []
    assert states(desk)["ann"] == (State.TALKING, "")


def test_wrap_up_is_cut_short_by_the_agent():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    desk.handle(ConversationEnded("o1"), 2)
    assert desk.handle(AgentSignsIn("ann"), 3) == []
    assert desk.handle(AgentResumes("ann"), 4) == [StateChanged("ann", State.READY)]
    assert desk.deadline is None


@pytest.mark.parametrize(
    ("event", "after"),
    [
        (AgentPauses("ann", "tea"), StateChanged("ann", State.NOT_READY, "tea")),
        (AgentSignsOut("ann"), StateChanged("ann", State.SIGNED_OUT)),
    ],
)
def test_pause_and_sign_out_wait_for_the_conversation_but_not_for_wrap_up(
    event: AgentPauses | AgentSignsOut, after: StateChanged
):
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    assert desk.handle(event, 2) == []
    assert desk.handle(ConversationEnded("o1"), 3) == [after]

    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    desk.handle(ConversationEnded("o1"), 2)
    assert desk.handle(event, 3) == [after]
    assert desk.deadline is None


def test_a_plan_to_leave_after_the_conversation_can_be_taken_back():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "help"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    desk.handle(AgentSignsOut("ann"), 2)
    assert desk.signed_in("help") == 0
    desk.handle(AgentSignsIn("ann"), 3)
    assert desk.signed_in("help") == 1
    assert desk.handle(ConversationEnded("o1"), 4) == [StateChanged("ann", State.READY)]


def test_signing_in_ends_a_pause_and_a_signed_out_agent_cannot_pause():
    desk = staffed("ann")
    desk.handle(AgentPauses("ann", "lunch"), 1)
    assert desk.handle(AgentPauses("ann", "doctor"), 2) == [StateChanged("ann", State.NOT_READY, "doctor")]
    assert desk.handle(AgentSignsIn("ann"), 3) == [StateChanged("ann", State.READY)]
    desk.handle(AgentSignsOut("ann"), 4)
    assert desk.handle(AgentPauses("ann"), 5) == []
    assert desk.handle(AgentSignsIn("ann"), 6) == [StateChanged("ann", State.READY)]


def test_the_maximum_wait_gives_the_caller_back_and_ends_the_ring():
    desk = staffed("ann", queues=(Queue("sales", maximum_wait=10),))
    desk.handle(CallerJoined("c1", "sales"), 1)
    desk.handle(CallerJoined("c2", "sales"), 2)
    assert desk.deadline == 11
    assert desk.on_deadline(11) == [
        Withdraw("o1", "c1", "ann", "caller_left"),
        StateChanged("ann", State.READY),
        GiveBack("c1", "waited_enough"),
        Offer("o2", "c2", "sales", "ann"),
        StateChanged("ann", State.RINGING, offer="o2"),
    ]


def test_what_is_due_together_is_over_before_anybody_is_offered_anything():
    desk = staffed("ann", queues=(Queue("sales", wrap_up=10, maximum_wait=15),))
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentAnswered("o1"), 0)
    desk.handle(ConversationEnded("o1"), 5)
    desk.handle(CallerJoined("c2", "sales"), 0)
    assert desk.on_deadline(15) == [GiveBack("c2", "waited_enough"), StateChanged("ann", State.READY)]


def test_an_answered_caller_no_longer_waits_too_long():
    desk = staffed("ann", queues=(Queue("sales", maximum_wait=10),))
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    assert desk.deadline is None


def test_a_full_queue_takes_nobody_unless_an_agent_is_ready():
    desk = staffed("ann", "bob", queues=(Queue("sales", maximum_length=1),))
    desk.handle(CallerJoined("c1", "sales"), 0)
    assert offers(desk.handle(CallerJoined("c2", "sales"), 0)) == [("c2", "bob")]
    assert desk.handle(CallerJoined("c3", "sales"), 0) == [GiveBack("c3", "queue_full")]
    desk.handle(AgentAnswered("o1"), 1)
    desk.handle(AgentAnswered("o2"), 1)
    assert desk.handle(CallerJoined("c4", "sales"), 2) == []
    assert desk.handle(CallerJoined("c5", "sales"), 2) == [GiveBack("c5", "queue_full")]


def test_a_queue_with_nobody_signed_in_may_refuse_callers():
    queue = Queue("sales", refuse_when_empty="signed_out")
    desk = Desk([queue, HELP], [Agent("ann", frozenset({"sales"})), Agent("bob", frozenset({"help"}))])
    desk.handle(PhoneReachable("ann", True), 0)
    desk.handle(AgentSignsIn("bob"), 0)
    assert desk.handle(CallerJoined("c1", "sales"), 1) == [GiveBack("c1", "no_agents")]
    desk.handle(AgentSignsIn("ann"), 2)
    desk.handle(AgentPauses("ann"), 2)
    assert desk.handle(CallerJoined("c2", "sales"), 3) == []


def test_strangers_change_nothing():
    desk = staffed("ann")
    assert desk.handle(CallerJoined("c1", "nowhere"), 1) == [GiveBack("c1", "queue_closed")]
    assert desk.handle(AgentSignsIn("zoe"), 1) == []
    assert desk.handle(CallerLeft("c9"), 1) == []
    assert desk.handle(AgentAnswered("o9"), 1) == []
    assert (desk.waiting("nowhere"), desk.signed_in("nowhere")) == ([], 0)


def test_limits_set_to_nothing_are_off():
    desk = staffed("ann", queues=(Queue("sales", ring_time=0, maximum_wait=0, maximum_length=0),))
    assert offers(desk.handle(CallerJoined("c1", "sales"), 0)) == [("c1", "ann")]
    assert desk.handle(CallerJoined("c2", "sales"), 0) == []
    assert desk.deadline is None


def test_a_queue_without_a_target_is_refused():
    with pytest.raises(ValueError, match="queue sales: target"):
        Queue("sales", target=0)


def test_a_removed_queue_gives_its_callers_back_and_frees_their_agents():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(CallerJoined("c2", "sales"), 1)
    desk.handle(CallerJoined("c3", "help"), 2)
    assert desk.handle(Reconfigured((HELP,), (Agent("ann", BOTH),)), 3) == [
        Withdraw("o1", "c1", "ann", "queue_closed"),
        StateChanged("ann", State.READY),
        GiveBack("c1", "queue_closed"),
        GiveBack("c2", "queue_closed"),
        Offer("o2", "c3", "help", "ann"),
        StateChanged("ann", State.RINGING, offer="o2"),
    ]


def test_a_removed_agent_is_signed_out_after_the_conversation():
    desk = staffed("ann", "bob")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    nobody = Reconfigured((SALES, HELP), ())
    assert desk.handle(nobody, 2) == [StateChanged("bob", State.SIGNED_OUT)]
    assert desk.handle(AgentSignsIn("ann"), 3) == []
    assert list(states(desk)) == ["ann"]
    assert desk.handle(ConversationEnded("o1"), 4) == [StateChanged("ann", State.SIGNED_OUT)]
    assert desk.agents() == []


def test_a_removed_agent_who_is_back_before_the_conversation_ends_may_sign_in_again():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "help"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    desk.handle(Reconfigured((SALES, HELP), ()), 2)
    desk.handle(Reconfigured((SALES, HELP), (Agent("ann", BOTH),)), 3)
    desk.handle(AgentSignsIn("ann"), 4)
    assert desk.handle(ConversationEnded("o1"), 5) == [StateChanged("ann", State.READY)]


def test_an_agent_moved_to_other_queues_stops_ringing_for_the_old_one():
    desk = staffed("ann")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(CallerJoined("c2", "help"), 1)
    effects = desk.handle(Reconfigured((SALES, HELP), (Agent("ann", frozenset({"help"})),)), 2)
    assert effects[:2] == [Withdraw("o1", "c1", "ann", "agent_left"), StateChanged("ann", State.READY)]
    assert offers(effects) == [("c2", "ann")]
    assert desk.position("c1") == 1


def test_a_reload_keeps_callers_agents_rings_and_turns():
    desk = staffed("ann", "bob", "cat")
    desk.handle(CallerJoined("c1", "sales"), 0)
    slow = Queue("sales", maximum_wait=100, wrap_up=3)
    everybody = tuple(Agent(name, BOTH) for name in ("cat", "bob", "ann"))
    assert desk.handle(Reconfigured((HELP, slow), everybody), 1) == []
    assert desk.deadline == 15
    assert isinstance(desk.handle(AgentAnswered("o1"), 2)[0], Connect)
    assert offers(desk.handle(CallerJoined("c2", "sales"), 3)) == [("c2", "bob")]
    assert desk.deadline == 18


def test_a_new_maximum_wait_counts_from_when_the_caller_entered():
    desk = staffed()
    desk.handle(CallerJoined("c1", "sales"), 5)
    desk.handle(Reconfigured((Queue("sales", maximum_wait=30),), ()), 20)
    assert desk.deadline == 35
    desk.handle(Reconfigured((Queue("sales"),), ()), 21)
    assert desk.deadline is None


def test_a_new_agent_may_take_who_is_waiting_already():
    desk = staffed()
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(Reconfigured((SALES,), (Agent("ann", frozenset({"sales"})),)), 1)
    desk.handle(AgentSignsIn("ann"), 2)
    assert offers(desk.handle(PhoneReachable("ann", True), 3)) == [("c1", "ann")]


def test_offers_are_named_with_the_prefix_given():
    desk = Desk([SALES], [Agent("ann", frozenset({"sales"}))], offer_prefix="r7-", now=50)
    assert desk.agents() == [AgentStatus("ann", State.SIGNED_OUT, 50)]
    desk.handle(PhoneReachable("ann", True), 60)
    desk.handle(AgentSignsIn("ann"), 60)
    assert desk.handle(CallerJoined("c1", "sales"), 61)[0] == Offer("r7-1", "c1", "sales", "ann")


def test_what_is_held_has_a_name():
    desk = staffed("ann", "bob")
    desk.handle(CallerJoined("c1", "sales"), 0)
    desk.handle(AgentAnswered("o1"), 1)
    desk.handle(CallerJoined("c2", "sales"), 2)
    assert desk.at_rest() == ["contact c2", "talking o1", "ringing o2"]
    desk.handle(CallerLeft("c2"), 3)
    desk.handle(ConversationEnded("o1"), 3)
    assert desk.at_rest() == []
