"""Plays scenarios on the production exchange: virtual time, no sockets, one call after another."""

import asyncio
import logging
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pbx.config.directory import Directory
from pbx.config.models import Configuration
from pbx.dialplan.pattern import Match
from pbx.dialplan.route import Dialplan
from pbx.dialplan.rules import Rule
from pbx.ivr.flow import Flow
from pbx.ivr.nodes import Record
from pbx.rehearsal.caller import fold
from pbx.rehearsal.performance import Performance, Setting, number_of
from pbx.rehearsal.result import Result
from pbx.rehearsal.scenario import Scenario
from pbx.rehearsal.sound import Sound
from pbx.rehearsal.story import Failed, Story
from pbx.rehearsal.virtual_time import VirtualLoop
from pbx.steps import JoinQueue, RunFlow

SETTINGS_KEPT = 256


class Rehearsal:
    """One configuration. `lengths` says how many seconds its clips take ("en/welcome")."""

    def __init__(
        self,
        configuration: Configuration,
        lengths: Mapping[str, float],
        texts: Mapping[str, str] | None = None,
    ) -> None:
        """`texts` are the configuration's, where they are known already."""
        self.configuration = configuration
        self.texts = configuration.texts if texts is None else texts
        self._lengths, self._sound = lengths, Sound(lengths)
        self._folded = {clip: fold(text) for clip, text in self.texts.items()}
        self._setting = lru_cache(SETTINGS_KEPT)(self._setting_of)
        nodes = (node for flow in configuration.flows.values() for node in flow.nodes.values())
        self._takes_messages = any(isinstance(node, Record) for node in nodes)
        self._messages: Path | None = None

    def with_flow(self, flow: Flow) -> "Rehearsal":
        """The same, but for this flow."""
        flows = {**self.configuration.flows, flow.name: flow}
        return Rehearsal(replace(self.configuration, flows=flows), self._lengths, self.texts)

    def play(self, scenarios: Iterable[Scenario]) -> list[Result]:
        """Each in an exchange of its own, so that none knows of another."""
        with self._folder():
            loop = VirtualLoop()
            try:
                return loop.run_until_complete(self._play(scenarios))
            finally:
                loop.close()

    async def _play(self, scenarios: Iterable[Scenario]) -> list[Result]:
        time = asyncio.get_running_loop().time
        async with asyncio.TaskGroup() as tasks:
            with _faults() as faults:
                results: list[Result] = []
                for scenario in scenarios:
                    faults.story = story = Story(time)
                    agents, values = frozenset(scenario.agents), tuple(scenario.values.items())
                    setting = self._setting(agents, scenario.flow, scenario.number, values)
                    results.append(await Performance(scenario, setting, story, tasks).run())
                    if self._messages is not None:
                        _empty(self._messages)  # the next call may have the same name
                return results

    def _setting_of(
        self, agents: frozenset[str], flow: str, number: str, values: tuple[tuple[str, str], ...]
    ) -> Setting:
        whole = self.configuration
        rules = [*whole.rules]
        if flow:
            rules = [Rule(flow, Match("number", number or flow), RunFlow(flow, dict(values)), public=True)]
        rules += [
            Rule(queue, Match("number", number_of(queue)), JoinQueue(queue), public=True)
            for queue in whole.queues
        ]
        configuration = replace(
            whole,
            agents={name: plan for name, plan in whole.agents.items() if name in agents},
            dialplan=Dialplan(rules, whole.calendars),
        )
        return Setting(
            configuration=configuration,
            directory=Directory(configuration),
            texts=self._folded,
            sound=self._sound,
            zone=next((calendar.zone for calendar in whole.calendars.values()), UTC),
            messages=self._messages,
            settle=1.0 + max((plan.desk.wrap_up for plan in whole.queues.values()), default=0.0),
        )

    @contextmanager
    def _folder(self) -> Generator[None]:
        """Where flows may put messages, while the block lasts: they are made before they are recorded."""
        if not self._takes_messages:
            yield
            return
        with TemporaryDirectory() as folder:
            self._messages = Path(folder)
            self._setting.cache_clear()
            yield
        self._messages = None


def _empty(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


@contextmanager
def _faults() -> Generator["_Faults"]:
    log, handler = logging.getLogger("pbx"), _Faults()
    log.addHandler(handler)
    try:
        yield handler
    finally:
        log.removeHandler(handler)


class _Faults(logging.Handler):
    """What the exchange logs as an error belongs to the story, and fails the test."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.story: Story | None = None

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if self.story is not None:
            self.story.note(Failed(f"{record.getMessage()}{f': {error!r}' if error else ''}"))
