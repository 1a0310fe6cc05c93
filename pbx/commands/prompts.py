"""Commands about what callers hear."""

from pathlib import Path

import click

from pbx.commands.options import CONFIG, fail, load


@click.group(invoke_without_command=True)
@CONFIG
@click.pass_context
def prompts(context: click.Context, config: Path) -> None:
    """List the prompts that have no recording."""
    from pbx.config.prompts import missing, recording

    context.obj = config
    if not context.invoked_subcommand:
        configuration = load(config)
        for language, name in missing(configuration):
            click.echo(f"missing: {recording(configuration.folder, language, name)}")


@prompts.command()
@click.option("--again", is_flag=True, help="Speak those anew that have a recording already.")
@click.pass_obj
def build(config: Path, again: bool) -> None:
    """Speak the texts of ivr_flows/prompts/*.toml with espeak-ng into the WAV files that are missing."""
    from media.audio.speech import NoSpeech, synthesise
    from pbx.config.models import ConfigErrors
    from pbx.config.prompts import recording, texts

    try:
        for (language, name), speech in texts(config.parent).items():
            path = recording(config.parent, language, name)
            if again or not path.exists():
                synthesise(speech.text, speech.voice, path)
                click.echo(path)
    except (NoSpeech, ConfigErrors) as error:
        fail(error)


COMMANDS = (prompts,)
