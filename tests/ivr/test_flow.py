import tomllib
from typing import Any

import pytest

from pbx.ivr.flow import FlowErrors, parse_flow
from pbx.ivr.nodes import Collect, Menu, Say
from pbx.steps import Outcome
from tests.ivr.examples import flow

GOOD = """
start = "a"
[nodes.a]
do = "menu"
prompt = "p"
keys = { 1 = "b" }
otherwise = "b"
[nodes.b]
do = "hangup"
"""


COLLECT = 'do = "collect"\nprompt = "p"\nvariable = "v"\nnext = "b"\notherwise = "b"\n'
SQLITE = 'sqlite = { file = "f", sql = "select 1" }'


def lookup(source: str) -> str:
    return f'do = "lookup"\n{source}\nnext = "b"\notherwise = "b"'


def errors(text: str) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(FlowErrors) as raised:
        parse_flow("x", tomllib.loads(text))
    return [(error.path, error.message) for error in raised.value.errors]


def node(text: str) -> list[tuple[tuple[str | int, ...], str]]:
    """The errors of node `a`, beside a node `b` that is right."""
    found = errors(f'start = "a"\n[nodes.b]\ndo = "hangup"\n[nodes.a]\n{text}')
    assert all(path[:2] == ("nodes", "a") for path, _ in found)
    return [(path[2:], message) for path, message in found]


def test_what_is_left_out_has_its_usual_value():
    example = flow(GOOD)
    assert example.start == "a"
    assert example.nodes["a"] == Menu(
        prompt=("p",), keys={"1": "b"}, otherwise="b", attempts=3, patience=5.0, interruptible=True
    )


def test_one_prompt_needs_no_list():
    example = flow(
        'start = "a"\n[nodes.a]\ndo = "say"\nprompt = ["x", "{y}"]\nnext = "a"\ninterruptible = false'
    )
    assert example.nodes["a"] == Say(prompt=("x", "{y}"), next="a", interruptible=False)


