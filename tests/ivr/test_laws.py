"""What holds for every flow and every caller."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pbx.ivr.interpreter import MOST_MOVES
from pbx.ivr.model import (
    MASK,
    Digit,
    Effect,
    Event,
    Finish,
    NoteFlow,
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
from pbx.ivr.nodes import Collect, Menu, Survey
from pbx.ivr.turn import MOST_FLOWS, MOST_TYPED_AHEAD
from pbx.ivr.verify import verify
from pbx.ivr.walk import walk
from pbx.steps import Outcome
from tests.ivr.any_flow import ACTIONS, ELSEWHERE, FLOWS, awaited, silent_flows
from tests.ivr.examples import CALLER, Flows, advance, begin

Action = str | int | tuple[Outcome, dict[str, str]]


def event_of(action: Action, state: State) -> Event:
    """A key, what the state may be waiting for, or (a number) the answer to an old question."""
    match action:
        case "go on":
            return awaited(state, Outcome.BUSY) if state.phase != "listening" else PromptEnded(state.number)
        case "time is up":
            return TimeUp()
        case str():
            return Digit(action)
        case (outcome, values):
            return Performed(state.number, outcome, values)
        case _:
            return PromptEnded(action) if action % 2 else Performed(action, Outcome.BUSY)


class Telephone:
    """The call's other half: what plays, what is being carried out, and what was said to be over."""

    def __init__(self) -> None:
        self.playing: int | None = None
        self.performing: int | None = None
        self.finished: list[Finish] = []
        self.inside: list[str] = []
        self.moves = 0
        self.language = CALLER.language

    def answer(self, event: Event) -> None:
        if isinstance(event, PromptEnded) and event.number == self.playing:
            self.playing = None
        if isinstance(event, Performed) and event.number == self.performing:
            self.performing = None
        if isinstance(event, Digit):
            self.moves = 0

    def carry_out(self, effects: list[Effect], flows: Flows) -> None:
        for effect in effects:
            assert not self.finished
            match effect:
                case Play(number, prompts):
                    assert prompts
                    self.playing = number
                case StopPlaying():
                    assert self.playing is not None
                    self.playing = None
                case Perform(number):
                    assert self.playing is None
                    self.performing = number
                case Finish():
                    assert not self.inside
                    self.finished.append(effect)
                case SetLanguage(language):
                    self.language = language
                case NoteFlow(flow, ""):
                    self.inside.append(flow)
                case NoteFlow(flow):
                    assert self.inside.pop() == flow
                case NoteNode(node, flow):
                    self.moves += 1
                    assert self.moves <= MOST_MOVES
                    assert node in flows[flow].nodes
                    assert self.inside[-1] == flow
                case _:
                    pass

    def agrees(self, flows: Flows, state: State) -> None:
        """Nobody is ever left waiting for nothing, and everything kept is bounded."""
        waits_for = {
            "playing": self.playing == state.number and state.number > 0,
            "listening": state.deadline is not None,
            "performing": self.performing == state.number,
            "finished": len(self.finished) == 1,
        }
        assert waits_for[state.phase]
        assert (state.phase == "playing") == (self.playing is not None)
        assert (state.phase == "performing") == (self.performing is not None)
        assert (state.phase == "listening") == (state.deadline is not None)
        assert (state.phase == "finished") == bool(self.finished)
        assert self.language == state.language
        assert len(state.typed) <= MOST_TYPED_AHEAD
        assert state.moves <= MOST_MOVES
        assert len(state.back) <= MOST_FLOWS
        if state.phase != "finished":
            assert self.inside == [*(place.flow for place in state.back), state.flow]
        node = flows[state.flow].nodes[state.node]
        if isinstance(node, (Menu, Collect, Survey)) and state.phase != "finished":
            assert state.attempts < node.attempts
        if isinstance(node, Collect) and state.phase == "listening":
            assert len(state.digits) < node.max_digits


