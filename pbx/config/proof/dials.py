"""Numbers that lead nowhere, or back to where the call came from."""

import re
from collections.abc import Iterator

from pbx.config import step_sections as steps
from pbx.config.listen import EVERYWHERE, is_loopback
from pbx.config.proof.plan import DIALPLAN, Plan, Told
from pbx.config.proof.region import Box, box, common
from pbx.dialplan.pattern import WILD, Match
from pbx.ivr.fields import PLACEHOLDER
from pbx.ivr.kinds.decisions import Branch
from pbx.ivr.kinds.people import Dial
from pbx.ivr.proof.finding import Finding, Path
from pbx.ivr.proof.graph import Graph, rounds
from pbx.ivr.proof.values import Values, values
from pbx.ivr.proof.variables import Slots

_URI = re.compile(r"sips?:([^@;?]*)@(\[[0-9A-Fa-f:.%]+\]|[^:;?@\[\]]+)(?::([0-9]{1,5}))?(?:[;?].*)?")
_USUAL_PORT = 5060
_KEYS = WILD | {"+"}


def dials(plan: Plan, slots: Slots) -> Iterator[Told]:
    for finding in _strange_numbers(plan):
        yield DIALPLAN, finding
    yield from _loops(plan)
    for name, graph in plan.graphs.items():
        for finding in (*_no_such_accounts(plan, graph, slots), *_impossible_cases(plan, graph)):
            yield ("flow", name), finding


def _impossible_cases(plan: Plan, graph: Graph) -> Iterator[Finding]:
    """Of what the call itself says: numbers that no route is for, languages that nobody chooses."""
    for name, node in graph.flow.nodes.items():
        if not isinstance(node, Branch):
            continue
        for case in node.cases:
            if node.on == "language" and case not in plan.document.languages:
                what = f"no caller's language is {case!r}"
            elif node.on == "dialled" and not any(rule.match.fits(case) for rule in plan.rules):
                what = f"no route is for {case!r}, so that nobody can have dialled it"
            else:
                continue
            fix = "correct the value, or remove the case"
            yield Finding("impossible-case", ("nodes", name, "cases", case), what, fix)


def _strange_numbers(plan: Plan) -> Iterator[Finding]:
    """Numbers of routes that a telephone's keys cannot make."""
    for index, route in enumerate(plan.document.routes):
        strange = sorted(set(route.number or "") - _KEYS)
        if strange:
            yield Finding(
                "strange-number",
                ("routes", index, "number"),
                f"no telephone has keys for {''.join(strange)!r}: only softphones can dial {route.number!r}",
                "use 0-9, *, # and a leading +",
            )


def _no_such_accounts(plan: Plan, graph: Graph, slots: Slots) -> Iterator[Finding]:
    """Collected digits that no account's name can be."""
    for name, node in graph.flow.nodes.items():
        for endpoint in node.to if isinstance(node, Dial) else ():
            variables = PLACEHOLDER.findall(endpoint)
            if len(variables) != 1 or endpoint.startswith(("sip:", "sips:")):
                continue
            known = values(graph, variables[0], slots)
            if known.sources and known.digits_only and not _some_account(plan, endpoint, known):
                yield Finding(
                    "undiallable-digits",
                    ("nodes", name, "to"),
                    f"no account is called {endpoint}, whatever the caller enters for {variables[0]!r}",
                    "let the collect take as many digits as the accounts' names have",
                )


def _some_account(plan: Plan, endpoint: str, known: Values) -> bool:
    before, after = PLACEHOLDER.split(endpoint)[::2]
    return any(
        known.may_be(account[len(before) : len(account) - len(after)])
        for account in plan.document.accounts
        if account.startswith(before) and account.endswith(after)
    )


def _loops(plan: Plan) -> Iterator[Told]:
    """Routes that dial themselves, through our own listeners, without anything between that could end it."""
    dialled: dict[str, dict[str, Path]] = {}
    for path, step in plan.steps:
        if path[0] == "routes" and isinstance(step, steps.Dial):
            dialled.setdefault(str(path[1]), {}).update(_dialled_at_home(plan, path, step))
    for circle in rounds(
        {index: [other for other in found if other in dialled] for index, found in dialled.items()}
    ):
        first = circle[0]
        path = dialled[first][circle[1 % len(circle)]]
        way = " -> ".join(plan.rules[int(index)].match.text for index in (*circle, first))
        finding = Finding(
            "dial-loop",
            path,
            f"the call comes back to where it was dialled: {way}",
            "dial an account, or an address that is not our own",
        )
        yield DIALPLAN, finding


def _dialled_at_home(plan: Plan, path: Path, step: steps.Dial) -> Iterator[tuple[str, Path]]:
    """The routes that a step of a route dials, with its place."""
    for endpoint in step.to:
        numbers = _own_number(plan, endpoint, plan.rules[int(path[1])].match)
        for other, rule in enumerate(plan.rules) if numbers is not None else ():
            if (rule.public or rule.trunk) and numbers and common(numbers, box(rule.match)):
                yield str(other), (*path, "to")
                break


def _own_number(plan: Plan, endpoint: str, match: Match) -> Box | None:
    """The numbers that an endpoint dials on this exchange; None for another's."""
    found = _URI.fullmatch(endpoint)
    if found is None or not _is_ours(plan, found[2].strip("[]"), int(found[3] or _USUAL_PORT)):
        return None
    user = found[1]
    if user == "{dialled}":
        return box(match)
    return None if "{" in user or not user else box(Match("number", user))


def _is_ours(plan: Plan, host: str, port: int) -> bool:
    for section in plan.document.listeners:
        listener = section.listener()
        names = {listener.host, listener.advertise}
        if listener.port == port and (host in names or (listener.host in EVERYWHERE and is_loopback(host))):
            return True
    return False
