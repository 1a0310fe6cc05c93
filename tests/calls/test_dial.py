import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from media.api import MediaSession
from media.engines.silent import SilentSession
from pbx.records.facts import ContactEnded, DialEnded, DialStarted, TalkEnded, TalkStarted
from pbx.sip.message import Request, parse_message
from pbx.sip.outputs import ContactAddress, Peer, RegisterReceived
from tests.calls.by_hand import ByHand, audio
from tests.calls.premises import AGENTS, QUEUE, premises, registered, route, told
from tests.support.office import Office, office
from tests.support.phones import EXCHANGE, Habits, Line
from tests.support.virtual_time import run
from tests.support.wire import Passed

BOTH = route("200", 'do = "dial", to = ["1001", "1002"], ring_for = 20')
ONE = route("201", 'do = "dial", to = "1001", ring_for = 20')


def outcomes(clinic: Office) -> list[str]:
    return [fact.outcome for fact in clinic.journal.facts if isinstance(fact, DialEnded)]


def test_the_first_to_answer_talks_and_the_other_phone_stops_ringing_at_once(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, BOTH)) as clinic:
            slow = await registered(clinic, "1001", Habits(picks_up_after=None))
            quick = await registered(clinic, "1002", Habits(picks_up_after=3, talks_for=60))
            line = clinic.phone().call("200")
            await line.answered.wait()
            await asyncio.sleep(1)
            assert (slow.rung, slow.lines) == (1, {})
            assert len(quick.lines) == 1
            assert clinic.media.open_bridges == 1
            await line.over.wait()
            (record,) = clinic.records()
            assert (record.outcome, record.by, record.sip_code) == ("connected", "callee", 200)
            assert abs(record.talk_ms - 60_000) <= 200

    run(story())


def test_two_phones_of_one_account_ring_together(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            desk = await registered(clinic, "1001", Habits(picks_up_after=None))
            mobile = await registered(clinic, "1001", Habits(picks_up_after=2, talks_for=5))
            line = clinic.phone().call("201")
            await line.over.wait()
            assert (desk.rung, mobile.rung) == (1, 1)
            assert outcomes(clinic) == ["completed"]

    run(story())


def test_two_who_answer_at_the_same_moment_are_sorted_out(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, BOTH)) as clinic:
            phones = [
                await registered(clinic, account, Habits(picks_up_after=2, talks_for=None))
                for account in ("1001", "1002")
            ]
            line = clinic.phone().call("200")
            await line.answered.wait()
            await asyncio.sleep(1)
            assert sorted(len(phone.lines) for phone in phones) == [0, 1]
            line.hang_up()
            await line.over.wait()
            await asyncio.sleep(1)
            assert [phone.lines for phone in phones] == [{}, {}]

    run(story())


@pytest.mark.parametrize(
    ("habits", "status", "outcome"),
    [
        ((Habits(refuses_with=486), Habits(refuses_with=603)), 486, "busy"),
        ((Habits(refuses_with=603), Habits(refuses_with=480)), 603, "declined"),
        ((Habits(refuses_with=500), Habits(refuses_with=480)), 480, "no_answer"),
        ((Habits(refuses_with=500), Habits(refuses_with=410)), 404, "unreachable"),
        ((Habits(refuses_with=486), Habits(picks_up_after=None)), 480, "no_answer"),
    ],
)
def test_of_several_refusals_the_most_telling_one_reaches_the_caller(
    tmp_path: Path, habits: tuple[Habits, Habits], status: int, outcome: str
):
    async def story() -> None:
        async with office(config=premises(tmp_path, BOTH)) as clinic:
            for account, habit in zip(("1001", "1002"), habits, strict=True):
                await registered(clinic, account, habit)
            line = clinic.phone().call("200")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == status
            assert outcomes(clinic) == [outcome]
            (record,) = clinic.records()
            assert (record.reason, record.sip_code, record.by) == (outcome, status, "system")

    run(story())


