"""The command line. Each command is in pbx.commands; this is where they meet."""

import click

from pbx.commands import exchange, phone, plan, prompts, records


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="centrala", prog_name="centrala")
def main() -> None:
    """Centrala: a SIP exchange with menus, queues and records."""


for _command in (
    *exchange.COMMANDS,
    *plan.COMMANDS,
    *records.COMMANDS,
    *phone.COMMANDS,
    *prompts.COMMANDS,
):
    main.add_command(_command)


if __name__ == "__main__":
    main()
