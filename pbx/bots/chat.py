"""A mind behind an OpenAI-compatible address: streamed sentences, and only the tools its bot allows."""

import json
import os
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp

from pbx.bots.bot import Bot, Chat
from pbx.bots.chat_tools import LONGEST_ARGUMENTS, Refused, Toolbox
from pbx.bots.model import Reply
from pbx.bots.providers import Context, ProviderError

ROUNDS = 3  # requests for one reply: words may have to follow a tool's result
MOST_BYTES = 256 * 1024  # of one answer
MOST_TEXT = 2000  # characters of one reply
MOST_CALLS = 8  # of tools in one answer
_MARKUP = str.maketrans("", "", "*_#`")
_BREAK = re.compile(r"[.!?…](?=\s)|\n")


class ChatMind:
    """One caller's conversation with a model."""

    def __init__(self, bot: Bot, language: str, chat: Chat, http: aiohttp.ClientSession) -> None:
        self._bot, self._language, self._chat, self._http = bot, language, chat, http

    async def reply(self, context: Context) -> AsyncGenerator[str | Reply]:
        tools = Toolbox(
            self._bot,
            self._language,
            context.today,
            allowed=self._chat.tools,
            intent=context.intent,
            slots=context.slots,
        )
        messages, said = self._messages(context), False
        for _ in range(ROUNDS):
            answer = _Answer()
            async with aclosing(self._ask(messages, tools, answer)) as sentences:
                async for sentence in sentences:
                    said = True
                    yield sentence
            results = [_use(tools, call) for call in answer.calls]
            if said or tools.person or tools.finished or not results:
                break
            messages += answer.as_messages(results)
        if not said and not tools.person and not tools.finished:
            raise ProviderError("the model said nothing")
        then = "person" if tools.person else "finish" if tools.finished else "listen"
        yield Reply(then=then, intent=tools.intent, slots=tools.slots)

    def _messages(self, context: Context) -> list[dict[str, Any]]:
        instructions = (
            f"{self._chat.system}\n\nYou are on the telephone, and speak {self._language}. Say one or two "
            f"short sentences at a time, without lists or markup. Today is {context.today.isoformat()}. "
            f"Known so far: intent {context.intent or 'none'}, {dict(context.slots)}."
        )
        roles = {"caller": "user", "bot": "assistant"}
        past = [{"role": roles[line.who], "content": line.text} for line in context.transcript]
        return [
            {"role": "system", "content": instructions},
            *past,
            {"role": "user", "content": context.text},
        ]

    async def _ask(
        self, messages: Sequence[dict[str, Any]], tools: Toolbox, answer: "_Answer"
    ) -> AsyncGenerator[str]:
        """The sentences of one answer as they are complete; its tool calls are in `answer` then."""
        body: dict[str, Any] = {
            "model": self._chat.model,
            "messages": messages,
            "max_tokens": self._chat.max_tokens,
            "stream": True,
        }
        if schema := tools.schema():
            body["tools"] = schema
        url = f"{self._chat.url.rstrip('/')}/chat/completions"
        try:
            async with self._http.post(
                url, json=body, headers=self._headers(), allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise ProviderError(f"the model's server answered {response.status}")
                async with aclosing(_lines(response.content)) as lines:
                    async for line in lines:
                        for sentence in answer.take(line):
                            yield sentence
        except (aiohttp.ClientError, OSError) as reason:
            raise ProviderError(f"the model's server: {type(reason).__name__}") from None
        for sentence in answer.rest():
            yield sentence

    def _headers(self) -> dict[str, str]:
        if self._chat.token is None:
            return {}
        token = os.environ.get(self._chat.token.env)
        if not token:
            raise ProviderError(f"the environment has no {self._chat.token.env}")
        return {"Authorization": f"Bearer {token}"}


@dataclass(slots=True)
class _Call:
    identity: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class _Answer:
    """One answer, as far as it has come."""

    calls: list[_Call] = field(default_factory=list[_Call])
    _text: str = ""
    _length: int = 0

    def take(self, line: bytes) -> list[str]:
        """A line of the event stream -> the sentences that it completes. Raises ProviderError."""
        kind, _, data = line.partition(b":")
        if kind.strip() != b"data" or data.strip() in (b"", b"[DONE]"):
            return []
        try:
            event: Any = json.loads(data)
        except (ValueError, RecursionError):
            raise ProviderError("the model's server sent no JSON") from None
        match event:
            case {"choices": [{"delta": delta}, *_]}:
                return self._delta(_table(delta))
            case {"error": _}:
                raise ProviderError("the model's server reports an error")
            case _:
                return []

    def rest(self) -> list[str]:
        """What came after the last sentence."""
        text, self._text = self._text.strip(), ""
        return [text] if text else []

    def as_messages(self, results: Sequence[str]) -> list[dict[str, Any]]:
        """The calls and their results, for the next request."""
        calls = [
            {
                "id": call.identity,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in self.calls
        ]
        return [
            {"role": "assistant", "content": None, "tool_calls": calls},
            *(
                {"role": "tool", "tool_call_id": call.identity, "content": result}
                for call, result in zip(self.calls, results, strict=True)
            ),
        ]

    def _delta(self, delta: dict[str, Any]) -> list[str]:
        calls: Any = delta.get("tool_calls")
        for part in cast("list[Any]", calls) if isinstance(calls, list) else []:
            self._call(part)
        text = delta.get("content")
        if not isinstance(text, str):
            return []
        self._length += len(text)
        if self._length > MOST_TEXT:
            raise ProviderError("the model talks too much")
        *sentences, self._text = _sentences(self._text + text.translate(_MARKUP))
        return sentences

    def _call(self, part: object) -> None:
        given = _table(part)
        index, function = given.get("index"), _table(given.get("function"))
        if not isinstance(index, int) or not 0 <= index < MOST_CALLS or not function:
            raise ProviderError("the model's server sent a strange tool call")
        while len(self.calls) <= index:
            self.calls.append(_Call())
        call = self.calls[index]
        call.identity += str(given.get("id") or "")[:100]
        call.name += str(function.get("name") or "")[:100]
        call.arguments += str(function.get("arguments") or "")
        if len(call.arguments) > LONGEST_ARGUMENTS:
            raise ProviderError("the model's tool call is too long")


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _sentences(text: str) -> list[str]:
    """The whole sentences of a text, and last whatever begins after them."""
    found: list[str] = []
    start = 0
    for end in _BREAK.finditer(text):
        if sentence := text[start : end.end()].strip():
            found.append(sentence)
        start = end.end()
    return [*found, text[start:]]


def _use(tools: Toolbox, call: _Call) -> str:
    try:
        return tools.use(call.name, call.arguments)
    except Refused as reason:
        raise ProviderError(f"the model asked for {reason}") from None


async def _lines(content: aiohttp.StreamReader) -> AsyncGenerator[bytes]:
    """Lines of at most MOST_BYTES together. Raises ProviderError."""
    total = 0
    rest = b""
    async for chunk in content.iter_any():
        total += len(chunk)
        if total > MOST_BYTES:
            raise ProviderError("the model's answer is too long")
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
    if rest:
        yield rest
