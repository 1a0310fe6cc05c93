from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.ivr.kinds.questions import Collect
from pbx.ivr.proof.entries import accepts, accepts_anything
from pbx.ivr.proof.graph import leading_to, rounds
from pbx.ivr.verify import prompts_used, verify
from tests.ivr.examples import DIAL, MENU, flow

SLOTS = {"reception": {"visit": ("day", "time"), "prices": ()}}


def findings(text: str) -> list[tuple[str, str, str]]:
    return [
        (finding.severity, ".".join(map(str, finding.path)), finding.message)
        for finding in verify(flow(text))
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('start = "a"\nnodes.a = { do = "hangup" }', []),
        (
            'start = "a"\nnodes.a = { do = "hangup" }\nnodes.b = { do = "hangup" }',
            [("warning", "nodes.b", "no way leads to node 'b'")],
        ),
        (
            'start = "a"\nnodes.a = { do = "say", prompt = "p", next = "a" }',
            [("error", "nodes.a", "goes round for ever without asking anything: a -> a")],
        ),
        (
            'start = "a"\nnodes.a = { do = "dial", to = "{x}", otherwise = "a" }',
            [
                ("error", "nodes.a", "goes round for ever without asking anything: a -> a"),
                ("error", "nodes.a.to", "no node fills the variable 'x'"),
            ],
        ),
        (
            """
start = "c"
nodes.a = { do = "say", prompt = "p", next = "b" }
nodes.b = { do = "branch", on = "caller", cases = { 1 = "a" }, otherwise = "c" }
nodes.c = { do = "hours", calendar = "office", open = "a", closed = "d" }
nodes.d = { do = "hangup" }
""",
            [
                ("error", "nodes.a", "goes round for ever without asking anything: a -> b -> a"),
                ("error", "nodes.c", "goes round for ever without asking anything: c -> a -> b -> c"),
            ],
        ),
        (
            'start = "a"\nnodes.a = { do = "menu", prompt = "p", keys = { 1 = "b" }, otherwise = "a" }\n'
            'nodes.b = { do = "hangup" }',
            [("warning", "nodes.a", "a caller who presses nothing goes round for 100 nodes: a -> a")],
        ),
        (
            'start = "a"\nnodes.a = { do = "menu", prompt = "p", keys = { 1 = "a" }, otherwise = "b" }\n'
            'nodes.b = { do = "hangup" }',
            [],
        ),
        (
            'start = "a"\nnodes.a = { do = "queue", queue = "q", no_agents = "b", otherwise = "c" }\n'
            'nodes.b = { do = "set", language = "lv", next = "a" }\nnodes.c = { do = "hangup" }',
            [("warning", "nodes.a", "a caller who presses nothing goes round for 100 nodes: a -> b -> a")],
        ),
        (
            'start = "a"\nnodes.a = { do = "collect", prompt = "p", variable = "extension", next = "b", '
            'otherwise = "c" }\nnodes.b = { do = "dial", to = "8{extention}", otherwise = "c" }\n'
            'nodes.c = { do = "hangup", prompt = "{x}" }',
            [
                ("error", "nodes.b.to", "no node fills the variable 'extention'"),
                ("error", "nodes.c.prompt", "no node fills the variable 'x'"),
            ],
        ),
        (
            'start = "a"\nnodes.a = { do = "branch", on = "cases", cases = { 1 = "b" }, otherwise = "c" }\n'
            'nodes.b = { do = "hangup", prompt = "{caller}" }\nnodes.c = { do = "hangup" }',
            [("error", "nodes.a.on", "no node fills the variable 'cases'")],
        ),
        (
            'start = "a"\nnodes.a = { do = "collect", prompt = "p", variable = "pin", secure = true, '
            'next = "b", otherwise = "e" }\nnodes.b = { do = "dial", to = "{pin}", otherwise = "c" }\n'
            'nodes.c = { do = "branch", on = "pin", cases = { 1 = "d" }, otherwise = "e" }\n'
            'nodes.d = { do = "say", prompt = "{pin}", next = "e" }\nnodes.e = { do = "hangup" }',
            [
                ("error", "nodes.b.to", "the secure variable 'pin' would be dialled, and so filed"),
                ("error", "nodes.d.prompt", "the secure variable 'pin' would be spoken aloud"),
            ],
        ),
    ],
)
def test_what_is_wrong_is_found_and_what_is_right_is_left_alone(text: str, found: list[tuple[str, str, str]]):
    assert findings(text) == found


