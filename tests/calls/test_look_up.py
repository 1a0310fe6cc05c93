"""Lookups over real sockets and real files: what servers may answer, and what nobody may do to us."""

import asyncio
import gzip
import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pbx.calls.look_up import LARGEST, Answer, LookUps, lookups
from pbx.ivr.kinds.errands import Http, Sqlite, Token
from pbx.ivr.tasks import LookUp
from pbx.steps import Outcome

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]
BALANCE = {"balance": "account.balance"}


def asking(
    source: Http | Sqlite,
    values: Mapping[str, str] | None = None,
    fills: Mapping[str, str] = BALANCE,
    *,
    tries: int = 2,
    within: float = 5.0,
) -> LookUp:
    return LookUp("main", "ask", source, fills, within, tries, values or {})


class Server:
    """A customer database of somebody's. `seen` are the requests it got."""

    def __init__(self, *answers: Answering) -> None:
        self.seen: list[tuple[str, str, str, dict[str, str]]] = []
        self._answers = list(answers)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode()
        self.seen.append((request.method, request.raw_path, body, dict(request.headers)))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return await answer(request)


def ask(server: Server, make: Callable[[str], LookUp], folder: Path = Path(), within: Any = None) -> Answer:
    """The answer to a task made with the server's address."""

    async def story() -> Answer:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", server.answer)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            async with lookups() as look_up:
                return await look_up(make(f"http://{host}:{port}"), folder)
        finally:
            await runner.cleanup()

    return asyncio.run(story())


def says(body: Any, status: int = 200, **headers: str) -> Answering:
    async def answer(request: web.Request) -> web.StreamResponse:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(body=text, status=status, headers=headers, content_type="application/json")

    return answer


def found(body: Any, fills: Mapping[str, str] = BALANCE) -> Answer:
    return ask(Server(says(body)), lambda host: asking(Http(url=f"{host}/"), fills=fills))


def test_what_is_asked_is_the_address_with_its_values_and_nothing_else():
    server = Server(says({}))
    values = {"id": "a/b ?&#%2e\u0101", "day": "1"}
    url = "/customers/{id}?on={day}&fixed=%20x"
    ask(server, lambda host: asking(Http(url=host + url, token=Token(env="HOME")), values))
    ((method, path, body, headers),) = server.seen
    assert (method, body) == ("GET", "")
    assert path == "/customers/a%2Fb%20%3F%26%23%252e%C4%81?on=1&fixed=%20x"
    assert headers["Authorization"].startswith("Bearer /")


def test_a_body_is_json_whatever_the_values_are():
    server = Server(says({}))
    body = {"id": "{id}", "list": ["x{id}", 1, True, None], "{id}": {"deep": "{unknown}"}}
    source = {"method": "POST", "body": body}
    ask(server, lambda host: asking(Http(url=f"{host}/", **source), {"id": '"},{"'}))  # pyright: ignore[reportArgumentType]
    ((method, _, text, headers),) = server.seen
    assert (method, headers["Content-Type"]) == ("POST", "application/json")
    assert json.loads(text) == {
        "id": '"},{"',
        "list": ['x"},{"', 1, True, None],
        "{id}": {"deep": ""},
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"account": {"balance": "12"}}, "12"),
        (b'{"account": {"balance": 12.50}}', "12.50"),
        (b'{"account": {"balance": -7}}', "-7"),
        ({"account": {"balance": True}}, "yes"),
        ({"account": {"balance": None}}, ""),
        ({"account": {"balance": {"no": 1}}}, ""),
        ({"account": ["balance"]}, ""),
        ({"account": {"balance": "x" * 300}}, "x" * 256),
        (b'{"account": {"balance": 1' + b"0" * 5000 + b"}}", "1" + "0" * 255),
        ([], ""),
        (b"3", ""),
    ],
)
def test_values_are_texts_of_bounded_length(body: Any, text: str):
    assert found(body) == (Outcome.COMPLETED, {"balance": text})


def test_lists_are_counted_from_nothing():
    body = {"rows": [{"x": "a"}, {"x": "b"}]}
    assert found(body, {"one": "rows.1.x", "two": "rows.2.x", "three": "rows.x"}) == (
        Outcome.COMPLETED,
        {"one": "b", "two": "", "three": ""},
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (says({}, 404), Outcome.NOTHING),
        (says({}, 400), Outcome.FAILED),
        (says({}, 204), Outcome.FAILED),
        (says({}, 302, Location="/elsewhere"), Outcome.FAILED),
        (says(b"<html>"), Outcome.FAILED),
        (says(b""), Outcome.FAILED),
        (says(b"[" * 60_000), Outcome.FAILED),
        (says(b" " * LARGEST + b"{}"), Outcome.FAILED),
    ],
)
def test_what_is_no_answer_is_asked_for_once(answer: Answering, outcome: Outcome):
    server = Server(answer)
    assert ask(server, lambda host: asking(Http(url=f"{host}/")))[0] is outcome
    assert len(server.seen) == 1


