"""Carries out what the flow interpreter asks for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import assert_never

from pbx.calls.call import Call
from pbx.ivr.flow import Flow
from pbx.ivr.interpreter import advance, begin
from pbx.ivr.model import (
    Context,
    Digit,
    Effect,
    Event,
    Finish,
    NoteInput,
    NoteNode,
    Perform,
    Performed,
    Play,
    PromptEnded,
    SetLanguage,
    StopPlaying,
    TimeUp,
)
from pbx.records.facts import FlowEntered, FlowExited, InputTaken, NodeEntered
from pbx.steps import Dial, JoinQueue, Outcome, Step

INBOX = 64  # events a flow can have unread; the media engine bounds keys, and one prompt plays at a time


async def run_flow(
    call: Call, flow: Flow, attempt: Callable[[JoinQueue | Dial], Awaitable[Outcome]]
) -> Step | None:
    """Talk to the caller; the answer is the call's next step. `attempt` carries out steps within it."""
    call.came_from = f"flow {flow.name}"
    call.record(FlowEntered, flow=flow.name, version=flow.version)
    async with asyncio.TaskGroup() as tasks:
        return await _Talking(call, flow, attempt, tasks).run()


class _Talking:
    """One flow with one caller: an inbox of events, and at most one prompt or step at a time."""

    def __init__(
        self,
        call: Call,
        flow: Flow,
        attempt: Callable[[JoinQueue | Dial], Awaitable[Outcome]],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._call, self._flow, self._attempt, self._tasks = call, flow, attempt, tasks
        self._inbox: asyncio.Queue[Event] = asyncio.Queue(INBOX)
        self._playing: asyncio.Task[None] | None = None

    async def run(self) -> Step | None:
        self._keys = self._tasks.create_task(self._listen())
        state, effects = begin(self._flow, self._context())
        while not isinstance(word := await self._carry_out(effects), Finish):
            event = word or await self._next(state.deadline)
            state, effects = advance(self._flow, state, event, self._call.services.clock.now())
        self._stop()
        self._keys.cancel()
        self._call.record(FlowExited, flow=self._flow.name, result=word.result)
        return word.step

    def _context(self) -> Context:
        call, offer = self._call, self._call.caller.offer
        now = call.services.clock.wall()
        return Context(
            caller=offer.caller,
            dialled=offer.dialled,
            language=call.language,
            identity=offer.identity.name,
            open={name: calendar.open_at(now) for name, calendar in call.configuration.calendars.items()},
        )

    async def _carry_out(self, effects: Sequence[Effect]) -> Finish | Performed | None:
        """Do as asked. Only a turn's last effect ends the flow, or performs a step."""
        for effect in effects:
            match effect:
                case Play(number, prompts):
                    self._stop()
                    self._playing = self._tasks.create_task(self._play(number, prompts))
                case StopPlaying():
                    self._stop()
                case Perform(number, step):
                    self._stop()
                    return Performed(number, await self._away(step))
                case SetLanguage(language):
                    self._call.language = language
                case NoteNode(node):
                    self._call.doing = f"flow {self._flow.name}: {node}"
                    self._call.record(NodeEntered, flow=self._flow.name, node=node)
                case NoteInput(node, match):
                    self._call.record(InputTaken, flow=self._flow.name, node=node, match=match)
                case Finish():
                    return effect
                case _:
                    assert_never(effect)
        return None

    async def _away(self, step: JoinQueue | Dial) -> Outcome:
        """What the caller presses in a queue or a conversation is meant for nobody here."""
        self._keys.cancel()
        outcome = await self._attempt(step)
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
