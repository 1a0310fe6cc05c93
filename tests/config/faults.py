"""Faults to seed into the example office: what is changed, and what must be said about it, and where.

MARK stands in the changed text where the finding must be. A fault that shows elsewhere has a second change
that only sets the mark.
"""

from typing import NamedTuple

DIALPLAN, MAIN, IDENTIFY = "dialplan.toml", "ivr_flows/main.toml", "ivr_flows/identify.toml"
SORRY, TALK, BOT = "ivr_flows/sorry.toml", "ivr_flows/talk.toml", "ivr_flows/bots/reception.toml"
ENGLISH = "ivr_flows/prompts/en.toml"
NEW = ""  # in place of an old text: the new one is put at the end of the file
ROUTE = "\n▸[[routes]]\n"
WORDS = '{ en = "Hello.", lv = "Sveiki.", ru = "Здравствуйте." }'


class Change(NamedTuple):
    file: str
    old: str
    new: str


class Fault(NamedTuple):
    name: str
    code: str
    changes: tuple[Change, ...]


def fault(name: str, code: str, *changes: tuple[str, str, str]) -> Fault:
    return Fault(name, code, tuple(Change(*change) for change in changes))


_UNKNOWN = (
    'do = "say"\nprompt = { en = "We do not know this number.", lv = "Mēs šo numuru nezinām.", '
    'ru = "Мы не знаем этого номера." }\nnext = "person"'
)

