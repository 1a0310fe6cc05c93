"""What the commands share: their common options, and how they fail."""

import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from pbx.config.models import Configuration
    from pbx.config.reading import Need

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("dialplan.toml"),
    show_default=True,
    help="The dialplan; its flows and prompts lie beside it.",
)
DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    show_default=True,
    help="Where the exchange keeps its records and its control socket.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def fail(message: object) -> NoReturn:
    """Say what is wrong, and end with exit code 2."""
    click.echo(str(message), err=True)
    sys.exit(2)


def load(config: Path, need: "Need" = "texts") -> "Configuration":
    from pbx.config.load import load_configuration
    from pbx.config.models import ConfigErrors

    try:
        return load_configuration(config, need=need)
    except ConfigErrors as errors:
        fail(errors)


@contextmanager
def writes() -> Generator[None]:
    """A file that cannot be written is the user's to mend."""
    try:
        yield
    except OSError as error:
        fail(f"{error.filename or 'a file'} cannot be written: {error.strerror or error}")


def known(what: str, name: str, names: Iterable[str]) -> str:
    """`name`, if it is one of `names`; otherwise the command ends."""
    there = sorted(names)
    if name not in there:
        fail(f"there is no {what} {name!r}; there are: {', '.join(there) or 'none'}")
    return name


def client(data: Path) -> Any:
    from pbx.admin.client import Client

    return Client(data)


@contextmanager
def answers() -> Generator[None]:
    from pbx.admin.client import NotRunning, Refused

    try:
        yield
    except (NotRunning, Refused) as error:
        fail(error)
