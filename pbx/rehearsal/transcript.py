"""A rehearsed call as text to read: what was heard and done, and when."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from pbx.records.facts import (
    AgentStateChanged,
    ContactAnswered,
    ContactCreated,
    ContactEnded,
    ContactIdentified,
    DialEnded,
    DialStarted,
    Fact,
    FlowEntered,
    FlowExited,
    InputTaken,
    NodeEntered,
    OfferMade,
    OfferRinging,
    QueueAnnounced,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
)
from pbx.rehearsal.result import Result, names_of
from pbx.rehearsal.story import Did, Failed, Happening, Heard, Spoken, Told
from pbx.rehearsal.verdict import Difference

_TEXT_SHOWN = 72
_WORDS: Mapping[type[Fact], str] = {
    ContactCreated: "dials {0.dnis}: {0.entry}",
    ContactEnded: "the call is over: by {0.by}, {0.reason}, {0.sip_code}",
    FlowEntered: "flow {0.flow}",
    FlowExited: "leaves flow {0.flow}: {0.result}",
    NodeEntered: "[{0.node}]",
    InputTaken: "answer: {0.match}",
    QueueEntered: "waits in queue {0.queue}, at place {0.position}",
    QueueLeft: "leaves queue {0.queue}: {0.reason}",
    OfferMade: "rings agent {0.agent}",
    DialStarted: "rings {0.endpoint}",
    DialEnded: "has rung {0.endpoint}: {0.outcome}",
    TalkStarted: "talks",
    TalkEnded: "has talked: ended by {0.by}",
}
_AGAIN = "... the same again"
_DULL = (AgentStateChanged, ContactIdentified, ContactAnswered, OfferRinging, QueueAnnounced)


def transcript(
    result: Result, texts: Mapping[str, str], found: Sequence[Difference] = (), *, every: bool = False
) -> list[str]:
    """One line for each moment worth one, or for `every` one; the differences stand where they show."""
    lines: list[str] = []
    again: set[str] = set()  # what has been heard since anything else happened: music goes on for long
    for place, (at, what) in enumerate(result.moments):
        line = _line(what, texts)
        if isinstance(what, Heard) and line in again and not every:
            if not lines[-1].endswith(_AGAIN):
                lines.append(f"{at:9.2f}  {_AGAIN}")
        elif every or not isinstance(what, _DULL):
            again = again | {line} if isinstance(what, Heard) else set()
            lines.append(f"{at:9.2f}  {line}")
        for difference in found:
            if difference.after == place:
                lines += _marked(difference, first=difference is found[0])
    return lines


def _marked(difference: Difference, *, first: bool) -> list[str]:
    return [
        f"{'>>>' if first else '':>9}  expected  {difference.expected}",
        f"{'':>9}  got       {difference.got}",
    ]


def _line(what: Happening, texts: Mapping[str, str]) -> str:
    match what:
        case Heard(clip):
            return f"hears {clip}{_quoted(texts.get(clip, ''))}"
        case Spoken(sentence):
            return f"hears{_quoted(sentence)}"
        case Did(act):
            return f"* {act}"
        case Told(news):
            return f"({news})"
        case Failed(why):
            return f"FAULT {why}"
        case Fact():
            return _fact(what)
        case _:
            assert_never(what)


def _quoted(text: str) -> str:
    short = " ".join(text.split())
    short = short if len(short) <= _TEXT_SHOWN else short[: _TEXT_SHOWN - 3] + "..."
    return f': "{short}"' if short else ""


def _fact(fact: Fact) -> str:
    words = _WORDS.get(type(fact))
    return " ".join([fact.type, *_data(fact)]) if words is None else words.format(fact)


def _data(fact: Fact) -> Iterator[str]:
    for name in names_of(type(fact)):
        value = getattr(fact, name)
        if name not in ("contact", "segment", "offer", "leg") and value not in (None, ""):
            yield f"{name}={value}"
