"""How long a caller who joins a queue now can expect to wait, judged by those served of late."""

from collections import deque

RECENT = 20  # callers that the estimate looks back on
FEWEST = 5  # below which nothing is promised


class Waits:
    """One queue's recent waits, in seconds for each place in the line.

    A moving average: it follows the day's pace, and knows nothing of agents who have just come or gone.
    """

    def __init__(self) -> None:
        self._per_place: deque[float] = deque(maxlen=RECENT)

    def served(self, place: int, waited: float) -> None:
        """A caller who joined at this place (from 1) reached an agent after so many seconds."""
        self._per_place.append(waited / place)

    def expected(self, place: int) -> float | None:
        """Seconds for a caller who joins at this place; None while too few have been served."""
        if len(self._per_place) < FEWEST:
            return None
        return place * sum(self._per_place) / len(self._per_place)
