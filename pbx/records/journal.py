"""Where facts are kept: everything reported is folded from here and can be folded again."""

from collections import defaultdict
from collections.abc import Sequence
from math import inf
from typing import Protocol

from pbx.records.facts import Fact


class Journal(Protocol):
    def append(self, fact: Fact) -> None:
        """File a fact. Never blocks and never raises: trouble with its record ends no call."""
        ...

    async def committed(self, patience: float = inf) -> bool:
        """Return True once every fact appended so far would survive the loss of power.

        False, without waiting, while the disk refuses: facts then wait in memory and calls go on. False, too,
        soon after `patience` seconds, if the disk takes that long: two alarms for each call would cost more
        than the one that the journal sets for all of them.
        """
        ...

    def of_contact(self, contact: str) -> Sequence[Fact]:
        """Its facts in the order they were appended, those still waiting to be written included."""
        ...


class MemoryJournal:
    """For tests: durable as soon as appended, gone with the process."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._by_contact: defaultdict[str, list[Fact]] = defaultdict(list)

    def append(self, fact: Fact) -> None:
        self.facts.append(fact)
        if contact := getattr(fact, "contact", None):
            self._by_contact[contact].append(fact)

    async def committed(self, patience: float = inf) -> bool:
        return True

    def of_contact(self, contact: str) -> Sequence[Fact]:
        return tuple(self._by_contact.get(contact, ()))
