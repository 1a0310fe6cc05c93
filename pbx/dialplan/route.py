"""From a call that arrives to its first step: the first route in the file that fits decides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pbx.dialplan.calendar import Calendar
from pbx.dialplan.pattern import Key, Match, keys_of
from pbx.dialplan.rules import Arrival, Decision, Rule
from pbx.sip.outputs import Identity
from pbx.steps import Dial, Step


class Dialplan:
    """Rules in the order of the file, with an index: two hundred of them cost a call a few microseconds.

    Every `when` names a calendar given here.
    """

    def __init__(self, rules: Sequence[Rule], calendars: Mapping[str, Calendar]) -> None:
        self.rules, self.calendars = tuple(rules), calendars
        self._index: dict[Key, list[int]] = {}
        for order, rule in enumerate(self.rules):
            for key in rule.match.keys():  # noqa: SIM118 - not a mapping
                self._index.setdefault(key, []).append(order)
        self._prefixes = sorted({len(rule.match.text) for rule in self.rules if rule.match.kind == "prefix"})

    def route(self, arrival: Arrival) -> Decision | None:
        """None: nobody here has that number, or the caller may not dial it (404)."""
        for rule in self._fitting(arrival.dialled):
            if rule.admits(arrival.identity) and not self._objection(rule, arrival):
                return Decision(_filled_in(rule.step, rule.match, arrival.dialled), rule)
        return None

    def is_public(self, dialled: str) -> bool:
        """Could a stranger reach this number, at some time or from some number?"""
        return any(rule.public for rule in self._fitting(dialled))

    def explain(self, arrival: Arrival) -> tuple[str, ...]:
        """Line by line down the file to the rule that decides: why each was passed over, or taken."""
        lines: list[str] = []
        for rule in self.rules:
            reason = self._why_not(rule, arrival)
            lines.append(f"{rule.place or '-'}: {rule.name}: {reason or 'taken'}")
            if not reason:
                return tuple(lines)
        return (*lines, f"no route for {arrival.dialled}: 404")

    def _fitting(self, dialled: str) -> Iterator[Rule]:
        candidates: list[int] = []
        for key in keys_of(dialled, self._prefixes):
            if key in self._index:
                candidates += self._index[key]
        for order in sorted(candidates):
            if self.rules[order].match.fits(dialled):
                yield self.rules[order]

    def _why_not(self, rule: Rule, arrival: Arrival) -> str:
        if not rule.match.fits(arrival.dialled):
            return f"{arrival.dialled} is not {rule.match}"
        if not rule.admits(arrival.identity):
            return _needs(rule, arrival.identity)
        return self._objection(rule, arrival)

    def _objection(self, rule: Rule, arrival: Arrival) -> str:
        """Why an admitted caller who dials a fitting number is not served by this rule; empty if served."""
        if rule.caller is not None and not rule.caller.fits(arrival.caller):
            return f"the caller {arrival.caller or '(none)'} is not {rule.caller}"
        when = rule.when
        if when is not None and self.calendars[when.calendar].open_at(arrival.at) != when.open:
            return f"{when.calendar} is {'closed' if when.open else 'open'}"
        return ""


def _needs(rule: Rule, identity: Identity) -> str:
    named = (("account", rule.account), ("trunk", rule.trunk))
    wanted = " or ".join(f"{kind} {name}" for kind, name in named if name is not None)
    found = f"{identity.standing.name.lower()} {identity.name}".strip()
    return f"needs an identity ({wanted or 'any account'}), and the caller is {found}"


def _filled_in(step: Step, match: Match, dialled: str) -> Step:
    if not isinstance(step, Dial):
        return step
    to = tuple(
        endpoint.replace("{dialled}", dialled).replace("{rest}", match.rest(dialled)) for endpoint in step.to
    )
    otherwise = step.otherwise and _filled_in(step.otherwise, match, dialled)
    return step if (to, otherwise) == (step.to, step.otherwise) else replace(step, to=to, otherwise=otherwise)
