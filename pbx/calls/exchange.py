"""The exchange: opens a call's task for every INVITE, keeps registrations, reloads, drains."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from media.api import MediaEngine, MediaUnavailable
from pbx.acd.desk import Desk
from pbx.acd.model import Agent, Event, PhoneBusy, PhoneReachable, Queue, Reconfigured
from pbx.bots.providers import KEYS_ONLY, Cast
from pbx.calls.call import Call, Services
from pbx.calls.languages import Languages
from pbx.calls.lines import Lines
from pbx.calls.look_up import LookUps, no_lookups
from pbx.calls.messages import delete_message
from pbx.calls.queue_desk import QueueDesk
from pbx.calls.registrations import Registrations
from pbx.calls.run_call import run_call, turn_away
from pbx.calls.signalling import Signalling, SipAgent
from pbx.calls.sip_leg import CallerLeg
from pbx.calls.sip_phonebook import Phonebook
from pbx.clock import Clock
from pbx.config.directory import Directory
from pbx.config.models import Configuration
from pbx.dialplan.rules import Arrival
from pbx.identifiers import IdSource
from pbx.records.facts import ConfigChanged, Fact
from pbx.records.journal import Journal
from pbx.sip.outputs import CallOffered, Denied, Peer, RegisterReceived, Transmit
from pbx.steps import Hangup, Step

log = logging.getLogger(__name__)
NOT_FOUND = 404
RECENT = 1000  # calls whose messages can still be asked for


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an exchange lives in: real in pbx.app, simulated in tests."""

    clock: Clock
    ids: IdSource
    journal: Journal
    media: MediaEngine
    send: Callable[[Transmit], None]
    tasks: asyncio.TaskGroup
    languages: Languages = field(default_factory=Languages)
    look_up: LookUps = no_lookups
    messages: Path | None = None
    cast: Cast = KEYS_ONLY


