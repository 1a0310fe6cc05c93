"""The registrar on a running loop, with a file that outlives a restart."""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from pbx.calls.signalling import Signalling
from pbx.clock import Clock
from pbx.driver import Driver
from pbx.registrar.bindings import Binding, Bindings, Effect, Row, Unreachable
from pbx.sip.outputs import Peer, RegisterReceived

log = logging.getLogger(__name__)
ROWS = TypeAdapter(list[Row])
SETTLE = 1.0  # seconds between two writings of the file


class Registrations:
    def __init__(self, signalling: Signalling, clock: Clock, changed: Callable[[str, bool], None]) -> None:
        """`changed(account, reachable)` hears of every registration, and of the last phone's going."""
        self._signalling, self._clock, self._changed = signalling, clock, changed
        self._bindings = Bindings()
        self._driver: Driver[Effect] = Driver(self._bindings, self._tell, clock)
        self._unsaved = asyncio.Event()

    def of(self, account: str) -> list[Binding]:
        """Where to ring, best first."""
        return self._bindings.lookup(account, self._clock.now())

    def register(self, request: RegisterReceived) -> None:
        reply = self._bindings.apply(request, self._clock.now())
        self._signalling.answer_register(request.token, reply.status, reply.contacts, reply.headers)
        self._driver.feed(lambda now: reply.effects)
        if reply.status == 200 and reply.contacts:
            self._changed(request.account, True)
        self._unsaved.set()

    def lost(self, peer: Peer) -> None:
        self._driver.feed(lambda now: self._bindings.lost(peer))
        self._unsaved.set()

    def restore(self, file: Path) -> None:
        """Take up what the last run knew. A file that cannot be read costs phones one registration."""
        try:
            rows = ROWS.validate_json(file.read_bytes(), strict=True)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.warning("registrations could not be read from %s: %s", file, error)
            return
        self._driver.feed(lambda now: self._bindings.restore(rows, now, self._wall()))
        for account in {row.account for row in rows}:
            self._changed(account, bool(self.of(account)))

    async def keep(self, file: Path) -> None:
        """Write the file after every change, at most once a second, for as long as this runs."""
        while True:
            await self._unsaved.wait()
            self._unsaved.clear()
            await asyncio.to_thread(_write, file, self.snapshot())
            await asyncio.sleep(SETTLE)

    def snapshot(self) -> list[Row]:
        return self._bindings.snapshot(self._clock.now(), self._wall())

    def save(self, file: Path) -> None:
        _write(file, self.snapshot())

    def stop(self) -> None:
        self._driver.stop()

    def _wall(self) -> float:
        return self._clock.wall().timestamp()

    def _tell(self, effect: Effect) -> None:
        if isinstance(effect, Unreachable):
            self._changed(effect.account, False)


def _write(file: Path, rows: list[Row]) -> None:
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(rows))
        fresh.chmod(0o600)
        fresh.replace(file)
    except OSError as error:
        log.warning("registrations could not be written to %s: %s", file, error)
