"""What is all right, and looks a little like a fault."""

from pathlib import Path

import pytest

from tests.config.faults import BOT, DIALPLAN, IDENTIFY, MAIN, NEW, SORRY, TALK, Change
from tests.config.test_seeded_faults import OFFICE, copied, seed, told

ASKS = (
    'do = "menu"\nprompt = "sorry"\nkeys = { 1 = "again" }\notherwise = "end"\n[nodes.again]\ndo = "queue"\n'
    'queue = "support"\notherwise = "end"\n[nodes.end]\ndo = "hangup"\nprompt = "goodbye"'
)
INNOCENT = {
    "a queue that asks before it is waited in again": (
        Change(SORRY, 'do = "hangup"\nprompt = ["sorry", "goodbye"]', ASKS),
    ),
    "a number on another exchange of this machine": (
        Change(DIALPLAN, 'to = "2001"', 'to = "sip:200@127.0.0.1:5070"'),
    ),
    "another number of this exchange": (Change(DIALPLAN, 'to = "2001"', 'to = "sip:300@127.0.0.1"'),),
    "a special case before the usual one": (
        Change(
            DIALPLAN,
            'number = "200"\npublic = true\nwhen = "office"',
            'number = "200"\naccount = "2001"\nwhen = "office"\nthen = { do = "echo" }\n[[routes]]\n'
            'number = "200"\npublic = true\nwhen = "office"',
        ),
    ),
    "a pattern that only shares some numbers with another": (
        Change(DIALPLAN, NEW, '\n[[routes]]\npattern = "2XXX"\nthen = { do = "echo" }\n'),
    ),
    "an agent who knows enough in the end": (
        Change(
            DIALPLAN,
            "[queues.sales]",
            "[queues.sales]\nskills = { german = 4 }\nrelax = [{ after = 30, skills = { german = 2 } }]",
        ),
        Change(DIALPLAN, 'queues = ["sales"]', 'queues = ["sales"], skills = { german = 2 }'),
    ),
    "a secret that is tested": (
        Change(
            IDENTIFY,
            'secure = true\nnext = "keep"\notherwise = "back"',
            'secure = true\nnext = "right"\notherwise = "back"\n[nodes.right]\ndo = "branch"\n'
            'on = "entered"\ncases = { 1234 = "back" }\notherwise = "keep"',
        ),
    ),
    "a bot's intent that needs no words in a language it does not speak": (
        Change(BOT, 'lv = ["cik tas maksā"]', 'lv = ["cik tas maksā"], pl = ["ile to kosztuje"]'),
    ),
    "a key that says the same as everywhere": (
        Change(MAIN, '4 = "colleague" }', '4 = "colleague", 0 = "person" }'),
    ),
    "a name of a firm in Latin letters": (
        Change(MAIN, 'ru = "Мы закрыты."', 'ru = "Компания Centrala закрыта."'),
    ),
    "a word that is the same in two languages": (
        Change(
            MAIN,
            'prompt = { en = "We are closed.", lv = "Mēs esam slēgti."',
            'prompt = { en = "Centrala.", lv = "Centrala."',
        ),
    ),
    "a bot that talks again with what is known": (
        Change(
            TALK,
            'ru = "Ваш приём: {day:date}." }\nnext = "person"',
            'ru = "Ваш приём: {day:date}." }\nnext = "more"\n[nodes.more]\ndo = "bot"\n'
            'bot = "reception"\nexits = { appointment = "person", prices = "prices" }\n'
            'operator = "person"\notherwise = "person"',
        ),
    ),
}


@pytest.mark.parametrize("changes", INNOCENT.values(), ids=list(INNOCENT))
def test_nothing_is_said_against_it(changes: tuple[Change, ...], tmp_path: Path) -> None:
    office = copied(OFFICE, tmp_path / "office")
    for change in changes:
        seed(office, change)
    assert told(office) == []


def test_what_only_something_unused_leads_to_is_unused(tmp_path: Path) -> None:
    office = copied(OFFICE, tmp_path / "office")
    seed(office, Change("ivr_flows/lost.toml", NEW, 'start = "bye"\nnodes.bye = { do = "hangup" }\n'))
    spare = '[queues.spare]\nmusic = "waiting"\noverflow = { do = "flow", flow = "lost" }\n[agents]'
    seed(office, Change(DIALPLAN, "[agents]", spare))
    seed(office, Change(DIALPLAN, 'queues = ["support"] }', 'queues = ["support", "spare"] }'))
    assert [one.code for one in told(office)] == ["unused-queue", "unused-flow"]


def test_a_node_that_nobody_reaches_uses_nothing(tmp_path: Path) -> None:
    office = copied(OFFICE, tmp_path / "office")
    seed(office, Change(SORRY, NEW, '\n[nodes.lost]\ndo = "queue"\nqueue = "spare"\notherwise = "sorry"\n'))
    seed(office, Change(DIALPLAN, "[agents]", '[queues.spare]\nmusic = "waiting"\n[agents]'))
    seed(office, Change(DIALPLAN, 'queues = ["support"] }', 'queues = ["support", "spare"] }'))
    assert [one.code for one in told(office)] == ["unused-queue", "unreachable-node"]