DIALPLAN_FAULTS = (
    fault("an open bracket", "not-toml", (DIALPLAN, "[trunks.operator]", "[trunks.operator▸")),
    fault("a misspelt key", "bad-value", (DIALPLAN, "ring_for = 20", "▸ring_fro = 20")),
    fault("a text for a number", "bad-value", (DIALPLAN, "ring_time = 15", 'ring_time = ▸"15"')),
    fault(
        "a queue that is not there",
        "unknown-name",
        (
            DIALPLAN,
            'when = "evening"\nthen = { do = "queue", queue = "support"',
            'when = "evening"\nthen = { do = "queue", queue = ▸"suport"',
        ),
    ),
    fault(
        "a flow that is not there",
        "unknown-name",
        (
            DIALPLAN,
            'number = "100"\npublic = true\nthen = { do = "flow", flow = "main" }',
            'number = "100"\npublic = true\nthen = { do = "flow", flow = "main" }'
            + '\n[[routes]]\nnumber = "101"\nthen = { do = "flow", flow = ▸"mian" }',
        ),
    ),
    fault(
        "an agent without a phone",
        "unknown-name",
        (DIALPLAN, 'boris = { phone = "2003"', 'boris = { phone = ▸"2009"'),
    ),
    fault(
        "a calendar that is not there",
        "unknown-name",
        (DIALPLAN, NEW, '\n[[routes]]\nnumber = "400"\nwhen = ▸"not ofice"\nthen = { do = "echo" }\n'),
    ),
    fault(
        "music that is not there",
        "unknown-name",
        (DIALPLAN, 'hold_music = "waiting"', 'hold_music = ▸"waltz"'),
    ),
    fault("a phone that is no account", "undiallable", (DIALPLAN, 'to = "2001"', 'to = ▸"2009"')),
    fault(
        "an address without a number",
        "undiallable",
        (DIALPLAN, 'to = "sip:{rest}@gateway.example"', 'to = ▸"sip:{rest}"'),
    ),
    fault("an address that is none", "undiallable", (DIALPLAN, 'to = "2001"', 'to = ▸"sip:a b@c"')),
    fault(
        "an address taken twice",
        "listener-clash",
        (DIALPLAN, '["udp:127.0.0.1:5060"]', '["udp:127.0.0.1:5060", ▸"udp:127.0.0.1:5060"]'),
    ),
    fault(
        "a password from a manual",
        "example-password",
        (DIALPLAN, '["udp:127.0.0.1:5060"]', '[▸"udp:192.0.2.7:5060"]'),
    ),
    fault(
        "a language twice", "language-twice", (DIALPLAN, '["en", "lv", "ru"]', '["en", "lv", "ru", ▸"lv"]')
    ),
    fault(
        "one phone for two agents",
        "shared-phone",
        (DIALPLAN, 'boris = { phone = "2003"', 'boris = { phone = ▸"2002"'),
    ),
    fault(
        "a way out for strangers",
        "open-door",
        (DIALPLAN, 'prefix = "0"\naccount = "2001"\nthen = {', 'prefix = "0"\npublic = true\nthen = ▸{'),
    ),
    fault(
        "queues that overflow into each other",
        "overflow-circle",
        (
            DIALPLAN,
            'overflow = { do = "flow", flow = "sorry" }',
            'overflow = ▸{ do = "queue", queue = "sales" }',
        ),
    ),
    fault(
        "a queue that overflows into itself by a flow",
        "overflow-back",
        (
            DIALPLAN,
            'overflow = { do = "flow", flow = "sorry" }',
            'overflow = ▸{ do = "flow", flow = "talk" }',
        ),
    ),
    fault(
        "a number that dials itself",
        "dial-loop",
        (DIALPLAN, 'to = "2001", ring_for = 20', 'to = ▸"sip:200@127.0.0.1", ring_for = 20'),
    ),
    fault(
        "a guessable password",
        "weak-password",
        (DIALPLAN, 'password = "example-2001"', 'password = ▸{ env = "CENTRALA_TEST_WEAK" }'),
    ),
    fault(
        "a password that everybody can read",
        "readable-secret",
        (DIALPLAN, 'password = "example-2001"', 'password = ▸"correct-horse-battery"'),
    ),
    fault(
        "a flow nothing leads to",
        "unused-flow",
        ("ivr_flows/lost.toml", NEW, 'start = ▸"bye"\nnodes.bye = { do = "hangup" }\n'),
    ),
    fault(
        "a queue nobody can come to",
        "unused-queue",
        (DIALPLAN, "[agents]", '▸[queues.spare]\nmusic = "waiting"\n[agents]'),
        (
            DIALPLAN,
            'boris = { phone = "2003", queues = ["support"]',
            'boris = { phone = "2003", queues = ["support", "spare"]',
        ),
    ),
    fault(
        "a calendar nothing asks",
        "unused-calendar",
        (
            DIALPLAN,
            "[calendars.office]",
            '▸[calendars.spare]\nzone = "UTC"\nhours = { mon = "08:00-09:00" }\n[calendars.office]',
        ),
    ),
    fault(
        "a list nothing asks",
        "unused-list",
        (DIALPLAN, "[calendars.office]", '▸[lists.spare]\nnumbers = ["1"]\n[calendars.office]'),
    ),
    fault(
        "an empty list",
        "empty-list",
        (DIALPLAN, '[lists.vip]\nnumbers = ["+37120000001", "+37120000002"]', "▸[lists.vip]\nnumbers = []"),
    ),
    fault(
        "a queue nobody serves",
        "unserved-queue",
        (DIALPLAN, "[queues.sales]", "▸[queues.sales]"),
        (DIALPLAN, 'queues = ["support", "sales"]', 'queues = ["support"]'),
        (
            DIALPLAN,
            'clara = { phone = "2004", queues = ["sales"]',
            'clara = { phone = "2004", queues = ["support"]',
        ),
    ),
    fault(
        "a queue whose agents know too little",
        "unserved-queue",
        (DIALPLAN, "[queues.sales]", "[queues.sales]\nskills = ▸{ german = 4 }"),
        (DIALPLAN, 'queues = ["sales"]', 'queues = ["sales"], skills = { german = 2 }'),
    ),
    fault(
        "agents who join when everybody has gone",
        "timeout-clash",
        (DIALPLAN, "maximum_wait = 600", "maximum_wait = 600\ntier_wait = ▸600"),
    ),
    fault(
        "an agent without a queue",
        "agent-without-queue",
        (
            DIALPLAN,
            'boris = { phone = "2003", queues = ["support"]',
            'boris = { phone = "2003", queues = ▸[]',
        ),
    ),
    fault(
        "a number behind its pattern",
        "shadowed-route",
        (DIALPLAN, NEW, f'{ROUTE}number = "2002"\nthen = {{ do = "echo" }}\n'),
    ),
    fault(
        "a pattern behind another",
        "shadowed-route",
        (DIALPLAN, NEW, f'{ROUTE}pattern = "20Z[1-3]"\nthen = {{ do = "echo" }}\n'),
    ),
    fault(
        "an account behind everybody",
        "shadowed-route",
        (DIALPLAN, NEW, f'{ROUTE}number = "100"\naccount = "2001"\nthen = {{ do = "echo" }}\n'),
    ),
    fault(
        "a pattern behind a prefix",
        "shadowed-route",
        (DIALPLAN, NEW, f'{ROUTE}pattern = "0XX"\naccount = "2001"\nthen = {{ do = "echo" }}\n'),
    ),
    fault(
        "hours behind every hour",
        "shadowed-route",
        (DIALPLAN, NEW, f'{ROUTE}number = "200"\npublic = true\nwhen = "office"\nthen = {{ do = "echo" }}\n'),
    ),
    fault(
        "a route behind two that share its hours",
        "shadowed-route",
        (
            DIALPLAN,
            NEW,
            '\n[[routes]]\nnumber = "400"\nwhen = "office"\nthen = { do = "echo" }\n[[routes]]\n'
            'number = "400"\nwhen = "not office"\nthen = { do = "echo" }\n▸[[routes]]\n'
            'number = "400"\nthen = { do = "echo" }\n',
        ),
    ),
    fault(
        "hours at which nobody answers",
        "route-gap",
        (DIALPLAN, 'when = "office"', 'when = ▸"office"'),
        (DIALPLAN, 'number = "200"\npublic = true\nthen', 'number = "201"\npublic = true\nthen'),
    ),
    fault(
        "strangers whom nobody answers after hours",
        "route-gap",
        (DIALPLAN, 'when = "office"', 'when = ▸"office"'),
        (DIALPLAN, 'number = "200"\npublic = true\nthen', 'number = "200"\nthen'),
    ),
    fault(
        "hours that two routes claim",
        "route-overlap",
        (DIALPLAN, 'hours = { mon-thu = "17:00-22:00"', 'hours = { mon-thu = "16:30-22:00"'),
        (DIALPLAN, 'when = "evening"', 'when = ▸"evening"'),
    ),
    fault(
        "a number no telephone can dial", "strange-number", (DIALPLAN, 'number = "300"', 'number = ▸"3oo"')
    ),
    fault(
        "hours that run into one another",
        "calendar-overlap",
        (DIALPLAN, 'mon-thu = ["08:00-12:00", "13:00-17:00"]', 'mon-thu = ▸["08:00-13:30", "13:00-17:00"]'),
    ),
    fault(
        "a night that runs into the morning",
        "calendar-overlap",
        (DIALPLAN, 'fri = "16:00-22:00" }', 'fri = ▸"23:00-06:30", sat = "06:00-07:00" }'),
    ),
    fault(
        "a minute at which it is closed",
        "calendar-gap",
        (DIALPLAN, 'mon-thu = ["08:00-12:00", "13:00-17:00"]', 'mon-thu = ▸["08:00-12:59", "13:00-17:00"]'),
    ),
    fault(
        "a day of its own with a minute missing",
        "calendar-gap",
        (DIALPLAN, '2026-12-30 = "08:00-12:00"', '2026-12-30 = ▸["08:00-09:59", "10:00-12:00"]'),
    ),
    fault(
        "a calendar that never opens",
        "calendar-never-open",
        (DIALPLAN, 'hours = { mon-thu = "17:00-22:00", fri = "16:00-22:00" }', "hours = ▸{ mon = [] }"),
    ),
    fault(
        "a holiday twice",
        "holiday-twice",
        (DIALPLAN, "[2026-12-24, 2026-12-25]", "[2026-12-24, ▸2026-12-24]"),
    ),
    fault(
        "a wait that is over while a phone rings",
        "timeout-clash",
        (DIALPLAN, "maximum_wait = 600", "maximum_wait = ▸10"),
    ),
    fault("a route that rings for too long", "timeout-clash", (DIALPLAN, "ring_for = 20", "ring_for = ▸200")),
    fault(
        "a queue's welcome in one language",
        "one-language",
        (
            DIALPLAN,
            'welcome = { en = "All agents are busy.", lv = "Visi darbinieki ir aizņemti.", '
            'ru = "Все операторы заняты." }',
            'welcome = ▸"All agents are busy."',
        ),
    ),
    fault(
        "a value too few for a flow from a route",
        "missing-argument",
        (DIALPLAN, NEW, '\n[[routes]]\nnumber = "400"\nthen = ▸{ do = "flow", flow = "identify" }\n'),
    ),
)

