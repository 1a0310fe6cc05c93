"""Every kind of error: reported at the mark, with a message that says what was expected and a fix."""

import pytest

from tests.config.stage import GOOD, Stage, marked, swapped

ROUTE = '[[routes]]\nnumber = "200"\n'
CASES: dict[str, tuple[str, str]] = {
    "a missing key": (
        swapped('zone = "Europe/Riga"\n', "").replace("[calendars.office]", "▸[calendars.office]"),
        "`zone` is missing; add zone = ...",
    ),
    "a missing table key": (swapped('languages = ["en"]', "▸"), "`languages` is missing"),
    "a missing key that is a table's name elsewhere": (
        swapped('phone = "1002"\nqueues = ["support"]', 'phone = "1002"').replace("[agents", "▸[agents"),
        "`queues` is missing",
    ),
    "an unknown key": (
        swapped('display = "Anna"', '▸dispaly = "Anna"'),
        "unknown key `dispaly`; did you mean `display`?",
    ),
    "a key like no other": (
        swapped("[accounts]", "▸xyzzy = 1\n[accounts]"),
        "unknown key `xyzzy`; known here: accounts, agents, calendars",
    ),
    "an unknown key of a step": (
        GOOD + ROUTE + 'then = { do = "queue", ▸prority = 1, queue = "support" }',
        "did you mean `priority`?",
    ),
    "a key of another step": (
        swapped('{ do = "flow", flow', '{ do = "flow", ▸priority = 1, flow'),
        "known here: do, flow",
    ),
    "an unknown key of a step within a step": (
        GOOD + ROUTE + 'then = { do = "dial", to = "1001", otherwise = { do = "hangup", ▸sttus = 486 } }',
        "did you mean `status`?",
    ),
    "a key that another table knows": (
        swapped('phone = "1002"', 'phone = "1002"\n▸fone = "1002"'),
        "did you mean `phone`?",
    ),
    "an unknown key of a listener": (
        swapped('"udp:127.0.0.1:5060"', '{ listen = "udp:127.0.0.1:5060", ▸advertize = "a" }'),
        "did you mean `advertise`?",
    ),
    "a number for a text": (
        swapped('number = "100"', "number = ▸100"),
        'expected a text in quotes, found 100; write "100"',
    ),
    "a text for a number": (
        swapped("[queues.support]", '[queues.support]\nwrap_up = ▸"10"'),
        "expected a number, found '10'",
    ),
    "a text for a truth": (
        swapped("public = true", 'public = ▸"yes"'),
        "expected true or false, found 'yes'",
    ),
    "a truth for a number": (
        swapped("[queues.support]", "[queues.support]\nmaximum_length = ▸true"),
        "expected a whole number, found true",
    ),
    "a text for a list": (
        swapped('queues = ["support"]', 'queues = ▸"support"'),
        "expected a list in [brackets], found 'support'",
    ),
    "a number for a table": (
        swapped('1001 = { password = "example-1001" }', "1001 = ▸5"),
        "expected a table, found 5",
    ),
    "too small a number": (
        swapped("[queues.support]", "[queues.support]\nannounce_every = ▸5"),
        "greater than or equal to 15, found 5",
    ),
    "an unknown word": (
        swapped("[queues.support]", '[queues.support]\nstrategy = ▸"quickest"'),
        "'round_robin', 'linear' or 'random', found 'quickest'",
    ),
    "an unknown step": (
        swapped('{ do = "flow"', '▸{ do = "flwo"'),
        "no step is called 'flwo'; did you mean `flow`?",
    ),
    "a step like no other": (swapped('{ do = "flow"', '▸{ do = "xyzzy"'), "write one of flow, queue, dial"),
    "a step that does nothing": (
        swapped('{ do = "flow", flow = "main" }', '▸{ flow = "main" }'),
        'add do = "..."',
    ),
    "a step that is no table": (swapped('{ do = "flow", flow = "main" }', '▸"echo"'), "expected a table"),
    "a step within a step": (
        swapped('to = "{dialled}"', 'to = "{dialled}", otherwise = { do = "hangup", status = ▸200 }'),
        "greater than or equal to 400",
    ),
    "a nested step's missing key": (
        swapped('to = "{dialled}"', 'to = "{dialled}", otherwise = ▸{ do = "queue" }'),
        "`queue` is missing",
    ),
    "nothing to dial": (swapped('to = "{dialled}"', "to = ▸[]"), "expected at least 1, found fewer"),
    "a name with a space": (swapped("1001 = {", '▸"10 01" = {'), "expected a name of at most 64"),
    "a bad listener": (swapped('"udp:127.0.0.1:5060"', '▸"127.0.0.1:5060"'), "expected udp:HOST:PORT"),
    "a bad listener's port": (
        swapped('"udp:127.0.0.1:5060"', '{ listen = ▸"udp:127.0.0.1:99999" }'),
        "port 99999 does not exist",
    ),
    "a listener twice": (swapped('"tcp:127.0.0.1:5060"', '▸"udp:127.0.0.1:5060"'), "cannot both be bound"),
    "a listener that covers another": (
        GOOD.replace("example-", "secret-").replace('"tcp:127.0.0.1:5060"', '▸"udp:0.0.0.0:5060"'),
        "cannot both be bound",
    ),
    "a listener among the audio ports": (
        swapped('"udp:127.0.0.1:5060"', '▸"udp:127.0.0.1:10500"'),
        "port 10500 is also an RTP port (10000-19999)",
    ),
    "ports that are no range": (
        swapped("[accounts]", '[media]\nrtp_ports = ▸"10000"\n[accounts]'),
        "expected FIRST-LAST",
    ),
    "ports that are a number": (
        swapped("[accounts]", "[media]\nrtp_ports = ▸10000\n[accounts]"),
        "expected FIRST-LAST",
    ),
    "ports backwards": (
        swapped("[accounts]", '[media]\nrtp_ports = ▸"20000-10000"\n[accounts]'),
        "too few ports",
    ),
    "a bad network": (swapped('"192.0.2.0/28"', '▸"192.0.2.1/28"'), "expected an address or a network"),
    "an empty password": (swapped('"example-1001"', '▸""'), "the password is empty; write at least 12"),
    "a secret from nowhere": (
        swapped('"example-1001"', '▸{ env = "CENTRALA_UNSET" }'),
        "the environment's CENTRALA_UNSET is empty; set",
    ),
    "a secret in no file": (
        swapped('"example-1001"', '▸{ file = "nowhere" }'),
        "file nowhere cannot be read; put",
    ),
    "a secret from two places": (
        swapped('"example-1001"', '▸{ env = "A", file = "b" }'),
        "write one of them",
    ),
    "a bad zone": (swapped('"Europe/Riga"', '▸"Europe/Rigaa"'), 'did you mean "Europe/Riga"?'),
    "hours without a colon": (
        swapped('hours = { mon-fri = "08:00-18:00" }', 'hours = ▸{ mon-fri = "8-18" }'),
        'expected hours like "08:00-18:00"',
    ),
    "hours that do not exist": (
        swapped('hours = { mon-fri = "08:00-18:00" }', 'hours = ▸{ mon = "08:00-25:00" }'),
        "is not a time of day",
    ),
    "hours of nothing": (
        swapped('hours = { mon-fri = "08:00-18:00" }', 'hours = ▸{ mon = "08:00-08:00" }'),
        "is empty; write [] for closed",
    ),
    "a bad weekday": (swapped("hours = { mon-fri", "hours = ▸{ Monday"), "expected a weekday like"),
    "weekdays backwards": (swapped("hours = { mon-fri", "hours = ▸{ fri-mon"), "runs backwards"),
    "a weekday twice": (
        swapped('mon-fri = "08:00-18:00" }', 'mon-fri = "08:00-18:00", tue = [] }').replace(
            "hours = {", "hours = ▸{"
        ),
        "tue has hours twice",
    ),
    "a bad date": (
        swapped("[[routes]]", "days = ▸{ 2026-02-30 = [] }\n[[routes]]"),
        "expected a date like 2026-12-23",
    ),
    "a date in quotes": (
        swapped("[[routes]]", 'holidays = [▸"2026-01-01"]\n[[routes]]'),
        "expected a date like 2026-12-24, without quotes",
    ),
    "a holiday with hours": (
        swapped(
            "[calendars.office]",
            '▸[calendars.office]\ndays = { 2026-01-01 = "08:00-12:00" }\nholidays = [2026-01-01]',
        ),
        "keep one of the two",
    ),
    "a bad pattern": (swapped('"10XX"', '▸"10xx"'), "cannot read 'x' at character 3"),
    "a bad caller": (swapped("public = true", 'public = true\ncaller = ▸"+37?"'), "cannot read '?'"),
    "a bad prefix": (swapped('pattern = "10XX"', 'prefix = ▸"10X"'), "use `pattern` for wildcards"),
    "a number and a pattern": (
        swapped('[[routes]]\npattern = "10XX"', '▸[[routes]]\nnumber = "5"\npattern = "10XX"'),
        "expected one of number, pattern and prefix",
    ),
    "no number at all": (
        swapped('[[routes]]\npattern = "10XX"\n', "▸[[routes]]\n"),
        "expected one of number, pattern and prefix",
    ),
    "public for one account": (
        swapped("public = true", 'public = true\naccount = "1001"').replace("[[routes]]", "▸[[routes]]", 1),
        "a public route is for everybody",
    ),
    "an unknown flow": (
        swapped('flow = "main"', 'flow = ▸"mian"'),
        "there is no flow `mian`; did you mean `main`?",
    ),
    "an unknown queue of a step": (
        GOOD + ROUTE + 'then = { do = "queue", queue = ▸"sales" }',
        "there is no queue `sales`; add [queues.sales]",
    ),
    "an unknown queue of an agent": (
        swapped('queues = ["support"]', 'queues = ["support", ▸"sales"]'),
        "there is no queue `sales`",
    ),
    "an agent without a phone": (
        swapped('phone = "1002"', 'phone = ▸"1009"'),
        "there is no account `1009`; did you mean",
    ),
    "two agents at a phone": (
        swapped("[calendars", '[agents.boris]\nphone = ▸"1002"\nqueues = []\n[calendars'),
        "phone 1002 is agent anna's; give boris another",
    ),
    "an unknown account of a route": (
        GOOD + ROUTE + 'account = ▸"2001"\nthen = { do = "echo" }',
        "there is no account `2001`",
    ),
    "an unknown trunk": (
        GOOD + ROUTE + 'trunk = ▸"oparator"\nthen = { do = "echo" }',
        "did you mean `operator`?",
    ),
    "an unknown calendar": (
        GOOD + ROUTE + 'when = ▸"not ofice"\nthen = { do = "echo" }',
        "there is no calendar `ofice`; did you mean `office`?",
    ),
    "unknown music": (
        swapped('hold_music = "waiting"', 'hold_music = ▸"jazz"'),
        "there is no music `jazz`; add ivr_flows/music/jazz.wav",
    ),
    "a queue's unknown music": (
        swapped('music = "waiting"\n[agents', 'music = ▸"jazz"\n[agents'),
        "there is no music `jazz`",
    ),
    "unknown music of a step": (
        GOOD + ROUTE + 'then = { do = "music", music = ▸"jazz" }',
        "there is no music `jazz`",
    ),
    "an unknown endpoint": (
        GOOD + ROUTE + 'then = { do = "dial", to = ["1001", ▸"1003"] }',
        "there is no account `1003`",
    ),
    "an endpoint of no name": (
        GOOD + ROUTE + 'then = { do = "dial", to = ▸"gateway" }',
        "add [accounts.gateway], or write sip:gateway@host",
    ),
    "an unknown variable": (
        GOOD + ROUTE + 'then = { do = "dial", to = ▸"{number}" }',
        "only {dialled} and {rest} are known here",
    ),
    "a variable where nothing is dialled": (
        swapped("[agents.anna]", 'overflow = { do = "dial", to = ▸"{dialled}" }\n[agents.anna]'),
        "write it out",
    ),
    "a prompt without a recording": (
        swapped("[queues.support]", '[queues.support]\nwelcome = ▸"hello"'),
        "prompt hello has no recording and no text in en",
    ),
    "queues in a circle": (
        swapped(
            "[agents.anna]",
            'overflow = ▸{ do = "queue", queue = "sales" }\n[queues.sales]\nmusic = "waiting"\n'
            'overflow = { do = "queue", queue = "support" }\n[agents.anna]',
        ),
        "callers would go round",
    ),
    "an agent's code for strangers": (
        GOOD + ROUTE + 'public = true\nthen = ▸{ do = "agent", action = "sign_in" }',
        "an agent's code needs a phone of ours",
    ),
    "a way out for strangers": (
        GOOD + '[[routes]]\nprefix = "00"\ntrunk = "any"\nthen = ▸{ do = "dial", to = "1001", '
        'otherwise = { do = "dial", to = "sip:{rest}@gateway" } }',
        "could dial any number outside",
    ),
    "an example password on the network": (
        swapped('"tcp:127.0.0.1:5060"', '▸"tcp:0.0.0.0:5060"'),
        "example passwords: 1001, 1002; give",
    ),
    "bad syntax": (swapped("public = true", "public = ▸yes"), "not TOML: Invalid value"),
    "a key twice": (
        swapped("public = true", "public = true\npublic = true▸"),
        "not TOML: Cannot overwrite a value",
    ),
    "an open end": (GOOD + "name = [▸", "not TOML: Invalid value"),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=list(CASES))
def test_an_error_is_told_at_its_place(stage: Stage, text: str, message: str) -> None:
    problems = stage.problems(text)
    assert [problem[:3] for problem in problems] == marked(text), problems
    for problem in problems:
        assert message in problem.message
