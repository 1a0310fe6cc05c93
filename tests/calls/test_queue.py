import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from media.api import MediaSession
from media.engines.silent import SilentEngine, SilentSession
from pbx.acd.model import State
from pbx.records.facts import (
    AgentStateChanged,
    Fact,
    OfferAnswered,
    OfferCancelled,
    OfferFailed,
    OfferMade,
    OfferNoAnswer,
    OfferRejected,
    OfferRinging,
    QueueAnnounced,
    QueueEntered,
    QueueLeft,
    WrapUpEnded,
    WrapUpStarted,
)
from tests.calls.premises import BYE, QUEUE, premises, registered, route, told
from tests.support.office import Office, office
from tests.support.phones import EXCHANGE, Habits
from tests.support.virtual_time import run
from tests.support.wire import Passed

OVERFLOW = 'overflow = { do = "music", music = "waiting" }\n'
TO_THE_QUEUE = """start = "wait"
[nodes.wait]
do = "queue"
queue = "support"
priority = 3
otherwise = "bye"
[nodes.bye]
do = "hangup"
"""


def states(clinic: Office) -> dict[str, tuple[State, str]]:
    return {status.agent: (status.state, status.reason) for status in clinic.exchange.desk.view.agents()}


def only(clinic: Office, kind: type[Fact]) -> Fact:
    (fact,) = [fact for fact in clinic.journal.facts if type(fact) is kind]
    return fact


@pytest.mark.parametrize(
    ("queue", "reason", "seconds"),
    [
        (f"{QUEUE}maximum_wait = 40\n{OVERFLOW}", "timeout", 40),
        (f"{QUEUE}join_when_empty = false\n{OVERFLOW}", "no_agents", 0),
    ],
)
def test_whoever_the_queue_gives_back_overflows(tmp_path: Path, queue: str, reason: str, seconds: int):
    async def story() -> None:
        async with office(config=premises(tmp_path, queue=queue)) as clinic:
            line = clinic.phone().call("700")
            await line.answered.wait()
            await asyncio.sleep(50)
            session = clinic.media.session_at(line.far_port)
            assert session.heard[-1].what == "music/waiting"
            line.hang_up()
            await line.over.wait()
            left = only(clinic, QueueLeft)
            assert isinstance(left, QueueLeft)
            assert left.reason == reason
            assert abs(left.at - only(clinic, QueueEntered).at - seconds * 1000) <= 10

    run(story())


def test_a_full_queue_gives_the_next_caller_back(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, queue=f"{QUEUE}maximum_length = 1\n")) as clinic:
            first = clinic.phone().call("700")
            await first.answered.wait()
            second = clinic.phone().call("700")
            await second.over.wait()
            assert not first.over.is_set()
            first.hang_up()
            await asyncio.sleep(1)
            left = [fact.reason for fact in clinic.journal.facts if isinstance(fact, QueueLeft)]
            assert left == ["overflow", "abandoned"]
            assert [record.reason for record in clinic.records()] == ["hung_up", "queue_full"]

    run(story())


def test_a_wait_that_ends_while_a_phone_rings_stops_the_ringing(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, queue=f"{QUEUE}maximum_wait = 10\n")) as clinic:
            anna = await clinic.agent("anna", Habits(picks_up_after=None))
            line = clinic.phone().call("700")
            await line.over.wait()
            await asyncio.sleep(1)
            assert (anna.rung, anna.lines) == (1, {})
            assert isinstance(only(clinic, OfferCancelled), OfferCancelled)
            assert states(clinic)["anna"] == (State.READY, "")

    run(story())


@pytest.mark.parametrize(
    ("habits", "kind", "state"),
    [
        (Habits(refuses_with=486), OfferRejected, (State.NOT_READY, "rejected")),
        (Habits(refuses_with=603), OfferRejected, (State.NOT_READY, "rejected")),
        (Habits(refuses_with=500), OfferFailed, (State.NOT_READY, "phone")),
        (Habits(picks_up_after=None), OfferNoAnswer, (State.NOT_READY, "rona")),
        (Habits(picks_up_after=1, codec="9"), OfferFailed, (State.NOT_READY, "phone")),
    ],
)
def test_an_offer_that_comes_to_nothing_ends_once_and_the_agent_rests(
    tmp_path: Path, habits: Habits, kind: type[Fact], state: tuple[State, str]
):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", habits)
            line = clinic.phone().call("700")
            await asyncio.sleep(20)
            assert isinstance(only(clinic, kind), kind)
            assert states(clinic)["anna"] == state
            assert told(clinic, OfferMade, OfferRinging) == ["offer.made", "offer.ringing"]
            line.hang_up()
            await line.over.wait()

    run(story())


