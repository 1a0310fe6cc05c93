"""Writes docs/cli.md from the commands themselves: `make docs`."""

from collections.abc import Iterator
from pathlib import Path

import click

from cli import main

PAGE = Path(__file__).with_name("cli.md")
HEAD = """# Command line

Written from the commands themselves by `make docs`; `centrala COMMAND --help` says the same. Commands that
ask a running exchange find it by its `--data` folder. A command ends with 0, or with 2 and a sentence on
standard error; `centrala test` with 1 where a test has failed.
"""


def page() -> str:
    return HEAD + "".join(_section(name, command) for name, command in _commands("centrala", main))


def _commands(path: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(f"{path} {name}", command)


def _section(path: str, command: click.Command) -> str:
    arguments = [_value(param) for param in command.params if isinstance(param, click.Argument)]
    options = [_option(param) for param in command.params if isinstance(param, click.Option)]
    usage = " ".join([path, *arguments])
    told = f"\n## `{usage}`\n\n{(command.help or '').strip()}\n"
    return f"{told}\n{''.join(options)}" if options else told


def _option(option: click.Option) -> str:
    value = "" if option.is_flag else f" {_value(option)}"
    notes = ["required"] if option.required else ["may be repeated"] if option.multiple else []
    if option.show_default:
        notes.append(f"default {option.default}")
    note = f" ({', '.join(notes)})" if notes else ""
    told = f": {option.help}" if option.help else ""
    return f"- `{option.opts[0]}{value}`{told}{note}\n"


def _value(param: click.Parameter) -> str:
    if isinstance(param.type, click.Choice):
        return "|".join(map(str, param.type.choices))
    return param.metavar or {"directory": "FOLDER", "integer range": "NUMBER", "float range": "SECONDS"}.get(
        param.type.name,
        (param.name if isinstance(param, click.Argument) else param.type.name or "TEXT").upper(),
    )


if __name__ == "__main__":
    PAGE.write_text(page())
