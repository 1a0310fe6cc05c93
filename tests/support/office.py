"""A whole exchange on a simulated network, on virtual time, and what must be true when the day is over."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from media.engines.silent import SilentEngine
from pbx.bots.providers import KEYS_ONLY, Cast
from pbx.calls.exchange import Exchange, Surroundings
from pbx.calls.look_up import LookUps, no_lookups
from pbx.clock import LoopClock
from pbx.config.directory import Directory
from pbx.config.load import load_configuration
from pbx.config.models import Configuration
from pbx.identifiers import SeededIds
from pbx.records.cdr import ContactRecord, folded
from pbx.records.facts import (
    ENVELOPE,
    ContactCreated,
    ContactEnded,
    DialEnded,
    DialStarted,
    Fact,
    HoldEnded,
    HoldStarted,
    OfferAnswered,
    OfferCancelled,
    OfferFailed,
    OfferMade,
    OfferNoAnswer,
    OfferRejected,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
    WrapUpStarted,
)
from pbx.records.journal import MemoryJournal
from pbx.sip.authentication import Challenger
from pbx.sip.user_agent import UserAgent
from tests.support.phones import EXCHANGE, Habits, Line, Phone
from tests.support.rfc_audit import Audit
from tests.support.wire import CLEAR, Weather, Wire

SPANS: dict[type[Fact], tuple[type[Fact], ...]] = {
    QueueEntered: (QueueLeft,),
    OfferMade: (OfferAnswered, OfferNoAnswer, OfferRejected, OfferCancelled, OfferFailed),
    DialStarted: (DialEnded,),
    TalkStarted: (TalkEnded,),
    HoldStarted: (HoldEnded,),
    WrapUpStarted: (WrapUpEnded,),
}
SETTLE = 400.0  # seconds after which every timer of a finished day has run out


class Office:
    def __init__(
        self,
        configuration: Configuration,
        tasks: asyncio.TaskGroup,
        seed: int,
        weather: Weather,
        last_port: int,
        data: Path | None,
        look_up: LookUps,
        cast: Cast,
        at: datetime | None = None,
    ) -> None:
        self.wire = Wire(seed, weather)
        self.audit = Audit(EXCHANGE)
        self.wire.watchers.append(self.audit.watch)
        self.clock, self.ids = LoopClock(at), SeededIds(seed)
        self.journal, self.media = MemoryJournal(), SilentEngine(host=EXCHANGE[0], last_port=last_port)
        self.configuration = configuration
        self.phones: list[Phone] = []
        self._hosts = itertools.count(1)
        agent = UserAgent(
            challenger=Challenger(configuration.realm, b"office"),
            directory=Directory(configuration),
            ids=self.ids,
            locals_={"udp": f"{EXCHANGE[0]}:{EXCHANGE[1]}"},
        )
        around = Surroundings(
            self.clock,
            self.ids,
            self.journal,
            self.media,
            self.wire.sender(EXCHANGE),
            tasks,
            look_up=look_up,
            messages=data,
            cast=cast,
        )
        self.exchange = Exchange(configuration, around, agent)
        self.wire.plug(EXCHANGE, self.exchange.signalling.receive)

    def phone(self, habits: Habits | None = None) -> Phone:
        """A new phone at an address of its own."""
        host = next(self._hosts)
        address = (f"10.1.{host >> 8}.{host & 255}", 5060)
        phone = Phone(self.wire, self.clock, self.ids, address, habits)
        self.phones.append(phone)
        return phone

    async def agent(self, name: str, habits: Habits | None = None) -> Phone:
        """The agent's phone, registered, and the agent signed in."""
        account = self.configuration.agents[name].phone
        phone = self.phone(habits)
        assert await phone.register(account, self.configuration.accounts[account].password) == 200
        self.exchange.desk.sign_in(name, account, "cli")
        return phone

    def press(self, line: Line, key: str) -> None:
        """The caller presses a key; an exchange that has hung up already does not hear it."""
        with suppress(KeyError):
            self.media.session_at(line.far_port).press(key)

    def record(self, contact: str) -> ContactRecord:
        fold = folded(contact, self.journal.of_contact(contact))
        assert fold is not None
        return fold.record()

    def records(self) -> list[ContactRecord]:
        return [self.record(fact.contact) for fact in self.journal.facts if isinstance(fact, ContactCreated)]

    async def close(self) -> None:
        """Let time pass, then look for anything that was left behind."""
        await asyncio.sleep(SETTLE)
        assert self.exchange.at_rest() == []
        assert [held for phone in self.phones for held in phone.agent.at_rest()] == []
        assert (self.media.open_sessions, self.media.open_bridges, self.media.open_echoes) == (0, 0, 0)
        self.audit.close()
        self._one_record_each()
        self.exchange.stop()

    def _one_record_each(self) -> None:
        """Every call has one arrival and one end, every queue visit one exit, every offer one outcome."""
        created = Counter(f.contact for f in self.journal.facts if isinstance(f, ContactCreated))
        ended = Counter(f.contact for f in self.journal.facts if isinstance(f, ContactEnded))
        assert created == ended
        assert set(created.values()) <= {1}
        for contact in created:
            assert folded(contact, self.journal.of_contact(contact)) is not None
        for beginning, endings in SPANS.items():
            began = Counter(map(_names, (f for f in self.journal.facts if isinstance(f, beginning))))
            over = Counter(map(_names, (f for f in self.journal.facts if isinstance(f, endings))))
            assert began == over, (beginning, began - over, over - began)


def _names(fact: Fact) -> tuple[str | None, ...]:
    """What a span's beginning and its end have in common."""
    by = fact.by if isinstance(fact, HoldStarted | HoldEnded) else None
    return (*(getattr(fact, name, None) for name in ENVELOPE[:4]), by)


@asynccontextmanager
async def office(
    *,
    seed: int = 0,
    weather: Weather = CLEAR,
    config: Path = Path("dialplan.toml"),
    last_port: int = 59_999,
    data: Path | None = None,
    look_up: LookUps = no_lookups,
    cast: Cast = KEYS_ONLY,
    at: datetime | None = None,
) -> AsyncGenerator[Office]:
    """The shipped clinic, open for as long as the block lasts; strangers call, as they do from the street.

    Messages are kept in `data`, if anywhere. `at` is what the clocks say at the beginning.
    """
    configuration = load_configuration(config)
    async with asyncio.TaskGroup() as tasks:
        place = Office(replace(configuration), tasks, seed, weather, last_port, data, look_up, cast, at)
        await place.media.prepare(configuration.audio)
        yield place
        await place.close()
