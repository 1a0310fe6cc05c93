"""A folder with recordings in it, to put a dialplan and flows into."""

from pathlib import Path

from pbx.config.load import inspect, load_configuration
from pbx.config.models import ConfigErrors, Configuration, Problem
from pbx.config.prompts import always_needed
from pbx.config.reading import Need

FLOW = """start = "bye"
[nodes.bye]
do = "hangup"
prompt = "welcome"
"""
GOOD = """languages = ["en"]
hold_music = "waiting"
listeners = ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]
[accounts]
1001 = { password = "example-1001" }
1002 = { password = "example-1002", display = "Anna" }
[trunks.operator]
networks = ["192.0.2.0/28", "2001:db8::1"]
[queues.support]
music = "waiting"
[agents.anna]
phone = "1002"
queues = ["support"]
[calendars.office]
zone = "Europe/Riga"
hours = { mon-fri = "08:00-18:00" }
[[routes]]
number = "100"
public = true
then = { do = "flow", flow = "main" }
[[routes]]
number = "300"
when = "office"
then = { do = "queue", queue = "support" }
[[routes]]
number = "300"
then = { do = "echo" }
[[routes]]
pattern = "10XX"
then = { do = "dial", to = "{dialled}" }
"""
MARK = "▸"  # in a test's text: where the error is to be reported


def fill(folder: Path) -> None:
    """The audio that any configuration in English needs, as empty files."""
    (folder / "ivr_flows/prompts/en").mkdir(parents=True)
    (folder / "ivr_flows/music").mkdir()
    for name in (*always_needed(), "welcome"):
        (folder / f"ivr_flows/prompts/en/{name}.wav").touch()
    (folder / "ivr_flows/music/waiting.flac").touch()
    (folder / "ivr_flows/music/quiet.wav").touch()


class Stage:
    """Writes files where a configuration is expected, without the marks, and loads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "dialplan.toml"
        self.flow("main", FLOW)

    def write(self, text: str) -> None:
        self.file.write_text(text.replace(MARK, ""))

    def flow(self, name: str, text: str) -> None:
        (self.folder / f"ivr_flows/{name}.toml").write_text(text.replace(MARK, ""))

    def load(self, text: str = GOOD) -> Configuration:
        self.write(text)
        return load_configuration(self.file)

    def problems(self, text: str = GOOD) -> list[Problem]:
        """Those of a configuration that must not load, with the bare names of the files."""
        try:
            self.load(text)
        except ConfigErrors as errors:
            return [problem._replace(file=Path(problem.file).name) for problem in errors.problems]
        raise AssertionError("it loads")

    def findings(self, text: str = GOOD, need: Need = "texts") -> list[Problem]:
        """Everything that is told, with the bare names of the files."""
        self.write(text)
        findings = inspect(self.file, need=need).findings
        return [finding._replace(file=Path(finding.file).name) for finding in findings]


def marked(text: str, file: str = "dialplan.toml") -> list[tuple[str, int, int]]:
    """The places of the marks, as a problem would name them."""
    places: list[tuple[str, int, int]] = []
    for number, line in enumerate(text.split("\n"), 1):
        parts = line.split(MARK)
        places += [(file, number, sum(map(len, parts[: at + 1])) + 1) for at in range(len(parts) - 1)]
    return places


def swapped(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)
