from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.dialplan.calendar import Calendar, Hours, Span
from pbx.dialplan.pattern import Match
from pbx.dialplan.route import Dialplan
from pbx.dialplan.rules import ANY, Arrival, Rule, When
from pbx.sip.outputs import Identity, Standing
from pbx.steps import Dial, Echo, Hangup, JoinQueue, RunFlow

STRANGER = Identity(Standing.STRANGER)
PHONE = Identity(Standing.ACCOUNT, "1001")
TRUNK = Identity(Standing.TRUNK, "operator")
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 10, tzinfo=UTC)
DAYTIME: Hours = (Span(480, 1080),)
CALENDARS = {"office": Calendar(ZoneInfo("UTC"), (DAYTIME,) * 5 + ((), ()))}


def number(text: str, **more: Any) -> Rule:
    return replace(Rule(text, Match("number", text), Echo(), f"dialplan.toml:{text}"), **more)


def pattern(text: str, **more: Any) -> Rule:
    return replace(Rule(text, Match("pattern", text), Echo()), **more)


def prefix(text: str, **more: Any) -> Rule:
    return replace(Rule(text, Match("prefix", text), Echo()), **more)


def taken(*rules: Rule, dialled: str, identity: Identity = PHONE, caller: str = "1001") -> Rule | None:
    decision = Dialplan(rules, CALENDARS).route(Arrival(dialled, caller, identity, MONDAY))
    return None if decision is None else decision.rule


def test_the_first_rule_in_the_file_that_fits_decides() -> None:
    exact, wide = number("1001"), pattern("10XX")
    assert taken(exact, wide, dialled="1001") == exact
    assert taken(wide, exact, dialled="1001") == wide
    assert taken(exact, wide, dialled="1002") == wide
    assert taken(pattern("20XX"), prefix("1"), exact, dialled="1001") == prefix("1")


def test_nobody_has_a_number_that_no_rule_fits() -> None:
    assert taken(number("100"), pattern("2XX"), dialled="300") is None
    assert taken(number("100"), dialled="") is None


@pytest.mark.parametrize(
    ("rule", "admitted"),
    [
        (number("1"), [PHONE]),
        (number("1", public=True), [PHONE, TRUNK, STRANGER]),
        (number("1", account=ANY), [PHONE]),
        (number("1", account="1001"), [PHONE]),
        (number("1", account="1002"), []),
        (number("1", trunk=ANY), [TRUNK]),
        (number("1", trunk="operator"), [TRUNK]),
        (number("1", trunk="other"), []),
        (number("1", trunk="operator", account="1001"), [PHONE, TRUNK]),
    ],
)
def test_a_rule_serves_only_whom_it_is_for(rule: Rule, admitted: list[Identity]) -> None:
    asked = [PHONE, TRUNK, STRANGER]
    assert [identity for identity in asked if taken(rule, dialled="1", identity=identity)] == admitted


def test_an_account_named_like_a_trunk_is_no_trunk() -> None:
    assert (
        taken(number("1", trunk="operator"), dialled="1", identity=Identity(Standing.ACCOUNT, "operator"))
        is None
    )
    assert taken(number("1", account=ANY), dialled="1", identity=Identity(Standing.TRUNK, ANY)) is None


def test_a_rule_may_ask_who_calls() -> None:
    local = number("1", caller=Match("pattern", "10XX"))
    other = number("1", name="other")
    assert taken(local, other, dialled="1", caller="1001") == local
    assert taken(local, other, dialled="1", caller="29100200") == other
    assert taken(local, other, dialled="1", caller="") == other


def test_calendars_decide_by_the_time_of_the_call() -> None:
    plan = Dialplan(
        [
            number("1", when=When("office"), step=JoinQueue("support")),
            number("1", when=When("office", open=False), step=RunFlow("closed")),
        ],
        CALENDARS,
    )
    steps = [
        decision.step
        for at in (MONDAY, SUNDAY)
        if (decision := plan.route(Arrival("1", "", PHONE, at))) is not None
    ]
    assert steps == [JoinQueue("support"), RunFlow("closed")]


