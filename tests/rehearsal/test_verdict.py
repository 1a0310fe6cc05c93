"""Every expectation holds when it is met, fails when it is not, and shows where."""

from typing import Any

import pytest

from pbx.rehearsal.script import Rehearse, Script
from tests.rehearsal.place import rehearse


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Rehearse:
    return rehearse(tmp_path_factory.mktemp("clinic"))


@pytest.fixture
def script(clinic: Rehearse) -> Script:
    """A call that has something to show for every expectation."""
    agents = {"anna": {"answers_after": 3, "talks_for": 20}}
    return clinic("100", agents=agents).presses("3").hears("Spiediet viens").presses("1")


@pytest.mark.parametrize(
    ("name", "right", "wrong", "shown"),
    [
        ("queue", "support", ["support", "support"], "expected  queue support, support"),
        ("queue", ["support"], [], "expected  queue nobody"),
        ("agent", "anna", "boris", "got       anna"),
        ("agent", "anna", "", "expected  agent nobody"),
        ("wait", 3, 4, "expected  wait 3.5 to 4.5 s"),
        ("wait", [0, 3], (3.1, 9), "got       3 s"),
        ("talk", 20, 21, "got       20 s"),
        ("lasts", [23, 24], [0, 23], "expected  lasts 0 to 23 s"),
        ("ends", "agent", "customer", "expected  ends customer"),
        ("status", 200, 486, "expected  status 486"),
        ("flow_result", "queue", "contained", "expected  flow_result contained"),
        ("language", "lv", "en", "expected  language en"),
        ("facts", ["ivr.node latvian", "talk.started agent=anna"], ["ivr.node ask"], "fact ivr.node ask"),
        ("facts", ["ivr.input ok"], ["ivr.input 'not ok'"], "got       none"),
        ("facts", [], ["talk.started", "queue.entered"], "got       it before that, at 0.40"),
        ("never", ["ivr.node ask"], ["ivr.node latvian"], "expected  never ivr.node latvian"),
        ("never", ["ivr.input nomatch"], ["ivr.input menu ok"], "got       it"),
        ("hears", ["Spiediet"], ["enter-digits"], 'hears "enter-digits"'),
        ("hears", "lv/position-1", "en/position-1", 'hears "en/position-1"'),
        ("hears_not", "Your number", "spiediet VIENS", 'never hears "spiediet VIENS"'),
        ("values", {}, {"id": "7"}, "expected  id = '7'"),
    ],
)
def test_an_expectation_tells_right_from_wrong(script: Script, name: str, right: Any, wrong: Any, shown: str):
    script.expect(**{name: right})
    with pytest.raises(AssertionError) as failure:
        script.expect(**{name: wrong})
    assert shown in str(failure.value)
    assert str(failure.value).count(">>>") == 1


def test_the_first_difference_is_marked_where_it_shows(script: Script):
    with pytest.raises(AssertionError) as failure:
        script.expect(queue=[], ends="customer", never=["ivr.node latvian"])
    lines = str(failure.value).splitlines()
    marked = next(at for at, line in enumerate(lines) if ">>>" in line)
    assert lines[marked - 1].endswith("[latvian]")
    assert lines[marked].endswith("expected  never ivr.node latvian")
    assert lines[marked + 1].endswith("got       it")
    later = [at for at, line in enumerate(lines) if "expected" in line][1:]
    assert [lines[at].split()[1:] for at in later] == [["queue", "nobody"], ["ends", "customer"]]
    assert "waits in queue support" in lines[later[0] - 1]
    assert "the call is over" in lines[later[1] - 1]


def test_what_the_caller_could_not_do_is_a_difference(clinic: Rehearse):
    with pytest.raises(AssertionError) as failure:
        clinic("100").hears("Press one").presses("9").hears("goodbye").hears("goodbye").waits(99).expect()
    text = str(failure.value)
    assert "expected  that the caller waits 99 s" in text
    assert "got       the end of the call" in text


def test_a_value_that_flows_keep_can_be_expected(clinic: Rehearse):
    call = clinic("100").presses("2").hears("Your number").presses("12#")
    call.expect(values={"id": "12"})
    with pytest.raises(AssertionError, match="got       '12'"):
        call.expect(values={"id": "13"})


def test_long_waiting_is_told_once(clinic: Rehearse):
    with pytest.raises(AssertionError) as failure:
        clinic("700").waits(600).hangs_up().expect(status=486)
    lines = str(failure.value).splitlines()
    assert sum("music/waiting" in line for line in lines) == 1
    assert sum("... the same again" in line for line in lines) == 1
