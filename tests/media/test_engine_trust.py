"""Whose packets the worker engine takes, and to whom it sends: latching, strangers, garbage, reports."""

import asyncio
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from media.api import Quality
from media.audio.tones import tone
from media.engines.latch import ON_TRIAL
from media.rtp import rtcp
from media.rtp.packet import build
from tests.media.phones import Phone
from tests.media.studio import HERE, Studio, measured

ELSEWHERE, SOMEWHERE = "127.0.0.2", "127.0.0.3"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with Studio(Path(tmp_path_factory.mktemp("trust")), 24400) as studio:
        yield studio


async def echo_reaches(studio: Studio, phone: Phone) -> bool:
    """Whether what the phone says is taken, and what the leg says gets to it (the leg echoes)."""
    phone.send(b"?" * 160)
    await studio.obeyed()
    return any(packet.payload == b"?" * 160 for packet in phone.heard())


def test_a_stranger_is_neither_heard_nor_sent_to(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone, Phone(ELSEWHERE) as stranger:
            async with studio.call(phone) as [session], studio.engine.echo(session):
                stranger.target = phone.target
                await studio.obeyed()
                for _ in range(20):
                    assert not await echo_reaches(studio, stranger)
                assert await echo_reaches(studio, phone)
                stranger.ssrc, stranger.sequence, stranger.timestamp = (
                    phone.ssrc,
                    phone.sequence,
                    phone.timestamp,
                )
                for _ in range(5):
                    assert not await echo_reaches(studio, stranger)
                assert phone.heard() == []
                await session.play(["short"])
                assert len(await phone.hear(5)) == 5
                assert stranger.heard() == []

    studio.run(test())


def test_before_anybody_has_spoken_the_described_address_is_sent_to(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone, Phone(ELSEWHERE) as stranger:
            async with studio.call(phone) as [session]:
                stranger.target = phone.target
                stranger.speak(tone(500, 0.2))
                await session.play(["short"])
                await phone.hear(5)
                assert stranger.heard() == []

    studio.run(test())


def test_a_peer_behind_a_translator_is_believed_after_three_packets(studio: Studio) -> None:
    """Its description names a private address, its signalling came from the translator's."""

    async def test() -> None:
        with Phone(ELSEWHERE) as phone, Phone(SOMEWHERE) as stranger:
            async with studio.engine.session() as session, studio.engine.echo(session):
                phone.reach(session.answer(phone.describe(host="127.9.9.9"), ELSEWHERE))
                stranger.target = phone.target
                await studio.obeyed()
                took = [await echo_reaches(studio, phone) for _ in range(4)]
                assert took == [False, False, True, True]
                for _ in range(5):
                    assert not await echo_reaches(studio, stranger)
                assert await echo_reaches(studio, phone)

    studio.run(test())


def test_the_described_party_puts_out_one_that_only_talked_first(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone, Phone() as racer:
            async with studio.call(phone) as [session], studio.engine.echo(session):
                racer.target = phone.target
                await studio.obeyed()
                took = [await echo_reaches(studio, racer) for _ in range(5)]
                assert took == [False, False, True, True, True]
                assert await echo_reaches(studio, phone)
                for _ in range(5):
                    assert not await echo_reaches(studio, racer)
                assert await echo_reaches(studio, phone)

    studio.run(test())


def test_the_described_party_wins_while_another_talks_too(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone, Phone() as racer:
            async with studio.call(phone) as [session], studio.engine.echo(session):
                racer.target = phone.target
                await studio.obeyed()
                assert not await echo_reaches(studio, racer)
                assert await echo_reaches(studio, phone)
                for _ in range(5):
                    assert not await echo_reaches(studio, racer)

    studio.run(test())


def test_what_strangers_queued_before_the_latch_is_not_heard_after_it(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone, Phone(ELSEWHERE) as stranger:
            async with studio.call(phone) as [session], studio.engine.echo(session):
                stranger.target = phone.target
                await studio.obeyed()
                for at in range(40):
                    (phone if at % 4 == 1 else stranger).send(bytes([at]) * 160)
                heard = await phone.hear(10)
                assert [packet.payload[0] % 4 for packet in heard] == [1] * 10
                await studio.obeyed()
                assert phone.heard() == stranger.heard() == []

    studio.run(test())


def test_after_its_trial_a_translated_peer_cannot_be_put_out(studio: Studio) -> None:
    async def test() -> None:
        with Phone(ELSEWHERE) as phone, Phone(ELSEWHERE) as described:
            async with studio.engine.session() as session, studio.engine.echo(session):
                phone.reach(session.answer(described.describe(), HERE))
                described.target = phone.target
                await studio.obeyed()
                phone.send()
                phone.send()
                for _ in range(ON_TRIAL // 10):
                    phone.speak(tone(500, 0.2))
                    await phone.hear(10)
                assert not await echo_reaches(studio, described)
                assert await echo_reaches(studio, phone)

    studio.run(test())


def test_music_follows_a_translated_peer_and_the_described_one_can_still_put_it_out(studio: Studio) -> None:
    """All on one port of ours, while it plays to whom it has not heard."""

    async def test() -> None:
        with Phone() as described, Phone() as racer, Phone(ELSEWHERE) as stranger:
            async with studio.call(described) as [session], asyncio.TaskGroup() as tasks:
                music = tasks.create_task(session.play(["music"], repeat=True))
                stranger.target = racer.target = described.target
                first = await described.hear(5)
                for _ in range(5):
                    stranger.send()
                    racer.send()
                await studio.obeyed()
                described.heard()
                second = await racer.hear(5)
                assert described.heard() == []
                described.send()
                await studio.obeyed()
                racer.heard()
                third = await described.hear(5)
                assert racer.heard() == stranger.heard() == []
                assert len({packet.ssrc for packet in first + second + third}) == 1
                stamps = [packet.timestamp for packet in first + second + third]
                assert all((b - a & 0xFFFFFFFF) in range(160, 8000) for a, b in pairwise(stamps))
                music.cancel()
            assert (await measured(session)).received == 4

    studio.run(test())


def sockets_on(port: int) -> int:
    lines = Path("/proc/net/udp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(f":{port:04X}") for line in lines)


def test_a_new_description_is_played_to_while_nobody_has_spoken(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as old, Phone(ELSEWHERE) as new:
            async with studio.call(old) as [session], asyncio.TaskGroup() as tasks:
                music = tasks.create_task(session.play(["music"], repeat=True))
                await old.hear(3)
                assert sockets_on(session.port) == 2
                new.reach(session.answer(new.describe(), new.host))
                await studio.obeyed()
                assert sockets_on(session.port) == 1
                old.heard()
                await new.hear(5)
                assert old.heard() == []
                old.send()
                new.press("3")
                assert await session.key() == "3"
                old.send()
                await new.hear(5)
                assert old.heard() == []
                music.cancel()

    studio.run(test())


def test_a_new_description_moves_the_leg(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as old, Phone(ELSEWHERE) as new:
            async with studio.call(old) as [session], studio.engine.echo(session):
                await studio.obeyed()
                assert await echo_reaches(studio, old)
                new.reach(session.answer(new.describe(), new.host))
                await studio.obeyed()
                await session.play(["short"])
                heard = await new.hear(5)
                assert old.heard() == []
                assert await echo_reaches(studio, new)
                assert not await echo_reaches(studio, old)
                new.send()
                heard += (await new.hear(1))[-1:]
                assert len({packet.ssrc for packet in heard}) == 1
                assert new.target[1] == session.port

    studio.run(test())


def test_what_came_before_the_leg_was_settled_is_not_heard(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.engine.session() as session, studio.engine.echo(session):
                phone.target = (HERE, session.port)
                phone.press("1")
                phone.speak(tone(500, 0.2))
                session.accept(phone.describe(), HERE)
                await studio.obeyed()
                assert phone.heard() == []
                phone.press("2")
                assert await session.key() == "2"

    studio.run(test())


def test_no_garbage_ends_a_call(studio: Studio) -> None:
    chance = random.Random(4)

    async def test() -> None:
        with Phone() as phone:
            async with studio.call(phone) as [session], studio.engine.echo(session):
                await studio.obeyed()
                pids = studio.engine.pids
                assert await echo_reaches(studio, phone)
                for at in range(400):
                    kind = chance.choice([0, 8, 13, 72, 101, 127])
                    packet = build(
                        kind, chance.randrange(65536), chance.randrange(1 << 32), 7, bytes(at % 40)
                    )
                    junk = bytearray(packet)
                    for _ in range(at % 3):
                        junk[chance.randrange(len(junk))] = chance.randrange(256)
                    phone.send_raw(bytes(junk[: chance.randrange(len(junk) + 1)]))
                    phone.rtcp.sendto(bytes(junk), (phone.target[0], phone.target[1] + 1))
                phone.send_raw(b"\x80" * 2000)
                phone.send(b"?" * 160)
                await phone.hear_until(lambda packet: packet.payload == b"?" * 160)
                await session.play(["short"])
                assert studio.engine.pids == pids

    studio.run(test())


def test_reports_are_exchanged_and_tell_the_round_trip(studio: Studio) -> None:
    async def test() -> Quality:
        with Phone() as phone:
            async with studio.call(phone) as [session]:
                for _ in range(10):
                    phone.send()
                await session.play(["short"])
                packets = await phone.hear(5)
                report = rtcp.parse(await phone.report())
                assert report is not None
                assert report.ssrc == packets[0].ssrc
                assert report.cname
                assert report.sender is not None
                assert report.sender.packets == 5
                assert report.sender.octets == 800
                [block] = report.blocks
                assert (block.ssrc, block.lost) == (phone.ssrc, 0)
                assert block.highest == (65500 + 9)
                middle = rtcp.middle(report.sender.ntp)
                about_us = rtcp.ReportBlock(report.ssrc, 0, 0, 0, 0, middle, 0)
                for host_is_known in (False, True):
                    with Phone(ELSEWHERE) as stranger:
                        udp = phone.rtcp if host_is_known else stranger.rtcp
                        answer = rtcp.build(rtcp.Report(phone.ssrc, None, (about_us,)))
                        udp.sendto(answer, (phone.target[0], phone.target[1] + 1))
                    await studio.obeyed()
            bye = rtcp.parse(await phone.report())
            assert bye is not None
            assert bye.goodbye
            return await measured(session)

    trip = studio.run(test()).round_trip_ms
    assert trip is not None
    assert 0 <= trip < 1000


def test_a_stranger_cannot_draw_reports(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone, Phone(ELSEWHERE) as stranger:
            async with studio.call(phone) as [session]:
                phone.send()
                await session.play(["short"])
                datagram = rtcp.build(rtcp.Report(5))
                stranger.rtcp.sendto(datagram, (phone.target[0], phone.target[1] + 1))
                await studio.obeyed()
            bye = rtcp.parse(await phone.report())
            assert bye is not None
            with pytest.raises(BlockingIOError):
                stranger.rtcp.recv(2048)

    studio.run(test())


def test_reports_share_the_port_where_that_was_agreed(studio: Studio) -> None:
    async def test() -> None:
        with Phone() as phone:
            async with studio.engine.session() as session:
                answer = session.answer(phone.describe() + "a=rtcp-mux\r\n", phone.host)
                assert "a=rtcp-mux" in answer
                phone.reach(answer)
                await studio.obeyed()
                phone.send()
                await session.play(["short"])
                heard = await phone.hear(5)
                assert [packet.sequence - heard[0].sequence & 0xFFFF for packet in heard] == [*range(5)]
                phone.send_raw(rtcp.build(rtcp.Report(phone.ssrc)))
                await studio.obeyed()
            async with asyncio.timeout(2):
                datagram = await asyncio.get_running_loop().sock_recv(phone.rtp, 2048)
            report = rtcp.parse(datagram)
            assert report is not None
            assert report.goodbye
            assert (await measured(session)).received == 1

    studio.run(test())
