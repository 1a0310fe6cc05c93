"""What came of a rehearsed call, folded from its story."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from pbx.records.facts import (
    ContactCreated,
    ContactEnded,
    Fact,
    FlowExited,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
)
from pbx.records.rows import KINDS
from pbx.rehearsal.scenario import Act, Scenario
from pbx.rehearsal.story import Happening, Heard, Moment, Spoken

KIND_OF: Mapping[str, type[Fact]] = {kind.type: kind for kind in KINDS}
HappeningT = TypeVar("HappeningT", bound=Happening)


@dataclass(frozen=True)
class Result:
    """Seconds are of the call: 0.0 is when it came in. `values` are those of the last flow's variables."""

    scenario: Scenario
    moments: Sequence[Moment]
    left: tuple[Act, ...]  # what the caller had still to do when the call was over
    status: int  # the SIP status that it ended with
    language: str  # spoken at the end
    values: Mapping[str, str]  # secrets are masked

    @cached_property
    def _by_kind(self) -> Mapping[type[Happening], list[tuple[int, Any]]]:
        """(place in the story, what happened)."""
        found: dict[type[Happening], list[tuple[int, Any]]] = {}
        for place, (_, what) in enumerate(self.moments):
            found.setdefault(type(what), []).append((place, what))
        return found

    @cached_property
    def facts(self) -> list[Fact]:
        """Those of this call, and of what agents did meanwhile."""
        return [what for _, what in self.moments if isinstance(what, Fact)]

    @cached_property
    def heard(self) -> list[str]:
        """Clips, each as it began: "en/main-menu", "music/waiting"."""
        return [heard.clip for heard in self.of(Heard)]

    def words(self, texts: Mapping[str, str]) -> str:
        """Everything that was said to the caller. `texts` says what clips say."""
        said = (
            what.sentence if isinstance(what, Spoken) else texts.get(what.clip, "")
            for _, what in self.moments
            if isinstance(what, Heard | Spoken)
        )
        return " ".join(said)

    @property
    def queue(self) -> tuple[str, ...]:
        """The queues entered, in order."""
        return tuple(fact.queue for fact in self.of(QueueEntered))

    @property
    def agent(self) -> str:
        """The last agent who talked to the caller, or nobody: ""."""
        return next((fact.agent for fact in reversed(self.of(TalkStarted)) if fact.agent), "")

    @property
    def wait(self) -> float:
        """Seconds in queues."""
        return self._between(QueueEntered, QueueLeft)

    @property
    def talk(self) -> float:
        """Seconds of conversation."""
        return self._between(TalkStarted, TalkEnded)

    @property
    def lasts(self) -> float:
        """Seconds from arrival to end."""
        return self._between(ContactCreated, ContactEnded)

    @property
    def ends(self) -> str:
        """Who ended the call; "" if it never came to be one."""
        return next((fact.by for fact in self.of(ContactEnded)), "")

    @property
    def flow_result(self) -> str:
        """Of the flow that was left last; "" if there was none."""
        return next((fact.result for fact in reversed(self.of(FlowExited))), "")

    def of(self, kind: type[HappeningT]) -> list[HappeningT]:
        """Everything of this kind, in order."""
        return [what for _, what in self._by_kind.get(kind, ())]

    def with_places(self, kind: type[HappeningT]) -> Sequence[tuple[int, HappeningT]]:
        """The same, each with its place in `moments`."""
        return self._by_kind.get(kind, ())

    def has(self, pattern: str) -> bool:
        """Is there a fact like this: "queue.left", "queue.left reason=overflow"?"""
        return any(matches(fact, pattern) for fact in self.facts)

    def _between(self, begins: type[Fact], ends: type[Fact]) -> float:
        """Every beginning has its end."""
        together = sum(fact.at for fact in self.of(ends)) - sum(fact.at for fact in self.of(begins))
        return together / 1000


def matches(fact: Fact, pattern: str) -> bool:
    """Is the fact of this type, and does it hold each word that follows: as a value, or as name=value?"""
    kind, words = parsed(pattern)
    return fact.type == kind and (not words or _words_of(fact).issuperset(words))


@lru_cache(4096)
def parsed(pattern: str) -> tuple[str, tuple[str, ...]]:
    """A fact's type, and words. Raises ValueError on an open quote, or for nothing."""
    kind, *words = shlex.split(pattern)
    return kind, tuple(words)


@lru_cache(256)
def names_of(kind: type[Fact]) -> tuple[str, ...]:
    """What facts of a kind say, apart from when."""
    return tuple(field.name for field in fields(kind) if field.name != "at")


def _words_of(fact: Fact) -> set[str]:
    said = {name: getattr(fact, name) for name in names_of(type(fact))}
    values = {name: "" if value is None else str(value) for name, value in said.items()}
    return set(values.values()) | {f"{name}={value}" for name, value in values.items()}
