"""A small exchange's files for the tests of calls: accounts, one queue, and the routes a test asks for."""

from collections.abc import Mapping
from pathlib import Path

from pbx.records.facts import Fact
from tests.support.office import Office
from tests.support.phones import Habits, Phone

SHIPPED = Path("ivr_flows").resolve()
ACCOUNTS = """languages = ["en"]
hold_music = "waiting"
listeners = ["udp:127.0.0.1:5060"]
[accounts]
1001 = { password = "example-1001" }
1002 = { password = "example-1002" }
1003 = { password = "example-1003" }
1005 = { password = "example-1005" }
1006 = { password = "example-1006" }
"""
QUEUE = 'music = "waiting"\nannounce_position = false\nring_time = 15\nwrap_up = 10\n'
AGENTS = """[agents]
anna = { phone = "1005", queues = ["support"] }
boris = { phone = "1006", queues = ["support"] }
"""
BYE = 'start = "bye"\n[nodes.bye]\ndo = "hangup"\n'


def route(number: str, then: str, *, public: bool = True, name: str = "") -> str:
    """One route; `then` as it is written in the file, e.g. `do = "echo"`."""
    named = f'name = "{name}"\n' if name else ""
    audience = "public = true\n" if public else ""
    return f'[[routes]]\nnumber = "{number}"\n{named}{audience}then = {{ {then} }}\n'


def premises(
    folder: Path,
    *routes: str,
    queue: str = QUEUE,
    agents: str = AGENTS,
    flows: Mapping[str, str] | None = None,
) -> Path:
    """Write the files and return the dialplan's path. Writing again is how a test edits them."""
    content = folder / "ivr_flows"
    if not content.exists():
        content.mkdir()
        for name in ("prompts", "music"):
            (content / name).symlink_to(SHIPPED / name)
    for name, text in (flows or {"bye": BYE}).items():
        (content / f"{name}.toml").write_text(text)
    support = route("700", 'do = "queue", queue = "support"')
    file = folder / "dialplan.toml"
    file.write_text(f"{ACCOUNTS}[queues.support]\n{queue}{agents}{support}{''.join(routes)}")
    return file


async def registered(clinic: Office, account: str, habits: Habits | None = None) -> Phone:
    """A new phone that has registered for this account."""
    phone = clinic.phone(habits)
    assert await phone.register(account, clinic.configuration.accounts[account].password) == 200
    return phone


def told(clinic: Office, *kinds: type[Fact]) -> list[str]:
    """The types of the facts on file, of these kinds, in order."""
    return [fact.type for fact in clinic.journal.facts if isinstance(fact, kinds)]
