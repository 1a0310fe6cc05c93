"""What is said of routes, against trying every call."""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.config.proof.moments import moments
from pbx.config.proof.routes import routes
from pbx.dialplan.calendar import Calendar, Span
from pbx.dialplan.pattern import Match
from pbx.dialplan.rules import Rule, When
from pbx.sip.outputs import Identity, Standing
from pbx.steps import Echo

RIGA = ZoneInfo("Europe/Riga")


def open_at(*spans: tuple[int, int]) -> Calendar:
    """Every day, from and to these hours."""
    return Calendar(
        RIGA, (tuple(Span(start * 60, end * 60) for start, end in spans),) * 7, MappingProxyType({})
    )


CALENDARS: Mapping[str, Calendar] = {
    "day": open_at((8, 16)),
    "late": open_at((14, 22)),
    "noon": open_at((12, 13)),
}
ACCOUNTS, TRUNKS = ("a", "b", "c"), ("t", "u")
AUDIENCE = [
    Identity(Standing.STRANGER),
    *(Identity(Standing.ACCOUNT, name) for name in ACCOUNTS),
    *(Identity(Standing.TRUNK, name) for name in TRUNKS),
]
NUMBERS = ["".join(signs) for length in (1, 2, 3) for signs in product("0123*", repeat=length)]
MATCHES = st.sampled_from(
    [
        *(Match("number", text) for text in ("0", "1", "01", "11", "*1")),
        *(
            Match("pattern", text)
            for text in ("X", "[0-1]", "[0-1]", "0X", "XX", "[0-1]X", "X.", "1.", "[0-1][1-9]")
        ),
        *(Match("prefix", text) for text in ("0", "1", "01")),
    ]
)
WHO = st.sampled_from(
    [
        (True, None, None),
        (False, None, None),
        (False, "a", None),
        (False, "any", None),
        (False, None, "t"),
        (False, "b", "any"),
    ]
)
WHEN = st.sampled_from(
    [None, None, When("day"), When("day", open=False), When("late"), When("noon"), When("noon", open=False)]
)


def route(match: Match, who: tuple[bool, str | None, str | None], when: When | None) -> Rule:
    public, account, trunk = who
    return Rule("r", match, Echo(), public=public, account=account, trunk=trunk, when=when)


RULES = st.lists(
    st.builds(route, MATCHES, WHO, WHEN),
    min_size=1,
    max_size=5,
)


def takes(rule: Rule, number: str, caller: Identity, now_open: frozenset[str]) -> bool:
    holds = rule.when is None or (rule.when.calendar in now_open) == rule.when.open
    return rule.match.fits(number) and rule.admits(caller) and holds


def told(rules: list[Rule], code: str) -> list[int]:
    found = routes(rules, CALENDARS, ACCOUNTS, TRUNKS)
    return [int(finding.path[1]) for finding in found if finding.code == code]


@settings(max_examples=40, deadline=None)
@given(RULES)
def test_a_route_is_shadowed_if_it_is_never_the_first_to_take_a_call(rules: list[Rule]) -> None:
    times = [moment.open for moment in moments(CALENDARS)]
    first: set[int] = set()
    for number, caller, now_open in product(NUMBERS, AUDIENCE, times):
        taking = (at for at, rule in enumerate(rules) if takes(rule, number, caller, now_open))
        first.add(next(taking, -1))
    assert told(rules, "shadowed-route") == [at for at in range(len(rules)) if at not in first]


@settings(max_examples=40, deadline=None)
@given(RULES)
def test_there_is_a_gap_where_nobody_takes_a_call_that_is_taken_at_another_hour(rules: list[Rule]) -> None:
    times = [moment.open for moment in moments(CALENDARS)]
    gaps: list[int] = []
    for at, rule in enumerate(rules):
        if rule.when is None or any(rules[gap].match == rule.match for gap in gaps):
            continue
        for number, caller in product(NUMBERS, AUDIENCE):
            taken = [any(takes(one, number, caller, now_open) for one in rules) for now_open in times]
            if rule.match.fits(number) and rule.admits(caller) and not all(taken):
                gaps.append(at)
                break
    assert told(rules, "route-gap") == gaps


def test_numbers_together_may_take_all_that_a_pattern_is_for() -> None:
    numbers = [Rule("r", Match("number", text), Echo()) for text in ("0", "1")]
    assert told([*numbers, Rule("r", Match("pattern", "[0-1]"), Echo())], "shadowed-route") == [2]
    assert told([*numbers, Rule("r", Match("pattern", "[0-2]"), Echo())], "shadowed-route") == []


def rule(when: str, *, public: bool = False) -> Rule:
    return Rule("r", Match("number", "1"), Echo(), public=public, when=When(when))


def test_hours_overlap_only_where_neither_is_a_special_case_of_the_other() -> None:
    assert told([rule("day"), rule("late")], "route-overlap") == [1]
    assert told([rule("noon"), rule("day")], "route-overlap") == []
    assert told([rule("day"), rule("noon")], "route-overlap") == []
    assert told([rule("day", public=True), rule("late")], "route-overlap") == [1]
    assert (
        told(
            [Rule("r", Match("number", "1"), Echo(), when=When("day"), trunk="t"), rule("late")],
            "route-overlap",
        )
        == []
    )


def test_a_gap_is_told_with_an_example() -> None:
    [gap] = routes([rule("day", public=True)], CALENDARS, ACCOUNTS, TRUNKS)
    assert str(gap) == (
        "no route takes a stranger's call to 1 while day is closed, e.g. on Mon 2026-01-05 00:00; "
        "add a route without `when` below this one"
    )


def test_a_shadow_is_told_with_an_example() -> None:
    rules = [
        Rule("all", Match("pattern", "1X"), Echo(), place="dialplan.toml:7"),
        Rule("some", Match("pattern", "1[2-3]"), Echo(), place="dialplan.toml:9", account="a"),
    ]
    [shadow] = routes(rules, CALENDARS, ACCOUNTS, TRUNKS)
    assert shadow.message == (
        "never reached: the route at dialplan.toml:7 already takes every call to 1[2-3], e.g. to 12 (all)"
    )
