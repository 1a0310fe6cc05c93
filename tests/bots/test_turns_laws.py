"""Laws of turn-taking: whatever a caller, the providers and the clock do, in any order."""

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.bots.model import (
    AskKeys,
    Effect,
    Event,
    Finish,
    HandOver,
    Heard,
    Keypad,
    KeyPressed,
    Leave,
    Manners,
    NoteTurn,
    Partial,
    Provider,
    ProviderFailed,
    Reply,
    ReplyReady,
    Resume,
    SentenceReady,
    Sounded,
    Speak,
    SpeechBegan,
    SpeechEnded,
    Spoke,
    StopSpeaking,
    Think,
    TimeUp,
)
from pbx.bots.turns import Turns

MANNERS = Manners(
    turns=6, longest=90.0, escape_keys=frozenset("0"), leave_keys=frozenset("*"),
    escapes=lambda text: text == "operator",
)  # fmt: skip
ENDS = (HandOver, Leave, Finish)
QUESTION = Reply(("What is it?",), keypad=Keypad(frozenset("12")))

replies = st.builds(
    Reply,
    say=st.sampled_from([(), ("Well.",), ("Well.", "Now.")]),
    then=st.sampled_from(["listen", "listen", "listen", "finish", "give_up"]),
    understood=st.booleans(),
    keypad=st.sampled_from([Keypad(), Keypad(frozenset("12")), Keypad(most=3)]),
)


def words_of(turn: int) -> str:
    return f"the reply to {turn}"


