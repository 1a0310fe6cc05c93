"""Every order of events in a small world: three callers, two agents, two queues.

`python -m bench.small_world 7` goes deeper than the suite and prints how many states there are.
"""

import pickle
from typing import Any

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
    ConversationEnded,
    Event,
    PhoneReachable,
    Queue,
)
from tests.acd.witness import Witness

QUEUES = (
    Queue("blue", ring_time=4, wrap_up=3, maximum_wait=32, maximum_length=1, target=8),
    Queue("green", strategy="fewest_calls", ring_time=4, wrap_up=0, target=4, weight=2),
)
AGENTS = (Agent("ann", frozenset({"blue", "green"})), Agent("bob", frozenset({"blue"})))
CALLERS = (CallerJoined("c1", "blue"), CallerJoined("c2", "blue", 1), CallerJoined("c3", "green"))
DEPTH = 5


def opened() -> Witness:
    witness = Witness(QUEUES, AGENTS)
    for agent in AGENTS:
        witness.step(PhoneReachable(agent.name, True), 0.0)
    witness.step(AgentSignsIn("ann"), 0.0)
    return witness


def possible(witness: Witness, came: frozenset[str]) -> list[Event | None]:
    """What can change something now: ring and conversation quote their offer, a caller comes once."""
    events: list[Event | None] = [caller for caller in CALLERS if caller.contact not in came]
    events += [CallerLeft(contact) for contact in witness.callers]
    for offer, ring in witness.rings.items():
        if ring.answered:
            events.append(ConversationEnded(offer))
        else:
            events += [AgentAnswered(offer), AgentRefused(offer), AgentRefused(offer, unreachable=True)]
    for name, person in witness.people.items():
        if person.signed_in:
            events += (
                [AgentSignsOut(name), AgentPauses(name)] if person.pause is None else [AgentResumes(name)]
            )
        else:
            events.append(AgentSignsIn(name))
    return [*events, None] if witness.desk.deadline is not None else events


def likeness(witness: Witness, now: float, came: frozenset[str]) -> object:
    """The same for worlds with the same future: times relative to now, offers by whom they concern."""
    callers = [
        (one.contact, now - one.entered, one.offer is None, sorted(one.refused_by))
        for one in witness.callers.values()
    ]
    rings = sorted(
        (one.agent, one.contact, one.answered, (one.until or now) - now) for one in witness.rings.values()
    )
    people: list[Any] = [
        (one.signed_in, one.pause, one.failed, one.calls, one.told[0], (one.wrap_up_until or now) - now)
        for one in witness.people.values()
    ]
    turns = sorted(witness.people, key=lambda name: witness.people[name].idle)
    return repr((callers, rings, people, turns, sorted(came)))


def explore(depth: int) -> tuple[int, int]:
    """States met and turns taken, breadth first; the witness judges every turn.

    Time passes by one second, or to the deadline.
    """
    seen: set[object] = set()
    frontier = [(pickle.dumps(opened()), 0.0, frozenset[str]())]
    turns = 0
    for _ in range(depth):
        following: list[tuple[bytes, float, frozenset[str]]] = []
        for world, now, came in frontier:
            for event in possible(pickle.loads(world), came):
                witness: Witness = pickle.loads(world)
                at = witness.desk.deadline
                then = now + 1 if event is not None or at is None else max(now, at)
                witness.step(event, then)
                turns += 1
                joined = came | {event.contact} if isinstance(event, CallerJoined) else came
                alike = likeness(witness, then, joined)
                if alike not in seen:
                    seen.add(alike)
                    following.append((pickle.dumps(witness), then, joined))
        frontier = following
    return len(seen), turns


def test_every_order_of_events_obeys_every_rule():
    states, _ = explore(DEPTH)
    assert states > 5_000, "the world is as large as it is meant to be"
