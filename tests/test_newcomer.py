"""A newcomer writes the README's clinic in three languages, and breaks it: `check` or `test` says so."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import soundfile
from click.testing import CliRunner, Result

from cli import main
from media.audio.music import write_music
from media.audio.tones import RATE, tone

ROOT = Path(__file__).parents[1]
DIALPLAN, FLOW, TESTS = "dialplan.toml", "ivr_flows/main.toml", "ivr_flows/main.test.toml"
BOT = "ivr_flows/bots/reception.toml"
MARK = "▸"  # where in a changed file the finding must be

EXCHANGE = """
languages = ["en", "lv", "ru"]
hold_music = "waiting"
listeners = ["udp:127.0.0.1:5060"]

[speech]
command = ["cp", "{voice}", "{file}"]
voices = { en = "VOICE", lv = "VOICE", ru = "VOICE" }

[accounts]
1001 = { password = "example-1001" }

[queues.support]
music = "waiting"
maximum_wait = 60

[agents]
anna = { phone = "1001", queues = ["support"] }

[[routes]]
number = "100"
public = true
then = { do = "flow", flow = "main" }
"""

ASSISTANT = """
disclosure = { en = "This is an assistant.", lv = "Šis ir palīgs.", ru = "Это помощник." }
greeting = { en = "How can I help you?", lv = "Kā varu palīdzēt?", ru = "Чем могу помочь?" }
menu.en = "For our opening hours, press one. For a person, press zero."
menu.lv = "Lai uzzinātu darba laiku, spiediet viens. Lai runātu ar cilvēku, spiediet nulle."
menu.ru = "Чтобы узнать часы работы, нажмите один. Для разговора с человеком нажмите ноль."
again = { en = "Sorry?", lv = "Atvainojiet, es nesapratu.", ru = "Извините, я не понял." }
silence = { en = "I did not hear you.", lv = "Es jūs nedzirdēju.", ru = "Я вас не слышу." }

[escape.words]
en = ["operator", "a person"]
lv = ["operatoru", "cilvēku"]
ru = ["оператора", "человека"]

[intents.hours]
key = "1"
phrases = { en = ["opening hours", "are you open"], lv = ["darba laiks"], ru = ["часы работы"] }
"""

MORE_TESTS = """
[[tests]]
name = "whoever says nothing is asked three times, and then helped"
agents = { anna = {} }
does = [{ hears = "For your balance" }, { hears = "For your balance" }, { hears = "For your balance" }]
expect = { queue = "support", agent = "anna" }

[[tests]]
name = "the assistant leads to a person"
agents = { anna = {} }
does = [{ presses = "2" }, { hears = "How can I help" }, { says = "operator" }]
expect = { queue = "support", agent = "anna", facts = ["bot.handover"] }

[[tests]]
name = "the assistant knows who wants the menu"
language = "lv"
does = [
    { presses = "2" },
    { hears = "Kā varu palīdzēt" },
    { says = "darba laiks" },
    { hears = "Lai uzzinātu bilanci" },
    { hangs_up = true },
]

