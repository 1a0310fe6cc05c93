"""An event loop where waiting costs nothing, and no system call is ever made.

When no task can run, the clock jumps to the next timer. When there is no timer either, nothing can ever
happen again, and whoever runs the loop is told at once instead of waiting for ever.
"""

import asyncio
import heapq
from asyncio.events import (  # there for loops that asyncio does not bring
    _get_running_loop,  # pyright: ignore[reportPrivateUsage]
    _set_running_loop,  # pyright: ignore[reportPrivateUsage]
)
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from socket import AddressFamily, SocketKind
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Address: TypeAlias = tuple[
    AddressFamily, SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
]
SOMEWHERE = "192.0.2.1"  # RFC 5737: what every host name stands for here


class StuckError(Exception):
    """Every task waits for another."""


class _Later(asyncio.TimerHandle):
    """What is to be called, unless cancelled. Made several times for every prompt, so as cheap as can be."""

    __slots__ = ("call", "given", "gone", "within")

    def __init__(self, call: Callable[..., object], given: tuple[Any, ...], within: Context | None) -> None:
        self.call, self.given, self.within, self.gone = call, given, within, False

    def __repr__(self) -> str:
        return f"<{'cancelled' if self.gone else 'due'} {self.call}>"

    def cancel(self) -> None:
        self.gone, self.given = True, ()

    def cancelled(self) -> bool:
        return self.gone


class VirtualLoop(asyncio.AbstractEventLoop):
    """Serves tasks, futures and timeouts, in the order they come due. No files, sockets or threads.

    A callback without a context of its own runs in whichever there is.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._due: deque[_Later] = deque()
        self._timers: list[tuple[float, int, _Later]] = []
        self._set = 0  # timers ever set: those of one moment ring in the order they were set
        self._running = self._stopping = self._closed = False

    def time(self) -> float:
        return self._now

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Later:
        later = _Later(callback, args, context)
        self._due.append(later)
        return later

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Later:
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Later:
        later = _Later(callback, args, context)
        self._set += 1
        heapq.heappush(self._timers, (when, self._set, later))
        return later

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Later:
        later = _Later(callback, args, context)
        self._set += 1
        heapq.heappush(self._timers, (self._now + delay, self._set, later))
        return later

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        if context is None:
            return asyncio.Task(coro, loop=self, name=name)
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """What another thread would do is done here and now: it takes no time either."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            done.set_exception(error)
        return done

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> list[Address]:
        """Nobody is asked: every name stands for one address that is nobody's."""
        return [(AddressFamily.AF_INET, SocketKind.SOCK_DGRAM, 0, "", (SOMEWHERE, port or 0))]

    def run_forever(self) -> None:
        if _get_running_loop() is not None:
            raise RuntimeError("a rehearsal needs a thread in which no other loop is running")
        due, self._running = self._due, True
        _set_running_loop(self)
        try:
            while not self._stopping:
                if not due:
                    self._jump()
                later = due.popleft()
                if later.gone:
                    continue
                if later.within is None:
                    later.call(*later.given)
                else:
                    later.within.run(later.call, *later.given)
        finally:
            self._running = self._stopping = False
            _set_running_loop(None)

    def _jump(self) -> None:
        """To the next moment at which something is due, and all that is due then."""
        timers = self._timers
        while timers and timers[0][2].gone:
            heapq.heappop(timers)
        if not timers:
            raise StuckError
        self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            self._due.append(heapq.heappop(timers)[2])

    def run_until_complete(self, future: Any) -> Any:
        def stop(_: asyncio.Future[Any]) -> None:
            self.stop()

        task: asyncio.Future[Any] = future if asyncio.isfuture(future) else self.create_task(future)
        task.add_done_callback(stop)
        try:
            self.run_forever()
        finally:
            task.remove_done_callback(stop)
        return task.result()

    def stop(self) -> None:
        self._stopping = True

    def close(self) -> None:
        self._closed = True
        self._due.clear()
        self._timers.clear()

    def is_running(self) -> bool:
        return self._running

    def is_closed(self) -> bool:
        return self._closed

    def get_debug(self) -> bool:
        return False

    def set_debug(self, enabled: bool) -> None:  # noqa: FBT001 - AbstractEventLoop's
        """There is nothing more to be told."""

    async def shutdown_asyncgens(self) -> None:
        """Those of ours end with their blocks."""

    async def shutdown_default_executor(self) -> None:
        """There is none."""

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        raise RuntimeError(context["message"]) from context.get("exception")

    call_exception_handler = default_exception_handler
