"""What every media engine does, whatever carries its packets."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from media.api import RINGING, MediaEngine, MediaSession, MediaUnavailable, NoCommonCodec, NotRecorded
from media.audio.tones import tone, tone_share
from media.codecs.g711 import Samples
from media.engines.silent import SilentEngine, SilentSession
from media.engines.workers import WorkersEngine
from tests.media.phones import Phone
from tests.media.studio import HERE, LENGTHS, Studio, lost, write_audio
from tests.support import virtual_time
from tests.support.ports import own_port

FIRST = own_port(23_000)
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 47000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
)
SENDRECV = OFFER.format(direction="sendrecv")

Test = Callable[[MediaEngine], Coroutine[Any, Any, None]]
Run = Callable[[Test], None]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with Studio(Path(tmp_path_factory.mktemp("contract")), 23_100) as studio:
        yield studio


@pytest.fixture(params=["silent", "workers"])
def run(request: pytest.FixtureRequest, tmp_path: Path, studio: Studio) -> Run:
    """Without packets on virtual time, or with a worker that all these tests share."""
    if request.param == "silent":
        return lambda test: virtual_time.run(_alone(SilentEngine(HERE, FIRST, FIRST + 8), test, tmp_path))
    return lambda test: studio.run(test(studio.engine))


@pytest.fixture(params=["silent", "workers"])
def run_alone(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """With an engine of the test's own, of four ports."""
    if request.param == "silent":
        return lambda test: virtual_time.run(_alone(SilentEngine(HERE, FIRST, FIRST + 8), test, tmp_path))
    cache = tmp_path / "cache"
    return lambda test: asyncio.run(_alone(WorkersEngine(HERE, FIRST, FIRST + 8, cache), test, tmp_path))


async def _alone(engine: MediaEngine, test: Test, folder: Path) -> None:
    await engine.start()
    await engine.prepare(write_audio(folder))
    try:
        async with asyncio.timeout(10):
            await test(engine)
    finally:
        await engine.stop()


async def seconds_of(work: Awaitable[object]) -> float:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await work
    return loop.time() - begin


def settle(session: MediaSession, offer: str = SENDRECV) -> str:
    return session.answer(offer, HERE)


