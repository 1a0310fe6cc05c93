"""What every media engine does, whatever carries its packets."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from media.api import MediaEngine, MediaSession, MediaUnavailable, NoCommonCodec
from media.engines.silent import SilentEngine
from media.engines.workers import WorkersEngine
from tests.media.studio import HERE, LENGTHS, lost, write_audio
from tests.support.ports import own_port

FIRST = own_port(23_000)
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 47000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
)
SENDRECV = OFFER.format(direction="sendrecv")

Test = Callable[[MediaEngine], Awaitable[None]]
Run = Callable[[Test], None]


@pytest.fixture(params=["silent", "workers"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    def build() -> MediaEngine:
        if request.param == "silent":
            return SilentEngine(HERE, FIRST, FIRST + 8)
        return WorkersEngine(HERE, FIRST, FIRST + 8, tmp_path / "cache")

    def run_test(test: Test) -> None:
        async def whole() -> None:
            engine = build()
            await engine.start()
            await engine.prepare(write_audio(tmp_path))
            try:
                async with asyncio.timeout(10):
                    await test(engine)
            finally:
                await engine.stop()

        asyncio.run(whole())

    return run_test


async def seconds_of(work: Awaitable[None]) -> float:
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


def test_ports_run_out_and_come_back(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session(), engine.session(), engine.session(), engine.session():
            with pytest.raises(MediaUnavailable):
                async with engine.session():
                    raise AssertionError

    run(test)


def test_stopping_the_engine_loses_every_leg(run: Run) -> None:
    async def test(engine: MediaEngine) -> None:
        async with engine.session() as session:
            settle(session)
            loss = asyncio.ensure_future(lost(session))
            await asyncio.wait((loss,), timeout=0.05)
            assert not loss.done()
            await engine.stop()
            await loss

    run(test)
