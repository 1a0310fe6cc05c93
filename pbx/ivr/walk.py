"""Plays flows offline, in no time at all: a caller who acts step by step, or does what a string says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from pbx import steps
from pbx.ivr.flow import Flow
from pbx.ivr.interpreter import KEYS, advance, begin
from pbx.ivr.lists import listed
from pbx.ivr.model import (
    MASK,
    Context,
    Digit,
    Effect,
    Event,
    Finish,
    NoteCallback,
    NoteFlow,
    NoteInput,
    NoteNode,
    NoteSurvey,
    Perform,
    Performed,
    Play,
    Progress,
    PromptEnded,
    SetLanguage,
    StopPlaying,
    TimeUp,
)
from pbx.ivr.nodes import Collect
from pbx.ivr.tasks import AskCalendar, AskList, AskQueue, Converse, LookUp, TakeMessage, Task
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
    "x": Outcome.FAILED,
    "m": Outcome.NOTHING,
}
Figures: TypeAlias = Mapping[str, str]  # agents, waiting, expected_wait, longest_wait


@dataclass(frozen=True, slots=True)
class Town:
    """What a flow finds when it asks: whatever is not mentioned is open, empty, or on no list."""

    closed: Collection[str] = ()  # calendars
    listed: Mapping[str, Collection[str]] = field(default_factory=dict[str, Collection[str]])
    queues: Mapping[str, Figures] = field(default_factory=dict[str, Figures])

    def answer(self, number: int, task: AskQueue | AskCalendar | AskList) -> Performed:
        match task:
            case AskQueue(queue):
                values = self.queues.get(queue, {})
            case AskCalendar(calendar):
                values = {"open": "no" if calendar in self.closed else "yes"}
            case AskList(name, value):
                values = {"listed": "yes" if listed(value, self.listed.get(name, ())) else "no"}
            case _:
                assert_never(task)
        return Performed(number, Outcome.COMPLETED, values)


class Walker:
    """A caller in a flow. `lines` tell what happened so far, `nodes` were entered in this order.

    `state.phase` says what the flow waits for, and so what may be done next: "playing" (hear_out or press),
    "listening" (press or stay_silent), "performing" (come_back); `finish` is None until it is over.
    """

    def __init__(
        self,
        flows: Mapping[str, Flow],
        name: str,
        context: Context,
        *,
        values: Mapping[str, str] | None = None,
        texts: Mapping[str, str] | None = None,
        town: Town | None = None,
    ) -> None:
        """`values` are the flow's parameters; `texts` say what prompts say, by names as in "en/main-menu"."""
        self._flows, self._texts, self._town = flows, texts or {}, town or Town()
        self.lines: list[str] = []
        self.nodes: list[str] = []
        self.finish: Finish | None = None
        self.task: Task | None = None  # what is being done elsewhere
        self.now = 0.0
        self._go_on(begin(flows, name, context, values))

    def press(self, key: str) -> None:
        """Raises ValueError for what is no key of a phone."""
        if key not in KEYS:
            raise ValueError(f"{key!r} is no key: write 0-9, *, # or A-D")
        node = self._flows[self.state.flow].nodes[self.state.node]
        secret = isinstance(node, Collect) and node.secure
        self.lines.append(f"  presses {MASK if secret else key}")
        self._take(Digit(key))

    def hear_out(self) -> None:
        """What is playing plays to its end."""
        self._take(PromptEnded(self.state.number))

    def stay_silent(self) -> None:
        """Until the question has waited enough."""
        self.lines.append("  says nothing")
        self.now = self.state.deadline or self.now
        self._take(TimeUp())

    def come_back(self, outcome: Outcome, values: Mapping[str, str] | None = None) -> None:
        """Whatever was being done elsewhere ended like this."""
        self.lines.append(f"  -> {outcome.value}")
        self._take(Performed(self.state.number, outcome, values or {}))

    def _take(self, event: Event) -> None:
        self._go_on(advance(self._flows, self.state, event, self.now))

    def _go_on(self, progress: Progress) -> None:
        self.state, effects = progress
        for effect in effects:
            self._tell(effect)
        if self.state.phase == "performing" and isinstance(self.task, AskQueue | AskCalendar | AskList):
            self._take(self._town.answer(self.state.number, self.task))

    def _tell(self, effect: Effect) -> None:
        match effect:
            case NoteNode(node):
                self.nodes.append(node)
                self.lines.append(f"[{node}]")
            case Play(_, prompts):
                for prompt in prompts:
                    text = self._texts.get(prompt)
                    self.lines.append(f"  hears {prompt}" + (f": {text}" if text else ""))
            case Perform(_, task):
                self.task = task
                self.lines.append(f"  {described(task)}")
            case Finish(step, result):
                self.finish = effect
                self.lines.append("ends: hangs up" if step else f"ends: {result}")
            case NoteFlow(flow, left):
                if left == "returned":
                    self.lines.append("returns")
                elif not left and self.lines:
                    self.lines.append(f"in flow {flow}:")
            case StopPlaying():
                pass
            case NoteInput() | NoteSurvey() | NoteCallback() | SetLanguage():
                self.lines.append(f"  {_noted(effect)}")
            case _:
                assert_never(effect)


