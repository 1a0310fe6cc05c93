"""Two parties hear each other until one of them hangs up."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Literal, TypeAlias

from pbx.calls.call import Call
from pbx.calls.sip_leg import Leg
from pbx.records.facts import HoldEnded, HoldStarted, TalkEnded, TalkStarted

Role: TypeAlias = Literal["agent", "callee"]


async def talk(
    call: Call, other: Leg, role: Role, *, segment: str | None = None, agent: str | None = None
) -> None:
    """Answer the caller and bridge until the other side hangs up. The caller hanging up cancels us."""
    call.caller.answer()
    details = {"leg": other.call, "segment": segment, "agent": agent}
    call.record(TalkStarted, **details)
    call.measure(other)
    other.media.when_lost(other.hangup)
    try:
        with _holds_on_record(call, other, role):
            async with call.services.media.bridge(
                call.caller.media, other.media, hold_music=call.configuration.hold_music
            ):
                await other.ended.wait()
        call.ended_by = _who_ended(call, other, role)
    finally:
        other.media.when_lost(None)
        call.record(TalkEnded, by=_who_ended(call, other, role), **details)


def _who_ended(call: Call, other: Leg, role: Role) -> Literal["customer", "system"] | Role:
    if other.over is not None:
        return role if other.over.by_peer else "system"
    gone = call.caller.over
    return "customer" if gone is not None and gone.by_peer else "system"


@contextmanager
def _holds_on_record(call: Call, other: Leg, role: Role) -> Generator[None]:
    holding: set[str] = set()

    def note(by: str, held: bool) -> None:  # noqa: FBT001 - Leg.when_held's shape
        call.record(HoldStarted if held else HoldEnded, by=by)
        (holding.add if held else holding.discard)(by)

    for leg, by in ((call.caller, "customer"), (other, role)):
        leg.when_held(partial(note, by))
        if leg.media.held:
            note(by, True)
    try:
        yield
    finally:
        call.caller.when_held(None)
        other.when_held(None)
        for by in sorted(holding):
            call.record(HoldEnded, by=by)
