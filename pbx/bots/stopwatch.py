"""The times of one turn of the caller's: from the end of speech to the first sound of the reply."""

from dataclasses import dataclass

from pbx.bots.model import Match, NoteTurn


@dataclass(slots=True)
class _Marks:
    turn: int
    confidence: float
    barged_in: bool
    ended: float
    heard: float
    in_words: bool
    replied: float | None = None
    sounded: float | None = None
    match: Match | None = None


class Stopwatch:
    """Of one turn at a time. Each turn's note is given once: when all is known, or the turn is over."""

    def __init__(self) -> None:
        self._marks: _Marks | None = None

    @property
    def running(self) -> bool:
        return self._marks is not None

    def begin(
        self,
        turn: int,
        confidence: float,
        *,
        ended: float | None,
        now: float,
        in_words: bool,
        barged_in: bool,
    ) -> None:
        """`ended` is when the caller fell silent; None for now, when the last key was pressed."""
        self._marks = _Marks(turn, confidence, barged_in, now if ended is None else ended, now, in_words)

    def replied(self, now: float) -> None:
        """The first sentence of the reply, or the whole of it, is there."""
        if self._marks is not None and self._marks.replied is None:
            self._marks.replied = now

    def matched(self, *, understood: bool) -> list[NoteTurn]:
        """The reply is complete."""
        if self._marks is not None:
            self._marks.match = "ok" if understood else "nomatch"
        return self._close_if_complete()

    def sounded(self, now: float) -> list[NoteTurn]:
        """A sound of the reply has left."""
        if self._marks is not None and self._marks.sounded is None:
            self._marks.sounded = now
        return self._close_if_complete()

    def close(self, match: Match = "ok") -> list[NoteTurn]:
        """With what is known; `match` unless the reply has said."""
        marks, self._marks = self._marks, None
        if marks is None:
            return []
        return [
            NoteTurn(
                marks.turn,
                marks.match or match,
                marks.confidence,
                marks.barged_in,
                latency=_between(marks.ended, marks.sounded),
                transcriber=_between(marks.ended, marks.heard) if marks.in_words else None,
                mind=_between(marks.heard, marks.replied),
                voice=_between(marks.replied, marks.sounded),
            )
        ]

    def _close_if_complete(self) -> list[NoteTurn]:
        marks = self._marks
        complete = marks is not None and marks.match is not None and marks.sounded is not None
        return self.close() if complete else []


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else max(0.0, end - start)
