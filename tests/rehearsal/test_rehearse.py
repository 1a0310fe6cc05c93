"""What people on the stage do, and what becomes of it in the exchange."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pbx.config.load import load_configuration
from pbx.records.facts import FlowEntered, InputTaken, LookupEnded, MessageRecorded, OfferMade, QueueEntered
from pbx.rehearsal.rehearse import Rehearsal
from pbx.rehearsal.script import Rehearse
from tests.rehearsal.place import furnished, rehearse

LOOKUP = """start = "ask"
[nodes.ask]
do = "lookup"
http = { url = "https://crm.example/customers/{caller}" }
fills = { balance = "account.balance" }
next = "found"
nothing = "nobody"
otherwise = "broken"
[nodes.found]
do = "hangup"
prompt = { en = "You have {balance}.", lv = "Jums ir {balance}." }
[nodes.nobody]
do = "hangup"
prompt = "invalid"
[nodes.broken]
do = "hangup"
prompt = "sorry-nobody"
"""
MESSAGE = """start = "take"
[nodes.take]
do = "record"
prompt = "closed-now"
silence = 3
next = "bye"
nothing = "none"
[nodes.bye]
do = "hangup"
prompt = "goodbye"
[nodes.none]
do = "hangup"
prompt = "no-input"
"""
SECRET = """start = "pin"
[nodes.pin]
do = "collect"
prompt = "enter-digits"
variable = "pin"
max_digits = 4
secure = true
next = "note"
otherwise = "note"
[nodes.note]
do = "set"
variable = "open"
value = "yes"
next = "bye"
[nodes.bye]
do = "hangup"
"""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Rehearse:
    folder = tmp_path_factory.mktemp("clinic")
    return rehearse(folder, {"lookup": LOOKUP, "message": MESSAGE, "secret": SECRET})


def test_an_agent_with_habits_answers_talks_and_hangs_up(clinic: Rehearse):
    call = clinic("700", agents={"anna": {"answers_after": 4, "talks_for": 60}}).expect()
    assert (call.queue, call.agent, call.ends, call.status) == (("support",), "anna", "agent", 200)
    assert (call.wait, call.talk, call.lasts) == (4, 60, 64)


def test_an_agent_who_never_hangs_up_talks_until_the_caller_does(clinic: Rehearse):
    call = clinic("700", agents={"anna": {"answers_after": 1, "hangs_up": False}})
    result = call.waits(100).hangs_up().expect(ends="customer")
    assert result.talk == 99


@pytest.mark.parametrize(
    ("habits", "facts"),
    [
        ({"answers": False}, ["offer.made anna", "offer.no_answer anna", "offer.made boris"]),
        ({"rejects": True}, ["offer.made anna", "offer.rejected anna", "offer.made boris"]),
    ],
)
def test_another_is_rung_when_one_does_not_answer(
    clinic: Rehearse, habits: Mapping[str, Any], facts: list[str]
):
    clinic("700", agents={"anna": habits, "boris": {}}).expect(agent="boris", facts=facts)


def test_who_is_not_among_the_agents_is_not_rung(clinic: Rehearse):
    call = clinic("700", agents={"boris": {}}).expect(agent="boris")
    assert {offer.agent for offer in call.of(OfferMade)} == {"boris"}


def test_callers_who_wait_already_are_served_first(clinic: Rehearse):
    agents = {"anna": {"answers_after": 0.5, "talks_for": 10}}
    call = clinic("700", agents=agents, waiting={"support": 2}).expect(agent="anna")
    assert [entered.position for entered in call.of(QueueEntered)] == [2]  # one of them is talking by now
    assert call.wait == pytest.approx(10 + 10 + 10 + 10 + 0.5 + 0.5 - 0.5, abs=1)  # talk, notes, ringing


def test_those_who_wait_with_nobody_to_serve_them_are_still_there_when_the_caller_goes(clinic: Rehearse):
    call = clinic("700", waiting={"support": 3}).hears("You are fourth").hangs_up()
    call.expect(facts=["queue.entered position=4", "queue.left abandoned"])


def test_keys_are_pressed_one_after_another(clinic: Rehearse):
    call = clinic("100").hears("Press one").presses("2").hears("Your number?").presses("123").expect()
    assert call.values == {"id": "123"}
    assert [(taken.node, taken.match) for taken in call.of(InputTaken)] == [("menu", "ok"), ("ask", "ok")]


def test_a_part_of_a_text_is_found_over_two_clips_whatever_its_capitals(clinic: Rehearse):
    clinic("100").hears("for  SUPPORT. goodbye").hangs_up().expect()


def test_what_was_heard_once_is_not_heard_again_without_being_said_again(clinic: Rehearse):
    with pytest.raises(AssertionError, match=r'that the caller hears "Press one for support\."'):
        clinic("100").hears("Press one").presses("2").hears("Press one for support.").expect()


def test_two_parts_of_one_text_are_heard_in_their_order(clinic: Rehearse):
    call = clinic(flow="lookup", lookups={"ask": "fails"})
    call.hears("We are sorry").hears("Please try again").expect()
    with pytest.raises(AssertionError, match='that the caller hears "We are sorry"'):
        call.hears("Please try again").hears("We are sorry").expect()


def test_a_caller_hears_the_language_chosen_last_time(clinic: Rehearse):
    clinic("100", language="lv").hears("Spiediet viens").hangs_up().expect(language="lv")
    clinic("100").presses("3").hears("Spiediet viens").hangs_up().expect(language="lv")
    clinic("100").hears("Press one").hangs_up().expect(language="en")


def test_a_stranger_is_not_put_through_to_a_phone(clinic: Rehearse):
    call = clinic("1001", phones={"1001": {}}).expect(status=401)
    assert call.facts == []


def test_an_account_is(clinic: Rehearse):
    call = clinic("1001", account="1005", phones={"1001": {"talks_for": 5}}).expect(ends="callee", talk=5)
    assert call.has("contact.identified number=1005")


def test_a_trunk_reaches_what_is_open_to_it(clinic: Rehearse):
    clinic("200", trunk="carrier").waits(3).hangs_up().expect(lasts=3, status=200)
    clinic("200").expect(status=401)


@pytest.mark.parametrize(
    ("phones", "status", "outcome"),
    [
        ({}, 404, "unreachable"),
        ({"1001": {"rejects": True}}, 486, "busy"),
        ({"1001": {"answers": False}}, 480, "no_answer"),
    ],
)
def test_a_phone_that_is_not_answered_says_why(
    clinic: Rehearse, phones: Mapping[str, Any], status: int, outcome: str
):
    call = clinic("1001", account="1005", phones=phones)
    call.expect(status=status, facts=[f"dial.ended {outcome}"])


def test_an_address_outside_is_a_phone_too(clinic: Rehearse):
    clinic("800", phones={"sip:away@192.0.2.99": {"talks_for": 7}}).expect(talk=7)
    clinic("800").expect(status=404)


def test_a_lookup_finds_what_the_test_says(clinic: Rehearse):
    call = clinic(flow="lookup", lookups={"ask": {"balance": "12"}})
    call.expect(hears=["You have", "one", "two"], values={"balance": "12"}, facts=["lookup.ended completed"])


@pytest.mark.parametrize(
    ("trouble", "prompt"), [("fails", "sorry-nobody"), ("nothing", "invalid"), ("late", "sorry-nobody")]
)
def test_a_lookup_goes_wrong_as_the_test_says(clinic: Rehearse, trouble: str, prompt: str):
    call = clinic(flow="lookup", lookups={"lookup/ask": trouble}).expect(hears=[prompt])
    (ended,) = call.of(LookupEnded)
    assert ended.ms == (2000 if trouble == "late" else 0)


def test_a_lookup_that_the_test_is_silent_about_fails_it(clinic: Rehearse):
    with pytest.raises(AssertionError, match="nobody says what the lookup lookup/ask finds"):
        clinic(flow="lookup").expect()


def test_what_a_caller_says_is_a_message(clinic: Rehearse):
    script = clinic(flow="message").hears("closed-now").waits(3).says("Call me back. " * 14)
    (taken,) = script.expect(facts=["ivr.node bye"]).of(MessageRecorded)
    assert 8 < taken.seconds < 16


def test_messages_of_one_call_are_not_in_the_way_of_another(clinic: Rehearse):
    script = clinic(flow="message").hears("closed-now").waits(3).says("Call me back, please.")
    results = script.rehearsal.play([script.scenario] * 20)
    assert len({result.of(MessageRecorded)[0].file for result in results}) == 1


def test_silence_is_none(clinic: Rehearse):
    clinic(flow="message").expect(facts=["ivr.node none"], never=["message.recorded"])


def test_words_that_nobody_listens_to_are_lost(clinic: Rehearse):
    call = clinic("100").hears("Press one").says("operator").waits(1).hangs_up().expect()
    assert call.ends == "customer"


def test_secrets_are_masked(clinic: Rehearse):
    call = clinic(flow="secret").hears("enter-digits").presses("4711").expect(values={"open": "yes"})
    assert call.values["pin"] == "***"
    with pytest.raises(ValueError, match="secret"):
        clinic(flow="secret").expect(values={"pin": "4711"})


def test_the_clocks_say_what_the_test_says(clinic: Rehearse):
    noon = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    for at in noon, noon.replace(tzinfo=None):  # without calendars, UTC is the clock on the wall
        call = clinic("700", at=at).waits(1).hangs_up().expect()
        assert call.facts[0].at == noon.timestamp() * 1000


def test_a_call_that_never_ends_is_a_fault(clinic: Rehearse):
    with pytest.raises(AssertionError, match="not over after 3600 s"):
        clinic("200", trunk="carrier").expect()


def test_what_the_exchange_logs_as_an_error_is_a_fault(tmp_path: Path):
    configuration = load_configuration(furnished(tmp_path))
    silent = Rehearse(Rehearsal(configuration, {"music/waiting": 1.0}))
    with pytest.raises(AssertionError, match="there is no clip"):
        silent("100").waits(60).expect()


def test_calls_know_nothing_of_each_other(clinic: Rehearse):
    script = clinic("700", agents={"anna": {"answers": False}})
    rehearsal, scenario = script.rehearsal, script.waits(60).hangs_up().scenario
    one, other = rehearsal.play([scenario, scenario])
    assert [fact.data() for fact in one.facts] == [fact.data() for fact in other.facts]


def test_a_flow_is_given_its_parameters(tmp_path: Path):
    flow = 'start = "bye"\nparameters = ["name"]\n[nodes.bye]\ndo = "hangup"\nprompt = "{name}"\n'
    call = rehearse(tmp_path, {"greet": flow})(flow="greet", values={"name": "12"}).expect()
    assert call.heard == ["en/digit-1", "en/digit-2"]
    assert [entered.flow for entered in call.of(FlowEntered)] == ["greet"]
