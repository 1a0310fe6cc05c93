"""dialplan.toml and what lies beside it -> Configuration, and everything that can be said against it."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pbx.config import build, checks, prompts
from pbx.config.document import Document
from pbx.config.models import ConfigErrors, Configuration, Listener, Problem
from pbx.config.reading import Need, Reading
from pbx.config.sources import sources
from pbx.config.step_sections import audio_of_music
from pbx.config.toml_file import TomlFile
from pbx.dialplan.route import Dialplan
from pbx.dialplan.rules import Rule


@dataclass(frozen=True, slots=True)
class Inspection:
    """Every finding, in the order of the files, and the configuration unless one of them is an error."""

    findings: tuple[Problem, ...]
    configuration: Configuration | None


def load_configuration(path: Path, folder: Path | None = None, need: Need = "texts") -> Configuration:
    """The dialplan at `path`, and the flows beside it, as `inspect` finds them. Raises ConfigErrors."""
    inspection = inspect(path, folder, need)
    if inspection.configuration is None:
        raise ConfigErrors(tuple(one for one in inspection.findings if one.severity == "error"))
    return inspection.configuration


def inspect(
    path: Path, folder: Path | None = None, need: Need = "texts", *, style: bool = False
) -> Inspection:
    """What the files say, and what is wrong with them. What they name, such as audio and files of passwords,
    is looked for in `folder`: the dialplan's own, unless it is a kept copy of one.

    `need`: for callers to hear something every prompt needs "audio"; for tests its "texts" are enough; and
    whoever makes the audio needs "nothing" yet. Audio is only looked for; nothing is opened or bound. With
    `style` it is also told what could be easier on callers.
    """
    reading = Reading(folder or path.parent, need, styled=style)
    file = reading.file(path)
    reading.contents(path.parent / prompts.FLOWS)
    configuration = None if file is None else _configuration(reading, file, path)
    findings = tuple(sorted(set(reading.problems)))
    if configuration is None or any(finding.severity == "error" for finding in findings):
        return Inspection(findings, None)
    warnings = tuple(finding for finding in findings if finding.severity == "warning")
    return Inspection(findings, replace(configuration, warnings=warnings))


def _configuration(reading: Reading, file: TomlFile, path: Path) -> Configuration | None:
    reading.names(file)
    document = reading.document(file)
    if document is None:
        return None
    rules = _rules(file, document)
    accounts, lists = reading.accounts(file, document), reading.lists(file, document)
    reading.note(file, checks.checks(document, rules, reading.flows, accounts, path))
    clips = reading.clips(file, document)
    reading.prove(file, document, rules, clips)
    files = [file, *reading.files()]
    return Configuration(
        version=_version(files),
        folder=reading.folder,
        name=document.name,
        realm=document.realm,
        digest=tuple(document.digest),
        languages=tuple(document.languages),
        listeners=tuple(section.listener() for section in document.listeners),
        rtp_ports=document.media.rtp_ports,
        media_workers=document.media.workers or max(1, (os.cpu_count() or 1) // 2),
        media_host=document.media.host,
        silence_limit=document.media.silence_limit,
        accounts=MappingProxyType(accounts),
        trunks=build.trunks(document),
        queues=build.queues(document),
        agents=build.agents(document),
        dialplan=Dialplan(rules, build.calendars(document)),
        flows=MappingProxyType(reading.flows),
        bots=MappingProxyType(reading.bots),
        lists=MappingProxyType(lists),
        audio=MappingProxyType(reading.audio),
        clips=clips,
        speech=build.speech(document.speech),
        hold_music=audio_of_music(document.hold_music),
        sources=MappingProxyType(sources(path, files)),
    )


def with_overrides(
    configuration: Configuration,
    listeners: Sequence[Listener] = (),
    rtp_ports: tuple[int, int] | None = None,
) -> Configuration:
    """The command line's word over the file's. Raises ConfigErrors, placed in "command line"."""
    listening = tuple(listeners) or configuration.listeners
    exposed = checks.exposed_examples(listening, configuration.accounts)
    if problems := tuple(
        Problem("command line", 1, 1, message, "error", code) for code, _, message in exposed
    ):
        raise ConfigErrors(problems)
    return replace(configuration, listeners=listening, rtp_ports=rtp_ports or configuration.rtp_ports)


def _rules(file: TomlFile, document: Document) -> tuple[Rule, ...]:
    """Each with its place: the folder does not matter to whoever reads why a call went where it did."""
    name = Path(file.name).name
    return tuple(
        section.rule(f"{name}:{file.places.of_key(('routes', index)).line}")
        for index, section in enumerate(document.routes)
    )


def _version(files: Iterable[TomlFile]) -> str:
    said = "\0".join(f"{Path(file.name).name}\0{file.text}" for file in files)
    return hashlib.sha256(said.encode()).hexdigest()[:12]
