"""Records what a caller has to say, and keeps it when there is something."""

import logging
from pathlib import Path

from media.api import MediaSession, NotRecorded
from pbx.calls.call import Call
from pbx.calls.look_up import NOTHING, Answer
from pbx.calls.messages import is_silent, new_message
from pbx.calls.race import race
from pbx.ivr.tasks import TakeMessage
from pbx.records.facts import MessageRecorded
from pbx.steps import Outcome

log = logging.getLogger(__name__)
LOST = -1.0  # seconds of a message that could not be written


async def take_message(call: Call, task: TakeMessage) -> Answer:
    """Beep, and record until silence, a key, the longest time, or the caller hangs up: that ends most."""
    media, clock = call.caller.media, call.services.clock
    if task.beep:
        await media.beep()
    media.forget_keys()
    folder = call.services.messages
    path = None if folder is None else new_message(folder, call.id)
    if path is None:
        return Outcome.FAILED, {}
    began, said = clock.now(), None
    try:
        said = await race(_recorded(call, path, task), _finished(media, task.finish_keys))
    finally:  # in most calls, the caller has hung up
        seconds = clock.now() - began if said is None else said
        if kept := seconds >= task.least and not (said is None and is_silent(path)):
            call.record(
                MessageRecorded, flow=task.flow, node=task.node, file=path.name, seconds=round(seconds, 1)
            )
        else:
            path.unlink(missing_ok=True)
    if seconds == LOST:
        return Outcome.FAILED, {}
    return (Outcome.COMPLETED, {"file": path.name, "seconds": f"{seconds:.1f}"}) if kept else NOTHING


async def _recorded(call: Call, path: Path, task: TakeMessage) -> float:
    """Seconds that were said: the silence that ended the message is none of it."""
    try:
        seconds = await call.caller.media.record(path, most=task.most, silence=task.silence)
    except NotRecorded as reason:
        log.warning("a message is lost: %s", reason, extra={"call": call.id})
        return LOST
    return seconds if seconds >= task.most else max(0.0, seconds - task.silence)


async def _finished(media: MediaSession, keys: str) -> None:
    while await media.key() not in keys:
        pass
