import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.plan.change import Change, in_one_line
from pbx.plan.difference import NodeChange, changed_nodes, differences
from pbx.plan.routes import route_changes

DIALPLAN = """name = "Clinic"
languages = ["en", "lv"]
listeners = ["udp:127.0.0.1:5060"]
[media]
workers = 2
[accounts]
1001 = { password = "example-1001", display = "Reception" }
[queues.support]
ring_time = 15
music = "waiting"
overflow = { do = "flow", flow = "sorry" }
[agents]
anna = { phone = "1005", queues = ["support"] }
[calendars.office]
hours = { mon-fri = "08:00-18:00" }
holidays = [2026-01-01, 2026-05-04]
[[routes]]
number = "100"
name = "main menu"
then = { do = "flow", flow = "main" }
[[routes]]
number = "600"
name = "echo"
then = { do = "echo" }
[[routes]]
pattern = "10XX"
then = { do = "dial", to = "{dialled}" }
"""
FLOW = """start = "menu"
[nodes.menu]
do = "menu"
prompt = "main-menu"
keys = { 1 = "support", 2 = "bye" }
otherwise = "bye"
[nodes.support]
do = "queue"
queue = "support"
otherwise = "bye"
[nodes.bye]
do = "hangup"
"""


def sources(dialplan: str = DIALPLAN, **files: str) -> dict[str, str]:
    """With files by their names in ivr_flows; "__" stands for a slash, and "_test" for ".test"."""
    named = {
        f"ivr_flows/{name.replace('__', '/').replace('_test', '.test')}.toml": text
        for name, text in files.items()
    }
    return {"dialplan.toml": dialplan, "ivr_flows/main.toml": FLOW, **named}


def said(old: str, new: str) -> list[str]:
    """How the dialplan's changes are told when this text in it is replaced by that."""
    assert old in DIALPLAN
    return [str(change) for change in differences(sources(), sources(DIALPLAN.replace(old, new, 1)))]


def said_of_flow(old: str, new: str) -> list[str]:
    assert old in FLOW
    return [str(change) for change in differences(sources(), sources(main=FLOW.replace(old, new, 1)))]


def test_the_same_configuration_has_no_differences():
    assert differences(sources(), sources()) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ring_time = 15", "ring_time = 20", "queue support: ring_time: 15 -> 20"),
        ("ring_time = 15\n", "", "queue support: ring_time removed: 15"),
        ("ring_time = 15", "ring_time = 15\nwrap_up = 5", "queue support: wrap_up added: 5"),
        ('display = "Reception"', 'display = "Desk"', 'account 1001: display: "Reception" -> "Desk"'),
        ('"08:00-18:00"', '"09:00-17:00"', 'calendar office: hours.mon-fri: "08:00-18:00" -> "09:00-17:00"'),
        (
            "2026-01-01, 2026-05-04",
            "2026-05-04, 2026-11-18",
            "calendar office: holidays: without 2026-01-01, with 2026-11-18",
        ),
        ('["en", "lv"]', '["lv", "en"]', 'dialplan: languages: ["en", "lv"] -> ["lv", "en"]'),
        ('queues = ["support"]', 'queues = ["support", "sales"]', 'agent anna: queues: with "sales"'),
        ('[queues.support]', '[queues.sales]\nmusic = "waiting"\n[queues.support]', "queue sales added"),
        (
            'overflow = { do = "flow", flow = "sorry" }',
            'overflow = { do = "queue", queue = "sales" }',
            'queue support: overflow: { do = "flow", flow = "sorry" } -> { do = "queue", queue = "sales" }',
        ),
        ('flow = "sorry"', 'flow = "bye"', 'queue support: overflow.flow: "sorry" -> "bye"'),
    ],
)  # fmt: skip
def test_a_change_of_the_dialplan_is_told_in_one_sentence(old: str, new: str, expected: str):
    assert said(old, new) == [expected]


def test_something_that_is_gone_is_told():
    assert said('anna = { phone = "1005", queues = ["support"] }\n', "") == ["agent anna removed"]


def test_a_change_that_a_reload_does_not_reach_says_so():
    (change,) = said("workers = 2", "workers = 4")
    assert change.splitlines()[1:] == [
        "  media.workers: 2 -> 4",
        "  media needs a restart: a reload leaves it as it is",
    ]