def test_nobody_is_asked_longer_than_the_route_says(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            phone = await registered(clinic, "1001", Habits(picks_up_after=None))
            began = clinic.clock.now()
            line = clinic.phone().call("201")
            await line.over.wait()
            assert abs(clinic.clock.now() - began - 20) <= 0.1
            await asyncio.sleep(0.1)
            assert phone.lines == {}

    run(story())


def test_what_follows_an_unanswered_dial_is_carried_out(tmp_path: Path):
    async def story() -> None:
        otherwise = route("202", 'do = "dial", to = "1001", ring_for = 5, otherwise = { do = "echo" }')
        async with office(config=premises(tmp_path, otherwise)) as clinic:
            line = clinic.phone().call("202")
            await line.answered.wait()
            assert clinic.media.open_echoes == 1
            assert outcomes(clinic) == ["unreachable"]
            line.hang_up()
            await line.over.wait()

    run(story())


@pytest.mark.parametrize(("early", "status"), [(0, 180), (1, 183)])
def test_one_dial_after_another_tells_the_caller_once(tmp_path: Path, early: int, status: int):
    async def story() -> None:
        then = 'do = "dial", to = "1001", ring_for = 5, otherwise = { do = "dial", to = "1002" }'
        async with office(config=premises(tmp_path, route("206", then))) as clinic:
            for account, answers in (("1001", None), ("1002", 3)):
                habits = Habits(rings=not early, early_media=early, picks_up_after=answers, talks_for=5)
                await registered(clinic, account, habits)
            line = clinic.phone().call("206")
            await line.answered.wait()
            assert line.statuses == [status]
            await line.over.wait()
            assert outcomes(clinic) == ["no_answer", "completed"]

    run(story())


def test_the_caller_is_told_once_that_it_rings(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, BOTH)) as clinic:
            for account in ("1001", "1002"):
                await registered(clinic, account, Habits(picks_up_after=3))
            line = clinic.phone().call("200")
            await line.answered.wait()
            assert line.statuses == [180]
            await line.over.wait()

    run(story())


def test_a_caller_who_gives_up_stops_every_phone_and_the_record_says_cancelled(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, BOTH)) as clinic:
            phones = [
                await registered(clinic, account, Habits(picks_up_after=None)) for account in ("1001", "1002")
            ]
            line = clinic.phone().call("200")
            await asyncio.sleep(5)
            line.hang_up()
            await asyncio.sleep(1)
            assert [phone.lines for phone in phones] == [{}, {}]
            (record,) = clinic.records()
            assert (record.outcome, record.by, record.reason, record.sip_code) == (
                "unanswered",
                "customer",
                "cancelled",
                487,
            )
            assert outcomes(clinic) == ["cancelled"]

    run(story())


@pytest.mark.parametrize("times", [1, 2, 3])
def test_early_media_is_heard_before_anybody_answers_however_often_it_is_announced(
    tmp_path: Path, times: int
):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            await registered(clinic, "1001", Habits(early_media=times, picks_up_after=5, talks_for=5))
            line = clinic.phone().call("201")
            await asyncio.sleep(1)
            assert 183 in line.statuses
            assert not line.answered.is_set()
            assert clinic.media.open_bridges == 1
            assert {heard.kind for heard in clinic.media.session_at(line.far_port).heard} == {"bridge"}
            await line.over.wait()
            (record,) = clinic.records()
            assert record.outcome == "connected"

    run(story())


def heard(clinic: Office, line: Line) -> list[str]:
    """What the caller hears: the last two things that began."""
    return [one.what for one in clinic.media.session_at(line.far_port).heard][-2:]


FLOW_THAT_DIALS = """start = "ring"
[nodes.ring]
do = "dial"
to = "1001"
ring_for = 18
otherwise = "bye"
[nodes.bye]
do = "hangup"
prompt = "goodbye"
"""


@pytest.mark.parametrize(("early", "hears"), [(0, "tone/ringing"), (1, "the phone")])
def test_a_caller_who_was_answered_hears_the_ringing_of_a_phone_until_it_speaks_itself(
    tmp_path: Path, early: int, hears: str
):
    async def story() -> None:
        flow = route("205", 'do = "flow", flow = "ring"')
        config = premises(tmp_path, flow, flows={"ring": FLOW_THAT_DIALS})
        async with office(config=config) as clinic:
            habits = Habits(early_media=early, picks_up_after=12, talks_for=30)
            phone = await registered(clinic, "1001", habits)
            line = clinic.phone().call("205")
            await asyncio.sleep(6)
            (rung,) = phone.lines.values()
            named = {"the phone": str(rung.far_port)}
            assert heard(clinic, line)[-1] == named.get(hears, hears)
            await asyncio.sleep(7)
            quiet = heard(clinic, line)
            assert quiet[-1] == str(rung.far_port)
            await asyncio.sleep(10)
            assert heard(clinic, line) == quiet
            assert clinic.media.open_bridges == 1
            line.hang_up()
            await line.over.wait()

    run(story())


