"""What a test names and nobody knows: a misspelt agent would never be rung, and the test pass for nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pbx.config.locate import Path
from pbx.config.messages import nearest
from pbx.config.models import Configuration
from pbx.ivr.nodes import Lookup
from pbx.rehearsal.caller import fold
from pbx.rehearsal.result import KIND_OF, names_of, parsed
from pbx.rehearsal.scenario import Expected, Scenario

FACTS = {name: frozenset(names_of(kind)) for name, kind in KIND_OF.items()}
_HOW_TO_ADD = {
    "flow": "add ivr_flows/{}.toml",
    "fact": "docs/records.md lists them all",
    "lookup": 'name a node with do = "lookup", or FLOW/NODE where two flows have one of that name',
}


@dataclass(frozen=True, slots=True)
class Known:
    names: Mapping[str, frozenset[str]]  # by kind of thing
    fills: Mapping[str, frozenset[str]]  # the variables of each lookup
    parameters: Mapping[str, tuple[str, ...]]  # of each flow
    clips: frozenset[str]  # names of all that may be heard, with and without their language
    texts: tuple[str, ...]  # what they say, folded
    secrets: frozenset[str]  # variables

    @staticmethod
    def of(configuration: Configuration) -> "Known":
        flows = configuration.flows.values()
        lookups = {
            name: frozenset(kind.fills)
            for flow in flows
            for node, kind in flow.nodes.items()
            if isinstance(kind, Lookup)
            for name in (node, f"{flow.name}/{node}")
        }
        names = {
            "flow": configuration.flows,
            "queue": configuration.queues,
            "agent": configuration.agents,
            "account": configuration.accounts,
            "trunk": configuration.trunks,
            "language": configuration.languages,
            "lookup": lookups,
            "fact": FACTS,
        }
        hidden = {mention.name for flow in flows for _, mention in flow.mentions() if mention.what == "hides"}
        heard = {*configuration.audio, *configuration.texts}
        return Known(
            names={kind: frozenset(them) for kind, them in names.items()},
            fills=lookups,
            parameters={flow.name: flow.parameters for flow in flows},
            clips=frozenset(heard | {clip.partition("/")[2] for clip in heard}),
            texts=tuple(map(fold, configuration.texts.values())),
            secrets=frozenset(hidden),
        )


def objections(scenario: Scenario, known: Known) -> Iterator[tuple[Path, str]]:
    """(path inside the test's table, what is wrong and how to put it right)."""
    for path, kind, name in _references(scenario):
        if name not in known.names[kind]:
            fix = nearest(name, known.names[kind])
            fix = fix or _HOW_TO_ADD.get(kind, "add it to dialplan.toml").format(name)
            yield path, f"there is no {kind} `{name}`; {fix}"
    for node, found in scenario.lookups.items():
        variables = known.fills.get(node)
        if variables is not None and not isinstance(found, str):
            for name in found:
                if name not in variables:
                    fix = nearest(name, variables) or f"it fills {', '.join(sorted(variables))}"
                    yield ("lookups", node, name), f"the lookup {node} fills no `{name}`; {fix}"
    yield from _unknown_values(scenario, known)
    yield from _never_said(scenario.expect, known)
    for name in scenario.expect.values:
        if name in known.secrets:
            yield ("expect", "values", name), f"`{name}` is a secret, and cannot be looked at; remove it"
    yield from _strange_words(scenario.expect)


def _unknown_values(scenario: Scenario, known: Known) -> Iterator[tuple[Path, str]]:
    parameters = known.parameters.get(scenario.flow, ())
    for name in scenario.values:
        if name not in parameters:
            fix = nearest(name, parameters) or "add it to `parameters` in the flow"
            yield ("values", name), f"the flow {scenario.flow} has no parameter `{name}`; {fix}"


def _never_said(expect: Expected, known: Known) -> Iterator[tuple[Path, str]]:
    """What nobody can say is never heard, however wrong the flow is."""
    for at, what in enumerate(expect.hears_not):
        folded = fold(what)
        if what not in known.clips and not any(folded in text for text in known.texts):
            fix = nearest(what, known.clips) or "write a prompt's name, or a part of one text"
            yield ("expect", "hears_not", at), f"nobody ever says `{what}`; {fix}"


def _references(scenario: Scenario) -> Iterator[tuple[Path, str, str]]:
    expect = scenario.expect
    for path, kind, name in (
        (("flow",), "flow", scenario.flow),
        (("account",), "account", scenario.account),
        (("trunk",), "trunk", scenario.trunk),
        (("language",), "language", scenario.language),
        (("expect", "agent"), "agent", expect.agent),
        (("expect", "language"), "language", expect.language),
    ):
        if name:
            yield path, kind, name
    yield from ((("agents", name), "agent", name) for name in scenario.agents)
    yield from ((("waiting", name), "queue", name) for name in scenario.waiting)
    yield from ((("lookups", name), "lookup", name) for name in scenario.lookups)
    yield from ((("expect", "queue"), "queue", name) for name in expect.queue or ())
    for name in scenario.phones:
        if not name.startswith(("sip:", "sips:")):
            yield ("phones", name), "account", name
    for key, facts in (("facts", expect.facts), ("never", expect.never)):
        yield from ((("expect", key, at), "fact", parsed(fact)[0]) for at, fact in enumerate(facts))


def _strange_words(expect: Expected) -> Iterator[tuple[Path, str]]:
    """Words such as reason=overflow whose fact has no such name."""
    for key, facts in (("facts", expect.facts), ("never", expect.never)):
        for at, fact in enumerate(facts):
            kind, words = parsed(fact)
            names = FACTS.get(kind, frozenset())
            for name in (word.partition("=")[0] for word in words if "=" in word):
                if names and name not in names:
                    fix = nearest(name, names) or f"it has {', '.join(sorted(names))}"
                    yield ("expect", key, at), f"the fact {kind} has no `{name}`; {fix}"
