"""Names that stand for something defined elsewhere, found in documents that need not be right otherwise."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from pbx.config.locate import Path
from pbx.config.messages import nearest
from pbx.config.models import Problem
from pbx.config.prompts import always_needed
from pbx.config.toml_file import TomlFile
from pbx.dialplan.rules import ANY
from pbx.ivr.proof.graph import Graph
from pbx.sip.errors import Malformed
from pbx.sip.uri import SipUri, parse_uri

Kind: TypeAlias = Literal[
    "account", "trunk", "queue", "calendar", "flow", "bot", "list", "music", "prompt", "language", "endpoint"
]
_PROMPT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

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
            if kind == "prompt" and not _PROMPT_NAME.fullmatch(name):
                continue  # a text
            yield Reference(file, path, kind, name.removeprefix("not ") if kind == "calendar" else name)
    for path, step in _steps(file.document, ()):
        for do, pattern, kind in _STEP_FIELDS:
            if step.get("do") == do:
                for below, name in _select(step, pattern):
                    yield Reference(file, (*path, *below), kind, name)


def of_flow(file: TomlFile, graph: Graph) -> Iterator[Reference]:
    for node, mentions in graph.mentions.items():
        for what, name, path in mentions:
            match what:
                case "prompt" | "queue" | "flow" | "calendar" | "language" | "endpoint" | "list" | "bot":
                    yield Reference(file, ("nodes", node, *path), what, name)
                case _:  # what the flow does with its own variables
                    pass


def known(
    document: Mapping[str, Any], flows: set[str], bots: set[str], audio: Iterable[str]
) -> Mapping[str, set[str]]:
    """The names there are, by kind. `flows` and `bots` are all with a file, and `audio` all recordings."""
    sections = {
        "account": "accounts",
        "trunk": "trunks",
        "queue": "queues",
        "calendar": "calendars",
        "list": "lists",
    }
    names = {kind: {str(name) for name, _ in _children(document.get(key))} for kind, key in sections.items()}
    music = {name.removeprefix("music/") for name in audio if name.startswith("music/")}
    return {
        **names,
        "flow": flows,
        "bot": bots,
        "music": music,
        "language": set(languages(document)),
    }


def unsaid(file: TomlFile, references: Iterable[Reference], said: Collection[str]) -> Iterator[Problem]:
    """A problem for each prompt by name that has neither audio nor a text in one of the dialplan's languages.

    `said` are those that have, as in "en/welcome".
    """
    there: dict[str, set[str]] = {}
    for index, language in enumerate(languages(file.document)):
        there[language] = {
            name.removeprefix(f"{language}/") for name in said if name.startswith(f"{language}/")
        }
        if lacking := sorted(always_needed() - there[language]):
            message = f"the switch itself says {some(lacking)}, which nobody has recorded in {language}"
            yield file.at_value(("languages", index), f"{message}; {_HOW_TO_RECORD}", "missing-recording")
    for reference in references:
        without = [language for language, names in there.items() if names and reference.name not in names]
        if reference.kind == "prompt" and without:
            message = f"prompt {reference.name} has no recording and no text in {', '.join(without)}"
            fix = nearest(reference.name, there[without[0]]) or _HOW_TO_RECORD
            yield reference.file.at_value(reference.path, f"{message}; {fix}", "missing-recording")


def some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def languages(document: Mapping[str, Any]) -> list[str]:
    return [name for _, name in _select(document, "languages.*")]


def unresolved(references: Iterable[Reference], known: Mapping[str, set[str]]) -> Iterator[Problem]:
    """A problem for each reference to something that is not among the known names of its kind."""
    for file, path, kind, name in references:
        if kind == "endpoint":
            if message := _endpoint_problem(
                name, known["account"], ("dialled", "rest") if path[0] == "routes" else ()
            ):
                yield file.at_value(path, message, "undiallable")
        elif kind != "prompt" and name not in known[kind]:
            fix = nearest(name, known[kind]) or _HOW_TO_ADD[kind].format(name)
            yield file.at_value(path, f"there is no {kind} `{name}`; {fix}", "unknown-name")


_HOW_TO_RECORD = "record it, or write its text and run `centrala prompts build`"
_HOW_TO_ADD: dict[str, str] = {
    "account": "add [accounts.{}]",
    "trunk": "add [trunks.{}]",
    "queue": "add [queues.{}]",
    "calendar": "add [calendars.{}]",
    "flow": "add ivr_flows/{}.toml",
    "bot": "add ivr_flows/bots/{}.toml",
    "list": "add [lists.{}]",
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
    if endpoint.startswith(("sip:", "sips:")):
        for variable in variables:
            endpoint = endpoint.replace(f"{{{variable}}}", "1")
        return None if _is_address(endpoint) else f"`{endpoint}` is no SIP address; write sip:NUMBER@HOST"
    if filled != endpoint or endpoint in accounts:
        return None
    fix = nearest(endpoint, accounts) or f"add [accounts.{endpoint}], or write sip:{endpoint}@host"
    return f"there is no account `{endpoint}`; {fix}"


def _is_address(endpoint: str) -> bool:
    try:
        uri = parse_uri(endpoint)
    except Malformed:
        return False
    return isinstance(uri, SipUri) and (bool(uri.user) or not uri.host.isdecimal())


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