def test_a_failed_offer_says_what_the_phone_said(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", Habits(rings=False, refuses_with=500))
            line = clinic.phone().call("700")
            await asyncio.sleep(1)
            failed = only(clinic, OfferFailed)
            assert isinstance(failed, OfferFailed)
            assert failed.sip_code == 500
            assert told(clinic, OfferRinging) == []
            line.hang_up()
            await line.over.wait()

    run(story())


def test_an_agent_for_whose_ring_there_is_no_port_costs_one_offer_and_the_caller_goes_on_waiting(
    tmp_path: Path,
):
    async def story() -> None:
        async with office(config=premises(tmp_path), last_port=20_001) as clinic:
            anna = await clinic.agent("anna")
            line = clinic.phone().call("700")
            await asyncio.sleep(30)
            assert (anna.rung, line.over.is_set()) == (0, False)
            failed = only(clinic, OfferFailed)
            assert isinstance(failed, OfferFailed)
            assert failed.sip_code == 503
            assert told(clinic, OfferMade, OfferRinging) == ["offer.made"]
            assert states(clinic)["anna"] == (State.NOT_READY, "phone")
            assert clinic.media.session_at(line.far_port).heard[-1].what == "music/waiting"
            line.hang_up()
            await line.over.wait()

    run(story())


def test_an_agent_who_pauses_while_it_rings_is_left_alone_and_the_caller_goes_on_waiting(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            anna = await clinic.agent("anna", Habits(picks_up_after=None))
            line = clinic.phone().call("700")
            await asyncio.sleep(3)
            clinic.exchange.desk.pause("anna", "coffee", "cli")
            await asyncio.sleep(1)
            assert anna.lines == {}
            assert told(clinic, OfferCancelled, OfferNoAnswer) == ["offer.cancelled"]
            assert not line.over.is_set()
            line.hang_up()
            await line.over.wait()

    run(story())


def test_of_an_agents_two_phones_the_other_stops_ringing_when_one_is_picked_up(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=2, talks_for=30))
            mobile = await registered(clinic, "1005", Habits(picks_up_after=None))
            line = clinic.phone().call("700")
            await asyncio.sleep(4)
            assert (mobile.rung, mobile.lines) == (1, {})
            await line.over.wait()

    run(story())


def test_a_caller_in_the_queue_does_not_hear_the_agents_early_media(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", Habits(early_media=1, picks_up_after=5, talks_for=1))
            line = clinic.phone().call("700")
            await asyncio.sleep(2)
            assert clinic.media.open_bridges == 0
            assert clinic.media.session_at(line.far_port).heard[-1].what == "music/waiting"
            await line.over.wait()

    run(story())


def test_music_stops_the_moment_an_agent_answers(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, queue=f'{QUEUE}welcome = "queue-welcome"\n')) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=0.5, talks_for=30))
            line = clinic.phone().call("700")
            await asyncio.sleep(10)
            heard = clinic.media.session_at(line.far_port).heard
            assert heard[0].what == "en/queue-welcome"
            assert [sound.kind for sound in heard] == ["clip", "bridge"]
            assert abs(heard[1].at - 0.5) <= 0.1
            await line.over.wait()

    run(story())


def test_a_waiting_caller_hears_the_welcome_the_place_the_message_and_music_in_turn(tmp_path: Path):
    async def story() -> None:
        queue = (
            'music = "waiting"\nwelcome = "queue-welcome"\nmessage = "queue-message"\nannounce_every = 20\n'
        )
        async with office(config=premises(tmp_path, queue=queue)) as clinic:
            first, second = clinic.phone().call("700"), clinic.phone().call("700")
            await asyncio.sleep(50)
            heard = clinic.media.session_at(second.far_port).heard
            clips = [sound.what for sound in heard]
            rounds = ["en/position-2", "en/queue-message", "music/waiting"]
            assert clips[:7] == ["en/queue-welcome", *rounds, *rounds]
            music, place = heard[3], heard[4]
            assert abs(place.at - music.at - 20) <= 0.01
            contact = clinic.records()[1].contact
            said = [
                (fact.kind, fact.value)
                for fact in clinic.journal.of_contact(contact)
                if isinstance(fact, QueueAnnounced)
            ]
            assert said[:3] == [("welcome", None), ("position", 2), ("message", None)]
            for line in (first, second):
                line.hang_up()
                await line.over.wait()

    run(story())


