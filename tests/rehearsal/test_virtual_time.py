import asyncio
import contextvars
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from pbx.rehearsal.virtual_time import SOMEWHERE, StuckError, VirtualLoop

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def test_a_year_of_waiting_takes_no_time():
    async def story() -> float:
        await asyncio.sleep(365 * 86_400)
        return asyncio.get_running_loop().time()

    began = time.perf_counter()
    assert run(story()) == 365 * 86_400
    assert time.perf_counter() - began < 1


def test_what_is_due_in_one_moment_happens_in_the_order_it_was_asked_for():
    async def story() -> list[int]:
        loop, rung = asyncio.get_running_loop(), list[int]()
        for number in range(50):
            loop.call_at(7.0, rung.append, number)
        await asyncio.sleep(7)
        return rung

    assert run(story()) == list(range(50))


def test_what_is_cancelled_never_happens_and_keeps_the_clock_where_it_is():
    async def story() -> float:
        loop = asyncio.get_running_loop()
        loop.call_later(100, pytest.fail, "it was cancelled").cancel()
        soon = loop.call_soon(pytest.fail, "it was cancelled")
        soon.cancel()
        assert soon.cancelled()
        await asyncio.sleep(1)
        return loop.time()

    assert run(story()) == 1


def test_a_timeout_is_over_when_its_time_is():
    async def story() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.get_running_loop().create_future()
        return asyncio.get_running_loop().time()

    assert run(story()) == 5


def test_when_nothing_can_ever_happen_again_somebody_is_told():
    async def story() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(StuckError):
        run(story())


def test_what_another_thread_would_do_is_done_at_once():
    async def story() -> tuple[int, float]:
        there = await asyncio.to_thread(threading.get_ident)
        return there, asyncio.get_running_loop().time()

    assert run(story()) == (threading.get_ident(), 0)


def test_what_goes_wrong_there_goes_wrong_here():
    async def story() -> None:
        await asyncio.to_thread(int, "x")

    with pytest.raises(ValueError, match="invalid literal"):
        run(story())


def test_names_of_hosts_are_not_looked_up():
    async def story() -> str:
        found = await asyncio.get_running_loop().getaddrinfo("no-such-host.invalid", 5060)
        return str(found[0][4][0])

    assert run(story()) == SOMEWHERE


def test_a_task_keeps_its_context():
    name = contextvars.ContextVar("name", default="nobody")

    async def inner() -> str:
        await asyncio.sleep(1)
        return name.get()

    async def story() -> tuple[str, str]:
        name.set("outside")
        task = asyncio.get_running_loop().create_task(inner(), context=contextvars.Context())
        return await task, name.get()

    assert run(story()) == ("nobody", "outside")


def test_a_fault_in_a_callback_is_raised():
    async def story() -> None:
        asyncio.get_running_loop().call_soon(int, "x")
        await asyncio.sleep(1)

    with pytest.raises(ValueError, match="invalid literal"):
        run(story())