def test_a_prompt_takes_as_long_as_its_audio(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            took = await seconds_of(session.play(["short", "long"]))
            assert took == pytest.approx(LENGTHS["short"] + LENGTHS["long"], abs=0.08)

    run(test)


def test_the_ringing_tone_is_always_there(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            assert await seconds_of(session.play([RINGING])) == pytest.approx(5.0, abs=0.08)

    run(test)


def test_a_prompt_waits_for_the_description_of_the_peer(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            async with asyncio.TaskGroup() as tasks:
                playing = tasks.create_task(session.play(["short"]))
                offer = session.offer()
                await asyncio.wait((playing,), timeout=0.3)
                assert not playing.done()
                session.accept(SENDRECV, HERE)
            assert "m=audio" in offer

    run(test)


def test_repeated_music_only_ends_by_cancellation(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await session.play(["music"], repeat=True)
            assert await seconds_of(session.play(["short"])) < 0.3

    run(test)


def test_a_later_prompt_takes_over(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            async with asyncio.TaskGroup() as tasks:
                music = tasks.create_task(session.play(["music"], repeat=True))
                await asyncio.wait((music,), timeout=0.1)
                await session.play(["short"])
                await music

    run(test)


def test_a_name_nobody_prepared_cannot_be_played(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            with pytest.raises(KeyError, match="nothing"):
                await session.play(["short", "nothing"])

    run(test)


def test_nothing_cannot_be_repeated(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            with pytest.raises(ValueError, match="nothing to repeat"):
                await session.play([], repeat=True)
            await session.play([])

    run(test)


@pytest.mark.parametrize("content", [None, b"RIFF not really"])
def test_a_bad_file_is_named(run: Run, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.wav"
    if content is not None:
        path.write_bytes(content)

    async def test(engine: MediaEngine) -> None:
        with pytest.raises(ValueError, match=r"broken\.wav"):
            await engine.prepare({"broken": path})

    run(test)


def test_keys_by_signalling_wait_in_a_bounded_buffer(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            for key in "1?2" + "12":
                session.press(key)
            assert [await session.key() for _ in range(4)] == ["1", "2", "1", "2"]
            for _ in range(40):
                session.press("7")
            for _ in range(32):
                assert await session.key() == "7"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await session.key()

    run(test)


def test_type_ahead_can_be_forgotten(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            session.press("1")
            session.forget_keys()
            session.press("2")
            assert await session.key() == "2"

    run(test)


def test_while_bridged_keys_are_for_the_other_leg(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as one, engine.session(one) as other:
            settle(one)
            settle(other)
            async with engine.bridge(one, other):
                one.press("5")
            one.press("6")
            assert await one.key() == "6"

    run(test)


def test_a_leg_is_bridged_to_one_other_at_a_time(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as one, engine.session(one) as other, engine.session(one) as third:
            async with engine.bridge(one, other):
                with pytest.raises(ValueError, match="one other leg"):
                    async with engine.bridge(third, other):
                        raise AssertionError
            async with engine.bridge(third, other):
                pass
            with pytest.raises(ValueError, match="one other leg"):
                async with engine.bridge(one, one):
                    raise AssertionError

    run(test)


def test_hold_and_resume_are_seen_in_descriptions(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            assert not session.held
            assert "a=recvonly" in settle(session, OFFER.format(direction="sendonly"))
            assert session.held
            settle(session)
            assert not session.held

    run(test)


def test_a_description_nobody_can_serve_changes_nothing(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            before = settle(session)
            with pytest.raises(NoCommonCodec):
                settle(session, SENDRECV.replace("AVP 0", "AVP 3"))
            with pytest.raises(NoCommonCodec):
                session.accept("nonsense", HERE)
            assert not session.held
            assert settle(session) == before
            await session.play(["short"])

    run(test)


def test_only_a_changed_description_has_a_new_version(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            first, again = settle(session), settle(session)
            held = settle(session, OFFER.format(direction="sendonly"))
            assert first == again
            assert version(held) == version(first) + 1

    run(test)


def version(description: str) -> int:
    return int(description.split("\r\n")[1].split()[2])


def test_ports_run_out_and_come_back(run_alone: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session(), engine.session(), engine.session(), engine.session():
            with pytest.raises(MediaUnavailable):
                async with engine.session():
                    raise AssertionError

    run_alone(test)


def test_stopping_the_engine_loses_every_leg(run_alone: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            loss = asyncio.ensure_future(lost(session))
            await asyncio.wait((loss,), timeout=0.05)
            assert not loss.done()
            await engine.stop()
            await loss

    run_alone(test)


FRAME = 320  # bytes
VOICE = tone(600, 0.5)


@asynccontextmanager
async def peer_says(session: MediaSession, samples: Samples) -> AsyncGenerator[None, None]:
    """Settled, and the peer talks while the block lasts."""
    if isinstance(session, SilentSession):
        settle(session)
        session.say(samples.tobytes())
        yield
        return
    with Phone() as phone:
        phone.reach(session.answer(phone.describe(), HERE))
        async with asyncio.TaskGroup() as tasks:
            talking = tasks.create_task(phone.talk(samples))
            yield
            talking.cancel()


async def chunks(sound: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(sound), size):
        yield sound[start : start + size]


async def without_end() -> AsyncIterator[bytes]:
    while True:
        yield bytes(1000)


def file_of(path: Path) -> Samples:
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    return np.asarray(samples, np.int16)


def test_a_beep_takes_a_fifth_of_a_second(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            assert await seconds_of(session.beep()) == pytest.approx(0.2, abs=0.08)

    run(test)


@pytest.mark.parametrize("size", [1, 320, 7777])
def test_speech_takes_as_long_as_it_lasts_however_it_is_cut(run: Run, size: int) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            speech = chunks(bytes(2 * 8000 // 4 + 2), size)
            assert await seconds_of(session.speak(speech)) == pytest.approx(0.26, abs=0.08)
            assert await seconds_of(session.speak(chunks(b"", 1))) < 0.08

    run(test)


def test_speech_is_read_a_second_ahead_at_most(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            loop = asyncio.get_running_loop()
            read: list[float] = []

            async def speech() -> AsyncIterator[bytes]:
                for _ in range(15):
                    read.append(loop.time())
                    yield bytes(FRAME * 5)

            begin = loop.time()
            await session.speak(speech())
            assert loop.time() - begin == pytest.approx(1.5, abs=0.12)
            assert read[8] - begin < 0.2
            assert read[14] - begin > 0.2

    run(test)


def test_late_speech_is_waited_for(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)

            async def speech() -> AsyncIterator[bytes]:
                yield bytes(FRAME * 5)
                await asyncio.sleep(0.4)
                yield bytes(FRAME * 5)

            assert await seconds_of(session.speak(speech())) == pytest.approx(0.5, abs=0.1)

    run(test)


def test_cancelled_speech_is_over_at_once_and_so_is_one_that_fails(run: Run) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(FRAME * 50)
        raise ConnectionResetError

    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await session.speak(without_end())
            with pytest.raises(ConnectionResetError):
                await session.speak(broken())
            assert await seconds_of(session.play(["short"])) < 0.3

    run(test)


def test_of_play_and_speech_the_latest_is_heard(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            async with asyncio.TaskGroup() as tasks:
                speech = tasks.create_task(session.speak(without_end()))
                await asyncio.wait((speech,), timeout=0.1)
                music = tasks.create_task(session.play(["music"], repeat=True))
                await speech
                assert not music.done()
                await session.speak(chunks(bytes(FRAME * 3), FRAME))
                await music

    run(test)


def test_speech_and_recording_wait_for_the_description_of_the_peer(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "early.wav"

    async def test(engine: MediaEngine) -> None:
        async def first_frame() -> None:
            async with session.listen() as frames:
                await anext(frames)

        async with engine.session() as session, asyncio.TaskGroup() as tasks:
            beep = tasks.create_task(session.beep())
            recording = tasks.create_task(session.record(path, most=0.1))
            listening = tasks.create_task(first_frame())
            await asyncio.wait((beep, recording, listening), timeout=0.2)
            assert not beep.done()
            assert not recording.done()
            assert not listening.done()
            settle(session)

    run(test)


def test_who_listens_hears_a_frame_every_20_ms_and_the_voice_in_it(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session, session.listen() as frames, peer_says(session, VOICE):
            begin = asyncio.get_running_loop().time()
            heard = [await anext(frames) for _ in range(35)]
            assert asyncio.get_running_loop().time() - begin == pytest.approx(0.7, abs=0.1)
            assert {len(frame) for frame in heard} == {FRAME}
            voice = [np.frombuffer(frame, np.int16) for frame in heard if any(frame)]
            assert 20 <= len(voice) <= 25
            assert tone_share(np.concatenate(voice), 600) > 0.9
            assert not any(heard[-1])

    run(test)


def test_any_number_may_listen_while_the_leg_is_spoken_to_and_recorded(run: Run, tmp_path: Path) -> None:
    async def test(engine: MediaEngine) -> None:
        async with (
            engine.session() as session,
            session.listen() as one,
            session.listen() as other,
            peer_says(session, VOICE),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(session.speak(chunks(bytes(FRAME * 10), FRAME)))
            recording = tasks.create_task(session.record(tmp_path / "a.wav", most=0.4))
            heard = [(await anext(one), await anext(other)) for _ in range(20)]
            assert all(first == second for first, second in heard)
            assert await recording == pytest.approx(0.4)

    run(test)


def test_of_what_a_slow_listener_missed_the_last_two_seconds_are_kept(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session, session.listen() as frames:
            settle(session)
            await asyncio.sleep(2.2)
            begin = asyncio.get_running_loop().time()
            for _ in range(90):
                await anext(frames)
            assert asyncio.get_running_loop().time() - begin < 0.2
            for _ in range(30):
                await anext(frames)
            assert asyncio.get_running_loop().time() - begin > 0.2

    run(test)


def test_listening_ends_with_the_leg(run_alone: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session, session.listen() as frames, asyncio.TaskGroup() as tasks:
            settle(session)
            await anext(frames)
            tasks.create_task(engine.stop())
            async with asyncio.timeout(3):
                async for _ in frames:
                    pass

    run_alone(test)


def test_a_recording_holds_what_was_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "message.wav"

    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session, peer_says(session, VOICE):
            assert await session.record(path, most=0.7) == pytest.approx(0.7)
        recorded = file_of(path)
        assert len(recorded) == 5600
        [said] = np.nonzero(recorded)
        voice = recorded[said[0] : said[-1] + 1]
        assert len(voice) == pytest.approx(4000, abs=800)
        assert tone_share(voice, 600) > 0.8

    run(test)


def test_silence_ends_a_recording_and_is_in_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "message.wav"

    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session, peer_says(session, VOICE):
            took = await seconds_of(session.record(path, most=8, silence=0.6))
            assert took == pytest.approx(1.1, abs=0.4)
            assert len(file_of(path)) / 8000 == pytest.approx(took, abs=0.15)
            assert await seconds_of(session.record(path, most=8, silence=0.3)) == pytest.approx(0.3, abs=0.15)

    run(test)


def test_a_cancelled_recording_is_complete_when_the_cancellation_is(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "message.wav"

    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session, peer_says(session, VOICE):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.35):
                    await session.record(path, most=60)
            assert len(file_of(path)) / 8000 == pytest.approx(0.35, abs=0.08)
            assert await session.record(path, most=0.1) == pytest.approx(0.1)
            assert len(file_of(path)) == 800

    run(test)


def test_what_cannot_be_written_is_said(run: Run, tmp_path: Path) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            with pytest.raises(NotRecorded, match=r"nowhere.*No such file"):
                await session.record(tmp_path / "nowhere" / "a.wav", most=5)
            with pytest.raises(NotRecorded, match="directory"):
                await session.record(tmp_path, most=5)
            assert await session.record(tmp_path / "a.wav", most=0.1) == pytest.approx(0.1)

    run(test)


def test_a_leg_is_recorded_into_one_file_at_a_time(run: Run, tmp_path: Path) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session, asyncio.TaskGroup() as tasks:
            settle(session)
            first = tasks.create_task(session.record(tmp_path / "a.wav", most=0.3))
            await asyncio.wait((first,), timeout=0.1)
            with pytest.raises(ValueError, match="already"):
                await session.record(tmp_path / "b.wav", most=0.3)
            assert await first == pytest.approx(0.3)

    run(test)


def test_a_session_that_is_left_completes_its_recording(run: Run, tmp_path: Path) -> None:
    async def test(engine: MediaEngine) -> None:
        async with asyncio.TaskGroup() as tasks:
            async with engine.session() as session:
                settle(session)
                recording = tasks.create_task(session.record(tmp_path / "a.wav", most=60))
                await asyncio.wait((recording,), timeout=0.3)
            recording.cancel()
        assert len(file_of(tmp_path / "a.wav")) / 8000 == pytest.approx(0.3, abs=0.08)

    run(test)