FLOW_FAULTS = (
    fault("an edge to nowhere", "unknown-node", (MAIN, 'closed = "closed"', 'closed = ▸"close"')),
    fault("a key that leads nowhere", "unknown-node", (MAIN, '{ 0 = "person" }', '{ 0 = ▸"operator" }')),
    fault("an unknown kind of node", "bad-value", (MAIN, 'do = "record"', 'do = ▸"recrod"')),
    fault(
        "a missing key",
        "bad-value",
        (
            MAIN,
            '[nodes.call-back]\ndo = "callback"\nqueue = "support"',
            '▸[nodes.call-back]\ndo = "callback"',
        ),
    ),
    fault("a call's own value dialled", "call-value", (MAIN, 'to = "{extension}"', 'to = ▸"{caller}"')),
    fault(
        "a variable nobody fills",
        "unfilled-variable",
        (MAIN, '["order-is", "{told}"]', '▸["order-is", "{tolt}"]'),
    ),
    fault(
        "a slot nobody fills",
        "unfilled-variable",
        (
            MAIN,
            'prompt = { en = "Your balance is {balance:amount EUR}."',
            'prompt = ▸{ en = "Your balance is {balanse:amount EUR}."',
        ),
    ),
    fault(
        "a result nobody fills",
        "unfilled-variable",
        (IDENTIFY, '["customer", "pin"]', '["customer", "pin", ▸"name"]'),
    ),
    fault(
        "a variable empty on one way",
        "maybe-empty",
        (MAIN, 'prompt = "goodbye"', 'prompt = ▸["goodbye", "{balance}"]'),
    ),
    fault(
        "a lookup by what may be empty",
        "maybe-empty",
        (
            MAIN,
            'do = "say"\nprompt = { en = "The wait is longer than five minutes.", lv = "Jāgaida ilgāk par '
            'piecām minūtēm.", ru = "Ждать дольше пяти минут." }\ninterruptible = false\nnext = "sales"',
            'do = "lookup"\nsqlite = { file = "waits.db", sql = ▸"select 1 where :order" }\nnext = "sales"\n'
            'otherwise = "bye"',
        ),
    ),
    fault(
        "a variable empty on every way",
        "never-filled",
        (
            MAIN,
            'prompt = { en = "We do not know this number."',
            'prompt = ▸{ en = "We do not know {balance}."',
        ),
    ),
    fault(
        "a branch on what is filled later",
        "never-filled",
        (
            MAIN,
            '[nodes.hours]\ndo = "hours"\ncalendar = "office"\nopen = "vip"\nclosed = "closed"',
            '[nodes.hours]\ndo = "branch"\non = ▸"kind"\ncases = { a = "vip" }\notherwise = "closed"',
        ),
    ),
    fault("a node no way leads to", "unreachable-node", (MAIN, NEW, '\n▸[nodes.lost]\ndo = "hangup"\n')),
    fault(
        "a round without a question",
        "endless-round",
        (MAIN, "[nodes.unknown]", "▸[nodes.unknown]"),
        (MAIN, 'номера." }\nnext = "person"', 'номера." }\nnext = "unknown"'),
    ),
    fault(
        "a round for who is silent",
        "silent-round",
        (MAIN, "[nodes.language]", "▸[nodes.language]"),
        (MAIN, 'attempts = 2\notherwise = "hours"', 'attempts = 2\notherwise = "language"'),
    ),
    fault(
        "a round nobody gets out of",
        "dead-end",
        (
            SORRY,
            '[nodes.sorry]\ndo = "hangup"\nprompt = ["sorry", "goodbye"]',
            '▸[nodes.sorry]\ndo = "collect"\nprompt = ["sorry", "goodbye"]\nvariable = "x"\n'
            'next = "sorry"\notherwise = "sorry"',
        ),
    ),
    fault(
        "a flow that goes round by itself",
        "endless-round",
        (
            SORRY,
            'do = "hangup"\nprompt = ["sorry", "goodbye"]',
            'do = "say"\nprompt = ["sorry", "goodbye"]\nnext = "again"\n▸[nodes.again]\ndo = "flow"\n'
            'flow = "sorry"',
        ),
    ),
    fault(
        "two flows that go round for who is silent",
        "silent-round",
        (TALK, "[nodes.missed]", "▸[nodes.missed]"),
        (TALK, '[nodes.missed]\ndo = "flow"\nflow = "sorry"', '[nodes.missed]\ndo = "flow"\nflow = "talk"'),
    ),
    fault(
        "a flow that waits for itself",
        "recursion",
        (
            IDENTIFY,
            'cases = { balance = "pin" }\notherwise = "back"',
            'cases = { balance = "pin" }\notherwise = "again"\n[nodes.again]\ndo = "flow"\n'
            'flow = ▸"identify"\nwith = { purpose = "balance" }\nnext = "back"',
        ),
    ),
    fault(
        "a flow that does not come back",
        "never-returns",
        (IDENTIFY, 'do = "return"', 'do = "hangup"'),
        (
            MAIN,
            'with = { purpose = "balance" }\nnext = "account"',
            'with = { purpose = "balance" }\nnext = ▸"account"',
        ),
    ),
    fault(
        "a return for nobody",
        "returns-nowhere",
        (
            SORRY,
            'do = "hangup"\nprompt = ["sorry", "goodbye"]',
            'do = "say"\nprompt = ["sorry", "goodbye"]\nnext = "back"\n▸[nodes.back]\ndo = "return"',
        ),
    ),
    fault(
        "a parameter without a value",
        "missing-argument",
        (MAIN, "[nodes.identify]", "▸[nodes.identify]"),
        (MAIN, 'with = { purpose = "balance" }\n', ""),
    ),
    fault(
        "a value for no parameter",
        "unused-argument",
        (MAIN, '{ purpose = "balance" }', '{ purpose = "balance", urgent = ▸"yes" }'),
    ),
    fault("a result that is not given back", "missing-result", (MAIN, 'pin = "pin" }', 'pin = ▸"code" }')),
    fault(
        "digits no account has",
        "undiallable-digits",
        (
            MAIN,
            "min_digits = 4\nmax_digits = 4\nattempts = 2",
            "min_digits = 3\nmax_digits = 3\nattempts = 2",
        ),
        (MAIN, 'to = "{extension}"', 'to = ▸"{extension}"'),
    ),
    fault("an extension that is no account", "undiallable", (MAIN, 'to = "{extension}"', 'to = ▸"2009"')),
    fault(
        "digits that cannot be like that",
        "impossible-digits",
        (IDENTIFY, "max_digits = 8\n", 'max_digits = 8\nlike = ▸"[1-9]\\\\d{8}"\n'),
    ),
    fault(
        "digits that fail their check",
        "impossible-digits",
        (IDENTIFY, "max_digits = 8\n", 'max_digits = 8\nlike = ▸"1000000[0-7]"\ncheck = "luhn"\n'),
    ),
    fault(
        "a case no entry can be",
        "impossible-case",
        (MAIN, '{ 100008 = "person" }', '{ 100008 = "person", 1000 = ▸"bye" }'),
    ),
    fault(
        "a case that fails the check",
        "impossible-case",
        (MAIN, '{ 100008 = "person" }', '{ 100009 = ▸"person" }'),
    ),
    fault(
        "a case no node sets",
        "impossible-case",
        (
            MAIN,
            'value = "{state}"\nnext = "told"',
            'value = "lost"\nnext = "which"\n[nodes.which]\ndo = "branch"\non = "told"\n'
            'cases = { sent = ▸"bye" }\notherwise = "told"',
        ),
    ),
    fault(
        "a language nobody speaks",
        "impossible-case",
        (MAIN, 'on = "kind"\ncases = { blocked = "person" }', 'on = "language"\ncases = { de = ▸"person" }'),
    ),
    fault(
        "a number nobody can have dialled",
        "impossible-case",
        (MAIN, 'on = "kind"\ncases = { blocked = "person" }', 'on = "dialled"\ncases = { 777 = ▸"person" }'),
    ),
    fault(
        "a choice between one thing",
        "same-target",
        (MAIN, "[nodes.kind]", "▸[nodes.kind]"),
        (MAIN, 'cases = { blocked = "person" }', 'cases = { blocked = "balance" }'),
    ),
    fault(
        "a key that means something else here",
        "shadowed-key",
        (MAIN, '4 = "colleague" }', '4 = "colleague", 0 = ▸"delivery" }'),
    ),
    fault(
        "a key nobody is told of",
        "key-not-offered",
        (MAIN, '4 = "colleague" }', '4 = "colleague", 5 = ▸"delivery" }'),
    ),
    fault(
        "a key that is promised in one language",
        "key-not-there",
        (MAIN, "Par pirkumiem spiediet nulle.", "Par pirkumiem spiediet septiņi."),
        (MAIN, 'keys = { 1 = "identify"', 'keys = ▸{ 1 = "identify"'),
    ),
    fault(
        "an end key that ends nothing",
        "key-not-there",
        (
            MAIN,
            'prompt = { en = "Enter the six digits of your order."',
            'prompt = ▸{ en = "Enter the six digits of your order, then press star."',
        ),
    ),
    fault(
        "a menu without a person",
        "no-person",
        (
            SORRY,
            '[nodes.sorry]\ndo = "hangup"\nprompt = ["sorry", "goodbye"]',
            '▸[nodes.sorry]\ndo = "menu"\nprompt = "sorry"\nkeys = { 1 = "bye" }\notherwise = "bye"\n'
            '[nodes.bye]\ndo = "hangup"\nprompt = "goodbye"',
        ),
    ),
    fault(
        "a secret that is spoken",
        "secret-spoken",
        (
            IDENTIFY,
            "[nodes.keep]",
            '[nodes.read]\ndo = "say"\nprompt = ["goodbye", "{entered}"]\nnext = "keep"\n[nodes.keep]',
        ),
        (IDENTIFY, 'secure = true\nnext = "keep"', 'secure = true\nnext = "read"'),
        (IDENTIFY, 'prompt = ["goodbye"', 'prompt = ▸["goodbye"'),
    ),
    fault(
        "a copied secret that is spoken",
        "secret-spoken",
        (
            MAIN,
            'prompt = { en = "Your balance is {balance:amount EUR}."',
            'prompt = ▸{ en = "{pin}: your balance is {balance:amount EUR}."',
        ),
    ),
    fault(
        "a secret read back to confirm it",
        "secret-spoken",
        (
            IDENTIFY,
            'secure = true\nnext = "keep"',
            'secure = true\nconfirm = ▸["goodbye", "{entered}"]\nnext = "keep"',
        ),
    ),
    fault(
        "a secret that another flow speaks",
        "secret-spoken",
        (MAIN, _UNKNOWN, 'do = "flow"\nflow = "tell"\nwith = { code = "No. {pin}" }'),
        (
            "ivr_flows/tell.toml",
            NEW,
            'start = "say"\nparameters = ["code"]\n[nodes.say]\ndo = "hangup"\n'
            'prompt = ▸["goodbye", "{code}"]\n',
        ),
    ),
    fault(
        "a secret that is dialled",
        "secret-dialled",
        (MAIN, _UNKNOWN, 'do = "dial"\nto = ▸"sip:{pin}@gateway.example"\notherwise = "person"'),
        (DIALPLAN, 'number = "100"\npublic = true', 'number = "100"'),
    ),
    fault(
        "a secret sent in the clear",
        "secret-sent",
        (MAIN, 'http = { url = "https://crm', 'http = { url = ▸"http://crm'),
    ),
    fault(
        "a secret on record",
        "secret-filed",
        (
            MAIN,
            _UNKNOWN,
            'do = "callback"\nqueue = "support"\nnumber = ▸"{pin}"\nnext = "bye"\notherwise = "person"',
        ),
    ),
    fault(
        "a secret that a bot asks for",
        "secret-to-bot",
        (
            TALK,
            'start = "bot"',
            f'start = "ask"\n[nodes.ask]\ndo = "collect"\nprompt = {WORDS}\nvariable = "day"\n'
            'secure = true\nnext = "bot"\notherwise = "person"',
        ),
        (TALK, 'bot = "reception"', 'bot = ▸"reception"'),
        (
            TALK,
            'prompt = { en = "Your appointment is {day:date}.", '
            'lv = "Jūsu vizīte ir {day:date}.", ru = "Ваш приём: {day:date}." }',
            f"prompt = {WORDS}",
        ),
    ),
    fault(
        "patience longer than a silent line lives",
        "timeout-clash",
        (MAIN, 'invalid = "invalid"', 'invalid = "invalid"\npatience = ▸130'),
    ),
    fault("a lookup longer than callers wait", "timeout-clash", (MAIN, "within = 2.0", "within = ▸20.0")),
    fault("a dial that rings too long", "timeout-clash", (MAIN, "ring_for = 25", "ring_for = ▸240")),
    fault(
        "a list that is not there",
        "unknown-name",
        (MAIN, 'lists = { vip = "person" }', 'lists = { vips = ▸"person" }'),
        (MAIN, 'otherwise = "menu"', 'cases = { a = "person" }\notherwise = "menu"'),
        (DIALPLAN, '[lists.vip]\nnumbers = ["+37120000001", "+37120000002"]', ""),
    ),
    fault("a language that is not spoken", "unknown-name", (MAIN, 'language = "ru"', 'language = ▸"de"')),
)

