"""A bot as written in ivr_flows/bots/*.toml: what it says, what callers want of it, and what it asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import (
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    with_config,
)

from pbx.bots.lexicon import fold
from pbx.bots.model import Keypad, Manners
from pbx.bots.values import Kind
from pbx.ivr.fields import (
    LONGEST_TEXT,
    Key,
    KeySet,
    Name,
    Prompt,
    Text,
    VariableName,
)
from pbx.ivr.kinds.errands import Token

Path: TypeAlias = tuple[str | int, ...]
Phrase: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]
Phrases: TypeAlias = Mapping[str, Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=50)]]
Seconds: TypeAlias = Annotated[float, Field(strict=True, gt=0, le=60)]
Count: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=20)]
Tool: TypeAlias = Literal["choose", "fill", "person", "finish"]
TOOLS: tuple[Tool, ...] = get_args(Tool)
LONGEST_SYSTEM = 8000  # characters of what a chat model is told

_prompt: TypeAdapter[str | Text] = TypeAdapter(Prompt)
_strict = with_config(ConfigDict(extra="forbid", arbitrary_types_allowed=True))


def _written_out(value: object) -> Text:
    try:
        prompt = _prompt.validate_python(value)
    except ValidationError as problem:
        raise ValueError(str(problem.errors()[0]["ctx"]["error"])) from None  # pyright: ignore[reportTypedDictNotRequiredAccess]
    if isinstance(prompt, str):
        raise ValueError(f'expected what the bot says: {{ en = "..." }}, found the prompt {prompt!r}')  # noqa: TRY004 - pydantic wants ValueError
    return prompt


Said: TypeAlias = Annotated[
    Text,
    PlainValidator(_written_out),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
                {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
            ]
        }
    ),
]


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Something a bot asks for."""

    type: Kind
    ask: Said
    key_prompt: Said | None = None  # the question, where keys are to answer it; nobody can key in a text
    keys: Mapping[Key, Annotated[str, Field(max_length=64)]] = field(default_factory=dict[str, str])
    choices: Mapping[Name, Phrases] = field(default_factory=dict[str, Phrases])  # what callers call each
    max_digits: Annotated[int, Field(strict=True, ge=1, le=32)] = 32
    min_digits: Annotated[int, Field(strict=True, ge=1, le=32)] = 1
    confirm: Said | None = None  # asked where the bot is not sure

    @property
    def keypad(self) -> Keypad:
        """The keys that answer the question."""
        if self.keys or self.type == "yes_no":
            return Keypad(frozenset(self.keys or "12"))
        return Keypad(most={"date": 4, "time": 4, "digits": self.max_digits, "number": 9}.get(self.type, 0))


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Something callers want. The conversation is over when its slots are filled."""

    key: Key
    phrases: Phrases = field(default_factory=dict[str, tuple[str, ...]])
    slots: Annotated[tuple[VariableName, ...], Field(max_length=10)] = ()
    confirm: Said | None = None  # asked where the bot is not sure
    reply: Said | None = None  # said at the end


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Escape:
    """What leads to a person at once: words, whatever else is said around them, and keys."""

    words: Phrases = field(default_factory=dict[str, tuple[str, ...]])
    keys: KeySet = "0"


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: how long the caller may be silent, and how long the bot."""

    listening: Seconds = 6.0
    keys: Seconds = 8.0
    between_keys: Seconds = 3.0
    speech: Seconds = 15.0  # that a caller may speak without a pause
    end_of_turn: Annotated[float, Field(strict=True, ge=0.2, le=3)] = 0.4  # of silence after speech
    thinking: Seconds = 4.0


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIn:
    """How easily a caller interrupts the bot."""

    after: Annotated[float, Field(strict=True, ge=0, le=5)] = 0.25  # seconds of speech
    false: Annotated[int, Field(strict=True, ge=0, le=20)] = 3  # noises, until a reply is said to its end


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A model behind an OpenAI-compatible address. `tools` are all that it may do."""

    url: Annotated[str, Field(max_length=2000)]
    model: Annotated[str, Field(min_length=1, max_length=200)]
    system: Annotated[str, Field(min_length=1, max_length=LONGEST_SYSTEM)]
    token: Token | None = None
    tools: tuple[Tool, ...] = TOOLS
    max_tokens: Annotated[int, Field(strict=True, ge=1, le=4000)] = 300


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """An outside bot that gets the caller's audio, and speaks."""

    url: Annotated[str, Field(max_length=2000)]
    token: Token | None = None
    within: Seconds = 5.0  # to connect, or to come back


