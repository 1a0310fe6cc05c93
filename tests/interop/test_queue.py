"""The support queue with two agents at real phones."""

from collections.abc import Generator

import pytest

from media.audio.tones import RATE, tone, tone_share
from pbx.softphone.conversation import Conversation
from pbx.softphone.phone import is_over
from pbx.softphone.softphone import Softphone
from tests.interop.office import Office
from tests.interop.waiting import eventually

pytestmark = pytest.mark.interop
NAMES = {"1005": "anna", "1006": "boris"}


@pytest.fixture
def agents(office: Office) -> Generator[dict[str, Softphone]]:
    """Anna and Boris, registered."""
    with (
        Softphone(office.server, ("1005", "example-1005")) as anna,
        Softphone(office.server, ("1006", "example-1006")) as boris,
    ):
        assert anna.registered() == boris.registered() == 200
        yield {"1005": anna, "1006": boris}
        for phone in (anna, boris):
            dial_code(phone, "*46")


def dial_code(phone: Softphone, code: str) -> None:
    """Call it, and wait until the exchange hangs up."""
    call = phone.dial(code)
    assert call.wait_until(is_over, 8)
    assert call.final == 200


def sign_in(office: Office, phones: dict[str, Softphone], order: tuple[str, str]) -> None:
    """So that the first of them has been idle for longer."""
    for number in order:
        dial_code(phones[number], "*45")
        eventually(lambda name=NAMES[number]: office.agent(name)["state"] == "ready")


def ringing(phone: Softphone, seconds: float = 8) -> Conversation:
    call = phone.next_call(seconds)
    assert call is not None
    return call


def hears(call: Conversation, frequency: float) -> bool:
    return tone_share(call.audio.heard()[-RATE // 2 :], frequency) > 0.95


@pytest.mark.parametrize("order", [("1005", "1006"), ("1006", "1005")])
def test_the_second_agent_is_rung_when_the_first_does_not_answer(
    office: Office, agents: dict[str, Softphone], order: tuple[str, str]
) -> None:
    sign_in(office, agents, order)
    first, second = (agents[number] for number in order)
    with Softphone(office.server) as caller:
        call = caller.dial("700")
        unanswered = ringing(first)
        answered = ringing(second, 10)
        assert unanswered.wait_until(is_over, 5)
        assert unanswered.final == 487
        answered.answer()
        call.audio.repeat(tone(440, 1))
        answered.audio.repeat(tone(700, 1))
        eventually(lambda: hears(answered, 440) and hears(call, 700), what="they do not hear each other")
        (row,) = office.calls("700")
        answered.hang_up()
        assert call.wait_until(is_over, 5)
    eventually(lambda: "contact.ended" in office.facts(row["call"]))
    story = office.facts(row["call"])
    assert story.count("offer.made") == 2
    assert story.count("offer.no_answer") == 1
    assert story.count("offer.answered") == 1
    assert office.agent(NAMES[order[0]])["state"] != "ready"  # who does not answer is rung no more
    assert office.records("anonymous")[0]["agent"] == NAMES[order[1]]


def test_an_agent_who_declines_passes_the_caller_on(office: Office, agents: dict[str, Softphone]) -> None:
    sign_in(office, agents, ("1005", "1006"))
    with Softphone(office.server) as caller:
        call = caller.dial("700")
        ringing(agents["1005"]).hang_up()
        answered = ringing(agents["1006"])
        answered.answer()
        assert answered.wait_until(lambda call: call.final == 200, 2)
        call.hang_up()
        assert answered.wait_until(is_over, 5)
        assert answered.ended_by == "them"


def test_a_caller_who_hangs_up_while_the_agent_is_rung_stops_the_ringing(
    office: Office, agents: dict[str, Softphone]
) -> None:
    sign_in(office, agents, ("1005", "1006"))
    with Softphone(office.server) as caller:
        call = caller.dial("700")
        rung = ringing(agents["1005"])
        assert call.wait_until(lambda call: call.final == 200, 5)
        call.hang_up()
        assert rung.wait_until(is_over, 3)
        assert rung.final == 487
        eventually(lambda: office.agent("anna")["state"] == "ready")
        assert agents["1006"].next_call(0.2) is None
