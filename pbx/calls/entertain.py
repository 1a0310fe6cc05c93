"""What a waiting caller hears: the welcome, music, and from time to time the place in the queue."""

import asyncio

from pbx.calls.call import Call
from pbx.ivr import spoken
from pbx.records.facts import QueueAnnounced


async def entertain(call: Call, queue: str, segment: str) -> None:
    """Until cancelled, which silences whatever is playing at once."""
    plan = call.configuration.queues[queue]
    media, names = call.caller.media, {"segment": segment, "queue": queue}
    if plan.welcome is not None:
        call.record(QueueAnnounced, kind="welcome", **names)
        await media.play([call.prompt(plan.welcome)])
    while True:
        position = call.services.desk.view.position(call.id)
        if plan.announce_position and position:  # 0: the desk has given the caller back a moment ago
            call.record(QueueAnnounced, kind="position", value=position, **names)
            await media.play([call.prompt(name) for name in spoken.position(position)])
        if plan.message is not None:
            call.record(QueueAnnounced, kind="message", **names)
            await media.play([call.prompt(plan.message)])
        await _music(call, plan.music, plan.announce_every)


async def _music(call: Call, music: str, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await call.caller.media.play([music], repeat=True)
    except TimeoutError:
        return
