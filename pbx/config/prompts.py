"""Which prompts there must be, and which audio says them: a recording, or what was made of their text."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

from pbx.config.models import Clip, Configuration, Speech, SpeechPlan
from pbx.ivr import spoken
from pbx.ivr.fields import Text
from pbx.ivr.speech.template import Slot, Template, clip_name, fragments

FLOWS = "ivr_flows"
PROMPTS = "prompts"
MADE = "made"
State: TypeAlias = Literal["recorded", "made", "stale", "missing", "unwritten"]
"""By a person; of its text; of what its text was; not yet; and nobody has written what it says."""

_AUDIO = (".wav", ".flac")
_EDITION = "1"  # of the way audio is made: another way makes all of it anew


def always_needed() -> frozenset[str]:
    """The prompts every language needs, whatever the flows say."""
    return spoken.prompt_names()


def recording(folder: Path, language: str, name: str) -> Path:
    """Where a prompt's recording belongs. `folder` is that of dialplan.toml."""
    return folder / FLOWS / PROMPTS / language / f"{name}.wav"


def made(folder: Path, clip: Clip, plan: SpeechPlan) -> Path:
    """Where the audio of a text belongs: another text, voice or command is another file."""
    of = "\0".join((_EDITION, clip.text, voice(clip, plan), *plan.command))
    digest = hashlib.sha256(of.encode()).hexdigest()[:8]
    return recording(folder, clip.language, clip.name).parent / MADE / f"{clip.name}-{digest}.wav"


def voice(clip: Clip, plan: SpeechPlan) -> str:
    """What the command is to call the voice."""
    return plan.voices.get(clip.voice, clip.voice)


def recordings(folder: Path) -> dict[str, Path]:
    """All audio that people put there: "en/main-menu" and "music/waiting" -> file."""
    flows = folder / FLOWS
    audio: dict[str, Path] = {}
    for file in sorted((flows / PROMPTS).glob("*/*")) + sorted((flows / "music").glob("*")):
        if file.suffix in _AUDIO:
            audio[f"{file.parent.name}/{file.stem}"] = file
    return audio


def with_made(
    recorded: Mapping[str, Path], folder: Path, clips: Iterable[Clip], plan: SpeechPlan
) -> dict[str, Path]:
    """The recordings, and for clips that nobody has recorded what was made of their texts."""
    there = _all_made(folder)
    audio = dict(recorded)
    for clip in clips:
        if there and clip.key not in recorded and (path := made(folder, clip, plan)) in there:
            audio[clip.key] = path
    return audio


def clips(
    languages: Iterable[str],
    names: Iterable[str],
    texts: Mapping[tuple[str, str], Speech],
    written: Iterable[Text],
) -> Iterator[Clip]:
    """Everything that may be said, each once, by language. A name that no text is known for has none."""
    names, spoken_in = sorted(names), _by_language(tuple(languages), written)
    for language in languages:
        for name in names:
            speech = texts.get((language, name), Speech("", language))
            yield Clip(language, name, speech.text, speech.voice)
    for language, templates in spoken_in.items():
        for fragment in sorted(_fragments(templates, language)):
            yield Clip(language, _name(fragment), fragment, language)


def _by_language(languages: tuple[str, ...], written: Iterable[Text]) -> dict[str, list[Template]]:
    """Callers whose language a text does not have hear it in the first, or else in whichever it has."""
    first = languages[0]
    found: dict[str, list[Template]] = {}
    for text in written:
        said = {first: text.said[""]} | dict(text.said) if "" in text.said else dict(text.said)
        said.pop("", None)
        heard = {language for language in languages if language in said}
        if first not in heard:
            heard.add(next(iter(said)))
        for language in heard:
            found.setdefault(language, []).append(said[language])
    return found


def _fragments(templates: Iterable[Template], language: str) -> set[str]:
    """Of the words as they stand, and once of each kind of slot."""
    parts = {part for template in templates for part in template.parts}
    words = {part for part in parts if isinstance(part, str)}
    forms = {part.form for part in parts if isinstance(part, Slot)}
    return words.union(*(fragments(Template("", (Slot("x", form),)), language) for form in forms))


@lru_cache(1 << 16)
def _name(fragment: str) -> str:
    return clip_name(fragment)


def states(configuration: Configuration) -> Iterator[tuple[Clip, State]]:
    """Everything that may be said, in the order of the languages, and what audio there is of it."""
    once = {(path.parent.parent.name, path.stem[:-9]) for path in _all_made(configuration.folder)}
    for clip in configuration.clips:
        audio = configuration.audio.get(clip.key)
        if audio is not None:
            yield clip, "made" if audio.parent.name == MADE else "recorded"
        elif not clip.text:
            yield clip, "unwritten"
        else:
            yield clip, "stale" if (clip.language, clip.name) in once else "missing"


def superfluous(configuration: Configuration) -> list[Path]:
    """What was made, and is not played any more."""
    return sorted(_all_made(configuration.folder) - set(configuration.audio.values()))


def _all_made(folder: Path) -> set[Path]:
    return set((folder / FLOWS / PROMPTS).glob(f"*/{MADE}/*.wav"))
