"""The command line: parse, ask the exchange or the files, print."""

import asyncio
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

if TYPE_CHECKING:
    from pbx.config.models import Configuration

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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="centrala", prog_name="centrala")
def main() -> None:
    """Centrala: a SIP exchange with menus, queues and records."""


# The exchange


@main.command()
@CONFIG
@DATA
@click.option("--listen", multiple=True, metavar="udp:HOST:PORT", help="Instead of the dialplan's listeners.")
@click.option("--rtp-ports", metavar="FIRST-LAST", help="Instead of the dialplan's ports for audio.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    show_default=True,
    help="What goes to standard error, as JSON lines.",
)
def run(config: Path, data: Path, listen: Sequence[str], rtp_ports: str | None, log_level: str) -> None:
    """Run the exchange until Ctrl-C or SIGTERM."""
    from pbx import app, log
    from pbx.config.listen import parse_listener, parse_port_range
    from pbx.config.models import ConfigErrors
    from pbx.records.store import JournalInUse
    from pbx.transport.network import ListenError

    log.log_to_stderr(log_level)
    try:
        options = app.Options(
            config=config,
            data=data,
            listeners=tuple(parse_listener(text) for text in listen),
            rtp_ports=parse_port_range(rtp_ports) if rtp_ports else None,
        )
        asyncio.run(app.run(options, lambda line: print(line, flush=True)))
    except* (ConfigErrors, app.CannotStart, ListenError, JournalInUse, ValueError, OSError) as errors:
        fail("\n".join(_sentences(cast("BaseException", errors))))