def test_the_ringing_tone_stops_when_nobody_answers(tmp_path: Path):
    async def story() -> None:
        flow = route("205", 'do = "flow", flow = "ring"')
        config = premises(tmp_path, flow, flows={"ring": FLOW_THAT_DIALS})
        async with office(config=config) as clinic:
            await registered(clinic, "1001", Habits(picks_up_after=None))
            line = clinic.phone().call("205")
            await line.answered.wait()
            await asyncio.sleep(18.5)
            *tones, last = clinic.media.session_at(line.far_port).heard
            assert {tone.what for tone in tones} == {"tone/ringing"}
            assert [round(tone.at - tones[0].at) for tone in tones] == [0, 5, 10, 15]
            assert last.what == "en/goodbye"
            assert round(last.at - tones[0].at) == 18
            await line.over.wait()

    run(story())


def test_a_caller_who_was_not_answered_hears_its_own_phones_ringing(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            await registered(clinic, "1001", Habits(picks_up_after=8, talks_for=5))
            line = clinic.phone().call("201")
            await line.answered.wait()
            assert "tone/ringing" not in heard(clinic, line)
            await line.over.wait()

    run(story())


@pytest.mark.parametrize(("rings", "status"), [(True, 480), (False, 486)])
def test_a_dead_phone_says_less_than_a_busy_one(tmp_path: Path, rings: bool, status: int):
    async def story() -> None:
        async with office(config=premises(tmp_path, BOTH)) as clinic:
            await registered(clinic, "1001", Habits(rings=False, refuses_with=486))
            await registered(clinic, "1002", Habits(rings=rings, picks_up_after=None))
            line = clinic.phone().call("200")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == status

    run(story())


def test_of_several_callees_no_early_media_is_heard(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, BOTH)) as clinic:
            for account in ("1001", "1002"):
                await registered(clinic, account, Habits(early_media=1, picks_up_after=5, talks_for=5))
            line = clinic.phone().call("200")
            await asyncio.sleep(1)
            assert line.statuses == [180]
            assert clinic.media.open_bridges == 0
            await line.over.wait()

    run(story())


def test_the_story_of_a_dialled_call_is_on_file_in_order(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, BOTH)) as clinic:
            await registered(clinic, "1001", Habits(talks_for=5))
            line = clinic.phone().call("200")
            await line.over.wait()
            await asyncio.sleep(1)
            kinds = (DialStarted, TalkStarted, TalkEnded, DialEnded, ContactEnded)
            (started,) = [fact for fact in clinic.journal.facts if isinstance(fact, DialStarted)]
            assert started.endpoint == "1001,1002"
            assert told(clinic, *kinds) == [
                "dial.started",
                "talk.started",
                "talk.ended",
                "dial.ended",
                "contact.ended",
            ]
            (talk,) = [fact for fact in clinic.journal.facts if isinstance(fact, TalkEnded)]
            assert talk.by == "callee"

    run(story())


def test_a_uri_is_rung_where_it_says(tmp_path: Path):
    async def story() -> None:
        elsewhere = route("203", 'do = "dial", to = "sip:anybody@10.1.0.1", ring_for = 5')
        async with office(config=premises(tmp_path, elsewhere)) as clinic:
            phone = clinic.phone(Habits(talks_for=3))
            assert phone.address[0] == "10.1.0.1"
            line = clinic.phone().call("203")
            await line.over.wait()
            assert phone.rung == 1
            assert outcomes(clinic) == ["completed"]

    run(story())


