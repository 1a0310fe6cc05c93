"""What a leg is to hear by the clock: clips one after another, once or for ever."""

from collections.abc import Sequence

from media.engines.arena import Arena, Segment


class Programme:
    """`left` is what remains of the present clip while the programme is not on the air.

    `play` is the number its end is reported by; None for hold music. Raises KeyError for a clip never loaded.
    """

    __slots__ = ("_at", "_clips", "_repeat", "_segments", "left", "play")

    def __init__(
        self, play: int | None, clips: Sequence[int], arena: Arena, *, alaw: bool, repeat: bool
    ) -> None:
        self.play = play
        self._clips, self._repeat = clips, repeat
        self._segments = [arena.segment(clip, alaw=alaw) for clip in clips]
        self._at = 0
        self.left = self._segments[0]

    def advance(self) -> bool:
        """The present clip has ended: whether there is another, now in `left`."""
        self._at += 1
        if self._at == len(self._clips):
            if not self._repeat:
                return False
            self._at = 0
        self.left = self._segments[self._at]
        return True

    def recode(self, arena: Arena, *, alaw: bool) -> None:
        """Go on at the same place in the other codec."""
        done = self.left.start - self._segments[self._at].start
        self._segments = [arena.segment(clip, alaw=alaw) for clip in self._clips]
        start, end = self._segments[self._at]
        self.left = Segment(start + done, end)
