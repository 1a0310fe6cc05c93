"""CPU time of one turn of the queue desk: 200 queues, 2,000 agents in 100 profiles of 20 queues, overloaded.

Run as `python -m bench.desk` from the root of the repository.
"""

import gc
import random
import sys
import time
from collections.abc import Sequence

from pbx.acd.desk import Desk
from pbx.acd.model import (
    Agent,
    AgentAnswered,
    AgentSignsIn,
    CallerJoined,
    CallerLeft,
    ConversationEnded,
    Effect,
    Event,
    Offer,
    PhoneReachable,
    Queue,
)

QUEUES, PROFILES, AGENTS, ELIGIBLE, TURNS = 200, 100, 2000, 20, 10_000


class Centre:
    """A desk with every agent talking and `callers` waiting, and the CPU time its turns took, by name."""

    def __init__(self, callers: int) -> None:
        self.dice = random.Random(callers)
        names = [f"q{at}" for at in range(QUEUES)]
        queues = [
            Queue(
                name,
                wrap_up=0.0,
                maximum_wait=3600.0,
                target=self.dice.uniform(10, 60),
                weight=self.dice.uniform(1, 5),
            )
            for name in names
        ]
        profiles = [frozenset(self.dice.sample(names, ELIGIBLE)) for _ in range(PROFILES)]
        agents = [Agent(f"a{at}", profiles[at % PROFILES]) for at in range(AGENTS)]
        self.now, self.joined = 0.0, 0
        self.waiting: list[str] = []
        self.talking: list[str] = []
        self.spent: dict[str, list[float]] = {}
        self.desk = Desk(queues, agents)
        for agent in agents:
            self.turn("agent arrives", PhoneReachable(agent.name, True))
            self.turn("agent arrives", AgentSignsIn(agent.name))
        while len(self.waiting) < callers or len(self.talking) < AGENTS:
            self.join()
        self.spent.clear()

    def turn(self, name: str, event: Event) -> Sequence[Effect]:
        self.now += 0.001
        before = time.process_time_ns()
        effects = self.desk.handle(event, self.now)
        self.spent.setdefault(name, []).append((time.process_time_ns() - before) / 1000)
        for effect in effects:
            if isinstance(effect, Offer):
                self.turn("answer", AgentAnswered(effect.offer))
                self.talking.append(effect.offer)
                if effect.contact in self.waiting[-1:]:
                    self.waiting.pop()
        return effects

    def join(self) -> None:
        self.joined += 1
        self.waiting.append(f"c{self.joined}")
        queue = f"q{self.dice.randrange(QUEUES)}"
        self.turn("arrival", CallerJoined(self.waiting[-1], queue, self.dice.choice((0, 0, 0, 1, 2))))

    def abandon(self) -> None:
        """Some of those named are served already: a turn that finds nobody."""
        at = self.dice.randrange(len(self.waiting))
        self.waiting[at], self.waiting[-1] = self.waiting[-1], self.waiting[at]
        self.turn("abandon", CallerLeft(self.waiting.pop()))

    def free(self) -> None:
        at = self.dice.randrange(len(self.talking))
        self.talking[at], self.talking[-1] = self.talking[-1], self.talking[at]
        self.turn("agent frees", ConversationEnded(self.talking.pop()))

    def look(self) -> None:
        contact = self.dice.choice(self.waiting)
        before = time.process_time_ns()
        self.desk.position(contact)
        self.spent.setdefault("position", []).append((time.process_time_ns() - before) / 1000)


def main() -> None:
    print(f"{'waiting':>8} {'turn':<12} {'p50':>7} {'p99':>7} {'most':>9}  microseconds of CPU")
    for callers in [int(text) for text in sys.argv[1:]] or [1_000, 10_000, 100_000]:
        centre = Centre(callers)
        gc.freeze()  # as the exchange does
        for _ in range(TURNS):
            centre.free()
            centre.join()
            centre.join()
            centre.abandon()
            centre.look()
        for name, spent in centre.spent.items():
            spent.sort()
            p50, p99 = spent[len(spent) // 2], spent[len(spent) * 99 // 100]
            print(f"{callers:>8} {name:<12} {p50:7.1f} {p99:7.1f} {spent[-1]:9.1f}")


if __name__ == "__main__":
    main()
