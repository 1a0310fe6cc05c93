"""Walks a flow: (state, event, now) -> (state, effects). No I/O, no clock, no surprises."""

from typing import assert_never

from pbx import steps
from pbx.ivr.fields import PLACEHOLDER
from pbx.ivr.flow import Flow
from pbx.ivr.model import (
    Context,
    Digit,
    Effect,
    Event,
    Finish,
    Match,
    NoteInput,
    NoteNode,
    Perform,
    Performed,
    Phase,
    Play,
    Progress,
    PromptEnded,
    Result,
    SetLanguage,
    State,
    StopPlaying,
    TimeUp,
)
from pbx.ivr.nodes import Branch, Collect, Dial, Goto, Hangup, Hours, Menu, Node, Queue, Say, Set
from pbx.ivr.spoken import spelled
from pbx.steps import Outcome

KEYS = frozenset("0123456789*#ABCD")
MOST_TYPED_AHEAD = 32  # keys kept for the next question
MOST_MOVES = 100  # nodes entered since the last key: a flow that goes round without one is ended


def begin(flow: Flow, context: Context) -> Progress:
    """Enter the flow's first node. A flow begins with nothing entered, so no deadline is set yet."""
    turn = _Turn(flow, State(flow.start, context.language, context), 0.0)
    turn.go(flow.start)
    return turn.state(), turn.effects


def advance(flow: Flow, state: State, event: Event, now: float) -> Progress:
    """What this event leads to; nothing if it comes too late to mean anything."""
    if _is_stale(state, event, now):
        return state, []
    turn = _Turn(flow, state, now)
    turn.take(event)
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


