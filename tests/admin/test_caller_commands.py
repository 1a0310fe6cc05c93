"""`centrala flows` and `centrala messages`, on records that no exchange is writing."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from pbx.records.callers import messages
from pbx.records.facts import FlowEntered, FlowExited, InputTaken, MessageRecorded, NodeEntered
from pbx.records.store import Store
from tests.records.story import Story


def centrala(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One call that a flow served, and one whose caller left a message."""
    served = Story("c1").arrives().then(FlowEntered, flow="main", version="1")
    served.then(NodeEntered, flow="main", node="menu").then(
        InputTaken, flow="main", node="menu", match="nomatch"
    )
    served.then(FlowExited, flow="main", result="contained").ends()
    spoke = Story("c2", served.at + 90_000_000).arrives().then(FlowEntered, flow="main", version="1")
    spoke.then(NodeEntered, flow="main", node="record")
    spoke.then(MessageRecorded, flow="main", node="record", file="c2-1.wav", seconds=2.0)
    spoke.then(FlowExited, flow="main", result="hangup").ends()
    with closing(Store(tmp_path / "records.db", "main")) as store:
        store.write(served.facts)
        store.write(spoke.facts)
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "c2-1.wav").write_bytes(b"RIFF")
    return tmp_path


def test_flows_are_told_node_by_node_and_as_a_whole(data: Path):
    told = centrala("flows", "--data", str(data))
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[1].split() == ["main", "menu", "1", "1", "0", "0", "0", "1"]
    assert lines[2].split() == ["main", "record", "1", "0", "0", "0", "1", "0"]
    assert lines[3:] == [
        "2 calls came to a flow; 0 hung up in one",
        "contained: 50.0% raw, 50.0% true (0 called again within a day; 0 callers are not known)",
        "time to an agent: nobody reached one",
    ]


def test_flows_are_told_as_json_for_a_time(data: Path):
    (told,) = json.loads(centrala("flows", "--data", str(data), "--json").stdout)
    assert (told["entered"], told["contained_raw"], told["median_ms_to_agent"]) == (2, 0.5, None)
    assert [node["node"] for node in told["nodes"]] == ["menu", "record"]
    (told,) = json.loads(centrala("flows", "--data", str(data), "--json", "--since", "2100-01-01").stdout)
    assert (told["entered"], told["contained_raw"], told["nodes"]) == (0, None, [])


def test_a_message_is_listed_and_deleted(data: Path):
    assert "c2-1.wav" in centrala("messages", "--data", str(data)).stdout
    (listed,) = json.loads(centrala("messages", "--data", str(data), "--json").stdout)
    assert (listed["file"], listed["number"]) == ("c2-1.wav", "+37120000001")
    done = centrala("messages", "--data", str(data), "--delete", "c2-1.wav")
    assert (done.exit_code, done.stdout) == (0, "c2-1.wav is deleted\n")
    assert list((data / "messages").iterdir()) == []
    assert messages(data / "records.db") == []
    again = centrala("messages", "--data", str(data), "--delete", "c2-1.wav")
    assert again.exit_code == 2
    assert again.stderr == "there is no message c2-1.wav; `centrala messages` lists them\n"


@pytest.mark.parametrize("command", ["flows", "messages"])
def test_where_nothing_was_recorded_it_says_so(tmp_path: Path, command: str):
    told = centrala(command, "--data", str(tmp_path))
    assert told.exit_code == 2
    assert "no records here yet" in told.stderr
