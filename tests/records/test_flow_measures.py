from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.records.facts import (
    CallbackRequested,
    DialStarted,
    FlowEntered,
    FlowExited,
    InputTaken,
    MessageRecorded,
    NodeEntered,
)
from pbx.records.flow_measures import Arrival, Containment, FlowMeasures, containment, median
from tests.records.story import START, Story

DAY = 24 * 3_600_000


def enters(story: Story, *nodes: str, flow: str = "main") -> Story:
    story.then(FlowEntered, flow=flow, version="1")
    for node in nodes:
        story.then(NodeEntered, flow=flow, node=node, after=1000)
    return story


def leaves(story: Story, result: str, flow: str = "main") -> Story:
    return story.then(FlowExited, flow=flow, result=result, after=1000)


def answered(story: Story, node: str, *matches: str) -> Story:
    for match in matches:
        story.then(InputTaken, flow="main", node=node, match=match)
    return story


def measured(*stories: Story) -> FlowMeasures:
    measures = FlowMeasures()
    for story in stories:
        measures.add(story.facts)
    return measures


def test_nodes_are_counted_as_often_as_they_are_come_to():
    one = enters(Story().arrives(), "menu", "menu")
    answered(one, "menu", "nomatch", "noinput", "noinput", "max", "ok")
    leaves(one, "contained")
    other = leaves(enters(Story("c2").arrives(), "menu", "say"), "hangup")
    flow = measured(one, other).flows["main"]
    menu, say = flow.nodes["menu"], flow.nodes["say"]
    assert (menu.entered, menu.nomatch, menu.noinput, menu.gave_up, menu.hung_up, menu.went_on) == (
        3,
        1,
        2,
        1,
        0,
        3,
    )
    assert (say.entered, say.hung_up, say.went_on) == (1, 1, 0)
    assert (flow.entered, flow.left) == (2, {"contained": 1, "hangup": 1})


def test_who_hangs_up_in_a_called_flow_is_lost_there_and_nowhere_else():
    story = enters(enters(Story().arrives(), "call"), "ask", flow="sub")
    leaves(leaves(story, "hangup", "sub"), "hangup")
    measures = measured(story)
    assert measures.flows["sub"].nodes["ask"].hung_up == 1
    assert {name: node.hung_up for name, node in measures.flows["main"].nodes.items()} == {"call": 0}


def journey(story: Story) -> Any:
    (found,) = measured(story).journeys
    return found


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("contained", "contained"),
        ("hangup", "abandoned"),
        ("error", "failed"),
    ],
)
def test_a_journey_is_what_the_flow_came_to(result: str, outcome: str):
    assert journey(leaves(enters(Story().arrives(), "a"), result)).outcome == outcome


def test_a_flow_that_was_never_left_has_failed():
    assert journey(enters(Story().arrives(), "a")).outcome == "failed"


def test_a_person_a_message_and_a_promise_are_no_containment():
    queued = leaves(enters(Story().arrives(), "a").queues().leaves("abandoned"), "queue")
    dialled = leaves(enters(Story().arrives(), "a").then(DialStarted, leg="l", endpoint="1001"), "contained")
    said = enters(Story().arrives(), "a").then(MessageRecorded, flow="main", node="a", file="f", seconds=2.0)
    promised = enters(Story().arrives(), "a").then(CallbackRequested, queue="q", number="1")
    outcomes = [journey(story).outcome for story in (queued, dialled, leaves(said, "contained"))]
    assert outcomes == ["person", "person", "deferred"]
    assert journey(leaves(promised, "contained")).outcome == "deferred"


def test_a_contact_without_a_flow_has_no_journey():
    assert measured(Story().arrives().ends()).journeys == []


def test_time_to_an_agent_counts_from_the_arrival():
    story = enters(Story().arrives(), "a").queues(after=4000)
    story.is_answered_by_an_agent().stops_talking(after=60_000)
    assert journey(story).to_agent_ms == 100 + 1000 + 4000 + 5000


def world(*callers: tuple[str, int, str]) -> Containment:
    """Contained callers and others: (number, hours after the start, outcome)."""
    stories: list[Story] = []
    arrivals: list[Arrival] = []
    for at, (number, hours, outcome) in enumerate(callers):
        contact, arrived = f"c{at}", START + hours * 3_600_000
        story = enters(Story(contact, arrived).arrives(), "a")
        if outcome == "queue":
            story.queues()
        stories.append(leaves(story, outcome))
        arrivals.append(Arrival(contact, arrived, number, "100"))
    return containment(measured(*stories).journeys, arrivals)


def test_a_hundred_calls_as_the_reference_counts_them():
    """40 end served by themselves, 6 of them call again; 10 hang up in the menu; 50 go to a queue."""
    served = [(f"+{number}", 0, "contained") for number in range(40)]
    gone = [(f"+{number}", 1, "hangup") for number in range(100, 110)]
    queued = [(f"+{number}", 2, "queue") for number in [*range(6), *range(200, 244)]]
    found = world(*served, *gone, *queued)
    assert (found.entered, found.contained, found.again, found.abandoned) == (100, 40, 6, 10)
    assert (found.raw, found.true) == (0.40, 0.34)


@pytest.mark.parametrize(("hours", "again"), [(1, 1), (24, 1), (25, 0)])
def test_who_calls_again_within_a_day_was_not_helped(hours: int, again: int):
    assert world(("+371", 0, "contained"), ("+371", hours, "queue")).again == again


def test_another_number_dialled_is_another_matter():
    story = leaves(enters(Story().arrives(), "a"), "contained")
    arrivals = [Arrival("c1", START, "+371", "100"), Arrival("c2", START + 1000, "+371", "200")]
    assert containment(measured(story).journeys, arrivals).again == 0


def test_callers_who_cannot_be_known_are_counted():
    assert world(("", 0, "contained"), ("", 1, "contained")).unknown == 2


def test_nothing_is_not_a_share():
    assert (world().raw, world().true) == (None, None)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "+1", "+2"]),
            st.integers(0, 60),
            st.sampled_from(["contained", "hangup", "queue"]),
        )
    )
)
def test_true_containment_is_never_more_than_raw(callers: list[tuple[str, int, str]]):
    found = world(*callers)
    assert 0 <= found.again <= found.contained - found.unknown <= found.contained <= found.entered


def test_a_median_lies_in_the_middle():
    assert [median(values) for values in ([], [3], [1, 9], [9, 1, 2])] == [None, 3.0, 5.0, 2.0]
