"""Carries out what the flow interpreter asks for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias, TypeVar, assert_never

from pbx.calls.ask import ask
from pbx.calls.call import Call
from pbx.calls.flow_story import FlowStory
from pbx.calls.look_up import Answer
from pbx.calls.take_message import take_message
from pbx.calls.talk_to_bot import talk_to_bot
from pbx.ivr.interpreter import advance, begin
from pbx.ivr.model import (
    Context,
    Digit,
    Effect,
    Event,
    Finish,
    Perform,
    Performed,
    Play,
    PromptEnded,
    StopPlaying,
    TimeUp,
)
from pbx.ivr.tasks import AskCalendar, AskList, AskQueue, Converse, LookUp, TakeMessage, Task
from pbx.records.facts import LookupEnded
from pbx.steps import Dial, Hangup, JoinQueue, Outcome, RunFlow

T = TypeVar("T")
Attempt: TypeAlias = Callable[[JoinQueue | Dial], Awaitable[Outcome]]

log = logging.getLogger(__name__)
INBOX = 64  # events a flow can have unread; the media engine bounds keys, and one prompt plays at a time


async def run_flow(call: Call, step: RunFlow, attempt: Attempt) -> Hangup | None:
    """Talk to the caller; the answer is the call's next step. `attempt` carries out steps within it."""
    story, failed = FlowStory(call), False
    try:
        async with asyncio.TaskGroup() as tasks:
            return await _Talking(call, step, attempt, tasks, story).run()
    except Exception:
        failed = True
        raise
    finally:
        story.close(failed=failed)


async def look_up(call: Call, task: LookUp) -> Answer:
    """Ask, and file how long it took and how it went: neither the question nor the answer."""
    clock = call.services.clock
    began = clock.now()
    outcome, values = await call.services.look_up(task, call.configuration.folder)
    took = round(1000 * (clock.now() - began))
    call.record(LookupEnded, flow=task.flow, node=task.node, outcome=outcome.value, ms=took)
    if outcome is Outcome.FAILED:
        reason = values.get("reason", "")
        log.warning(
            "no answer at node %s of flow %s: %s", task.node, task.flow, reason, extra={"call": call.id}
        )
    return outcome, values


class _Talking:
    """Flows with one caller: an inbox of events, and at most one prompt or task at a time."""

    def __init__(
        self, call: Call, step: RunFlow, attempt: Attempt, tasks: asyncio.TaskGroup, story: FlowStory
    ) -> None:
        self._call, self._step, self._attempt, self._tasks = call, step, attempt, tasks
        self._story = story
        self._inbox: asyncio.Queue[Event] = asyncio.Queue(INBOX)
        self._playing: asyncio.Task[None] | None = None

    async def run(self) -> Hangup | None:
        call = self._call
        clock, flows = call.services.clock, call.configuration.flows
        self._keys = self._tasks.create_task(self._listen())
        state, effects = begin(flows, self._step.flow, self._context(), self._step.values, clock.now())
        call.state = state
        while not isinstance(word := await self._carry_out(effects), Finish):
            event = word or await self._next(state.deadline)
            state, effects = advance(flows, state, event, clock.now())
            call.state = state
        self._stop()
        self._keys.cancel()
        if word.step is not None:
            call.ended_by = "system"  # whoever ended a conversation before it
        return word.step

    def _context(self) -> Context:
        call, offer = self._call, self._call.caller.offer
        return Context(
            caller=offer.caller,
            dialled=offer.dialled,
            language=call.language,
            identity=offer.identity.name,
            first_language=call.configuration.languages[0],
        )

    async def _carry_out(self, effects: Sequence[Effect]) -> Finish | Performed | None:
        """Do as asked. Only a turn's last effect ends the flow, or has something done."""
        for effect in effects:
            match effect:
                case Play(number, prompts):
                    self._stop()
                    self._playing = self._tasks.create_task(self._play(number, prompts))
                case StopPlaying():
                    self._stop()
                case Perform(number, task):
                    self._stop()
                    return Performed(number, *await self._perform(task))
                case Finish():
                    return effect
                case _:
                    self._story.note(effect)
        return None

    async def _perform(self, task: Task) -> Answer:
        call = self._call
        match task:
            case AskQueue() | AskCalendar() | AskList():
                return ask(call, task)
            case LookUp():
                return await look_up(call, task)
            case TakeMessage():
                return await self._away(take_message(call, task))
            case Converse():
                return await self._away(talk_to_bot(call, task))
            case JoinQueue() | Dial():
                with self._story.at(task.do):
                    return await self._away(self._attempt(task)), {}
            case _:
                assert_never(task)

    async def _away(self, elsewhere: Awaitable[T]) -> T:
        """What the caller presses there is meant for nobody here."""
        self._keys.cancel()
        outcome = await elsewhere
        self._call.caller.media.forget_keys()
        self._inbox = asyncio.Queue(INBOX)
        self._keys = self._tasks.create_task(self._listen())
        return outcome

    async def _play(self, number: int, prompts: Sequence[str]) -> None:
        await self._call.caller.media.play(prompts)
        await self._inbox.put(PromptEnded(number))

    def _stop(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None

    async def _listen(self) -> None:
        while True:
            await self._inbox.put(Digit(await self._call.caller.media.key()))

    async def _next(self, deadline: float | None) -> Event:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._inbox.get()
        except TimeoutError:
            return TimeUp()
