"""What the caller is saying: quiet, in the middle of it, or said and not yet put into words."""

from typing import Literal, TypeAlias

from pbx.bots.model import Heard, Partial, SpeechBegan, SpeechEnded

State: TypeAlias = Literal["quiet", "speech", "words"]


class Ear:
    """Utterances are numbered upwards. Words of one that is followed by another before they come are kept."""

    def __init__(self) -> None:
        self.state: State = "quiet"
        self.since = 0.0  # when the present utterance began
        self.ended = 0.0  # when the latest one did
        self.words_due = 0.0
        self.said: list[str] = []
        self.sure = 1.0
        self._utterance = self._consumed = 0

    @property
    def busy(self) -> bool:
        return self.state != "quiet"

    @property
    def length(self) -> float:
        """Seconds of the latest utterance that has ended."""
        return self.ended - self.since

    def is_stale(self, event: SpeechBegan | SpeechEnded | Partial | Heard) -> bool:
        match event:
            case SpeechBegan(utterance):
                return utterance <= self._utterance
            case Heard(utterance):
                return not (self.busy and self._consumed < utterance <= self._utterance)
            case _:
                return event.utterance != self._utterance or self.state != "speech"

    def begin(self, event: SpeechBegan, now: float) -> None:
        self.state, self._utterance, self.since = "speech", event.utterance, now

    def end(self, event: SpeechEnded, now: float, patience: float) -> None:
        """Words are due in `patience` seconds."""
        self.state, self.ended, self.words_due = "words", now - event.silence, now + patience

    def hear(self, heard: Heard, now: float, *, meant: bool) -> bool:
        """Keep the words if they are meant for the bot; True when nothing more is on its way."""
        self._consumed = heard.utterance
        if heard.text and meant:
            self.said.append(heard.text)
            self.sure = min(self.sure, heard.confidence)
        if heard.utterance < self._utterance:
            return False
        if self.state == "speech":
            self.ended = now  # a transcriber that ends turns by itself
        self.state = "quiet"
        return True

    def forget(self) -> None:
        """Whatever is being said is not for the bot."""
        self.state, self._consumed = "quiet", self._utterance
        self.clear()

    def clear(self) -> None:
        self.said.clear()
        self.sure = 1.0
