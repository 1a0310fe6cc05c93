"""From what dialplan.toml says to what the rest of the switch works with."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pbx.acd.model import Agent, Queue
from pbx.config.document import AgentSection, Document, QueueSection, SecretSection
from pbx.config.models import AgentPlan, QueuePlan, Trunk
from pbx.config.step_sections import audio_of_music
from pbx.dialplan.calendar import Calendar


def secret(section: SecretSection, folder: Path) -> str:
    """The password itself; relative paths start at `folder`. Raises ValueError with a fix."""
    if section.env is not None:
        found, source = os.environ.get(section.env, ""), f"the environment's {section.env}"
        fix = f"set {section.env} before starting"
    elif section.file is not None:
        source, fix = f"file {section.file}", "put the password there, alone on one line"
        try:
            found = (folder / section.file).read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"{source} cannot be read; {fix}") from None
    else:
        found, source, fix = section.text or "", "the password", "write at least 12 characters"
    if not found:
        raise ValueError(f"{source} is empty; {fix}")
    if not found.isprintable():
        raise ValueError(f"{source} holds more than printable characters; {fix}")
    return found


def trunks(document: Document) -> Mapping[str, Trunk]:
    return MappingProxyType(
        {name: Trunk(name, tuple(section.networks)) for name, section in document.trunks.items()}
    )


def queues(document: Document) -> Mapping[str, QueuePlan]:
    return MappingProxyType(
        {name: _queue(name, section, document.hold_music) for name, section in document.queues.items()}
    )


def agents(document: Document) -> Mapping[str, AgentPlan]:
    return MappingProxyType({name: _agent(name, section) for name, section in document.agents.items()})


def calendars(document: Document) -> Mapping[str, Calendar]:
    return MappingProxyType({name: section.calendar() for name, section in document.calendars.items()})


def _queue(name: str, section: QueueSection, hold_music: str) -> QueuePlan:
    desk = Queue(
        name=name,
        strategy=section.strategy,
        ring_time=section.ring_time,
        wrap_up=section.wrap_up,
        maximum_wait=section.maximum_wait,
        maximum_length=section.maximum_length,
        join_when_empty=section.join_when_empty,
        priority_credit=section.priority_credit,
        target=section.target,
        weight=section.weight,
    )
    return QueuePlan(
        desk=desk,
        music=audio_of_music(section.music),
        hold_music=audio_of_music(section.hold_music or hold_music),
        welcome=section.welcome,
        announce_position=section.announce_position,
        announce_every=section.announce_every,
        message=section.message,
        overflow=None if section.overflow is None else section.overflow.step(),
    )


def _agent(name: str, section: AgentSection) -> AgentPlan:
    return AgentPlan(Agent(name, frozenset(section.queues)), section.phone, section.display or name)