TEXT_FAULTS = (
    fault(
        "a prompt nobody has recorded or written",
        "missing-recording",
        (MAIN, 'prompt = "goodbye"', 'prompt = ▸"goodby"'),
    ),
    fault(
        "a text that one language lacks",
        "missing-recording",
        (ENGLISH, 'order-is = "The state of your order is"\n', ""),
        (MAIN, '["order-is"', '▸["order-is"'),
    ),
    fault(
        "a text that is not said in Russian",
        "missing-text",
        (
            MAIN,
            'prompt = { en = "We are closed.", lv = "Mēs esam slēgti.", ru = "Мы закрыты." }',
            'prompt = ▸{ en = "We are closed.", lv = "Mēs esam slēgti." }',
        ),
    ),
    fault(
        "a text in one language",
        "one-language",
        (
            MAIN,
            'prompt = { en = "We are closed.", lv = "Mēs esam slēgti.", ru = "Мы закрыты." }',
            'prompt = ▸"We are closed."',
        ),
    ),
    fault(
        "a text in another alphabet",
        "mixed-languages",
        (MAIN, 'prompt = { en = "We are closed."', 'prompt = ▸{ en = "Wе are closed."'),
    ),
    fault(
        "a text left untranslated",
        "same-text",
        (
            MAIN,
            'prompt = { en = "We are closed.", lv = "Mēs esam slēgti."',
            'prompt = ▸{ en = "We are closed.", lv = "We are closed"',
        ),
    ),
    fault(
        "a gender English has not",
        "unspeakable",
        (
            MAIN,
            'prompt = { en = "Your balance is {balance:amount EUR}."',
            'prompt = ▸{ en = "Your balance is {balance:number feminine}."',
        ),
    ),
    fault(
        "too few forms of a noun",
        "unspeakable",
        (
            MAIN,
            'prompt = { en = "Your balance is {balance:amount EUR}."',
            'prompt = ▸{ en = "Your balance is {balance:count point|points|pointz}."',
        ),
    ),
    fault(
        "a slot of no kind",
        "bad-value",
        (
            MAIN,
            'prompt = { en = "Your balance is {balance:amount EUR}."',
            'prompt = ▸{ en = "Your balance is {balance:money EUR}."',
        ),
    ),
    fault("a text nothing says", "unused-prompt", (ENGLISH, NEW, 'farewell = ▸"So long."\n')),
    fault(
        "what is no text",
        "bad-value",
        (ENGLISH, 'sorry = "We are sorry that nobody could answer."', "sorry = ▸5"),
    ),
)