@dataclass
class World:
    """What the machine has said so far, and what must never be said again."""

    machine: Turns
    now: float = 0.0
    turn: int = 0
    part: int = 0
    utterance: int = 0
    done: list[Effect] = field(default_factory=list[Effect])

    def take(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            assert not isinstance(self.done[-1] if self.done else None, ENDS), "said after the end"
            self.check(effect)
            self.done.append(effect)
        return effects

    def check(self, effect: Effect) -> None:
        match effect:
            case Think(turn) | AskKeys(turn):
                assert turn == self.turn + 1, "turns are counted one by one"
                self.turn, self.part = turn, 0
            case Speak(turn, part, say):
                assert turn in (self.turn, self.turn + 1)
                repeats = bool(self.done) and isinstance(self.done[-1], NoteTurn)  # after silence
                own = words_of(turn) in say or "the reply" not in "".join(say)
                assert own or (repeats and part == 1), "a stale reply was spoken"
                assert part == (self.part + 1 if turn == self.turn else 1)
                self.turn, self.part = turn, part
            case Resume(turn):
                assert turn == self.turn
                assert isinstance(self.voice(), StopSpeaking), "resumed what was not stopped"
            case StopSpeaking():
                assert isinstance(self.voice(), Speak | Resume), "stopped twice"
            case _:
                pass

    def voice(self) -> Effect | None:
        told = (e for e in reversed(self.done) if isinstance(e, Speak | Resume | StopSpeaking))
        return next(told, None)

    def happens(self, event: Event) -> list[Effect]:
        if isinstance(event, SpeechBegan):
            self.utterance = max(self.utterance, event.utterance)
        return self.take(self.machine.handle(event, self.now))

    def wait(self, seconds: float) -> None:
        """Every alarm on the way rings, and the next is never further off than patience."""
        until = self.now + seconds
        while (due := self.machine.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self.happens(TimeUp())
        self.now = until

    def live(self, story: "Story") -> None:
        for pause, move in story:
            self.wait(pause)
            self.happens(move.event(self))
            self.has_something_due()

    def has_something_due(self) -> None:
        due = self.machine.deadline
        assert (due is None) == self.over
        assert due is None or due <= self.now + MANNERS.patience

    @property
    def over(self) -> bool:
        return bool(self.done) and isinstance(self.done[-1], ENDS)


def begun(opening: tuple[str, ...], *, deaf: bool) -> World:
    world = World(Turns(MANNERS, QUESTION, opening=opening, deaf=deaf))
    world.take(world.machine.start(0.0))
    return world


@dataclass(frozen=True)
class Move:
    """Something that happens. What it quotes is the latest, or `late` before it."""

    kind: str
    late: int
    text: str
    sure: float
    key: str
    reply: Reply
    provider: Provider

    def event(self, world: World) -> Event:
        turn, utterance = world.turn - self.late, world.utterance - self.late
        match self.kind:
            case "began":
                return SpeechBegan(utterance + 1)
            case "ended":
                return SpeechEnded(utterance, 0.5)
            case "partial":
                return Partial(utterance, self.text)
            case "heard":
                return Heard(utterance, self.text, self.sure)
            case "key":
                return KeyPressed(self.key)
            case "sentence":
                return SentenceReady(turn, words_of(turn))
            case "reply":
                return ReplyReady(turn, replace(self.reply, say=(words_of(turn),) * len(self.reply.say)))
            case "sounded":
                return Sounded(turn, world.part)
            case "spoke":
                return Spoke(turn, world.part)
            case _:
                return ProviderFailed(turn, self.provider)


KINDS = ["began", "ended", "partial", "heard", "key", "sentence", "reply", "sounded", "spoke", "failed"]
replies = st.builds(
    Reply,
    say=st.sampled_from([(), ("Well.",), ("Well.", "Now.")]),
    then=st.sampled_from(["listen", "listen", "listen", "finish", "give_up"]),
    understood=st.booleans(),
    keypad=st.sampled_from([Keypad(), Keypad(frozenset("12")), Keypad(most=3)]),
)
moves = st.builds(
    Move,
    kind=st.sampled_from(KINDS),
    late=st.sampled_from([0, 0, 0, 1]),
    text=st.sampled_from(["", "we", "operator"]),
    sure=st.sampled_from([0.1, 0.5, 1.0]),
    key=st.sampled_from("0123#*"),
    reply=replies,
    provider=st.sampled_from(["transcriber", "mind", "voice"]),
)
Story: TypeAlias = list[tuple[float, Move]]
stories = st.lists(st.tuples(st.floats(0.0, 3.0), moves), max_size=60)
worlds = st.builds(begun, st.sampled_from([(), ("I am a robot.",)]), deaf=st.booleans())


@settings(max_examples=150, deadline=None)
@given(worlds, stories)
def test_something_is_always_due_and_nothing_stale_is_ever_said(world: World, story: Story):
    world.live(story)


@settings(max_examples=60, deadline=None)
@given(worlds, stories)
def test_it_always_ends_within_its_turns_and_its_time(world: World, story: Story):
    world.live(story)
    world.wait(MANNERS.longest)
    assert world.over
    assert sum(isinstance(effect, Think) for effect in world.done) <= MANNERS.turns
    notes = [effect for effect in world.done if isinstance(effect, NoteTurn) and effect.confidence]
    assert len(notes) == sum(isinstance(effect, Think) for effect in world.done), "a note for every turn"


@settings(max_examples=60, deadline=None)
@given(worlds, stories, st.sampled_from([0.4, 1.0]))
def test_an_escape_word_leads_to_a_person_in_one_step(world: World, story: Story, sure: float):
    world.live(story)
    if not world.over:
        (*_, last) = world.happens(Heard(world.utterance + 1, "operator", sure))
        assert last == HandOver("asked")


@settings(max_examples=60, deadline=None)
@given(worlds, stories)
def test_zero_leads_to_a_person_in_one_step_unless_digits_are_asked_for(world: World, story: Story):
    world.live([(pause, move) for pause, move in story if not move.reply.keypad.most])
    if not world.over:
        (*_, last) = world.happens(KeyPressed("0"))
        assert last == HandOver("asked")


@settings(max_examples=60, deadline=None)
@given(worlds, stories, st.sampled_from(["transcriber", "mind", "voice"]))
def test_a_provider_that_fails_leads_to_keys_or_a_person(world: World, story: Story, which: Provider):
    """At once, or when what is being said or thought about has been said; never to silence."""
    world.live(story)
    failed = len(world.done)
    world.happens(ProviderFailed(world.turn, which))
    for _ in range(20):  # the failing one is never heard of again; the others do their work
        if world.over:
            return
        match world.done[-1] if len(world.done) > failed else None:
            case AskKeys(turn):
                world.happens(ReplyReady(turn, QUESTION))
                failed = -1
            case Think(turn) if which == "mind":
                world.happens(ProviderFailed(turn, "mind"))
            case Think(turn):
                world.happens(ReplyReady(turn, QUESTION))
            case Speak(turn) if which == "voice":
                world.happens(ProviderFailed(turn, "voice"))
            case _:
                world.happens(Spoke(world.turn, world.part))
                world.wait(20.0)
    assert any(isinstance(effect, AskKeys) for effect in world.done)
