"""How long a caller can expect to wait, and what of it may be promised to them.

The wait is that of a queue whose agents work off those ahead one by one while some of these give up
(Senderovich et al. 2015, QLM): the sum over i = 0..ahead of 1 / (agents / handling + i * impatience), set
right online by a straight line fitted to what callers of the same priority have waited. Until the first
conversations are over the longest wait in the queue serves instead (head of line, Ibrahim and Whitt 2009).
"""

from dataclasses import asdict, dataclass, field
from math import log
from typing import Any, NamedTuple

HANDLED = 200  # conversations that the mean handling time looks back on
FEWEST = 5  # conversations below which no mean is formed
PATIENCE = 7 * 86400.0  # seconds of waiting that the rate of giving up looks back on
FITTED = 500.0  # waits that the line is fitted to
FEWEST_FITTED = 30.0
EXACT = 32  # callers ahead who are summed one by one; those beyond are integrated
CLASSES = 4  # priorities from 0 that have a line of their own


@dataclass(slots=True)
class Fit:
    """A straight line through pairs, the older the lighter (least squares with forgetting)."""

    n: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    def learn(self, x: float, y: float) -> None:
        keep = 1 - 1 / FITTED
        self.n = self.n * keep + 1
        self.x, self.y = self.x * keep + x, self.y * keep + y
        self.xx, self.xy = self.xx * keep + x * x, self.xy * keep + x * y

    def value(self, x: float) -> float:
        """Never below nothing; x itself while too few pairs are known."""
        if self.n < FEWEST_FITTED:
            return x
        spread = self.xx - self.x * self.x / self.n
        slope = (self.xy - self.x * self.y / self.n) / spread if spread > 1e-9 * self.xx else 1.0
        slope = min(max(slope, 0.2), 5.0)
        return max(0.0, self.y / self.n + slope * (x - self.x / self.n))


@dataclass(slots=True)
class Forecast:
    """What one queue's recent past says. Seconds everywhere."""

    conversations: int = 0
    handling: float = 0.0  # mean
    abandoned: float = 0.0
    waited: float = 0.0  # in all, by those who were served and those who gave up
    taken: float = 0.0  # conversations of late: how much of shared agents' time is this queue's
    fits: list[Fit] = field(default_factory=lambda: [Fit() for _ in range(CLASSES)])

    def handled(self, seconds: float) -> None:
        """A conversation with its wrap-up took so long."""
        self.conversations += 1
        self.handling += (seconds - self.handling) / min(self.conversations, HANDLED)

    def served(self, priority: int, quoted: float | None, waited: float) -> None:
        """A caller who was told nothing yet, but would have been quoted this, reached an agent."""
        self._waited(waited)
        self.taken = self.taken * (1 - 1 / HANDLED) + 1
        if quoted is not None and waited > 0:
            self.fits[_of(priority)].learn(quoted, waited)

    def gave_up(self, waited: float) -> None:
        self._waited(waited)
        self.abandoned += 1

    def _waited(self, seconds: float) -> None:
        if self.waited > PATIENCE:
            self.waited, self.abandoned = self.waited / 2, self.abandoned / 2
        self.waited += seconds

    def raw(self, ahead: int, agents: float, longest: float | None = None) -> float | None:
        """By the sum alone. None: nobody can tell. `longest`: the head of the line's wait so far."""
        if self.conversations < FEWEST or agents <= 0 or self.handling <= 0:
            return longest
        rate = agents / self.handling
        impatience = self.abandoned / self.waited if self.waited else 0.0
        near = min(ahead, EXACT)
        total = sum(1 / (rate + place * impatience) for place in range(near + 1))
        if ahead == near or not impatience:
            return total + (ahead - near) / rate
        rate_near, rate_far = (rate + (place + 0.5) * impatience for place in (near, ahead))
        return total + log(rate_far / rate_near) / impatience  # midpoint rule

    def expected(
        self, ahead: int, agents: float, longest: float | None = None, priority: int = 0
    ) -> float | None:
        """For a caller with so many ahead, served by so many agents."""
        raw = self.raw(ahead, agents, longest)
        return None if raw is None else self.fits[_of(priority)].value(raw)

    def kept(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> "Forecast":
        figures: dict[str, Any] = {**kept, "fits": [Fit(**fit) for fit in kept["fits"]]}
        return cls(**figures)


def _of(priority: int) -> int:
    return min(max(priority, 0), CLASSES - 1)


class Span(NamedTuple):
    """From so many to so many minutes; the last has no end."""

    least: int
    most: int | None


SPANS = tuple(
    Span(*pair)
    for pair in (
        (0, 1),
        (1, 3),
        (3, 5),
        (5, 10),
        (10, 15),
        (15, 20),
        (20, 30),
        (30, 45),
        (45, 60),
        (60, None),
    )
)


class Promise:
    """What one caller has been told, so that no announcement takes back an earlier one."""

    def __init__(self) -> None:
        self._told: Span | None = None

    def announce(self, expected: float, position: int, *, overtaken: bool = False) -> Span:
        """What may be said now: never more than before unless something that has a name put others ahead.

        Whoever is not first is never promised the shortest span, which callers take for being next.
        """
        spans = SPANS if position <= 1 else SPANS[1:]
        span = next((span for span in spans if span.most is None or expected <= span.most * 60), spans[-1])
        if self._told is not None and not overtaken and span.least > self._told.least:
            span = self._told
        self._told = span
        return span
