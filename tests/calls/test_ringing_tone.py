import asyncio

from media.api import RINGING
from media.engines.silent import SilentEngine, SilentSession
from pbx.calls.ringing_tone import RingingTone, ringing_tone
from tests.calls.by_hand import audio
from tests.support.virtual_time import run


def heard(session: SilentSession) -> list[str]:
    return [sound.what for sound in session.heard]


def test_it_begins_once_and_ends_with_its_block():
    async def story() -> None:
        async with SilentEngine().session() as session:
            session.answer(audio(), "10.0.0.9")
            async with ringing_tone(session) as tone:
                await asyncio.sleep(1)
                assert heard(session) == []
                for _ in range(2):
                    tone.start()
                    await asyncio.sleep(1)
                assert heard(session) == [RINGING]
                await asyncio.sleep(4)
                assert heard(session) == [RINGING] * 2
            await asyncio.sleep(20)
            assert heard(session) == [RINGING] * 2

    run(story())


def test_once_stopped_it_does_not_begin_again():
    async def story() -> None:
        async with SilentEngine().session() as session, asyncio.TaskGroup() as tasks:
            session.answer(audio(), "10.0.0.9")
            for begun in range(2):
                tone = RingingTone(session, tasks)
                if begun:
                    tone.start()
                    await asyncio.sleep(1)
                tone.stop()
                tone.start()
                await asyncio.sleep(10)
                assert heard(session) == [RINGING] * begun

    run(story())
