"""The command that begins a configuration of one's own from a template."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import click

from pbx.commands.options import fail, writes

TEMPLATES = {
    "clinic": "appointments, prescriptions, messages at night; English and Latvian",
    "helpdesk": "tickets, a line for emergencies and for VIPs; English and Czech",
    "shop": "orders, payments, returns; English and Polish",
    "utility": "outage notices, meter readings, emergencies; Latvian, Russian and English",
}
_PURPOSES = "\n\n".join(f"{name}: {purpose}." for name, purpose in TEMPLATES.items())


@click.command(help=f"Begin a configuration in a new folder, from a template.\n\n{_PURPOSES}")
@click.argument("template", type=click.Choice(list(TEMPLATES)))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def new(template: str, folder: Path) -> None:
    from media.audio.music import write_music
    from pbx.plan.editor import write_schemas

    if folder.exists() and any(folder.iterdir()):
        fail(f"{folder} is not empty: name a folder that is, or a new one")
    with writes():
        with as_file(files("pbx") / "templates" / template) as source:
            shutil.copytree(source, folder, dirs_exist_ok=True)
        write_music(folder / "ivr_flows" / "music" / "waiting.flac")
        write_schemas(folder)
    click.echo(
        f"{folder} is ready. Next:\n"
        f"  centrala prompts build --config {folder}/dialplan.toml    speak what callers hear (espeak-ng)\n"
        f"  centrala test --config {folder}/dialplan.toml             play its tests\n"
        f"  centrala run --config {folder}/dialplan.toml --data {folder}/data"
    )


COMMANDS = (new,)
