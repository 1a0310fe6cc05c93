"""A desk with people at it, and short words for what happens there."""

from pbx.acd.desk import Desk
from pbx.acd.model import (
    Agent,
    AgentAnswered,
    AgentSignsIn,
    CallerJoined,
    ConversationEnded,
    Effect,
    Offer,
    PhoneReachable,
    Queue,
    State,
)


def at_work(desk: Desk, *agents: str, now: float = 0.0) -> list[Effect]:
    """Sign in, phone at hand."""
    effects: list[Effect] = []
    for agent in agents:
        effects += desk.handle(PhoneReachable(agent, True), now)
        effects += desk.handle(AgentSignsIn(agent), now)
    return effects


def office(*queues: Queue, staff: str = "") -> Desk:
    """Agents named here serve every queue and are ready, in this order."""
    names = staff.split()
    everything = frozenset(queue.name for queue in queues)
    desk = Desk(queues, [Agent(name, everything) for name in names])
    at_work(desk, *names)
    return desk


def offered(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(effect.contact, effect.agent) for effect in effects if isinstance(effect, Offer)]


def join(
    desk: Desk, contact: str, queue: str = "q", now: float = 0.0, **more: object
) -> list[tuple[str, str]]:
    return offered(desk.handle(CallerJoined(contact, queue, **more), now))  # pyright: ignore[reportArgumentType] - as written


def serve(desk: Desk, number: int, now: float = 0.0) -> list[tuple[str, str]]:
    """Offer `number` is answered and talked through; what is offered next."""
    desk.handle(AgentAnswered(f"o{number}"), now)
    return offered(desk.handle(ConversationEnded(f"o{number}"), now))


def state(desk: Desk, agent: str) -> State:
    return next(one.state for one in desk.agents() if one.agent == agent)
