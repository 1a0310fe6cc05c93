import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Any

import pytest

from pbx.bots.bot import Bot
from pbx.bots.conversation import Encounter, End, ask_by_keys, converse
from pbx.bots.model import Finish, HandOver, Leave, Reply
from pbx.bots.providers import Cast, Context, ProviderError
from pbx.clock import Clock
from tests.bots.examples import CUPS, SIZE, reception, small
from tests.bots.stage import CLIP, Company, Meeting, Speaker, Thinker, now
from tests.support.virtual_time import run

Story = Callable[[], Awaitable[None]]
DISCLOSURE, GREETING = "This is the automatic reception of the clinic.", "How can I help you?"
OPENING = 0.1 * len(DISCLOSURE)  # seconds
ASKED = OPENING + 0.1 * len(GREETING)


async def held(
    meeting: Meeting,
    company: Company,
    story: Story,
    talk: Callable[[Encounter, Cast, Clock], Coroutine[Any, Any, End]] = converse,
) -> End:
    """The conversation, beside what the caller does meanwhile."""

    async def act() -> None:
        await story()

    async with asyncio.TaskGroup() as tasks:
        acting = tasks.create_task(act())
        end = await talk(meeting.encounter, company, meeting.clock)
        acting.cancel()
    assert meeting.leg.listeners == 0
    return end


async def nothing() -> None:
    pass


def test_a_spoken_conversation_to_its_end():
    async def story() -> None:
        meeting, company = Meeting(reception()), Company()
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(ASKED + 1)
            await ears.say("an appointment for Wednesday", 0.9)
            await asyncio.sleep(3)
            await ears.say("at ten", 0.8)

        assert await held(meeting, company, caller) == Finish()
        assert meeting.memory.intent == "appointment"
        assert meeting.memory.slots == {"day": "2026-03-04", "time": "10:00"}
        assert meeting.heard[:3] == [DISCLOSURE, GREETING, "At what time?"]
        assert [note.match for note in meeting.notes] == ["ok", "ok"]
        assert meeting.notes[0].transcriber == pytest.approx(0.5)
        assert meeting.notes[0].latency == pytest.approx(0.5)
        assert [line.who for line in meeting.memory.transcript] == [
            "bot",
            "bot",
            "caller",
            "bot",
            "caller",
            "bot",
        ]

    run(story())


def test_it_says_what_it_expects_to_hear():
    async def story() -> None:
        meeting, company = Meeting(reception()), Company()
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(ASKED + 1)
            await ears.say("an appointment")
            await asyncio.sleep(4)
            await ears.say("operator")

        assert await held(meeting, company, caller) == HandOver("asked")
        first, second = ears.expected
        assert {"appointment", "opening hours", "operator"} <= set(first.phrases)
        assert (second.kinds, "operator" in second.phrases) == ({"date"}, True)
        assert "appointment" not in second.phrases

    run(story())


def test_the_voice_stops_when_the_caller_speaks_and_the_answer_counts():
    async def story() -> None:
        meeting, company = Meeting(reception()), Company()
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(OPENING + 0.5)
            await ears.say("opening hours")

        assert await held(meeting, company, caller) == Finish()
        assert meeting.heard == [DISCLOSURE, f"{GREETING}..."]
        assert meeting.leg.sounds[1].ended == pytest.approx(OPENING + 0.5 + 0.25)
        assert meeting.notes[0].barged_in

    run(story())


def test_after_a_false_interruption_the_sentence_is_said_again():
    async def story() -> None:
        meeting, company = Meeting(reception()), Company()
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(OPENING + 0.5)
            await ears.say("", lasting=0.5)
            await asyncio.sleep(4)
            await ears.say("operator")

        assert await held(meeting, company, caller) == HandOver("asked")
        assert meeting.heard == [DISCLOSURE, f"{GREETING}...", GREETING]

    run(story())


def test_a_recording_wins_over_the_voice():
    async def story() -> None:
        meeting = Meeting(reception(), recorded=[GREETING])

        async def caller() -> None:
            await asyncio.sleep(OPENING + CLIP + 1)
            meeting.leg.press("0")

        assert await held(meeting, Company(), caller) == HandOver("asked")
        (disclosure, greeting) = meeting.heard
        assert disclosure == DISCLOSURE
        assert greeting.startswith("en/how-can-i-help-you-")

    run(story())


def test_what_is_recorded_only_in_part_is_said_by_the_voice():
    async def story() -> None:
        meeting, company = Meeting(reception(), recorded=["Sorry, I did not understand that."]), Company()
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(ASKED + 1)
            await ears.say("gibberish")
            await asyncio.sleep(8)
            await ears.say("operator")

        assert await held(meeting, company, caller) == HandOver("asked")
        assert meeting.heard[2:] == ["Sorry, I did not understand that.", GREETING]

    run(story())


