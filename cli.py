"""The command line. Each command is in pbx.commands; this is where they meet."""

import click

from pbx.commands import callers, check, editor, exchange, flows, new, phone, plan, prompts, records, test


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="centrala", prog_name="centrala")
def main() -> None:
    """Centrala: a SIP exchange with menus, queues and records."""


for _command in (
    *exchange.COMMANDS,
    *new.COMMANDS,
    *check.COMMANDS,
    *plan.COMMANDS,
    *flows.COMMANDS,
    *editor.COMMANDS,
    *records.COMMANDS,
    *callers.COMMANDS,
    *phone.COMMANDS,
    *prompts.COMMANDS,
    *test.COMMANDS,
):
    main.add_command(_command)


if __name__ == "__main__":
    main()
