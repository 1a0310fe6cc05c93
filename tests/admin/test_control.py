"""The command line's door: a real server on a real socket, and an exchange with somebody in it."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from media.engines.silent import SilentEngine
from pbx.admin.client import Client, NotRunning, Refused
from pbx.admin.control import Control, Controls
from pbx.calls.exchange import Exchange, Surroundings
from pbx.clock import LoopClock
from pbx.config.directory import Directory
from pbx.config.load import load_configuration
from pbx.config.models import ConfigErrors, Problem
from pbx.identifiers import SeededIds
from pbx.records.journal import MemoryJournal
from pbx.sip.authentication import Challenger
from pbx.sip.outputs import ContactAddress, Peer, RegisterReceived, Transmit
from pbx.sip.user_agent import UserAgent
from tests.calls.by_hand import audio

CALLER = Peer("udp", "127.0.0.9", 5060, "127.0.0.1:5060")


class Desk:
    """An exchange on the real loop, its door, and what the door was asked to do."""

    def __init__(self, exchange: Exchange, client: Client) -> None:
        self.exchange, self._client = exchange, client
        self.sent: list[Transmit] = []
        self.stopped = False
        self.wrong: Exception | None = None  # with the configuration, when it is reloaded
        self.captured: list[str] = []

    async def reload(self, version: str | None) -> str:
        if self.wrong is not None:
            raise self.wrong
        return version or "0123456789ab"

    def stop(self) -> None:
        self.stopped = True

    def capture(self, call_ids: list[str]) -> bytes:
        self.captured = call_ids
        return b"pcap"

    async def get(self, *path: str) -> Any:
        return await asyncio.to_thread(self._client.get, *path)

    async def post(self, *path: str, reason: str = "") -> Any:
        return await asyncio.to_thread(self._client.post, *path, reason=reason)

    async def fetch(self, *path: str) -> bytes:
        return await asyncio.to_thread(self._client.fetch, "GET", *path)

    def register(self, account: str) -> None:
        contact = ContactAddress(f"sip:{account}@127.0.0.9", 600)
        self.exchange.registrations.register(
            RegisterReceived("t", account, (contact,), False, "c", 1, CALLER)
        )

    def invite(self, number: str) -> None:
        body = audio(host="127.0.0.9")
        text = (
            f"INVITE sip:{number}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bK{number}\r\n"
            f'From: "Ilze" <sip:77@127.0.0.9>;tag=1\r\nTo: <sip:{number}@127.0.0.1>\r\n'
            f"Call-ID: call-{number}\r\nCSeq: 1 INVITE\r\nContact: <sip:77@127.0.0.9>\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        self.exchange.signalling.receive(text.encode(), CALLER)


@asynccontextmanager
async def door(folder: Path) -> AsyncGenerator[Desk]:
    configuration = load_configuration(Path("dialplan.toml"))
    media, ids = SilentEngine(), SeededIds(1)
    await media.prepare(configuration.audio)
    agent = UserAgent(
        challenger=Challenger("clinic", b"key"),
        directory=Directory(configuration),
        ids=ids,
        locals_={"udp": "127.0.0.1:5060"},
    )
    async with asyncio.TaskGroup() as tasks:
        sent: list[Transmit] = []
        journal = MemoryJournal()
        around = Surroundings(LoopClock(), ids, journal, media, sent.append, tasks, messages=folder)
        desk = Desk(Exchange(configuration, around, agent), Client(folder))
        desk.sent = sent
        control = Control(
            desk.exchange, Controls(desk.reload, desk.stop, desk.capture, Path("dialplan.toml"))
        )
        await control.open(folder / "control.sock")
        try:
            yield desk
        finally:
            await control.close()
            await desk.exchange.drain(0)
            desk.exchange.stop()


def test_an_idle_exchange_shows_its_queues_agents_and_nobody_calling(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            assert await desk.get("calls") == []
            assert await desk.get("registrations") == []
            queues = await desk.get("queues")
            assert [(row["queue"], row["waiting"], row["signed_in"]) for row in queues] == [
                ("support", 0, 0),
                ("sales", 0, 0),
            ]
            agents = await desk.get("agents")
            assert {row["agent"]: row["state"] for row in agents} == dict.fromkeys(
                ("anna", "boris", "clara", "daina"), "signed_out"
            )

    asyncio.run(story())


def test_a_caller_in_a_queue_is_shown_with_what_happens_to_the_call(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            desk.invite("700")
            await asyncio.sleep(0)
            (call,) = await desk.get("calls")
            version = desk.exchange.configuration.version
            assert {key: call[key] for key in call if key not in ("call", "seconds")} == {
                "from": "77",
                "name": "Ilze",
                "dialled": "700",
                "answered": True,
                "held": False,
                "doing": "queue support",
                "told_bot": "",
                "language": "en",
                "version": version,
            }
            support = next(row for row in await desk.get("queues") if row["queue"] == "support")
            assert support["waiting"] == 1
            (caller,) = support["callers"]
            assert (caller["call"], caller["position"], caller["priority"]) == (call["call"], 1, 0)
            assert await desk.fetch("calls", call["call"], "pcap") == b"pcap"
            assert desk.captured == ["call-700"]

    asyncio.run(story())


def test_a_call_that_is_not_known_cannot_be_captured(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            with pytest.raises(Refused, match="no call nowhere is running or was just running"):
                await desk.fetch("calls", "nowhere", "pcap")

    asyncio.run(story())


def test_a_registered_phone_is_shown_with_its_address(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            desk.register("1005")
            (row,) = await desk.get("registrations")
            assert (row["account"], row["contact"]) == ("1005", "sip:1005@127.0.0.9")
            assert row["from"] == "udp:127.0.0.9:5060"
            assert 590 <= row["seconds"] <= 600
            registered = {row["agent"]: row["registered"] for row in await desk.get("agents")}
            assert registered == {"anna": True, "boris": False, "clara": False, "daina": False}

    asyncio.run(story())


def test_an_agent_is_signed_in_paused_resumed_and_signed_out(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            desk.register("1005")
            seen: list[tuple[str, str]] = []
            for action in ("sign-in", "pause", "resume", "sign-out"):
                rows = await desk.post("agents", "anna", action, reason="café & cake")
                (anna,) = [row for row in rows if row["agent"] == "anna"]
                seen.append((anna["state"], anna["reason"]))
            assert seen == [("ready", ""), ("not_ready", "café & cake"), ("ready", ""), ("signed_out", "")]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (("agents", "zoe", "pause"), "there is no agent zoe; the agents are anna, boris, clara, daina"),
        (("agents", "a/b c", "pause"), "there is no agent a/b c; the agents are anna, boris, clara, daina"),
        (("agents", "anna", "dance"), "an agent can sign-in, sign-out, pause, resume; not dance"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(tmp_path: Path, path: tuple[str, ...], message: str):
    async def story() -> None:
        async with door(tmp_path) as desk:
            with pytest.raises(Refused) as refused:
                await desk.post(*path)
            assert str(refused.value) == message

    asyncio.run(story())


def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            with pytest.raises(Refused, match="404"):
                await desk.get("nowhere")

    asyncio.run(story())


def test_a_reload_answers_with_the_version_or_with_every_error(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            assert await desk.post("reload") == {"version": "0123456789ab"}
            problems = (Problem("dialplan.toml", 3, 1, "one"), Problem("main.toml", 1, 2, "another"))
            for wrong in (ConfigErrors(problems), ValueError("music.flac: cannot be read as audio")):
                desk.wrong = wrong
                with pytest.raises(Refused) as refused:
                    await desk.post("reload")
                assert str(refused.value) == str(wrong)

    asyncio.run(story())


def test_stop_stops(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            assert not desk.stopped
            await desk.post("stop")
            assert desk.stopped

    asyncio.run(story())


def test_without_an_exchange_the_client_says_where_it_looked(tmp_path: Path):
    with pytest.raises(NotRunning, match=f"no exchange answers on {tmp_path}/control.sock: start one"):
        Client(tmp_path).get("calls")


def test_a_socket_left_behind_by_a_killed_exchange_is_no_exchange_and_no_obstacle(tmp_path: Path):
    async def story() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as killed:
            killed.bind(str(tmp_path / "control.sock"))
        with pytest.raises(NotRunning):
            await asyncio.to_thread(Client(tmp_path).get, "calls")
        async with door(tmp_path) as desk:
            assert await desk.get("calls") == []

    asyncio.run(story())


def test_what_is_no_exchange_at_all_is_refused_in_its_own_words(tmp_path: Path):
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps(["not", "ours"])
        writer.write(f"HTTP/1.1 500 No\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async def story() -> None:
        async with await asyncio.start_unix_server(speak, tmp_path / "control.sock"):
            with pytest.raises(Refused, match=r"not.*ours"):
                await asyncio.to_thread(Client(tmp_path).get, "calls")

    asyncio.run(story())


def test_a_message_is_deleted_and_what_is_none_is_refused(tmp_path: Path):
    async def story() -> None:
        async with door(tmp_path) as desk:
            (tmp_path / "c1-1.wav").write_bytes(b"RIFF")
            assert await desk.post("messages", "c1-1.wav", "delete") == {}
            for file in ("control.sock", "c1-1.txt", "../x-1.wav"):
                with pytest.raises(Refused, match="there is no message"):
                    await desk.post("messages", file, "delete")
            (tmp_path / "c1-2.wav").mkdir()
            with pytest.raises(Refused, match="cannot be deleted"):
                await desk.post("messages", "c1-2.wav", "delete")

    asyncio.run(story())
    assert not (tmp_path / "c1-1.wav").exists()