def _noted(effect: NoteInput | NoteSurvey | NoteCallback | SetLanguage) -> str:
    match effect:
        case NoteInput(_, match):
            return f"answer: {match}"
        case NoteSurvey(_, kind, question, score):
            return f"survey: {kind}" + ("" if score is None else f" {question}: {score}")
        case NoteCallback(queue):
            return f"will be called back by queue {queue}"
        case SetLanguage(language):
            return f"language: {language}"
        case _:
            assert_never(effect)


@dataclass(frozen=True, slots=True)
class Transcript:
    """`lines` to read, `nodes` in the order entered, how it finished, and the keys there was no use for."""

    lines: tuple[str, ...]
    nodes: tuple[str, ...]
    finish: Finish
    left: str


def walk(
    flows: Mapping[str, Flow],
    name: str,
    context: Context,
    keys: str,
    texts: Mapping[str, str] | None = None,
    town: Town | None = None,
    values: Mapping[str, str] | None = None,
) -> Transcript:
    """Walk a flow with a caller who hears every prompt out and then presses the next key.

    `p` in `keys` is a pause: the caller stays silent until the question's patience is over, as after the last
    key. Whatever is done elsewhere goes well, unless the next character is another outcome's: b(usy),
    n(o answer), d(eclined), u(nreachable), (no) a(gents), f(ull), w(aited enough), x (failed), m(issing); the
    caller is silent until it is used. Raises ValueError for any other character.
    """
    wrong = set(keys) - KEYS - OUTCOMES.keys() - {PAUSE}
    if wrong:
        raise ValueError(
            f"{''.join(sorted(wrong))!r} is no key: write 0-9, *, #, A-D, {PAUSE} for a pause, "
            f"or {''.join(OUTCOMES)} for how a queue or a dialled phone ends"
        )
    walker = Walker(flows, name, context, values=values, texts=texts, town=town)
    while walker.finish is None:
        keys = _act(walker, keys)
    return Transcript(tuple(walker.lines), tuple(walker.nodes), walker.finish, keys)


def _act(walker: Walker, keys: str) -> str:
    """What the caller, or whoever is rung, does now; and the keys that are left."""
    key = keys[:1]
    match walker.state.phase:
        case "playing":
            walker.hear_out()
            return keys
        case "performing":
            walker.come_back(OUTCOMES.get(key, Outcome.COMPLETED))
            return keys[1:] if key in OUTCOMES else keys
        case "listening" | "finished":
            if key in KEYS and key:
                walker.press(key)
            else:
                walker.stay_silent()
            return keys if key in OUTCOMES else keys[1:]
        case _:
            assert_never(walker.state.phase)


def described(task: Task) -> str:
    """A task in a few words, without what the caller entered."""
    match task:
        case steps.JoinQueue(queue, priority):
            return f"joins queue {queue}" + (f" with priority {priority}" if priority else "")
        case steps.Dial(to):
            return f"dials {', '.join(to)}"
        case AskQueue(queue):
            return f"asks for the state of queue {queue}"
        case AskCalendar(calendar):
            return f"asks calendar {calendar}"
        case AskList(name):
            return f"asks list {name}"
        case LookUp():
            return "looks it up"
        case TakeMessage():
            return "leaves a message"
        case Converse(bot=bot):
            return f"talks to bot {bot}"
        case _:
            assert_never(task)
