"""The door for the command line: HTTP on a Unix socket that only the exchange's own user can open."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from pbx.admin import views
from pbx.calls.exchange import Exchange
from pbx.config.models import ConfigErrors

log = logging.getLogger(__name__)
ACTIONS = ("sign-in", "sign-out", "pause", "resume")


@dataclass(frozen=True, slots=True)
class Controls:
    """What the door may do besides looking."""

    # The version then in force: of the files on disk, or this kept one. Raises ConfigErrors or ValueError.
    reload: Callable[[str | None], Awaitable[str]]
    stop: Callable[[], None]
    capture: Callable[[list[str]], bytes]
    dialplan: Path  # the file that is read at a reload


class Control:
    def __init__(self, exchange: Exchange, controls: Controls) -> None:
        self._exchange, self._controls = exchange, controls
        app = web.Application(client_max_size=64 * 1024)
        app.add_routes(
            [
                web.get("/calls", self._calls),
                web.get("/calls/{call}/pcap", self._pcap),
                web.get("/queues", self._queues),
                web.get("/agents", self._agents),
                web.get("/registrations", self._registrations),
                web.post("/agents/{agent}/{action}", self._agent),
                web.post("/messages/{file}/delete", self._delete_message),
                web.get("/version", self._version),
                web.post("/reload", self._reload),
                web.post("/stop", self._stop),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)

    async def open(self, path: Path) -> None:
        """The folder is ours alone, so whoever may enter it may open the door."""
        await self._runner.setup()
        await web.UnixSite(self._runner, str(path)).start()

    async def close(self) -> None:
        await self._runner.cleanup()

    async def _calls(self, _: web.Request) -> web.Response:
        return web.json_response(views.calls(self._exchange))

    async def _queues(self, _: web.Request) -> web.Response:
        return web.json_response(views.queues(self._exchange))

    async def _agents(self, _: web.Request) -> web.Response:
        return web.json_response(views.agents(self._exchange))

    async def _registrations(self, _: web.Request) -> web.Response:
        return web.json_response(views.registrations(self._exchange))

    async def _pcap(self, request: web.Request) -> web.Response:
        names = self._exchange.sip_call_ids(request.match_info["call"])
        if not names:
            return _problem(404, f"no call {request.match_info['call']} is running or was just running")
        return web.Response(body=self._controls.capture(names), content_type="application/vnd.tcpdump.pcap")

    async def _agent(self, request: web.Request) -> web.Response:
        name, action = request.match_info["agent"], request.match_info["action"]
        plan = self._exchange.configuration.agents.get(name)
        if plan is None:
            known = ", ".join(self._exchange.configuration.agents) or "none"
            return _problem(404, f"there is no agent {name}; the agents are {known}")
        desk = self._exchange.desk
        match action:
            case "sign-in":
                desk.sign_in(name, plan.phone, "cli")
            case "sign-out":
                desk.sign_out(name, "cli")
            case "pause":
                desk.pause(name, request.query.get("reason", ""), "cli")
            case "resume":
                desk.resume(name, "cli")
            case _:
                return _problem(404, f"an agent can {', '.join(ACTIONS)}; not {action}")
        return web.json_response(views.agents(self._exchange))

    async def _delete_message(self, request: web.Request) -> web.Response:
        file = request.match_info["file"]
        try:
            if not self._exchange.delete_message(file):
                return _problem(404, f"there is no message {file}")
        except OSError as reason:
            return _problem(422, f"{file} cannot be deleted: {reason.strerror}")
        return web.json_response({})

    async def _version(self, _: web.Request) -> web.Response:
        version, dialplan = self._exchange.configuration.version, self._controls.dialplan.resolve()
        return web.json_response({"version": version, "dialplan": str(dialplan)})

    async def _reload(self, request: web.Request) -> web.Response:
        try:
            version = await self._controls.reload(request.query.get("to"))
        except (ConfigErrors, ValueError) as reason:
            return _problem(422, str(reason))
        return web.json_response({"version": version})

    async def _stop(self, _: web.Request) -> web.Response:
        self._controls.stop()
        return web.json_response({})


def _problem(status: int, message: str) -> web.Response:
    payload: dict[str, Any] = {"error": message}
    return web.json_response(payload, status=status)
