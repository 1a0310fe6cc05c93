"""The messages between the exchange and its recogniser process: a kind, a stream, and so many bytes."""

import json
import struct
from enum import IntEnum
from typing import Any, NamedTuple

from pbx.bots.model import Heard, Partial, SpeechBegan, SpeechEnded, Voiced
from pbx.bots.vocabulary import Vocabulary

HEADER = struct.Struct(">BIH")
FRAME = 0.02  # seconds
LONGEST = 65_535  # bytes of one message's body


class Kind(IntEnum):
    """To the recogniser: OPEN, AUDIO, EXPECT, CLOSE. From it: READY, VOICED, FAILED."""

    OPEN = 1
    AUDIO = 2
    EXPECT = 3
    CLOSE = 4
    READY = 5
    VOICED = 6
    FAILED = 7


class Message(NamedTuple):
    kind: Kind
    stream: int
    body: bytes = b""

    def encode(self) -> bytes:
        return HEADER.pack(self.kind, self.stream, len(self.body)) + self.body


def vocabulary_bytes(vocabulary: Vocabulary) -> bytes:
    """As many phrases as fit."""
    phrases = list(vocabulary.phrases)
    while len(text := json.dumps([phrases, sorted(vocabulary.kinds)]).encode()) > LONGEST:
        del phrases[len(phrases) // 2 :]
    return text


def vocabulary_of(body: bytes) -> Vocabulary:
    phrases, kinds = json.loads(body)
    return Vocabulary(tuple(phrases), frozenset(kinds))


def voiced_bytes(event: Voiced, frames: int) -> bytes:
    """`frames` were heard until then."""
    match event:
        case SpeechBegan(utterance):
            said: list[Any] = ["began", utterance]
        case SpeechEnded(utterance, silence):
            said = ["ended", utterance, silence]
        case Partial(utterance, text):
            said = ["partial", utterance, text]
        case Heard(utterance, text, confidence):
            said = ["heard", utterance, text, confidence]
    return json.dumps([frames, *said]).encode()


def voiced_of(body: bytes, sent: int) -> Voiced:
    """`sent` frames until now: as far as the recogniser lags, the silence has lasted longer than it knows."""
    frames, kind, *fields = json.loads(body)
    makers: dict[str, Any] = {"began": SpeechBegan, "ended": SpeechEnded, "partial": Partial, "heard": Heard}
    event: Voiced = makers[kind](*fields)
    if isinstance(event, SpeechEnded):
        return SpeechEnded(event.utterance, event.silence + FRAME * max(0, sent - frames))
    return event
