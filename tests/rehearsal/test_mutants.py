"""Mistakes made on purpose: each is one change, each is a flow again, and good tests notice them."""

import tomllib
from pathlib import Path

import pytest

from pbx.config.load import load_configuration
from pbx.ivr.flow import parse_flow
from pbx.rehearsal.load import find, load
from pbx.rehearsal.mutants import Mutant, Names, mutants
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.sound import lengths
from pbx.rehearsal.survivors import TestsFail, harvest
from tests.rehearsal.place import furnished

NAMES = Names(("support", "sales"), ("1001", "1002"), ("en", "lv"), ("main", "other"))
FLOW = """start = "menu"
[always.keys]
0 = "person"
[nodes.menu]
do = "menu"
prompt = ["welcome", { en = "Press one.", lv = "Spiediet viens." }]
keys = { 1 = "language" }
otherwise = "digits"
invalid = "invalid"
[nodes.language]
do = "set"
language = "lv"
variable = "kind"
value = "a"
next = "hours"
[nodes.hours]
do = "hours"
calendar = "office"
open = "person"
closed = "away"
[nodes.person]
do = "queue"
queue = "support"
otherwise = "ring"
[nodes.kind]
do = "branch"
on = "kind"
cases = { 7 = "digits" }
otherwise = "digits"
[nodes.ring]
do = "dial"
to = ["1001", "1003"]
busy = "away"
otherwise = "elsewhere"
[nodes.digits]
do = "collect"
prompt = "enter-digits"
variable = "digits"
min_digits = 4
max_digits = 4
check = "luhn"
next = "away"
otherwise = "away"
[nodes.elsewhere]
do = "flow"
flow = "other"
[nodes.away]
do = "hangup"
prompt = "goodbye"
"""
CHANGES = """
start leads to `language`, not `menu`
0 leads to `kind`, not `person`
1 leads to `hours`, not `language`
otherwise leads to `elsewhere`, not `digits`
next leads to `person`, not `hours`
open leads to `kind`, not `person`
closed leads to `menu`, not `away`
otherwise leads to `digits`, not `ring`
7 leads to `elsewhere`, not `digits`
otherwise leads to `elsewhere`, not `digits`
busy leads to `menu`, not `away`
otherwise leads to `away`, not `elsewhere`
next leads to `menu`, not `away`
otherwise leads to `menu`, not `away`
`welcome` is not said
`Press one.` is not said
`invalid` is not said
asks 2 times, not 3
key 0 leads to `language`, and 1 nowhere
language is `en`, not `lv`
sets `a0`, not `a`
open and closed are swapped
queue is `sales`, not `support`
has priority 10, not 0
`70` leads to `digits`, not `7`
1001 is not rung
1003 is not rung
rings 1002, not 1001, 1003
`welcome` is said, not `enter-digits`
asks 2 times, not 3
`check` is not looked at
takes 3 digits at most, not 4
flow is `main`, not `other`
`goodbye` is not said
"""


def all_of(text: str) -> list[Mutant]:
    document = tomllib.loads(text)
    return list(mutants(parse_flow("main", document), document, NAMES))


def test_every_kind_of_mistake_is_made_once():
    assert [mutant.change for mutant in all_of(FLOW)] == CHANGES.split("\n")[1:-1]


def test_each_differs_from_the_flow_and_from_each_other_and_can_be_loaded():
    original, made = tomllib.loads(FLOW), [mutant.document for mutant in all_of(FLOW)]
    for number, document in enumerate(made):
        assert document not in (original, *made[:number])
        parse_flow("main", document)


def test_the_flow_itself_is_left_alone():
    document = tomllib.loads(FLOW)
    list(mutants(parse_flow("main", document), document, NAMES))
    assert document == tomllib.loads(FLOW)


def test_the_tests_of_the_shipped_flows_notice_nine_mistakes_of_ten():
    configuration = load_configuration(Path("dialplan.toml"))
    scenarios = load(find([Path("ivr_flows")]), configuration)
    found = harvest(Rehearsal(configuration, lengths(configuration)), scenarios)
    assert found.killed > 60
    assert found.share >= 0.9, found.survivors


TEST = """[[tests]]
name = "1 leads to support"
number = "100"
agents = { anna = {} }
does = [{ hears = "Press one" }, { presses = "1" }]
expect = { queue = "support" }
"""


def test_mistakes_that_no_test_notices_are_told_with_their_place(tmp_path: Path):
    config = furnished(tmp_path)
    file = tmp_path / "ivr_flows" / "main.test.toml"
    file.write_text(TEST)
    configuration = load_configuration(config)
    found = harvest(Rehearsal(configuration, lengths(configuration)), load([file], configuration))
    told = [(one.line, one.column, one.node, one.change, one.tests) for one in found.survivors]
    assert told == sorted(told)
    assert {Path(one.file).name for one in found.survivors} == {"main.toml"}
    assert (4, 10, "menu", "`goodbye` is not said", 1) in told
    assert (8, 1, "support", "has priority 10, not 0", 1) in told
    assert (17, 8, "ask", "next leads to `menu`, not `bye`", 0) in told
    assert not [one for one in told if one[3].startswith("1 leads to")]
    assert found.killed > 0


def test_tests_that_fail_anyway_notice_nothing(tmp_path: Path):
    config = furnished(tmp_path)
    file = tmp_path / "ivr_flows" / "main.test.toml"
    file.write_text(TEST.replace('queue = "support"', 'agent = "boris"'))
    configuration = load_configuration(config)
    with pytest.raises(TestsFail, match="1 leads to support"):
        harvest(Rehearsal(configuration, lengths(configuration)), load([file], configuration))
