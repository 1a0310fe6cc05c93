"""What phones hear of speech, and who listens or records hears of phones, through the worker engine."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from media.audio.tones import tone, tone_share
from media.codecs.g711 import Samples, decode_alaw, encode_alaw
from tests.media.phones import Phone
from tests.media.studio import Studio

SPEECH = tone(800, 0.4)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with Studio(Path(tmp_path_factory.mktemp("voice")), 23_500) as studio:
        yield studio


async def once(samples: Samples) -> AsyncIterator[bytes]:
    yield samples.tobytes()


async def for_ever() -> AsyncIterator[bytes]:
    while True:
        yield tone(800, 0.1).tobytes()


def frames_between(one: int, other: int) -> int:
    return (other - one & 0xFFFFFFFF) // 160


@pytest.mark.parametrize("alaw", [False, True])
def test_speech_and_prompts_share_one_line(studio: Studio, alaw: bool) -> None:
    async def test() -> None:
        with Phone(alaw=alaw) as phone:
            async with studio.call(phone) as [session]:
                await session.play(["short"])
                await session.speak(once(SPEECH))
                await session.beep()
                await session.play(["short"])
                heard = await phone.hear(5 + 20 + 10 + 5)
                assert [at for at, packet in enumerate(heard) if packet.marker] == [0, 5, 25, 35]
                assert len({packet.ssrc for packet in heard}) == 1
                assert {packet.payload_type for packet in heard} == {phone.payload_type}
                for before, after in pairwise(heard):
                    assert after.sequence == before.sequence + 1 & 0xFFFF
                    assert 1 <= frames_between(before.timestamp, after.timestamp) < 50
                speech = heard[5:25]
                steps = [frames_between(speech[0].timestamp, packet.timestamp) for packet in speech]
                assert steps == [*range(20)]
                assert tone_share(phone.samples(speech), 800) > 0.99
                assert tone_share(phone.samples(heard[25:35]), 1000) > 0.99

    studio.run(test())


def test_where_speech_is_late_time_goes_by_and_a_mark_follows(studio: Studio) -> None:
    async def late() -> AsyncIterator[bytes]:
        yield SPEECH[:1600].tobytes()
        await asyncio.sleep(0.5)
        yield SPEECH[:1600].tobytes()

    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session]:
                await session.speak(late())
                heard = await phone.hear(20)
                assert [at for at, packet in enumerate(heard) if packet.marker] == [0, 10]
                assert 20 <= frames_between(heard[0].timestamp, heard[10].timestamp) <= 40
                assert heard[10].sequence == heard[9].sequence + 1 & 0xFFFF

    studio.run(test())


def test_cancelled_speech_stops_within_a_frame(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session], asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(session.speak(for_ever()))
                await phone.hear(15)
                speaking.cancel()
                await studio.obeyed()
                phone.heard()
                await asyncio.sleep(0.1)
                assert phone.heard() == []

    studio.run(test())


def test_speech_goes_on_in_another_codec_and_is_silent_while_held(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session], asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(session.speak(for_ever()))
                heard = await phone.hear(5)
                session.answer(phone.describe("sendonly"), phone.host)
                await studio.obeyed()
                heard += phone.heard()
                await asyncio.sleep(0.2)
                assert phone.heard() == []
                phone.alaw, phone.payload_type = True, 8
                session.answer(phone.describe(), phone.host)
                turned = await phone.hear(10)
                speaking.cancel()
                assert {packet.payload_type for packet in turned} == {8}
                assert tone_share(phone.samples(turned), 800) > 0.9
                assert turned[0].sequence == heard[-1].sequence + 1 & 0xFFFF
                assert frames_between(heard[-1].timestamp, turned[0].timestamp) >= 10

    studio.run(test())


def test_a_key_is_sent_in_the_middle_of_speech(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent) as [one, other], asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(other.speak(for_ever()))
                await agent.hear(5)
                one.press("7", 60)
                heard = await agent.hear_until(lambda packet: packet.payload_type == 101)
                heard += await agent.hear(20)
                speaking.cancel()
                kinds = [packet.payload_type for packet in heard]
                assert kinds.count(101) == 5
                assert kinds[-1] == 0
                for before, after in pairwise(heard):
                    assert after.sequence == before.sequence + 1 & 0xFFFF

    studio.run(test())


def test_what_is_listened_to_is_the_very_sound_in_its_order(studio: Studio) -> None:
    async def test() -> None:
        with Phone(alaw=True) as phone:
            async with studio.call(phone) as [session], session.listen() as frames:
                await studio.obeyed()
                first, *rest = [bytes([at]) * 160 for at in range(1, 9)]
                phone.send(first)
                begin = phone.sequence, phone.timestamp
                for at in (1, 0, 3, 2, 4, 6):  # 5 is lost
                    phone.sequence, phone.timestamp = begin[0] + at & 0xFFFF, begin[1] + 160 * at & 0xFFFFFFFF
                    phone.send(rest[at])
                phone.press("5")
                heard = b"".join([await anext(frames) for _ in range(20)])
                codes = np.frombuffer(first + b"".join(rest[:5]), np.uint8)
                lost, last = bytes(320), np.frombuffer(rest[6], np.uint8)
                said = decode_alaw(codes).tobytes() + lost + decode_alaw(last).tobytes()
                assert heard.strip(b"\0").strip() in said
                assert said in heard
                assert heard.replace(said, b"").strip(b"\0") == b""

    studio.run(test())


def test_a_bridged_leg_can_be_listened_to_and_recorded_and_nobody_notices(
    studio: Studio, tmp_path: Path
) -> None:
    path = tmp_path / "call.wav"

    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent) as [one, _], asyncio.TaskGroup() as tasks:
                async with one.listen() as frames:
                    recording = tasks.create_task(one.record(path, most=0.5))
                    tasks.create_task(caller.talk(SPEECH))
                    heard = [await anext(frames) for _ in range(30)]
                    await recording
                passed_on = await agent.hear(20)
                for before, after in pairwise(passed_on):
                    assert after.sequence == before.sequence + 1 & 0xFFFF
                    assert after.timestamp == before.timestamp + 160 & 0xFFFFFFFF
                assert tone_share(agent.samples(passed_on), 800) > 0.95
                assert sum(any(frame) for frame in heard) >= 18
                caller.speak(SPEECH)
                assert len(await agent.hear(20)) == 20

    studio.run(test())
    recorded, _ = soundfile.read(path, dtype="int16")
    assert np.count_nonzero(recorded) > 2000


def test_a_hundred_legs_are_listened_to_at_once(studio: Studio) -> None:
    async def heard_by(phone: Phone, level: int) -> None:
        async with studio.engine.session() as session, session.listen() as frames:
            phone.reach(session.answer(phone.describe(), phone.host))
            assert not any(await anext(frames))
            for _ in range(3):
                phone.send(encode_alaw(np.full(160, level, np.int16)).tobytes())
            heard: set[int] = set()
            async for frame in frames:
                samples = np.frombuffer(frame, np.int16)
                heard.add(int(samples[0]))
                if samples[0] and len(heard) > 1:
                    break
            assert heard == {0, int(decode_alaw(encode_alaw(np.array([level], np.int16)))[0])}

    async def test() -> None:
        phones = [Phone(alaw=True) for _ in range(100)]
        try:
            async with asyncio.TaskGroup() as tasks:
                for at, phone in enumerate(phones):
                    tasks.create_task(heard_by(phone, 1000 + 256 * at))
        finally:
            for phone in phones:
                phone.__exit__()

    studio.run(test())
