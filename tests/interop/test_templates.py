"""The main ways through every template: begun with `centrala new`, run, and called by sipp with keys."""

import json
import threading
from collections.abc import Generator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
import soundfile
from click.testing import CliRunner

from cli import main
from media.audio.tones import RATE, tone
from pbx.commands.new import TEMPLATES
from pbx.softphone.child import HOST, exchange
from pbx.softphone.phone import is_over
from pbx.softphone.softphone import Softphone
from tests.interop import sipp
from tests.interop.hours import OPEN, keep_hours
from tests.interop.keys import by_sipp, happen, while_pressing
from tests.interop.office import Office
from tests.interop.timed import answered
from tests.interop.waiting import eventually

pytestmark = pytest.mark.interop
ANSWERS = {
    "prescriptions": {"ready_on": "2026-03-04"},
    "tickets": {"state": "open", "days_open": 3},
    "orders": {"state": "unpaid", "due": "149.90", "delivery": "2026-03-05"},
    "outages": {"until": "14:30"},
    "readings": {"used": 120, "amount": "31.20"},
}


class Way(NamedTuple):
    """What is pressed, where that leads, and in which language. Without `doing` the exchange hangs up."""

    keys: str
    path: str
    language: str
    doing: str = ""
    caller: str = ""


WAYS = {
    "clinic": (
        Way("20", "language latvian hours menu reception", "lv", "queue reception"),
        Way(
            "12123456781",
            "language english hours menu prescription renew ready menu",
            "en",
            "flow main: menu",
        ),
    ),
    "helpdesk": (
        Way("29", "vip language czech menu urgent", "cs", "queue urgent"),
        Way(
            "11123456", "vip language english menu ticket known being-worked-on menu", "en", "flow main: menu"
        ),
    ),
    "shop": (
        Way("22", "language polish hours menu returns", "pl", "queue returns"),
        Way("114242#2", "language english hours menu order look where unpaid more bye", "en"),
    ),
    "utility": (
        Way("31", "affected language english menu emergency", "en", "queue emergency"),
        Way("221234564711#1", "affected language russian menu customer reading send thanks", "ru"),
        Way(
            "0", "affected outage outage-until language service people", "lv", "queue service", "+37167400199"
        ),
    ),
}


class Answering(BaseHTTPRequestHandler):
    """The system that a template looks things up in."""

    def do_GET(self) -> None:
        answer = json.dumps(ANSWERS[self.path.split("/")[1]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nobody reads it."""


@pytest.fixture(scope="module")
def system() -> Generator[int]:
    """Its port."""
    with ThreadingHTTPServer((HOST, 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def begun(template: str, folder: Path, port: int) -> Path:
    """Open day and night, with short tones for voices; its dialplan."""
    config, voice = folder / template / "dialplan.toml", folder / "voice.wav"
    command("new", template, str(config.parent))
    for flow in config.parent.glob("ivr_flows/*.toml"):
        flow.write_text(flow.read_text().replace("127.0.0.1:8080", f"{HOST}:{port}"))
    soundfile.write(voice, tone(440, 0.1), RATE, subtype="PCM_16")
    config.write_text(config.read_text() + f'\n[speech]\ncommand = ["cp", "{voice}", "{{file}}"]\n')
    keep_hours(config, OPEN)
    command("prompts", "build", "--config", str(config))
    command("check", "--strict", "--config", str(config))
    return config


def command(*arguments: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output


@by_sipp
@pytest.mark.parametrize("template", TEMPLATES)
def test_keys_lead_where_the_template_says(template: str, system: int, tmp_path: Path) -> None:
    config = begun(template, tmp_path, system)
    with exchange(config, tmp_path / "data", ["--log-level", "info"]) as child:
        office = Office(child, config)
        travel(office, WAYS[template])
        if template == "clinic":
            be_surveyed(office)
        eventually(lambda: office.calls() == [])
        assert "Traceback" not in office.log()


def travel(office: Office, ways: tuple[Way, ...]) -> None:
    """All at once, as so many callers."""
    callers = [way.caller or f"+1555010{at}" for at, way in enumerate(ways)]
    with ExitStack() as all_of_them:
        running = [
            all_of_them.enter_context(
                sipp.sipp(
                    "keys" if way.doing else "keys_to_the_end",
                    office.server,
                    "100",
                    caller=caller,
                    keys=way.keys,
                    more=("-d", while_pressing(way.keys)),
                )
            )
            for way, caller in zip(ways, callers, strict=True)
        ]
        wanted = {
            (caller, way.doing, way.language) for way, caller in zip(ways, callers, strict=True) if way.doing
        }
        happen(office, wanted)
        for one in running:
            one.finish()
    for way, caller in zip(ways, callers, strict=True):
        (row,) = eventually(lambda caller=caller: office.records(caller))
        nodes = [place.removeprefix("main/") for place in row["path"].split()]
        assert [node for node in nodes if "/" not in node] == way.path.split()
        assert row["by"] == ("customer" if way.doing else "system")


def be_surveyed(office: Office) -> None:
    """The agent hangs up, and the caller is asked how it was."""
    with Softphone(office.server, ("1001", "example-1001")) as agent, Softphone(office.server) as phone:
        assert agent.registered() == 200
        office.command("agent", "anna", "sign-in")
        call = answered(phone.dial("100"))
        (row,) = office.calls()
        call.audio.press("10")
        ringing = agent.next_call(8)
        assert ringing is not None
        ringing.answer()
        eventually(lambda: "talk.started" in office.facts(row["call"]))
        ringing.hang_up()
        eventually(lambda: "survey.offered" in office.facts(row["call"]))
        call.audio.press("5")
        assert call.wait_until(is_over, 8)
        assert call.ended_by == "them"
        assert "question=satisfaction score=5" in office.story(row["call"])
