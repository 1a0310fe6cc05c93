"""Runs a call step by step. The caller hanging up ends whatever step is running."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Literal, assert_never, cast

from media.api import MediaUnavailable, NoCommonCodec
from pbx.calls.agent_code import agent_code
from pbx.calls.call import Call, Services
from pbx.calls.dial import dial
from pbx.calls.join_queue import join_queue
from pbx.calls.run_flow import run_flow
from pbx.calls.signalling import LegEvent
from pbx.calls.sip_phonebook import status_for
from pbx.records.facts import ContactAnswered, ContactCreated, ContactEnded, ContactIdentified
from pbx.sip.outputs import CallOffered, CallOver, Standing
from pbx.steps import AgentCode, Dial, Echo, Hangup, JoinQueue, Outcome, PlayMusic, RunFlow, Step, Wait

log = logging.getLogger(__name__)
STEPS_AT_MOST = 200  # steps that lead to steps for ever end here
LOST = 408
ARRIVAL_WITHIN = 1.0  # seconds that a caller waits for the disk before anything happens
END_WITHIN = 10.0  # seconds that a BYE waits for the disk


@dataclass(slots=True)
class _End:
    """How the call ended, on record and on the wire."""

    by: Literal["customer", "callee", "agent", "system"] = "system"
    reason: str = "failed"
    status: int = 500


async def run_call(call: Call, first: Step, entry: str) -> None:
    """From ContactCreated to ContactEnded, one of each, and on record before anybody is told."""
    _file_arrival(call.services, call.id, call.caller.offer, entry)
    call.caller.when_answered(lambda: call.record(ContactAnswered))
    end = _End()
    try:
        with call.services.lines.in_use(_account(call)):
            await call.services.journal.committed(ARRIVAL_WITHIN)
            await _while_connected(call, first, end)
    except Exception as error:
        match _first(error):
            case NoCommonCodec() as reason:
                end.reason, end.status = f"no common codec: {reason}", 488
            case MediaUnavailable() as reason:
                end.reason, end.status = f"no media: {reason}", 503
            case _:
                log.exception("a call failed", extra={"call": call.id})
    finally:
        call.caller.refuse(end.status)
        call.record(ContactEnded, by=end.by, reason=end.reason, sip_code=end.status)
        await call.services.journal.committed(END_WITHIN)
        call.caller.release()


def _first(error: Exception) -> Exception:
    """What happened, out of the groups that the steps' task groups have put around it."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    return error


async def _while_connected(call: Call, first: Step, end: _End) -> None:
    """Follow the steps until there are no more, or the caller or the caller's audio is gone."""
    life = asyncio.timeout(None)

    def end_now() -> None:
        life.reschedule(asyncio.get_running_loop().time())

    def watch(event: LegEvent) -> None:
        if isinstance(event, CallOver):
            end_now()

    try:
        async with life:
            call.caller.watch(watch)
            call.caller.media.when_lost(end_now)
            if call.caller.over is not None:
                end_now()
            outcome = await _follow(call, first)
            end.by, end.reason, end.status = call.ended_by, outcome.value, _closing_status(call, outcome)
    except TimeoutError:
        if not life.expired():
            raise
        gone = call.caller.over
        if gone is None:
            end.reason, end.status = "media_lost", LOST
        else:
            end.by = "customer" if gone.by_peer else "system"
            end.reason, end.status = "hung_up" if call.caller.answered else "cancelled", gone.status
    finally:
        call.caller.unwatch(watch)
        call.caller.media.when_lost(None)


async def _follow(call: Call, first: Step) -> Outcome:
    step: Step | None = first
    outcome = Outcome.COMPLETED
    for _ in range(STEPS_AT_MOST):
        if step is None:
            return outcome
        outcome, step = await _perform(call, step)
    return outcome


async def _perform(call: Call, step: Step) -> tuple[Outcome, Step | None]:
    """Carry out one step: how it ended, and the step that follows it."""
    media, caller = call.services.media, call.caller
    call.doing = step.do
    match step:
        case RunFlow():
            caller.answer()
            return Outcome.COMPLETED, await run_flow(call, step, partial(_attempt, call))
        case JoinQueue() | Dial():
            return await _reach(call, step)
        case Echo():
            caller.answer()
            async with media.echo(caller.media):
                await _silence(None)
        case PlayMusic(music=music):
            caller.answer()
            await caller.media.play([music], repeat=True)
        case Wait(seconds=seconds):
            caller.answer()
            await _silence(seconds)
        case AgentCode():
            return await agent_code(call, step), None
        case Hangup(status=status):
            caller.refuse(status)
        case _:
            assert_never(step)
    return Outcome.COMPLETED, None


async def _reach(call: Call, step: JoinQueue | Dial) -> tuple[Outcome, Step | None]:
    """Where a queue or an endpoint named by the dialplan did not work out, its own alternative follows."""
    outcome = await _attempt(call, step)
    if outcome is Outcome.COMPLETED:
        return outcome, None
    if isinstance(step, Dial):
        return outcome, step.otherwise
    return outcome, call.configuration.queues[step.queue].overflow


async def _attempt(call: Call, step: JoinQueue | Dial) -> Outcome:
    call.doing = f"{step.do} {step.queue if isinstance(step, JoinQueue) else ', '.join(step.to)}"
    if isinstance(step, JoinQueue):
        return await join_queue(call, step.queue, step.priority, step.credit)
    return await dial(call, step.to, step.ring_for)


async def _silence(seconds: float | None) -> None:
    """Until the time is over, or the caller hangs up, which ends every step."""
    if seconds is None:
        await asyncio.get_running_loop().create_future()
    else:
        await asyncio.sleep(seconds)


def _closing_status(call: Call, outcome: Outcome) -> int:
    if call.caller.over is not None:
        return call.caller.over.status
    return 200 if call.caller.answered else status_for(outcome)


def _account(call: Call) -> str:
    identity = call.caller.offer.identity
    return identity.name if identity.standing is Standing.ACCOUNT else ""


def turn_away(services: Services, contact: str, offer: CallOffered, entry: str, reason: str) -> None:
    """The record of a call that could not be served at all."""
    at = services.clock.unix_ms()
    _file_arrival(services, contact, offer, entry)
    services.journal.append(ContactEnded(at=at, contact=contact, by="system", reason=reason, sip_code=503))


def _file_arrival(services: Services, contact: str, offer: CallOffered, entry: str) -> None:
    at, name = services.clock.unix_ms(), offer.identity.name
    direction = "internal" if offer.identity.standing is Standing.ACCOUNT else "inbound"
    services.journal.append(
        ContactCreated(
            at=at, contact=contact, dnis=offer.dialled, entry=entry, identity=name, direction=direction
        )
    )
    services.journal.append(
        ContactIdentified(at=at, contact=contact, number=offer.caller, name=offer.caller_name)
    )
