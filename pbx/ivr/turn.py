"""One event's consequences for a caller, worked out on a copy of the state."""

from collections.abc import Mapping
from functools import lru_cache

from pbx import steps
from pbx.ivr.fields import PLACEHOLDER, Text
from pbx.ivr.flow import Flow, leads_away
from pbx.ivr.model import (
    Effect,
    Finish,
    Match,
    NoteFlow,
    NoteInput,
    Perform,
    Phase,
    Play,
    Result,
    Return,
    State,
    StopPlaying,
)
from pbx.ivr.nodes import Goto, Node
from pbx.ivr.speech.template import clip_name, render
from pbx.ivr.spoken import spelled
from pbx.ivr.tasks import Task

_name_of = lru_cache(maxsize=4096)(clip_name)  # the same words are said to many callers

MOST_TYPED_AHEAD = 32  # keys kept for the next question
MOST_FLOWS = 8  # that wait for one another: a flow that calls itself for ever is ended
LONGEST_VALUE = 256  # characters a variable holds


class Turn:
    """What nodes do: say, ask for something to be done, keep values, go elsewhere.

    Where a method answers with a name, it is the node to enter next; None: wait for something.
    """

    __slots__ = (*State.__slots__, "effects", "flows", "now", "script")

    def __init__(self, flows: Mapping[str, Flow], state: State, now: float) -> None:
        self.flows, self.now = flows, now
        self.script = flows[state.flow]
        self.effects: list[Effect] = []
        self.flow, self.node, self.language, self.context = (
            state.flow,
            state.node,
            state.language,
            state.context,
        )
        self.phase: Phase = state.phase
        self.number, self.deadline = state.number, state.deadline
        self.attempts, self.moves, self.stage = state.attempts, state.moves, state.stage
        self.digits, self.typed, self.late = state.digits, state.typed, state.late
        self.variables, self.secrets = state.variables, state.secrets
        self.credit, self.began, self.back = state.credit, state.began, state.back

    def state(self) -> State:
        return State(
            self.flow, self.node, self.language, self.context, self.phase, self.number, self.deadline,
            self.attempts, self.moves, self.stage, self.digits, self.typed, self.late,
            self.variables, self.secrets, self.credit, self.began, self.back,
        )  # fmt: skip

    # Saying and doing

    def play(self, *prompts: str | Text) -> bool:
        """False when the prompts come to nothing: variables without a value."""
        names: list[str] = []
        for prompt in prompts:
            if isinstance(prompt, Text):
                names += self._clips(prompt)
            elif prompt[0] == "{":
                names += [f"{self.language}/{name}" for name in spelled(self.public(prompt[1:-1]))]
            else:
                names.append(f"{self.language}/{prompt}")
        if names:
            self.number += 1
            self.phase, self.deadline = "playing", None
            self.effects.append(Play(self.number, tuple(names)))
        return bool(names)

    def _clips(self, text: Text) -> list[str]:
        """In the caller's language, or in one that the text has: `check` complains of what it lacks."""
        language, template = self.language, text.said.get(self.language)
        if template is None:
            language = self.context.first_language or self.context.language
            template = text.said.get("") or text.said.get(language)
        if template is None:
            language, template = next(iter(text.said.items()))
        return [f"{language}/{_name_of(words)}" for words in render(template, self.public, language)]

    def stop(self) -> None:
        """The prompt is cut short."""
        self.effects.append(StopPlaying())
        self.phase = "listening"

    def perform(self, task: Task) -> None:
        self.number += 1
        self.phase, self.deadline, self.began = "performing", None, self.now
        self.effects.append(Perform(self.number, task))

    def note(self, match: Match) -> None:
        self.effects.append(NoteInput(self.node, match, self.flow))

    def finish(self, step: steps.Hangup | None, result: Result) -> None:
        self.phase, self.deadline, self.typed = "finished", None, ""
        self._leave_all(result)
        self.effects.append(Finish(step, result))

    # Other flows

    def call(self, node: Goto) -> str | None:
        """Enter another flow with variables of its own, to come back or not."""
        given = {name: self.fill(value) for name, value in node.with_.items()}
        secrets = frozenset(name for name, value in node.with_.items() if self.hides(value))
        if node.next is None:
            self._leave_all("contained")
            self.back = ()
        elif len(self.back) < MOST_FLOWS:
            self.back = (*self.back, Return(self.flow, self.node, self.variables, self.secrets))
        else:
            self.finish(steps.Hangup(), "error")
            return None
        self.variables, self.secrets = given, secrets
        return self.enter(node.flow)

    def enter(self, flow: str) -> str:
        self.flow, self.script = flow, self.flows[flow]
        self.effects.append(NoteFlow(flow))
        return self.script.start

    def give_back(self) -> str | None:
        """To the flow that called this one, with the results that it asked for."""
        if not self.back:
            self.finish(steps.Hangup(), "contained")
            return None
        theirs, hidden = self.variables, self.secrets
        self.effects.append(NoteFlow(self.flow, "returned"))
        place, self.back = self.back[-1], self.back[:-1]
        self.flow, self.node, self.script = place.flow, place.node, self.flows[place.flow]
        self.variables, self.secrets = place.variables, place.secrets
        node = self.script.nodes[place.node]
        assert isinstance(node, Goto), "only they call flows"
        for ours, result in node.fills.items():
            self.keep(ours, theirs.get(result, ""), secret=result in hidden)
        return node.next

    def _leave_all(self, result: Result) -> None:
        self.effects.append(NoteFlow(self.flow, result))
        self.effects += [NoteFlow(place.flow, result) for place in reversed(self.back)]

    # Keys and values

    def leads_away(self, node: Node, key: str) -> str | None:
        """Where this key leads from everywhere, if it does so from here."""
        target = self.script.always.get(key)
        return target if target is not None and leads_away(node, key) else None

    def type_ahead(self, key: str) -> None:
        self.typed = (self.typed + key)[:MOST_TYPED_AHEAD]

    def keep(self, variable: str, value: str, *, secret: bool = False) -> None:
        self.variables = {**self.variables, variable: value[:LONGEST_VALUE]}
        self.secrets = self.secrets | {variable} if secret else self.secrets - {variable}

    def value(self, name: str) -> str:
        """What a variable holds; empty if nothing."""
        match name:
            case "language":
                return self.language
            case "caller" | "dialled" | "identity":
                return str(getattr(self.context, name))
            case _:
                return self.variables.get(name, "")

    def public(self, name: str) -> str:
        """The same, for everybody's ears: of a secret, nothing."""
        return "" if name in self.secrets else self.value(name)

    def fill(self, template: str) -> str:
        """The template, its variables replaced by what they hold."""
        return PLACEHOLDER.sub(lambda found: self.value(found[1]), template)

    def hides(self, template: str) -> bool:
        """Is one of the template's variables a secret?"""
        return bool(self.secrets) and not self.secrets.isdisjoint(PLACEHOLDER.findall(template))