def test_zero_reaches_a_person_in_the_middle_of_the_first_sentence():
    async def story() -> None:
        meeting = Meeting(reception())

        async def caller() -> None:
            await asyncio.sleep(1)
            meeting.leg.press("0")

        assert await held(meeting, Company(), caller) == HandOver("asked")
        assert now() == pytest.approx(1)
        assert meeting.heard == [f"{DISCLOSURE}..."]

    run(story())


def test_a_key_of_the_flow_ends_it():
    async def story() -> None:
        meeting = Meeting(reception(), leave_keys="*")

        async def caller() -> None:
            await asyncio.sleep(1)
            meeting.leg.press("*")

        assert await held(meeting, Company(), caller) == Leave("*")

    run(story())


PROMPTS = (
    "I am a robot.", "Press one for tea, two for coffee.", "Press one for small, two for large.",
    "Enter how many.", "Sorry?", "Hello?",
)  # fmt: skip


def test_without_ears_and_voice_it_goes_by_keys_and_recordings():
    async def story() -> None:
        meeting = Meeting(small(SIZE, CUPS), recorded=PROMPTS)

        async def caller() -> None:
            for key in "1", "2", "3", "#":
                await asyncio.sleep(5)
                meeting.leg.press(key)

        assert await held(meeting, Company(ears=None, speaker=None), caller) == Finish()
        assert meeting.memory.slots == {"size": "large", "cups": "3"}
        assert all(name.startswith("en/") for name in meeting.heard)

    run(story())


def test_with_nothing_to_say_anything_by_a_person_is_called_at_once():
    async def story() -> None:
        meeting = Meeting(small())
        assert await held(meeting, Company(ears=None, speaker=None), nothing) == HandOver("failed")
        assert now() < 1

    run(story())


def test_a_transcriber_that_fails_leads_to_keys():
    async def story() -> None:
        meeting, company = Meeting(small()), Company()
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(5)
            ears.fail()
            await asyncio.sleep(5)
            meeting.leg.press("2")

        assert await held(meeting, company, caller) == Finish()
        assert meeting.memory.intent == "coffee"
        assert meeting.heard[-1] == "Press one for tea, two for coffee."

    run(story())


def test_a_transcriber_that_just_ends_leads_to_keys():
    async def story() -> None:
        meeting, company = Meeting(small()), Company()
        ears = company.ears
        assert ears is not None
        ears.end()
        assert await held(meeting, company, nothing) == HandOver("silence")
        assert "Press one for tea, two for coffee." in meeting.heard

    run(story())


def test_a_voice_that_fails_leaves_recorded_questions_for_keys():
    async def story() -> None:
        meeting = Meeting(small(), recorded=PROMPTS[:2])

        async def caller() -> None:
            await asyncio.sleep(6)
            meeting.leg.press("1")

        assert await held(meeting, Company(speaker=Speaker(fails_at="What")), caller) == Finish()
        assert [name[:8] for name in meeting.heard] == ["en/i-am-", "en/press"]

    run(story())


def test_a_voice_that_is_late_leads_to_a_person_in_the_end():
    async def story() -> None:
        meeting = Meeting(small())
        assert await held(meeting, Company(speaker=Speaker(late=60.0)), nothing) == HandOver("failed")
        assert now() == pytest.approx(4)

    run(story())


async def chats(context: Context) -> AsyncGenerator[str | Reply]:
    """Wants to know the size of every tea."""
    await asyncio.sleep(0.3)
    if context.intent:
        yield Reply(then="finish", intent="tea", slots={"size": "large"})
        return
    yield "Tea it is."
    await asyncio.sleep(0.3)
    yield "A fine choice."
    yield Reply(("Which size?",), intent="tea")


def test_a_mind_speaks_sentence_by_sentence_and_what_it_learns_stays():
    async def story() -> None:
        mind = Thinker(chats)
        meeting, company = Meeting(small(SIZE)), Company(thinker=mind)
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(5)
            await ears.say("I am thirsty")
            await asyncio.sleep(6)
            await ears.say("a big one")

        assert await held(meeting, company, caller) == Finish()
        assert meeting.heard == [
            "I am a robot.",
            "What is it?",
            "Tea it is.",
            "A fine choice.",
            "Which size?",
        ]
        assert meeting.memory.slots == {"size": "large"}
        assert [context.text for context in mind.asked] == ["I am thirsty", "a big one"]
        assert [line.text for line in mind.asked[1].transcript][2:] == [
            "I am thirsty", "Tea it is.", "A fine choice.", "Which size?",
        ]  # fmt: skip
        assert mind.asked[1].intent == "tea"
        assert meeting.notes[0].mind == pytest.approx(0.3)

    run(story())