def test_a_misspelt_variable_is_told_with_the_likely_name():
    example = flow("""
start = "a"
nodes.a = { do = "collect", prompt = "p", variable = "extension", next = "b", otherwise = "b" }
nodes.b = { do = "hangup", prompt = "{extention}" }
""")
    assert [finding.fix for finding in verify(example)] == ["did you mean 'extension'?"]


def test_a_way_back_that_takes_a_key_is_no_round():
    assert verify(MENU) == ()
    assert verify(DIAL) == ()


def test_prompts_used_are_those_that_may_be_played():
    assert prompts_used(MENU) == {
        "welcome",
        "main-menu",
        "invalid",
        "are-you-there",
        "please",
        "we-are",
        "closed",
        "legal-notice",
        "goodbye",
    }
    assert prompts_used(DIAL) >= {"enter-extension", "you-entered", "digit-0", "key-star"}


def codes(text: str) -> list[tuple[str, str]]:
    """Of a flow whose nodes are `text`; it begins with a, z hangs up, and c collects {x}, then goes to d."""
    text = text if "\nd = " in text else f'{text}\nd = {{ do = "hangup" }}'
    whole = f"""start = "a"
z = {{ do = "hangup" }}
c = {{ do = "collect", prompt = "p", variable = "x", next = "d", otherwise = "z" }}
{text}"""
    lines = [f"nodes.{line}" if at else line for at, line in enumerate(whole.splitlines())]
    seen = verify(flow("\n".join(lines)), SLOTS)
    return [
        (finding.code, ".".join(map(str, finding.path[1:])))
        for finding in seen
        if finding.code != "unreachable-node"
    ]


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        pytest.param(
            'a = { do = "say", prompt = "p", next = "c" }\nd = { do = "say", prompt = "{x}", next = "z" }',
            [],
            id="filled before",
        ),
        pytest.param(
            'a = { do = "menu", prompt = "p", keys = { 1 = "c", 2 = "d" }, otherwise = "z" }\n'
            'd = { do = "say", prompt = "{x}", next = "z" }',
            [("maybe-empty", "d.prompt")],
            id="filled on one way only",
        ),
        pytest.param(
            'a = { do = "say", prompt = "{x}", next = "c" }\nd = { do = "hangup" }',
            [("never-filled", "a.prompt")],
            id="filled after",
        ),
        pytest.param(
            'a = { do = "branch", on = "x", cases = { 1 = "z" }, otherwise = "c" }\n'
            'd = { do = "say", prompt = "p", next = "a" }',
            [],
            id="a branch may ask what is not there yet",
        ),
        pytest.param(
            'a = { do = "branch", on = "x", cases = { 1 = "z" }, otherwise = "c" }\nd = { do = "hangup" }',
            [("never-filled", "a.on")],
            id="a branch that comes too early",
        ),
        pytest.param(
            'a = { do = "collect", prompt = "p", confirm = ["p", "{y}"], variable = "y", next = "z", '
            'otherwise = "z" }',
            [],
            id="a collect may confirm what it has",
        ),
        pytest.param(
            'a = { do = "lookup", sqlite = { file = "f", sql = "select 1" }, fills = { y = "y" }, '
            'next = "d", nothing = "e", otherwise = "z" }\n'
            'd = { do = "hangup", prompt = "{y}" }\ne = { do = "hangup", prompt = "{y}" }',
            [("never-filled", "e.prompt")],
            id="a lookup that finds nothing fills nothing",
        ),
        pytest.param(
            'a = { do = "bot", bot = "reception", exits = { visit = "d", prices = "e" }, '
            'operator = "z", otherwise = "z" }\n'
            'd = { do = "hangup", prompt = "{day}" }\ne = { do = "hangup", prompt = "{day}" }',
            [("never-filled", "e.prompt")],
            id="a bot fills the slots of what is wanted",
        ),
        pytest.param(
            'a = { do = "bot", bot = "other", exits = { visit = "d" }, operator = "z", otherwise = "z" }\n'
            'd = { do = "hangup", prompt = "{whatever}" }',
            [],
            id="a bot that is not known may fill anything",
        ),
        pytest.param(
            'a = { do = "set", variable = "y", value = "{x}{caller}", next = "c" }\nd = { do = "hangup" }',
            [("never-filled", "a.value")],
            id="a copy of nothing",
        ),
    ],
)
def test_variables_are_followed_along_every_way(nodes: str, found: list[tuple[str, str]]):
    assert codes(nodes) == found


