"""Who speaks, who is waited for, and for how long: a bot's turn-taking as a machine."""

from typing import Literal, TypeAlias, assert_never

from pbx.bots.ear import Ear
from pbx.bots.model import (
    DIGITS,
    KEYS,
    AskKeys,
    Effect,
    Event,
    Finish,
    HandOver,
    Heard,
    Keypad,
    KeyPressed,
    Leave,
    Manners,
    Match,
    NoteTurn,
    Partial,
    ProviderFailed,
    Reason,
    Reply,
    ReplyReady,
    Resume,
    SentenceReady,
    Sounded,
    Speak,
    SpeechBegan,
    SpeechEnded,
    Spoke,
    StopSpeaking,
    Think,
    TimeUp,
)
from pbx.bots.stopwatch import Stopwatch

MOST_TYPED_AHEAD = 32  # keys kept for the next question
Phase: TypeAlias = Literal["speaking", "listening", "thinking", "over"]


class Turns:
    """A machine: `start`, then `handle` for every event, with TimeUp at every `deadline`.

    The bot speaks, listens or thinks, whatever the caller's voice does meanwhile. After HandOver, Leave or
    Finish it says nothing any more.
    """

    def __init__(
        self, manners: Manners, first: Reply, *, opening: tuple[str, ...] = (), deaf: bool = False
    ) -> None:
        """`opening` is said to its end whatever happens, escapes apart; `first` is the first question.

        `deaf`: there is no transcriber, so that keys are asked for from the beginning.
        """
        self._manners, self._question, self._opening = manners, first, opening
        self._phase: Phase = "thinking"
        self._due = self._ends_at = self._now = 0.0
        self._turn = self._part = self._taken = self._misses = 0
        self._guarded = bool(opening)
        self._paused = self._more = self._by_keys = False
        self._false = 0  # interruptions of this reply that were none
        self._held: list[SentenceReady | ReplyReady] = []  # while the caller speaks on
        self._ear, self._deaf = Ear(), deaf
        self._keys_next: Reason | None = "failed" if deaf else None
        self._why: Reason = "not_understood"  # it came to keys
        self._entry = self._typed = self._asked = ""
        self._watch = Stopwatch()
        self._effects: list[Effect] = []

    @property
    def deadline(self) -> float | None:
        """When TimeUp is due if nothing else happens first; None once it is over."""
        if self._phase == "over":
            return None
        due = [self._ends_at]
        if self._ear.busy:
            due.append(self._ear_due())
        # Speech stops every patience but that with the voice, which goes on unless it is paused.
        if not self._paused if self._phase == "speaking" else not self._ear.busy:
            due.append(self._due)
        return min(due)

    def start(self, now: float) -> list[Effect]:
        """Say the opening, or ask the first question."""
        self._now, self._effects = now, []
        self._ends_at = now + self._manners.longest
        if self._opening:
            self._speak(self._opening)
        else:
            self._open()
        return self._effects

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What follows from the event; nothing if it comes too late to mean anything."""
        self._now, self._effects = now, []
        if self._phase != "over" and not self._is_stale(event):
            self._take(event)
        return self._effects

    def _is_stale(self, event: Event) -> bool:
        """The one place where answers to old questions, and alarms set for them, are dropped."""
        speaks = self._phase == "speaking" and not self._paused
        match event:
            case Heard():
                return self._ear.is_stale(event) and not self._escapes(event)
            case SpeechBegan() | SpeechEnded() | Partial():
                return self._by_keys or self._deaf or self._ear.is_stale(event)
            case Sounded(turn, part):
                return not (speaks and turn == self._turn and part <= self._part)
            case Spoke(turn, part):
                return not (speaks and (turn, part) == (self._turn, self._part))
            case ProviderFailed(turn, which="voice"):
                return not (speaks and turn == self._turn)
            case ProviderFailed(which="transcriber"):
                return self._deaf
            case SentenceReady(turn) | ReplyReady(turn) | ProviderFailed(turn):
                return turn != self._turn or not (self._phase == "thinking" or self._more)
            case KeyPressed(key):
                return key not in KEYS
            case TimeUp():
                return self.deadline is None or self._now < self.deadline
            case _:
                assert_never(event)

    def _take(self, event: Event) -> None:  # noqa: C901 - one case for every event
        match event:
            case SpeechBegan():
                self._ear.begin(event, self._now)
            case SpeechEnded():
                self._ear.end(event, self._now, self._manners.understanding)
            case Partial(_, text):
                if text and self._is_interruptible():
                    self._pause()
            case Heard():
                self._hear(event)
            case KeyPressed(key):
                self._press(key)
            case SentenceReady() | ReplyReady():
                if self._ear.busy and self._phase == "thinking":
                    self._held.append(event)
                else:
                    self._answer(event)
            case Sounded():
                self._due = self._now + self._manners.speaking
                self._effects += self._watch.sounded(self._now)
            case Spoke():
                self._spoken()
            case ProviderFailed(which="transcriber"):
                self._lose_hearing("failed")
            case ProviderFailed():
                self._fall_back("failed")
            case TimeUp():
                self._time_up()
            case _:
                assert_never(event)

    # The caller's voice

    def _escapes(self, heard: Heard) -> bool:
        return heard.confidence >= self._manners.least_sure and self._manners.escapes(heard.text)

    def _is_interruptible(self) -> bool:
        speaks = self._phase == "speaking" and not self._paused and not self._guarded
        return speaks and self._false < self._manners.interruptions

    def _ear_due(self) -> float:
        if self._ear.state == "words":
            return self._ear.words_due
        yields = self._is_interruptible()
        return self._ear.since + (self._manners.yields_after if yields else self._manners.hearing)

    def _pause(self) -> None:
        if self._phase == "speaking" and not self._paused:
            self._paused = True
            self._effects.append(StopSpeaking())

    def _hear(self, heard: Heard) -> None:
        if self._escapes(heard):
            self._end(HandOver("asked"))
            return
        unsure = heard.confidence < self._manners.least_sure
        in_doubt = self._phase != "listening" or bool(self._ear.said)  # noise, or the bot's own echo
        if self._ear.hear(heard, self._now, meant=not self._guarded and not (unsure and in_doubt)):
            self._take_turn() if self._ear.said else self._go_on()

    def _take_turn(self) -> None:
        """The caller has said something. More of what a reply is being made to is put after it."""
        text, barged_in = " ".join(self._ear.said), self._phase == "speaking"
        self._pause()
        if self._phase == "thinking" and self._watch.running:
            text = f"{self._asked} {text}".strip()
            self._effects += self._watch.close("continued")
        self._think(text, self._ear.sure, ended=self._ear.ended, barged=barged_in)

    def _go_on(self) -> None:
        """No words came of it: as before, unless the caller has waited to say it."""
        if self._paused:
            self._paused = False
            self._false += 1
            self._due = self._now + self._manners.voicing
            self._effects.append(Resume(self._turn))
        elif self._phase == "listening" and self._ear.length >= self._manners.cough:
            self._ask_again("nomatch")
        held, self._held = self._held, []
        for answer in held:
            if self._phase != "over" and not self._is_stale(answer):
                self._answer(answer)

    def _lose_hearing(self, why: Reason) -> None:
        """No more speech, but what the bot is saying is said to its end."""
        self._deaf = True
        self._ear.forget()
        if self._phase == "listening" or self._paused:
            self._fall_back(why)
        else:
            self._keys_next = why
            self._go_on()

    # Keys

    def _press(self, key: str) -> None:
        keypad = self._keypad()
        if key in self._manners.escape_keys and not keypad.takes(key):
            self._end(HandOver("asked"))
        elif key in self._manners.leave_keys and not keypad.takes(key):
            self._end(Leave(key))
        elif self._guarded or self._phase == "thinking":
            self._typed = (self._typed + key)[:MOST_TYPED_AHEAD]
        else:
            self._hush()
            self._enter(key, keypad)

    def _keypad(self) -> Keypad:
        """Of the present question: none before it is asked, and none while the next is being made."""
        asked = not self._guarded and self._phase in ("speaking", "listening") and not self._more
        return self._question.keypad if asked else Keypad()

    def _hush(self) -> None:
        self._pause()
        self._phase, self._paused, self._more = "listening", False, False
        self._ear.forget()
        self._due = self._now + self._manners.between_keys

    def _enter(self, key: str, keypad: Keypad) -> None:
        if self._question.then == "finish":
            self._end(Finish())  # no question is left that the key could answer
        elif keypad == Keypad():
            self._fall_back("not_understood")
        elif keypad.most == 0 or key in keypad.choices:
            self._think(keys=key)
        elif key == "#":
            self._think(keys=self._entry)
        else:
            self._entry += key
            if key not in DIGITS or len(self._entry) >= keypad.most:
                self._think(keys=self._entry)
            elif self._entry in self._manners.escape_keys:
                self._due = self._now + self._manners.alone

    # The bot's turn

    def _think(
        self,
        text: str = "",
        sure: float = 1,
        keys: str = "",
        ended: float | None = None,
        *,
        barged: bool = False,
    ) -> None:
        self._effects += self._watch.close()
        if self._taken >= self._manners.turns:
            self._end(HandOver("turns"))
            return
        self._taken += 1
        self._next_turn("thinking", self._manners.thinking)
        self._asked = text
        self._watch.begin(
            self._taken, sure, ended=ended, now=self._now, in_words=bool(text), barged_in=barged
        )
        self._effects.append(Think(self._turn, text, sure, keys))

    def _next_turn(self, phase: Phase, patience: float) -> None:
        self._turn += 1
        self._part = self._false = 0
        self._phase, self._due = phase, self._now + patience
        self._paused = self._more = False
        self._held.clear()
        self._ear.clear()
        self._entry = ""

    def _answer(self, event: SentenceReady | ReplyReady) -> None:
        self._watch.replied(self._now)
        if isinstance(event, SentenceReady):
            self._more = True
            self._speak((event.text,))
        else:
            self._settle(event.reply)

    def _settle(self, reply: Reply) -> None:
        self._more = False
        self._effects += self._watch.matched(understood=reply.understood)
        if reply.then in ("person", "give_up"):
            self._end(HandOver("asked" if reply.then == "person" else self._why))
            return
        self._misses = 0 if reply.understood else self._misses + 1
        if self._misses >= self._manners.misses:
            self._fall_back("not_understood")
            return
        self._question = reply
        if reply.say:
            self._speak(reply.say)
        elif self._phase == "thinking":
            self._spoken()
        self._press_typed()

    def _press_typed(self) -> None:
        """The keys that were pressed before the question was asked."""
        while self._typed and self._phase in ("speaking", "listening"):
            key, self._typed = self._typed[0], self._typed[1:]
            self._press(key)

    def _speak(self, say: tuple[str, ...]) -> None:
        self._part += 1
        if self._phase != "speaking":
            self._phase, self._due = "speaking", self._now + self._manners.voicing
        self._effects.append(Speak(self._turn, self._part, say))

    def _spoken(self) -> None:
        """All there was to say in this turn has been said."""
        self._phase = "listening"
        self._due = self._now + (self._manners.keying if self._by_keys else self._manners.listening)
        if self._guarded:
            self._guarded = False
            self._open()
        elif self._more:
            self._phase, self._due = "thinking", self._now + self._manners.thinking
        elif self._question.then == "finish":
            self._end(Finish())
        elif self._keys_next is not None and not self._by_keys:
            self._fall_back(self._keys_next)

    def _open(self) -> None:
        if self._keys_next is not None:
            self._fall_back(self._keys_next)
        else:
            self._next_turn("thinking", self._manners.thinking)
            self._settle(self._question)

    # What goes wrong, and the end

    def _fall_back(self, why: Reason) -> None:
        """From speech to keys, and from keys to a person."""
        self._effects += self._watch.close("nomatch")
        if self._by_keys:
            self._end(HandOver(why))
            return
        self._pause()
        self._by_keys, self._guarded, self._why, self._misses = True, False, why, 0
        self._ear.forget()
        self._next_turn("thinking", self._manners.thinking)
        self._effects.append(AskKeys(self._turn, why))

    def _time_up(self) -> None:
        if self._now >= self._ends_at:
            self._end(HandOver("time"))
        elif self._ear.busy and self._now >= self._ear_due():
            if self._ear.state == "speech" and self._is_interruptible():
                self._pause()
            else:
                self._lose_hearing("noise" if self._ear.state == "speech" else "failed")
        elif self._phase == "listening":
            self._close_entry()
        else:
            self._fall_back("failed")

    def _close_entry(self) -> None:
        if self._entry in self._manners.escape_keys:
            self._end(HandOver("asked"))
        elif self._entry:
            self._think(keys=self._entry)
        else:
            self._ask_again("noinput")

    def _ask_again(self, match: Match) -> None:
        """After silence, or speech that nobody could make words of."""
        self._misses += 1
        self._effects.append(NoteTurn(self._taken + 1, match, 0.0, barged_in=False))
        if self._misses >= self._manners.misses:
            self._fall_back("silence" if match == "noinput" else "not_understood")
            return
        self._next_turn("listening", self._manners.listening)
        self._speak(self._question.again or self._question.say)

    def _end(self, effect: Effect) -> None:
        self._effects += self._watch.close()
        self._phase = "over"
        self._effects.append(effect)
