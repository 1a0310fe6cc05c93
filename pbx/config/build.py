"""From what dialplan.toml says to what the rest of the switch works with."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pbx.acd.model import Agent, Queue
from pbx.config.document import (
    AgentSection,
    Document,
    ListSection,
    QueueSection,
    SecretSection,
    SpeechSection,
)
from pbx.config.models import AgentPlan, QueuePlan, Speech, SpeechPlan, Trunk
from pbx.config.step_sections import audio_of_music
from pbx.config.toml_file import read_bounded
from pbx.dialplan.calendar import Calendar
from pbx.ivr.fields import Text
from pbx.ivr.speech.template import clip_name

MOST_NUMBERS = 100_000  # of a list of callers


def secret(section: SecretSection, folder: Path) -> str:
    """The password itself; relative paths start at `folder`. Raises ValueError with a fix."""
    if section.env is not None:
        found, source = os.environ.get(section.env, ""), f"the environment's {section.env}"
        fix = f"set {section.env} before starting"
    elif section.file is not None:
        source, fix = f"file {section.file}", "put the password there, alone on one line"
        try:
            found = read_bounded(folder / section.file).decode().strip()
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


def numbers(section: ListSection, folder: Path) -> frozenset[str]:
    """All that a list of callers holds; relative paths start at `folder`. Raises ValueError with a fix."""
    if section.file is None:
        return frozenset(section.numbers)
    try:
        lines = (folder / section.file).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"file {section.file} cannot be read; put one number on each of its lines") from None
    if len(lines) > MOST_NUMBERS:
        raise ValueError(
            f"file {section.file} has more than {MOST_NUMBERS} lines; ask a database in a lookup"
        )
    written = (line.partition("#")[0].strip() for line in lines)
    return frozenset(section.numbers).union(number for number in written if number)


def calendars(document: Document) -> Mapping[str, Calendar]:
    return MappingProxyType({name: section.calendar() for name, section in document.calendars.items()})


def prompt_name(prompt: str | Text | None) -> str | None:
    """That of a prompt that is written out is made of its text."""
    return clip_name(next(iter(prompt.said.values())).text) if isinstance(prompt, Text) else prompt


def prompt_names(document: Document) -> set[str]:
    """Those that queues play."""
    prompts = (prompt for queue in document.queues.values() for prompt in (queue.welcome, queue.message))
    return {name for name in map(prompt_name, prompts) if name is not None}


def texts(document: Document) -> dict[tuple[str, str], Speech]:
    """(language, name) -> what queues say whose prompts are written out."""
    said: dict[tuple[str, str], Speech] = {}
    for section in document.queues.values():
        for prompt in (section.welcome, section.message):
            if isinstance(prompt, Text):
                for language in document.languages:
                    spoken = language if language in prompt.said else next(iter(prompt.said))
                    template, voice = prompt.said[spoken], spoken or document.languages[0]
                    said[language, str(prompt_name(prompt))] = Speech(template.text, voice)
    return said


def speech(section: SpeechSection) -> SpeechPlan:
    return SpeechPlan(tuple(section.command or ()), MappingProxyType(section.voices))


def _queue(name: str, section: QueueSection, hold_music: str) -> QueuePlan:
    desk = Queue(
        name=name,
        strategy=section.strategy,
        ring_time=section.ring_time,
        wrap_up=section.wrap_up,
        maximum_wait=section.maximum_wait,
        maximum_length=section.maximum_length,
        maximum_expected_wait=section.maximum_expected_wait,
        refuse_when_empty="never" if section.join_when_empty else "signed_out",
        leave_when_empty=section.leave_when_empty,
        priority_credit=section.priority_credit,
        target=section.target,
        weight=section.weight,
        tier=section.tier,
        requirement=section.requirement(),
        tier_wait=section.tier_wait,
        reserve=section.reserve,
    )
    return QueuePlan(
        desk=desk,
        music=audio_of_music(section.music),
        hold_music=audio_of_music(section.hold_music or hold_music),
        welcome=prompt_name(section.welcome),
        announce_position=section.announce_position,
        announce_every=section.announce_every,
        message=prompt_name(section.message),
        overflow=None if section.overflow is None else section.overflow.step(),
    )


def _agent(name: str, section: AgentSection) -> AgentPlan:
    desk = Agent(name, frozenset(section.queues), skills=section.skills, tiers=section.tiers)
    return AgentPlan(desk, section.phone, section.display or name)
