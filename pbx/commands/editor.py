"""The command that helps editors."""

from pathlib import Path

import click

from pbx.commands.options import CONFIG, fail, writes


@click.command()
@CONFIG
def schemas(config: Path) -> None:
    """Write the JSON Schemas that the files' first lines name, for editors to complete from."""
    from pbx.plan.editor import write_schemas

    if not config.exists():
        fail(f"there is no {config}; the schemas belong beside a dialplan")
    with writes():
        for path in write_schemas(config.parent):
            click.echo(path)


COMMANDS = (schemas,)
