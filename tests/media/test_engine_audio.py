"""What phones hear of the worker engine: prompts, music, bridges, echo, hold, keys."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from media.audio.tones import tone, tone_share
from media.rtp.packet import Packet, build
from media.rtp.telephone_event import parse_event
from tests.media.phones import Phone
from tests.media.studio import TONES, Studio, measured


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with Studio(Path(tmp_path_factory.mktemp("audio")), 24000) as studio:
        yield studio


def assert_one_line(packets: list[Packet]) -> None:
    """One SSRC, no sequence number missing, time never standing still or going back."""
    assert len({packet.ssrc for packet in packets}) == 1
    for before, after in pairwise(packets):
        assert after.sequence == before.sequence + 1 & 0xFFFF
        assert 160 <= (after.timestamp - before.timestamp & 0xFFFFFFFF) < 8000 * 3


def assert_in_sequence(packets: list[Packet]) -> None:
    for before, after in pairwise(packets):
        assert after.sequence == before.sequence + 1 & 0xFFFF


def frames_between(first: Packet, packet: Packet) -> int:
    return (packet.timestamp - first.timestamp & 0xFFFFFFFF) // 160


def test_a_prompt_is_sent_frame_by_frame_and_ends_exactly(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session]:
                await session.play(["short", "long"])
                packets = await phone.hear(25)
                assert_one_line(packets)
                assert [packet.marker for packet in packets] == [True] + [False] * 24
                assert [frames_between(packets[0], packet) for packet in packets] == list(range(25))
                assert tone_share(phone.samples(packets[:5]), TONES["short"]) > 0.95
                assert tone_share(phone.samples(packets[5:]), TONES["long"]) > 0.95
                await studio.obeyed()
                assert phone.heard() == []

    studio.run(test())


def test_packets_leave_every_20_ms(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session], asyncio.TaskGroup() as tasks:
                playing = tasks.create_task(session.play(["long"], repeat=True))
                heard = await phone.hear_from(50)
                assert heard[-1][1] - heard[0][1] == pytest.approx(0.98, abs=0.1)
                playing.cancel()

    studio.run(test())


def test_cancelled_music_stops_within_a_frame(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session], asyncio.TaskGroup() as tasks:
                music = tasks.create_task(session.play(["music"], repeat=True))
                await phone.hear(12)
                music.cancel()
                await studio.obeyed()
                phone.heard()
                await session.play(["short"])
                heard = await phone.hear(5)
                assert heard[0].marker
                assert tone_share(phone.samples(heard), TONES["short"]) > 0.95

    studio.run(test())


def test_the_line_is_one_across_prompt_music_bridge_and_silence(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.call(caller, agent) as [one, other]:
                agent.send()
                loop = asyncio.get_running_loop()
                begin = loop.time()
                async with asyncio.TaskGroup() as tasks:
                    music = tasks.create_task(one.play(["music"], repeat=True))
                    heard = await caller.hear(15)
                    music.cancel()
                await studio.obeyed()
                heard += caller.heard()
                async with studio.engine.bridge(one, other):
                    await studio.obeyed()
                    agent.speak(tone(900, 0.2))
                    heard += await caller.hear(10)
                await one.play(["short"])
                heard += await caller.hear(5)
                passed = loop.time() - begin
                assert_one_line(heard)
                # The bridge brought 0.2 s of audio in no time, and stamps do not go back.
                assert frames_between(heard[0], heard[-1]) / 50 == pytest.approx(passed + 0.2, abs=0.13)
                talkspurts = [at for at, packet in enumerate(heard) if packet.marker]
                assert talkspurts == [0, len(heard) - 15, len(heard) - 5]

    studio.run(test())


@pytest.mark.parametrize("alaws", [(False, False), (False, True), (True, False), (True, True)])
def test_what_one_says_the_other_hears(studio: Studio, alaws: tuple[bool, bool]) -> None:
    async def test() -> None:
        with Phone(alaw=alaws[0]) as caller, Phone(alaw=alaws[1]) as agent:
            async with studio.bridge(caller, agent):
                for speaker, listener, pitch in ((caller, agent, 500), (agent, caller, 1300)):
                    speaker.speak(tone(pitch, 0.4))
                    heard = await listener.hear(20)
                    assert_one_line(heard)
                    assert {packet.payload_type for packet in heard} == {listener.payload_type}
                    assert {packet.ssrc for packet in heard} != {speaker.ssrc}
                    assert tone_share(listener.samples(heard), pitch) > 0.95
                assert caller.heard() == agent.heard() == []

    studio.run(test())


@pytest.mark.parametrize("alaw", [False, True])
def test_prompts_are_heard_in_the_codec_of_the_leg(studio: Studio, alaw: bool) -> None:
    async def test() -> None:
        with Phone(alaw=alaw) as phone:
            async with studio.call(phone) as [session]:
                await session.play(["long"])
                heard = await phone.hear(20)
                assert {packet.payload_type for packet in heard} == {phone.payload_type}
                assert tone_share(phone.samples(heard), TONES["long"]) > 0.95

    studio.run(test())


def test_gaps_and_swapped_packets_stay_what_they_were(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent):
                caller.send()
                [first] = await agent.hear(1)
                begin, stamp = caller.sequence, caller.timestamp
                steps = [0, 1, 4, 3, 5, 70, 71]
                for step in steps:
                    at = (begin + step, stamp + 160 * step)
                    caller.send_raw(build(0, *at, caller.ssrc, bytes([step]) * 160, marker=step == 70))
                heard = await agent.hear(len(steps))
                assert [packet.payload[0] for packet in heard] == steps
                assert [packet.sequence - first.sequence - 1 & 0xFFFF for packet in heard] == steps
                assert [frames_between(first, packet) - 1 for packet in heard] == steps
                assert [step for step, packet in zip(steps, heard, strict=True) if packet.marker] == [70]

    studio.run(test())


def test_a_packet_from_before_the_first_that_was_passed_on_is_dropped(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent):
                for step in (5, 4, 6):
                    at = (caller.sequence + step, caller.timestamp + 160 * step)
                    caller.send_raw(build(0, *at, caller.ssrc, bytes([step]) * 160))
                heard = await agent.hear(2)
                assert [packet.payload[0] for packet in heard] == [5, 6]
                assert_one_line(heard)

    studio.run(test())


def test_a_new_source_goes_on_where_the_old_one_was(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent):
                caller.speak(tone(500, 0.1))
                caller.ssrc, caller.sequence, caller.timestamp = 77, 9000, 123456
                caller.speak(tone(500, 0.1))
                caller.sequence, caller.timestamp = 40_000, 999
                caller.speak(tone(500, 0.1))
                heard = await agent.hear(15)
                assert_one_line(heard)
                assert [at for at, packet in enumerate(heard) if packet.marker] == [0, 5, 10]

    studio.run(test())


def test_extras_in_a_packet_are_not_passed_on(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent):
                plain = build(0, caller.sequence, caller.timestamp, caller.ssrc, b"")
                extras = b"\xb1" + plain[1:] + b"\0\0\0\7" + b"\xbe\xde\0\1xxxx" + b"v" * 160 + b"\0\0\0\4"
                caller.send_raw(extras)
                [heard] = await agent.hear(1)
                assert heard.payload == b"v" * 160

    studio.run(test())


def test_echo_gives_back_what_was_said_and_hears_keys(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session]:
                async with studio.engine.echo(session):
                    await studio.obeyed()
                    phone.speak(tone(600, 0.2))
                    phone.press("4")
                    assert await session.key() == "4"
                    heard = phone.heard()
                    assert len(heard) == 10
                    assert_one_line(heard)
                    assert tone_share(phone.samples(heard), 600) > 0.9
                await studio.obeyed()
                phone.send()
                await studio.obeyed()
                assert phone.heard() == []

    studio.run(test())


def test_each_key_is_heard_once(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session]:
                for key in "11*D#0":
                    phone.press(key)
                assert [await session.key() for _ in range(6)] == list("11*D#0")
                phone.press("1")
                session.press("9")
                assert {await session.key(), await session.key()} == {"1", "9"}

    studio.run(test())


def test_keys_cross_a_bridge_and_are_not_kept(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent) as [one, other]:
                other.answer(agent.describe(events=96), agent.host)
                await studio.obeyed()
                caller.send()
                caller.press("7")
                caller.send()
                heard = await agent.hear(9)
                assert_in_sequence(heard)
                events = heard[1:-1]
                assert {packet.payload_type for packet in events} == {96}
                assert [packet.marker for packet in events] == [True] + [False] * 6
                assert len({packet.timestamp for packet in events}) == 1
                assert {event.number for packet in events if (event := parse_event(packet.payload))} == {7}
                other.answer(agent.describe(events=None), agent.host)
                await studio.obeyed()
                caller.press("7")
                caller.send()
                heard = await agent.hear(1)
                assert [packet.payload_type for packet in heard] == [0]
            caller.press("8")
            assert (await measured(one)).received > 0

    studio.run(test())


def test_keys_are_kept_again_after_a_bridge(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.call(caller, agent) as [one, other]:
                async with studio.engine.bridge(one, other):
                    await studio.obeyed()
                    caller.press("1")
                    await agent.hear(7)
                await studio.obeyed()
                caller.press("2")
                assert await one.key() == "2"

    studio.run(test())


def test_a_key_by_signalling_crosses_a_bridge_as_an_event(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent) as [one, _]:
                begin = asyncio.get_running_loop().time()
                caller.send()
                heard = await agent.hear(1)
                one.press("#", 60)
                one.press("5", 60)
                keys = await agent.hear(10)
                assert_event(keys[:5], 11)
                assert_event(keys[5:], 5)
                heard += keys
                while heard[-1].payload_type != 0:
                    caller.send()
                    heard += await agent.hear_soon()
                assert_in_sequence(heard)
                passed = asyncio.get_running_loop().time() - begin
                assert frames_between(heard[0], heard[-1]) / 50 == pytest.approx(passed, abs=0.1)
                assert heard[len(keys) + 1].marker
                assert frames_between(keys[-1], heard[len(keys) + 1]) > 5

    studio.run(test())


def assert_event(packets: list[Packet], number: int) -> None:
    events = [event for packet in packets if (event := parse_event(packet.payload))]
    assert {packet.payload_type for packet in packets} == {101}
    assert [event.number for event in events] == [number] * len(packets)
    assert [event.end for event in events] == [False] * (len(packets) - 3) + [True] * 3
    assert len({packet.timestamp for packet in packets}) == 1
    assert [packet.marker for packet in packets] == [True] + [False] * (len(packets) - 1)


def test_a_held_leg_hears_nothing_and_its_partner_music(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent, "music") as [_, other]:
                agent.send()
                line = await caller.hear(1)
                other.answer(agent.describe("sendonly"), agent.host)
                await studio.obeyed()
                agent.speak(tone(500, 0.2))
                caller.speak(tone(500, 0.2))
                line += await caller.hear(20)
                assert_one_line(line)
                assert tone_share(caller.samples(line[1:]), TONES["music"]) > 0.95
                other.answer(agent.describe(), agent.host)
                await studio.obeyed()
                line += caller.heard()
                assert agent.heard() == []
                agent.send()
                caller.send()
                line += await caller.hear(1)
                assert set(line[-1].payload) == {0xFF}
                assert line[-1].marker
                assert_one_line(line)
                assert len(await agent.hear(1)) == 1

    studio.run(test())


def test_without_hold_music_the_partner_hears_what_the_holder_sends(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent) as [_, other]:
                other.answer(agent.describe("sendonly"), agent.host)
                await studio.obeyed()
                agent.speak(tone(500, 0.2))
                caller.speak(tone(500, 0.2))
                heard = await caller.hear(10)
                assert tone_share(caller.samples(heard), 500) > 0.95
                await studio.obeyed()
                assert agent.heard() == []

    studio.run(test())


def test_who_said_it_would_only_listen_is_not_heard(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent) as [_, other]:
                assert "a=sendonly" in other.answer(agent.describe("recvonly"), agent.host)
                assert not other.held
                await studio.obeyed()
                agent.send()
                caller.send()
                await studio.obeyed()
                assert caller.heard() == []
                assert len(agent.heard()) == 1

    studio.run(test())


def test_time_goes_by_for_a_leg_that_holds_us(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session]:
                session.answer(phone.describe(host="0.0.0.0"), phone.host)
                assert session.held
                async with asyncio.timeout(1):
                    await session.play(["long"])
                assert phone.heard() == []
                session.answer(phone.describe(), phone.host)
                await session.play(["short"])
                assert_one_line(await phone.hear(5))

    studio.run(test())


def test_a_prompt_goes_before_the_bridge(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as caller, Phone() as agent:
            async with studio.bridge(caller, agent) as [one, _]:
                agent.send()
                heard = await caller.hear(1)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(one.play(["long"]))
                    heard += await caller.hear(1)
                    agent.speak(tone(500, 0.1))
                heard += await caller.hear(19)
                assert tone_share(caller.samples(heard[1:]), TONES["long"]) > 0.95
                agent.send()
                heard += await caller.hear(1)
                assert_one_line(heard)

    studio.run(test())


def test_a_hold_during_music_uses_up_no_numbers_though_its_time_goes_by(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session], asyncio.TaskGroup() as tasks:
                playing = tasks.create_task(session.play(["music"], repeat=True))
                before = (await phone.hear(5))[-1]
                session.answer(phone.describe("sendonly"), phone.host)
                await studio.obeyed()
                last = [before, *phone.heard()][-1]
                assert await phone.hear_soon() == []
                session.answer(phone.describe(), phone.host)
                after = (await phone.hear(1))[0]
                assert after.sequence == last.sequence + 1 & 0xFFFF
                assert after.timestamp - last.timestamp & 0xFFFFFFFF >= 2 * 160
                assert after.marker
                assert (await phone.hear(1))[0].sequence == after.sequence + 1 & 0xFFFF
                playing.cancel()
            quality = await measured(session)
            assert quality.sent <= 20

    studio.run(test())


def test_a_change_of_codec_goes_on_in_the_prompt(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session], asyncio.TaskGroup() as tasks:
                playing = tasks.create_task(session.play(["long"]))
                heard = await phone.hear(5)
                phone.alaw, phone.payload_type = True, 8
                session.answer(phone.describe(), phone.host)
                await playing
                heard += await phone.hear(15)
                assert_one_line(heard)
                turned = [packet for packet in heard if packet.payload_type == 8]
                assert len(turned) >= 10
                assert tone_share(phone.samples(turned), TONES["long"]) > 0.9

    studio.run(test())


def test_the_figures_of_a_leg_are_final_when_its_block_is_left(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session]:
                for _ in range(5):
                    phone.send()
                phone.sequence += 2
                phone.send()
                await session.play(["short"])
                await phone.hear(5)
            quality = await measured(session)
            assert (quality.sent, quality.received, quality.lost) == (5, 6, 2)
            assert session.worker.legs == {}

    studio.run(test())
