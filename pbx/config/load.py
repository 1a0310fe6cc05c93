"""dialplan.toml and the flows beside it -> Configuration, or every error at once."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from pbx.config import build, checks, messages, prompts, references
from pbx.config.document import Document
from pbx.config.models import Account, ConfigErrors, Configuration, Listener, Problem
from pbx.config.step_sections import audio_of_music
from pbx.config.toml_file import TomlFile, read
from pbx.dialplan.route import Dialplan
from pbx.dialplan.rules import Rule
from pbx.ivr.flow import Flow, FlowErrors, parse_flow
from pbx.ivr.verify import verify

_EXAMPLE = "example-"  # how a password printed in a manual begins


def load_configuration(path: Path) -> Configuration:
    """Raises ConfigErrors. Audio is only looked for; nothing is opened or bound."""
    reading = _Reading(prompts.recordings(path.parent))
    file = reading.file(path)
    flow_paths = sorted((path.parent / prompts.FLOWS).glob("*.toml"))
    flow_files = [flow for flow in map(reading.file, flow_paths) if flow is not None]
    flows = reading.flows(flow_files)
    if file is None:
        raise reading.errors()
    reading.references(file, flow_files, flows, {path.stem for path in flow_paths})
    document = reading.document(file)
    if document is None:
        raise reading.errors()
    rules = _rules(file, document)
    accounts = reading.accounts(file, document)
    reading.note(file, checks.errors(document, rules, flows, accounts))
    if reading.problems:
        raise reading.errors()
    reading.warnings += [file.at_value(*finding) for finding in checks.warnings(document, accounts, path)]
    return Configuration(
        version=_version([file, *flow_files]),
        folder=path.parent,
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
        flows=MappingProxyType(flows),
        audio=MappingProxyType(reading.audio),
        hold_music=audio_of_music(document.hold_music),
        warnings=tuple(sorted(reading.warnings)),
    )


def with_overrides(
    configuration: Configuration,
    listeners: Sequence[Listener] = (),
    rtp_ports: tuple[int, int] | None = None,
) -> Configuration:
    """The command line's word over the file's. Raises ConfigErrors, placed in "command line"."""
    listening = tuple(listeners) or configuration.listeners
    exposed = checks.exposed_examples(listening, configuration.accounts)
    if problems := tuple(Problem("command line", 1, 1, message) for _, message in exposed):
        raise ConfigErrors(problems)
    return replace(configuration, listeners=listening, rtp_ports=rtp_ports or configuration.rtp_ports)


@dataclass(slots=True)
class _Reading:
    """Goes on after an error, and remembers it."""

    audio: Mapping[str, Path]
    problems: list[Problem] = field(default_factory=list[Problem])
    warnings: list[Problem] = field(default_factory=list[Problem])

    def errors(self) -> ConfigErrors:
        return ConfigErrors(tuple(sorted(set(self.problems))))

    def note(self, file: TomlFile, findings: Iterable[checks.Finding]) -> None:
        self.problems += [file.at_value(path, message) for path, message in findings]

    def file(self, path: Path) -> TomlFile | None:
        try:
            return read(path)
        except ConfigErrors as errors:
            self.problems += errors.problems
            return None

    def document(self, file: TomlFile) -> Document | None:
        try:
            return Document.model_validate(file.document)
        except ValidationError as error:
            self.problems += messages.problems(file, error)
            return None

    def flows(self, files: Iterable[TomlFile]) -> dict[str, Flow]:
        flows: dict[str, Flow] = {}
        for file in files:
            try:
                flows[file.stem] = flow = parse_flow(file.stem, file.document)
            except FlowErrors as errors:
                self.note(file, ((error.path, error.message) for error in errors.errors))
                continue
            for finding in verify(flow):
                problem = file.at_value(finding.path, f"{finding.message}; {finding.fix}")
                (self.problems if finding.severity == "error" else self.warnings).append(problem)
        return flows

    def references(
        self, file: TomlFile, flow_files: Sequence[TomlFile], flows: Mapping[str, Flow], names: set[str]
    ) -> None:
        """Those of the dialplan and of every flow that could be read, even where other things are wrong."""
        found = [*references.of_dialplan(file)]
        for flow_file in flow_files:
            if flow_file.stem in flows:
                found += references.of_flow(flow_file, flows[flow_file.stem])
        known = references.known(file.document, names, self.audio)
        self.problems += references.unresolved(found, known)
        self.problems += references.unrecorded(file, found, self.audio)

    def accounts(self, file: TomlFile, document: Document) -> dict[str, Account]:
        accounts: dict[str, Account] = {}
        for name, section in document.accounts.items():
            try:
                password = build.secret(section.password, Path(file.name).parent)
            except ValueError as error:
                self.note(file, [(("accounts", name, "password"), str(error))])
                continue
            accounts[name] = Account(name, password, section.display or name, password.startswith(_EXAMPLE))
        return accounts


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
