"""The rule bot: finds out what the caller wants by phrases, and asks for what is missing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from pbx.bots.bot import Bot, Slot
from pbx.bots.lexicon import fold
from pbx.bots.matching import best
from pbx.bots.model import Keypad, Reply
from pbx.bots.values import from_keys, from_words
from pbx.bots.vocabulary import Vocabulary
from pbx.ivr.fields import Text
from pbx.ivr.speech.template import render

REJECT = 0.4  # less sure than this is not understood
CONFIRM = 0.75  # less sure than this is asked about
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where a conversation is."""

    intent: str = ""
    slots: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    asking: str = ""  # for this slot; "" for what the caller wants
    doubt: str = field(default="", repr=False)  # the intent or value that a yes confirms
    said: tuple[str, ...] = field(default=(), repr=False)  # with that intent
    by_keys: bool = False


Answer: TypeAlias = tuple[Dialogue, Reply]


class Rules:
    """One bot in one language on one day. Every answer is the dialogue as it then is, and what to say."""

    def __init__(self, bot: Bot, language: str, today: date) -> None:
        self._bot, self._language, self._today = bot, language, today
        self._wanted = {name: i.phrases.get(language, ()) for name, i in bot.intents.items()}

    def said(self, text: Text, values: Mapping[str, str] = _NOTHING) -> tuple[str, ...]:
        """What is said, in fragments each of which may be recorded."""
        return said_in(text, self._language, values)

    def begin(self, known: Mapping[str, str], intent: str = "") -> Answer:
        """The first question. What is known already is never asked for."""
        slots = {name: known[name] for name in self._bot.slots if known.get(name)}
        return self._ask(Dialogue(intent, slots))

    def for_keys(self, dialogue: Dialogue) -> Answer:
        """The present question, for keys; what was in doubt is asked for again."""
        return self._ask(replace(dialogue, doubt="", by_keys=True))

    def hear(self, dialogue: Dialogue, text: str, sure: float) -> Answer:
        """`sure` is the transcriber's confidence, 0 to 1."""
        words = fold(text)
        if sure < REJECT or not words:
            return self._miss(dialogue)
        if dialogue.doubt:
            return self._hear_yes_or_no(dialogue, words, sure)
        if dialogue.asking:
            return self._hear_value(dialogue, words, sure)
        return self._hear_intent(dialogue, words, sure)

    def press(self, dialogue: Dialogue, keys: str) -> Answer:
        if dialogue.doubt:
            answer = {"1": "yes", "2": "no"}.get(keys)
            return self._confirm(dialogue, agreed=answer == "yes") if answer else self._miss(dialogue)
        if dialogue.asking:
            value = self._keyed(self._bot.slots[dialogue.asking], keys)
            return self._fill(dialogue, value, ()) if value else self._miss(dialogue)
        for name, intent in self._bot.intents.items():
            if intent.key == keys:
                return self._choose(dialogue, name, ())
        return self._miss(dialogue)

    def expected(self, dialogue: Dialogue) -> Vocabulary:
        """What a caller who is asked this is likely to say."""
        escapes = self._bot.escape.words.get(self._language, ())
        if dialogue.doubt:
            return Vocabulary(escapes, frozenset({"yes_no"}))
        slot = self._bot.slots.get(dialogue.asking)
        if slot is None:
            return Vocabulary(escapes + tuple(p for said in self._wanted.values() for p in said))
        choices = tuple(p for said in slot.choices.values() for p in said.get(self._language, ()))
        return Vocabulary(escapes + choices, frozenset({slot.type}))

    # What was said

    def _hear_yes_or_no(self, dialogue: Dialogue, words: tuple[str, ...], sure: float) -> Answer:
        said = from_words("yes_no", words, self._language, self._today)
        if said == "yes":
            return self._confirm(dialogue, agreed=True)
        plain = replace(dialogue, doubt="", said=())  # "no, on Tuesday" has the answer in it
        hear = self._hear_value if dialogue.asking else self._hear_intent
        after, reply = hear(plain, words, sure)
        if reply.understood:
            return after, reply
        return self._miss(dialogue) if said is None else self._ask(plain)

    def _hear_intent(self, dialogue: Dialogue, words: tuple[str, ...], sure: float) -> Answer:
        found = best(words, self._wanted)
        if found is None:
            return self._miss(dialogue)
        sure = min(sure, found.likeness)
        if sure >= CONFIRM:
            return self._choose(dialogue, found.name, words)
        if sure >= REJECT and self._bot.intents[found.name].confirm is not None:
            return self._ask(replace(dialogue, doubt=found.name, said=words))
        return self._miss(dialogue)

    def _hear_value(self, dialogue: Dialogue, words: tuple[str, ...], sure: float) -> Answer:
        slot = self._bot.slots[dialogue.asking]
        value, likeness = self._value(slot, words, asked=True)
        if value is None:
            found = best(words, self._wanted)  # another matter altogether
            if found is not None and min(sure, found.likeness) >= CONFIRM and found.name != dialogue.intent:
                return self._choose(dialogue, found.name, words)
            return self._miss(dialogue)
        if min(sure, likeness) >= CONFIRM:
            return self._fill(dialogue, value, words)
        if min(sure, likeness) >= REJECT and slot.confirm is not None:
            return self._ask(replace(dialogue, doubt=value))
        return self._miss(dialogue)

    def _value(self, slot: Slot, words: tuple[str, ...], *, asked: bool) -> tuple[str | None, float]:
        """What the words say of a slot, and how likely that is what they say."""
        if slot.type == "choice":
            said = {name: phrases.get(self._language, ()) for name, phrases in slot.choices.items()}
            found = best(words, said)
            least = REJECT if asked else CONFIRM
            return (found.name, found.likeness) if found and found.likeness >= least else (None, 0.0)
        value = from_words(slot.type, words, self._language, self._today, asked=asked)
        if slot.type == "digits" and value and not slot.min_digits <= len(value) <= slot.max_digits:
            return None, 0.0
        return value, 1.0

    def _keyed(self, slot: Slot, keys: str) -> str | None:
        if slot.keys:
            value = slot.keys.get(keys)
            if value is None or slot.type == "choice":
                return value
            return from_words(slot.type, fold(value), "en", self._today)
        if slot.type == "digits" and not slot.min_digits <= len(keys) <= slot.max_digits:
            return None
        return from_keys(slot.type, keys, self._today)

    # What follows

    def _confirm(self, dialogue: Dialogue, *, agreed: bool) -> Answer:
        doubt, said, plain = dialogue.doubt, dialogue.said, replace(dialogue, doubt="", said=())
        if not agreed:
            return self._ask(plain)
        return self._fill(plain, doubt, ()) if dialogue.asking else self._choose(plain, doubt, said)

    def _choose(self, dialogue: Dialogue, intent: str, words: tuple[str, ...]) -> Answer:
        return self._volunteered(replace(dialogue, intent=intent, asking="", doubt="", said=()), words)

    def _fill(self, dialogue: Dialogue, value: str, words: tuple[str, ...]) -> Answer:
        slots = {**dialogue.slots, dialogue.asking: value}
        return self._volunteered(replace(dialogue, slots=slots, asking="", doubt=""), words)

    def _volunteered(self, dialogue: Dialogue, words: tuple[str, ...]) -> Answer:
        """Take what else was said, and ask for what is still missing."""
        slots = dict(dialogue.slots)
        for name in self._bot.intents[dialogue.intent].slots:
            if name not in slots and words:
                value, _ = self._value(self._bot.slots[name], words, asked=False)
                slots |= {name: value} if value else {}
        return self._ask(replace(dialogue, slots=slots))

    def _miss(self, dialogue: Dialogue) -> Answer:
        dialogue, reply = self._ask(dialogue)
        again = self.said(self._bot.again)
        return dialogue, replace(reply, say=again + reply.say, understood=False)

    def _ask(self, dialogue: Dialogue) -> Answer:
        """The present question; the next if there is none; the end if nothing is missing."""
        intent = self._bot.intents.get(dialogue.intent)
        if intent is not None and not dialogue.asking and not dialogue.doubt:
            missing = next((name for name in intent.slots if name not in dialogue.slots), None)
            if missing is None:
                say = self.said(intent.reply, dialogue.slots) if intent.reply else ()
                return dialogue, self._reply(dialogue, say, Keypad(), finish=True)
            dialogue = replace(dialogue, asking=missing)
        say, keypad = self._question(dialogue)
        if say is None:
            return dialogue, Reply(then="give_up", intent=dialogue.intent, slots=dialogue.slots)
        return dialogue, self._reply(dialogue, say, keypad)

    def _question(self, dialogue: Dialogue) -> tuple[tuple[str, ...] | None, Keypad]:
        """None where keys cannot answer it."""
        slot = self._bot.slots.get(dialogue.asking)
        if dialogue.doubt:
            text = self._bot.intents[dialogue.doubt].confirm if slot is None else slot.confirm
            values = {dialogue.asking: dialogue.doubt}
            return (self.said(text, values) if text else ()), Keypad(frozenset("12"))
        if slot is None:
            keypad = Keypad(frozenset(intent.key for intent in self._bot.intents.values()))
            return self.said(self._bot.menu if dialogue.by_keys else self._bot.greeting), keypad
        text = slot.key_prompt if dialogue.by_keys else slot.ask
        return (self.said(text) if text else None), slot.keypad

    def _reply(
        self, dialogue: Dialogue, say: tuple[str, ...], keypad: Keypad, *, finish: bool = False
    ) -> Reply:
        return Reply(
            say=say,
            then="finish" if finish else "listen",
            again=self.said(self._bot.silence) + say,
            keypad=keypad,
            intent=dialogue.intent,
            slots=dialogue.slots,
        )


def said_in(text: Text, language: str, values: Mapping[str, str] = _NOTHING) -> tuple[str, ...]:
    """A text in a language, in fragments each of which may be recorded."""
    template = text.said.get(language) or text.said.get("") or next(iter(text.said.values()))
    return render(template, lambda name: values.get(name, ""), language)
