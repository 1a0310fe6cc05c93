"""What happened in a rehearsed call, moment by moment: what was heard, done and filed."""

from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple, TypeAlias

from pbx.records.facts import ContactCreated, Fact


class Heard(NamedTuple):
    """A clip began: "en/main-menu"."""

    clip: str


class Spoken(NamedTuple):
    """A bot began to say this sentence, which nobody has recorded."""

    sentence: str


class Did(NamedTuple):
    """The caller did this."""

    what: str


class Told(NamedTuple):
    """What the caller's phone was told: answered, or over with this status."""

    what: str


class Failed(NamedTuple):
    """The exchange itself went wrong."""

    why: str


Happening: TypeAlias = Fact | Heard | Spoken | Did | Told | Failed
Moment: TypeAlias = tuple[float, Happening]  # seconds, and what


class Story:
    """The journal of one rehearsed call (pbx.records.journal.Journal), and the caller's side of it.

    Facts of other contacts are left out; those of no contact, such as what agents do, are kept.
    """

    def __init__(self, time: Callable[[], float]) -> None:
        self.moments: list[Moment] = []  # in the loop's seconds
        self.contact = ""  # ours, from its first fact on
        self.arrives = False  # the next contact is ours
        self._time = time

    def note(self, what: Happening) -> None:
        self.moments.append((self._time(), what))

    def append(self, fact: Fact) -> None:
        contact = getattr(fact, "contact", "")
        if self.arrives and isinstance(fact, ContactCreated):
            self.contact, self.arrives = contact, False
        if not contact or contact == self.contact:
            self.moments.append((self._time(), fact))

    async def committed(self, patience: float = inf) -> bool:
        return True

    def of_contact(self, contact: str) -> Sequence[Fact]:
        facts = [what for _, what in self.moments if isinstance(what, Fact)]
        return [fact for fact in facts if getattr(fact, "contact", "") == contact]
