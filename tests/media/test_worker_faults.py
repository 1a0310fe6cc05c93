"""What happens when workers die, hang or stand still, and that nothing leaks when all is well."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from media.api import MediaUnavailable, NotRecorded
from media.audio.tones import tone, tone_share
from media.codecs.g711 import Samples
from media.engines import workers
from media.engines.ports import COOL_DOWN
from media.engines.workers import WorkersEngine
from tests.media.phones import Phone
from tests.media.studio import HERE, descriptors, lost, measured, write_audio
from tests.support.ports import own_port

PATIENCE = 10.0


@asynccontextmanager
async def running(
    folder: Path, *, first: int = 25000, last: int = 25199, count: int = 1, silence: float | None = None
) -> AsyncGenerator[WorkersEngine, None]:
    first, last = own_port(first), own_port(last)
    engine = WorkersEngine(HERE, first, last, folder / "cache", count, silence_limit=silence)
    await engine.start()
    await engine.prepare(write_audio(folder))
    try:
        async with asyncio.timeout(20):
            yield engine
    finally:
        await engine.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what another process does sets no event here
            await asyncio.sleep(0.005)


def test_a_killed_worker_loses_its_legs_and_is_replaced(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as engine:
            [pid] = engine.pids
            with Phone() as phone:
                async with engine.session() as session:
                    phone.reach(session.answer(phone.describe(), HERE))
                    async with asyncio.TaskGroup() as tasks:
                        playing = tasks.create_task(session.play(["music"], repeat=True))
                        await phone.hear(2)
                        os.kill(pid, signal.SIGKILL)
                        async with asyncio.timeout(0.5):
                            await lost(session)
                        assert not playing.done()
                        playing.cancel()
                await until(lambda: engine.pids != [pid])
                async with engine.session() as session:
                    phone.reach(session.answer(phone.describe(), HERE))
                    await session.play(["short"])
                    assert len(await phone.hear(5)) == 5

    asyncio.run(test())


def test_the_legs_of_other_workers_go_on(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, count=2) as engine, AsyncExitStack() as stack:
            one = await stack.enter_async_context(engine.session())
            other = await stack.enter_async_context(engine.session())
            beside = await stack.enter_async_context(engine.session(one))
            assert one.worker is beside.worker
            assert one.worker is not other.worker
            with pytest.raises(MediaUnavailable):
                await stack.enter_async_context(engine.bridge(one, other))
            os.kill(one.worker.pid, signal.SIGKILL)
            await lost(one)
            await lost(beside)
            with Phone() as phone:
                phone.reach(other.answer(phone.describe(), HERE))
                await other.play(["short"])
                assert len(await phone.hear(5)) == 5
            late = await stack.enter_async_context(engine.session(one))
            assert late.worker.alive

    asyncio.run(test())


def test_workers_have_ports_of_their_own(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            running(tmp_path, first=25200, last=25209, count=2) as engine,
            engine.session() as a,
            engine.session() as b,
            engine.session() as c,
            engine.session() as d,
        ):
            ports = {a.port, b.port, c.port, d.port}
            assert len(ports) == 4
            assert all(port % 2 == 0 and own_port(25200) <= port < own_port(25209) for port in ports)

    asyncio.run(test())


def test_a_hanging_worker_is_killed_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LOOKS_APART", 0.1)  # the worker's own beat is every quarter second

    async def test() -> None:
        async with running(tmp_path) as engine:
            [pid] = engine.pids
            async with engine.session() as session:
                beat = session.worker.pulse.cpu
                await until(lambda: session.worker.pulse.cpu > beat)
                os.kill(pid, signal.SIGSTOP)
                await lost(session)
            await until(lambda: engine.pids != [pid])
            async with engine.session():
                pass

    asyncio.run(test())


def test_a_worker_that_stood_still_does_not_make_up_for_it(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as engine:
            [pid] = engine.pids
            with Phone() as caller, Phone() as agent:
                async with engine.session() as one, engine.session(one) as other, engine.bridge(one, other):
                    caller.reach(one.answer(caller.describe(), HERE))
                    agent.reach(other.answer(agent.describe(), HERE))
                    async with engine.session() as probe:
                        pass
                    await measured(probe)
                    agent.send()
                    caller.send()
                    await agent.hear(1)
                    async with asyncio.TaskGroup() as tasks:
                        playing = tasks.create_task(one.play(["music"], repeat=True))
                        before = (await caller.hear(5))[-1]
                        os.kill(pid, signal.SIGSTOP)
                        loop = asyncio.get_running_loop()
                        stopped = loop.time()
                        while loop.time() < stopped + 1.0:
                            caller.send()
                            await asyncio.sleep(0.02)
                        pending = len(caller.heard())
                        os.kill(pid, signal.SIGCONT)
                        async with asyncio.timeout(0.1):
                            after = await caller.hear(3)
                        playing.cancel()
                    passed = after[-1].timestamp - before.timestamp & 0xFFFFFFFF
                    assert pending <= 1
                    assert 7000 < passed < 14000
                    everything = [before, *after]
                    assert len({packet.ssrc for packet in everything}) == 1
                    assert after[-1].sequence - before.sequence & 0xFFFF <= 5
                    assert len(agent.heard()) <= 3
                    caller.send()
                    assert len(await agent.hear(1)) == 1

    asyncio.run(test())


def test_a_port_is_not_used_again_before_it_has_cooled_down(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, first=25220, last=25223) as engine:
            loop = asyncio.get_running_loop()
            with Phone() as phone:
                async with engine.session() as first:
                    phone.reach(first.answer(phone.describe(), HERE))
                async with engine.session() as second:
                    left = loop.time()
                    assert second.port != first.port
                    with pytest.raises(MediaUnavailable):
                        async with engine.session():
                            raise AssertionError
                    session = None
                    while session is None:
                        try:
                            async with engine.session() as session:
                                assert session.port == first.port
                                assert loop.time() - left > COOL_DOWN - 0.5 >= 2.0
                        except MediaUnavailable:
                            await asyncio.sleep(0.05)

    asyncio.run(test())


def test_calls_leave_nothing_behind(tmp_path: Path) -> None:
    async def calls(engine: WorkersEngine, count: int) -> None:
        with Phone() as phone, Phone() as silent:
            for at in range(count):
                async with engine.session() as one, engine.session(one) as other, one.listen():
                    phone.reach(one.answer(phone.describe(), HERE))
                    other.offer()
                    if at % 2:
                        other.accept(silent.describe(), HERE)
                        await (one if at % 4 == 1 else other).play(["short"])
                        phone.send()
                        await one.record(tmp_path / "a.wav", most=0.02)
                    async with engine.bridge(one, other, hold_music="music"), engine.echo(one):
                        phone.send()

    async def test() -> None:
        async with running(tmp_path, last=25999) as engine:
            [pid] = engine.pids
            async with engine.session() as session:
                pass
            await calls(engine, 10)
            await asyncio.sleep(COOL_DOWN + 0.3)
            before = descriptors(pid), descriptors(os.getpid())
            await calls(engine, 40)
            await asyncio.sleep(COOL_DOWN + 0.3)
            assert (descriptors(pid), descriptors(os.getpid())) == before
            assert session.worker.pulse.legs == 0

    asyncio.run(test())


def test_a_silent_peer_is_lost_but_not_one_that_holds(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, silence=0.6) as engine:
            with Phone() as silent, Phone() as holding, Phone() as talking:
                async with engine.session() as one, engine.session() as two, engine.session() as three:
                    one.answer(silent.describe(), HERE)
                    two.answer(holding.describe("sendonly"), HERE)
                    talking.reach(three.answer(talking.describe(), HERE))
                    loop = asyncio.get_running_loop()
                    begin = loop.time()
                    async with asyncio.TaskGroup() as tasks:
                        waits = [tasks.create_task(lost(leg)) for leg in (one, two, three)]
                        while loop.time() < begin + 1.5:
                            talking.send()
                            await asyncio.sleep(0.02)
                        assert [wait.done() for wait in waits] == [True, False, False]
                        for wait in waits:
                            wait.cancel()

    asyncio.run(test())


def test_a_switch_that_stands_still_costs_nobody_a_packet(tmp_path: Path) -> None:
    """What it is to hear meanwhile is more than the way to it holds."""

    async def test() -> None:
        async with running(tmp_path) as engine, AsyncExitStack() as stack:
            phone = stack.enter_context(Phone())
            legs = [await stack.enter_async_context(engine.session()) for _ in range(60)]
            for leg in legs:
                leg.answer(phone.describe(), HERE)
            frames, *_ = [await stack.enter_async_context(leg.listen()) for leg in legs]
            await anext(frames)
            music = asyncio.ensure_future(legs[0].play(["music"], repeat=True))
            await phone.hear(2)
            time.sleep(1.5)  # noqa: ASYNC251 - this is the standing still
            assert len(phone.heard()) > 60
            for _ in range(110):
                await anext(frames)
            music.cancel()
            assert engine.pids == [legs[0].worker.pid]

    asyncio.run(test())


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_recording_outlives_its_worker(tmp_path: Path, end: str) -> None:
    path = tmp_path / "message.wav"

    async def test() -> None:
        async with running(tmp_path) as engine:
            with Phone() as phone:
                async with engine.session() as session, asyncio.TaskGroup() as tasks:
                    phone.reach(session.answer(phone.describe(), HERE))
                    recording = tasks.create_task(_fault_of(session.record(path, most=60)))
                    tasks.create_task(phone.talk(tone(500, 1.4)))
                    await until(lambda: path.exists() and len(sound_of(path)) >= 8000)
                    if end == "kill":
                        os.kill(session.worker.pid, signal.SIGKILL)
                    else:
                        await engine.stop()
                    assert "gone" in str(await recording)
                    assert "gone" in str(await _fault_of(session.record(path, most=60)))

    asyncio.run(test())
    samples = sound_of(path)
    assert 8000 <= len(samples) <= 12000
    assert tone_share(samples, 500) > 0.7


async def _fault_of(recording: Awaitable[float]) -> NotRecorded | None:
    try:
        await recording
    except NotRecorded as fault:
        return fault
    return None


def sound_of(path: Path) -> Samples:
    return np.asarray(soundfile.read(path, dtype="int16")[0], np.int16)


SWITCH = """
import asyncio, sys
from pathlib import Path
from media.engines.workers import WorkersEngine

async def main():
    engine = WorkersEngine("127.0.0.1", 25300, 25309, Path(sys.argv[1]), 2)
    await engine.start()
    print(*engine.pids, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_workers_outlive_the_terminal_but_not_the_switch(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SWITCH, tmp_path], stdout=subprocess.PIPE) as switch:
        assert switch.stdout is not None
        pids = [int(pid) for pid in switch.stdout.readline().split()]
        assert len(pids) == 2
        for pid in pids:
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGHUP)
        assert all(is_running(pid) for pid in pids)
        switch.kill()
    asyncio.run(until(lambda: not any(is_running(pid) for pid in pids)))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_that_cannot_start_is_an_error(tmp_path: Path) -> None:
    async def test() -> None:
        engine = WorkersEngine("192.0.2.1", 25000, 25003, tmp_path)
        try:
            with pytest.raises(MediaUnavailable):
                await engine.start()
        finally:
            await engine.stop()

    asyncio.run(test())