def test_the_way_that_comes_past_is_shown():
    example = flow("""
start = "a"
nodes.a = { do = "menu", prompt = "p", keys = { 1 = "ask", 2 = "b" }, otherwise = "b" }
nodes.ask = { do = "collect", prompt = "p", variable = "x", next = "tell", otherwise = "b" }
nodes.b = { do = "say", prompt = "p", next = "tell" }
nodes.tell = { do = "hangup", prompt = "{x}" }
""")
    [finding] = verify(example)
    assert finding.message == "'x' is empty for a caller who comes by a -> b -> tell"


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        pytest.param(
            'a = { do = "say", prompt = "p", next = "c" }\nd = { do = "collect", prompt = "p", '
            'variable = "x", next = "z", otherwise = "z" }',
            [("ask-again", "d.variable")],
            id="at once",
        ),
        pytest.param(
            'a = { do = "say", prompt = "p", next = "c" }\nd = { do = "say", prompt = "{x}", next = "e" }\n'
            'e = { do = "menu", prompt = "p", keys = { 1 = "z", 2 = "f" }, otherwise = "z" }\n'
            'f = { do = "collect", prompt = "p", variable = "x", next = "z", otherwise = "z" }',
            [],
            id="after the caller corrected it",
        ),
        pytest.param(
            'a = { do = "say", prompt = "p", next = "c" }\n'
            'd = { do = "lookup", sqlite = { file = "f", sql = "select :x" }, next = "z", otherwise = "e" }\n'
            'e = { do = "collect", prompt = "p", variable = "x", next = "z", otherwise = "z" }',
            [],
            id="after nobody knew the number",
        ),
        pytest.param(
            'a = { do = "say", prompt = "p", next = "c" }\nd = { do = "say", prompt = "p", next = "c" }',
            [],
            id="by the same node",
        ),
        pytest.param(
            'a = { do = "say", prompt = "p", next = "c" }\n'
            'd = { do = "menu", prompt = "p", keys = { 1 = "e" }, otherwise = "z" }\n'
            'e = { do = "collect", prompt = "p", variable = "x", next = "z", otherwise = "z" }',
            [],
            id="because the caller wants to",
        ),
        pytest.param(
            'a = { do = "bot", bot = "reception", exits = { visit = "l" }, operator = "z", '
            'otherwise = "z" }\n'
            'l = { do = "lookup", sqlite = { file = "f", sql = "select :day" }, next = "z", '
            'otherwise = "d" }\n'
            'd = { do = "collect", prompt = "p", variable = "day", next = "z", otherwise = "z" }',
            [],
            id="what a bot knows, and nobody else",
        ),
        pytest.param(
            'a = { do = "bot", bot = "reception", exits = { visit = "m" }, operator = "z", '
            'otherwise = "z" }\n'
            'm = { do = "menu", prompt = "p", keys = { 1 = "d" }, otherwise = "z" }\n'
            'd = { do = "collect", prompt = "p", variable = "day", next = "z", otherwise = "z" }',
            [("ask-again", "d.variable")],
            id="what a bot knows, behind a menu",
        ),
        pytest.param(
            'a = { do = "bot", bot = "reception", exits = { visit = "b" }, operator = "d", '
            'otherwise = "d" }\n'
            'b = { do = "branch", on = "day", cases = { x = "z" }, otherwise = "d" }\n'
            'd = { do = "collect", prompt = "p", variable = "day", next = "z", otherwise = "z" }',
            [],
            id="what a bot may not know",
        ),
    ],
)
def test_nobody_is_asked_twice(nodes: str, found: list[tuple[str, str]]):
    assert codes(nodes) == found


