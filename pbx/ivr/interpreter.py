"""Walks a flow: (state, event, now) -> (state, effects). No I/O, no clock, no surprises."""

from collections.abc import Mapping
from typing import assert_never

from pbx import steps
from pbx.ivr import asking, performing
from pbx.ivr.flow import Flow
from pbx.ivr.key_pattern import ALL_KEYS
from pbx.ivr.model import (
    Context,
    Digit,
    Event,
    NoteNode,
    Performed,
    Progress,
    PromptEnded,
    SetLanguage,
    State,
    TimeUp,
)
from pbx.ivr.nodes import (
    Bot,
    Branch,
    Callback,
    Collect,
    Dial,
    Goto,
    Hangup,
    Hours,
    Lookup,
    Menu,
    Node,
    Queue,
    QueueState,
    Record,
    Return,
    Say,
    Set,
    Survey,
)
from pbx.ivr.turn import Turn

KEYS = frozenset(ALL_KEYS)
MOST_MOVES = 100  # nodes entered since the last key: a flow that goes round without one is ended


def begin(
    flows: Mapping[str, Flow],
    name: str,
    context: Context,
    values: Mapping[str, str] | None = None,
    now: float = 0.0,
) -> Progress:
    """Enter the first node of one of the flows. `values` are its parameters."""
    state = State(name, flows[name].start, context.language, context, variables=dict(values or {}))
    turn = Turn(flows, state, now)
    _go(turn, turn.enter(name))
    return turn.state(), turn.effects


def advance(flows: Mapping[str, Flow], state: State, event: Event, now: float) -> Progress:
    """What this event leads to; nothing if it comes too late to mean anything."""
    if _is_stale(state, event, now):
        return state, []
    turn = Turn(flows, state, now)
    _go(turn, _take(turn, turn.script.nodes[state.node], event))
    return turn.state(), turn.effects


def _is_stale(state: State, event: Event, now: float) -> bool:
    """The one place where answers to old questions, and alarms set for them, are dropped."""
    match event:
        case Digit(key):
            return state.phase not in ("playing", "listening") or key not in KEYS
        case PromptEnded(number):
            return state.phase != "playing" or number != state.number
        case Performed(number):
            return state.phase != "performing" or number != state.number
        case TimeUp():
            return state.deadline is None or now < state.deadline
        case _:
            assert_never(event)


def _take(turn: Turn, node: Node, event: Event) -> str | None:
    late, turn.late = turn.late, ""
    match event:
        case Digit(key):
            turn.moves = 0
            return None if key == late else _key(turn, node, key)
        case PromptEnded():
            return _prompt_ended(turn, node)
        case TimeUp():
            assert isinstance(node, Menu | Collect | Survey), "only they listen"
            return asking.silence(turn, node)
        case Performed():
            assert isinstance(node, performing.Performing), "only they have something done"
            return performing.performed(turn, node, event)
        case _:
            assert_never(event)


def _go(turn: Turn, target: str | None) -> None:
    """Enter nodes until one has to wait for something."""
    while target is not None:
        if turn.moves >= MOST_MOVES:
            turn.finish(steps.Hangup(), "error")
            return
        turn.node, turn.attempts, turn.stage, turn.digits = target, 0, 0, ""
        turn.moves += 1
        turn.effects.append(NoteNode(target, turn.flow))
        target = _enter(turn, turn.script.nodes[target])


def _enter(turn: Turn, node: Node) -> str | None:
    match node:
        case Say():
            return asking.say(turn, node)
        case Survey():
            asking.note_survey(turn, "offered")
            return asking.ask(turn, node)
        case Menu() | Collect():
            return asking.ask(turn, node)
        case Branch() | Hours() | QueueState() | Lookup() | Record() | Queue() | Dial() | Bot():
            return performing.begin(turn, node)
        case Callback():
            return performing.promise_call(turn, node)
        case Set():
            return _set(turn, node)
        case Goto():
            return turn.call(node)
        case Return():
            return turn.give_back()
        case Hangup():
            if node.prompt is None or not turn.play(*node.prompt):
                turn.finish(steps.Hangup(), "contained")
            return None
        case _:
            assert_never(node)


def _key(turn: Turn, node: Node, key: str) -> str | None:
    match node:
        case Say() | Menu() | Collect() | Survey():
            return asking.press(turn, node, key)
        case Record():
            turn.stop()
            performing.take_message(turn, node)
            return None
        case _:  # a last word is said to its end
            return None


def _prompt_ended(turn: Turn, node: Node) -> str | None:
    match node:
        case Say():
            return node.next
        case Menu() | Collect() | Survey():
            return asking.listen(turn, node)
        case Record():
            performing.take_message(turn, node)
        case _:
            turn.finish(steps.Hangup(), "contained")
    return None


def _set(turn: Turn, node: Set) -> str:
    if node.language is not None:
        turn.language = node.language
        turn.effects.append(SetLanguage(node.language))
    if node.variable is not None and node.value is not None:
        turn.keep(node.variable, turn.fill(node.value), secret=turn.hides(node.value))
    return node.next