def test_the_version_changes_with_anything_in_the_file_and_with_nothing_else():
    assert flow(GOOD).version == flow(GOOD + "# a remark").version
    assert flow(GOOD).version != flow(GOOD.replace("1 =", "2 =")).version
    assert len(flow(GOOD).version) == 12


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ('do = "hang"', ("do",), "unknown kind of node 'hang'; did you mean 'hangup'?"),
        (
            'do = "zzz"',
            ("do",),
            "unknown kind of node 'zzz'; write one of say, menu, collect, survey, branch",
        ),
        ("do = 4", ("do",), "unknown kind of node '4'; write one of"),
        ('prompt = "p"', (), 'expected do = "..."; add it with one of say, menu'),
        ('do = "say"\nprompt = "p"', (), "expected the key 'next'; add next = ..."),
        ('do = "hangup"\npromt = "p"', ("promt",), "unknown key 'promt'; did you mean 'prompt'?"),
        ('do = "hangup"\nprompt = 4', ("prompt",), "expected a name, or a list of names"),
        ('do = "hangup"\nprompt = []', ("prompt",), "expected at least one"),
        ('do = "hangup"\nprompt = ["p", 4]', ("prompt", 1), "expected a prompt: a name, a text, or"),
        ('do = "hangup"\nprompt = "Main_menu"', ("prompt", 0), "expected a prompt's name (small letters"),
        ('do = "hangup"\nprompt = "You have {n:plenty}."', ("prompt", 0), "in {n:plenty}: "),
        ('do = "hangup"\nprompt = { EN = "Bye." }', ("prompt", 0), "expected a language like"),
        ('do = "hangup"\nprompt = { en = " " }', ("prompt", 0), "expected what is said in en"),
        ('do = "hangup"\nprompt = { en = 4 }', ("prompt", 0), "expected what is said in en"),
        ('do = "hangup"\nprompt = {}', ("prompt", 0), "expected a prompt"),
        ('do = "hangup"\nprompt = "' + "so long " * 130 + '"', ("prompt", 0), "at most 1000 characters"),
        ('do = "hangup"\nprompt = "../p"', ("prompt", 0), "expected a prompt's name (small letters"),
        ('do = "say"\nprompt = "p"\nnext = "bb"', ("next",), "leads to unknown node 'bb'; did you mean 'b'?"),
        (
            'do = "say"\nprompt = "p"\nnext = "zzz"',
            ("next",),
            "leads to unknown node 'zzz'; write one of b, a",
        ),
        (
            'do = "say"\nprompt = "p"\nnext = "b"\ninterruptible = 1',
            ("interruptible",),
            "expected true or false",
        ),
        ('do = "menu"\nprompt = "p"\nkeys = {}\notherwise = "b"', ("keys",), "expected at least one"),
        ('do = "menu"\nprompt = "p"\nkeys = 1\notherwise = "b"', ("keys",), "expected a table"),
        (
            'do = "menu"\nprompt = "p"\nkeys = {12 = "b"}\notherwise = "b"',
            ("keys", "12"),
            "expected a key of",
        ),
        (
            'do = "menu"\nprompt = "p"\nkeys = {1 = "c"}\notherwise = "b"',
            ("keys", "1"),
            "leads to unknown node",
        ),
        ('do = "menu"\nprompt = "p"\nkeys = {1 = "b"}\notherwise = "c"', ("otherwise",), "leads to unknown"),
        (
            'do = "menu"\nprompt = "{x}"\nkeys = {1 = "b"}\notherwise = "b"',
            ("prompt",),
            "a question needs at",
        ),
        (
            'do = "menu"\nprompt = "p"\nkeys = {1 = "b"}\notherwise = "b"\nattempts = 11',
            ("attempts",),
            "expected at most 10; write a smaller number",
        ),
        (
            'do = "menu"\nprompt = "p"\nkeys = {1 = "b"}\notherwise = "b"\npatience = 0',
            ("patience",),
            "expected more than 0; write a larger number",
        ),
        (
            'do = "menu"\nprompt = "p"\nkeys = {1 = "b"}\notherwise = "b"\npatience = nan',
            ("patience",),
            "expected ",
        ),
        (
            'do = "menu"\nprompt = "p"\nkeys = {1 = "b"}\notherwise = "b"\nattempts = "3"',
            ("attempts",),
            "expected a whole number, without quotes",
        ),
        (
            'do = "collect"\nprompt = "p"\nvariable = "v"\nnext = "b"\notherwise = "b"\nmin_digits = 32\n'
            "max_digits = 2",
            (),
            "min_digits is more than max_digits",
        ),
        (
            'do = "collect"\nprompt = "p"\nvariable = "caller"\nnext = "b"\notherwise = "b"',
            ("variable",),
            "'caller' is a value of the call itself; choose another name",
        ),
        (
            'do = "collect"\nprompt = "p"\nvariable = "v"\nnext = "b"\notherwise = "b"\nterminator = "##"',
            ("terminator",),
            "expected a key of the phone",
        ),
        ('do = "set"\nnext = "b"', (), "sets nothing: add language"),
        ('do = "set"\nnext = "b"\nvariable = "x"', (), "variable and value belong together"),
        (
            'do = "set"\nnext = "b"\nvariable = "x"\nvalue = "' + 257 * "x" + '"',
            ("value",),
            "expected at most 256 characters; shorten it",
        ),
        ('do = "branch"\non = "X"\ncases = { 1 = "b" }\notherwise = "b"', ("on",), "expected a variable's"),
        ('do = "branch"\non = "x"\ncases = { 1 = "c" }\notherwise = "b"', ("cases", "1"), "leads to unknown"),
        ('do = "hours"\ncalendar = "c"\nopen = "b"\nclosed = "c"', ("closed",), "leads to unknown node 'c'"),
        (
            'do = "queue"\nqueue = "q"\notherwise = "b"\noverflow = "c"',
            ("overflow",),
            "leads to unknown node",
        ),
        ('do = "queue"\nqueue = "q q"\notherwise = "b"', ("queue",), "expected a name of at most 64"),
        (
            'do = "queue"\nqueue = "q"\notherwise = "b"\npriority = -101',
            ("priority",),
            "expected at least -100",
        ),
        ('do = "dial"\nto = "1"\notherwise = "b"\nbusy = "c"', ("busy",), "leads to unknown node 'c'"),
        (
            'do = "dial"\nto = "{caller}"\notherwise = "b"',
            ("to",),
            "the caller chooses 'caller'; dial a variable",
        ),
        ('do = "survey"\nquestions = {}\nnext = "b"', ("questions",), "expected at least one"),
        ('do = "survey"\nquestions = { q = "p" }\nnext = "c"', ("next",), "leads to unknown node 'c'"),
        ('do = "survey"\nquestions = { q = "{x}" }\nnext = "b"', ("questions", "q"), "a question needs at"),
        (
            'do = "survey"\nquestions = { q = "p" }\nkeys = "1*"\nnext = "b"',
            ("keys",),
            "expected the keys that",
        ),
        ('do = "branch"\notherwise = "b"', (), "chooses nothing: add cases"),
        ('do = "branch"\nlists = { vip = "c" }\notherwise = "b"', ("lists", "vip"), "leads to unknown node"),
        (
            'do = "queue_state"\nqueue = "q"\nof = "agent"\nat_least = 1\nthen = "b"\notherwise = "b"',
            ("of",),
            "expected 'agents', 'waiting', 'expected_wait' or 'longest_wait'; write one",
        ),
        (
            'do = "queue_state"\nqueue = "q"\nof = "agents"\nat_least = 0\nthen = "b"\notherwise = "b"',
            ("at_least",),
            "expected more than 0",
        ),
        ('do = "lookup"\nnext = "b"\notherwise = "b"', (), "asks nobody, or two"),
        (
            f'do = "lookup"\n{SQLITE}\nhttp = {{ url = "http://h/" }}\nnext = "b"\notherwise = "b"',
            (),
            "asks nobody, or two",
        ),
        (lookup('http = { url = "ftp://h/" }'), ("http", "url"), "expected an address like"),
        (lookup('http = { url = "http://{x}/" }'), ("http", "url"), "the host is written out"),
        (lookup('http = { url = "http://crm.{x}.example/" }'), ("http", "url"), "the host is written out"),
        (lookup('http = { url = "http://h:{x}/" }'), ("http", "url"), "the host is written out"),
        (lookup('http = { url = "http://u:p@h/" }'), ("http", "url"), "no user and no fragment"),
        (lookup('http = { url = "http://h:99999/" }'), ("http", "url"), "'h:99999' has no such port"),
        (lookup('http = { url = "http://h/a b" }'), ("http", "url"), "no spaces in an address"),
        (lookup('http = { url = "http://h/", body = {} }'), ("http",), "only a POST has a body"),
        (
            lookup('http = { url = "http://h/", method = "POST", body = { d = 2026-01-01 } }'),
            ("http",),
            "JSON has no dates",
        ),
        (
            lookup(f'http = {{ url = "http://h/", method = "POST", body = "{4200 * "x"}" }}'),
            ("http",),
            "at most 4096 characters of JSON",
        ),
        (lookup('http = { url = "http://h/", token = "x" }'), ("http", "token"), "expected a table"),
        (
            lookup('http = { url = "http://h/", token = {} }'),
            ("http", "token"),
            "expected the key 'env'; add env",
        ),
        (
            lookup('http = { url = "http://h/", token = { env = "X", envy = "X" } }'),
            ("http", "token", "envy"),
            "unknown key 'envy'; did you mean 'env'?",
        ),
        (lookup("http = {}"), ("http",), "expected the key 'url'"),
        (lookup('sqlite = { file = "f" }'), ("sqlite",), "expected the key 'sql'"),
        (lookup('sqlite = { file = "f", sql = "s", mode = "w" }'), ("sqlite", "mode"), "unknown key 'mode'"),
        (lookup(SQLITE + '\nfills = { x = "a..b" }'), ("fills", "x"), "expected a path into the answer"),
        (lookup(SQLITE + "\nwithin = 31.0"), ("within",), "expected at most 30"),
        (lookup(SQLITE + "\ntries = 6"), ("tries",), "expected at most 5"),
        ('do = "record"\nmost = 0.5\nnext = "b"', ("most",), "expected at least 1"),
        ('do = "record"\nfinish_keys = "E"\nnext = "b"', ("finish_keys",), "expected keys of the phone"),
        ('do = "bot"\nbot = "b"\notherwise = "b"', (), "expected the key 'operator'"),
        (
            'do = "bot"\nbot = "b"\noperator = "b"\notherwise = "b"\nexits = { x = "c" }',
            ("exits", "x"),
            "leads to unknown node 'c'",
        ),
        ('do = "callback"\nqueue = "q"\nnext = "b"', (), "expected the key 'otherwise'"),
        ('do = "flow"\nflow = "f"\nfills = { x = "y" }', (), "a flow that does not come back has no results"),
        ('do = "flow"\nflow = "f"\nwith = { X = "y" }', ("with", "X"), "expected a variable's name"),
        (
            'do = "flow"\nflow = "f"\nwhith = { x = "y" }',
            ("whith",),
            "unknown key 'whith'; did you mean 'with'",
        ),
        (
            'do = "flow"\nflow = "f"\nnext = "b"\nfills = { caller = "y" }',
            ("fills", "caller"),
            "'caller' is a value",
        ),
        ('do = "return"\nnext = "b"', ("next",), "unknown key 'next'"),
        (COLLECT + 'like = "1["', ("like",), "pattern '1[', character 3: the pattern ends too early"),
        (COLLECT + "like = 3", ("like",), "expected a pattern of keys"),
        (COLLECT + 'check = "iban"', ("check",), "expected 'luhn'; write one"),
        (COLLECT + 'confirm = "{v}"', ("confirm",), "a question needs at least one prompt"),
        ('do = "dial"\nto = ' + str(["1"] * 21) + '\notherwise = "b"', ("to",), "expected at most 20"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_fix(text: str, path: tuple[str | int, ...], message: str):
    [(found_path, found_message)] = node(text)
    assert found_path == path
    assert found_message.startswith(message)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("", (), "expected the key 'start'"),
        ('start = "a"', (), "expected the key 'nodes'"),
        ('start = "a"\nnodes = 3', ("nodes",), "expected a table"),
        ('start = "a"\n[nodes]', ("nodes",), "expected at least one"),
        ("start = 4" + GOOD[12:], ("start",), "expected a string"),
        (GOOD.replace('start = "a"', 'start = "c"'), ("start",), "leads to unknown node 'c'"),
        ('strat = "a"\n' + GOOD, ("strat",), "unknown key 'strat'; did you mean 'start'?"),
        (GOOD + '["nodes"."x y"]\ndo = "hangup"', ("nodes", "x y"), "expected a node's name"),
        (GOOD + "[nodes]\n".replace("[nodes]", "[nodes.c]"), ("nodes", "c"), 'expected do = "..."'),
        ('always = { keys = { 0 = "c" } }\n' + GOOD, ("always", "keys", "0"), "leads to unknown node 'c'"),
        ("always = { keys = {} }\n" + GOOD, ("always", "keys"), "expected at least one"),
        ("always = { key = {} }\n" + GOOD, ("always", "key"), "unknown key 'key'; did you mean 'keys'"),
        (
            'always = { keys = { 00 = "a" } }\n' + GOOD,
            ("always", "keys", "00"),
            "expected a key of the phone",
        ),
        ('parameters = "x"\n' + GOOD, ("parameters",), "expected a list of names"),
        ('parameters = ["X"]\n' + GOOD, ("parameters", 0), "expected a variable's name"),
        ('parameters = ["caller"]\n' + GOOD, ("parameters",), "'caller' is a value of the call itself"),
        (GOOD.replace("[nodes.b]", "[nodes]\nb = 3\n[nodes.c]"), ("nodes", "b"), "expected a table"),
    ],
)
def test_a_mistake_outside_the_nodes_is_told_too(text: str, path: tuple[str | int, ...], message: str):
    found = errors(text)
    assert any(at == path and what.startswith(message) for at, what in found)


