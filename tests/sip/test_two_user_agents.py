"""Whatever two user agents do to each other, they come to rest and tell every end once."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.outputs import CallAnswered, CallConfirmed, Denied, OfferAnswered, OfferReceived
from tests.sip.network import Network

CALLS = 5


def story(seed: int, loss: float, transport: str) -> Network:
    network = Network(seed, loss)
    for n in range(CALLS):
        caller, callee = network.sides if network.dice.random() < 0.5 else network.sides[::-1]
        name = f"out-{n}"
        network.at(n * 0.5, lambda now, c=caller, o=callee, x=name: c.place(x, o, transport, now))
        if network.dice.random() < 0.5:
            moment = n * 0.5 + network.dice.choice([0.01, 0.3, 3, 20, 60])
            network.at(moment, lambda now, c=caller, x=name: c.carry_out(c.agent.end(x, now), now))
        else:
            network.at(n * 0.5 + 100, lambda now, c=caller, x=name: c.carry_out(c.agent.end(x, now), now))
    if transport == "tcp" and network.dice.random() < 0.3:
        network.cut(network.dice.uniform(0, 10))
    network.run()
    return network


@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.1, 0.3, 0.6, 1.0]),
    transport=st.sampled_from(["udp", "tcp"]),
)
@settings(max_examples=120, deadline=None)
def test_they_come_to_rest_and_every_call_is_over_once(seed: int, loss: float, transport: str):
    network = story(seed, loss, transport)
    for side in network.sides:
        assert side.agent.at_rest() == []
        assert side.agent.deadline is None
        assert Counter(over.call for over in side.ended) == Counter(side.begun)
        assert [
            output for output in side.heard if isinstance(output, Denied) and output.reason != "merged"
        ] == []


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_stories_reach_what_they_are_meant_to_reach(transport: str):
    seen: Counter[str] = Counter()
    for seed in range(25):
        for side in story(seed, 0.2, transport).sides:
            seen.update(type(output).__name__ for output in side.heard)
            seen.update(f"over {over.status} {over.by_peer}" for over in side.ended)
    for kind in (CallAnswered, CallConfirmed, OfferReceived, OfferAnswered):
        assert seen[kind.__name__] > 10
    for ending in ("over 200 True", "over 200 False", "over 486 True", "over 487 True", "over 487 False"):
        assert seen[ending] > 0, (ending, seen)