@settings(max_examples=120, deadline=None)
@given(FLOWS, st.lists(ACTIONS, max_size=40))
def test_no_caller_is_ever_stuck_or_served_twice(flows: Flows, actions: list[Action]):
    phone = Telephone()
    state, effects = begin(flows, CALLER)
    phone.carry_out(effects, flows)
    phone.agrees(flows, state)
    for turn, action in enumerate(actions):
        event, now = event_of(action, state), 3.0 * turn
        phone.answer(event)
        before, (state, effects) = state, advance(flows, state, event, now)
        assert advance(flows, before, event, now) == (state, effects)
        phone.carry_out(effects, flows)
        phone.agrees(flows, state)


def silent(flows: Flows, outcomes: list[Outcome]) -> tuple[int, list[Effect]]:
    """How many events it takes until a caller who never presses a key is out of the flow, and all effects."""
    state, seen = begin(flows, CALLER)
    events, now = 0, 0.0
    while state.phase != "finished":
        now = state.deadline or now
        events += 1
        state, effects = advance(flows, state, awaited(state, outcomes[events % len(outcomes)]), now)
        seen = [*seen, *effects]
    return events, seen


OUTCOMES = st.lists(st.sampled_from(ELSEWHERE), min_size=1)


@settings(max_examples=60, deadline=None)
@given(FLOWS, OUTCOMES)
def test_every_flow_ends_for_a_caller_who_presses_nothing(flows: Flows, outcomes: list[Outcome]):
    events, seen = silent(flows, outcomes)
    assert events <= MOST_MOVES * 2 * 3
    assert isinstance(seen[-1], Finish)


@settings(max_examples=60, deadline=None)
@given(FLOWS, OUTCOMES)
def test_only_a_flow_that_was_warned_of_is_cut_off(flows: Flows, outcomes: list[Outcome]):
    assume(silent_flows(flows))
    _, seen = silent(flows, outcomes)
    warned = any("goes round" in finding.message for finding in verify(flows["any"]))
    cut_off = isinstance(seen[-1], Finish) and seen[-1].result == "error"
    assert warned or not cut_off


@settings(max_examples=60, deadline=None)
@given(FLOWS, st.text("0129*#pbnduafwxm", max_size=20))
def test_every_walk_ends_and_sees_reachable_nodes_only(flows: Flows, keys: str):
    walked = walk(flows, "any", CALLER, keys)
    assert walked.lines[-1].startswith("ends: ")
    assert keys.endswith(walked.left)
    if silent_flows(flows):
        lost = {f.path[1] for f in verify(flows["any"]) if f.message.startswith("no way")}
        assert not lost & set(walked.nodes)


@settings(max_examples=40, deadline=None)
@given(FLOWS)
def test_an_endless_round_without_a_prompt_is_told_as_an_error(flows: Flows):
    assume(silent_flows(flows))
    _, effects = begin(flows, CALLER)
    if isinstance(effects[-1], Finish) and effects[-1].result == "error":
        assert any(f.severity == "error" and "goes round" in f.message for f in verify(flows["any"]))
        assert sum(isinstance(effect, NoteNode) for effect in effects) == MOST_MOVES


SECRET = "90125"


@settings(max_examples=120, deadline=None)
@given(FLOWS, st.lists(ACTIONS, max_size=30))
def test_a_secret_is_in_no_effect_and_in_no_state_that_is_shown(flows: Flows, actions: list[Action]):
    """It is entered first; whatever the flow then does with it, nobody can read it."""
    state, _ = begin(flows, CALLER)
    assume(state.phase != "finished")
    state = replace(state, variables={"x": SECRET}, secrets=frozenset({"x"}))
    for turn, action in enumerate(actions):
        state, effects = advance(flows, state, event_of(action, state), 3.0 * turn)
        for effect in effects:
            assert SECRET not in repr(effect)
            if isinstance(effect, Play):
                assert not said(SECRET, effect.prompts)
        assert SECRET not in repr(state)
        assert SECRET not in "".join(state.shown().values()).replace(MASK, "")


def said(number: str, prompts: tuple[str, ...]) -> bool:
    """Is it read out digit by digit?"""
    digits = "".join(prompt[-1] if "/digit-" in prompt else " " for prompt in prompts)
    return number in digits