def test_all_mistakes_are_told_at_once_and_none_twice():
    found = errors("""
start = "c"
stop = "a"
[nodes.a]
do = "menu"
prompt = "p"
keys = { 1 = "b", x = "b" }
otherwise = "b"
[nodes.b]
do = "say"
prompt = "Q_"
next = "zzz"
attempts = 3
[nodes.d]
do = "say"
prompt = "p"
next = "nowhere"
""")
    assert [path for path, _ in found] == [
        ("stop",),
        ("nodes", "a", "keys", "x"),
        ("nodes", "b", "prompt", 0),
        ("nodes", "b", "attempts"),
        ("start",),
        ("nodes", "d", "next"),
    ]


SHAPELESS: list[dict[str, Any]] = [
    {"start": None, "nodes": [1]},
    {"start": [], "nodes": {"a": [{}]}},
    {"nodes": {}},
]


@pytest.mark.parametrize("document", SHAPELESS)
def test_a_document_of_the_wrong_shape_is_an_error_and_no_accident(document: dict[str, Any]):
    with pytest.raises(FlowErrors, match="expected"):
        parse_flow("x", document)


def test_a_node_may_have_the_name_of_its_kind():
    assert errors('start = "menu"\n[nodes.menu]\ndo = "menu"\nprompt = 4')[0][0] == (
        "nodes",
        "menu",
        "prompt",
    )


