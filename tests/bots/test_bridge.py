import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pbx.bots.bot import Bot, Bridge
from pbx.bots.bridge import MOST_QUEUED, converse_through
from pbx.bots.conversation import End
from pbx.bots.model import Finish, HandOver, Leave
from pbx.bots.providers import ProviderError
from tests.bots.examples import CUPS, SIZE, small
from tests.bots.stage import Company, Meeting, now
from tests.support.virtual_time import run

SECOND = 16000  # bytes


def outside(**keys: str) -> Bot:
    written = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return small(SIZE, CUPS, more=f'mind = "bridge"\nbridge = {{ url = "ws://127.0.0.1:9/" }}\n{written}')


class Wire:
    """A connection: what the exchange sent, and what the outside bot sends."""

    def __init__(self) -> None:
        self.frames = 0
        self.events: list[dict[str, Any]] = []
        self._incoming: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        self.open = True

    async def send(self, message: bytes | str) -> None:
        if not self.open:
            raise ProviderError("gone")
        if isinstance(message, bytes):
            self.frames += 1
        else:
            self.events.append(json.loads(message))

    async def receive(self) -> bytes | str:
        message = await self._incoming.get()
        if message is None:
            raise ProviderError("gone")
        return message

    def tell(self, **event: Any) -> None:
        self._incoming.put_nowait(json.dumps(event))

    def say(self, text: str, seconds: float = 1.0) -> None:
        self._incoming.put_nowait(text.encode().ljust(int(SECOND * seconds), b"\0"))

    def send_raw(self, message: bytes | str) -> None:
        self._incoming.put_nowait(message)

    def drop(self) -> None:
        self.open = False
        self._incoming.put_nowait(None)


