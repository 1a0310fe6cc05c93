"""Reads every file of a configuration, goes on after an error, and remembers it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from pbx.bots.bot import Bot
from pbx.bots.script import parse_bot
from pbx.config import build, checks, messages, prompts, references, texts
from pbx.config.document import Document
from pbx.config.models import Account, Clip, ConfigErrors, Problem, Speech
from pbx.config.proof.bots import slots_of
from pbx.config.proof.plan import Plan, Where
from pbx.config.proof.prove import prove_flows, prove_plan
from pbx.config.toml_file import TomlFile, read
from pbx.dialplan.rules import Rule
from pbx.ivr.fields import Text
from pbx.ivr.flow import Flow, FlowErrors, parse_flow
from pbx.ivr.proof.graph import Graph

Need: TypeAlias = Literal["audio", "texts", "nothing"]
"""What there must be of every prompt."""

_EXAMPLE = "example-"  # how a password printed in a manual begins
_TESTS = ".test.toml"


class Reading:
    """What was read of one configuration. `folder` holds what its files name.

    `styled`: also say what could be easier on callers.
    """

    def __init__(self, folder: Path, need: Need, *, styled: bool) -> None:
        self.folder, self._need, self._styled = folder, need, styled
        self.problems: list[Problem] = []
        self.flows: dict[str, Flow] = {}
        self.bots: dict[str, Bot] = {}
        self.audio = prompts.recordings(folder)
        self.texts: dict[tuple[str, str], Speech] = {}
        self._files: dict[Where, TomlFile] = {}
        self._names: dict[str, set[str]] = {"flow": set(), "bot": set()}  # of all that have a file
        self._graphs: dict[str, Graph] = {}

    def files(self) -> list[TomlFile]:
        """Those that were read, apart from the dialplan."""
        return list(self._files.values())

    def file(self, path: Path) -> TomlFile | None:
        try:
            return read(path)
        except ConfigErrors as errors:
            self.problems += errors.problems
            return None

    def contents(self, folder: Path) -> None:
        """Flows, bots, and what prompts say; tests of flows lie among them."""
        for path in sorted(folder.glob("*.toml")):
            if not path.name.endswith(_TESTS):
                self._flow(path)
        for path in sorted((folder / "bots").glob("*.toml")):
            if not path.name.endswith(_TESTS):
                self._bot(path)
        for path in sorted((folder / prompts.PROMPTS).glob("*.toml")):
            if (file := self.file(path)) is not None:
                self._files["texts", file.stem] = file
                said, problems = texts.written(file)
                self.texts |= said
                self.problems += problems
        self._graphs = {name: Graph(flow) for name, flow in self.flows.items()}
        slots = slots_of(self.bots.values())
        for name, finding in prove_flows(self._graphs, slots, whole=self._whole):
            self.problems.append(self._files["flow", name].found(finding))

    @property
    def _whole(self) -> bool:
        """Could every flow and every bot be read?"""
        return self._names == {"flow": self.flows.keys(), "bot": self.bots.keys()}

    def _flow(self, path: Path) -> None:
        self._names["flow"].add(path.stem)
        if (file := self.file(path)) is not None:
            self._files["flow", file.stem] = file
            try:
                self.flows[file.stem] = parse_flow(file.stem, file.document)
            except FlowErrors as errors:
                self._note_errors(file, errors)

    def _bot(self, path: Path) -> None:
        self._names["bot"].add(path.stem)
        if (file := self.file(path)) is not None:
            self._files["bot", file.stem] = file
            try:
                self.bots[file.stem] = parse_bot(file.stem, file.document)
            except FlowErrors as errors:
                self._note_errors(file, errors)

    def _note_errors(self, file: TomlFile, errors: FlowErrors) -> None:
        self.problems += [file.at_value(one.path, one.message, one.code) for one in errors.errors]

    def names(self, file: TomlFile) -> None:
        """Those of the dialplan and of every flow that could be read, even where other things are wrong."""
        found = [*references.of_dialplan(file)]
        for name, graph in self._graphs.items():
            found += references.of_flow(self._files["flow", name], graph)
        known = references.known(file.document, self._names["flow"], self._names["bot"], self.audio)
        self.problems += references.unresolved(found, known)
        if self._need != "nothing":
            own = texts.own(references.languages(file.document)) | self.texts
            said = {*self.audio, *(f"{language}/{name}" for language, name in own)}
            self.problems += references.unsaid(file, found, said)

    def document(self, file: TomlFile) -> Document | None:
        try:
            return Document.model_validate(file.document)
        except ValidationError as error:
            self.problems += messages.problems(file, error)
            return None

    def accounts(self, file: TomlFile, document: Document) -> dict[str, Account]:
        accounts: dict[str, Account] = {}
        for name, section in document.accounts.items():
            try:
                password = build.secret(section.password, self.folder)
            except ValueError as error:
                self.problems.append(file.at_value(("accounts", name, "password"), str(error)))
                continue
            accounts[name] = Account(name, password, section.display or name, password.startswith(_EXAMPLE))
        return accounts

    def lists(self, file: TomlFile, document: Document) -> dict[str, frozenset[str]]:
        lists: dict[str, frozenset[str]] = {}
        for name, section in document.lists.items():
            try:
                lists[name] = build.numbers(section, self.folder)
            except ValueError as error:
                self.problems.append(file.at_value(("lists", name, "file"), str(error)))
        return lists

    def note(self, file: TomlFile, findings: Iterable[checks.Found]) -> None:
        self.problems += [file.at_value(path, message, code) for code, path, message in findings]

    def clips(self, file: TomlFile, document: Document) -> tuple[Clip, ...]:
        """All that may be said; `audio` then has what was made of it, too."""
        self.texts = texts.own(document.languages) | self.texts | build.texts(document)
        said = [one for graph in self._graphs.values() for spoken in graph.prompts.values() for one in spoken]
        names = {one.prompt for one in said if isinstance(one.prompt, str) and one.prompt[0] != "{"}
        names |= prompts.always_needed() | build.prompt_names(document)
        written = [one.prompt for one in said if isinstance(one.prompt, Text)]
        needed = list(prompts.clips(document.languages, names, self.texts, written))
        of_bots = [text for bot in self.bots.values() for _, text in bot.texts()]  # who have voices, too
        clips = tuple(dict.fromkeys([*needed, *prompts.clips(document.languages, (), {}, of_bots)]))
        self.audio = prompts.with_made(self.audio, self.folder, clips, build.speech(document.speech))
        if self._need == "audio":
            self._unmade(file, document.languages, needed)
        return clips

    def _unmade(self, file: TomlFile, languages: list[str], clips: Iterable[Clip]) -> None:
        silent = [clip for clip in clips if clip.text and clip.key not in self.audio]
        for index, language in enumerate(languages):
            if names := [clip.name for clip in silent if clip.language == language]:
                message = f"nothing speaks {references.some(names)} in {language} yet"
                fix = "run `centrala prompts build`"
                self.problems.append(
                    file.at_value(("languages", index), f"{message}; {fix}", "unmade-prompt")
                )

    def prove(
        self, file: TomlFile, document: Document, rules: tuple[Rule, ...], clips: tuple[Clip, ...]
    ) -> None:
        known = self._whole and not any(problem.code == "unknown-name" for problem in self.problems)
        plan = Plan(
            document, file.document, rules, self._graphs, self.bots, self.texts, clips, self.audio, known
        )
        if known:
            self._unused_recordings(document, clips)
        places: dict[Any, TomlFile] = {("dialplan", ""): file, **self._files}
        for where, finding in prove_plan(plan, slots_of(self.bots.values()), styled=self._styled):
            if where in places:
                self.problems.append(places[where].found(finding))

    def _unused_recordings(self, document: Document, clips: Iterable[Clip]) -> None:
        played = {clip.key for clip in clips}
        for key, path in self.audio.items():
            if path.parent.name in document.languages and key not in played:
                message = "nothing says this recording; say it somewhere, or delete the file"
                self.problems.append(Problem(str(path), 1, 1, message, "warning", "unused-prompt"))
