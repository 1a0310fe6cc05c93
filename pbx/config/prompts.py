"""Which prompts there must be, which are there, and what they say."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pbx.config.models import ConfigErrors, Configuration, Problem
from pbx.config.toml_file import read
from pbx.ivr import spoken
from pbx.ivr.verify import prompts_used

FLOWS = "ivr_flows"
PROMPTS = "prompts"
_AUDIO = (".wav", ".flac")

# What an agent hears after dialling a code (pbx.calls.agent_code).
_AGENT_PROMPTS = frozenset({"agent-signed-in", "agent-signed-out", "agent-paused", "agent-resumed"})


_EXPECTED = 'expected what the prompt says: "Welcome.", or { text = "Labdien.", voice = "lv" }'


class Speech(NamedTuple):
    """What a prompt says, and the language whose voice says it: a Latvian's choice is offered in Latvian."""

    text: str
    voice: str


def always_needed() -> frozenset[str]:
    """The prompts every language needs, whatever the flows say."""
    return spoken.prompt_names() | _AGENT_PROMPTS


def needed(configuration: Configuration) -> frozenset[str]:
    """Every prompt that can be played, without its language."""
    flows = (prompt for flow in configuration.flows.values() for prompt in prompts_used(flow))
    queues = (
        prompt for plan in configuration.queues.values() for prompt in (plan.welcome, plan.message) if prompt
    )
    return always_needed() | frozenset(flows) | frozenset(queues)


def missing(configuration: Configuration) -> tuple[tuple[str, str], ...]:
    """(language, name) of every prompt without a recording. A loaded configuration has none."""
    return tuple(
        (language, name)
        for language in configuration.languages
        for name in sorted(needed(configuration))
        if f"{language}/{name}" not in configuration.audio
    )


def recording(folder: Path, language: str, name: str) -> Path:
    """Where a prompt's recording belongs. `folder` is that of dialplan.toml."""
    return folder / FLOWS / PROMPTS / language / f"{name}.wav"


def recordings(folder: Path) -> dict[str, Path]:
    """All audio there is: "en/main-menu" and "music/waiting" -> file."""
    flows = folder / FLOWS
    audio: dict[str, Path] = {}
    for file in sorted((flows / PROMPTS).glob("*/*")) + sorted((flows / "music").glob("*")):
        if file.suffix in _AUDIO:
            audio[f"{file.parent.name}/{file.stem}"] = file
    return audio


def texts(folder: Path) -> Mapping[tuple[str, str], Speech]:
    """(language, name) -> what it says: ours, and those of ivr_flows/prompts/<language>.toml, which win.

    Raises ConfigErrors.
    """
    said: dict[tuple[str, str], Speech] = {}
    problems: list[Problem] = []
    for path in sorted((folder / FLOWS / PROMPTS).glob("*.toml")):
        language = path.stem
        if language in spoken.languages():
            said |= {
                (language, name): Speech(text, language) for name, text in spoken.texts(language).items()
            }
        try:
            file = read(path)
        except ConfigErrors as errors:
            problems += errors.problems
            continue
        for name, entry in file.document.items():
            match entry:
                case str(text) if text.strip():
                    said[language, name] = Speech(text, language)
                case {"text": str(text), "voice": str(voice), **others} if text.strip() and not others:
                    said[language, name] = Speech(text, voice)
                case _:
                    problems.append(file.at_value((name,), _EXPECTED))
    if problems:
        raise ConfigErrors(tuple(problems))
    return said
