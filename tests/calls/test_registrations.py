import asyncio
import json
import logging
from pathlib import Path

import pytest

from pbx.calls.registrations import Registrations
from pbx.sip.outputs import ContactAddress, Peer, RegisterReceived
from tests.calls.switchboard import HandClock, Switchboard
from tests.support.virtual_time import run

PHONE = Peer("udp", "192.0.2.7", 5060, "192.0.2.1:5060")
URI = "sip:1001@192.0.2.7"


class Desk:
    """Registrations, and what they said of accounts."""

    def __init__(self, clock: HandClock | None = None) -> None:
        self.told: list[tuple[str, bool]] = []
        self.clock = clock or HandClock()
        signalling = Switchboard(self.clock).signalling
        self.registrations = Registrations(
            signalling, self.clock, lambda account, reachable: self.told.append((account, reachable))
        )

    def register(
        self, *uris: str, account: str = "1001", expires: int = 3600, peer: Peer = PHONE, sequence: int = 1
    ) -> None:
        contacts = tuple(ContactAddress(uri, expires, q=500, instance="phone") for uri in uris)
        self.registrations.register(RegisterReceived("t", account, contacts, False, "c", sequence, peer))

    def uris(self, account: str = "1001") -> list[str]:
        return [binding.uri for binding in self.registrations.of(account)]


def test_a_phone_that_registers_can_be_rung_and_is_told_of():
    async def story() -> None:
        desk = Desk()
        desk.register(URI)
        assert desk.uris() == [URI]
        assert desk.told == [("1001", True)]

    run(story())


def test_a_phone_that_signs_off_is_told_of_once():
    async def story() -> None:
        desk = Desk()
        desk.register(URI)
        desk.register(URI, expires=0, sequence=2)
        assert desk.uris() == []
        assert desk.told == [("1001", True), ("1001", False)]

    run(story())


def test_a_query_and_a_refused_registration_tell_nobody_anything():
    async def story() -> None:
        desk = Desk()
        desk.register()
        desk.register(URI, expires=5)
        assert desk.told == []

    run(story())


def test_a_phone_whose_time_has_run_out_is_gone():
    async def story() -> None:
        clock = HandClock(asyncio.get_running_loop().time())
        desk = Desk(clock)
        desk.register(URI, expires=60)
        clock.advance(60)
        await asyncio.sleep(60)
        assert desk.told == [("1001", True), ("1001", False)]

    run(story())


def test_a_lost_connection_takes_its_phones_with_it():
    async def story() -> None:
        desk = Desk()
        connection = PHONE._replace(transport="tcp")
        desk.register(URI, peer=connection)
        desk.registrations.lost(connection)
        assert desk.uris() == []
        assert desk.told == [("1001", True), ("1001", False)]

    run(story())


def test_what_is_saved_is_restored_with_the_time_that_is_left(tmp_path: Path):
    async def story() -> None:
        file = tmp_path / "registrations.json"
        before = Desk(HandClock(now=5_000, wall=100))
        before.register(URI, expires=3600)
        before.registrations.save(file)
        after = Desk(HandClock(now=7, wall=700))
        after.registrations.restore(file)
        (binding,) = after.registrations.of("1001")
        (original,) = before.registrations.of("1001")
        assert abs(binding.expires_at - (7 + 3600 - 600)) < 0.001
        assert binding._replace(expires_at=0) == original._replace(expires_at=0)
        assert after.told[-1] == ("1001", True)
        assert after.registrations.snapshot() == before.registrations.snapshot()

    run(story())


def test_what_expired_while_the_exchange_was_down_is_not_restored(tmp_path: Path):
    async def story() -> None:
        file = tmp_path / "registrations.json"
        before = Desk()
        before.register(URI, expires=60)
        before.registrations.save(file)
        after = Desk(HandClock(wall=61))
        after.registrations.restore(file)
        assert after.uris() == []
        assert ("1001", True) not in after.told

    run(story())


def test_only_we_may_read_the_file_and_no_half_of_it_is_ever_there(tmp_path: Path):
    async def story() -> None:
        file = tmp_path / "registrations.json"
        desk = Desk()
        desk.register(URI)
        file.write_text("old")
        desk.registrations.save(file)
        assert file.stat().st_mode & 0o777 == 0o600
        assert json.loads(file.read_text())[0][1] == URI

    run(story())
    assert [path.name for path in tmp_path.iterdir()] == ["registrations.json"]


def test_the_first_run_finds_no_file_and_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async def story() -> None:
        Desk().registrations.restore(tmp_path / "registrations.json")
        assert caplog.text == ""

    run(story())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "5",
        "null",
        "[1]",
        '[["1001"]]',
        '[["1001", "sip:a", "udp", "h", "port", "", 1000, 9e9, "", "c", 1]]',
        '[["1001", "sip:a", "udp", "h", 5060, "", 1000, "soon", "", "c", 1]]',
        '[["1001", "sip:a", "pigeon", "h", 5060, "", 1000, 9e9, "", "c", 1]]',
        '[["1001", "sip:a", "udp", "h", "5060", "", 1000, 9e9, "", "c", 1]]',
        '[[1001, "sip:a", "udp", "h", 5060, "", 1000, 9e9, "", "c", 1]]',
    ],
)
def test_a_file_that_cannot_be_read_costs_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
):
    async def story() -> None:
        file = tmp_path / "registrations.json"
        file.write_text(text)
        desk = Desk()
        with caplog.at_level(logging.WARNING):
            desk.registrations.restore(file)
        assert "could not be read" in caplog.text
        assert (desk.uris(), desk.told) == ([], [])

    run(story())


def test_a_file_that_cannot_be_written_costs_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def story() -> None:
        with caplog.at_level(logging.WARNING):
            Desk().registrations.save(tmp_path / "nowhere" / "registrations.json")
        assert "could not be written" in caplog.text

    run(story())


def test_the_file_follows_every_change(tmp_path: Path):
    async def story() -> None:
        file = tmp_path / "registrations.json"
        desk = Desk()
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(desk.registrations.keep(file))
            for number in range(3):
                desk.register(f"sip:1001@192.0.2.{number}", sequence=number + 1)
                while not file.exists() or f"192.0.2.{number}" not in file.read_text():  # noqa: ASYNC110 - a file tells nobody
                    await asyncio.sleep(0.1)
            file.unlink()
            await asyncio.sleep(10)
            keeping.cancel()
        assert not file.exists()  # nothing changed, nothing was written

    run(story())
