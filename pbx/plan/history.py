"""The configurations that were in force, one after the other, and what each changed."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from pbx.plan.change import in_one_line
from pbx.plan.difference import Sources, differences
from pbx.records.facts import ConfigChanged


class Reign(NamedTuple):
    """A version's time in force. `since` in Unix milliseconds; `changed` is empty where that is not known."""

    version: str
    since: int
    by: str
    kept: bool
    changed: str


def reigns(facts: Sequence[ConfigChanged], texts: Mapping[str, Sources]) -> list[Reign]:
    """The latest first, as `facts` are. Only the oldest, which follows nothing, is not known to change
    anything."""
    found = [
        Reign(fact.version, fact.at, by(fact), fact.version in texts, _changed(before, fact, texts))
        for fact, before in pairwise(facts)
    ]
    return [
        *found,
        *(Reign(fact.version, fact.at, by(fact), fact.version in texts, "") for fact in facts[-1:]),
    ]


def by(fact: ConfigChanged) -> str:
    """What put it in force, in a word or two."""
    if fact.reverted:
        return "reload --to"
    return {"start": "start", "command": "reload", "signal": "SIGHUP"}[fact.by]


def _changed(before: ConfigChanged, fact: ConfigChanged, texts: Mapping[str, Sources]) -> str:
    if before.version == fact.version:
        return "nothing"
    old, new = texts.get(before.version), texts.get(fact.version)
    return in_one_line(differences(old, new)) if old and new else ""
