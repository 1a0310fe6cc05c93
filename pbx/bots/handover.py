"""What a person who takes over from a bot should know, so that nothing is asked twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from pbx.bots.model import NoteTurn, Reason

MOST_LINES = 60
LONGEST_LINE = 500  # characters

Ended: TypeAlias = Literal["completed", "left", "hung_up"] | Reason


class Line(NamedTuple):
    """One utterance."""

    who: Literal["caller", "bot"]
    text: str


@dataclass(frozen=True, slots=True)
class Handover:
    """How a conversation with a bot went. What the caller said is kept out of its repr."""

    bot: str
    language: str
    reason: Ended
    seconds: float  # spent with the bot: time the caller has waited already
    turns: int  # that the caller took
    attempts: int  # turns not understood, and silences
    intent: str = ""  # what the caller wants, if that is known
    slots: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    transcript: tuple[Line, ...] = field(default=(), repr=False)  # the latest MOST_LINES

    @property
    def summary(self) -> tuple[str, str]:
        """Two lines for whoever answers: what is wanted, and why a person is."""
        known = ", ".join(f"{name} {value}" for name, value in self.slots.items())
        wanted = f"wants: {self.intent or 'not known'}" + (f" ({known})" if known else "")
        return (
            wanted,
            f"{_WHY[self.reason]}, after {self.turns} turns and {self.seconds:.0f} s with {self.bot}",
        )


_WHY: Mapping[Ended, str] = {
    "completed": "the bot is done",
    "left": "pressed a key of the flow",
    "hung_up": "hung up",
    "asked": "asked for a person",
    "not_understood": "was not understood",
    "silence": "said nothing",
    "noise": "could not be heard for noise",
    "failed": "the bot failed",
    "turns": "took too many turns",
    "time": "took too long",
}


class Memory:
    """What is known of a conversation while it goes on."""

    def __init__(self, bot: str, language: str, now: float) -> None:
        self.intent = ""
        self.slots: Mapping[str, str] = {}
        self._bot, self._language, self._began = bot, language, now
        self._turns = self._attempts = 0
        self._lines: list[Line] = []

    @property
    def transcript(self) -> tuple[Line, ...]:
        return tuple(self._lines)

    def hear(self, text: str) -> None:
        """Words of the caller's; those that go on from the line before replace it."""
        last = self._lines[-1] if self._lines else None
        if last is not None and last.who == "caller" and text.startswith(last.text):
            self._lines.pop()
        self._add("caller", text)

    def say(self, text: str) -> None:
        self._add("bot", text)

    def note(self, turn: NoteTurn) -> None:
        self._turns += turn.match != "noinput"
        self._attempts += turn.match in ("nomatch", "noinput")

    def handover(self, reason: Ended, now: float) -> Handover:
        return Handover(
            self._bot,
            self._language,
            reason,
            now - self._began,
            self._turns,
            self._attempts,
            self.intent,
            dict(self.slots),
            self.transcript,
        )

    def _add(self, who: Literal["caller", "bot"], text: str) -> None:
        if text:
            self._lines.append(Line(who, text[:LONGEST_LINE]))
            del self._lines[:-MOST_LINES]
