"""Lets a bot talk with the caller, files how it went, and keeps what the next person should know."""

from collections.abc import Mapping

from pbx.bots.bridge import converse_through
from pbx.bots.conversation import Encounter, End, converse
from pbx.bots.handover import Ended, Memory
from pbx.bots.model import Finish, HandOver, Leave, NoteTurn
from pbx.calls.call import Call
from pbx.ivr.tasks import Converse
from pbx.records.bot_facts import BotEnded, BotHandover, BotTurn
from pbx.steps import Outcome


async def talk_to_bot(call: Call, task: Converse) -> tuple[Outcome, Mapping[str, str]]:
    """COMPLETED with the intent and every slot, or with a key of the flow's; DECLINED: a person is wanted;
    FAILED: the bot could not go on. The slots filled until then come with every outcome.

    Whatever happens, `call.handover` says how it went.
    """
    services, bot = call.services, call.configuration.bots[task.bot]
    memory = Memory(bot.name, task.language, services.clock.now())

    def note(turn: NoteTurn) -> None:
        call.record(
            BotTurn,
            bot=bot.name,
            turn=turn.turn,
            match=turn.match,
            intent=memory.intent,
            confidence=round(turn.confidence, 3),
            barged_in=turn.barged_in,
            latency_ms=_ms(turn.latency),
            transcriber_ms=_ms(turn.transcriber),
            mind_ms=_ms(turn.mind),
            voice_ms=_ms(turn.voice),
        )

    encounter = Encounter(
        bot=bot,
        language=task.language,
        session=call.caller.media,
        clips=call.configuration.audio,
        memory=memory,
        note=note,
        known=task.known,
        leave_keys=task.keys,
    )
    talk = converse if bot.bridge is None else converse_through
    end: End | None = None
    try:
        end = await talk(encounter, services.cast, services.clock)
        return _outcome(end, memory)
    finally:
        _file(call, memory, end)


def _outcome(end: End, memory: Memory) -> tuple[Outcome, Mapping[str, str]]:
    slots = {name: value for name, value in memory.slots.items() if value}
    match end:
        case Finish():
            return Outcome.COMPLETED, {**slots, "intent": memory.intent}
        case Leave(key):
            return Outcome.COMPLETED, {**slots, "key": key}
        case HandOver(reason):
            return (Outcome.DECLINED if reason == "asked" else Outcome.FAILED), slots


def _file(call: Call, memory: Memory, end: End | None) -> None:
    """None: the caller hung up."""
    reason = _reason(end)
    call.handover = known = memory.handover(reason, call.services.clock.now())
    ms = round(1000 * known.seconds)
    if isinstance(end, HandOver):
        call.record(
            BotHandover,
            bot=known.bot,
            reason=end.reason,
            intent=known.intent,
            language=known.language,
            turns=known.turns,
            attempts=known.attempts,
            ms=ms,
        )
    call.record(
        BotEnded, bot=known.bot, result=_result(reason), intent=known.intent, turns=known.turns, ms=ms
    )


def _reason(end: End | None) -> Ended:
    match end:
        case Finish():
            return "completed"
        case Leave():
            return "left"
        case HandOver(reason):
            return reason
        case None:
            return "hung_up"


def _result(reason: Ended) -> str:
    if reason in ("completed", "left", "hung_up"):
        return reason
    return "person" if reason == "asked" else "failed"


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(1000 * seconds)
