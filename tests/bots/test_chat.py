"""The chat mind against a server on loopback that behaves, or does not."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import date
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from pbx.bots.bot import Bot
from pbx.bots.chat import ChatMind
from pbx.bots.chat_tools import Refused, Toolbox
from pbx.bots.handover import Line
from pbx.bots.model import Reply
from pbx.bots.providers import Context, ProviderError
from tests.bots.examples import CARD, CUPS, NOTE, SIZE, small

TODAY = date(2026, 3, 2)
TOKEN = "s3cret-token"


ALL = '["choose", "fill", "person", "finish"]'


def barista(port: int = 1, *, tools: str = ALL) -> Bot:
    keys = (
        f'url = "http://127.0.0.1:{port}/v1/", model = "tiny", system = "You sell drinks.", max_tokens = 99'
    )
    token = '{ env = "BARISTA_TOKEN" }'
    return small(SIZE, CUPS, more=f'mind = "chat"\nchat = {{ {keys}, token = {token}, tools = {tools} }}\n')


def words(*texts: str) -> list[dict[str, Any]]:
    return [{"choices": [{"delta": {"content": text}}]} for text in texts]


def call(name: str, index: int = 0, /, **arguments: Any) -> list[dict[str, Any]]:
    """A tool call in two pieces, as servers stream them."""
    text = json.dumps(arguments)
    first = {"index": index, "id": f"c{index}", "function": {"name": name, "arguments": text[:3]}}
    return [
        {"choices": [{"delta": {"tool_calls": [piece]}}]}
        for piece in (first, {"index": index, "function": {"arguments": text[3:]}})
    ]


class Model:
    """A server that gives its answers one after another, and remembers what it was asked."""

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.tokens: list[str | None] = []
        self.fault: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers.get("Authorization"))
        self.asked.append(await request.json())
        if self.fault is not None:
            return await self.fault(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in self.answers.pop(0):
            await response.write(f"data: {json.dumps(event)}\n\n".encode())
        await response.write(b": a comment\n\ndata: [DONE]\n\n")
        return response

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[int]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


def context(text: str = "Hello", intent: str = "", **slots: str) -> Context:
    return Context(
        text,
        0.9,
        intent,
        slots,
        (Line("bot", "What is it?"), Line("caller", "Hm."), Line("bot", "Yes?")),
        TODAY,
    )


def talk(model: Model, said: Context, *, tools: str = ALL) -> list[str | Reply]:
    async def story() -> list[str | Reply]:
        async with model.serving() as port, aiohttp.ClientSession() as http:
            bot = barista(port, tools=tools)
            assert bot.chat is not None
            mind = ChatMind(bot, "en", bot.chat, http)
            async with aclosing(mind.reply(said)) as answer:
                return [piece async for piece in answer]

    return asyncio.run(story())


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BARISTA_TOKEN", TOKEN)


def test_sentences_come_as_they_are_complete():
    model = Model(words("Hel", "lo. We ha", "ve tea.\nAnd 2.5 ki", "nds of *coffee*"))
    assert talk(model, context()) == ["Hello.", "We have tea.", "And 2.5 kinds of coffee", Reply()]


def test_the_model_is_told_everything_and_the_token_comes_from_the_environment():
    model = Model(words("Yes."))
    talk(model, context("A tea, please", intent="tea", size="large"))
    (asked,) = model.asked
    assert model.tokens == [f"Bearer {TOKEN}"]
    assert (asked["model"], asked["max_tokens"], asked["stream"]) == ("tiny", 99, True)
    system, *rest = asked["messages"]
    assert "You sell drinks." in system["content"]
    assert "2026-03-02" in system["content"]
    assert "large" in system["content"]
    assert [(line["role"], line["content"]) for line in rest] == [
        ("assistant", "What is it?"), ("user", "Hm."), ("assistant", "Yes?"), ("user", "A tea, please"),
    ]  # fmt: skip
    assert {tool["function"]["name"] for tool in asked["tools"]} == {"choose", "fill", "person", "finish"}


def test_only_the_tools_of_the_bot_are_offered():
    model = Model(words("Yes."))
    talk(model, context(), tools='["person"]')
    assert [tool["function"]["name"] for tool in model.asked[0]["tools"]] == ["person"]
    model = Model(words("Yes."))
    talk(model, context(), tools="[]")
    assert "tools" not in model.asked[0]


def test_what_the_model_notes_is_in_the_reply():
    model = Model(
        call("choose", 0, intent="tea") + call("fill", 1, slot="size", value="large"), words("How many?")
    )
    assert talk(model, context()) == ["How many?", Reply(intent="tea", slots={"size": "large"})]
    assert [line["role"] for line in model.asked[1]["messages"][-3:]] == ["assistant", "tool", "tool"]
    assert model.asked[1]["messages"][-2]["content"] == "done; still to be asked: size, cups"


def test_words_beside_a_tool_call_need_no_second_request():
    model = Model(words("A tea.") + call("choose", intent="tea"))
    assert talk(model, context()) == ["A tea.", Reply(intent="tea")]
    assert len(model.asked) == 1


def test_the_model_finishes_only_what_is_complete():
    model = Model(call("finish"), words("Which size?"))
    assert talk(model, context(intent="tea")) == ["Which size?", Reply(intent="tea")]
    model = Model(words("Coming.") + call("finish"))
    said = context(intent="tea", size="large", cups="2")
    assert talk(model, said) == [
        "Coming.",
        Reply(then="finish", intent="tea", slots={"size": "large", "cups": "2"}),
    ]


def test_the_model_may_call_a_person():
    assert talk(Model(call("person")), context()) == [Reply(then="person")]


def fails(model: Model, **how: Any) -> str:
    with pytest.raises(ProviderError) as caught:
        talk(model, context("my secret is swordfish"), **how)
    assert TOKEN not in str(caught.value)
    assert "swordfish" not in str(caught.value)
    return str(caught.value)


def test_a_tool_that_is_not_allowed_fails_the_turn():
    assert "does not allow: 'finish'" in fails(Model(call("finish")), tools='["choose"]')
    assert "does not allow: 'rm'" in fails(Model(call("rm", path="/")))


def test_a_model_that_only_uses_tools_and_says_nothing_fails():
    answers = [call("choose", intent="tea")] * 5
    model = Model(*answers)
    assert "said nothing" in fails(model)
    assert len(model.asked) == 3


FAULTS: list[tuple[list[dict[str, Any]], str]] = [
    ([], "said nothing"),
    ([{"error": {"message": "swordfish"}}], "reports an error"),
    (words("Blah " * 500), "too much"),
    (words(*["x" * 900 + ". "] * 400), "too"),
    ([{"choices": [{"delta": {"tool_calls": [{"index": 99, "function": {}}]}}]}], "strange"),
    ([{"choices": [{"delta": {"tool_calls": ["rm"]}}]}], "strange"),
    (call("fill", 0, slot="size", value="x" * 5000), "too long"),
    ([{"choices": []}, {"choices": [{"delta": {"content": 7}}]}, {}], "said nothing"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS)
def test_what_a_model_should_not_send_fails_the_turn(fault: list[dict[str, Any]], reason: str):
    assert reason in fails(Model(fault))


async def answers_500(request: web.Request) -> web.StreamResponse:
    return web.Response(status=500, text="swordfish")


async def redirects(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("http://127.0.0.1:1/steal")


async def sends_garbage(request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"data: {not json\n\n" + b"\xff" * 100)


async def sends_too_much(request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"x" * 1_000_000)


async def hangs_up(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"data: {")
    assert request.transport is not None
    request.transport.abort()
    return response


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (answers_500, "answered 500"),
        (redirects, "answered 302"),
        (sends_garbage, "no JSON"),
        (sends_too_much, "too long"),
        (hangs_up, "ClientPayloadError"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_server_that_misbehaves_fails_the_turn(
    fault: Callable[[web.Request], Awaitable[web.StreamResponse]], reason: str
):
    model = Model()
    model.fault = fault
    assert reason in fails(model)


def test_a_server_that_is_not_there_fails_the_turn():
    async def story() -> None:
        async with aiohttp.ClientSession() as http:
            bot = barista(1)
            assert bot.chat is not None
            mind = ChatMind(bot, "en", bot.chat, http)
            with pytest.raises(ProviderError, match="ClientConnectorError"):
                await anext(mind.reply(context()))

    asyncio.run(story())


def test_a_token_that_is_not_there_fails_the_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("BARISTA_TOKEN")
    assert "BARISTA_TOKEN" in fails(Model(words("Yes.")))


def test_a_slow_server_can_be_given_up():
    async def story() -> None:
        model = Model()

        async def sleeps(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            await asyncio.Event().wait()
            return response

        model.fault = sleeps
        async with model.serving() as port, aiohttp.ClientSession() as http:
            bot = barista(port)
            assert bot.chat is not None
            mind = ChatMind(bot, "en", bot.chat, http)
            async with aclosing(mind.reply(context())) as answer:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await anext(answer)

    asyncio.run(story())


def test_no_secret_is_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        talk(Model(words("Yes.")), context("my secret is swordfish"))
    assert TOKEN not in caplog.text
    assert "swordfish" not in caplog.text


def box(*, intent: str = "", **slots: str) -> Toolbox:
    bot = small(SIZE, CUPS, CARD, NOTE)
    return Toolbox(bot, "en", TODAY, allowed=("choose", "fill", "finish"), intent=intent, slots=slots)


@pytest.mark.parametrize(
    ("slot", "value", "kept"),
    [
        ("size", "large", "large"),
        ("size", "huge", None),
        ("cups", "3", "3"),
        ("cups", "three", "3"),
        ("cups", "many", None),
        ("card", "12345", "12345"),
        ("card", "12", None),
        ("note", " no sugar ", "no sugar"),
        ("note", " ", None),
    ],
)
def test_only_values_of_the_slots_kind_are_kept(slot: str, value: str, kept: str | None):
    tools = box()
    result = tools.use("fill", json.dumps({"slot": slot, "value": value}))
    assert tools.slots.get(slot) == kept
    assert (result == "done") == (kept is not None)


def test_a_strange_name_is_answered_with_those_there_are():
    tools = box()
    assert "choose one of tea, coffee" in tools.use("choose", '{"intent": "beer"}')
    assert "fill one of size" in tools.use("fill", '{"slot": "caller", "value": "x"}')
    assert tools.intent == ""


@pytest.mark.parametrize("arguments", ["[]", "{", "7", "[" * 100_000])
def test_arguments_that_are_none_are_refused(arguments: str):
    with pytest.raises(Refused):
        box().use("choose", arguments)
    with pytest.raises(Refused):
        box().use("person", "{}")
