"""A small exchange in a folder of its own, to rehearse on: one queue, two agents, and the flows of a test."""

from collections.abc import Mapping
from pathlib import Path

from pbx.config.load import load_configuration
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.script import Rehearse
from pbx.rehearsal.sound import lengths

DIALPLAN = """languages = ["en", "lv"]
hold_music = "waiting"
listeners = ["udp:127.0.0.1:5060"]
[accounts]
1001 = { password = "example-1001" }
1005 = { password = "example-1005" }
1006 = { password = "example-1006" }
[trunks.carrier]
networks = ["192.0.2.0/28"]
[queues.support]
music = "waiting"
wrap_up = 10
[agents]
anna = { phone = "1005", queues = ["support"] }
boris = { phone = "1006", queues = ["support"] }
[[routes]]
number = "100"
public = true
then = { do = "flow", flow = "main" }
[[routes]]
number = "200"
trunk = "carrier"
then = { do = "echo" }
[[routes]]
number = "700"
public = true
then = { do = "queue", queue = "support" }
[[routes]]
number = "800"
public = true
then = { do = "dial", to = "sip:away@192.0.2.99" }
[[routes]]
number = "1001"
then = { do = "dial", to = "1001" }
"""
MAIN = """start = "menu"
[nodes.menu]
do = "menu"
prompt = [{ en = "Press one for support.", lv = "Spiediet viens." }, "goodbye"]
keys = { 1 = "support", 2 = "ask", 3 = "latvian" }
otherwise = "bye"
patience = 2
[nodes.support]
do = "queue"
queue = "support"
otherwise = "bye"
[nodes.ask]
do = "collect"
prompt = { en = "Your number?", lv = "Jūsu numurs?" }
variable = "id"
max_digits = 3
next = "bye"
otherwise = "bye"
[nodes.latvian]
do = "set"
language = "lv"
next = "menu"
[nodes.bye]
do = "hangup"
prompt = "goodbye"
"""
SHIPPED = Path("ivr_flows").resolve()


def furnished(folder: Path, flows: Mapping[str, str] | None = None, dialplan: str = DIALPLAN) -> Path:
    """Write the files; the dialplan's path."""
    content = folder / "ivr_flows"
    content.mkdir(exist_ok=True)
    for name in ("prompts", "music"):
        if not (content / name).exists():
            (content / name).symlink_to(SHIPPED / name)
    for name, text in ({"main": MAIN} | dict(flows or {})).items():
        (content / f"{name}.toml").write_text(text)
    (folder / "dialplan.toml").write_text(dialplan)
    return folder / "dialplan.toml"


def rehearsal(folder: Path, flows: Mapping[str, str] | None = None, dialplan: str = DIALPLAN) -> Rehearsal:
    configuration = load_configuration(furnished(folder, flows, dialplan))
    return Rehearsal(configuration, lengths(configuration))


def rehearse(folder: Path, flows: Mapping[str, str] | None = None, dialplan: str = DIALPLAN) -> Rehearse:
    return Rehearse(rehearsal(folder, flows, dialplan))