def test_the_dialled_number_is_filled_into_what_is_rung() -> None:
    step = Dial(("{dialled}", "sip:{rest}@gateway"), otherwise=Dial(("{rest}",), otherwise=Hangup(486)))
    decision = Dialplan([prefix("00", step=step)], {}).route(Arrival("00371", "", PHONE, MONDAY))
    assert decision is not None
    assert decision.step == Dial(
        ("00371", "sip:371@gateway"), otherwise=Dial(("371",), otherwise=Hangup(486))
    )
    assert decision.rule.step == step


def test_a_number_is_public_if_some_public_rule_could_serve_it() -> None:
    plan = Dialplan(
        [
            number("100"),
            number("100", public=True, when=When("office")),
            pattern("6XX", public=True),
            number("*45"),
        ],
        CALENDARS,
    )
    assert [dialled for dialled in ("100", "600", "*45", "700", "", "sip") if plan.is_public(dialled)] == [
        "100",
        "600",
    ]


def test_an_explanation_names_every_rule_up_to_the_one_that_decides() -> None:
    plan = Dialplan(
        [
            number("110", name="elsewhere"),
            number("100", name="staff"),
            number("100", name="Riga", public=True, caller=Match("pattern", "67.")),
            number("100", name="open", public=True, when=When("office")),
            number("100", name="closed", public=True, when=When("office", open=False)),
            number("100", name="last", public=True),
        ],
        CALENDARS,
    )
    assert plan.explain(Arrival("100", "", STRANGER, SUNDAY)) == (
        "dialplan.toml:110: elsewhere: 100 is not number 110",
        "dialplan.toml:100: staff: needs an identity (any account), and the caller is stranger",
        "dialplan.toml:100: Riga: the caller (none) is not pattern 67.",
        "dialplan.toml:100: open: office is closed",
        "dialplan.toml:100: closed: taken",
    )
    assert plan.explain(Arrival("7", "", STRANGER, SUNDAY))[-1] == "no route for 7: 404"


RULES = st.builds(
    Rule,
    name=st.just("rule"),
    match=st.one_of(
        st.builds(Match, st.just("number"), st.sampled_from(["1", "12", "123", "*4", "anna"])),
        st.builds(Match, st.just("pattern"), st.sampled_from(["1X", "X.", "12N", "*.", ".", "[1-3]XX"])),
        st.builds(Match, st.just("prefix"), st.sampled_from(["1", "12", "*", "0"])),
    ),
    step=st.just(Echo()),
    public=st.booleans(),
    account=st.sampled_from([None, ANY, "1001", "1002"]),
    trunk=st.sampled_from([None, ANY, "operator"]),
    caller=st.sampled_from([None, Match("pattern", "10XX")]),
    when=st.sampled_from([None, When("office"), When("office", open=False)]),
)
ARRIVALS = st.builds(
    Arrival,
    dialled=st.one_of(
        st.sampled_from(["1", "12", "123", "*4", "anna", "", "00"]), st.text("0123*#+x", max_size=4)
    ),
    caller=st.sampled_from(["1001", "299"]),
    identity=st.sampled_from([PHONE, TRUNK, STRANGER]),
    at=st.sampled_from([MONDAY, SUNDAY]),
)


@settings(max_examples=300)
@given(st.lists(RULES, max_size=8), ARRIVALS)
def test_routing_and_its_explanation_agree_and_strangers_reach_public_rules_only(
    rules: list[Rule], arrival: Arrival
) -> None:
    numbered = [replace(rule, place=str(order)) for order, rule in enumerate(rules)]
    plan = Dialplan(numbered, CALENDARS)
    decision = plan.route(arrival)
    last = plan.explain(arrival)[-1]
    if decision is None:
        assert last == f"no route for {arrival.dialled}: 404"
    else:
        assert last == f"{decision.rule.place}: rule: taken"
        assert decision.rule.public or arrival.identity != STRANGER
        assert decision.rule.match.fits(arrival.dialled)
    assert plan.is_public(arrival.dialled) == any(
        rule.public and rule.match.fits(arrival.dialled) for rule in rules
    )
