from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pbx.plan.difference import NodeChange
from pbx.plan.preview import preview
from pbx.plan.replay import EXAMPLES, dialplan_of, recorded_call, replay
from pbx.sip.outputs import Identity, Standing
from tests.calls.premises import ACCOUNTS

MONDAY_NOON = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp() * 1000)
NOBODYS = 'number = "1"\nthen = { do = "echo" }'
CALENDAR = '[calendars.office]\nzone = "UTC"\nhours = { mon-fri = "08:00-18:00" }\n'


def dialplan(*routes: str, calendar: str = CALENDAR) -> dict[str, str]:
    """With one route more, that nobody here dials."""
    text = "".join(f"[[routes]]\n{route}\n" for route in (*routes, NOBODYS))
    return {"dialplan.toml": f"{ACCOUNTS}{calendar}{text}"}


def row(dnis: str = "100", **more: Any) -> dict[str, Any]:
    """A call on a Monday at noon, by a stranger, as the records have it."""
    call = {"contact": "c1", "dnis": dnis, "number": "+37120000001", "identity": "", "direction": "inbound"}
    return {**call, "arrived": MONDAY_NOON, "path": "", **more}


def diverted(old: dict[str, str], new: dict[str, str], *rows: dict[str, Any]) -> list[tuple[int, str, str]]:
    found = replay(dialplan_of(old), dialplan_of(new), map(recorded_call, rows))
    return [(one.count, one.old, one.new) for one in found]


ECHO = 'number = "100"\npublic = true\nthen = { do = "echo" }'
WAIT = 'number = "100"\npublic = true\nthen = { do = "wait" }'
MENU = 'number = "100"\npublic = true\nthen = { do = "flow", flow = "main" }'


def test_a_call_that_gets_another_first_step_went_elsewhere():
    assert diverted(dialplan(ECHO), dialplan(MENU), row(), row("200")) == [(1, "echo", "flow main")]


def test_a_call_whose_number_is_gone_or_new_is_told_as_404():
    other = ECHO.replace("100", "200")
    assert diverted(dialplan(ECHO), dialplan(other), row(), row("200")) == [
        (1, "echo", "404 Not Found"),
        (1, "404 Not Found", "echo"),
    ]


def test_the_same_step_by_another_route_is_not_elsewhere():
    assert diverted(dialplan(f'name = "a"\n{ECHO}'), dialplan(WAIT.replace("100", "300"), ECHO), row()) == []


def test_the_most_frequent_diversion_comes_first_and_a_pattern_is_one_diversion():
    direct = 'pattern = "10XX"\npublic = true\nthen = { do = "dial", to = "{dialled}", ring_for = 20 }'
    both = direct.replace('"{dialled}"', '["1001", "{dialled}"]')
    new = dialplan(both, ECHO.replace("100", "200"))
    rows = [row("200"), *(row(f"10{number}") for number in range(10, 14))]
    assert diverted(dialplan(direct), new, *rows) == [
        (4, "dial {dialled} for 20 s", "dial 1001, {dialled} for 20 s"),
        (1, "404 Not Found", "echo"),
    ]


def test_calls_are_replayed_at_the_time_they_came():
    day = f'when = "office"\n{MENU}'
    sunday = row(arrived=MONDAY_NOON - 86_400_000)
    longer = CALENDAR.replace("mon-fri", "mon-sun")
    old, new = dialplan(day, ECHO), dialplan(day, ECHO, calendar=longer)
    assert diverted(old, new, row(), sunday) == [(1, "echo", "flow main")]


def test_calls_are_replayed_with_who_called():
    trunk = MENU.replace("public = true", 'trunk = "any"')
    ours = MENU.replace("public = true\n", "")
    known = 'caller = "+3712XXXXXXX"\n' + MENU
    account = row(identity="1001", direction="internal", number="1001")
    carrier = row(identity="operator")
    stranger = row(number="+4420")
    erased = row(number="")
    calls = (account, carrier, stranger, erased)
    assert [diverted(dialplan(), dialplan(one), *calls) for one in (trunk, ours, known)] == [
        [(1, "404 Not Found", "flow main")],
        [(1, "404 Not Found", "flow main")],
        [(1, "404 Not Found", "flow main")],
    ]
    assert recorded_call(account).arrival.identity == Identity(Standing.ACCOUNT, "1001")
    assert recorded_call(carrier).arrival.identity == Identity(Standing.TRUNK, "operator")
    assert recorded_call(stranger).arrival.identity == Identity(Standing.STRANGER)


def test_a_diversion_names_its_latest_calls_and_only_a_few():
    rows = [row(contact=f"c{number}") for number in range(9)]
    (one,) = replay(dialplan_of(dialplan(ECHO)), dialplan_of(dialplan()), map(recorded_call, rows))
    assert (one.count, [call.contact for call in one.examples]) == (9, ["c0", "c1"])
    assert len(one.examples) == EXAMPLES


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ('do = "queue", queue = "support", priority = 5', "queue support with priority 5"),
        (
            'do = "dial", to = "1001", otherwise = { do = "queue", queue = "support" }',
            "dial 1001 for 30 s, else queue support",
        ),
        ('do = "music", music = "waiting"', "music waiting"),
        ('do = "wait", seconds = 3', "wait 3 s"),
        ('do = "agent", action = "sign_in"', "agent: sign in"),
        ('do = "hangup", status = 603', "hang up with 603"),
    ],
)
def test_every_kind_of_step_has_its_words(then: str, words: str):
    route = f'number = "100"\npublic = true\nthen = {{ {then} }}'
    assert diverted(dialplan(), dialplan(route), row()) == [(1, "404 Not Found", words)]


def test_a_dialplan_that_is_not_in_order_any_more_says_so():
    with pytest.raises(ValueError, match="reads it no more"):
        dialplan_of({"dialplan.toml": "routes = 3\n"})


def test_the_preview_counts_the_calls_that_came_to_what_changes():
    flow = 'start = "a"\n[nodes.a]\ndo = "say"\nprompt = "x"\nnext = "b"\n[nodes.b]\ndo = "hangup"\n'
    old = {**dialplan(MENU), "ivr_flows/main.toml": flow}
    new = {**dialplan(MENU), "ivr_flows/main.toml": flow.replace('"x"', '"y"')}
    rows = [row(path="main/a main/b main/a"), row(path="main/a"), row(path="other/a main/b"), row()]
    found = preview(old, new, rows)
    assert [str(change) for change in found.changes] == ['flow main: node a: prompt: "x" -> "y"']
    assert [(met.change, met.calls) for met in found.met] == [(NodeChange("main", "a", "changed"), 2)]
    assert (found.calls, found.diverted) == (4, 0)
    assert preview(old, {**new, **dialplan(ECHO)}, rows).diverted == 4


def test_the_shipped_dialplan_sends_every_call_where_it_always_went():
    text = {"dialplan.toml": Path("dialplan.toml").read_text()}
    numbers = ("100", "110", "600", "700", "*45", "1003", "999")
    rows = [row(number, identity="1001", direction="internal") for number in numbers]
    assert diverted(text, text, *rows) == []