async def raises(context: Context) -> AsyncGenerator[str | Reply]:
    if context.text:
        raise ProviderError("overloaded")
    yield ""


async def breaks(context: Context) -> AsyncGenerator[str | Reply]:
    yield "Well."
    raise ZeroDivisionError


async def sleeps(context: Context) -> AsyncGenerator[str | Reply]:
    await asyncio.sleep(60)
    yield Reply(("Too late.",))


async def trails_off(context: Context) -> AsyncGenerator[str | Reply]:
    yield "Well."


TEA_BUCKET = 5 + 1.5 + 4 + 1.5  # when the second answer is known


@pytest.mark.parametrize("mind", [raises, breaks, sleeps, trails_off], ids=lambda mind: mind.__name__)
def test_a_mind_that_fails_leads_to_keys_and_what_was_learnt_is_not_asked_again(
    mind: Callable[[Context], AsyncGenerator[str | Reply]],
):
    async def first(context: Context) -> AsyncGenerator[str | Reply]:
        if not context.intent:
            yield Reply(("Which size?",), intent="tea")
            return
        async for said in mind(context):
            yield said

    async def story() -> None:
        meeting, company = Meeting(small(SIZE)), Company(thinker=Thinker(first))
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(5)
            await ears.say("tea")
            await asyncio.sleep(4)
            await ears.say("a bucket")
            await asyncio.sleep(10)
            meeting.leg.press("2")

        assert await held(meeting, company, caller) == Finish()
        asked = next(sound for sound in meeting.leg.sounds if sound.what.startswith("Press one for small"))
        patience = 4.0 if mind is sleeps else 0.6  # a word may still be spoken
        assert asked.began == pytest.approx(TEA_BUCKET + patience, abs=0.6)
        assert "Too late." not in meeting.heard
        assert meeting.memory.slots == {"size": "large"}

    run(story())


def test_a_mind_that_is_interrupted_is_asked_again_with_all_that_was_said():
    async def thinks(context: Context) -> AsyncGenerator[str | Reply]:
        await asyncio.sleep(2)
        yield Reply(then="finish", intent="tea")

    async def story() -> None:
        mind = Thinker(thinks)
        meeting, company = Meeting(small()), Company(thinker=mind)
        ears = company.ears
        assert ears is not None

        async def caller() -> None:
            await asyncio.sleep(5)
            await ears.say("a cup of tea")
            await ears.say("with milk")

        assert await held(meeting, company, caller) == Finish()
        assert [context.text for context in mind.asked] == ["a cup of tea", "a cup of tea with milk"]
        assert [note.match for note in meeting.notes] == ["continued", "ok"]
        assert [line.text for line in meeting.memory.transcript if line.who == "caller"] == [
            "a cup of tea with milk"
        ]

    run(story())


def test_a_caller_who_is_cut_off_leaves_nothing_behind():
    async def story() -> None:
        for seconds in (0.5, 5.0, 6.5, 9.0):
            meeting = Meeting(small())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(seconds):
                    await converse(meeting.encounter, Company(), meeting.clock)
            assert meeting.leg.listeners == 0

    run(story())


def test_nobody_ever_says_anything_and_the_bot_is_never_silent_for_long():
    async def story(bot: Bot) -> None:
        meeting = Meeting(bot)
        assert await held(meeting, Company(), nothing) == HandOver("silence")
        ends = [0.0, *(sound.ended for sound in meeting.leg.sounds)]
        pauses = [sound.began - end for sound, end in zip(meeting.leg.sounds, ends, strict=False)]
        assert max(pauses) <= 8.0
        assert now() < 120

    run(story(reception()))


def test_what_was_learnt_before_is_not_asked_for_by_keys():
    async def story() -> None:
        meeting = Meeting(small(SIZE, CUPS))
        meeting.memory.intent, meeting.memory.slots = "tea", {"size": "small"}

        async def caller() -> None:
            await asyncio.sleep(3)
            assert meeting.leg.listeners == 0
            meeting.leg.press("4")
            meeting.leg.press("#")

        assert await held(meeting, Company(), caller, ask_by_keys) == Finish()
        assert meeting.heard == ["Enter how many."]
        assert meeting.memory.slots == {"size": "small", "cups": "4"}

    run(story())
