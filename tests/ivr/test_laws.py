"""What holds for every flow and every caller."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.ivr.flow import Flow, parse_flow
from pbx.ivr.interpreter import MOST_MOVES, MOST_TYPED_AHEAD, advance, begin
from pbx.ivr.model import (
    Digit,
    Effect,
    Event,
    Finish,
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
from pbx.ivr.nodes import Collect, Menu
from pbx.ivr.verify import prompts_used, verify
from pbx.ivr.walk import walk
from pbx.steps import Outcome
from tests.ivr.examples import CALLER

TARGETS = st.sampled_from(["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"])
MAYBE = {"busy": TARGETS, "no_answer": TARGETS, "declined": TARGETS, "unreachable": TARGETS}
GIVEN_BACK = {"overflow": TARGETS, "no_agents": TARGETS, "queue_full": TARGETS}
FLAG = st.booleans()
KEYS = st.sampled_from("0129*#")
REMARKS = {"invalid": st.just("invalid"), "silence": st.just("silence"), "interruptible": FLAG}


def table(
    do: str, required: dict[str, Any], optional: dict[str, Any] | None = None
) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"do": st.just(do), **required}, optional=optional or {})


QUESTION = {"prompt": st.sampled_from(["q", ["q", "{x}"]]), "otherwise": TARGETS}
NODES = st.one_of(
    table("say", {"prompt": st.sampled_from(["p", "{x}", "{y}"]), "next": TARGETS}, {"interruptible": FLAG}),
    table(
        "menu",
        {**QUESTION, "keys": st.dictionaries(KEYS, TARGETS, min_size=1)},
        {**REMARKS, "attempts": st.integers(1, 3)},
    ),
    table(
        "collect",
        {**QUESTION, "variable": st.sampled_from("xy"), "next": TARGETS},
        {**REMARKS, "attempts": st.integers(1, 3), "max_digits": st.integers(1, 3), "secure": FLAG},
    ),
    table(
        "branch",
        {"on": st.sampled_from(["x", "language"]), "otherwise": TARGETS},
        {},
    ).map(lambda node: {**node, "cases": {"1": "n0", "lv": "n1"}}),
    table("hours", {"calendar": st.sampled_from(["office", "lunch"]), "open": TARGETS, "closed": TARGETS}),
    table("set", {"language": st.sampled_from(["en", "lv"]), "next": TARGETS}),
    table("queue", {"queue": st.just("q"), "otherwise": TARGETS}, GIVEN_BACK),
    table("dial", {"to": st.sampled_from(["1001", "{x}"]), "otherwise": TARGETS}, MAYBE),
    table("flow", {"flow": st.just("other")}),
    table("hangup", {}, {"prompt": st.sampled_from(["bye", "{x}"])}),
)
FLOWS = st.lists(NODES, min_size=8, max_size=8).map(
    lambda nodes: parse_flow(
        "any", {"start": "n0", "nodes": {f"n{at}": node for at, node in enumerate(nodes)}}
    )
)
ACTIONS = st.one_of(
    KEYS, st.sampled_from(["prompt ends", "time is up"]), st.sampled_from(Outcome), st.integers(0, 3)
)


def event_of(action: str | Outcome | int, state: State) -> Event:
    """A key, what the state may be waiting for, or (a number) the answer to an old question."""
    match action:
        case "go on":
            return (
                Performed(state.number, Outcome.BUSY)
                if state.phase == "performing"
                else PromptEnded(state.number)
            )
        case "time is up":
            return TimeUp()
        case str():
            return Digit(action)
        case Outcome():
            return Performed(state.number, action)
        case _:
            return PromptEnded(action) if action % 2 else Performed(action, Outcome.BUSY)


class Telephone:
    """The call's other half: what plays, what is being carried out, and what was said to be over."""

    def __init__(self) -> None:
        self.playing: int | None = None
        self.performing: int | None = None
        self.finished: list[Finish] = []
        self.language = CALLER.language

    def answer(self, event: Event) -> None:
        if isinstance(event, PromptEnded) and event.number == self.playing:
            self.playing = None
        if isinstance(event, Performed) and event.number == self.performing:
            self.performing = None

    def carry_out(self, effects: list[Effect], flow: Flow) -> None:
        for effect in effects:
            assert not self.finished
            match effect:
                case Play(number, prompts):
                    names = {prompt.removeprefix(f"{self.language}/") for prompt in prompts}
                    assert names
                    assert names <= prompts_used(flow)
                    self.playing = number
                case StopPlaying():
                    assert self.playing is not None
                    self.playing = None
                case Perform(number):
                    assert self.playing is None
                    self.performing = number
                case Finish():
                    self.finished.append(effect)
                case SetLanguage(language):
                    self.language = language
                case _:
                    pass

    def agrees(self, flow: Flow, state: State) -> None:
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
        node = flow.nodes[state.node]
        if isinstance(node, (Menu, Collect)) and state.phase != "finished":
            assert state.attempts < node.attempts
        if isinstance(node, Collect) and state.phase == "listening":
            assert len(state.digits) < node.max_digits


