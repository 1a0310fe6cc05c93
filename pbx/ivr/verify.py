"""What can be said about a flow without running it."""

from types import MappingProxyType

from pbx.ivr.flow import Flow
from pbx.ivr.kinds.people import Bot
from pbx.ivr.proof.finding import Finding
from pbx.ivr.proof.graph import Graph
from pbx.ivr.proof.repeats import asked_again
from pbx.ivr.proof.secrets import secret_variables, secrets
from pbx.ivr.proof.shape import shape
from pbx.ivr.proof.values import choices
from pbx.ivr.proof.variables import Slots, fills_of, variables
from pbx.ivr.spoken import SPELLING


def verify(flow: Flow, slots: Slots = MappingProxyType({})) -> tuple[Finding, ...]:
    """Every finding about a flow that parsed. `slots` are those of the bots it talks through."""
    graph = Graph(flow)
    return prove(graph, slots, secret_variables(graph))


def prove(graph: Graph, slots: Slots, hidden: frozenset[str]) -> tuple[Finding, ...]:
    """The same, of a flow of which it is known what secrets it is given."""
    nodes = graph.flow.nodes.items()
    fills = {name: fills_of(node, slots) for name, node in nodes}
    guessed = any(isinstance(node, Bot) and node.bot not in slots for _, node in nodes)
    return (
        *shape(graph),
        *variables(graph, fills, guessed=guessed),
        *asked_again(graph, fills),
        *choices(graph, slots),
        *secrets(graph, hidden, slots),
    )


def prompts_used(flow: Flow) -> frozenset[str]:
    """The names of all prompts this flow may play by name: each needs a file in every language."""
    names = {mention.name for _, mention in flow.mentions() if mention.what == "prompt"}
    spells = any(isinstance(spoken.prompt, str) and spoken.prompt[0] == "{" for _, spoken in flow.prompts())
    return frozenset(names | SPELLING) if spells else frozenset(names)
