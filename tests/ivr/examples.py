"""Flows to try things on."""

import tomllib
from collections.abc import Mapping
from typing import TypeAlias

from pbx.ivr import interpreter
from pbx.ivr.flow import Flow, parse_flow
from pbx.ivr.model import Context, Effect, Event, Match, NoteFlow, NoteInput, NoteNode, State

Flows: TypeAlias = Mapping[str, Flow]
CALLER = Context("+37120000001", "100", "en")


def flow(text: str, name: str = "example") -> Flow:
    return parse_flow(name, tomllib.loads(text))


def flows(**texts: str) -> Flows:
    return {name: flow(text, name) for name, text in texts.items()}


def all_of(one: Flow | Flows) -> Flows:
    return {one.name: one} if isinstance(one, Flow) else one


def begin(to_walk: Flow | Flows, context: Context = CALLER, name: str = "") -> tuple[State, list[Effect]]:
    """Of several flows, the first, unless one is named."""
    known = all_of(to_walk)
    return interpreter.begin(known, name or next(iter(known)), context)


def advance(to_walk: Flow | Flows, state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    return interpreter.advance(all_of(to_walk), state, event, now)


def run(to_walk: Flow | Flows, *events: Event, context: Context = CALLER) -> tuple[State, list[Effect]]:
    """The last state and every effect but the notes of nodes and flows, of events one second apart."""
    state, effects = begin(to_walk, context)
    seen = [*effects]
    for now, event in enumerate(events):
        state, effects = advance(to_walk, state, event, float(now))
        seen += effects
    return state, [effect for effect in seen if not isinstance(effect, (NoteNode, NoteFlow))]


def entered(node: str, flow: str = "example") -> NoteNode:
    return NoteNode(node, flow)


def taken(node: str, match: Match, flow: str = "example") -> NoteInput:
    return NoteInput(node, match, flow)


def left(result: str, flow: str = "example") -> NoteFlow:
    return NoteFlow(flow, result)  # pyright: ignore[reportArgumentType] - one of its results


MENU = flow("""
start = "welcome"
[nodes.welcome]
do = "say"
prompt = "welcome"
next = "menu"
[nodes.menu]
do = "menu"
prompt = "main-menu"
keys = { 1 = "support", 2 = "closed", 9 = "latvian" }
attempts = 2
invalid = "invalid"
silence = ["are-you-there", "please"]
otherwise = "bye"
[nodes.latvian]
do = "set"
language = "lv"
next = "menu"
[nodes.support]
do = "queue"
queue = "support"
priority = 2
overflow = "closed"
no_agents = "legal"
queue_full = "menu"
otherwise = "bye"
[nodes.closed]
do = "say"
prompt = ["we-are", "closed"]
next = "bye"
[nodes.legal]
do = "say"
prompt = "legal-notice"
interruptible = false
next = "menu"
[nodes.bye]
do = "hangup"
prompt = "goodbye"
""")

DIAL = flow("""
start = "ask"
[nodes.ask]
do = "collect"
prompt = "enter-extension"
variable = "extension"
min_digits = 3
max_digits = 4
attempts = 2
invalid = "invalid"
silence = "are-you-there"
next = "confirm"
otherwise = "end"
[nodes.confirm]
do = "menu"
prompt = ["you-entered", "{extension}", "press-one"]
keys = { 1 = "ring", 2 = "ask", "#" = "end" }
otherwise = "end"
[nodes.ring]
do = "dial"
to = ["{extension}", "sip:8{extension}@gateway"]
ring_for = 20
busy = "busy"
no_answer = "nobody"
declined = "declined"
unreachable = "unreachable"
otherwise = "end"
[nodes.busy]
do = "say"
prompt = "busy"
next = "end"
[nodes.nobody]
do = "say"
prompt = "nobody"
next = "end"
[nodes.declined]
do = "say"
prompt = "declined"
next = "end"
[nodes.unreachable]
do = "say"
prompt = "unreachable"
next = "end"
[nodes.end]
do = "hangup"
""")
