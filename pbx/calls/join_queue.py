"""Takes a caller through a queue."""

import asyncio
from typing import Any

from pbx.acd.model import AgentAnswered, AgentRefused, Connect, GiveBack, Offer, Withdraw
from pbx.calls.call import Call
from pbx.calls.entertain import entertain
from pbx.calls.queue_desk import Visit
from pbx.calls.race import race
from pbx.calls.sip_leg import Leg
from pbx.calls.sip_phonebook import CannotRing, Ringing
from pbx.calls.talk import talk
from pbx.records.facts import (
    OfferAnswered,
    OfferCancelled,
    OfferFailed,
    OfferMade,
    OfferNoAnswer,
    OfferRejected,
    OfferRinging,
    QueueEntered,
    QueueLeft,
)
from pbx.steps import Outcome

NO_PORT = 503
GIVEN_BACK = {
    "waited_enough": (Outcome.WAITED_ENOUGH, "timeout"),
    "queue_full": (Outcome.QUEUE_FULL, "overflow"),
    "no_agents": (Outcome.NO_AGENTS, "no_agents"),
    "queue_closed": (Outcome.NO_AGENTS, "withdrawn"),
    "wait_too_long": (Outcome.QUEUE_FULL, "overflow"),
    "blocked": (Outcome.NO_AGENTS, "withdrawn"),
    "removed": (Outcome.NO_AGENTS, "withdrawn"),
}


async def join_queue(call: Call, queue: str, priority: int, credit: float = 0.0) -> Outcome:
    """Answer, wait with music and announcements, talk to the agent the desk chooses.

    `credit`: seconds that count as waited already.
    """
    call.caller.answer()
    return await _Stay(call, queue, priority, credit).run()


class _Stay:
    """One segment: one visit to one queue, from its QueueEntered to its one QueueLeft."""

    def __init__(self, call: Call, queue: str, priority: int, credit: float) -> None:
        self._call, self._queue, self._priority, self._credit = call, queue, priority, credit
        self._desk = call.services.desk
        self._visit = Visit(call.id, call.services.ids.token())
        self._left = False

    async def run(self) -> Outcome:
        call, segment = self._call, self._visit.segment
        try:
            async with self._desk.waiting(self._visit, self._queue, self._priority, self._credit):
                call.record(
                    QueueEntered,
                    segment=segment,
                    queue=self._queue,
                    source=call.came_from,
                    priority=self._priority,
                    position=self._desk.view.position(call.id),
                    credit_ms=round(self._credit * 1000),
                )
                async with asyncio.TaskGroup() as tasks:
                    music = tasks.create_task(entertain(call, self._queue, segment))
                    return await self._until_served(music)
        finally:
            self._leave("abandoned" if call.caller.over is not None else "withdrawn")

    async def _until_served(self, music: asyncio.Task[None]) -> Outcome:
        while True:
            match await self._visit.next():
                case Offer() as offer:
                    given_back = await self._ring(offer, music)
                    if given_back is None:
                        continue
                    return given_back
                case GiveBack(reason=reason):
                    return self._give_back(reason, music)
                case Withdraw() | Connect():
                    pass  # about an offer that is over

    def _give_back(self, reason: str, music: asyncio.Task[None]) -> Outcome:
        music.cancel()
        outcome, on_record = GIVEN_BACK[reason]
        self._leave(on_record)
        return outcome

    async def _ring(self, offer: Offer, music: asyncio.Task[None]) -> Outcome | None:
        """Ring the agent until one of phone, desk and caller ends it. None: still waiting."""
        with _OfferOnRecord(self._call, self._visit.segment, offer) as record:
            try:
                return await self._ring_phone(offer, record, music)
            except CannotRing:
                record.ended(OfferFailed, sip_code=NO_PORT)
                self._desk.tell(AgentRefused(offer.offer, unreachable=True))
                return None

    async def _ring_phone(
        self, offer: Offer, record: "_OfferOnRecord", music: asyncio.Task[None]
    ) -> Outcome | None:
        call, phone = self._call, self._call.services.phone_of(offer.agent)
        subject = call.handover.summary[0] if call.handover is not None else ""
        async with call.services.phonebook.ring(call.caller, [phone], subject) as ringing:
            match await race(self._visit.next(), ringing.outcome(record.rang, early_media=False)):
                case Withdraw(reason=reason):
                    record.withdrawn(reason)
                case GiveBack(reason=reason):
                    return self._give_back(reason, music)
                case Outcome() as refusal:
                    self._refused(offer, refusal, ringing, record)
                case Leg() as agent:
                    self._desk.tell(AgentAnswered(offer.offer))
                    return await self._connected(offer, agent, record, music)
                case Offer() | Connect():
                    pass
        return None

    async def _connected(
        self, offer: Offer, agent: Leg, record: "_OfferOnRecord", music: asyncio.Task[None]
    ) -> Outcome | None:
        """The desk has the last word: it connects, or the answer came too late."""
        match await self._visit.next():
            case Connect(offer=connected) if connected == offer.offer:
                pass
            case Withdraw(reason=reason):
                record.withdrawn(reason)
                return None
            case GiveBack(reason=reason):
                return self._give_back(reason, music)
            case _:
                return None
        music.cancel()
        record.ended(OfferAnswered)
        self._leave("answered", offer.agent)
        try:
            await talk(self._call, agent, "agent", segment=self._visit.segment, agent=offer.agent)
        finally:
            self._desk.conversation_over(offer.offer)
        return Outcome.COMPLETED

    def _refused(self, offer: Offer, refusal: Outcome, ringing: Ringing, record: "_OfferOnRecord") -> None:
        if refusal is Outcome.UNREACHABLE:
            record.ended(OfferFailed, sip_code=ringing.status)
        else:
            record.ended(OfferRejected)
        self._desk.tell(AgentRefused(offer.offer, unreachable=refusal is Outcome.UNREACHABLE))

    def _leave(self, reason: str, agent: str | None = None) -> None:
        """File the segment's end, once."""
        if not self._left:
            self._left = True
            self._call.record(
                QueueLeft, segment=self._visit.segment, queue=self._queue, reason=reason, agent=agent
            )


class _OfferOnRecord:
    """One OfferMade and one end: cancelled, unless something better is known."""

    def __init__(self, call: Call, segment: str, offer: Offer) -> None:
        self._call, self._over = call, False
        self._names = {"segment": segment, "queue": offer.queue, "offer": offer.offer, "agent": offer.agent}

    def __enter__(self) -> "_OfferOnRecord":
        self._call.record(OfferMade, **self._names)
        return self

    def __exit__(self, *_: object) -> None:
        self.ended(OfferCancelled)

    def ended(self, kind: Any, **details: Any) -> None:
        if not self._over:
            self._over = True
            self._call.record(kind, **self._names, **details)

    def withdrawn(self, reason: str) -> None:
        self.ended(OfferNoAnswer if reason == "no_answer" else OfferCancelled)

    def rang(self) -> None:
        self._call.record(OfferRinging, **self._names)
