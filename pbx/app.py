"""The composition root: picks the implementations, and runs them from start to stop."""

import asyncio
import fcntl
import logging
import secrets
import signal
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from media.engines.workers import WorkersEngine
from pbx.admin.control import Control, Controls
from pbx.calls.call import milliseconds
from pbx.calls.exchange import Exchange, Surroundings
from pbx.clock import LoopClock
from pbx.config.directory import Directory
from pbx.config.load import load_configuration, with_overrides
from pbx.config.models import ConfigErrors, Configuration, Listener
from pbx.identifiers import SecretIds
from pbx.records.facts import ConfigChanged, ExchangeStarted, ExchangeStopped
from pbx.records.sqlite_journal import SqliteJournal, sqlite_journal
from pbx.sip.authentication import Challenger
from pbx.sip.outputs import Peer, Transmit
from pbx.sip.user_agent import UserAgent
from pbx.transport.capture import Capture
from pbx.transport.network import Network

log = logging.getLogger(__name__)
DRAIN_FOR = 30.0  # seconds that running calls may go on after SIGTERM
ANY_HOST = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound


class CannotStart(Exception):  # noqa: N818 - a sentence for the person at the terminal
    """Something the exchange needs cannot be had; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line overrides. None and empty leave the configuration's own."""

    config: Path
    data: Path
    listeners: tuple[Listener, ...] = ()
    rtp_ports: tuple[int, int] | None = None

    def configuration(self) -> Configuration:
        """Raises ConfigErrors."""
        return with_overrides(load_configuration(self.config), self.listeners, self.rtp_ports)


async def run(options: Options, say: Callable[[str], None]) -> None:
    """Serve until told to stop. Raises ConfigErrors, CannotStart, ListenError, JournalInUse."""
    configuration = options.configuration()
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(options.data):
        async with (
            sqlite_journal(options.data / "records.db", alarm=log.error) as journal,
            _media(configuration, options.data / "audio") as media,
            asyncio.TaskGroup() as tasks,
        ):
            await _serve(options, configuration, journal, media, tasks, say)


async def _serve(
    options: Options,
    configuration: Configuration,
    journal: SqliteJournal,
    media: WorkersEngine,
    tasks: asyncio.TaskGroup,
    say: Callable[[str], None],
) -> None:
    clock, ids, capture = LoopClock(), SecretIds(), Capture()

    def deliver(data: bytes, peer: Peer) -> None:
        capture.note(clock.wall().timestamp(), data, peer, sent=False)
        exchange.signalling.receive(data, peer)

    def send(message: Transmit) -> None:
        capture.note(clock.wall().timestamp(), message.data, message.peer, sent=True)
        network.send(message)

    network = Network(tasks, deliver, lambda peer: exchange.lost(peer))
    agent = UserAgent(
        challenger=Challenger(configuration.realm, secrets.token_bytes(32)),
        directory=Directory(configuration),
        ids=ids,
        locals_=network.locals,
    )
    exchange = Exchange(configuration, Surroundings(clock, ids, journal, media, send, tasks), agent)
    registered = options.data / "registrations.json"
    exchange.registrations.restore(registered)
    stop = asyncio.Event()
    reload = _Reload(options, exchange)
    control = Control(exchange, Controls(reload.now, stop.set, capture.pcap))
    now = milliseconds(clock)
    journal.append(ExchangeStarted(at=now, version=metadata.version("centrala")))
    journal.append(ConfigChanged(at=now, version=configuration.version))
    try:
        bound = [
            f"{one.transport}:{await network.listen(one.transport, one.host, one.port, one.advertise)}"
            for one in configuration.listeners
        ]
        await control.open(options.data / "control.sock")
        for line in greeting(configuration, bound, journal.recovery.interrupted):
            say(line)
        say("ready")
        async with asyncio.TaskGroup() as watchers:
            watching = [
                watchers.create_task(reload.on_hangup_signal()),
                watchers.create_task(exchange.registrations.keep(registered)),
            ]
            with _signals(stop):
                await stop.wait()
                await exchange.drain(DRAIN_FOR)
            for watcher in watching:
                watcher.cancel()
    finally:
        await control.close()
        await network.close()
        exchange.stop()
        exchange.registrations.save(registered)
        journal.append(ExchangeStopped(at=milliseconds(clock)))


class _Reload:
    """Takes a new configuration into force, or none of it."""

    def __init__(self, options: Options, exchange: Exchange) -> None:
        self._options, self._exchange = options, exchange
        self._asked = asyncio.Event()

    async def now(self) -> str:
        """The version then in force. Raises ConfigErrors or ValueError, and then nothing has changed."""
        configuration = await asyncio.to_thread(self._options.configuration)
        await self._exchange.reload(configuration)
        log.info("configuration %s is in force", configuration.version)
        return configuration.version

    async def on_hangup_signal(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                await self.now()
            except (ConfigErrors, ValueError) as reason:
                log.error("the configuration stays as it was: %s", reason)  # noqa: TRY400 - the file's fault


def greeting(configuration: Configuration, bound: list[str], interrupted: int) -> Iterator[str]:
    """What a person at the terminal wants to know."""
    yield f"{configuration.name}: configuration {configuration.version}"
    if interrupted:
        yield f"closed {interrupted} calls that the last run left open, as interrupted"
    for address in bound:
        yield f"listening on {address}"
    yield "call one of these:"
    for rule in configuration.rules:
        yield f"  {rule.match!s:<8} {rule.name}{'' if rule.public else ' (registered phones)'}"
    yield "stop with Ctrl-C or SIGTERM: running calls may finish first"


@asynccontextmanager
async def _media(configuration: Configuration, cache: Path) -> AsyncGenerator[WorkersEngine]:
    host = configuration.media_host or configuration.listeners[0].host
    if host in ANY_HOST:
        raise CannotStart(
            'media needs one address to offer: write host = "ADDRESS" under [media]'
        )
    first, last = configuration.rtp_ports
    engine = WorkersEngine(
        host=host, first_port=first, last_port=last, workers=configuration.media_workers, cache=cache
    )
    await engine.start()
    try:
        await engine.prepare(configuration.audio)
        yield engine
    finally:
        await engine.stop()


@contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(
                f"another exchange keeps its data in {folder}: stop it, or name another folder with --data"
            ) from error
        yield


@contextmanager
def _signals(stop: asyncio.Event) -> Generator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