class _Turn:
    """One event's consequences, worked out on a copy of the state."""

    __slots__ = (*State.__slots__, "effects", "flow", "now")

    def __init__(self, flow: Flow, state: State, now: float) -> None:
        self.flow, self.now = flow, now
        self.effects: list[Effect] = []
        self.node, self.language, self.context = state.node, state.language, state.context
        self.phase: Phase = state.phase
        self.number, self.deadline = state.number, state.deadline
        self.attempts, self.moves = state.attempts, state.moves
        self.digits, self.typed, self.late = state.digits, state.typed, state.late
        self.variables = state.variables

    def state(self) -> State:
        return State(
            self.node,
            self.language,
            self.context,
            self.phase,
            self.number,
            self.deadline,
            self.attempts,
            self.moves,
            self.digits,
            self.typed,
            self.late,
            self.variables,
        )

    def take(self, event: Event) -> None:
        node = self.flow.nodes[self.node]
        late, self.late = self.late, ""
        match event:
            case Digit(key):
                self.moves = 0
                if key != late:
                    self.go(self._key(node, key))
            case PromptEnded():
                self.go(self._prompt_ended(node))
            case TimeUp():
                self.go(self._silence(node))
            case Performed(outcome=outcome):
                self.go(self._performed(node, outcome))
            case _:
                assert_never(event)

    def go(self, target: str | None) -> None:
        """Enter nodes until one has to wait for something."""
        while target is not None:
            if self.moves >= MOST_MOVES:
                self._finish(steps.Hangup(), "error")
                return
            self.node, self.attempts, self.digits = target, 0, ""
            self.moves += 1
            self.effects.append(NoteNode(target))
            target = self._enter(self.flow.nodes[target])

    def _enter(self, node: Node) -> str | None:
        match node:
            case Say():
                cut_short = self.typed and node.interruptible
                return None if not cut_short and self._play(node.prompt) else node.next
            case Menu() | Collect():
                if self.typed and node.interruptible:
                    return self._listen(node)
                self._play(node.prompt)
                return None
            case Branch():
                return node.cases.get(self._value(node.on), node.otherwise)
            case Hours():
                return node.open if self.context.open.get(node.calendar, True) else node.closed
            case Set():
                return self._set(node)
            case Queue():
                self._perform(steps.JoinQueue(node.queue, node.priority))
                return None
            case Dial():
                return self._dial(node)
            case Goto():
                self._finish(steps.RunFlow(node.flow), "contained")
                return None
            case Hangup():
                if node.prompt is None or not self._play(node.prompt):
                    self._finish(steps.Hangup(), "contained")
                return None
            case _:
                assert_never(node)

    # Questions

    def _key(self, node: Node, key: str) -> str | None:
        """A key of the caller's, now. During a prompt it cuts it short, or waits for the prompt's end."""
        if self.phase == "playing":
            if not isinstance(node, (Say, Menu, Collect)):
                return None
            if not node.interruptible or isinstance(node, Say):
                self.typed = (self.typed + key)[:MOST_TYPED_AHEAD]
            if not node.interruptible:
                return None
            self.effects.append(StopPlaying())
            self.phase = "listening"
            if isinstance(node, Say):
                return node.next
        assert isinstance(node, (Menu, Collect))
        return self._answer(node, key)

    def _listen(self, node: Menu | Collect) -> str | None:
        """Take what was typed ahead, then wait for more."""
        self.phase, self.deadline = "listening", self.now + node.patience
        target = None
        while self.typed and target is None and self.phase == "listening":
            key, self.typed = self.typed[0], self.typed[1:]
            target = self._answer(node, key)
        return target

    def _answer(self, node: Menu | Collect, key: str) -> str | None:
        self.late = ""
        match node:
            case Menu():
                if key not in node.keys:
                    return self._failed(node, "nomatch")
                self.effects.append(NoteInput(self.node, "ok"))
                return node.keys[key]
            case Collect():
                if key == node.terminator:
                    return self._entered(node)
                self.digits += key
                if len(self.digits) < node.max_digits:
                    self.deadline = self.now + node.patience
                    return None
                if self.typed[:1] == node.terminator:
                    self.typed = self.typed[1:]
                else:
                    self.late = node.terminator
                return self._entered(node)

    def _entered(self, node: Collect) -> str | None:
        if len(self.digits) < node.min_digits:
            return self._failed(node, "nomatch")
        self.effects.append(NoteInput(self.node, "ok"))
        self.variables = {**self.variables, node.variable: self.digits}
        return node.next

    def _failed(self, node: Menu | Collect, match: Match) -> str | None:
        """Ask again, or give up. What was typed ahead was meant for another question: forget it."""
        self.effects.append(NoteInput(self.node, match))
        self.attempts += 1
        self.digits = self.typed = ""
        if self.attempts >= node.attempts:
            self.effects.append(NoteInput(self.node, "max"))
            return node.otherwise
        remark = node.invalid if match == "nomatch" else node.silence
        self._play((*(remark or ()), *node.prompt))
        return None

    def _prompt_ended(self, node: Node) -> str | None:
        match node:
            case Say():
                return node.next
            case Menu() | Collect():
                return self._listen(node)
            case _:
                self._finish(steps.Hangup(), "contained")
                return None

    def _silence(self, node: Node) -> str | None:
        assert isinstance(node, (Menu, Collect))
        if isinstance(node, Collect) and self.digits:
            return self._entered(node)
        return self._failed(node, "noinput")

    # Effects and values

    def _play(self, prompts: tuple[str, ...]) -> bool:
        """False when the prompts come to nothing: variables without a value."""
        names: list[str] = []
        for prompt in prompts:
            spoken = spelled(self._value(prompt[1:-1])) if prompt[0] == "{" else (prompt,)
            names += [f"{self.language}/{name}" for name in spoken]
        if names:
            self.number += 1
            self.phase, self.deadline = "playing", None
            self.effects.append(Play(self.number, tuple(names)))
        return bool(names)

    def _set(self, node: Set) -> str:
        if node.language is not None:
            self.language = node.language
            self.effects.append(SetLanguage(node.language))
        if node.variable is not None and node.value is not None:
            self.variables = {**self.variables, node.variable: node.value}
        return node.next

    def _dial(self, node: Dial) -> str | None:
        """A variable without a value dials nobody: half a number may be somebody else's."""
        names = {name for endpoint in node.to for name in PLACEHOLDER.findall(endpoint)}
        if not all(self.variables.get(name) for name in names):
            return node.after(Outcome.UNREACHABLE)
        to = tuple(PLACEHOLDER.sub(lambda found: self.variables[found[1]], endpoint) for endpoint in node.to)
        self._perform(steps.Dial(to, node.ring_for))
        return None

    def _perform(self, step: steps.JoinQueue | steps.Dial) -> None:
        self.number += 1
        self.phase, self.deadline, self.typed = "performing", None, ""
        self.effects.append(Perform(self.number, step))

    def _performed(self, node: Node, outcome: Outcome) -> str | None:
        assert isinstance(node, (Queue, Dial))
        if outcome is not Outcome.COMPLETED:
            return node.after(outcome)
        self._finish(None, "queue" if isinstance(node, Queue) else "dial")
        return None

    def _finish(self, step: steps.Step | None, result: Result) -> None:
        self.phase, self.deadline, self.typed = "finished", None, ""
        self.effects.append(Finish(step, result))

    def _value(self, name: str) -> str:
        match name:
            case "language":
                return self.language
            case "caller" | "dialled" | "identity":
                return str(getattr(self.context, name))
            case _:
                return self.variables.get(name, "")