class Exchange:
    def __init__(self, configuration: Configuration, around: Surroundings, agent: SipAgent) -> None:
        self.configuration = configuration
        self.calls: dict[str, Call] = {}
        self._serving = 0  # calls offered whose record is not closed yet: those of self.calls, and beginners
        self._around, self._agent = around, agent
        self.signalling = Signalling(
            agent,
            around.clock,
            around.send,
            offered=self._offered,
            register=self._registers,
            denied=self._denied,
        )
        self.registrations = Registrations(self.signalling, around.clock, self._reachability)
        self.desk = QueueDesk(
            Desk(*_desk_of(configuration), offer_prefix=f"{around.ids.token()}-", now=around.clock.now()),
            around.clock,
            self._file,
        )
        self._services = Services(
            clock=around.clock,
            ids=around.ids,
            journal=around.journal,
            media=around.media,
            phonebook=Phonebook(
                self.signalling, self.registrations, around.media, around.journal, around.ids
            ),
            desk=self.desk,
            phone_of=self._phone_of,
            lines=Lines(
                lambda account, busy: self._tell_agents(account, lambda agent: PhoneBusy(agent, busy))
            ),
            languages=around.languages,
            look_up=around.look_up,
            messages=around.messages,
            cast=around.cast,
        )
        self._recent: dict[str, list[str]] = {}  # the latest calls' SIP Call-IDs, oldest first
        self._idle = asyncio.Event()
        self._idle.set()

    def lost(self, peer: Peer) -> None:
        """A TCP connection is gone."""
        self.signalling.lost(peer)
        self.registrations.lost(peer)

    async def reload(
        self,
        configuration: Configuration,
        *,
        by: Literal["command", "signal"] = "command",
        reverted: bool = False,
    ) -> None:
        """From the next call on. Raises ValueError, and changes nothing, if a prompt cannot be loaded."""
        await self._around.media.prepare(configuration.audio)
        self.configuration = configuration
        self._agent.directory = Directory(configuration)
        self.desk.tell(Reconfigured(*_desk_of(configuration)))
        for agent, plan in configuration.agents.items():
            self.desk.tell(PhoneReachable(agent, bool(self.registrations.of(plan.phone))))
            self.desk.tell(PhoneBusy(agent, self._services.lines.busy(plan.phone)))
        self._file(ConfigChanged, version=configuration.version, by=by, reverted=reverted)

    def sip_call_ids(self, contact: str) -> list[str]:
        """The Call-IDs of a running or recent call's legs; empty if it is forgotten."""
        return self._recent.get(contact, [])

    async def drain(self, patience: float) -> None:
        """No new calls; those that run may finish, for so many seconds, and are then hung up."""
        self._agent.draining = True
        try:
            async with asyncio.timeout(patience):
                await self._idle.wait()
        except TimeoutError:
            for call in list(self.calls.values()):
                call.caller.hangup()
            await self._idle.wait()

    def delete_message(self, file: str) -> bool:
        """False: no message has such a name. Raises OSError where it cannot be deleted."""
        folder, at = self._around.messages, self._around.clock.unix_ms()
        return folder is not None and delete_message(folder, file, self._around.journal, at)

    def stop(self) -> None:
        self.signalling.stop()
        self.registrations.stop()
        self.desk.stop()

    @property
    def clock(self) -> Clock:
        return self._around.clock

    def at_rest(self) -> list[str]:
        """Names of everything still held: empty when nobody is calling and time has passed."""
        held = [f"call {name}" for name in self.calls]
        held += self._agent.at_rest() + self.signalling.at_rest()
        return held + self.desk.at_rest() + self._services.lines.at_rest()

    def _offered(self, offer: CallOffered) -> None:
        arrival = Arrival(offer.dialled, offer.caller, offer.identity, self._around.clock.wall())
        decision = self.configuration.dialplan.route(arrival)
        step, entry = (Hangup(NOT_FOUND), "") if decision is None else (decision.step, decision.rule.name)
        self._serving += 1
        self._idle.clear()
        self._around.tasks.create_task(self._serve(offer, self.configuration, step, entry))

    async def _serve(self, offer: CallOffered, configuration: Configuration, step: Step, entry: str) -> None:
        # They grow with time, which keeps the writer of records on the same few pages of its file.
        identity = f"{self._around.clock.unix_ms():011x}{self._around.ids.token()[:8]}"
        try:
            async with self._around.media.session() as media:
                leg = CallerLeg(offer, self.signalling, media)
                call = Call(
                    id=identity,
                    caller=leg,
                    services=self._services,
                    configuration=configuration,
                    language=self._language_of(offer.caller, configuration),
                    since=self._around.clock.now(),
                )
                self._begin(call)
                self.signalling.attend(offer.call, leg)
                await run_call(call, step, entry)
        except MediaUnavailable as reason:
            log.warning("a call was turned away: %s", reason, extra={"call": identity})
            self.signalling.refuse(offer.call, 503)
            turn_away(self._services, identity, offer, entry, str(reason))
        except Exception:
            log.exception("a call could not be closed cleanly", extra={"call": identity})
            self.signalling.refuse(offer.call, 500)
        finally:
            self.calls.pop(identity, None)
            self._serving -= 1
            if not self._serving:
                self._idle.set()

    def _language_of(self, number: str, configuration: Configuration) -> str:
        """The one chosen last time, if there still is such a choice."""
        chosen = self._services.languages.of(number)
        return chosen if chosen in configuration.languages else configuration.languages[0]

    def _begin(self, call: Call) -> None:
        self.calls[call.id] = call
        call.measure(call.caller)
        self._recent[call.id] = call.caller.sip_call_ids
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]

    def _phone_of(self, agent: str) -> str:
        """The account whose phone rings for an agent now; empty for one who was removed a moment ago."""
        plan = self.configuration.agents.get(agent)
        return "" if plan is None else plan.phone

    def _registers(self, request: RegisterReceived) -> None:
        self.registrations.register(request)

    def _reachability(self, account: str, reachable: bool) -> None:  # noqa: FBT001 - Registrations' shape
        self._tell_agents(account, lambda agent: PhoneReachable(agent, reachable))

    def _tell_agents(self, account: str, event: Callable[[str], Event]) -> None:
        for name, plan in self.configuration.agents.items():
            if plan.phone == account:
                self.desk.tell(event(name))

    def _denied(self, denied: Denied) -> None:
        log.warning(
            "denied: %s: %s",
            denied.reason,
            denied.detail,
            extra={"peer": f"{denied.peer.host}:{denied.peer.port}"},
        )

    def _file(self, fact: Callable[..., Fact], /, **details: object) -> None:
        self._around.journal.append(fact(at=self._around.clock.unix_ms(), **details))


def _desk_of(configuration: Configuration) -> tuple[tuple[Queue, ...], tuple[Agent, ...]]:
    queues = tuple(plan.desk for plan in configuration.queues.values())
    return queues, tuple(plan.desk for plan in configuration.agents.values())
