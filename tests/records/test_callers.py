"""What the file of records says of callers."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pbx.records.callers import Message, languages, measured, messages
from pbx.records.facts import (
    ContactAttribute,
    ContactIdentified,
    Fact,
    FlowEntered,
    FlowExited,
    MessageDeleted,
    MessageRecorded,
    NodeEntered,
)
from pbx.records.flow_measures import Arrival, containment
from pbx.records.store import Store
from tests.records.story import START, Story

HOUR = 3_600_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


def write(path: Path, *stories: Iterable[Fact]) -> None:
    with closing(Store(path, "main")) as store:
        for facts in stories:
            store.write(list(facts))


def chooses(contact: str, number: str, language: str, hours: int) -> list[Fact]:
    story = Story(contact, START + hours * HOUR).arrives()
    story.then(ContactIdentified, number=number)
    return story.then(ContactAttribute, k="language", v=language).facts


def test_the_languages_that_were_chosen_are_known_again(path: Path):
    write(path, chooses("c1", "+1", "lv", 2), chooses("c2", "+2", "en", 0), chooses("c3", "+1", "en", 1))
    assert languages(path, 10) == [("+2", "en"), ("+1", "en"), ("+1", "lv")]
    assert languages(path, 2) == [("+1", "en"), ("+1", "lv")]


def test_other_attributes_are_no_languages_and_erased_callers_have_none(path: Path):
    other = Story("c2").arrives().then(ContactAttribute, k="hair", v="red").facts
    write(path, chooses("c1", "+1", "lv", 0), other)
    with closing(Store(path, "main")) as store:
        store.conn.execute("DELETE FROM identities WHERE contact = 'c1'")
    assert languages(path, 10) == []


def left(contact: str, number: int) -> dict[str, Any]:
    return {"flow": "main", "node": "record", "file": f"{contact}-{number}.wav", "seconds": 2.5}


def test_messages_are_listed_until_they_are_deleted(path: Path):
    one = Story("c1").arrives().then(MessageRecorded, **left("c1", 1)).then(MessageRecorded, **left("c1", 2))
    other = Story("c2", START + HOUR).arrives().then(MessageRecorded, **left("c2", 1))
    write(path, one.facts, other.facts, [MessageDeleted(at=START + HOUR, contact="c1", file="c1-1.wav")])
    assert messages(path) == [
        Message("c1-2.wav", "c1", START + 100, "+37120000001", 2.5, "main", "record"),
        Message("c2-1.wav", "c2", START + HOUR + 100, "+37120000001", 2.5, "main", "record"),
    ]


def served(contact: str, hours: int, result: str = "contained") -> list[Fact]:
    story = Story(contact, START + hours * HOUR).arrives().then(FlowEntered, flow="main", version="1")
    story.then(NodeEntered, flow="main", node="menu").then(FlowExited, flow="main", result=result)
    return story.ends().facts


def test_calls_are_measured_by_their_arrival_and_a_day_later_is_looked_at(path: Path):
    write(path, served("c1", 0), served("c2", 3, "hangup"), served("c3", 40))
    measures, arrivals = measured(path, None, None)
    assert [journey.contact for journey in measures.journeys] == ["c1", "c2", "c3"]
    assert arrivals[0] == Arrival("c1", START, "+37120000001", "700")
    measures, arrivals = measured(path, START, START + HOUR)
    assert [journey.contact for journey in measures.journeys] == ["c1"]
    assert [arrival.contact for arrival in arrivals] == ["c1", "c2"]
    assert containment(measures.journeys, arrivals).again == 1
    assert measured(path, START + HOUR, None)[0].flows["main"].nodes["menu"].entered == 2


def test_where_nothing_was_recorded_there_is_nothing_to_read(path: Path):
    for read in (messages, lambda path: measured(path, None, None), lambda path: languages(path, 1)):  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType, reportUnknownVariableType]
        with pytest.raises(FileNotFoundError):
            read(path)
