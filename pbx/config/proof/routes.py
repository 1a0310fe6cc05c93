"""Routes that get no call, numbers that nobody answers at some hour, hours that two routes claim."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from pbx.config.proof.moments import Moment, moments, said
from pbx.config.proof.region import Calls, calls, common, remainder
from pbx.dialplan.calendar import Calendar
from pbx.dialplan.rules import Rule, When
from pbx.ivr.proof.finding import Finding
from pbx.sip.outputs import Identity, Standing


@dataclass(frozen=True, slots=True)
class _Route:
    index: int
    rule: Rule
    calls: Calls


def routes(
    rules: Sequence[Rule],
    calendars: Mapping[str, Calendar],
    accounts: Sequence[str],
    trunks: Sequence[str],
) -> Iterator[Finding]:
    """Every `when` names one of the calendars."""
    study = _Study(rules, calendars, _audience(rules, accounts, trunks))
    yield from study.shadowed()
    yield from study.gaps()
    yield from study.overlaps()


def _audience(rules: Sequence[Rule], accounts: Sequence[str], trunks: Sequence[str]) -> list[Identity]:
    """Everybody whom some route may treat unlike the others: a stranger, who is named, and one more."""
    named = {rule.account for rule in rules} | {rule.trunk for rule in rules}
    people = [Identity(Standing.STRANGER)]
    for standing, names in ((Standing.TRUNK, trunks), (Standing.ACCOUNT, accounts)):
        people += [Identity(standing, name) for name in names if name in named]
        people += [Identity(standing, name) for name in names if name not in named][:1]
    return people


class _Study:
    def __init__(
        self, rules: Sequence[Rule], calendars: Mapping[str, Calendar], audience: Sequence[Identity]
    ) -> None:
        self._routes = [
            _Route(index, rule, calls(rule.match, rule.caller)) for index, rule in enumerate(rules)
        ]
        self._calendars, self._audience = calendars, audience
        self._moments: dict[frozenset[str], list[Moment]] = {}
        self._numbers: dict[str, list[_Route]] = {}
        self._patterns: dict[str, list[_Route]] = {}  # by what their numbers begin with
        for route in self._routes:
            match = route.rule.match
            filed = self._numbers if match.kind == "number" else self._patterns
            filed.setdefault(
                match.text if match.kind == "number" else route.calls.dialled.literal(), []
            ).append(route)
        self._beginnings = sorted(self._patterns)
        self._all_rivals = [self._rivals_of(route) for route in self._routes]

    def shadowed(self) -> Iterator[Finding]:
        for route in self._routes:
            earlier = [other for other in self._rivals(route) if other.index < route.index]
            if earlier and self._gets_no_call(route, earlier):
                first = earlier[0].rule
                places = " and ".join(dict.fromkeys(other.rule.place for other in earlier[:3]))
                yield Finding(
                    "shadowed-route",
                    ("routes", route.index),
                    f"never reached: the route at {places} already takes every call to "
                    f"{route.rule.match.text}, e.g. to {route.calls.dialled.example()} ({first.name})",
                    "move this one above it, or remove it",
                )

    def _gets_no_call(self, route: _Route, earlier: Sequence[_Route]) -> bool:
        times = self._times([route, *earlier])
        for caller in self._audience:
            for moment in times if route.rule.admits(caller) else ():
                if not _holds(route.rule.when, moment):
                    continue
                taken = [other.calls for other in earlier if _serves(other.rule, caller, moment)]
                if remainder(route.calls, taken):
                    return False
        return any(_holds(route.rule.when, moment) for moment in times)

    def gaps(self) -> Iterator[Finding]:
        """Told at the first route of a number that leaves hours to nobody."""
        told: set[str] = set()
        for route in self._routes:
            when, match = route.rule.when, str(route.rule.match)
            if when is None or match in told:
                continue
            if (gap := self._gap(route)) is not None:
                told.add(match)
                caller, moment, number = gap
                yield Finding(
                    "route-gap",
                    ("routes", route.index, "when"),
                    f"no route takes {_called(caller)} call to {number} while {when.calendar} is "
                    f"{'closed' if when.open else 'open'}, e.g. on "
                    f"{said(moment, self._calendars[when.calendar])}",
                    "add a route without `when` below this one",
                )

    def _gap(self, route: _Route) -> tuple[Identity, Moment, str] | None:
        others = [other for other in self._rivals(route) if other is not route]
        times = self._times([route, *others])
        for caller in self._audience:
            for moment in times if route.rule.admits(caller) else ():
                if _holds(route.rule.when, moment):
                    continue
                taken = [other.calls for other in others if _serves(other.rule, caller, moment)]
                for left in remainder(route.calls, taken)[:1]:
                    return caller, moment, left.dialled.example()
        return None

    def overlaps(self) -> Iterator[Finding]:
        """Two routes of one number whose hours cross: neither is a special case of the other."""
        for route in self._routes:
            for other in self._rivals(route) if route.rule.when else ():
                if other.index < route.index and other.rule.match == route.rule.match and other.rule.when:
                    yield from self._overlap(other, route)

    def _overlap(self, first: _Route, second: _Route) -> Iterator[Finding]:
        times = self._times([first, second])
        ours = {moment for moment in times if _holds(first.rule.when, moment)}
        theirs = {moment for moment in times if _holds(second.rule.when, moment)}
        shared = any(first.rule.admits(one) and second.rule.admits(one) for one in self._audience)
        when = second.rule.when
        if when and shared and ours & theirs and ours - theirs and theirs - ours:
            both = min(ours & theirs)
            yield Finding(
                "route-overlap",
                ("routes", second.index, "when"),
                f"on {said(both, self._calendars[when.calendar])} both this route and the one at "
                f"{first.rule.place} are for {second.rule.match.text}: {first.rule.when} and {when} overlap, "
                "and the first decides",
                "let one calendar begin where the other ends",
            )

    def _rivals(self, route: _Route) -> list[_Route]:
        """Every route that some of the same calls fit, itself included, in the order of the file."""
        return self._all_rivals[route.index]

    def _rivals_of(self, route: _Route) -> list[_Route]:
        dialled = route.calls.dialled
        found = [other for other in self._alike(dialled.literal()) if common(other.calls.dialled, dialled)]
        if route.rule.match.kind == "number":
            found += self._numbers[route.rule.match.text]
        else:
            for number, others in self._numbers.items():
                found += others if route.rule.match.fits(number) else []
        return sorted(found, key=lambda other: other.index)

    def _alike(self, literal: str) -> Iterator[_Route]:
        """The patterns that begin as this does, as far as either says how."""
        for length in range(len(literal)):
            yield from self._patterns.get(literal[:length], ())
        at = bisect_left(self._beginnings, literal)
        for beginning in takewhile(lambda one: one.startswith(literal), self._beginnings[at:]):
            yield from self._patterns[beginning]

    def _times(self, group: Sequence[_Route]) -> list[Moment]:
        names = frozenset(route.rule.when.calendar for route in group if route.rule.when)
        if names not in self._moments:
            self._moments[names] = moments({name: self._calendars[name] for name in sorted(names)})
        return self._moments[names]


def _holds(when: When | None, moment: Moment) -> bool:
    return when is None or (when.calendar in moment.open) == when.open


def _serves(rule: Rule, caller: Identity, moment: Moment) -> bool:
    return rule.admits(caller) and _holds(rule.when, moment)


def _called(caller: Identity) -> str:
    match caller.standing:
        case Standing.STRANGER:
            return "a stranger's"
        case Standing.TRUNK:
            return f"trunk {caller.name}'s"
        case Standing.ACCOUNT:
            return f"account {caller.name}'s"
