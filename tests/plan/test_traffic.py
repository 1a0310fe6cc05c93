import tomllib
from typing import Any

import pytest

from pbx.ivr.flow import parse_flow
from pbx.plan.traffic import Traffic, passed_through, traffic
from pbx.records.cdr import PATH_LIMIT
from tests.plan.test_difference import FLOW

MAIN = parse_flow("main", tomllib.loads(FLOW))


def row(path: str, outcome: str = "self_service", by: str | None = "customer") -> dict[str, Any]:
    return {"path": path, "outcome": outcome, "by": by}


def seen(*rows: dict[str, Any]) -> Traffic:
    return traffic(MAIN, rows)


def test_a_call_counts_once_at_a_node_and_every_time_it_goes_a_way():
    found = seen(row("main/menu main/support main/menu main/support"), row("main/menu"), row("other/menu"))
    assert found.calls == 2
    assert found.reached == {"menu": 2, "support": 1}
    assert found.moves == {("menu", "support"): 2, ("support", "menu"): 1}


def test_a_caller_who_hangs_up_is_lost_at_the_last_node():
    found = seen(row("main/menu"), row("main/menu main/support", outcome="abandoned"), row("main/menu"))
    assert found.lost == {"menu": 2, "support": 1}


@pytest.mark.parametrize(
    "call",
    [
        row("main/menu main/bye"),
        row("main/menu main/support", outcome="agent"),
        row("main/menu main/support", outcome="connected"),
        row("main/menu main/support", outcome="unserved", by="system"),
        row("main/menu", outcome="active", by=None),
        row("main/menu other/start"),
        row(" ".join(["main/menu"] * PATH_LIMIT)),
    ],
    ids=["after the goodbye", "talked", "connected", "hung up on", "still there", "elsewhere", "path is cut"],
)
def test_a_caller_who_was_served_or_did_not_hang_up_here_is_not_lost(call: dict[str, Any]):
    assert seen(call).lost == {}


def test_a_caller_who_talked_and_gave_up_later_is_lost_there():
    assert seen(row("main/support main/menu", outcome="agent")).lost == {"menu": 1}


def test_a_flow_in_between_is_passed_over_and_a_new_beginning_is_no_way():
    assert seen(row("main/support sub/a sub/b main/bye")).moves == {("support", "bye"): 1}
    assert seen(row("main/support sub/a main/menu main/bye")).moves == {("menu", "bye"): 1}
    assert seen(row("main/support main/menu")).moves == {("support", "menu"): 1}


def test_nodes_that_the_flow_no_longer_has_are_left_out():
    found = seen(row("main/gone"), row("main/menu main/gone"))
    assert (found.calls, found.reached, found.lost) == (1, {"menu": 1}, {})


def test_calls_that_came_to_a_place_are_counted_once_each():
    rows = [row("main/a main/b main/a"), row("main/b"), row("sub/a"), row("")]
    assert passed_through(rows, [("main", "a"), ("main", "b"), ("main", "c")]) == {
        ("main", "a"): 1,
        ("main", "b"): 2,
    }