def test_passwords_and_tokens_are_never_told():
    old = DIALPLAN.replace('"example-1001"', '"hunter2hunter2"')
    new = DIALPLAN.replace('"example-1001"', '"correct-horse-battery"')
    assert [str(change) for change in differences(sources(old), sources(new))] == [
        "account 1001: password changed"
    ]
    added = sources(old + '[accounts.1002]\npassword = "correct-horse"\n')
    gone = sources(old.replace("[accounts]", "[other]"))
    lookup = (
        'start = "a"\n[nodes.a]\ndo = "lookup"\nhttp = { url = "https://x", token = { text = "TOKEN" } }\n'
    )
    with_token = sources(old, look=lookup)
    without = sources(old, look=lookup.replace(', token = { text = "TOKEN" }', "").replace("https", "http"))
    for pair in (
        (sources(old), added),
        (sources(old), gone),
        (gone, added),
        (with_token, without),
        (without, with_token),
    ):
        told = "\n".join(str(change) for change in differences(*pair))
        assert told
        for secret in ("hunter2", "correct-horse", "TOKEN"):
            assert secret not in told


def test_a_token_within_a_table_is_not_told_either():
    lookup = 'start = "a"\n[nodes.a]\ndo = "lookup"\n'
    http = f'{lookup}http = {{ url = "https://x", token = "hunter2" }}\n'
    (change,) = differences(sources(main=lookup), sources(main=http))
    assert str(change) == 'flow main: node a: http added: { url = "https://x", token = ... }'


def test_a_long_value_is_cut():
    (change,) = said('name = "Clinic"', f'name = "{"x" * 500}"')
    assert len(change) < 120
    assert change.endswith("...")


# Routes


def test_a_route_that_is_new_is_told_with_its_place_and_what_it_does():
    new = '[[routes]]\nnumber = "601"\nthen = { do = "wait" }\n[[routes]]\npattern'
    assert said("[[routes]]\npattern", new) == [
        'route 601 added\n  after route "echo" (600): { do = "wait" }'
    ]


def test_a_route_that_is_gone_is_told_last():
    echo = '[[routes]]\nnumber = "600"\nname = "echo"\nthen = { do = "echo" }\n'
    assert said(echo, "") == ['route "echo" (600) removed']


def test_a_route_with_another_number_is_the_same_route():
    assert said('number = "600"', 'number = "610"') == ['route "echo" (600): number: "600" -> "610"']


def test_a_route_that_does_something_else_is_told():
    assert said('flow = "main"', 'flow = "closed"') == [
        'route "main menu" (100): then.flow: "main" -> "closed"'
    ]


def route(number: int, **more: Any) -> dict[str, Any]:
    return {"number": str(number), "then": {"do": "echo"}, **more}


def moved(changes: list[Change]) -> list[str]:
    assert {change.verb for change in changes} <= {"moved"}
    return [change.subject for change in changes]


def test_only_the_route_that_moved_is_told_and_not_those_it_passed():
    old = [route(number) for number in range(5)]
    assert moved(list(route_changes(old, [old[4], *old[:4]]))) == ["route 4"]
    assert moved(list(route_changes(old, [*old[1:], old[0]]))) == ["route 0"]
    (change,) = route_changes(old, [*old[1:3], old[0], *old[3:]])
    assert str(change) == "route 0 moved\n  now after route 2"


def test_routes_with_one_number_are_told_apart_by_their_names():
    day, night = route(110, name="day", when="office"), route(110, name="night")
    (change,) = route_changes([day, night], [day, {**night, "then": {"do": "wait"}}])
    assert change.subject == 'route "night" (110)'


def test_routes_with_one_number_that_change_places_and_steps_are_still_told_apart():
    day, night = route(110, name="day"), route(110, name="night")
    later = [{**night, "then": {"do": "wait"}}, {**day, "when": "office"}]
    details = {
        change.subject: change.details
        for change in route_changes([day, night], later)
        if change.verb == "changed"
    }
    assert details == {
        'route "night" (110)': ('then: { do = "echo" } -> { do = "wait" }',),
        'route "day" (110)': ('when added: "office"',),
    }