BOT_FAULTS = (
    fault(
        "a bot that is not there",
        "unknown-name",
        (TALK, 'bot = "reception"', 'bot = ▸"receptoin"'),
    ),
    fault("a bot nothing leads to", "unused-bot", ("ivr_flows/bots/spare.toml", BOT, "disclosure = ▸{ en")),
    fault(
        "an exit for no intent",
        "unknown-intent",
        (TALK, 'prices = "prices" }', 'prices = "prices", complaint = ▸"person" }'),
    ),
    fault(
        "an intent without an exit",
        "missing-exit",
        (TALK, "[nodes.bot]", "▸[nodes.bot]"),
        (
            TALK,
            'exits = { appointment = "appointment", prices = "prices" }',
            'exits = { appointment = "prices" }',
        ),
        (TALK, 'start = "bot"\n', 'start = "bot"\n[always]\nkeys = { 9 = "appointment" }\n'),
        (
            TALK,
            'prompt = { en = "Your appointment is {day:date}.", '
            'lv = "Jūsu vizīte ir {day:date}.", ru = "Ваш приём: {day:date}." }',
            f"prompt = {WORDS}",
        ),
    ),
    fault(
        "one phrase for two intents",
        "same-phrase",
        (
            BOT,
            'phrases = { en = ["how much does it cost"]',
            'phrases = { en = ▸["how much does it cost", "an appointment"]',
        ),
    ),
    fault(
        "a phrase that asks for a person",
        "same-phrase",
        (BOT, 'lv = ["cik tas maksā"]', 'lv = ▸["cik tas maksā", "Cilvēku!"]'),
    ),
    fault(
        "an intent nobody can name in Latvian",
        "missing-phrases",
        (
            BOT,
            'phrases = { en = ["how much does it cost"], lv = ["cik tas maksā"], ru',
            'phrases = ▸{ en = ["how much does it cost"], ru',
        ),
    ),
    fault("a slot that is not there", "unknown-name", (BOT, 'slots = ["day"]', 'slots = ▸["day", "dya"]')),
    fault(
        "a question a bot has asked",
        "ask-again",
        (
            TALK,
            'ru = "Ваш приём: {day:date}." }\nnext = "person"',
            f'ru = "Ваш приём: {{day:date}}." }}\nnext = "which"\n[nodes.which]\ndo = "collect"\n'
            f'prompt = {WORDS}\nvariable = ▸"day"\nnext = "person"\notherwise = "person"',
        ),
    ),
    fault(
        "a question a bot has asked in another flow",
        "ask-again",
        (
            TALK,
            'ru = "Ваш приём: {day:date}." }\nnext = "person"',
            'ru = "Ваш приём: {day:date}." }\nnext = "book"\n[nodes.book]\ndo = "flow"\nflow = "book"',
        ),
        (
            "ivr_flows/book.toml",
            NEW,
            f'start = "which"\n[nodes.which]\ndo = "collect"\nprompt = {WORDS}\nvariable = ▸"day"\n'
            'next = "end"\notherwise = "end"\n[nodes.end]\ndo = "hangup"\n',
        ),
    ),
    fault(
        "digits asked for twice",
        "ask-again",
        (
            IDENTIFY,
            'secure = true\nnext = "keep"\notherwise = "back"',
            'secure = true\nnext = "once-more"\notherwise = "back"\n[nodes.once-more]\n'
            f'do = "collect"\nprompt = {WORDS}\nvariable = ▸"entered"\nsecure = true\nnext = "keep"\n'
            'otherwise = "back"',
        ),
    ),
)

STYLE_FAULTS = (
    fault(
        "a menu of six",
        "long-menu",
        (
            MAIN,
            'keys = { 1 = "identify", 2 = "delivery", 3 = "call-back", 4 = "colleague" }',
            'keys = ▸{ 1 = "identify", 2 = "delivery", 3 = "call-back", 4 = "colleague", '
            '8 = "bye", 9 = "menu" }',
        ),
        (MAIN, "For sales, press zero.", "To end, press eight; again, nine. For sales, press zero."),
        (MAIN, "Par pirkumiem spiediet nulle.", "Astoņi, deviņi. Par pirkumiem spiediet nulle."),
        (MAIN, "О покупках нажмите ноль.", "Восемь, девять. О покупках нажмите ноль."),
    ),
    fault(
        "a prompt of half a minute",
        "long-prompt",
        (
            ENGLISH,
            'order-is = "The state of your order is"',
            f'order-is = "{"The state of your order is a thing to think about. " * 8}"',
        ),
        (MAIN, '["order-is"', '▸["order-is"'),
    ),
)

FAULTS = (*DIALPLAN_FAULTS, *FLOW_FAULTS, *TEXT_FAULTS, *BOT_FAULTS, *STYLE_FAULTS)
