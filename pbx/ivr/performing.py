"""Nodes that have something done elsewhere: what they ask for, and where its outcome leads."""

import re
from collections.abc import Mapping
from typing import TypeAlias, assert_never

from pbx import steps
from pbx.ivr.fields import CALL_VALUES, PLACEHOLDER
from pbx.ivr.kinds.errands import Http
from pbx.ivr.model import NoteCallback, Performed
from pbx.ivr.nodes import Bot, Branch, Callback, Dial, Hours, Lookup, Queue, QueueState, Record
from pbx.ivr.tasks import AskCalendar, AskList, AskQueue, Converse, LookUp, TakeMessage
from pbx.ivr.turn import Turn
from pbx.steps import Outcome

Performing: TypeAlias = Branch | Hours | QueueState | Lookup | Record | Queue | Dial | Bot
MOST_SLOTS = 20  # variables that one conversation with a bot may fill

_NO_SLOTS = ("intent", "key", *CALL_VALUES)
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_FIGURE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_DIALLABLE = re.compile(r"[A-Za-z0-9*#+._-]{1,64}")


def begin(turn: Turn, node: Performing) -> str | None:
    """Ask for it, or say where to go when there is nothing to ask for."""
    match node:
        case Branch():
            return _ask_list(turn, node) if node.lists else _by_case(turn, node)
        case Hours():
            turn.perform(AskCalendar(node.calendar))
        case QueueState():
            turn.perform(AskQueue(node.queue))
        case Lookup():
            return _look_up(turn, node)
        case Record():
            turn.typed = ""
            if node.prompt is None or not turn.play(*node.prompt):
                take_message(turn, node)
        case Queue():
            turn.typed = ""
            credit, turn.credit = turn.credit, 0.0
            turn.perform(steps.JoinQueue(node.queue, node.priority, credit))
        case Dial():
            return _dial(turn, node)
        case Bot():
            _converse(turn, node)
        case _:
            assert_never(node)
    return None


def performed(turn: Turn, node: Performing, event: Performed) -> str | None:
    """Where the outcome leads."""
    outcome, values = event.outcome, event.values
    match node:
        case Branch():
            return _listed(turn, node, listed=values.get("listed") == "yes")
        case Hours():
            return node.closed if values.get("open") == "no" else node.open
        case QueueState():
            return node.then if _reaches(values.get(node.of, ""), node.at_least) else node.otherwise
        case Lookup():
            return _looked_up(turn, node, outcome, values)
        case Record():
            if outcome is not Outcome.COMPLETED:
                return node.nothing or node.next
            if node.variable is not None:
                turn.keep(node.variable, values.get("file", ""))
            return node.next
        case Queue() | Dial():
            if outcome is not Outcome.COMPLETED:
                return node.after(outcome)
            if node.next is None:
                turn.finish(None, "queue" if isinstance(node, Queue) else "dial")
            return node.next
        case Bot():
            return _conversed(turn, node, outcome, values)
        case _:
            assert_never(node)


def take_message(turn: Turn, node: Record) -> None:
    turn.perform(
        TakeMessage(turn.flow, turn.node, node.most, node.silence, node.least, node.finish_keys, node.beep)
    )


def promise_call(turn: Turn, node: Callback) -> str:
    """A secret is not dialled, and neither is what is no number."""
    number = turn.fill(node.number)
    if turn.hides(node.number) or not _NUMBER.fullmatch(number):
        return node.otherwise
    turn.effects.append(NoteCallback(node.queue, number))
    return node.next


def _reaches(figure: str, least: float) -> bool:
    """What is not known reaches nothing."""
    return _FIGURE.fullmatch(figure) is not None and float(figure) >= least


def _ask_list(turn: Turn, node: Branch) -> None:
    turn.perform(AskList(tuple(node.lists)[turn.stage], turn.value(node.on)))


def _listed(turn: Turn, node: Branch, *, listed: bool) -> str | None:
    names = tuple(node.lists)
    if listed:
        return node.lists[names[turn.stage]]
    turn.stage += 1
    return _ask_list(turn, node) if turn.stage < len(names) else _by_case(turn, node)


def _by_case(turn: Turn, node: Branch) -> str:
    return node.cases.get(turn.value(node.on), node.otherwise)


def _look_up(turn: Turn, node: Lookup) -> str | None:
    """Secrets travel encrypted, or not at all. An address that lacks a value would be another one."""
    source = node.source
    names = dict.fromkeys(mention.name for mention in source.variables())
    if isinstance(source, Http):
        lacking = not all(turn.value(name) for name in PLACEHOLDER.findall(source.url))
        if lacking or (not source.encrypted and not turn.secrets.isdisjoint(names)):
            return node.otherwise
    values = {name: turn.value(name) for name in names}
    turn.perform(LookUp(turn.flow, turn.node, source, node.fills, node.within, node.tries, values))
    return None


def _looked_up(turn: Turn, node: Lookup, outcome: Outcome, values: Mapping[str, str]) -> str:
    if outcome is Outcome.NOTHING:
        return node.nothing or node.otherwise
    if outcome is not Outcome.COMPLETED:
        return node.otherwise
    for variable in node.fills:
        turn.keep(variable, values.get(variable, ""))
    return node.next


def _dial(turn: Turn, node: Dial) -> str | None:
    """A variable without a value dials nobody: half a number may be somebody else's. Nor does a secret, nor
    what a caller said or a server answered if it could be more than a number or a name."""
    names = {name for endpoint in node.to for name in PLACEHOLDER.findall(endpoint)}
    if not all(_DIALLABLE.fullmatch(turn.public(name)) for name in names):
        return node.after(Outcome.UNREACHABLE)
    turn.typed = ""
    turn.perform(steps.Dial(tuple(turn.fill(endpoint) for endpoint in node.to), node.ring_for))
    return None


def _converse(turn: Turn, node: Bot) -> None:
    turn.typed = ""
    known = {name: value for name, value in turn.variables.items() if name not in turn.secrets}
    keys = "".join(turn.script.always)
    turn.perform(Converse(turn.flow, turn.node, node.bot, turn.language, known, keys))


def _conversed(turn: Turn, node: Bot, outcome: Outcome, values: Mapping[str, str]) -> str:
    """Time with a bot is time waited, should the caller end in a queue."""
    turn.credit += turn.now - turn.began
    slots = [name for name in values if name not in _NO_SLOTS and _VARIABLE.fullmatch(name)]
    for name in slots[:MOST_SLOTS]:
        turn.keep(name, values[name])
    if outcome is Outcome.DECLINED:
        return node.operator
    if outcome is not Outcome.COMPLETED:
        return node.otherwise
    away = turn.leads_away(node, values.get("key", ""))
    return away or node.exits.get(values.get("intent", ""), node.otherwise)
