"""A test file that is wrong says everything that is wrong with it, where, and how to put it right."""

import random
from pathlib import Path

import pytest

from pbx.config.load import load_configuration
from pbx.config.models import ConfigErrors
from pbx.rehearsal.load import find, load
from pbx.rehearsal.scenario import Habits, HangsUp, Hears, Presses, Range, Says, Scenario, Waits
from tests.rehearsal.place import furnished

LOOKUP = """start = "ask"
parameters = ["name"]
[nodes.ask]
do = "lookup"
http = { url = "https://crm.example/x" }
fills = { balance = "balance" }
next = "pin"
otherwise = "pin"
[nodes.pin]
do = "collect"
prompt = "enter-digits"
variable = "pin"
secure = true
next = "bye"
otherwise = "bye"
[nodes.bye]
do = "hangup"
"""
GOOD = """[[tests]]
name = "everything"
number = "100"
caller = "+37120000000"
at = 2026-03-02T10:00:00
language = "lv"
lookups = { ask = { balance = "12.50" }, "lookup/ask" = "late" }
agents = { anna = { answers_after = 3, talks_for = 60 }, boris = { answers = false } }
phones = { 1001 = { rejects = true }, "sip:a@b" = { hangs_up = false } }
waiting = { support = 2 }
does = [{ hears = "welcome" }, { presses = "1" }, { says = "operator" }, { waits = 10 }, { hangs_up = true }]
[tests.expect]
queue = "support"
wait = [0, 5]
lasts = 6
facts = "queue.left reason=overflow"
hears_not = ["For support", "lv/goodbye", "Press one"]
[[tests]]
name = "begins in the flow that the file lies beside"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnished(tmp_path_factory.mktemp("clinic"), {"lookup": LOOKUP}).parent


def loaded(folder: Path, *texts: str) -> tuple[Scenario, ...]:
    files = [folder / f"main{number or ''}.test.toml" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    return load(files, load_configuration(folder / "dialplan.toml"))


def wrong(folder: Path, *texts: str) -> list[str]:
    """Without the folder, and without the code."""
    with pytest.raises(ConfigErrors) as errors:
        loaded(folder, *texts)
    return [str(one).removeprefix(f"{folder}/").rpartition(" [")[0] for one in errors.value.problems]


def test_a_test_says_everything_that_matters(folder: Path):
    one, other = loaded(folder, GOOD)
    assert one.does == (Hears("welcome"), Presses("1"), Says("operator"), Waits(10), HangsUp())
    assert one.agents == {"anna": Habits(3, 60), "boris": Habits(None)}
    assert one.phones == {"1001": Habits(rejects=True), "sip:a@b": Habits(talks_for=None)}
    assert (one.number, one.flow, one.shown, one.language) == ("100", "", "+37120000000", "lv")
    assert one.expect.wait == Range(0, 5)
    assert one.expect.lasts == Range(5.5, 6.5)
    assert one.expect.facts == ("queue.left reason=overflow",)
    assert (one.line, other.line) == (1, 18)
    assert (other.number, other.flow) == ("", "main")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("nmuber = \"100\"", "3:1: error: unknown key `nmuber`; did you mean `number`?"),
        ("at = 10", "3:6: error: expected a date and a time like 2026-03-02T10:00:00, found 10"),
        ('at = "noon"', "3:6: error: expected a date and a time like 2026-03-02T10:00:00, found 'noon'"),
        ('flow = "mian"', "3:8: error: there is no flow `mian`; did you mean `main`?"),
        ("at = 0001-01-01T00:00:00", "3:6: error: expected a year from 1970 to 8999, found 1"),
        (
            'expect = { hears_not = ["opening-huors"] }',
            "3:25: error: nobody ever says `opening-huors`; did you mean `opening-hours`?",
        ),
        (
            'expect = { hears_not = "You are fist" }',
            "3:24: error: nobody ever says `You are fist`; write a prompt's name, or a part of one text",
        ),
        ('account = "1009"', "3:11: error: there is no account `1009`; did you mean `1006`?"),
        ('trunk = "carier"', "3:9: error: there is no trunk `carier`; did you mean `carrier`?"),
        ('language = "fr"', "3:12: error: there is no language `fr`; add it to dialplan.toml"),
        ("agents = { ana = {} }", "3:18: error: there is no agent `ana`; did you mean `anna`?"),
        ("phones = { 1002 = {} }", "3:19: error: there is no account `1002`; did you mean `1006`?"),
        ("waiting = { suport = 1 }", "3:22: error: there is no queue `suport`; did you mean `support`?"),
        ("waiting = { support = 0 }", "3:23: error: expected a number greater than or equal to 1, found 0"),
        (
            'lookups = { balance = "fails" }',
            '3:23: error: there is no lookup `balance`; name a node with do = "lookup", '
            "or FLOW/NODE where two flows have one of that name",
        ),
        (
            'lookups = { ask = { balanse = "1" } }',
            "3:31: error: the lookup ask fills no `balanse`; did you mean `balance`?",
        ),
        (
            'lookups = { ask = "broken" }',
            "3:19: error: expected the texts that are found, like { balance = \"12.50\" }, or \"fails\", "
            "\"nothing\" or \"late\"; found 'broken'",
        ),
        ("agents = { anna = { talks_fro = 3 } }", "3:21: error: unknown key `talks_fro`; did you mean"),
        (
            "agents = { anna = { answers = false, answers_after = 3 } }",
            "3:19: error: nobody answers here; remove answers_after, or what keeps them from answering",
        ),
        (
            "agents = { anna = { hangs_up = false, talks_for = 3 } }",
            "3:19: error: who never hangs up talks until the caller does; remove talks_for or hangs_up",
        ),
        (
            'does = [{ hears = "a", presses = "1" }]',
            "3:9: error: expected one act in each pair of braces, found 2; write one of hears, presses, "
            "says, waits and hangs_up",
        ),
        ("does = [{}]", "3:9: error: expected one act in each pair of braces, found 0; write one of hears, "
            "presses, says, waits and hangs_up"),
        ('does = [{ heers = "a" }]', "3:11: error: unknown key `heers`; did you mean `hears`?"),
        (
            'does = [{ presses = "one" }]',
            "3:21: error: expected keys of the phone, e.g. \"1\" or \"1234#\", found 'one'",
        ),
        ("does = [{ waits = \"1\" }]", "3:19: error: expected a number, found '1'"),
        ("does = [{ hangs_up = false }]", "3:22: error: who does not hang up does nothing; write hangs_up"),
        ("expect = { quue = \"support\" }", "3:12: error: unknown key `quue`; did you mean `queue`?"),
        ('expect = { queue = "sales" }', "3:20: error: there is no queue `sales`; add it to dialplan.toml"),
        ('expect = { agent = "carl" }', "3:20: error: there is no agent `carl`; add it to dialplan.toml"),
        ("expect = { wait = [5, 0] }", "3:19: error: expected seconds like 5, or from and to like [0, 5], "
            "found [5, 0]"),
        ('expect = { ends = "caller" }', "3:19: error: expected 'customer', 'agent', 'callee' or 'system', "
            "found 'caller'"),
        (
            'expect = { facts = ["queue.entred"] }',
            "3:21: error: there is no fact `queue.entred`; did you mean `queue.entered`?",
        ),
        (
            'expect = { never = ["queue.left raeson=timeout"] }',
            "3:21: error: the fact queue.left has no `raeson`; did you mean `reason`?",
        ),
        (
            "expect = { facts = [\"queue.left 'open\"] }",
            '3:21: error: expected a fact like "queue.left" or "queue.left reason=overflow", '
            "found \"queue.left 'open\"",
        ),
        (
            'expect = { values = { pin = "1" } }',
            "3:29: error: `pin` is a secret, and cannot be looked at; remove it",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_a_fix(folder: Path, line: str, complaint: str):
    (found,) = wrong(folder, f'[[tests]]\nname = "x"\n{line}\n')
    assert found.startswith(f"main.test.toml:{complaint}")


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ('number = "100"\nflow = "main"', "a call comes in by a number, or begins in a flow"),
        ('number = "100"\nvalues = { a = "1" }', "values are for a flow's parameters"),
        ('flow = "lookup"\nvalues = { nmae = "x" }', "the flow lookup has no parameter `nmae`; did you mean"),
        ('account = "1001"\ntrunk = "carrier"', "the caller has an account, or comes by a trunk"),
    ],
)
def test_what_contradicts_itself_is_refused(folder: Path, lines: str, complaint: str):
    (found,) = wrong(folder, f'[[tests]]\nname = "x"\n{lines}\n')
    assert complaint in found


def test_every_mistake_of_every_file_is_told_at_once(folder: Path):
    found = wrong(
        folder, "[[tests]]\nnumber = 100\nwat = 1\n", "[[tests]\n", '[[tests]]\nname = "x"\nat = 1\n'
    )
    assert [line.rpartition("/")[2].partition(": ")[0] for line in found] == [
        "main.test.toml:1:1",
        "main.test.toml:2:10",
        "main.test.toml:3:1",
        "main1.test.toml:1:8",
        "main2.test.toml:3:6",
    ]


def test_files_are_found_in_folders(folder: Path):
    loaded(folder, GOOD)
    (folder / "ivr_flows" / "deep").mkdir(exist_ok=True)
    deep = folder / "ivr_flows" / "deep" / "x.test.toml"
    deep.write_text(GOOD)
    assert deep in find([folder])
    assert find([deep, folder / "ivr_flows" / "deep"]) == [deep]
    deep.unlink()
    with pytest.raises(FileNotFoundError, match=r"nowhere"):
        find([folder / "nowhere"])


def test_a_damaged_file_is_refused_in_words_with_places_inside_it(folder: Path):
    configuration, refused = load_configuration(folder / "dialplan.toml"), 0
    file, dice = folder / "main.test.toml", random.Random(1)
    for _ in range(300):
        at, length = dice.randrange(len(GOOD)), dice.randrange(12)
        other = dice.choice(
            ("", "=", '"', "[", "}", "9", "true", "hears", "\n", "x" * 300, "1e999", "\u0000")
        )
        text = GOOD[:at] + other + GOOD[at + length :]
        file.write_text(text)
        try:
            load([file], configuration)
        except ConfigErrors as errors:
            refused += 1
            lines = text.split("\n")
            for problem in errors.problems:
                assert 1 <= problem.line <= len(lines)
                assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
    assert 150 < refused < 300