@pytest.mark.parametrize(
    ("keys", "possible"),
    [
        ("", True),
        ('like = "[1-9][0-9]{5}"', True),
        ('like = "[1-9][0-9]{6}"', False),
        ('like = "(12|345)+", min_digits = 1, max_digits = 1', False),
        ('like = "(12|345)+", min_digits = 7, max_digits = 7', True),
        ('like = "1*#", min_digits = 1', False),
        ('like = "1*#", min_digits = 1, terminator = ""', True),
        ('like = "7992739871[0-2]", min_digits = 1, max_digits = 11, check = "luhn"', False),
        ('like = "7992739871[0-3]", min_digits = 1, max_digits = 11, check = "luhn"', True),
        ('like = "[*]+", check = "luhn"', False),
        ('check = "luhn"', True),
    ],
)
def test_a_collect_that_nothing_satisfies_is_told(keys: str, possible: bool):
    lengths = "" if "min_digits" in keys else "min_digits = 6, "
    lengths += "" if "max_digits" in keys else "max_digits = 6, "
    found = codes(
        f'a = {{ do = "collect", prompt = "p", variable = "y", {lengths}next = "z", otherwise = "z"'
        + (f", {keys} }}" if keys else " }")
    )
    assert found == ([] if possible else [("impossible-digits", "a.like")])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["1", "0", "[0-1]", "(1|00)", "0?", "1*", "(01)+", "2{2}"]), min_size=1, max_size=4
    ),
    st.integers(1, 4),
    st.booleans(),
)
def test_some_entry_is_accepted_unless_none_is(pattern: list[str], length: int, checked: bool):
    check = 'check = "luhn"' if checked else ""
    example = flow(f"""
start = "a"
[nodes.a]
do = "collect"
prompt = "p"
variable = "x"
min_digits = {length}
max_digits = {length}
like = "{"".join(pattern)}"
{check}
next = "z"
otherwise = "z"
[nodes.z]
do = "hangup"
""")
    node = example.nodes["a"]
    assert isinstance(node, Collect)
    entries = ("".join(keys) for keys in product("012", repeat=length))
    assert accepts_anything(node) == any(accepts(node, entry) for entry in entries)


def test_a_case_is_of_the_length_that_is_collected():
    assert codes(
        'a = { do = "collect", prompt = "p", variable = "y", min_digits = 2, max_digits = 3, next = "b", '
        'otherwise = "z" }\n'
        'b = { do = "branch", on = "y", cases = { 1 = "z", 12 = "z", 123 = "z", 1234 = "z", '
        '"1#" = "z", 1x = "z" }, otherwise = "d" }'
    ) == [("impossible-case", f"b.cases.{case}") for case in ("1", "1234", "1#", "1x")]


@pytest.mark.parametrize(("then", "code"), [("", "silent-round"), ('next = "a", ', "dead-end")])
def test_a_conversation_is_an_end_unless_something_follows(then: str, code: str):
    assert codes(
        f'a = {{ do = "queue", queue = "q", {then}otherwise = "b" }}\n'
        f'b = {{ do = "say", prompt = "p", next = "a" }}'
    ) == [(code, "a")]