def test_what_a_flow_needs_from_elsewhere_is_listed_with_its_place():
    example = flow("""
start = "a"
nodes.a = { do = "menu", prompt = ["p", "{v}"], keys = { 1 = "b" }, otherwise = "c", silence = "s" }
nodes.b = { do = "collect", prompt = "q", variable = "v", secure = true, next = "d", otherwise = "d" }
nodes.c = { do = "set", language = "lv", variable = "w", value = "x", next = "d" }
nodes.d = { do = "hours", calendar = "office", open = "e", closed = "f" }
nodes.e = { do = "queue", queue = "support", otherwise = "g" }
nodes.f = { do = "dial", to = ["1001", "{w}"], otherwise = "h" }
nodes.g = { do = "flow", flow = "other" }
nodes.h = { do = "branch", on = "v", cases = { 1 = "i" }, otherwise = "i" }
nodes.i = { do = "collect", prompt = "q", variable = "x", invalid = "i", next = "c", otherwise = "c" }
""")
    assert [(*path, mention.what, mention.name) for path, mention in example.mentions()] == [
        ("nodes", "a", "prompt", "prompt", "p"),
        ("nodes", "a", "prompt", "speaks", "v"),
        ("nodes", "a", "silence", "prompt", "s"),
        ("nodes", "b", "prompt", "prompt", "q"),
        ("nodes", "b", "variable", "fills", "v"),
        ("nodes", "b", "secure", "hides", "v"),
        ("nodes", "c", "language", "language", "lv"),
        ("nodes", "c", "variable", "fills", "w"),
        ("nodes", "d", "calendar", "calendar", "office"),
        ("nodes", "e", "queue", "queue", "support"),
        ("nodes", "f", "to", "endpoint", "1001"),
        ("nodes", "f", "to", "dials", "w"),
        ("nodes", "g", "flow", "flow", "other"),
        ("nodes", "h", "on", "branches", "v"),
        ("nodes", "i", "prompt", "prompt", "q"),
        ("nodes", "i", "invalid", "prompt", "i"),
        ("nodes", "i", "variable", "fills", "x"),
    ]


