"""The engine without packets: exact times on a virtual loop, and what tests can see of it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest
import soundfile

from media.engines.silent import SPOKEN_KEPT, SilentEngine
from tests.media.studio import HERE, write_audio
from tests.support.virtual_time import run

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 47000 RTP/AVP 0\r\na={direction}\r\n"
)


@pytest.fixture
def engine(tmp_path: Path) -> SilentEngine:
    engine = SilentEngine(HERE, 20001, 20009)
    run(engine.prepare(write_audio(tmp_path)))
    return engine


def port_of(description: str) -> int:
    return int(description.split("m=audio ")[1].split()[0])


def play(test: Coroutine[Any, Any, None]) -> None:
    run(test)


def test_prompts_last_exactly_as_long_as_their_frames(engine: SilentEngine) -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        async with engine.session() as session:
            session.answer(OFFER.format(direction="sendrecv"), HERE)
            await session.play(["short", "long"])
            assert loop.time() == pytest.approx(0.5)
            assert [(heard.kind, heard.what) for heard in session.heard] == [
                ("clip", "short"),
                ("clip", "long"),
            ]
            assert [heard.at for heard in session.heard] == pytest.approx([0.0, 0.1])

    play(test())


def test_a_person_finds_the_session_by_the_port_it_was_told(engine: SilentEngine) -> None:
    async def test() -> None:
        async with engine.session() as session:
            port = port_of(session.answer(OFFER.format(direction="sendrecv"), HERE))
            assert port % 2 == 0
            engine.session_at(port).press("5")
            assert await session.key() == "5"
        with pytest.raises(KeyError):
            engine.session_at(port)

    play(test())


def test_what_is_open_is_counted(engine: SilentEngine) -> None:
    async def test() -> None:
        async with engine.session() as one, engine.session(one) as other:
            assert engine.open_sessions == 2
            async with engine.bridge(one, other), engine.echo(one):
                assert (engine.open_bridges, engine.open_echoes) == (1, 1)
            assert (engine.open_bridges, engine.open_echoes) == (0, 0)
        assert (engine.open_sessions, engine.opened) == (0, 2)

    play(test())


def test_bridged_peers_hear_each_other_and_each_others_keys(engine: SilentEngine) -> None:
    async def test() -> None:
        async with engine.session() as one, engine.session(one) as other:
            one.answer(OFFER.format(direction="sendrecv"), HERE)
            other.answer(OFFER.format(direction="sendrecv"), HERE)
            async with engine.bridge(one, other, hold_music="music"):
                one.press("3")
                assert [heard[1:] for heard in one.heard] == [("bridge", str(other.port))]
                assert [heard[1:] for heard in other.heard] == [("bridge", str(one.port)), ("key", "3")]
                one.answer(OFFER.format(direction="sendonly"), HERE)
                one.answer(OFFER.format(direction="sendrecv"), HERE)
                assert [heard[1:] for heard in other.heard][2:] == [
                    ("clip", "music"),
                    ("bridge", str(one.port)),
                ]

    play(test())


def test_ports_are_used_in_turn(engine: SilentEngine) -> None:
    async def test() -> None:
        ports: list[int] = []
        for _ in range(5):
            async with engine.session() as session:
                ports.append(session.port)
        assert ports == [20002, 20004, 20006, 20008, 20002]

    play(test())


def test_a_peer_says_one_thing_after_another() -> None:
    async def test() -> None:
        async with SilentEngine().session() as session:
            session.answer(OFFER.format(direction="sendrecv"), HERE)
            session.say(b"\1\0" * 160)
            session.say(b"\2\0" * 240)
            async with session.listen() as frames:
                heard = [await anext(frames) for _ in range(2)]
                session.say(0.04)
                heard += [await anext(frames) for _ in range(4)]
            assert heard[0] == b"\1\0" * 160
            assert heard[1] == b"\2\0" * 160
            assert heard[2][:160] == b"\2\0" * 80
            assert [any(frame[160:]) for frame in heard[2:]] == [True, True, False, False]
            assert asyncio.get_running_loop().time() == pytest.approx(0.12)

    run(test())


def test_a_message_lasts_until_the_silence_after_the_last_word(tmp_path: Path) -> None:
    async def test() -> None:
        async with SilentEngine().session() as session, asyncio.TaskGroup() as tasks:
            session.answer(OFFER.format(direction="sendrecv"), HERE)
            recording = tasks.create_task(session.record(tmp_path / "a.wav", most=60, silence=3))
            await asyncio.sleep(2)
            session.say(4.0)
            await asyncio.sleep(5)
            session.say(1.0)
            assert await recording == pytest.approx(11.0)
            assert asyncio.get_running_loop().time() == pytest.approx(11.0)
        samples, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
        seconds = [bool(samples[8000 * at + 100 : 8000 * at + 7900].any()) for at in range(11)]
        assert seconds == [False, False, True, True, True, True, False, True, False, False, False]

    run(test())


def test_what_was_spoken_until_it_was_cancelled_is_known() -> None:
    async def speech() -> AsyncIterator[bytes]:
        for at in range(1, 100):
            yield bytes([at, 0]) * 1600

    async def test() -> None:
        async with SilentEngine().session() as session:
            session.answer(OFFER.format(direction="sendrecv"), HERE)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await session.speak(speech())
            assert len(session.spoken) == 8000
            assert session.spoken == b"".join(bytes([at, 0]) * 1600 for at in (1, 2, 3))[:8000]
            assert session.heard[-1].kind == "speech"
            await session.speak(speech())
            assert len(session.spoken) == 8000 + 99 * 3200
            for _ in range(3):
                await session.speak(speech())
            assert len(session.spoken) == SPOKEN_KEPT

    run(test())
