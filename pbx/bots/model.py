"""The vocabulary of turn-taking: what comes in, what goes out, and how long anybody is waited for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Provider: TypeAlias = Literal["transcriber", "mind", "voice"]
Reason: TypeAlias = Literal["asked", "not_understood", "silence", "noise", "failed", "turns", "time"]
Match: TypeAlias = Literal["ok", "nomatch", "noinput", "continued"]


@dataclass(frozen=True, slots=True)
class Manners:
    """How a bot takes its turns. All times are seconds of somebody's silence, unless they say otherwise."""

    turns: int = 12  # that the caller may take
    longest: float = 300.0  # the whole conversation
    listening: float = 6.0  # the caller's, after a question
    keying: float = 8.0  # the caller's, after a question for keys
    between_keys: float = 3.0  # after which an entry is over
    alone: float = 0.9  # after which an escape key that could begin a number was none of its digits
    hearing: float = 15.0  # the longest that a caller speaks without a pause
    understanding: float = 2.0  # from the end of speech to its words
    thinking: float = 4.0  # from the words to the reply
    voicing: float = 2.0  # from the reply to its first sound
    speaking: float = 60.0  # the longest that the bot speaks
    yields_after: float = 0.25  # of the caller's speech, after which the bot falls silent
    cough: float = 0.4  # of the caller's sound: less, if no words come of it, is taken for none
    interruptions: int = 3  # false ones, after which one reply is spoken to its end
    misses: int = 2  # in a row, before the bot asks for keys; as many again before it gives up
    least_sure: float = 0.4  # confidence below which nothing was understood
    escape_keys: frozenset[str] = frozenset()  # lead to a person
    leave_keys: frozenset[str] = frozenset()  # end the conversation for the flow's sake
    escapes: Callable[[str], bool] = field(default=lambda text: False)  # do these words ask for a person?

    @property
    def patience(self) -> float:
        """The longest that can pass without anything due to happen."""
        return max(
            self.listening, self.keying, self.between_keys, self.hearing, self.understanding, self.thinking,
            self.voicing, self.speaking,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keypad:
    """The keys that answer a question: one of `choices`, or up to `most` digits ended by # or by waiting."""

    choices: frozenset[str] = frozenset()
    most: int = 0

    def takes(self, key: str) -> bool:
        """Whether the key is part of an answer."""
        return key in self.choices or (self.most > 0 and (key in DIGITS or key == "#"))


DIGITS = frozenset("0123456789")
KEYS = DIGITS | frozenset("*#ABCD")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the mind makes of a turn. The texts are spoken one after another."""

    say: tuple[str, ...] = ()
    then: Literal["listen", "finish", "person", "give_up"] = "listen"
    again: tuple[str, ...] = ()  # the question, asked again after silence
    understood: bool = True
    keypad: Keypad = Keypad()
    intent: str = ""
    slots: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


# Events. What answers an effect quotes its turn; what comes of the caller's voice quotes its utterance.


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    utterance: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """`silence` seconds ago."""

    utterance: int
    silence: float = 0.0


@dataclass(frozen=True, slots=True)
class Partial:
    """What the words may turn out to be, while the caller speaks."""

    utterance: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of an utterance; "" for none. One for every SpeechEnded. `confidence` is 0 to 1."""

    utterance: int
    text: str = field(repr=False)
    confidence: float = 1.0


Voiced: TypeAlias = SpeechBegan | SpeechEnded | Partial | Heard


@dataclass(frozen=True, slots=True)
class KeyPressed:
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """The beginning, or more, of a reply that is still being made."""

    turn: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReplyReady:
    """The reply, or the rest of it after sentences of the same turn."""

    turn: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Sounded:
    """The first sound of a Speak or a Resume has left."""

    turn: int
    part: int


@dataclass(frozen=True, slots=True)
class Spoke:
    """Everything up to this Speak was said to its end."""

    turn: int
    part: int


@dataclass(frozen=True, slots=True)
class ProviderFailed:
    """A transcriber fails whatever the turn."""

    turn: int
    which: Provider


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The deadline has come."""


Event: TypeAlias = (
    Voiced | KeyPressed | SentenceReady | ReplyReady | Sounded | Spoke | ProviderFailed | TimeUp
)  # fmt: skip


# Effects


@dataclass(frozen=True, slots=True)
class Think:
    """Make a reply to these words or keys; forget about any earlier turn's."""

    turn: int
    text: str = field(default="", repr=False)
    confidence: float = 1.0
    keys: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AskKeys:
    """Reply with the present question, for keys. From now on they are the only answers."""

    turn: int
    why: Reason


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this after what else was asked for in this turn; forget about any earlier turn's."""

    turn: int
    part: int
    say: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """Be silent now, and remember where."""


@dataclass(frozen=True, slots=True)
class Resume:
    """It was nothing: go on where the voice stopped, or from the beginning of that sentence."""

    turn: int


@dataclass(frozen=True, slots=True)
class NoteTurn:
    """What came of the caller's turn, and how long each provider took over it; None where it had no part.

    `latency` is from the end of the caller's speech, or the last key, to the first sound of the reply.
    """

    turn: int
    match: Match
    confidence: float
    barged_in: bool
    latency: float | None = None
    transcriber: float | None = None
    mind: float | None = None
    voice: float | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """A person goes on: the caller asked for one, or the bot cannot."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Leave:
    """The flow goes on, because the caller has pressed one of its keys."""

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finish:
    """The bot has done what it is for."""


Effect: TypeAlias = (
    Think | AskKeys | Speak | StopSpeaking | Resume | NoteTurn | HandOver | Leave | Finish
)  # fmt: skip
