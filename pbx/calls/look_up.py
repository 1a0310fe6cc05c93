"""Asks a server or a database file for what a flow wants to know, within strict limits.

The host is the one written in the flow: redirects are not followed, nothing a caller enters can change it. An
operator's own server on a private address is as good as any other.
"""

import asyncio
import json
import os
import re
import sqlite3
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import aiohttp
from yarl import URL

from pbx.ivr.fields import PLACEHOLDER
from pbx.ivr.kinds.errands import Http, Sqlite
from pbx.ivr.tasks import LookUp
from pbx.steps import Outcome

Answer: TypeAlias = tuple[Outcome, Mapping[str, str]]  # how a task ended, and what is answered by name
LookUps: TypeAlias = Callable[[LookUp, Path], Awaitable[Answer]]  # (what to ask, the dialplan's folder)

LARGEST = 65_536  # bytes of an answer
LONGEST = 256  # characters of a value
CONNECTIONS = 200  # to servers, at the same time
FILES = 4  # databases read at the same time
PAUSE = 0.1  # seconds before another try
STEPS = 1000  # of SQLite's machine between two looks at whether anybody still waits

NOTHING: Answer = (Outcome.NOTHING, {})
READING = (
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
)  # fmt: skip
_INDEX = re.compile(r"[0-9]{1,4}")


async def no_lookups(task: LookUp, folder: Path) -> Answer:
    """For an exchange without a network."""
    return _failed("there is no network")


@asynccontextmanager
async def lookups() -> AsyncGenerator[LookUps]:
    """Lookups over one pool of connections and one of threads, which are closed with the block."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # a small answer stays small
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    ) as session:
        with ThreadPoolExecutor(FILES, "lookups") as threads:
            yield _Reference(session, threads).look_up


class _Reference:
    def __init__(self, session: aiohttp.ClientSession, threads: ThreadPoolExecutor) -> None:
        self._session, self._threads = session, threads

    async def look_up(self, task: LookUp, folder: Path) -> Answer:
        """A failure's `reason` is for the log."""
        try:
            async with asyncio.timeout(task.within):
                if isinstance(task.source, Sqlite):
                    return await self._ask_file(task, task.source, folder)
                return await self._ask_server(task, task.source)
        except TimeoutError:
            return _failed("late")

    async def _ask_server(self, task: LookUp, http: Http) -> Answer:
        answer = _failed("not tried")
        for left in reversed(range(task.tries if http.method == "GET" else 1)):
            try:
                answer, final = await self._request(task, http)
            except (aiohttp.ClientError, OSError) as reason:
                answer, final = _failed(type(reason).__name__), False
            if final or not left:
                break
            await asyncio.sleep(PAUSE)
        return answer

    async def _request(self, task: LookUp, http: Http) -> tuple[Answer, bool]:
        """The answer, and whether another try would get the same. Raises ClientError, OSError."""
        headers: dict[str, str] = {}
        if http.token is not None:
            headers["Authorization"] = f"Bearer {os.environ.get(http.token.env, '')}"
        body = None if http.body is None else json.dumps(_filled(http.body, task.values)).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        address = URL(_address(http.url, task.values), encoded=True)
        async with self._session.request(
            http.method, address, data=body, headers=headers, allow_redirects=False
        ) as response:
            if response.status == 404:
                return NOTHING, True
            if not 200 <= response.status < 300:
                return _failed(f"status {response.status}"), response.status < 500
            return await _read(response, task.fills), True

    async def _ask_file(self, task: LookUp, source: Sqlite, folder: Path) -> Answer:
        """In a thread. Whoever waits no longer has the question stopped, however long it would take."""
        given_up = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, _select, folder / source.file, source, task, given_up
            )
        except (sqlite3.Error, sqlite3.Warning, ValueError) as reason:
            return _failed(type(reason).__name__)
        finally:
            given_up.set()


def _failed(reason: str) -> Answer:
    return Outcome.FAILED, {"reason": reason}


def _address(url: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: quote(values.get(found[1], ""), safe=""), url)


def _filled(body: Any, values: Mapping[str, str]) -> Any:
    """The JSON template with its variables replaced, in texts only: a value is never structure."""
    match body:
        case str():
            return PLACEHOLDER.sub(lambda found: values.get(found[1], ""), body)
        case dict():
            return {key: _filled(inner, values) for key, inner in body.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_filled(inner, values) for inner in body]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return body


async def _read(response: aiohttp.ClientResponse, fills: Mapping[str, str]) -> Answer:
    """Numbers stay as they were written: 12.50 is an amount."""
    held = bytearray()
    async for chunk in response.content.iter_any():
        held += chunk
        if len(held) > LARGEST:
            return _failed(f"more than {LARGEST} bytes")
    try:
        answer = json.loads(held, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return _failed("not JSON")
    return Outcome.COMPLETED, {name: _text(_found(answer, path.split("."))) for name, path in fills.items()}


def _found(answer: Any, path: list[str]) -> Any:
    for part in path:
        match answer:
            case dict():
                answer = answer.get(part)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            case list() if _INDEX.fullmatch(part) and int(part) < len(answer):  # pyright: ignore[reportUnknownArgumentType]
                answer = answer[int(part)]  # pyright: ignore[reportUnknownVariableType]
            case _:  # pyright: ignore[reportUnknownVariableType]
                return None
    return answer  # pyright: ignore[reportUnknownVariableType]


def _text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)[:LONGEST]
        case _:
            return ""


def _reading_only(action: int, *_: object) -> int:
    """Even of a file opened for reading, ATTACH would make another."""
    return sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY


def _select(file: Path, source: Sqlite, task: LookUp, given_up: threading.Event) -> Answer:
    """Raises sqlite3.Error."""
    conn = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=task.within)
    try:
        conn.row_factory = sqlite3.Row
        conn.set_progress_handler(given_up.is_set, STEPS)
        conn.set_authorizer(_reading_only)
        wanted = {name: task.values.get(name, "") for name in source.parameters()}
        row = conn.execute(source.sql, wanted).fetchone()
    finally:
        conn.close()
    if row is None:
        return NOTHING
    columns = row.keys()
    values = {name: _text(row[column]) if column in columns else "" for name, column in task.fills.items()}
    return Outcome.COMPLETED, values