def test_the_largest_answer_is_one():
    body = b'{"account": {"balance": "1"}}'
    assert found(body + b" " * (LARGEST - len(body)))[0] is Outcome.COMPLETED


def test_a_compressed_answer_is_not_unpacked():
    packed = gzip.compress(b'{"account": {"balance": "1"}}')
    answer = says(packed, 200, **{"Content-Encoding": "gzip"})
    assert ask(Server(answer), lambda host: asking(Http(url=f"{host}/")))[0] is Outcome.FAILED


def test_a_get_is_tried_again_and_a_post_is_not():
    good = says({"account": {"balance": "1"}})
    server = Server(says({}, 503), good)
    assert ask(server, lambda host: asking(Http(url=f"{host}/")))[0] is Outcome.COMPLETED
    server = Server(says({}, 503), good)
    assert ask(server, lambda host: asking(Http(url=f"{host}/"), tries=1))[0] is Outcome.FAILED
    server = Server(says({}, 503), good)
    assert ask(server, lambda host: asking(Http(url=f"{host}/", method="POST")))[0] is Outcome.FAILED
    assert len(server.seen) == 1


def test_who_does_not_answer_in_time_has_not_answered():
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    assert ask(Server(never), lambda host: asking(Http(url=f"{host}/"), within=0.2)) == (
        Outcome.FAILED,
        {"reason": "late"},
    )


def test_nobody_at_the_address_is_a_failure_that_names_no_value():
    outcome, values = ask(
        Server(says({})), lambda host: asking(Http(url="http://127.0.0.1:1/{id}"), {"id": "90125"})
    )
    assert outcome is Outcome.FAILED
    assert "90125" not in repr(values)


# Files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "customers.db")) as conn:
        conn.executescript("""
            CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, balance REAL, picture BLOB);
            INSERT INTO customers VALUES (7, 'Anna', 12.5, x'00'), (8, NULL, 0, NULL);
        """)
    return tmp_path


def select(
    folder: Path, sql: str, *, within: float = 5.0, file: str = "customers.db", **values: str
) -> Answer:
    fills = {"name": "name", "money": "balance", "none": "nowhere"}
    task = asking(Sqlite(file=file, sql=sql), values, fills, within=within)

    async def story() -> Answer:
        async with lookups() as look_up:
            return await look_up(task, folder)

    return asyncio.run(story())


BY_ID = "select name, balance, picture from customers where id = :id"


def test_a_row_fills_variables_by_its_columns(folder: Path):
    assert select(folder, BY_ID, id="7") == (
        Outcome.COMPLETED,
        {"name": "Anna", "money": "12.5", "none": ""},
    )
    assert select(folder, BY_ID, id="8")[1]["name"] == ""


def test_no_row_is_nothing_and_a_value_is_never_sql(folder: Path):
    assert select(folder, BY_ID, id="9")[0] is Outcome.NOTHING
    assert select(folder, BY_ID, id="7 or 1=1")[0] is Outcome.NOTHING


@pytest.mark.parametrize(
    "sql",
    [
        "update customers set balance = 0",
        "insert into customers values (9, '', 0, '')",
        "drop table customers",
        "select 1; drop table customers",
        "attach 'other.db' as other",
        "vacuum into 'other.db'",
        "pragma user_version",
        "selec",
        "select x from nowhere",
    ],
)
def test_a_question_cannot_change_anything(folder: Path, monkeypatch: pytest.MonkeyPatch, sql: str):
    monkeypatch.chdir(folder)
    before = (folder / "customers.db").read_bytes()
    assert select(folder, sql)[0] is Outcome.FAILED
    assert (folder / "customers.db").read_bytes() == before
    assert [file.name for file in folder.iterdir()] == ["customers.db"]


def test_a_file_that_is_not_there_is_not_made(folder: Path):
    assert select(folder, BY_ID, file="other?mode=rwc.db", id="7")[0] is Outcome.FAILED
    assert not list(folder.glob("other*"))
    (folder / "text.db").write_text("no database, but a text that is long enough to be looked at as one")
    assert select(folder, BY_ID, file="text.db", id="7")[0] is Outcome.FAILED


ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select max(x) as name from n"


def test_an_endless_question_is_given_up_and_stopped(folder: Path):
    """Leaving the block waits for its threads: it would never end if the question went on."""
    assert select(folder, ENDLESS, within=0.2) == (Outcome.FAILED, {"reason": "late"})


def test_many_ask_at_the_same_time(folder: Path):
    async def story(look_up: LookUps) -> list[Answer]:
        tasks = [asking(Sqlite(file="customers.db", sql=BY_ID), {"id": "7"}) for _ in range(50)]
        return await asyncio.gather(*(look_up(task, folder) for task in tasks))

    async def open_and_ask() -> list[Answer]:
        async with lookups() as look_up:
            return await story(look_up)

    answers = asyncio.run(open_and_ask())
    assert {outcome for outcome, _ in answers} == {Outcome.COMPLETED}
