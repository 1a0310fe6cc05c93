"""What happened between a caller and a bot. What was said is not filed."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pbx.records.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTurn(Fact):
    """The caller took a turn, or kept silent when it was the caller's turn.

    `intent` is what the bot then took for the wish. `latency_ms` is from the end of the caller's speech,
    or the last key, to the first sound of the reply; the others are its parts. None where there was none.
    """

    type: ClassVar[str] = "bot.turn"
    contact: str
    bot: str
    turn: int
    match: Literal["ok", "nomatch", "noinput", "continued"]
    intent: str
    confidence: float
    barged_in: bool
    latency_ms: int | None = None
    transcriber_ms: int | None = None
    mind_ms: int | None = None
    voice_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotHandover(Fact):
    """A person is to go on. `attempts` are the turns that were not understood, and the silences."""

    type: ClassVar[str] = "bot.handover"
    contact: str
    bot: str
    reason: Literal["asked", "not_understood", "silence", "noise", "failed", "turns", "time"]
    intent: str
    language: str
    turns: int
    attempts: int
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BotEnded(Fact):
    """One for every conversation with a bot. `left`: the caller pressed a key of the flow's."""

    type: ClassVar[str] = "bot.ended"
    contact: str
    bot: str
    result: Literal["completed", "person", "failed", "left", "hung_up"]
    intent: str
    turns: int
    ms: int
