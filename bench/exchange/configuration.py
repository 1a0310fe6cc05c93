"""The dialplan that the load of bench/load expects, with music to play."""

from pathlib import Path
from shutil import copytree

ROOT = Path(__file__).parents[2]
ACCOUNTS = 1000
DIALPLAN = """\
name = "bench"
realm = "bench.example"
languages = ["en"]
hold_music = "waiting"
listeners = ["udp:127.0.0.1:15060"]

[media]
rtp_ports = "40000-59998"

[trunks.load]
networks = ["127.0.0.10/32"]

[queues.hold]
music = "waiting"
announce_position = false
announce_every = 600
join_when_empty = true

[agents]
"""
ROUTES = {
    "1000": 'do = "wait"',
    "1001": 'do = "music", music = "waiting"',
    "1003": 'do = "queue", queue = "hold"',
    "1004": 'do = "dial", to = "sip:1004@127.0.0.11:16060"',
    "1005": 'do = "echo"',
}


def write_configuration(folder: Path, accounts: int = ACCOUNTS) -> Path:
    """The dialplan's path. Prompts and music are copies of the shipped ones; accounts are u0000 and on."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("music", "prompts"):
        copytree(ROOT / "ivr_flows" / part, folder / "ivr_flows" / part)
    routes = [
        f'[[routes]]\nnumber = "{number}"\ntrunk = "any"\nthen = {{ {step} }}\n'
        for number, step in ROUTES.items()
    ]
    phones = [f'u{n:04d} = {{ password = "pw{n:04d}" }}' for n in range(accounts)]
    path = folder / "dialplan.toml"
    path.write_text("\n".join([DIALPLAN, *routes, "[accounts]", *phones, ""]))
    return path
