"""The same scenarios over SIP: real user agents on a simulated network, from the callers' to the agents'."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

from media.engines.silent import SilentSession
from pbx.bots.providers import KEYS_ONLY
from pbx.calls.look_up import no_lookups
from pbx.config.models import Configuration
from pbx.records.facts import ContactCreated, Fact
from pbx.rehearsal.caller import Caller, fold
from pbx.rehearsal.scenario import Habits, Scenario
from pbx.rehearsal.sound import Ears
from pbx.rehearsal.stage import Stage
from pbx.rehearsal.story import Story
from tests.support import phones
from tests.support.office import Office
from tests.support.phones import Line, Phone
from tests.support.virtual_time import run
from tests.support.wire import Weather

QUICK = Weather(delay=0.001)
LONGEST = 3600.0


def over_sip(scenario: Scenario, configuration: Configuration, lengths: Mapping[str, float]) -> list[Fact]:
    """The facts of the call; none if it was refused at the door. `lengths` says how long clips take."""

    async def story() -> list[Fact]:
        async with asyncio.TaskGroup() as tasks:
            clinic = Office(configuration, tasks, 0, QUICK, 59_999, None, no_lookups, KEYS_ONLY, scenario.at)
            cast("Any", clinic.media)._lengths.update(lengths)
            await _open(clinic, scenario)
            line = await _call(clinic, scenario)
            caller = _caller(clinic, line, scenario)
            caller.begin()
            await _follow(clinic, line, caller)
            await clinic.close()
        contacts = [fact.contact for fact in clinic.journal.facts if isinstance(fact, ContactCreated)]
        return [*clinic.journal.of_contact(contacts[0])] if contacts else []

    return run(story())


async def _open(clinic: Office, scenario: Scenario) -> None:
    for name, habits in scenario.agents.items():
        await clinic.agent(name, _habits(habits))
    for account, habits in scenario.phones.items():
        phone = clinic.phone(_habits(habits))
        assert await phone.register(account, clinic.configuration.accounts[account].password) == 200


def _habits(habits: Habits) -> phones.Habits:
    return phones.Habits(
        picks_up_after=habits.answers_after,
        talks_for=habits.talks_for,
        refuses_with=486 if habits.rejects else None,
        rings=not habits.rejects,
    )


async def _call(clinic: Office, scenario: Scenario) -> Line:
    phone: Phone = clinic.phone()
    if not scenario.account:
        return phone.call(scenario.number, scenario.shown)
    password = clinic.configuration.accounts[scenario.account].password
    return await phone.call_as(scenario.account, password, scenario.number)


class _Handset:
    """As much of a Stage as a Caller needs."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def hang_up(self, name: str) -> None:
        self._line.hang_up()


def _caller(clinic: Office, line: Line, scenario: Scenario) -> Caller:
    texts = {clip: fold(text) for clip, text in clinic.configuration.texts.items()}
    aside = Story(asyncio.get_running_loop().time)
    return Caller("caller", scenario.does, cast("Stage", _Handset(line)), aside, texts, lambda: None)


async def _follow(clinic: Office, line: Line, caller: Caller) -> None:
    """Lets the caller hear, until the call is over."""
    async with asyncio.timeout(LONGEST), asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(_listen(clinic, line, caller))
        await line.over.wait()
        assert line.end is not None
        caller.on_over(line.end.status)
        listening.cancel()


async def _listen(clinic: Office, line: Line, caller: Caller) -> None:
    await line.answered.wait()
    session = clinic.media.session_at(line.far_port)
    on_clip = caller.listens(cast("Ears", session))
    for sound in session.heard:
        if sound.kind == "clip":
            on_clip(sound.what)
    cast("Any", session).hear = _also(session, on_clip)


def _also(session: SilentSession, on_clip: Callable[[str], None]) -> Callable[[Any, str], None]:
    hear = session.hear

    def heard(kind: Any, what: str) -> None:
        hear(kind, what)
        if kind == "clip":
            on_clip(what)

    return heard
