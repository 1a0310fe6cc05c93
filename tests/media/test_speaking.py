"""Speech on its way: whole frames, no more than a second ahead, and those who listen."""

import asyncio
from collections.abc import AsyncIterator

from hypothesis import given, settings
from hypothesis import strategies as st

from media.engines.listening import FRAMES_KEPT, Listeners
from media.engines.protocol import DATAGRAM_SIZE, MESSAGES_AT_ONCE, Speak, pack
from media.engines.speaking import AHEAD, AT_ONCE, Window, in_frames
from media.engines.speech import Speech
from media.rtp.jitter import FRAME_BYTES
from tests.support.virtual_time import run


def frame(number: int) -> bytes:
    return number.to_bytes(2, "little") * 160


async def each(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@given(st.lists(st.binary(max_size=5000), max_size=8))
@settings(max_examples=60, deadline=None)
def test_chunks_of_any_size_become_whole_frames_of_the_same_sound(chunks: list[bytes]) -> None:
    async def test() -> None:
        pieces = [piece async for piece in in_frames(each(chunks))]
        assert all(0 < len(piece) <= AT_ONCE * FRAME_BYTES for piece in pieces)
        assert all(len(piece) % FRAME_BYTES == 0 for piece in pieces)
        whole = b"".join(chunks)
        assert b"".join(pieces) == whole + bytes(-len(whole) % FRAME_BYTES)

    run(test())


def test_a_full_batch_of_speech_fits_a_datagram() -> None:
    speech = Speak(1 << 30, 1 << 30, bytes(AT_ONCE * FRAME_BYTES), last=False)
    assert len(pack([speech] * MESSAGES_AT_ONCE)) <= DATAGRAM_SIZE


def test_no_more_than_a_second_is_underway() -> None:
    async def test() -> None:
        window, sent = Window(), 0

        async def feed() -> None:
            nonlocal sent
            while await window.room(10):
                sent += 10

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(feed())
            said = 0
            for more in (0, 4, 5, 1, 30):
                window.said(more)
                said += more
                await asyncio.sleep(1)
                assert AHEAD - 10 < sent - said <= AHEAD
            window.close()

    run(test())


def test_speech_is_said_frame_by_frame_with_a_mark_after_each_gap() -> None:
    speech = Speech(5)
    assert speech.next() is None
    speech.add(frame(1) + frame(2), last=False)
    assert [speech.next(), speech.next(), speech.next()] == [(frame(1), True), (frame(2), False), None]
    assert not speech.over
    speech.add(frame(3), last=True)
    assert not speech.over
    assert speech.next() == (frame(3), True)
    assert speech.over


def test_what_was_said_is_reported_in_tens_and_at_the_end() -> None:
    speech = Speech(5)
    speech.add(b"".join(frame(at) for at in range(25)), last=True)
    reported: list[int] = []
    while speech.next():
        reported.append(speech.said())
    assert [said for said in reported if said] == [10, 10, 5]
    assert (reported[9], reported[19], reported[24]) == (10, 10, 5)


def test_a_switch_gone_wrong_cannot_fill_the_worker() -> None:
    speech = Speech(5)
    for at in range(1000):
        speech.add(frame(at % 256), last=False)
    kept = 0
    while speech.next():
        kept += 1
    assert kept == 2 * AHEAD


def test_the_first_listener_switches_on_and_the_last_off() -> None:
    switched: list[bool] = []

    async def test() -> None:
        listeners = Listeners()
        async with listeners.join(switched.append) as one:
            async with listeners.join(switched.append) as other:
                listeners.hear(b"1")
            listeners.hear(b"2")
            listeners.end()
            assert [heard async for heard in one] == [b"1", b"2"]
            assert [heard async for heard in other] == [b"1"]
        assert switched == [True, False]
        async with listeners.join(switched.append) as late:
            assert [heard async for heard in late] == []

    run(test())


def test_of_what_a_slow_listener_missed_the_latest_is_kept() -> None:
    async def test() -> None:
        listeners = Listeners()
        async with listeners.join(lambda _: None) as frames:
            for at in range(FRAMES_KEPT + 7):
                listeners.hear(frame(at))
            listeners.end()
            assert [heard async for heard in frames] == [frame(at) for at in range(7, FRAMES_KEPT + 7)]

    run(test())