class Exchange:
    """Where the bot listens: `wires` are the connections made so far."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self.reachable = True
        self.attempts = 0

    @asynccontextmanager
    async def connect(self, bridge: Bridge) -> AsyncGenerator[Wire]:
        self.attempts += 1
        if not self.reachable:
            raise ProviderError("refused")
        wire = Wire()
        self.wires.append(wire)
        yield wire


DISCLOSED = 1.3  # seconds that "I am a robot." lasts
Bystander = Callable[[Exchange, Meeting], Awaitable[None]]


def bridged(happens: Bystander, bot: Bot | None = None, **how: Any) -> tuple[End, Exchange, Meeting]:
    async def story() -> tuple[End, Exchange, Meeting]:
        exchange, meeting = Exchange(), Meeting(bot or outside(), **how)
        company = Company(sockets=exchange.connect)

        async def act() -> None:
            await asyncio.sleep(DISCLOSED + 0.1)
            await happens(exchange, meeting)

        async with asyncio.TaskGroup() as tasks:
            acting = tasks.create_task(act())
            end = await converse_through(meeting.encounter, company, meeting.clock)
            acting.cancel()
        assert meeting.leg.listeners == 0
        return end, exchange, meeting

    return run(story())


def test_an_outside_bot_talks_and_finishes_once_its_last_words_are_said():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        (wire,) = exchange.wires
        wire.say("Hello.")
        wire.tell(event="said", who="bot", text="Hello.")
        await asyncio.sleep(3)
        wire.tell(event="said", who="caller", text="A large tea, please.")
        wire.tell(event="turn", match="ok", confidence=0.9, latency_ms=420)
        wire.say("Coming.")
        wire.tell(event="finish", intent="tea", slots={"size": "large"})

    end, exchange, meeting = bridged(happens)
    assert end == Finish()
    assert meeting.heard == ["I am a robot.", "Hello.", "Coming."]
    assert (meeting.memory.intent, meeting.memory.slots) == ("tea", {"size": "large"})
    assert [(line.who, line.text) for line in meeting.memory.transcript] == [
        ("bot", "I am a robot."), ("bot", "Hello."), ("caller", "A large tea, please."),
    ]  # fmt: skip
    (note,) = meeting.notes
    assert (note.turn, note.match, note.confidence, note.latency) == (1, "ok", 0.9, 0.42)
    assert exchange.wires[0].frames == pytest.approx(3.1 / 0.02, abs=10)


def test_it_is_told_who_calls_for_what():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.wires[0].tell(event="person")

    end, exchange, _ = bridged(happens, size="small")
    assert end == HandOver("asked")
    assert exchange.wires[0].events == [
        {
            "event": "start",
            "version": 1,
            "bot": "small",
            "language": "en",
            "known": {"size": "small"},
            "intent": "",
            "format": "pcm_s16le_8000_mono",
            "resumed": False,
        }
    ]


def test_clear_stops_what_is_being_said_at_once():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        (wire,) = exchange.wires
        wire.say("A long story", 10)
        wire.say("without an end", 10)
        await asyncio.sleep(2)
        wire.tell(event="clear")
        wire.say("Yes?", 1)
        wire.tell(event="finish")

    end, _, meeting = bridged(happens)
    assert end == Finish()
    assert meeting.heard == ["I am a robot.", "A long story...", "Yes?"]


def test_marks_come_back_when_what_was_before_them_was_said():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        (wire,) = exchange.wires
        wire.say("One.", 2)
        wire.tell(event="mark", name="after one")
        await asyncio.sleep(1)
        assert len(wire.events) == 1
        await asyncio.sleep(2)
        assert wire.events[1:] == [{"event": "spoke", "name": "after one"}]
        wire.tell(event="finish")

    assert bridged(happens)[0] == Finish()


def test_keys_are_the_bots_except_those_that_lead_away():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        meeting.leg.press("5")
        await asyncio.sleep(0.1)
        assert exchange.wires[0].events[1:] == [{"event": "key", "key": "5"}]
        meeting.leg.press("*")

    assert bridged(happens, leave_keys="*")[0] == Leave("*")

    async def escapes(exchange: Exchange, meeting: Meeting) -> None:
        meeting.leg.press("0")

    assert bridged(escapes)[0] == HandOver("asked")


def test_an_escape_word_that_the_bot_has_heard_leads_to_a_person():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.wires[0].tell(event="said", who="bot", text="Do you want a real person?")
        exchange.wires[0].tell(event="said", who="caller", text="Yes, a real person!")

    assert bridged(happens)[0] == HandOver("asked")


def test_a_connection_that_is_lost_is_made_again_and_what_was_learnt_is_told():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.wires[0].tell(event="learnt", intent="tea", slots={"size": "large"})
        await asyncio.sleep(0.1)
        exchange.wires[0].drop()
        await asyncio.sleep(1)
        (_, wire) = exchange.wires
        assert (wire.events[0]["resumed"], wire.events[0]["intent"]) == (True, "tea")
        assert wire.events[0]["known"] == {"size": "large"}
        assert wire.frames > 30
        wire.tell(event="finish", slots={"cups": "2"})

    end, _, meeting = bridged(happens)
    assert end == Finish()
    assert meeting.memory.slots == {"size": "large", "cups": "2"}


def test_a_bot_that_cannot_be_reached_leaves_keys_and_connecting_is_given_up():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.reachable = False
        exchange.wires[0].tell(event="learnt", intent="tea", slots={"size": "large"})
        exchange.wires[0].drop()
        await asyncio.sleep(8)
        assert 5 <= exchange.attempts <= 12
        meeting.leg.press("2")
        meeting.leg.press("#")

    end, _, meeting = bridged(happens)
    assert end == Finish()
    assert meeting.heard[0] == "I am a robot."
    assert meeting.heard[1].startswith("Enter how many.")
    assert meeting.memory.slots == {"size": "large", "cups": "2"}


def test_a_bot_that_drops_every_connection_is_given_up():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        for _ in range(8):
            exchange.wires[-1].drop()
            await asyncio.sleep(1)
        assert len(exchange.wires) == 6
        meeting.leg.press("0")

    assert bridged(happens)[0] == HandOver("asked")


def test_a_bot_that_makes_no_sound_is_given_up():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.wires[0].say("Hm.", 1)
        await asyncio.sleep(60)

    end, _, meeting = bridged(happens)
    assert end == HandOver("silence")
    asked = next(sound for sound in meeting.leg.sounds if sound.what.startswith("Press one"))
    assert asked.began == pytest.approx(DISCLOSED + 0.1 + 19, abs=0.1)


@pytest.mark.parametrize(
    "message",
    ["not json", "[]", "{}", '{"event": 5}', "[" * 5000, '{"event": "said", "who": "nobody", "text": 1}'],
)
def test_what_is_no_event_drops_the_connection_and_not_the_call(message: str):
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.wires[0].send_raw(message)
        await asyncio.sleep(1)
        exchange.wires[-1].tell(event="finish")

    end, exchange, _ = bridged(happens)
    assert end == Finish()
    assert len(exchange.wires) == (1 if "nobody" in message else 2), "an event of a later version is let pass"


def test_more_audio_than_anybody_would_wait_for_drops_the_connection():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.wires[0].send_raw(bytes(MOST_QUEUED // 2))
        exchange.wires[0].send_raw(bytes(MOST_QUEUED))
        await asyncio.sleep(1)
        exchange.wires[1].tell(event="person")

    assert bridged(happens)[0] == HandOver("asked")


def test_only_intents_and_slots_of_the_bots_file_count():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.wires[0].tell(
            event="finish", intent="world domination", slots={"size": 7, "caller": "x", "cups": "9" * 1000}
        )

    end, _, meeting = bridged(happens)
    assert end == Finish()
    assert meeting.memory.intent == ""
    assert meeting.memory.slots == {"cups": "9" * 256}


def test_a_bot_may_give_up_itself():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        exchange.wires[0].tell(event="failed")
        await asyncio.sleep(1)
        meeting.leg.press("2")

    end, _, meeting = bridged(happens)
    assert end == Finish()
    assert meeting.memory.intent == "coffee"


def test_a_conversation_that_lasts_too_long_leads_to_a_person():
    async def happens(exchange: Exchange, meeting: Meeting) -> None:
        while True:
            exchange.wires[0].say("Blah.", 5)
            await asyncio.sleep(5)

    end, _, _ = bridged(happens, outside(seconds="30.0"))
    assert end == HandOver("time")


def test_nobody_is_connected_to_a_robot_that_cannot_say_it_is_one():
    async def story() -> None:
        exchange, meeting = Exchange(), Meeting(outside())
        company = Company(sockets=exchange.connect, speaker=None)
        assert await converse_through(meeting.encounter, company, meeting.clock) == HandOver("failed")
        assert exchange.attempts == 0
        assert now() < 1

    run(story())
