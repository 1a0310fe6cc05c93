"""The composition root: picks the implementations, and runs them from start to stop."""

import asyncio
import fcntl
import gc
import logging
import secrets
import signal
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from media.api import MediaUnavailable
from media.engines.workers import WorkersEngine
from pbx.admin.control import Control, Controls
from pbx.bots.studio import Studio
from pbx.calls.exchange import Exchange, Surroundings
from pbx.calls.languages import MOST as MOST_LANGUAGES
from pbx.calls.languages import Languages
from pbx.calls.look_up import LookUps, lookups
from pbx.clock import LoopClock
from pbx.config.directory import Directory
from pbx.config.listen import EVERYWHERE
from pbx.config.load import load_configuration, with_overrides
from pbx.config.models import ConfigErrors, Configuration, Listener
from pbx.identifiers import SecretIds
from pbx.plan.versions import Versions
from pbx.records import callers
from pbx.records.facts import ConfigChanged, ExchangeStarted, ExchangeStopped, Fact
from pbx.records.sqlite_journal import SqliteJournal, sqlite_journal
from pbx.sip.authentication import Challenger
from pbx.sip.outputs import Peer, Transmit
from pbx.sip.user_agent import UserAgent
from pbx.transport.capture import Capture
from pbx.transport.network import Network

log = logging.getLogger(__name__)
STOPPING = (signal.SIGTERM, signal.SIGINT)
DRAIN_FOR = 30.0  # seconds that running calls may go on after SIGTERM
YOUNG_OBJECTS = 10_000  # new containers between two looks of the garbage collector


class CannotStart(Exception):  # noqa: N818 - a sentence for the person at the terminal
    """Something the exchange needs cannot be had; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line overrides. None and empty leave the configuration's own."""

    config: Path
    data: Path
    listeners: tuple[Listener, ...] = ()
    rtp_ports: tuple[int, int] | None = None

    def configuration(self, version: str | None = None) -> Configuration:
        """What the files on disk say, or a kept version of them. Raises ConfigErrors, ValueError.

        Reads files: on a running loop it has its place in a thread.
        """
        kept = Versions(self.data)
        folder = self.config.parent
        if version is None:
            read = load_configuration(self.config, need="audio")
        else:
            read = kept.load(version, folder, need="audio")
        return with_overrides(read, self.listeners, self.rtp_ports)

    def keep(self, configuration: Configuration) -> None:
        """For `centrala plan` and `reload --to`. A disk that refuses keeps no call from being served."""
        try:
            Versions(self.data).keep(configuration)
        except OSError as reason:
            log.warning("configuration %s is not kept: %s", configuration.version, reason)


async def run(options: Options, say: Callable[[str], None]) -> None:
    """Serve until told to stop. Raises ConfigErrors, CannotStart, ListenError, JournalInUse."""
    configuration = options.configuration()
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(options.data):
        options.keep(configuration)
        async with (
            sqlite_journal(options.data / "records.db", alarm=log.error) as journal,
            _media(configuration, options.data / "audio") as media,
            lookups() as look_up,
            Studio() as studio,
            asyncio.TaskGroup() as tasks,
        ):
            house = _House(options, configuration, journal, media, look_up, studio, tasks)
            await house.open(say)


