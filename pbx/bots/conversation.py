"""Runs a bot's turns with one caller: the caller's audio and keys in, the bot's voice out."""

import asyncio
import logging
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never
from zoneinfo import ZoneInfo

from media.api import MediaSession
from pbx.bots.bot import Bot
from pbx.bots.handover import Memory
from pbx.bots.model import (
    AskKeys,
    Effect,
    Event,
    Finish,
    HandOver,
    Heard,
    KeyPressed,
    Leave,
    NoteTurn,
    ProviderFailed,
    Reply,
    ReplyReady,
    Resume,
    SentenceReady,
    Speak,
    StopSpeaking,
    Think,
    TimeUp,
)
from pbx.bots.mouth import Mouth
from pbx.bots.providers import Cast, Context, Mind, Transcriber
from pbx.bots.rules import Dialogue, Rules
from pbx.bots.turns import Turns
from pbx.clock import Clock

log = logging.getLogger(__name__)
INBOX = 64  # events unread; providers wait when it is full
End: TypeAlias = HandOver | Leave | Finish


@dataclass(frozen=True, slots=True)
class Encounter:
    """A caller, the bot to talk to, and where what is learnt goes."""

    bot: Bot
    language: str
    session: MediaSession
    clips: Container[str]  # the names of the prompts that the engine has
    memory: Memory
    note: Callable[[NoteTurn], None]  # told of every turn, once memory knows what came of it
    known: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    leave_keys: str = ""  # of the flow


async def converse(encounter: Encounter, cast: Cast, clock: Clock) -> End:
    """Talk until the caller's wish is known, or a person is to go on; the caller is never left in silence."""
    async with asyncio.TaskGroup() as tasks:
        return await _Conversation(encounter, cast, clock, tasks).run()


async def ask_by_keys(encounter: Encounter, cast: Cast, clock: Clock) -> End:
    """Go on, after the disclosure, with a caller whom nobody hears any more; memory has what was learnt."""
    async with asyncio.TaskGroup() as tasks:
        return await _Conversation(encounter, cast, clock, tasks, go_on=True).run()


class _Conversation:
    """An inbox of events, and whoever plays the parts, each in a task of its own."""

    def __init__(
        self, encounter: Encounter, cast: Cast, clock: Clock, tasks: asyncio.TaskGroup, *, go_on: bool = False
    ) -> None:
        bot, language = encounter.bot, encounter.language
        self._encounter, self._clock, self._tasks = encounter, clock, tasks
        self._inbox: asyncio.Queue[Event] = asyncio.Queue(INBOX)
        self._today = clock.wall().astimezone(ZoneInfo(bot.zone)).date()
        self._rules = Rules(bot, language, self._today)
        memory = encounter.memory
        self._dialogue, self._first = self._rules.begin({**encounter.known, **memory.slots}, memory.intent)
        memory.slots = self._dialogue.slots
        self._opening = () if go_on else self._rules.said(bot.disclosure)
        self._transcriber: Transcriber | None = None if go_on else cast.transcriber(bot, language)
        self._mind: Mind | None = None if go_on else cast.mind(bot, language)
        voice = cast.voice(bot, language)
        self._mouth = Mouth(encounter.session, voice, language, encounter.clips, self._inbox.put, tasks)
        self._thinking: asyncio.Task[None] | None = None

    async def run(self) -> End:
        clock = self._clock
        machine = Turns(
            self._encounter.bot.manners(self._encounter.language, self._encounter.leave_keys),
            self._first,
            opening=self._opening,
            deaf=self._transcriber is None,
        )
        senses = [self._tasks.create_task(self._take_keys())]
        if self._transcriber is not None:
            self._transcriber.expect(self._rules.expected(self._dialogue))
            senses.append(self._tasks.create_task(self._listen(self._transcriber)))
        effects = machine.start(clock.now())
        while (end := await self._carry_out(effects)) is None:
            event = await self._next(machine.deadline)
            effects = machine.handle(event, clock.now())
            if isinstance(event, Heard) and HandOver("asked") in effects:
                self._encounter.memory.hear(event.text)  # nobody thinks about it any more
        self._mouth.stop()
        self._forget()
        for sense in senses:
            sense.cancel()
        return end

    async def _next(self, deadline: float | None) -> Event:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._inbox.get()
        except TimeoutError:
            return TimeUp()

    async def _carry_out(self, effects: Sequence[Effect]) -> End | None:
        for effect in effects:
            match effect:
                case Think():
                    self._forget()
                    self._think(effect)
                case AskKeys(turn):
                    self._forget()
                    self._answer(turn, *self._rules.for_keys(self._dialogue))
                case Speak(say=say):
                    self._encounter.memory.say(" ".join(say))
                    self._mouth.speak(effect)
                case StopSpeaking():
                    self._mouth.stop()
                case Resume():
                    self._mouth.resume()
                case NoteTurn():
                    self._encounter.memory.note(effect)
                    self._encounter.note(effect)
                case HandOver() | Leave() | Finish():
                    return effect
                case _:
                    assert_never(effect)
        return None

    def _think(self, order: Think) -> None:
        """Rules answer at once, and keys are always theirs; any other mind takes its time."""
        memory = self._encounter.memory
        context = Context(
            order.text, order.confidence, memory.intent, memory.slots, memory.transcript, self._today
        )
        if order.keys:
            self._answer(order.turn, *self._rules.press(self._dialogue, order.keys))
        elif self._mind is None:
            self._answer(order.turn, *self._rules.hear(self._dialogue, order.text, order.confidence))
        else:
            self._thinking = self._tasks.create_task(self._consult(self._mind, order.turn, context))
        memory.hear(order.text or f"[{order.keys}]")

    def _answer(self, turn: int, dialogue: Dialogue, reply: Reply) -> None:
        self._dialogue = dialogue
        self._thinking = self._tasks.create_task(self._reply(turn, reply))

    async def _consult(self, mind: Mind, turn: int, context: Context) -> None:
        try:
            async with aclosing(mind.reply(context)) as answer:
                async for said in answer:
                    if isinstance(said, Reply):
                        self._dialogue = Dialogue(said.intent, said.slots)
                        await self._reply(turn, said)
                        return
                    await self._inbox.put(SentenceReady(turn, said))
            log.warning("a bot's mind ended without a reply")
        except Exception:
            log.exception("a bot's mind failed")
        await self._inbox.put(ProviderFailed(turn, "mind"))

    async def _reply(self, turn: int, reply: Reply) -> None:
        memory = self._encounter.memory
        memory.intent, memory.slots = reply.intent, reply.slots
        if self._transcriber is not None:
            self._transcriber.expect(self._rules.expected(self._dialogue))
        await self._inbox.put(ReplyReady(turn, reply))

    def _forget(self) -> None:
        """What is being thought about is of no use any more."""
        if self._thinking is not None:
            self._thinking.cancel()
            self._thinking = None

    async def _take_keys(self) -> None:
        while True:
            await self._inbox.put(KeyPressed(await self._encounter.session.key()))

    async def _listen(self, transcriber: Transcriber) -> None:
        try:
            async with (
                self._encounter.session.listen() as frames,
                aclosing(transcriber.transcribe(frames)) as voiced,
            ):
                async for event in voiced:
                    await self._inbox.put(event)
            log.warning("a bot's transcriber ended")
        except Exception:
            log.exception("a bot's transcriber failed")
        await self._inbox.put(ProviderFailed(0, "transcriber"))
