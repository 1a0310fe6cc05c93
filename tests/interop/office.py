"""The shipped dialplan with shorter waits, and the commands that look into a running exchange."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from pbx.admin.client import Client
from pbx.records import reading
from pbx.softphone.child import Child, centrala

ROOT = Path(__file__).parents[2]
SHORTER = {
    "ring_time = 15": "ring_time = 3",
    "wrap_up = 10": "wrap_up = 1",
    "ring_for = 30": "ring_for = 3",
}


def short_tempered(folder: Path) -> Path:
    """A copy of the shipped configuration, where nobody waits for long; its dialplan."""
    text = (ROOT / "dialplan.toml").read_text()
    for long, short in SHORTER.items():
        assert long in text
        text = text.replace(long, short)
    shutil.copytree(ROOT / "ivr_flows", folder / "ivr_flows")
    (folder / "dialplan.toml").write_text(text)
    return folder / "dialplan.toml"


class Office:
    """A running exchange, and questions to it."""

    def __init__(self, child: Child, config: Path) -> None:
        self.child, self.config = child, config
        self.server = child.server
        self.client = Client(child.data)

    @property
    def where(self) -> str:
        return f"{self.server[0]}:{self.server[1]}"

    def calls(self, dialled: str | None = None) -> list[dict[str, Any]]:
        """Those that run now, to this number or to any."""
        return [row for row in self.client.get("calls") if dialled in (None, row["dialled"])]

    def contacts_of(self, account: str) -> list[str]:
        """Where the account has registered."""
        return [row["contact"] for row in self.client.get("registrations") if row["account"] == account]

    def agent(self, name: str) -> dict[str, Any]:
        return next(row for row in self.client.get("agents") if row["agent"] == name)

    def records(self, number: str) -> list[Any]:
        """Finished calls from this number, the latest first."""
        rows = reading.records(self.child.data / "records.db", limit=1000)
        return [row for row in rows if row["number"] == number and row["ended"] is not None]

    def facts(self, call: str) -> list[str]:
        """What happened in a call: the types of its facts, in order."""
        return [fact.type for fact in reading.timeline(self.child.data / "records.db", call)]

    def story(self, call: str) -> str:
        """Everything that happened in a call, as one text."""
        facts = reading.timeline(self.child.data / "records.db", call)
        return "\n".join(
            f"{fact.type} {' '.join(f'{k}={v}' for k, v in fact.data().items())}" for fact in facts
        )

    def command(self, *arguments: str, status: int = 0) -> str:
        """What `centrala` prints."""
        name, *rest = arguments
        done = subprocess.run(
            centrala(name, "--data", str(self.child.data), *rest), capture_output=True, text=True, timeout=30
        )
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    def json(self, *arguments: str) -> Any:
        return json.loads(self.command(*arguments, "--json"))

    def log(self) -> str:
        return (self.child.data / "log").read_text()
