"""Flows to try things on."""

import tomllib

from pbx.ivr.flow import Flow, parse_flow
from pbx.ivr.interpreter import advance, begin
from pbx.ivr.model import Context, Effect, Event, NoteNode, State

CALLER = Context("+37120000001", "100", "en", open={"office": True, "lunch": False})


def flow(text: str) -> Flow:
    return parse_flow("example", tomllib.loads(text))


def run(to_walk: Flow, *events: Event, context: Context = CALLER) -> tuple[State, list[Effect]]:
    """The last state and every effect but the node notes, of events one second apart."""
    state, effects = begin(to_walk, context)
    seen = [*effects]
    for now, event in enumerate(events):
        state, effects = advance(to_walk, state, event, float(now))
        seen += effects
    return state, [effect for effect in seen if not isinstance(effect, NoteNode)]


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
