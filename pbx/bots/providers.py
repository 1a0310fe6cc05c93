"""What a conversation asks of those who hear, think and speak for it: three small protocols.

None of them keeps time: the conversation cancels whoever takes too long. What is over is cancelled too.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from pbx.bots.bot import Bot, Bridge
from pbx.bots.handover import Line
from pbx.bots.model import Reply, Voiced
from pbx.bots.vocabulary import Vocabulary


class ProviderError(Exception):
    """It cannot do its work; the message says why, without a secret and without what the caller said."""


class Transcriber(Protocol):
    """Hears one caller."""

    def transcribe(self, frames: AsyncIterator[bytes]) -> AsyncGenerator[Voiced]:
        """Events of the caller's voice as they happen, with numbered utterances, for as long as frames come.

        Frames are 20 ms of 16-bit little-endian mono PCM at 8 kHz. Raises ProviderError.
        """
        ...

    def expect(self, vocabulary: Vocabulary) -> None:
        """From the next utterance on."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """A caller's words, and everything a mind may know when it answers them."""

    text: str = field(repr=False)
    confidence: float
    intent: str
    slots: Mapping[str, str] = field(repr=False)
    transcript: tuple[Line, ...] = field(repr=False)  # the words are not in it yet
    today: date  # where the bot is


class Mind(Protocol):
    """Answers one caller."""

    def reply(self, context: Context) -> AsyncGenerator[str | Reply]:
        """Sentences as they are made, then one Reply with what is left to say. Raises ProviderError."""
        ...


class Voice(Protocol):
    def speak(self, sentence: str, language: str) -> AsyncGenerator[bytes]:
        """Chunks of any size, 16-bit little-endian mono PCM at 8 kHz. Raises ProviderError."""
        ...


class Socket(Protocol):
    """A connection to an outside bot: audio as bytes, events as text."""

    async def send(self, message: bytes | str) -> None: ...
    async def receive(self) -> bytes | str:
        """Raises ProviderError when the connection is gone."""
        ...


class Cast(Protocol):
    """Who is there to play the parts. None: nobody, and the conversation goes on by keys or prompts."""

    def transcriber(self, bot: Bot, language: str) -> Transcriber | None: ...
    def mind(self, bot: Bot, language: str) -> Mind | None: ...
    def voice(self, bot: Bot, language: str) -> Voice | None: ...
    def connect(self, bridge: Bridge) -> AbstractAsyncContextManager[Socket]:
        """Raises ProviderError."""
        ...


class _KeysOnly:
    """A cast of nobody: keys and recorded prompts are all there is."""

    def transcriber(self, bot: Bot, language: str) -> Transcriber | None:
        return None

    def mind(self, bot: Bot, language: str) -> Mind | None:
        return None

    def voice(self, bot: Bot, language: str) -> Voice | None:
        return None

    @asynccontextmanager
    async def connect(self, bridge: Bridge) -> AsyncGenerator[Socket]:
        raise ProviderError("nobody can be connected to")
        yield


KEYS_ONLY: Cast = _KeysOnly()