@settings(max_examples=300, deadline=None)
@given(FLOWS, st.lists(ACTIONS, max_size=40))
def test_no_caller_is_ever_stuck_or_served_twice(flow: Flow, actions: list[str | Outcome | int]):
    phone = Telephone()
    state, effects = begin(flow, CALLER)
    phone.carry_out(effects, flow)
    phone.agrees(flow, state)
    for turn, action in enumerate(actions):
        event, now = event_of(action, state), 3.0 * turn
        phone.answer(event)
        before, (state, effects) = state, advance(flow, state, event, now)
        assert advance(flow, before, event, now) == (state, effects)
        phone.carry_out(effects, flow)
        phone.agrees(flow, state)


def silent(flow: Flow, outcomes: list[Outcome]) -> tuple[int, list[Effect]]:
    """How many events it takes until a caller who never presses a key is out of the flow, and all effects."""
    state, seen = begin(flow, CALLER)
    events, now = 0, 0.0
    while state.phase != "finished":
        now = state.deadline or now
        events += 1
        answers: dict[str, Event] = {
            "playing": PromptEnded(state.number),
            "listening": TimeUp(),
            "performing": Performed(state.number, outcomes[events % len(outcomes)]),
        }
        state, effects = advance(flow, state, answers[state.phase], now)
        seen = [*seen, *effects]
    return events, seen


OUTCOMES = st.lists(st.sampled_from([Outcome.BUSY, Outcome.NO_AGENTS, Outcome.WAITED_ENOUGH]), min_size=1)


@settings(max_examples=200, deadline=None)
@given(FLOWS, OUTCOMES)
def test_every_flow_ends_for_a_caller_who_presses_nothing(flow: Flow, outcomes: list[Outcome]):
    events, seen = silent(flow, outcomes)
    assert events <= MOST_MOVES * 2 * 3
    assert isinstance(seen[-1], Finish)


@settings(max_examples=200, deadline=None)
@given(FLOWS, OUTCOMES)
def test_only_a_flow_that_was_warned_of_is_cut_off(flow: Flow, outcomes: list[Outcome]):
    _, seen = silent(flow, outcomes)
    warned = any("goes round" in finding.message for finding in verify(flow))
    cut_off = isinstance(seen[-1], Finish) and seen[-1].result == "error"
    assert warned or not cut_off


@settings(max_examples=200, deadline=None)
@given(FLOWS, st.text("0129*#pbnduafw", max_size=20))
def test_every_walk_ends_and_sees_reachable_nodes_only(flow: Flow, keys: str):
    walked = walk(flow, CALLER, keys)
    lost = {finding.path[1] for finding in verify(flow) if finding.message.startswith("no way")}
    assert not lost & set(walked.nodes)
    assert walked.lines[-1].startswith("ends: ")
    assert keys.endswith(walked.left)


@settings(max_examples=100, deadline=None)
@given(FLOWS)
def test_an_endless_round_without_a_prompt_is_told_as_an_error(flow: Flow):
    _, effects = begin(flow, CALLER)
    if isinstance(effects[-1], Finish) and effects[-1].result == "error":
        assert any(
            finding.severity == "error" and "goes round" in finding.message for finding in verify(flow)
        )
        assert sum(isinstance(effect, NoteNode) for effect in effects) == MOST_MOVES