@pytest.mark.parametrize(
    ("uri", "port", "transport"),
    [
        ("sip:x@10.7.7.7", 5060, b"SIP/2.0/UDP"),
        ("sip:x@10.7.7.7:5070", 5070, b"SIP/2.0/UDP"),
        ("sip:x@10.7.7.7;transport=TCP", 5060, b"SIP/2.0/TCP"),
        ("sip:x@10.7.7.7:5070;transport=tcp", 5070, b"SIP/2.0/TCP"),
    ],
)
def test_a_uris_port_and_transport_are_kept_to(tmp_path: Path, uri: str, port: int, transport: bytes):
    async def story() -> None:
        config = premises(tmp_path, route("203", f'do = "dial", to = "{uri}", ring_for = 5'))
        async with office(config=config) as clinic:
            sent: list[Passed] = []
            clinic.wire.watchers.append(
                lambda passed: sent.append(passed) if passed.source == EXCHANGE else None
            )
            line = clinic.phone().call("203")
            await line.over.wait()
            invite = next(passed for passed in sent if passed.data.startswith(b"INVITE"))
            assert invite.destination == ("10.7.7.7", port)
            assert b"Via: " + transport in invite.data
            assert outcomes(clinic) == ["no_answer"]

    run(story())


def test_the_callee_is_told_who_calls_and_one_hop_is_counted(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            await registered(clinic, "1001", Habits(picks_up_after=None))
            invites: list[Request] = []

            def note(passed: Passed) -> None:
                message = parse_message(passed.data)
                if passed.source == EXCHANGE and isinstance(message, Request):
                    invites.append(message)

            clinic.wire.watchers.append(note)
            hand = ByHand(clinic.wire)
            hand.invite("201", audio())
            await hand.said(180)
            assert invites[0].get("max-forwards") == "69"
            assert str(invites[0].get("from")).startswith('"Ilze" <sip:hand@')
            hand.cancel("201")
            await hand.said(487)
            hand.ack()

    run(story())


@pytest.mark.parametrize("uri", ['sip:"1001"@10.1.0.9', "sip:10 01@10.1.0.9", "sip:1001@10.1.0.9\r\nX: y"])
def test_a_contact_that_cannot_stand_in_a_request_is_not_rung(tmp_path: Path, uri: str):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            contact = ContactAddress(uri, 600)
            peer = Peer("udp", "10.1.0.9", 5060)
            clinic.exchange.registrations.register(
                RegisterReceived("t", "1001", (contact,), False, "c", 1, peer)
            )
            line = clinic.phone().call("201")
            await line.over.wait()
            assert outcomes(clinic) == ["unreachable"]

    run(story())


def test_the_audio_of_a_callee_is_opened_beside_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            usual = clinic.media.session
            besides: list[MediaSession | None] = []

            def session(beside: MediaSession | None = None) -> AbstractAsyncContextManager[SilentSession]:
                besides.append(beside)
                return usual(beside)

            monkeypatch.setattr(clinic.media, "session", session)
            await registered(clinic, "1001", Habits(talks_for=5))
            line = clinic.phone().call("201")
            await line.answered.wait()
            assert besides == [None, clinic.media.session_at(line.far_port)]
            await line.over.wait()

    run(story())


def test_the_messages_of_every_leg_can_be_found_by_the_call(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, ONE)) as clinic:
            await registered(clinic, "1001", Habits(talks_for=3))
            seen: set[str] = set()
            clinic.wire.watchers.append(lambda passed: seen.add(parse_message(passed.data).call_id))
            line = clinic.phone().call("201")
            await line.over.wait()
            (contact,) = [fact.contact for fact in clinic.journal.facts if isinstance(fact, DialStarted)]
            assert set(clinic.exchange.sip_call_ids(contact)) == seen

    run(story())


def test_the_desk_offers_nothing_to_an_agent_who_was_dialled_directly(tmp_path: Path):
    async def story() -> None:
        direct = route("204", 'do = "dial", to = "1005"')
        async with office(config=premises(tmp_path, direct, queue=QUEUE, agents=AGENTS)) as clinic:
            anna = await clinic.agent("anna", Habits(picks_up_after=1, talks_for=60))
            line = clinic.phone().call("204")
            await line.answered.wait()
            waiting = clinic.phone().call("700")
            await asyncio.sleep(30)
            assert anna.rung == 1
            await line.over.wait()
            await waiting.over.wait()
            assert anna.rung == 2

    run(story())
