"""Plays a flow offline, with a caller who does what a string says, in no time at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from pbx import steps
from pbx.ivr.flow import Flow
from pbx.ivr.interpreter import KEYS, advance, begin
from pbx.ivr.model import (
    Context,
    Digit,
    Effect,
    Event,
    Finish,
    NoteInput,
    NoteNode,
    Perform,
    Performed,
    Play,
    PromptEnded,
    SetLanguage,
    State,
    StopPlaying,
    TimeUp,
)
from pbx.ivr.nodes import Collect
from pbx.steps import Outcome

PAUSE = "p"
OUTCOMES: Mapping[str, Outcome] = {
    "b": Outcome.BUSY,
    "n": Outcome.NO_ANSWER,
    "d": Outcome.DECLINED,
    "u": Outcome.UNREACHABLE,
    "a": Outcome.NO_AGENTS,
    "f": Outcome.QUEUE_FULL,
    "w": Outcome.WAITED_ENOUGH,
}


@dataclass(frozen=True, slots=True)
class Transcript:
    """`lines` to read, `nodes` in the order entered, how it finished, and the keys there was no use for."""

    lines: tuple[str, ...]
    nodes: tuple[str, ...]
    finish: Finish
    left: str


def walk(flow: Flow, context: Context, keys: str, texts: Mapping[str, str] | None = None) -> Transcript:
    """Walk the flow with a caller who hears every prompt out and then presses the next key.

    `p` in `keys` is a pause: the caller stays silent until the question's patience is over, as after the last
    key. A queue or a dialled phone answers, unless the next character is another outcome's: b(usy),
    n(o answer), d(eclined), u(nreachable), (no) a(gents), f(ull), w(aited enough); the caller is silent until
    it is used. `texts` says what prompts say, by names as in "en/main-menu". Raises ValueError for any other
    character.
    """
    wrong = set(keys) - KEYS - OUTCOMES.keys() - {PAUSE}
    if wrong:
        raise ValueError(
            f"{''.join(sorted(wrong))!r} is no key: write 0-9, *, #, A-D, {PAUSE} for a pause, "
            f"or {''.join(OUTCOMES)} for how a queue or a dialled phone ends"
        )
    walker = _Walker(flow, keys, texts or {})
    return walker.walk(context)


class _Walker:
    def __init__(self, flow: Flow, keys: str, texts: Mapping[str, str]) -> None:
        self._flow, self._keys, self._texts = flow, keys, texts
        self._lines: list[str] = []
        self._nodes: list[str] = []
        self._finish: Finish | None = None

    def walk(self, context: Context) -> Transcript:
        now = 0.0
        state, effects = begin(self._flow, context)
        while True:
            for effect in effects:
                self._tell(effect)
            if self._finish is not None:
                return Transcript(tuple(self._lines), tuple(self._nodes), self._finish, self._keys)
            event = self._next(state)
            if isinstance(event, TimeUp) and state.deadline is not None:
                now = state.deadline
            state, effects = advance(self._flow, state, event, now)

    def _next(self, state: State) -> Event:
        """What the caller, or whoever is rung, does now."""
        match state.phase:
            case "playing":
                return PromptEnded(state.number)
            case "performing":
                outcome = OUTCOMES.get(self._keys[:1], Outcome.COMPLETED)
                if outcome is not Outcome.COMPLETED:
                    self._keys = self._keys[1:]
                self._lines.append(f"  -> {outcome.value}")
                return Performed(state.number, outcome)
            case "listening" | "finished":
                return self._press(state)
            case _:
                assert_never(state.phase)

    def _press(self, state: State) -> Event:
        key = self._keys[:1]
        if key not in OUTCOMES:
            self._keys = self._keys[1:]
        if key not in KEYS:
            self._lines.append("  says nothing")
            return TimeUp()
        node = self._flow.nodes[state.node]
        secret = isinstance(node, Collect) and node.secure
        self._lines.append(f"  presses {'(secret)' if secret else key}")
        return Digit(key)

    def _tell(self, effect: Effect) -> None:
        match effect:
            case NoteNode(node):
                self._nodes.append(node)
                self._lines.append(f"[{node}]")
            case Play(_, prompts):
                for prompt in prompts:
                    text = self._texts.get(prompt)
                    self._lines.append(f"  hears {prompt}" + (f": {text}" if text else ""))
            case NoteInput(_, match):
                self._lines.append(f"  answer: {match}")
            case SetLanguage(language):
                self._lines.append(f"  language: {language}")
            case Perform(_, step):
                self._lines.append(f"  {described(step)}")
            case Finish(step, result):
                self._finish = effect
                self._lines.append(f"ends: {described(step) if step else result}")
            case StopPlaying():
                pass
            case _:
                assert_never(effect)


def described(step: steps.Step) -> str:
    """A step in a few words."""
    match step:
        case steps.JoinQueue(queue, priority):
            return f"joins queue {queue}" + (f" with priority {priority}" if priority else "")
        case steps.Dial(to):
            return f"dials {', '.join(to)}"
        case steps.RunFlow(flow):
            return f"goes on in flow {flow}"
        case steps.Hangup():
            return "hangs up"
        case _:
            return step.do
