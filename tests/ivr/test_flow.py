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
        ('do = "zzz"', ("do",), "unknown kind of node 'zzz'; write one of say, menu, collect, branch, hours"),
        ("do = 4", ("do",), "unknown kind of node '4'; write one of"),
        ('prompt = "p"', (), 'expected do = "..."; add it with one of say, menu'),
        ('do = "say"\nprompt = "p"', (), "expected the key 'next'; add next = ..."),
        ('do = "hangup"\npromt = "p"', ("promt",), "unknown key 'promt'; did you mean 'prompt'?"),
        ('do = "hangup"\nprompt = 4', ("prompt",), "expected a name, or a list of names"),
        ('do = "hangup"\nprompt = []', ("prompt",), "expected at least one"),
        ('do = "hangup"\nprompt = ["p", 4]', ("prompt", 1), "expected a string"),
        ('do = "hangup"\nprompt = "P p"', ("prompt", 0), "expected a prompt's name (small letters"),
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
            'do = "set"\nnext = "b"\nvariable = "x"\nvalue = "' + 65 * "x" + '"',
            ("value",),
            "expected at most 64 characters; shorten it",
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
prompt = "Q"
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
