"""One scenario, played on an exchange of its own."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from itertools import count
from pathlib import Path

from pbx.calls.call import Call
from pbx.calls.exchange import Exchange, Surroundings
from pbx.calls.languages import Languages
from pbx.calls.look_up import NOTHING, Answer
from pbx.clock import LoopClock
from pbx.config.directory import Directory
from pbx.config.models import Configuration
from pbx.ivr.tasks import LookUp
from pbx.rehearsal.caller import Caller
from pbx.rehearsal.result import Result
from pbx.rehearsal.scenario import Scenario, Trouble
from pbx.rehearsal.sound import Sound
from pbx.rehearsal.stage import Stage
from pbx.rehearsal.story import Failed, Story
from pbx.sip.outputs import Identity, Standing, Transmit
from pbx.steps import Outcome

LONGEST = 3600.0  # seconds after which a call that does not end is hung up
BEFORE = 1.0  # seconds that callers who wait already came earlier
CALLER = "caller"
STRANGER = Identity(Standing.STRANGER)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a performance shares with others of its kind."""

    configuration: Configuration  # with the scenario's agents only, and a number for its first step
    directory: Directory
    texts: Mapping[str, str]  # what clips say, folded
    sound: Sound
    zone: tzinfo  # of times without one
    messages: Path | None  # where recorded ones would be
    settle: float  # seconds after a call in which everything that follows from it has happened


class Performance:
    def __init__(self, scenario: Scenario, setting: Setting, story: Story, tasks: asyncio.TaskGroup) -> None:
        self._scenario, self._setting, self._story = scenario, setting, story
        self._loop = asyncio.get_running_loop()
        agents = setting.configuration.agents
        self._phones = {agents[name].phone: habits for name, habits in scenario.agents.items()}
        self._phones.update(scenario.phones)
        self._stage = Stage(setting.directory, self._phones)
        self._caller = Caller(CALLER, scenario.does, self._stage, story, setting.texts, self._over)
        self._exchange = Exchange(setting.configuration, self._surroundings(tasks), self._stage)
        self._stage.happened = self._exchange.signalling.happened
        self._ahead: list[str] = []  # the calls of those who wait already
        self._call: Call | None = None

    async def run(self) -> Result:
        scenario, story, exchange = self._scenario, self._story, self._exchange
        self._open()
        if scenario.waiting:
            await self._let_others_wait()
        began, story.arrives = self._loop.time(), True
        self._setting.sound.listeners[CALLER] = self._caller.listens
        dialled = scenario.number or scenario.flow
        self._stage.call(CALLER, self._caller, scenario.shown, dialled, _identity(scenario))
        self._caller.begin()
        await exchange.drain(LONGEST)
        if self._loop.time() - began >= LONGEST:
            story.note(Failed(f"the call was not over after {LONGEST:g} s; let the caller hang up"))
        if exchange.desk.at_rest():
            await asyncio.sleep(self._setting.settle)
        if held := exchange.at_rest():
            story.note(Failed(f"left behind: {', '.join(held)}"))
        exchange.stop()
        return self._result(began)

    def _surroundings(self, tasks: asyncio.TaskGroup) -> Surroundings:
        scenario, setting = self._scenario, self._setting
        chosen = [(scenario.shown, scenario.language)] if scenario.language else []
        at = scenario.at if scenario.at.tzinfo else scenario.at.replace(tzinfo=setting.zone)
        return Surroundings(
            clock=LoopClock(at),
            ids=CountedIds(),
            journal=self._story,
            media=setting.sound,
            send=_nobody,
            tasks=tasks,
            languages=Languages(chosen),
            look_up=self._look_up,
            messages=setting.messages,
            cast=self._caller.company,
        )

    def _open(self) -> None:
        """Phones register, agents sign in."""
        exchange, configuration = self._exchange, self._setting.configuration
        for phone in self._phones:
            if phone in configuration.accounts:
                self._stage.register(phone, exchange.registrations.register)
        for name in self._scenario.agents:
            exchange.desk.sign_in(name, configuration.agents[name].phone, "cli")

    async def _let_others_wait(self) -> None:
        aside = Story(self._loop.time)
        for queue, many in self._scenario.waiting.items():
            for place in range(many):
                name = f"{queue} {place}"
                caller = Caller(name, (), self._stage, aside, {}, _nothing)
                self._stage.call(name, caller, "", number_of(queue), STRANGER)
                self._ahead.append(name)
        await asyncio.sleep(BEFORE)

    def _over(self) -> None:
        """Our caller is gone: all others go, too."""
        self._call = self._exchange.calls.get(self._story.contact)
        for name in self._ahead:
            self._stage.hang_up(name)

    async def _look_up(self, task: LookUp, folder: Path) -> Answer:
        """What the scenario says that servers and databases answer."""
        node, lookups = f"{task.flow}/{task.node}", self._scenario.lookups
        answer: Mapping[str, str] | Trouble | None = lookups.get(node) or lookups.get(task.node)
        match answer:
            case None:
                fix = f"write lookups = {{ {task.node} = {{ ... }} }} in the test"
                self._story.note(Failed(f"nobody says what the lookup {node} finds; {fix}"))
                return Outcome.FAILED, {"reason": "not said"}
            case "nothing":
                return NOTHING
            case "fails":
                return Outcome.FAILED, {"reason": "by order of the test"}
            case "late":
                await asyncio.sleep(task.within)
                return Outcome.FAILED, {"reason": "late, by order of the test"}
            case found:
                return Outcome.COMPLETED, {name: found.get(name, "") for name in task.fills}

    def _result(self, began: float) -> Result:
        call, caller = self._call, self._caller
        return Result(
            scenario=self._scenario,
            moments=[(at - began, what) for at, what in self._story.moments],
            left=tuple(caller.left),
            status=caller.status,
            language=call.language if call else "",
            values=call.state.shown() if call and call.state else {},
        )


class CountedIds:
    """Names that nobody has to guess."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def token(self) -> str:
        number = next(self._numbers)
        return f"{number:08x}{number:08x}"  # the first half is one of a kind, too


def number_of(queue: str) -> str:
    """Where callers wait already; with a blank in it, so that nobody can dial it."""
    return f"queue {queue}"


def _identity(scenario: Scenario) -> Identity:
    if scenario.account:
        return Identity(Standing.ACCOUNT, scenario.account)
    return Identity(Standing.TRUNK, scenario.trunk) if scenario.trunk else STRANGER


def _nobody(message: Transmit) -> None:
    raise AssertionError("there is no network here")


def _nothing() -> None:
    """Nobody minds that those who waited have gone."""