@_strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The whole file."""

    mind: Literal["rules", "chat", "bridge"] = "rules"
    zone: Annotated[str, Field(max_length=64)] = "UTC"  # whose today and tomorrow are meant
    disclosure: Said  # said first, and to its end: this is a robot
    greeting: Said  # the first question
    menu: Said  # the first question, where keys are to answer it
    again: Said  # said before the question, after what was not understood
    silence: Said  # said before the question, after silence
    attempts: Annotated[int, Field(strict=True, ge=1, le=10)] = 2
    turns: Annotated[int, Field(strict=True, ge=1, le=100)] = 12
    seconds: Annotated[float, Field(strict=True, gt=0, le=3600)] = 300.0
    patience: Patience = field(default_factory=Patience)
    barge_in: BargeIn = field(default_factory=BargeIn)
    escape: Escape = field(default_factory=Escape)
    intents: Annotated[Mapping[Name, Intent], Field(min_length=1, max_length=30)]
    slots: Annotated[Mapping[VariableName, Slot], Field(max_length=30)] = field(
        default_factory=dict[str, Slot]
    )
    chat: Chat | None = None
    bridge: Bridge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot(Script):
    """A bot that is in order. `version` changes when anything in its file does."""

    name: str
    version: str

    @property
    def languages(self) -> tuple[str, ...]:
        """Those it speaks; "" is the configuration's first, whichever it is."""
        return tuple(self.disclosure.said)

    def texts(self) -> Iterator[tuple[Path, Text]]:
        """Everything it may say, except what a model makes up, with its path in the file."""
        return texts_of(self)

    def exits(self) -> frozenset[str]:
        """What a conversation can be found to be about."""
        return frozenset(self.intents)

    def filled_by(self, intent: str) -> tuple[str, ...]:
        """The slots that have a value after a conversation about this."""
        return self.intents[intent].slots

    def manners(self, language: str, leave_keys: str = "") -> Manners:
        """How it takes its turns. `leave_keys` are the flow's own."""
        phrases = [fold(words) for words in self.escape.words.get(language, ())]

        def escapes(text: str) -> bool:
            words = fold(text)
            return any(
                words[at : at + len(phrase)] == phrase for phrase in phrases for at in range(len(words))
            )

        return Manners(
            turns=self.turns,
            longest=self.seconds,
            listening=self.patience.listening,
            keying=self.patience.keys,
            between_keys=self.patience.between_keys,
            hearing=self.patience.speech,
            thinking=self.patience.thinking,
            yields_after=self.barge_in.after,
            interruptions=self.barge_in.false,
            misses=self.attempts,
            escape_keys=frozenset(self.escape.keys),
            leave_keys=frozenset(leave_keys),
            escapes=escapes,
        )


def texts_of(script: Script) -> Iterator[tuple[Path, Text]]:
    for key in ("disclosure", "greeting", "menu", "again", "silence"):
        yield (key,), getattr(script, key)
    for name, intent in script.intents.items():
        yield from _written(("intents", name), confirm=intent.confirm, reply=intent.reply)
    for name, slot in script.slots.items():
        yield from _written(("slots", name), ask=slot.ask, key_prompt=slot.key_prompt, confirm=slot.confirm)


def _written(path: Path, **texts: Text | None) -> Iterator[tuple[Path, Text]]:
    return (((*path, key), text) for key, text in texts.items() if text is not None)