[[tests]]
name = "when the balance cannot be had a person helps"
lookups = { balance = "fails" }
agents = { anna = {} }
does = [{ presses = "1" }, { presses = "123456" }]
expect = { queue = "support" }
"""


class Slip(NamedTuple):
    """What is typed wrong. `code` is that of the finding of `check` at MARK; without it, a test fails."""

    name: str
    file: str
    old: str
    new: str
    code: str = ""


KEYS = '{ 1 = "customer", 2 = "assistant" }'
GOODBYE = '{ en = "Goodbye.", lv = "Uz redzēšanos.", ru = "До свидания." }'
BALANCE = '{ en = "Your balance is {balance:amount EUR}'
VARIABLE = 'variable = "customer"'
URL = '"https://crm.example/customers/{customer}"'
FAILED = 'otherwise = "reception"                    # failed'

SLIPS = [
    Slip("a misspelt node", FLOW, 'next = "say-balance"', 'next = ▸"say-balanse"', "unknown-node"),
    Slip(
        "a missing language",
        FLOW,
        '{ en = "Goodbye.", lv = "Uz redzēšanos.", ru',
        '▸{ en = "Goodbye.", ru',
        "missing-text",
    ),
    Slip(
        "a text in another language",
        FLOW,
        GOODBYE,
        f"▸{GOODBYE.replace('До свидания', 'Uz redzēšanos')}",
        "mixed-languages",
    ),
    Slip(
        "a node without a way to it",
        FLOW,
        "[nodes.bye]",
        '▸[nodes.lost]\ndo = "hangup"\n\n[nodes.bye]',
        "unreachable-node",
    ),
    Slip("a slot that is none", FLOW, BALANCE, f"▸{BALANCE.replace('amount', 'amont')}", "bad-value"),
    Slip("a key that is said and not there", FLOW, KEYS, '▸{ 1 = "customer" }', "key-not-there"),
    Slip(
        "a key that is there and not said",
        FLOW,
        KEYS,
        KEYS.replace(" }", ', 3 = ▸"bye" }'),
        "key-not-offered",
    ),
    Slip(
        "a secret that is spoken",
        FLOW,
        VARIABLE,
        f'{VARIABLE}\nsecure = true\ninvalid = ▸"{{customer}}"',
        "secret-spoken",
    ),
    Slip("an exit for what nobody can want", FLOW, 'hours = "', 'ours = ▸"', "unknown-intent"),
    Slip(
        "a lookup with what nobody entered",
        FLOW,
        URL,
        f"▸{URL.replace('{customer}', '{custommer}')}",
        "unfilled-variable",
    ),
    Slip("a queue that is not there", FLOW, 'queue = "support"', 'queue = ▸"suport"', "unknown-name"),
    Slip(
        "an agent who serves no queue",
        DIALPLAN,
        'queues = ["support"]',
        "queues = ▸[]",
        "agent-without-queue",
    ),
    Slip("two targets swapped", FLOW, KEYS, '{ 1 = "assistant", 2 = "customer" }'),
    Slip("no second try", FLOW, 'do = "menu"', 'do = "menu"\nattempts = 1'),
    Slip("nobody when the lookup fails", FLOW, FAILED, FAILED.replace("reception", "bye")),
    Slip("a balance that is not said", FLOW, 'next = "say-balance"', 'next = "menu"'),
    Slip("an exit to the wrong node", FLOW, 'hours = "menu"', 'hours = "customer"'),
]


def page() -> tuple[str, str]:
    """The flow of the README's page, and its tests."""
    text = (ROOT / "README.md").read_text().split("## A flow in one page")[1].split("\n## ")[0]
    flow, tests = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    return flow, tests


def command(name: str, folder: Path, *options: str) -> Result:
    first, *rest = name.split()
    return CliRunner().invoke(main, [first, *rest, "--config", str(folder / DIALPLAN), *options])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clinic, and what it says, made as quickly as may be."""
    folder = tmp_path_factory.mktemp("newcomer")
    voice = folder / "voice.wav"
    soundfile.write(voice, tone(440, 0.3), RATE, subtype="PCM_16")
    clinic = folder / "clinic"
    flow, tests = page()
    content = {
        DIALPLAN: EXCHANGE.replace("VOICE", str(voice)),
        FLOW: flow,
        TESTS: tests + MORE_TESTS,
        BOT: ASSISTANT,
    }
    for name, text in content.items():
        (clinic / name).parent.mkdir(parents=True, exist_ok=True)
        (clinic / name).write_text(text)
    write_music(clinic / "ivr_flows/music/waiting.flac")
    built = command("prompts build", clinic)
    assert built.exit_code == 0, built.output
    return clinic


@pytest.fixture
def clinic(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "clinic"))


def test_what_the_page_shows_is_in_order(clinic: Path) -> None:
    checked = command("check", clinic, "--strict")
    assert checked.exit_code == 0, checked.output
    assert "in order: 1 route, 1 flow, 1 bot, 1 queue" in checked.output
    tested = command("test", clinic)
    assert tested.exit_code == 0, tested.output
    assert "5 passed" in tested.output


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_it_is_noticed(clinic: Path, slip: Slip) -> None:
    file = clinic / slip.file
    text = file.read_text()
    assert text.count(slip.old) == 1
    text = text.replace(slip.old, slip.new)
    at = text.find(MARK)
    file.write_text(text.replace(MARK, ""))
    checked = command("check", clinic, "--strict")
    if slip.code:
        before = text[:at]
        place = f"{file}:{before.count(chr(10)) + 1}:{at - before.rfind(chr(10))}: error: "
        assert checked.exit_code == 2
        found = [line for line in checked.output.splitlines() if line.endswith(f"[{slip.code}]")]
        assert [line for line in found if line.startswith(place)], (place, checked.output)
    else:
        tested = command("test", clinic)
        assert tested.exit_code == 1, tested.output
