"""Names that stand for something defined elsewhere, found in documents that need not be right otherwise."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from pbx.config.locate import Path
from pbx.config.messages import nearest
from pbx.config.models import Problem
from pbx.config.prompts import always_needed
from pbx.config.toml_file import TomlFile
from pbx.dialplan.rules import ANY
from pbx.ivr.flow import Flow

Kind: TypeAlias = Literal[
    "account", "trunk", "queue", "calendar", "flow", "music", "prompt", "language", "endpoint"
]

_FIELDS: tuple[tuple[str, Kind], ...] = (
    ("hold_music", "music"),
    ("queues.*.music", "music"),
    ("queues.*.hold_music", "music"),
    ("queues.*.welcome", "prompt"),
    ("queues.*.message", "prompt"),
    ("agents.*.phone", "account"),
    ("agents.*.queues.*", "queue"),
    ("routes.*.account", "account"),
    ("routes.*.trunk", "trunk"),
    ("routes.*.when", "calendar"),
)
_STEP_FIELDS: tuple[tuple[str, str, Kind], ...] = (
    ("flow", "flow", "flow"),
    ("queue", "queue", "queue"),
    ("music", "music", "music"),
    ("dial", "to", "endpoint"),
    ("dial", "to.*", "endpoint"),
)


class Reference(NamedTuple):
    file: TomlFile
    path: Path
    kind: Kind
    name: str


def of_dialplan(file: TomlFile) -> Iterator[Reference]:
    """Everything dialplan.toml refers to. Values of a wrong type are somebody else's complaint."""
    for pattern, kind in _FIELDS:
        for path, name in _select(file.document, pattern):
            if pattern in ("routes.*.account", "routes.*.trunk") and name == ANY:
                continue
            yield Reference(file, path, kind, name.removeprefix("not ") if kind == "calendar" else name)
    for path, step in _steps(file.document, ()):
        for do, pattern, kind in _STEP_FIELDS:
            if step.get("do") == do:
                for below, name in _select(step, pattern):
                    yield Reference(file, (*path, *below), kind, name)


def of_flow(file: TomlFile, flow: Flow) -> Iterator[Reference]:
    for path, mention in flow.mentions():
        match mention.what:
            case "prompt" | "queue" | "flow" | "calendar" | "language" | "endpoint":
                yield Reference(file, path, mention.what, mention.name)
            case _:  # what the flow does with its own variables
                pass


def known(document: Mapping[str, Any], flows: set[str], audio: Iterable[str]) -> Mapping[str, set[str]]:
    """The names there are, by kind. `flows` are all that have a file, and `audio` all recordings."""
    sections = {"account": "accounts", "trunk": "trunks", "queue": "queues", "calendar": "calendars"}
    names = {kind: {str(name) for name, _ in _children(document.get(key))} for kind, key in sections.items()}
    music = {name.removeprefix("music/") for name in audio if name.startswith("music/")}
    return {**names, "flow": flows, "music": music, "language": set(_languages(document))}


def unrecorded(file: TomlFile, references: Iterable[Reference], audio: Collection[str]) -> Iterator[Problem]:
    """A problem for each prompt without a recording in one of the dialplan's languages."""
    prompts = [reference for reference in references if reference.kind == "prompt"]
    for index, language in enumerate(_languages(file.document)):
        recorded = {name.removeprefix(f"{language}/") for name in audio if name.startswith(f"{language}/")}
        if lacking := sorted(always_needed() - recorded):
            names = ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else "")
            message = f"the switch itself says {names}, which nobody has recorded in {language}"
            yield file.at_value(("languages", index), f"{message}; {_HOW_TO_RECORD}")
        for reference in prompts:
            if recorded and reference.name not in recorded:
                message = f"prompt {language}/{reference.name} has no recording"
                yield reference.file.at_value(reference.path, f"{message}; {_HOW_TO_RECORD}")


def _languages(document: Mapping[str, Any]) -> list[str]:
    return [name for _, name in _select(document, "languages.*")]


def unresolved(references: Iterable[Reference], known: Mapping[str, set[str]]) -> Iterator[Problem]:
    """A problem for each reference to something that is not among the known names of its kind."""
    for file, path, kind, name in references:
        if kind == "endpoint":
            if message := _endpoint_problem(
                name, known["account"], ("dialled", "rest") if path[0] == "routes" else ()
            ):
                yield file.at_value(path, message)
        elif kind != "prompt" and name not in known[kind]:
            fix = nearest(name, known[kind]) or _HOW_TO_ADD[kind].format(name)
            yield file.at_value(path, f"there is no {kind} `{name}`; {fix}")


_HOW_TO_RECORD = "record it, or write its text and run `centrala prompts build`"
_HOW_TO_ADD: dict[str, str] = {
    "account": "add [accounts.{}]",
    "trunk": "add [trunks.{}]",
    "queue": "add [queues.{}]",
    "calendar": "add [calendars.{}]",
    "flow": "add ivr_flows/{}.toml",
    "music": "add ivr_flows/music/{}.wav",
    "language": "add it to `languages` in dialplan.toml",
}


def _endpoint_problem(endpoint: str, accounts: set[str], variables: tuple[str, ...]) -> str | None:
    filled = endpoint
    for variable in variables:
        filled = filled.replace(f"{{{variable}}}", "")
    if "{" in filled or "}" in filled:
        known = " and ".join(f"{{{variable}}}" for variable in variables)
        return f"cannot fill in `{endpoint}`; " + (
            f"only {known} are known here" if known else "write it out"
        )
    if endpoint.startswith("sip:") or filled != endpoint or endpoint in accounts:
        return None
    fix = nearest(endpoint, accounts) or f"add [accounts.{endpoint}], or write sip:{endpoint}@host"
    return f"there is no account `{endpoint}`; {fix}"


def _select(document: Any, pattern: str) -> Iterator[tuple[Path, str]]:
    """The texts at a path in which * stands for every key or element."""
    found: list[tuple[Path, Any]] = [((), document)]
    for part in pattern.split("."):
        found = [
            ((*path, key), inner)
            for path, value in found
            for key, inner in _children(value)
            if part == "*" or part == key
        ]
    return ((path, value) for path, value in found if isinstance(value, str))


def _steps(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(value, dict) and "do" in value:
        yield path, value
    for key, inner in _children(value):
        yield from _steps(inner, (*path, key))


def _children(value: Any) -> list[tuple[str | int, Any]]:
    match value:
        case dict():
            return list(value.items())  # pyright: ignore[reportUnknownArgumentType] - whatever TOML holds
        case list():
            return list(enumerate(value))  # pyright: ignore[reportUnknownArgumentType] - whatever TOML holds
        case _:
            return []
