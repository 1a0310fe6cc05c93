"""What the command line reads: records, timelines, exports, and the rebuilding of everything from facts."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from pbx.records.facts import Fact
from pbx.records.reading import rebuild, records, segments, timeline, write_csv, write_json_lines
from pbx.records.store import Store
from tests.records.lawful import lawful
from tests.records.story import START, Story, renamed, served_call


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return filed(
        tmp_path / "records.db",
        [
            *served_call("c1"),
            *Story("c2", START + 1000).arrives(dnis="600").ends(after=5).facts,
            *Story("c3", START + 2000).arrives().queues().facts,
        ],
    )


def filed(path: Path, facts: list[Fact]) -> Path:
    store = Store(path, "main")
    store.write(facts)
    store.close()
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(statement)
        conn.commit()


def everything(path: Path) -> Any:
    with closing(sqlite3.connect(path)) as conn:
        return [
            conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("contacts", "segments")
        ]


def test_records_come_latest_first_with_who_called(path: Path):
    rows = records(path)
    assert [row["contact"] for row in rows] == ["c3", "c2", "c1"]
    assert (rows[2]["number"], rows[2]["name"], rows[2]["agent"]) == ("+37120000001", "Anna", "eva")


def test_records_are_chosen_by_call_time_and_number(path: Path):
    assert [row["contact"] for row in records(path, call="c2")] == ["c2"]
    assert [row["contact"] for row in records(path, since=START + 1000)] == ["c3", "c2"]
    assert [row["contact"] for row in records(path, until=START + 1000)] == ["c1"]
    assert [row["contact"] for row in records(path, limit=1)] == ["c3"]
    assert records(path, call="' OR 1=1 --") == []


def test_segments_and_timeline_of_one_call(path: Path):
    assert [(row["segment"], row["acw_ms"]) for row in segments(path, "c1")] == [("s1", 7000)]
    assert timeline(path, "c1") == served_call("c1")
    assert timeline(path, "nobody") == []


def test_records_can_be_read_while_they_are_written(path: Path):
    store = Store(path, "main")
    store.write(renamed(served_call(), "live"))
    assert len(records(path)) == 4
    assert rebuild(path) == (4, 3, 0)
    store.close()


def test_where_there_is_no_file_none_is_made(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="no records here yet"):
        records(tmp_path / "records.db")
    assert not list(tmp_path.iterdir())


def test_reading_cannot_write(path: Path):
    before = path.read_bytes()
    for read in (segments, timeline):
        read(path, "c1")
    records(path)
    assert path.read_bytes() == before


def test_csv_has_a_header_and_every_field(path: Path):
    out = io.StringIO()
    write_csv(records(path), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert [row["contact"] for row in rows] == ["c3", "c2", "c1"]
    assert (rows[2]["talk_ms"], rows[2]["ended"], rows[0]["ended"]) == ("60000", str(START + 65_100), "")
    assert out.getvalue().count("\r\n") == 4


@pytest.mark.parametrize("first", "=+-@\t\r")
def test_a_callers_name_never_becomes_a_formula(first: str):
    out = io.StringIO()
    write_csv([{"name": f'{first}HYPERLINK("x";"y")', "wait_ms": -5}], out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert row["name"] == f'\'{first}HYPERLINK("x";"y")'
    assert row["wait_ms"] == "-5"


def test_a_harmless_text_is_left_alone():
    out = io.StringIO()
    write_csv([{"name": "Anna = Eva", "agent": None}], out)
    assert out.getvalue() == "name,agent\r\nAnna = Eva,\r\n"


def test_no_records_make_no_csv():
    out = io.StringIO()
    write_csv([], out)
    assert out.getvalue() == ""


def test_json_lines_are_one_object_a_record(path: Path):
    out = io.StringIO()
    write_json_lines(records(path), out)
    assert [json.loads(line)["contact"] for line in out.getvalue().splitlines()] == ["c3", "c2", "c1"]
    write_json_lines([{"name": "=Ozoliņa"}], line := io.StringIO())
    assert line.getvalue() == '{"name": "=Ozoliņa"}\n'


def test_rebuilding_changes_nothing(path: Path):
    before = everything(path)
    assert rebuild(path) == (3, 2, 0)
    assert everything(path) == before


@pytest.mark.parametrize(
    ("damage", "differed"),
    [
        ("UPDATE contacts SET talk_ms = talk_ms + 1 WHERE contact = 'c1'", 1),
        ("UPDATE segments SET reason = NULL WHERE contact = 'c1'", 1),
        ("DELETE FROM contacts", 3),
        ("DELETE FROM segments", 2),
        ("UPDATE contacts SET contact = 'c9' WHERE contact = 'c1'", 2),
        ("UPDATE segments SET contact = 'c9' WHERE contact = 'c1'", 2),
    ],
)
def test_rebuilding_puts_right_what_differs_and_counts_it(path: Path, damage: str, differed: int):
    before = everything(path)
    change(path, damage)
    assert rebuild(path).differed == differed
    assert everything(path) == before
    assert rebuild(path).differed == 0


def test_erasing_who_called_changes_no_record(path: Path):
    before = everything(path)
    change(path, "DELETE FROM identities")
    assert rebuild(path) == (3, 2, 0)
    assert everything(path) == before
    assert {row["name"] for row in records(path)} == {""}


@settings(max_examples=20, deadline=None)
@given(lawful())
def test_rebuilding_changes_nothing_whatever_happened(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Fact]
):
    path = filed(tmp_path_factory.mktemp("reading") / "records.db", facts)
    assert rebuild(path).differed == 0
