import asyncio
from pathlib import Path

import pytest

from pbx.records.facts import ContactEnded, HoldEnded, HoldStarted, TalkEnded
from tests.calls.by_hand import ByHand, audio
from tests.calls.premises import premises, registered, route
from tests.support.office import Office, office
from tests.support.phones import Habits, Line
from tests.support.virtual_time import run

ONE = route("201", 'do = "dial", to = "1001", ring_for = 20')
PATIENT = Habits(picks_up_after=1, talks_for=None)


def holds(clinic: Office) -> list[tuple[str, str]]:
    return [
        (fact.type, fact.by) for fact in clinic.journal.facts if isinstance(fact, HoldStarted | HoldEnded)
    ]


async def connected(clinic: Office) -> tuple[Line, Line]:
    """The caller's and the callee's line, talking."""
    callee = await registered(clinic, "1001", PATIENT)
    line = clinic.phone().call("201")
    await line.answered.wait()
    await asyncio.sleep(0.1)
    (other,) = callee.lines.values()
    return line, other


def test_a_caller_on_hold_hears_music_and_both_ends_of_the_hold_are_on_file(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            line, other = await connected(clinic)
            other.hold()
            await asyncio.sleep(5)
            heard = clinic.media.session_at(line.far_port).heard
            assert heard[-1].what == "music/waiting"
            other.resume()
            await asyncio.sleep(5)
            assert heard[-1].kind == "bridge"
            assert holds(clinic) == [("hold.started", "callee"), ("hold.ended", "callee")]
            line.hang_up()
            await asyncio.sleep(1)
            (record,) = clinic.records()
            assert abs(record.hold_ms - 5_000) <= 100

    run(story())


def test_a_hold_that_lasts_to_the_end_ends_with_the_conversation(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            line, other = await connected(clinic)
            line.hold()
            other.hold()
            await asyncio.sleep(5)
            line.hang_up()
            await asyncio.sleep(1)
            assert holds(clinic) == [
                ("hold.started", "customer"),
                ("hold.started", "callee"),
                ("hold.ended", "callee"),
                ("hold.ended", "customer"),
            ]

    run(story())


def test_a_hold_said_twice_is_one_hold(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            line, _ = await connected(clinic)
            line.hold()
            await asyncio.sleep(1)
            line.hold()
            await asyncio.sleep(1)
            assert holds(clinic) == [("hold.started", "customer")]
            line.hang_up()
            await line.over.wait()

    run(story())


def test_a_caller_who_holds_before_the_conversation_begins_is_on_hold_from_its_start(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            line = clinic.phone().call("700")
            await line.answered.wait()
            line.hold()
            await asyncio.sleep(5)
            assert holds(clinic) == []
            await clinic.agent("anna", Habits(picks_up_after=1, talks_for=30))
            await asyncio.sleep(3)
            assert holds(clinic) == [("hold.started", "customer")]
            line.resume()
            await asyncio.sleep(1)
            assert holds(clinic) == [("hold.started", "customer"), ("hold.ended", "customer")]
            await line.over.wait()

    run(story())


def test_a_hold_outside_a_conversation_is_not_on_file(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, route("600", 'do = "echo"'))) as clinic:
            line = clinic.phone().call("600")
            await line.answered.wait()
            line.hold()
            await asyncio.sleep(1)
            line.resume()
            await asyncio.sleep(1)
            line.hang_up()
            await line.over.wait()
            assert holds(clinic) == []

    run(story())


@pytest.mark.parametrize(("who", "by"), [(0, "customer"), (1, "callee")])
def test_the_record_says_who_hung_up(tmp_path: Path, who: int, by: str):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            lines = await connected(clinic)
            lines[who].hang_up()
            await asyncio.gather(*(line.over.wait() for line in lines))
            ended = [fact.by for fact in clinic.journal.facts if isinstance(fact, TalkEnded | ContactEnded)]
            assert ended == [by, by]

    run(story())


def test_a_callee_whose_audio_is_lost_is_hung_up_and_the_caller_with_it(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            line, other = await connected(clinic)
            clinic.media.session_at(other.far_port).lose()
            await asyncio.gather(line.over.wait(), other.over.wait())
            ended = [fact.by for fact in clinic.journal.facts if isinstance(fact, TalkEnded | ContactEnded)]
            assert ended == ["system", "system"]

    run(story())


def test_a_reinvite_without_a_description_is_settled_by_its_ack(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            await registered(clinic, "1001", PATIENT)
            hand = ByHand(clinic.wire)
            hand.invite("201", audio())
            await hand.said(200)
            hand.ack()
            await asyncio.sleep(1)
            hand.invite("exchange")
            reply = await hand.said(200)
            assert b"m=audio" in reply.body
            hand.ack(audio(direction="sendonly", version=2))
            await asyncio.sleep(1)
            assert holds(clinic) == [("hold.started", "customer")]
            hand.bye()
            await hand.said(200)

    run(story())


def test_a_reinvite_that_cannot_be_served_leaves_the_call_as_it_was(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            await registered(clinic, "1001", PATIENT)
            hand = ByHand(clinic.wire)
            hand.invite("201", audio())
            await hand.said(200)
            hand.ack()
            hand.invite("exchange", audio("9", "sendonly", version=2))
            await hand.said(488)
            hand.ack()
            await asyncio.sleep(1)
            assert clinic.media.open_bridges == 1
            assert holds(clinic) == []
            hand.bye()
            await hand.said(200)

    run(story())
