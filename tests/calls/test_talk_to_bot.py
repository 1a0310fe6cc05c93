import asyncio
from pathlib import Path

import pytest

from pbx.calls.call import Call
from pbx.records.bot_facts import BotEnded, BotHandover, BotTurn
from pbx.records.facts import QueueEntered
from tests.bots.examples import SIZE, SMALL
from tests.bots.stage import Company, Speaker
from tests.calls.premises import premises, route
from tests.support.office import Office, office
from tests.support.phones import Line
from tests.support.virtual_time import run

FLOW = """start = "talk"
[nodes.talk]
do = "bot"
bot = "drinks"
exits = { tea = "tea", coffee = "coffee" }
operator = "person"
otherwise = "lost"
[nodes.tea]
do = "branch"
on = "size"
cases = { large = "coffee" }
otherwise = "lost"
[nodes.coffee]
do = "hangup"
prompt = "goodbye"
[nodes.person]
do = "queue"
queue = "support"
otherwise = "lost"
[nodes.lost]
do = "hangup"
prompt = "sorry-nobody"
"""
ASKED = 3.0  # seconds after which the first question has been asked


def bar(folder: Path) -> Path:
    """An exchange where 100 is a bot for drinks."""
    name, _, keys = SIZE.partition(":")
    bots = folder / "ivr_flows" / "bots"
    file = premises(folder, route("100", 'do = "flow", flow = "main"'), flows={"main": FLOW})
    bots.mkdir()
    text = SMALL.format(slots='"size"', tables=f"[slots.{name}]\n{keys}", more="")
    (bots / "drinks.toml").write_text(text)
    return file


async def called(clinic: Office) -> tuple[Line, Call]:
    line = clinic.phone().call("100")
    await line.answered.wait()
    (call,) = clinic.exchange.calls.values()
    return line, call


def test_what_the_bot_finds_out_leads_the_flow_on(tmp_path: Path):
    async def story() -> None:
        company = Company()
        async with office(config=bar(tmp_path), cast=company) as clinic:
            line, call = await called(clinic)
            await asyncio.sleep(ASKED)
            assert company.ears is not None
            await company.ears.say("a large tea, please", 0.9)
            await line.over.wait()
            (record,) = clinic.records()
            assert record.outcome == "self_service"
            handover = call.handover
            assert handover is not None
            assert (handover.reason, handover.intent, handover.slots) == (
                "completed",
                "tea",
                {"size": "large"},
            )
            (turn,) = [fact for fact in clinic.journal.facts if isinstance(fact, BotTurn)]
            assert (turn.turn, turn.match, turn.intent, turn.confidence) == (1, "ok", "tea", 0.9)
            (ended,) = [fact for fact in clinic.journal.facts if isinstance(fact, BotEnded)]
            assert (ended.bot, ended.result, ended.intent, ended.turns) == ("drinks", "completed", "tea", 1)
            assert ended.ms == round(1000 * handover.seconds) > 3000
            assert not [fact for fact in clinic.journal.facts if isinstance(fact, BotHandover)]

    run(story())


def test_the_answers_latency_and_its_parts_are_on_file(tmp_path: Path):
    async def story() -> None:
        company = Company(speaker=Speaker(late=0.1))
        async with office(config=bar(tmp_path), cast=company) as clinic:
            line, _ = await called(clinic)
            await asyncio.sleep(ASKED)
            assert company.ears is not None
            await company.ears.say("tea", pause=0.5)
            await asyncio.sleep(2)
            (turn,) = [fact for fact in clinic.journal.facts if isinstance(fact, BotTurn)]
            assert (turn.transcriber_ms, turn.mind_ms) == (500, 0)
            assert turn.voice_ms == pytest.approx(100, abs=21)
            assert turn.latency_ms == pytest.approx(600, abs=21)
            line.hang_up()
            await line.over.wait()

    run(story())


def test_a_caller_who_asks_for_a_person_gets_one_and_the_queue_knows(tmp_path: Path):
    async def story() -> None:
        company = Company()
        async with office(config=bar(tmp_path), cast=company) as clinic:
            await clinic.agent("anna")
            said: list[bytes] = []
            clinic.wire.watchers.append(lambda passed: said.append(passed.data))
            line, call = await called(clinic)
            await asyncio.sleep(ASKED)
            assert company.ears is not None
            await company.ears.say("tea")
            await asyncio.sleep(2)
            await company.ears.say("a real person, please")
            await asyncio.sleep(1)
            (entered,) = [fact for fact in clinic.journal.facts if isinstance(fact, QueueEntered)]
            (handed,) = [fact for fact in clinic.journal.facts if isinstance(fact, BotHandover)]
            assert (handed.reason, handed.intent, handed.language, handed.turns) == ("asked", "tea", "en", 1)
            assert entered.credit_ms == pytest.approx(handed.ms, abs=50)
            assert call.handover is not None
            assert [line.text for line in call.handover.transcript if line.who == "caller"] == [
                "tea",
                "a real person, please",
            ]
            assert call.handover.summary[0] == "wants: tea"
            assert any(b"\r\nSubject: wants: tea\r\n" in passed for passed in said), "the agent sees nothing"
            line.hang_up()
            await line.over.wait()

    run(story())


def test_zero_reaches_the_queue_within_a_second(tmp_path: Path):
    async def story() -> None:
        async with office(config=bar(tmp_path), cast=Company()) as clinic:
            await clinic.agent("anna")
            line, _ = await called(clinic)
            await asyncio.sleep(0.5)
            pressed = clinic.clock.unix_ms()
            clinic.press(line, "0")
            await asyncio.sleep(2)
            (entered,) = [fact for fact in clinic.journal.facts if isinstance(fact, QueueEntered)]
            assert entered.at - pressed <= 1000
            line.hang_up()
            await line.over.wait()

    run(story())


def test_a_bot_that_fails_leads_to_the_node_for_failures(tmp_path: Path):
    async def story() -> None:
        async with office(config=bar(tmp_path), cast=Company(ears=None, speaker=None)) as clinic:
            line, call = await called(clinic)
            await line.over.wait()
            assert call.handover is not None
            assert call.handover.reason == "failed"
            (ended,) = [fact for fact in clinic.journal.facts if isinstance(fact, BotEnded)]
            assert ended.result == "failed"

    run(story())


def test_a_caller_who_hangs_up_is_on_file_too(tmp_path: Path):
    async def story() -> None:
        company = Company()
        async with office(config=bar(tmp_path), cast=company) as clinic:
            line, call = await called(clinic)
            await asyncio.sleep(ASKED)
            assert company.ears is not None
            await company.ears.say("tea")
            await asyncio.sleep(1)
            line.hang_up()
            await line.over.wait()
            await asyncio.sleep(1)
            (ended,) = [fact for fact in clinic.journal.facts if isinstance(fact, BotEnded)]
            assert (ended.result, ended.intent, ended.turns) == ("hung_up", "tea", 1)
            assert call.handover is not None
            assert call.handover.reason == "hung_up"

    run(story())


def test_what_a_caller_says_is_in_no_fact_and_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async def story() -> None:
        company = Company()
        async with office(config=bar(tmp_path), cast=company) as clinic:
            line, call = await called(clinic)
            await asyncio.sleep(ASKED)
            assert company.ears is not None
            await company.ears.say("my secret is swordfish")
            company.ears.fail()
            await line.over.wait()
            assert all("swordfish" not in repr(fact) for fact in clinic.journal.facts)
            assert "swordfish" not in repr(call.handover)
            assert "swordfish" not in caplog.text

    with caplog.at_level("DEBUG"):
        run(story())