@given(st.permutations(range(7)))
def test_as_few_routes_as_possible_are_said_to_have_moved(order: list[int]):
    """Oracle: the longest run that kept its order, by trying all runs."""
    old = [route(number) for number in range(7)]
    told = moved(list(route_changes(old, [old[place] for place in order])))
    longest = max(
        sum(1 for bit in range(7) if mask >> bit & 1)
        for mask in range(128)
        if (kept := [order[bit] for bit in range(7) if mask >> bit & 1]) == sorted(kept)
    )
    assert len(told) == 7 - longest
    stayed = [place for place in order if f"route {place}" not in told]
    assert stayed == sorted(stayed)


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 9), unique=True))
def test_every_route_is_added_removed_or_kept(before: list[int], after: list[int]):
    changes = list(route_changes([route(one) for one in before], [route(one) for one in after]))
    by_verb = {verb: {c.subject for c in changes if c.verb == verb} for verb in ("added", "removed")}
    assert by_verb["added"] == {f"route {one}" for one in set(after) - set(before)}
    assert by_verb["removed"] == {f"route {one}" for one in set(before) - set(after)}


# Flows and what else lies beside the dialplan


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('start = "menu"', 'start = "bye"', 'flow main: start: "menu" -> "bye"'),
        ('1 = "support"', '1 = "bye"', 'flow main: node menu: keys.1: "support" -> "bye"'),
        (
            '2 = "bye"',
            '3 = "bye"',
            'flow main changed\n  node menu: keys.3 added: "bye"\n  node menu: keys.2 removed: "bye"',
        ),
        ('[nodes.bye]\ndo = "hangup"', '[nodes.bye]\ndo = "return"', "flow main: node bye: hangup -> return"),
        (
            "[nodes.bye]",
            '[nodes.more]\ndo = "say"\nprompt = "x"\nnext = "bye"\n[nodes.bye]',
            'flow main: node more added ("say")',
        ),
        (
            "[nodes.support]",
            "[nodes.sales]",
            'flow main changed\n  node sales added ("queue")\n  node support: removed',
        ),
    ],
)  # fmt: skip
def test_a_change_of_a_flow_names_the_node_and_the_key(old: str, new: str, expected: str):
    assert said_of_flow(old, new) == [expected]


def test_flows_bots_prompts_and_tests_are_told_after_the_dialplan_in_this_order():
    test = '[[tests]]\nname = "a"\nnumber = "100"\n'
    old = sources(
        main_test=test, prompts__en='main-menu = "Press one."\n', bots__desk="turns = 3\n", old=FLOW
    )
    new = sources(
        DIALPLAN.replace('"Clinic"', '"Shop"'),
        main_test=f'{test}[[tests]]\nname = "b"\n',
        prompts__en='main-menu = "Press two."\n',
        bots__desk="turns = 4\n",
        new=FLOW,
    )
    assert [str(change) for change in differences(old, new)] == [
        'dialplan: name: "Clinic" -> "Shop"',
        "flow new added",
        "flow old removed",
        "bot desk: turns: 3 -> 4",
        'prompts en: main-menu: "Press one." -> "Press two."',
        'tests of main: test "b" added',
    ]


def test_comments_and_layout_are_no_difference():
    assert differences(sources(), sources(f"# new\n{DIALPLAN}", main=FLOW.replace("\n", "\n\n"))) == ()


def test_a_file_that_is_no_toml_is_told_of_all_the_same():
    half, other = sources(half_test="[[tests"), sources(half_test="[[test")
    assert differences(sources(), half) == (Change("tests of half", "added"),)
    assert differences(half, other) == ()


def test_the_nodes_that_change_or_go_are_named_flow_by_flow():
    new = FLOW.replace('1 = "support"', '1 = "bye"').replace("[nodes.support]", "[nodes.sales]")
    assert changed_nodes(sources(gone=FLOW), sources(main=new)) == (
        NodeChange("gone", "menu", "removed"),
        NodeChange("gone", "support", "removed"),
        NodeChange("gone", "bye", "removed"),
        NodeChange("main", "menu", "changed"),
        NodeChange("main", "support", "removed"),
    )


def test_a_version_is_told_in_one_line():
    one, two = Change("queue a", "added"), Change("flow b", "changed", ("start: 1 -> 2", "node c added"))
    assert in_one_line([one]) == "queue a added"
    assert in_one_line([two, one]) == "flow b: start: 1 -> 2 (and 1 more); 1 more"
    assert in_one_line([]) == "comments and layout"


def test_the_shipped_dialplan_differs_from_nothing_in_everything():
    text = Path("dialplan.toml").read_text()
    document = tomllib.loads(text)
    told = differences({"dialplan.toml": ""}, {"dialplan.toml": text})
    named = sum(len(document[key]) for key in ("accounts", "queues", "agents", "calendars", "routes"))
    assert sum(change.verb == "added" for change in told) == named
