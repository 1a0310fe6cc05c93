"""What is said of several flows together."""

import pytest

from pbx.config.proof.prove import prove_flows
from pbx.ivr.proof.graph import Graph
from tests.ivr.examples import flows

END = 'z = { do = "hangup" }'
SLOTS = {"reception": {"visit": ("day",)}}


def told(**nodes: str) -> list[tuple[str, str, str]]:
    """Of flows that begin with their node a, and end with z."""
    texts = {
        name: "\n".join(['start = "a"', *(f"nodes.{line}" for line in f"{text}\n{END}".splitlines())])
        for name, text in nodes.items()
    }
    graphs = {name: Graph(flow) for name, flow in flows(**texts).items()}
    return [
        (name, finding.code, ".".join(map(str, finding.path[1:])))
        for name, finding in prove_flows(graphs, SLOTS)
        if finding.code != "unreachable-node"
    ]


def call(flow: str, *, then: str = "") -> str:
    return (
        f'{{ do = "flow", flow = "{flow}"{f", next = {then!r}".replace(chr(39), chr(34)) if then else ""} }}'
    )


SAY = '{ do = "say", prompt = "p", next = "b" }'
DIAL = '{ do = "dial", to = "1", otherwise = "b" }'
MENU = """{ do = "menu", prompt = "p", keys = { 1 = "b", 0 = "q" }, otherwise = "z" }
q = { do = "queue", queue = "q", otherwise = "z" }"""
BACK = '{ do = "return" }'
ROUNDS: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "two that lead to each other": (
        f"a = {SAY}\nb = {call('other')}",
        f"a = {SAY}\nb = {call('main')}",
        [("main", "endless-round", "b")],
    ),
    "with a key between": (f"a = {MENU}\nb = {call('other')}", f"a = {SAY}\nb = {call('main')}", []),
    "with somebody rung between": (
        f"a = {SAY}\nb = {call('other')}",
        f"a = {DIAL}\nb = {call('main')}",
        [("main", "silent-round", "b")],
    ),
    "by a flow that comes back": (
        f"a = {SAY}\nb = {call('other', then='a')}",
        f"a = {SAY}\nb = {BACK}",
        [("main", "endless-round", "b")],
    ),
    "by a flow that asks for a key": (
        f"a = {SAY}\nb = {call('other', then='a')}",
        f"a = {MENU}\nb = {BACK}",
        [],
    ),
    "by a flow that dials": (
        f"a = {SAY}\nb = {call('other', then='a')}",
        f"a = {DIAL}\nb = {BACK}",
        [("main", "silent-round", "b")],
    ),
    "waiting for each other": (
        f"a = {call('other', then='z')}",
        f"a = {call('main', then='z')}",
        [
            ("main", "endless-round", "a"),
            ("main", "never-returns", "a.next"),
            ("main", "recursion", "a.flow"),
            ("other", "never-returns", "a.next"),
        ],
    ),
}


@pytest.mark.parametrize(("main", "other", "found"), ROUNDS.values(), ids=list(ROUNDS))
def test_rounds_are_followed_from_flow_to_flow(main: str, other: str, found: list[tuple[str, str, str]]):
    assert sorted(told(main=main, other=other)) == found


def test_eight_flows_may_wait_for_one_another_and_no_more():
    chain = {f"f{at}": f"a = {call(f'f{at + 1}', then='b')}\nb = {BACK}" for at in range(9)}
    deep = {**chain, "f9": f"a = {BACK}"}
    assert [finding for finding in told(**deep) if finding[1] == "recursion"] == [
        ("f0", "recursion", "a.flow")
    ]
    del deep["f0"]
    assert [finding for finding in told(**deep) if finding[1] == "recursion"] == []


def test_a_menu_may_lead_to_a_person_by_another_flow_or_by_whoever_called_it():
    asks = 'a = { do = "menu", prompt = "p", keys = { 1 = "b" }, otherwise = "z" }\n'
    lonely = f'{asks}b = {{ do = "say", prompt = "p", next = "z" }}'
    person = 'a = { do = "dial", to = "1", otherwise = "z" }'
    assert told(main=lonely) == [("main", "no-person", "a")]
    assert told(main=f"{asks}b = {call('other')}", other=person) == []
    assert told(main=f"{asks}b = {call('other')}", other='a = { do = "say", prompt = "p", next = "z" }') == [
        ("main", "no-person", "a")
    ]
    assert told(main=f"{asks}b = {call('not-there')}") == []
    assert [one[1] for one in told(main=f"{asks}b = {BACK}")] == ["returns-nowhere"]


def test_a_secret_is_followed_there_and_back():
    main = (
        'a = { do = "collect", prompt = "p", variable = "pin", secure = true, next = "b", otherwise = "z" }\n'
        'b = { do = "flow", flow = "other", with = { code = "{pin}" }, '
        'next = "c", fills = { back = "result" } }\n'
        'c = { do = "say", prompt = "{back}", next = "z" }'
    )
    other = (
        'a = { do = "set", variable = "result", value = "{code}", next = "b" }\n'
        'b = { do = "say", prompt = "{code}", next = "c" }\nc = { do = "return" }\n'
    )
    texts = {"main": main, "other": other}
    graphs = {
        name: Graph(flow)
        for name, flow in flows(
            main="start = 'a'\n" + "\n".join(f"nodes.{line}" for line in f"{main}\n{END}".splitlines()),
            other="start = 'a'\nparameters = ['code']\nresults = ['result']\n"
            + "\n".join(f"nodes.{line}" for line in other.splitlines()),
        ).items()
    }
    assert set(texts) == set(graphs)
    found = [(name, finding.code, finding.path[1]) for name, finding in prove_flows(graphs, SLOTS)]
    assert found == [("main", "secret-spoken", "c"), ("other", "secret-spoken", "b")]


def test_what_a_bot_knows_is_not_asked_for_under_another_name_either():
    main = (
        'a = { do = "bot", bot = "reception", exits = { visit = "b" }, operator = "z", otherwise = "z" }\n'
        'b = { do = "flow", flow = "other", with = { when = "{day}" } }'
    )
    asks = 'a = { do = "collect", prompt = "p", variable = "when", next = "z", otherwise = "z" }'
    assert [one for one in told(main=main, other=asks) if one[1] == "ask-again"] == [
        ("other", "ask-again", "a.variable")
    ]
    tests_first = f'a = {{ do = "branch", on = "when", cases = {{ 1 = "z" }}, otherwise = "b" }}\nb{asks[1:]}'
    assert [one for one in told(main=main, other=tests_first) if one[1] == "ask-again"] == []