def test_the_visit_that_was_answered_names_its_agent(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=1, talks_for=1))
            line = clinic.phone().call("700")
            await line.over.wait()
            left = only(clinic, QueueLeft)
            assert isinstance(left, QueueLeft)
            assert (left.reason, left.agent) == ("answered", "anna")

    run(story())


def test_music_starts_again_where_it_ends_until_the_next_announcement(tmp_path: Path):
    async def story() -> None:
        queue = 'music = "waiting"\nannounce_every = 600\n'
        async with office(config=premises(tmp_path, queue=queue)) as clinic:
            line = clinic.phone().call("700")
            await asyncio.sleep(590)
            clips = [sound.what for sound in clinic.media.session_at(line.far_port).heard]
            assert clips[0] == "en/position-1"
            assert len(clips) > 5
            assert set(clips[1:]) == {"music/waiting"}
            line.hang_up()
            await line.over.wait()

    run(story())


def test_a_queue_that_announces_nothing_plays_music_from_the_start(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            line = clinic.phone().call("700")
            await asyncio.sleep(5)
            assert [sound.what for sound in clinic.media.session_at(line.far_port).heard] == ["music/waiting"]
            assert told(clinic, QueueAnnounced) == []
            line.hang_up()
            await line.over.wait()

    run(story())


def test_a_place_is_never_announced_to_a_caller_who_has_just_been_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The place is due while the phone that rang last is still being let go of."""

    async def story() -> None:
        queue = 'music = "waiting"\nannounce_every = 15\nring_time = 60\n'
        async with office(config=premises(tmp_path, queue=queue)) as clinic:
            line = clinic.phone().call("700")
            await asyncio.sleep(10)
            place, music = list(clinic.media.session_at(line.far_port).heard)[:2]
            line.hang_up()
        wait = music.at - place.at + 15 - 0.2
        async with office(config=premises(tmp_path, queue=f"{queue}maximum_wait = {wait}\n")) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=None))
            monkeypatch.setattr(clinic.media, "session", _slow_to_close(clinic.media))
            line = clinic.phone().call("700")
            await line.over.wait()
            assert [record.reason for record in clinic.records()] == ["waited_enough"]
            assert told(clinic, QueueAnnounced) == ["queue.announced"]

    run(story())


def _slow_to_close(engine: SilentEngine) -> Callable[..., AbstractAsyncContextManager[SilentSession]]:
    usual = engine.session

    @asynccontextmanager
    async def session(beside: MediaSession | None = None) -> AsyncGenerator[SilentSession]:
        async with usual(beside) as opened:
            try:
                yield opened
            finally:
                await asyncio.sleep(0.5)

    return session


def test_a_flow_leads_to_the_queue_under_its_own_name_and_with_its_priority(tmp_path: Path):
    async def story() -> None:
        config = premises(
            tmp_path,
            route("100", 'do = "flow", flow = "main"'),
            flows={"main": TO_THE_QUEUE, "bye": BYE},
        )
        async with office(config=config) as clinic:
            line = clinic.phone().call("100")
            await line.answered.wait()
            line.hang_up()
            await asyncio.sleep(1)
            entered = only(clinic, QueueEntered)
            assert isinstance(entered, QueueEntered)
            assert (entered.source, entered.priority, entered.position) == ("flow main", 3, 1)

    run(story())


def test_a_caller_who_dialled_the_queue_came_by_the_dialplan(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            line = clinic.phone().call("700")
            await line.answered.wait()
            line.hang_up()
            await asyncio.sleep(1)
            entered = only(clinic, QueueEntered)
            assert isinstance(entered, QueueEntered)
            assert entered.source == "dialplan"

    run(story())


def test_wrap_up_follows_each_conversation_and_ends_by_itself(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=1, talks_for=5))
            for _ in range(2):
                line = clinic.phone().call("700")
                await line.over.wait()
                await asyncio.sleep(11)
            facts = [fact for fact in clinic.journal.facts if isinstance(fact, WrapUpStarted | WrapUpEnded)]
            assert [fact.type for fact in facts] == ["acw.started", "acw.ended"] * 2
            assert [fact.how for fact in facts if isinstance(fact, WrapUpEnded)] == ["timer", "timer"]
            assert abs(facts[1].at - facts[0].at - 10_000) <= 20
            assert len({fact.contact for fact in facts}) == 2

    run(story())


def test_an_agent_can_cut_wrap_up_short(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=1, talks_for=5))
            line = clinic.phone().call("700")
            await line.over.wait()
            await asyncio.sleep(2)
            assert states(clinic)["anna"] == (State.WRAP_UP, "")
            clinic.exchange.desk.resume("anna", "cli")
            assert states(clinic)["anna"] == (State.READY, "")
            ended = only(clinic, WrapUpEnded)
            assert isinstance(ended, WrapUpEnded)
            assert ended.how == "agent"

    run(story())


def test_what_somebody_else_did_last_does_not_end_an_agents_wrap_up(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=1, talks_for=5))
            line = clinic.phone().call("700")
            await line.over.wait()
            await asyncio.sleep(2)
            clinic.exchange.desk.sign_in("boris", "1006", "cli")
            await asyncio.sleep(10)
            ended = only(clinic, WrapUpEnded)
            assert isinstance(ended, WrapUpEnded)
            assert ended.how == "timer"

    run(story())


@pytest.mark.parametrize("turns", range(8))
def test_an_agent_who_pauses_while_answering_either_talks_or_is_let_go(tmp_path: Path, turns: int):
    """The pause comes some turns of the loop after the phone's 200."""

    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            anna = await clinic.agent("anna", Habits(picks_up_after=1, talks_for=None))
            loop = asyncio.get_running_loop()

            def pause(left: int) -> None:
                if left:
                    loop.call_soon(pause, left - 1)
                else:
                    clinic.exchange.desk.pause("anna", "coffee", "cli")

            def on_ack(passed: Passed) -> None:
                if passed.data.startswith(b"ACK") and passed.source == EXCHANGE:
                    pause(turns)

            clinic.wire.watchers.append(on_ack)
            line = clinic.phone().call("700")
            await asyncio.sleep(3)
            talks = states(clinic)["anna"][0] is State.TALKING
            assert len(anna.lines) == clinic.media.open_bridges == talks
            assert told(clinic, OfferAnswered, OfferCancelled) == [
                "offer.answered" if talks else "offer.cancelled"
            ]
            line.hang_up()
            await line.over.wait()

    run(story())


@pytest.mark.parametrize("first", ["paused", "no wrap-up"])
def test_only_wrap_up_that_began_is_ended(tmp_path: Path, first: str):
    """Conversations without wrap-up leave nothing for a later one's end to find."""

    async def story() -> None:
        wrap_up = 0 if first == "no wrap-up" else 10
        queue = f'music = "waiting"\nwrap_up = {wrap_up}\nannounce_position = false\n'
        async with office(config=premises(tmp_path, queue=queue)) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=1, talks_for=5))
            line = clinic.phone().call("700")
            await asyncio.sleep(3)
            if first == "paused":
                clinic.exchange.desk.pause("anna", "lunch", "cli")
            await line.over.wait()
            await asyncio.sleep(1)
            clinic.exchange.desk.resume("anna", "cli")
            line = clinic.phone().call("700")
            await line.over.wait()
            await asyncio.sleep(15)
            kinds = told(clinic, WrapUpStarted, WrapUpEnded)
            assert kinds == ([] if first == "no wrap-up" else ["acw.started", "acw.ended"])

    run(story())


def test_an_agents_states_are_on_file_with_who_changed_them(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path)) as clinic:
            await clinic.agent("anna", Habits(picks_up_after=1, talks_for=5))
            line = clinic.phone().call("700")
            await line.over.wait()
            await asyncio.sleep(11)
            clinic.exchange.desk.pause("anna", "lunch", "cli")
            changes = [
                (fact.state, fact.reason, fact.source)
                for fact in clinic.journal.facts
                if isinstance(fact, AgentStateChanged)
            ]
            assert changes == [
                ("ready", "", "cli"),
                ("ringing", "", "system"),
                ("talking", "", "system"),
                ("wrap_up", "", "system"),
                ("ready", "", "system"),
                ("not_ready", "lunch", "cli"),
            ]

    run(story())
