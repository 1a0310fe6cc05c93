"""Commands about what callers hear."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbx.commands.options import CONFIG, JSON, fail, load

if TYPE_CHECKING:
    from pbx.config.models import Clip, Configuration

_AT_ONCE = 2  # programs that speak
_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The dialplan; it may also be named before this command.",
)


@click.group(invoke_without_command=True)
@CONFIG
@JSON
@click.option("--missing", is_flag=True, help="Only what has no audio.")
@click.pass_context
def prompts(context: click.Context, config: Path, *, as_json: bool, missing: bool) -> None:
    """List all that callers may hear, and whether it was recorded, or made of its text."""
    import json

    from pbx.config.prompts import states

    context.obj = config
    if context.invoked_subcommand:
        return
    found = list(states(load(config, "nothing")))
    shown = [(clip, state) for clip, state in found if not missing or state not in ("recorded", "made")]
    if as_json:
        click.echo(
            json.dumps([{**clip._asdict(), "state": state} for clip, state in shown], ensure_ascii=False)
        )
        return
    for clip, state in shown:
        click.echo(f"{state:<9} {clip.key}{f': {clip.text}' if clip.text else ''}")
    count = Counter(state for _, state in found)
    click.echo(", ".join(f"{number} {state}" for state, number in count.most_common()) or "nothing is said")


@prompts.command()
@_CONFIG
@click.option("--again", is_flag=True, help="Make anew what was made already.")
@click.option("--prune", is_flag=True, help="Remove what was made and is not played any more.")
@click.pass_obj
def build(before: Path, config: Path | None, *, again: bool, prune: bool) -> None:
    """Make the audio that is missing from texts, by espeak-ng or the command under [speech].

    What people have recorded always wins, and is left as it is.
    """
    from pbx.config.prompts import made, states, superfluous

    configuration = load(config or before, "nothing")
    wanted = ("made", "stale", "missing") if again else ("stale", "missing")
    due = [clip for clip, state in states(configuration) if state in wanted]
    places = {clip: made(configuration.folder, clip, configuration.speech) for clip in due}
    failed = _speak(configuration, places)
    if prune:
        for path in superfluous(load(config or before, "nothing")):
            path.unlink()
            click.echo(f"removed {path}")
    click.echo(f"made {len(due) - len(failed)} of {len(due)}")
    for clip, state in states(configuration):
        if state == "unwritten":
            failed.append(f"{clip.key} has no text: write it into prompts/{clip.language}.toml, or record it")
    if failed:
        fail("\n".join(failed))


@prompts.command()
@_CONFIG
@click.argument("language")
@click.option("--all", "everything", is_flag=True, help="Also what is recorded already.")
@click.pass_obj
def script(before: Path, config: Path | None, language: str, *, everything: bool) -> None:
    """Print what a speaker is to record: for each sentence the file it belongs in, and the words."""
    from pbx.config.prompts import recording, states

    configuration = load(config or before, "nothing")
    if language not in configuration.languages:
        fail(f"{language!r} is not spoken here; the languages are {', '.join(configuration.languages)}")
    for clip, state in states(configuration):
        if clip.language == language and clip.text and (everything or state != "recorded"):
            click.echo(f"{recording(configuration.folder, language, clip.name)}\t{clip.text}")


def _speak(configuration: "Configuration", places: "dict[Clip, Path]") -> list[str]:
    """Make these, two at a time; the reasons of those that could not be."""
    failed: list[str] = []
    with (
        ThreadPoolExecutor(_AT_ONCE) as speakers,
        click.progressbar(
            speakers.map(_speaker(configuration), places.items()), length=len(places), label="speaking"
        ) as spoken,
    ):
        failed += [reason for reason in spoken if reason]
    return failed


def _speaker(configuration: "Configuration") -> "Callable[[tuple[Clip, Path]], str]":
    from media.audio.speech import NoSpeech, synthesise, synthesise_with
    from pbx.config.prompts import voice

    def speak(of: "tuple[Clip, Path]") -> str:
        clip, path = of
        plan = configuration.speech
        try:
            if plan.command:
                synthesise_with(plan.command, clip.text, voice(clip, plan), path)
            else:
                synthesise(clip.text, voice(clip, plan), path)
        except (NoSpeech, OSError) as reason:
            return f"{clip.key}: {reason}"
        return ""

    return speak


COMMANDS = (prompts,)