def test_an_exit_without_a_node_of_its_own_is_the_otherwise():
    example = flow("""
start = "q"
nodes.q = { do = "queue", queue = "s", no_agents = "d", otherwise = "e" }
nodes.d = { do = "dial", to = "1", busy = "q", otherwise = "e" }
nodes.e = { do = "hangup" }
""")
    queue, dial = example.nodes["q"], example.nodes["d"]
    assert queue.do == "queue"
    assert dial.do == "dial"
    assert [queue.after(outcome) for outcome in (Outcome.NO_AGENTS, Outcome.BUSY)] == ["d", "e"]
    assert [dial.after(outcome) for outcome in (Outcome.BUSY, Outcome.NO_AGENTS)] == ["q", "e"]


def test_no_entry_is_longer_than_can_be_kept():
    assert Collect(prompt=("p",), variable="v", next="a", otherwise="a").max_digits == 32


def test_the_ways_out_of_a_node_are_its_own_and_the_keys_that_lead_away():
    example = flow("""
start = "m"
always = { keys = { 0 = "z", "*" = "z", 1 = "z" } }
nodes.m = { do = "menu", prompt = "p", keys = { 1 = "c" }, otherwise = "s" }
nodes.c = { do = "collect", prompt = "p", variable = "x", terminator = "*", next = "d", otherwise = "s" }
nodes.d = { do = "collect", prompt = "p", variable = "x", next = "s", otherwise = "s" }
nodes.s = { do = "say", prompt = "p", next = "b" }
nodes.b = { do = "bot", bot = "b", operator = "z", otherwise = "z" }
nodes.z = { do = "hangup" }
""")
    away = {
        name: "".join(edge.path[2] for edge in example.ways_out(name) if edge.path[0] == "always")
        for name in example.nodes
    }
    assert away == {"m": "0*", "c": "", "d": "*", "s": "0*1", "b": "0*1", "z": ""}
    assert [edge.target for edge in example.ways_out("m")] == ["c", "s", "z", "z"]