def test_secrets_are_followed_through_copies():
    assert codes(
        'a = { do = "collect", prompt = "p", variable = "pin", secure = true, next = "b", otherwise = "z" }\n'
        'b = { do = "set", variable = "y", value = "-{pin}-", next = "e" }\n'
        'e = { do = "set", variable = "w", value = "{y}", next = "f" }\n'
        'f = { do = "lookup", http = { url = "https://a.example/{w}" }, next = "g", otherwise = "z" }\n'
        'g = { do = "lookup", http = { url = "http://a.example/{w}" }, next = "h", otherwise = "z" }\n'
        'h = { do = "lookup", http = { url = "http://a.example/", method = "POST", body = { a = ["{w}"] } }, '
        'next = "i", otherwise = "z" }\n'
        'i = { do = "callback", queue = "q", number = "{w}", next = "z", otherwise = "z" }'
    ) == [("secret-sent", "g.http.url"), ("secret-sent", "h.http.body"), ("secret-filed", "i.number")]


def test_a_bot_must_not_ask_aloud_for_what_is_a_secret():
    assert codes(
        'a = { do = "collect", prompt = "p", variable = "day", secure = true, next = "b", otherwise = "z" }\n'
        'b = { do = "bot", bot = "reception", exits = {}, operator = "z", otherwise = "z" }'
    ) == [("secret-to-bot", "b.bot")]


NAMES = "abcdef"
GRAPHS = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), max_size=3) for name in NAMES})


@given(GRAPHS)
def test_every_round_is_one_and_every_node_on_a_round_is_told(successors: dict[str, list[str]]):
    told = list(rounds(successors))
    for way in told:
        assert len(set(way)) == len(way)
        assert all(there in successors[here] for here, there in zip(way, (*way[1:], way[0]), strict=True))
    on_a_round = {name for name in NAMES if name in reached(successors, successors[name])}
    assert {name for way in told for name in way} == on_a_round


@given(GRAPHS, st.sets(st.sampled_from(NAMES)))
def test_what_leads_to_a_node_is_what_reaches_it(successors: dict[str, list[str]], targets: set[str]):
    assert leading_to(targets, successors) == {
        name for name in NAMES if not targets.isdisjoint(reached(successors, [name]))
    }


def reached(successors: dict[str, list[str]], starts: list[str]) -> set[str]:
    found = set(starts)
    for _ in NAMES:
        found |= {there for here in found for there in successors[here]}
    return found


PLACES = [f"n{at}" for at in range(5)]
TO = st.sampled_from(PLACES)
SOME_NODE = st.one_of(
    TO.map(lambda to: f'{{ do = "say", prompt = ["p", "{{x}}"], next = "{to}" }}'),
    st.tuples(TO, TO).map(
        lambda to: (
            f'{{ do = "collect", prompt = "p", variable = "x", next = "{to[0]}", otherwise = "{to[1]}" }}'
        )
    ),
    st.tuples(TO, TO).map(
        lambda to: f'{{ do = "menu", prompt = "p", keys = {{ 1 = "{to[0]}" }}, otherwise = "{to[1]}" }}'
    ),
    st.just('{ do = "hangup", prompt = ["p", "{x}"] }'),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(SOME_NODE, min_size=5, max_size=5))
def test_a_variable_is_told_of_where_some_caller_or_every_caller_comes_without_it(nodes: list[str]):
    text = "\n".join(f"nodes.n{at} = {node}" for at, node in enumerate(nodes))
    example = flow(f'start = "n0"\n{text}')
    met = {("n0", False)}
    for _ in range(2 * len(PLACES)):
        for name, filled in sorted(met):
            for edge in example.nodes[name].edges():
                fills = isinstance(example.nodes[name], Collect) and edge.path == ("next",)
                met.add((edge.target, filled or fills))
    speaking = {name for name in PLACES if any(m.what == "speaks" for m in example.nodes[name].mentions())}
    told = {
        (finding.code, finding.path[1])
        for finding in verify(example)
        if finding.code in ("maybe-empty", "never-filled", "unfilled-variable")
    }
    if not any(isinstance(node, Collect) for node in example.nodes.values()):
        assert told == {("unfilled-variable", name) for name in speaking}
        return
    assert told == {
        ("maybe-empty" if (name, True) in met else "never-filled", name)
        for name in speaking
        if (name, False) in met
    }
