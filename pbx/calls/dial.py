"""Rings endpoints and bridges the first to answer."""

import asyncio
from collections.abc import Sequence

from pbx.calls.call import Call
from pbx.calls.sip_leg import Leg
from pbx.calls.sip_phonebook import Ringing
from pbx.calls.talk import talk
from pbx.records.facts import DialEnded, DialStarted
from pbx.steps import Outcome


async def dial(call: Call, endpoints: Sequence[str], ring_for: float) -> Outcome:
    names = {"leg": call.services.ids.token(), "endpoint": ",".join(endpoints)}
    call.record(DialStarted, **names)
    result = "cancelled"
    try:
        async with call.services.phonebook.ring(call.caller, endpoints) as ringing:
            answer = await _answer(ringing, ring_for)
            result = Outcome.COMPLETED.value if isinstance(answer, Leg) else answer.value
            if isinstance(answer, Leg):
                with call.services.lines.in_use(answer.account):
                    await talk(call, answer, "callee")
                return Outcome.COMPLETED
            return answer
    finally:
        call.record(DialEnded, outcome=result, **names)


async def _answer(ringing: Ringing, patience: float) -> Leg | Outcome:
    try:
        async with asyncio.timeout(patience):
            return await ringing.outcome()
    except TimeoutError:
        return ringing.out_of_time()
