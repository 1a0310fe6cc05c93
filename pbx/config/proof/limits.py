"""Times that do not go together, and menus that are long to listen to."""

from collections.abc import Iterator

from pbx.config import step_sections as steps
from pbx.config.document import Document, QueueSection
from pbx.config.proof.plan import DIALPLAN, Plan, Told
from pbx.ivr.fields import Prompts, Text
from pbx.ivr.kinds.errands import Lookup
from pbx.ivr.kinds.people import Dial
from pbx.ivr.kinds.questions import Collect, Menu, Say, Survey
from pbx.ivr.nodes import Node
from pbx.ivr.proof.finding import Finding, Path

_RINGS = 180  # seconds: a proxy on the way may give up then (RFC 3261 16.6, timer C)
_OPTIONS = 5
_LONG = 25  # seconds
_LETTERS = 14  # spoken in a second
_LISTENS = 8  # seconds of silence after which a caller thinks the line is dead


def limits(plan: Plan) -> Iterator[Told]:
    for finding in _queues(plan.document):
        yield DIALPLAN, finding
    for path, step in plan.steps:
        if isinstance(step, steps.Dial) and step.ring_for > _RINGS:
            yield DIALPLAN, _rings_too_long((*path, "ring_for"), step.ring_for)
    silence = plan.document.media.silence_limit
    for name, graph in plan.graphs.items():
        for node_name, node in graph.flow.nodes.items():
            for finding in _of_node(("nodes", node_name), node, silence):
                yield ("flow", name), finding


def _queues(document: Document) -> Iterator[Finding]:
    for name, queue in document.queues.items():
        if queue.maximum_wait is not None and queue.maximum_wait < queue.ring_time:
            yield Finding(
                "timeout-clash",
                ("queues", name, "maximum_wait"),
                f"a caller waits {queue.maximum_wait:g} s at most, and an agent's phone rings for "
                f"{queue.ring_time:g} s: it would stop while it rings",
                "let callers wait longer than a phone rings",
            )
        yield from _late(name, queue)


def _late(name: str, queue: QueueSection) -> Iterator[Finding]:
    """What is to happen when the caller has gone already."""
    for key, seconds in [("relax", step.after) for step in queue.relax] + [("tier_wait", queue.tier_wait)]:
        if queue.maximum_wait is not None and seconds >= queue.maximum_wait:
            yield Finding(
                "timeout-clash",
                ("queues", name, key),
                f"{key} waits for {seconds:g} s, and no caller waits longer than {queue.maximum_wait:g} s",
                "let it come earlier, or callers wait longer",
            )
            return


def _of_node(path: Path, node: Node, silence_limit: float) -> Iterator[Finding]:
    match node:
        case Dial() if node.ring_for > _RINGS:
            yield _rings_too_long((*path, "ring_for"), node.ring_for)
        case Menu() | Collect() | Survey() if 0 < silence_limit <= node.patience:
            yield Finding(
                "timeout-clash",
                (*path, "patience"),
                f"patience of {node.patience:g} s is never over: a line that is silent for "
                f"{silence_limit:g} s is taken for lost",
                "be patient for less than [media] silence_limit",
            )
        case Lookup() if node.within > _LISTENS:
            yield Finding(
                "timeout-clash",
                (*path, "within"),
                f"the caller hears nothing for up to {node.within:g} s, and will hang up",
                f"give it {_LISTENS} s at most",
            )
        case _:
            pass


def _rings_too_long(path: Path, seconds: float) -> Finding:
    return Finding(
        "timeout-clash",
        path,
        f"ringing for {seconds:g} s is cut short on the way: proxies give up after {_RINGS} s",
        f"ring for {_RINGS} s at most",
    )


def style(plan: Plan) -> Iterator[Told]:
    """What callers must keep in mind while they listen, and how long they listen before they may answer."""
    for name, graph in plan.graphs.items():
        for node_name, node in graph.flow.nodes.items():
            if isinstance(node, Menu) and len(node.keys) > _OPTIONS:
                finding = Finding(
                    "long-menu",
                    ("nodes", node_name, "keys"),
                    f"{len(node.keys)} options are more than callers remember",
                    f"offer {_OPTIONS}, and the rest in a menu behind one of them",
                )
                yield ("flow", name), finding
            if isinstance(node, Menu | Collect | Say):
                lengths = (
                    (_seconds(plan, node.prompt, language), language) for language in plan.document.languages
                )
                seconds, language = max(lengths)
                if seconds > _LONG:
                    finding = Finding(
                        "long-prompt",
                        ("nodes", node_name, "prompt"),
                        f"takes about {seconds:.0f} s to say in {language}",
                        f"say it in {_LONG} s, or in two nodes",
                    )
                    yield ("flow", name), finding


def _seconds(plan: Plan, prompts: Prompts, language: str) -> float:
    """As far as the texts are known."""
    letters = 0
    for prompt in prompts:
        match prompt:
            case Text(said=said):
                template = said.get(language) or said.get("")
                letters += len(template.text) if template else 0
            case _:
                speech = plan.texts.get((language, prompt))
                letters += len(speech.text) if speech else 0
    return letters / _LETTERS