class _House:
    """The exchange, the network it is on, and the door for the command line."""

    def __init__(
        self,
        options: Options,
        configuration: Configuration,
        journal: SqliteJournal,
        media: WorkersEngine,
        look_up: LookUps,
        studio: Studio,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._configuration, self._journal = configuration, journal
        self._registered, self._door = options.data / "registrations.json", options.data / "control.sock"
        self._clock, self._capture, self._stop = LoopClock(), Capture(), asyncio.Event()
        self._network = Network(tasks, self._receive, lambda peer: self._exchange.lost(peer))
        ids = SecretIds()
        agent = UserAgent(
            challenger=Challenger(
                configuration.realm, secrets.token_bytes(32), algorithms=configuration.digest
            ),
            directory=Directory(configuration),
            ids=ids,
            locals_=self._network.locals,
        )
        messages = options.data / "messages"
        messages.mkdir(mode=0o700, exist_ok=True)
        chosen = callers.languages(options.data / "records.db", MOST_LANGUAGES)
        around = Surroundings(
            self._clock, ids, journal, media, self._send, tasks, Languages(chosen), look_up, messages, studio
        )
        self._exchange = Exchange(configuration, around, agent)
        self._reload = _Reload(options, self._exchange)
        controls = Controls(self._reload.now, self._stop.set, self._pcap, options.config)
        self._control = Control(self._exchange, controls)

    async def open(self, say: Callable[[str], None]) -> None:
        """Bind, say so, and serve until told to stop. Raises ListenError."""
        self._file(ExchangeStarted, version=metadata.version("centrala"))
        self._file(ConfigChanged, version=self._configuration.version)
        self._exchange.registrations.restore(self._registered)
        try:
            bound = [
                await self._network.listen(one.transport, one.host, one.port, one.advertise)
                for one in self._configuration.listeners
            ]
            await self._control.open(self._door)
            for line in _greeting(self._configuration, bound, self._journal.recovery.interrupted):
                say(line)
            _spare_the_collector()
            with _signals({**dict.fromkeys(STOPPING, self._stop.set), signal.SIGHUP: self._reload.ask}):
                say("ready")
                await self._until_stopped()
        finally:
            await self._control.close()
            await self._network.close()
            self._exchange.stop()
            self._exchange.registrations.save(self._registered)
            self._file(ExchangeStopped)

    async def _until_stopped(self) -> None:
        async with asyncio.TaskGroup() as watchers:
            watching = [
                watchers.create_task(self._reload.whenever_asked()),
                watchers.create_task(self._exchange.registrations.keep(self._registered)),
            ]
            await self._stop.wait()
            await self._exchange.drain(DRAIN_FOR)
            for watcher in watching:
                watcher.cancel()

    def _receive(self, data: bytes, peer: Peer) -> None:
        self._capture.note(self._clock.now(), data, peer, sent=False)
        self._exchange.signalling.receive(data, peer)

    def _send(self, message: Transmit) -> None:
        self._capture.note(self._clock.now(), message.data, message.peer, sent=True)
        self._network.send(message)

    def _pcap(self, call_ids: list[str]) -> bytes:
        return self._capture.pcap(call_ids, self._clock.wall().timestamp() - self._clock.now())

    def _file(self, fact: Callable[..., Fact], **details: str) -> None:
        self._journal.append(fact(at=self._clock.unix_ms(), **details))


class _Reload:
    """Takes a new configuration into force, or none of it."""

    def __init__(self, options: Options, exchange: Exchange) -> None:
        self._options, self._exchange = options, exchange
        self._asked = asyncio.Event()

    async def now(self, version: str | None = None, by: Literal["command", "signal"] = "command") -> str:
        """The version then in force: that of the files, or an older one from its kept copy.

        Raises ConfigErrors or ValueError, and then nothing has changed.
        """
        configuration = await asyncio.to_thread(self._options.configuration, version)
        await asyncio.to_thread(self._options.keep, configuration)
        await self._exchange.reload(configuration, by=by, reverted=version is not None)
        log.info("configuration %s is in force", configuration.version)
        return configuration.version

    def ask(self) -> None:
        self._asked.set()

    async def whenever_asked(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                await self.now(by="signal")
            except (ConfigErrors, ValueError) as reason:
                log.error("the configuration stays as it was: %s", reason)  # noqa: TRY400 - the file's fault


def _greeting(configuration: Configuration, bound: list[str], interrupted: int) -> Iterator[str]:
    """What a person at the terminal wants to know."""
    yield f"{configuration.name}: configuration {configuration.version}"
    if interrupted:
        yield f"closed {interrupted} calls that the last run left open, as interrupted"
    for listener, local in zip(configuration.listeners, bound, strict=True):
        yield f"listening on {listener.transport}:{local}"
    yield "call one of these:"
    for rule in configuration.rules:
        yield f"  {rule.match.text:<8} {rule.name}{'' if rule.public else ' (registered phones)'}"
    yield "stop with Ctrl-C or SIGTERM: running calls may finish first"


@asynccontextmanager
async def _media(configuration: Configuration, cache: Path) -> AsyncGenerator[WorkersEngine]:
    host = configuration.media_host or configuration.listeners[0].host
    if host in EVERYWHERE:
        raise CannotStart('media needs one address to offer: write host = "ADDRESS" under [media]')
    first, last = configuration.rtp_ports
    engine = WorkersEngine(
        host=host,
        first_port=first,
        last_port=last,
        workers=configuration.media_workers,
        cache=cache,
        silence_limit=configuration.silence_limit or None,
    )
    try:
        await engine.start()
    except MediaUnavailable as reason:
        raise CannotStart(f"no port for audio can be had in {first}-{last}: {reason}") from reason
    try:
        await engine.prepare(configuration.audio)
        yield engine
    finally:
        await engine.stop()


def _spare_the_collector() -> None:
    """What is loaded stays loaded: the garbage collector need not look at it again during every call."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


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
def _signals(answers: Mapping[int, Callable[[], None]]) -> Generator[None]:
    """They must be heard from the moment we say that we are ready: the system's own answer is to end us."""
    loop = asyncio.get_running_loop()
    for number, answer in answers.items():
        loop.add_signal_handler(number, answer)
    try:
        yield
    finally:
        for number in answers:
            loop.remove_signal_handler(number)