def _sentences(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return [sentence for each in inner for sentence in _sentences(each)]
    return [str(error)]


@main.command()
@CONFIG
def check(config: Path) -> None:
    """Read the dialplan and every flow, and say everything that is wrong with them."""
    from pbx.admin.terminal import count

    configuration = _load(config)
    for warning in configuration.warnings:
        click.echo(f"{warning} (warning)")
    click.echo(
        f"{config}: in order: {count(len(configuration.rules), 'route')}, "
        f"{count(len(configuration.flows), 'flow')}, "
        f"{count(len(configuration.queues), 'queue')}, {count(len(configuration.accounts), 'account')}; "
        f"version {configuration.version}"
    )


@main.command()
@CONFIG
@click.option("--to", "dialled", required=True, help="The number dialled.")
@click.option("--from", "caller", default="", help="The calling number.")
@click.option("--account", help="The caller is this account's phone. Without it, a stranger.")
@click.option("--trunk", help="The call comes by this trunk.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="Local time; now if left out."
)
def route(
    config: Path, dialled: str, caller: str, account: str | None, trunk: str | None, at: datetime | None
) -> None:
    """Say which route serves a call, and why the ones above it do not."""
    from pbx.dialplan.rules import Arrival
    from pbx.sip.outputs import Identity, Standing

    configuration = _load(config)
    if account:
        identity = Identity(Standing.ACCOUNT, account)
    else:
        identity = Identity(Standing.TRUNK, trunk) if trunk else Identity(Standing.STRANGER)
    moment = (at or datetime.now(UTC)).astimezone()
    arrival = Arrival(dialled, caller or account or "", identity, moment)
    for line in configuration.dialplan.explain(arrival):
        click.echo(line)
    decision = configuration.dialplan.route(arrival)
    click.echo(f"-> {decision.step}" if decision else "-> 404 Not Found")


@main.command()
@CONFIG
@click.argument("flow")
@click.option(
    "--keys", default="", help="What the caller presses; p is a pause until the question gives up waiting."
)
@click.option("--language", help="The language to begin with.")
@click.option("--closed", multiple=True, metavar="CALENDAR", help="Take this calendar for closed.")
def walk(config: Path, flow: str, keys: str, language: str | None, closed: Sequence[str]) -> None:
    """Play a flow offline: what a caller who presses these keys hears, and where the call goes."""
    from pbx.config.prompts import texts
    from pbx.ivr.model import Context
    from pbx.ivr.walk import walk as play

    configuration = _load(config)
    if flow not in configuration.flows:
        fail(f"there is no flow {flow!r}; the flows are {', '.join(sorted(configuration.flows))}")
    context = Context(
        caller="caller",
        dialled="",
        language=language or configuration.languages[0],
        open={name: name not in closed for name in configuration.calendars},
    )
    said = {
        f"{language}/{name}": speech.text for (language, name), speech in texts(configuration.folder).items()
    }
    try:
        transcript = play(configuration.flows[flow], context, keys, said)
    except ValueError as error:
        fail(error)
    click.echo("\n".join(transcript.lines))


# A running exchange


@main.command()
@DATA
def reload(data: Path) -> None:
    """Read the dialplan and flows again, for calls from now on. On any error nothing changes."""
    with _answers():
        click.echo(f"configuration {_client(data).post('reload')['version']} is in force")


VIEWS = {
    "calls": (
        "List the calls that run now.",
        ("call", "from", "dialled", "seconds", "answered", "held", "doing"),
    ),
    "queues": (
        "Show how many wait in each queue, and for how long.",
        ("queue", "waiting", "longest_wait", "signed_in"),
    ),
    "agents": (
        "Show what each agent does.",
        ("agent", "name", "phone", "registered", "state", "reason", "seconds"),
    ),
    "registrations": (
        "Show which phones have registered, and from where.",
        ("account", "contact", "from", "seconds"),
    ),
}


def _view(name: str, purpose: str, columns: Sequence[str]) -> None:
    """A command that asks the exchange for rows of this name, and prints them."""

    @main.command(name, help=purpose)
    @DATA
    @JSON
    def command(data: Path, as_json: bool) -> None:
        from pbx.admin.terminal import show

        with _answers():
            rows = _client(data).get(name)
        show(rows, columns, as_json=as_json)


for _name, _about in VIEWS.items():
    _view(_name, *_about)


@main.command()
@DATA
@click.argument("name")
@click.argument("action", type=click.Choice(["sign-in", "sign-out", "pause", "resume"]))
@click.option("--reason", default="", help="Why the agent pauses.")
def agent(data: Path, name: str, action: str, reason: str) -> None:
    """Sign an agent in or out, pause or resume."""
    from pbx.admin.terminal import show

    with _answers():
        rows = _client(data).post("agents", name, action, reason=reason)
    show([row for row in rows if row["agent"] == name], ("agent", "state", "reason"))


@main.command()
@DATA
@click.argument("call")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def capture(data: Path, call: str, file: Path) -> None:
    """Write a running or recent call's SIP messages to a pcap file, for sngrep or Wireshark."""
    with _answers():
        file.write_bytes(_client(data).fetch("GET", "calls", call, "pcap"))
    click.echo(f"wrote {file}: read it with `sngrep -I {file}`")


# Records


@main.group(invoke_without_command=True)
@DATA
@click.option("--call", help="Only this call, with its queue visits and its story.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Local time.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Local time.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="At most so many calls."
)
@click.option("--csv", "style", flag_value="csv", help="Print CSV.")
@click.option("--json", "style", flag_value="json", help="Print JSON, one object a line.")
@click.pass_context
def records(
    context: click.Context,
    data: Path,
    call: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    style: str | None,
) -> None:
    """List call detail records, the latest first."""
    from pbx.admin import terminal
    from pbx.records import reading

    context.obj = data
    if context.invoked_subcommand:
        return
    path = data / "records.db"
    with _records():
        rows = reading.records(path, call=call, since=_unix_ms(since), until=_unix_ms(until), limit=limit)
    if style == "csv":
        reading.write_csv(rows, sys.stdout)
    elif style == "json":
        reading.write_json_lines(rows, sys.stdout)
    else:
        terminal.show_calls(rows)
        if call is not None:
            terminal.show_story(path, call)


@records.command()
@click.pass_obj
def rebuild(data: Path) -> None:
    """Compute every record again from the facts; nothing may change."""
    from pbx.admin.terminal import count
    from pbx.records import reading

    with _records():
        done = reading.rebuild(data / "records.db")
    click.echo(
        f"{count(done.contacts, 'call')}, {count(done.segments, 'queue visit')}: "
        f"{done.differed or 'none'} differed from the facts"
    )


# A phone of one's own


@main.command()
@click.argument("uri")
@click.option("--account", help="NAME:PASSWORD to call with; without it, call as a stranger.")
@click.option("--keys", default="", help="Keys to press once the call is answered; p is a pause of a second.")
@click.option(
    "--record", type=click.Path(path_type=Path, dir_okay=False), help="Write what is heard to a WAV file."
)
@click.option(
    "--seconds",
    type=click.FloatRange(1, 3600),
    default=20.0,
    show_default=True,
    help="Hang up after so long.",
)
def call(uri: str, account: str | None, keys: str, record: Path | None, seconds: float) -> None:
    """Call a SIP address with a softphone (needs the extra `softphone`)."""
    softphone = _softphone()
    try:
        for line in softphone.place_call(uri, account=account, keys=keys, record=record, seconds=seconds):
            click.echo(line)
    except softphone.SoftphoneError as error:
        fail(error)


@main.command()
@CONFIG
@click.option("--account", required=True, help="The dialplan's account to register.")
@click.option(
    "--server",
    default="127.0.0.1:5060",
    show_default=True,
    metavar="HOST:PORT",
    help="Where the exchange is.",
)
@click.option("--answer", is_flag=True, help="Answer every call.")
@click.option("--seconds", type=click.FloatRange(1), help="Stop after so long; without it, at Ctrl-C.")
def phone(config: Path, account: str, server: str, answer: bool, seconds: float | None) -> None:
    """Register a softphone and wait for calls (needs the extra `softphone`)."""
    softphone = _softphone()
    known = _load(config).accounts
    if account not in known:
        fail(f"there is no account {account!r} in {config}; the accounts are {', '.join(sorted(known))}")
    try:
        for line in softphone.wait_for_calls(
            server, account, known[account].password, answer=answer, seconds=seconds
        ):
            click.echo(line)
    except softphone.SoftphoneError as error:
        fail(error)


@main.command()
@CONFIG
def demo(config: Path) -> None:
    """Play one whole story against a real exchange: menu, queue, music, agent, and its record."""
    _softphone()
    from pbx.softphone.demo import play_demo

    sys.exit(play_demo(config, click.echo))


# Prompts


@main.group(invoke_without_command=True)
@CONFIG
@click.pass_context
def prompts(context: click.Context, config: Path) -> None:
    """List the prompts that have no recording."""
    from pbx.config.prompts import missing, recording

    context.obj = config
    if not context.invoked_subcommand:
        configuration = _load(config)
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


# Printing


def _load(config: Path) -> "Configuration":
    from pbx.config.load import load_configuration
    from pbx.config.models import ConfigErrors

    try:
        return load_configuration(config)
    except ConfigErrors as errors:
        fail(errors)


def _client(data: Path) -> Any:
    from pbx.admin.client import Client

    return Client(data)


@contextmanager
def _answers() -> Generator[None]:
    from pbx.admin.client import NotRunning, Refused

    try:
        yield
    except (NotRunning, Refused) as error:
        fail(error)


@contextmanager
def _records() -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        fail(error)


def _softphone() -> Any:
    try:
        from pbx.softphone import phone as softphone
    except ImportError:
        fail("the softphone needs the extra packages: pip install 'centrala[softphone]'")
    return softphone


def _unix_ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.astimezone().timestamp() * 1000)


if __name__ == "__main__":
    main()
