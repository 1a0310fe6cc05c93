"""Flows of every shape for property tests: two that call each other, with every kind of node in them."""

from typing import Any

from hypothesis import strategies as st

from pbx.ivr.flow import parse_flow
from pbx.ivr.model import Event, Performed, PromptEnded, State, TimeUp
from pbx.steps import Outcome
from tests.ivr.examples import Flows

SIZE = 5  # nodes of a flow
TARGETS = st.sampled_from([f"n{at}" for at in range(SIZE)])
FLAG = st.booleans()
KEYS = st.sampled_from("0129*#")
REMARKS = {"invalid": st.just("invalid"), "interruptible": FLAG, "attempts": st.integers(1, 3)}
SILENCE = {**REMARKS, "silence": st.just("silence")}
SAID = st.sampled_from(["p", "{x}", "{y}", {"en": "You have {x:count message}.", "lv": "Jums ir {x}."}])
VARIABLES = st.sampled_from("xy")
ELSEWHERE = [Outcome.BUSY, Outcome.NO_AGENTS, Outcome.WAITED_ENOUGH, Outcome.FAILED, Outcome.NOTHING]
ANSWERS = st.dictionaries(
    st.sampled_from(["open", "listed", "waiting", "x", "y", "intent", "key", "file", "caller", "S!"]),
    st.sampled_from(["yes", "no", "7", "0", "want", ""]),
)


def table(
    do: str, required: dict[str, Any], optional: dict[str, Any] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"do": st.just(do), **required}, optional=optional or {})


def optional(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, TARGETS)


ASKED = st.sampled_from(
    ["q", ["q", "{x}"], {"en": "{x}", "lv": "{y:number}"}]
)  # the last may come to nothing
QUESTION = {"prompt": ASKED, "otherwise": TARGETS}
LISTS = st.dictionaries(st.sampled_from(["vip", "blocked"]), TARGETS, max_size=2)
NODES = st.one_of(
    table("say", {"prompt": SAID, "next": TARGETS}, {"interruptible": FLAG}),
    table("menu", {**QUESTION, "keys": st.dictionaries(KEYS, TARGETS, min_size=1)}, SILENCE),
    table(
        "collect",
        {**QUESTION, "variable": VARIABLES, "next": TARGETS},
        {
            **SILENCE,
            "max_digits": st.integers(1, 3),
            "secure": FLAG,
            "like": st.sampled_from(["[0-2]+", "[129*]{2,}"]),
            "check": st.just("luhn"),
            "confirm": st.sampled_from([["c", "{x}"], "c"]),
        },
    ),
    table(
        "survey",
        {"questions": st.dictionaries(VARIABLES, ASKED, min_size=1), "next": TARGETS},
        {**REMARKS, "keys": st.just("012")},
    ),
    table(
        "branch",
        {"on": st.sampled_from(["x", "language", "caller"]), "otherwise": TARGETS, "lists": LISTS},
    ).map(lambda node: {**node, "cases": {"1": "n0", "lv": "n1"}}),
    table("hours", {"calendar": st.just("office"), "open": TARGETS, "closed": TARGETS}),
    table("queue_state", {"queue": st.just("q"), "then": TARGETS, "otherwise": TARGETS}).map(
        lambda node: {**node, "of": "waiting", "at_least": 3}
    ),
    table("set", {"language": st.sampled_from(["en", "lv"]), "next": TARGETS}),
    table("set", {"variable": VARIABLES, "value": st.sampled_from(["1", "{y}{x}"]), "next": TARGETS}),
    table(
        "lookup",
        {"next": TARGETS, "otherwise": TARGETS, "fills": st.dictionaries(VARIABLES, st.just("a.b"))},
        optional("nothing"),
    ).map(
        lambda node: {**node, "http": {"url": "https://crm.example/{x}", "method": "POST", "body": ["{y}"]}}
    ),
    table("record", {"next": TARGETS}, {**optional("nothing"), "prompt": SAID, "variable": VARIABLES}),
    table(
        "queue",
        {"queue": st.just("q"), "otherwise": TARGETS},
        optional("next", "overflow", "no_agents", "queue_full"),
    ),
    table(
        "dial",
        {"to": st.sampled_from(["1001", "{x}"]), "otherwise": TARGETS},
        optional("next", "busy", "no_answer", "declined", "unreachable"),
    ),
    table("bot", {"bot": st.just("b"), "operator": TARGETS, "otherwise": TARGETS}).flatmap(
        lambda node: TARGETS.map(lambda target: {**node, "exits": {"want": target}})
    ),
    table(
        "callback",
        {"queue": st.just("q"), "next": TARGETS, "otherwise": TARGETS},
        {"number": st.sampled_from(["{x}", "+371{y}"])},
    ),
    table("flow", {"flow": st.sampled_from(["any", "other"])}, {"with": st.just({"x": "{y}1", "y": "{x}"})}),
    table("flow", {"flow": st.sampled_from(["any", "other"]), "next": TARGETS, "fills": st.just({"x": "y"})}),
    table("return", {}),
    table("hangup", {}, {"prompt": SAID}),
)
DOCUMENTS = st.fixed_dictionaries(
    {"start": st.just("n0"), "nodes": st.lists(NODES, min_size=SIZE, max_size=SIZE)},
    optional={"always": st.dictionaries(KEYS, TARGETS, min_size=1).map(lambda keys: {"keys": keys})},
).map(lambda text: {**text, "nodes": {f"n{at}": node for at, node in enumerate(text["nodes"])}})
FLOWS = st.tuples(DOCUMENTS, DOCUMENTS).map(
    lambda both: {
        name: parse_flow(name, document) for name, document in zip(("any", "other"), both, strict=True)
    }
)
ACTIONS = st.one_of(
    KEYS,
    st.sampled_from(["go on", "time is up"]),
    st.tuples(st.sampled_from(Outcome), ANSWERS),
    st.integers(0, 3),
)


def awaited(state: State, outcome: Outcome) -> Event:
    """What comes next for a caller who never presses a key."""
    match state.phase:
        case "playing":
            return PromptEnded(state.number)
        case "listening":
            return TimeUp()
        case _:
            return Performed(state.number, outcome)


def silent_flows(flows: Flows) -> bool:
    """Are these flows on their own: does none call another?"""
    return all(node.do != "flow" for flow in flows.values() for node in flow.nodes.values())
