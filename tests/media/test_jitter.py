"""Frames out of packets, whatever becomes of the packets on their way."""

from hypothesis import given, settings
from hypothesis import strategies as st

from media.rtp.jitter import FRAME_BYTES, JitterBuffer

SILENCE = bytes(FRAME_BYTES)
DELAY = 2  # frames


def sound(number: int, frames: int = 1) -> bytes:
    """What is said in frame `number` of a voice, none of it silence."""
    return b"".join((at % 250 + 1).to_bytes(2, "little") * 160 for at in range(number, number + frames))


def heard(buffer: JitterBuffer, frames: int) -> list[int]:
    """The numbers of the next frames taken, -1 for silence."""
    taken = [buffer.take() for _ in range(frames)]
    assert all(len(frame) == FRAME_BYTES and frame == frame[:2] * 160 for frame in taken)
    return [int.from_bytes(frame[:2], "little") - 1 for frame in taken]


def test_before_anything_comes_there_is_silence() -> None:
    assert heard(JitterBuffer(), 30) == [-1] * 30


def test_a_steady_voice_is_heard_two_frames_later() -> None:
    buffer = JitterBuffer()
    frames: list[int] = []
    for at in range(40):
        buffer.put(0xFFFFF000 + 160 * at & 0xFFFFFFFF, sound(at))
        frames += heard(buffer, 1)
    assert frames == [-1] * DELAY + list(range(38))


def test_what_is_out_of_order_is_put_in_order_and_what_is_doubled_is_heard_once() -> None:
    buffer = JitterBuffer()
    for at in (0, 2, 1, 1, 4, 3, 0):
        buffer.put(160 * at, sound(at))
    assert heard(buffer, 9) == [-1, -1, 0, 1, 2, 3, 4, -1, -1]


def test_what_is_lost_is_silence_of_its_own_length() -> None:
    buffer = JitterBuffer()
    for at in (0, 1, 4, 5):
        buffer.put(160 * at, sound(at))
    assert heard(buffer, 9) == [-1, -1, 0, 1, -1, -1, 4, 5, -1]


def test_a_straggler_that_is_too_late_is_dropped() -> None:
    buffer = JitterBuffer()
    buffer.put(0, sound(0))
    buffer.put(320, sound(2))
    assert heard(buffer, 4) == [-1, -1, 0, -1]
    buffer.put(160, sound(1))
    assert heard(buffer, 6) == [2, *[-1] * 5]


def test_a_voice_that_comes_later_from_now_on_is_heard_later() -> None:
    buffer = JitterBuffer()
    buffer.put(0, sound(0))
    assert heard(buffer, 10) == [-1, -1, 0, *[-1] * 7]
    for at in range(1, 5):
        buffer.put(160 * at, sound(at))
    assert heard(buffer, 7) == [-1, -1, 1, 2, 3, 4, -1]


def test_a_pause_in_which_nothing_was_sent_is_kept() -> None:
    buffer = JitterBuffer()
    buffer.put(0, sound(0))
    heard(buffer, 20)
    buffer.put(20 * 160, sound(20))
    assert heard(buffer, 4) == [-1, -1, 20, -1]


def test_another_numbering_is_followed_and_nothing_old_is_heard_after_it() -> None:
    for jump in (1 << 31, 1 << 20, -(1 << 20), 50_000):
        buffer = JitterBuffer()
        for at in range(12):
            buffer.put(160 * at, sound(at))
        buffer.put(jump & 0xFFFFFFFF, sound(100))
        assert heard(buffer, 12) == [-1, -1, 100, *[-1] * 9]


def test_packets_of_any_length_make_frames() -> None:
    for samples in (80, 160, 240, 480, 960):
        buffer, voice = JitterBuffer(), sound(0, 24)
        pcm = b""
        for start in range(0, len(voice), 2 * samples):
            buffer.put(start // 2, voice[start : start + 2 * samples])
            while len(pcm) + FRAME_BYTES <= start + 2 * samples:
                pcm += buffer.take()
        while len(pcm) < len(voice) + DELAY * FRAME_BYTES:
            pcm += buffer.take()
        assert pcm == SILENCE * DELAY + voice


def test_a_packet_too_long_to_be_kept_is_cut() -> None:
    buffer = JitterBuffer()
    buffer.put(0, sound(0, 500))
    frames = heard(buffer, 500)
    assert frames[2:18] == list(range(16))
    assert set(frames[18:]) == {-1}


@given(
    st.integers(0, 0xFFFFFFFF),
    st.lists(st.sampled_from([0.0, 0.0, 0.5, 0.9, 1.4, 1.9]), min_size=1, max_size=60),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_delays_within_what_is_evened_out_cost_nothing(
    origin: int, delays: list[float], data: st.DataObject
) -> None:
    """Each packet but the first comes up to nearly two frames late; some are lost."""
    delays[0] = 0.0
    lost = data.draw(st.sets(st.integers(1, 60)))
    arrivals = sorted((at + delay, at) for at, delay in enumerate(delays) if at not in lost)
    buffer, frames = JitterBuffer(), list[int]()
    for now in range(len(delays) + DELAY):
        while arrivals and arrivals[0][0] <= now:
            at = arrivals.pop(0)[1]
            buffer.put(origin + 160 * at & 0xFFFFFFFF, sound(at))
        frames += heard(buffer, 1)
    assert frames == [-1] * DELAY + [-1 if at in lost else at for at in range(len(delays))]


@given(
    st.lists(st.tuples(st.integers(0, 0xFFFFFFFF), st.binary(max_size=4000), st.integers(0, 3)), max_size=40)
)
@settings(max_examples=60, deadline=None)
def test_no_packets_make_a_frame_of_another_length(packets: list[tuple[int, bytes, int]]) -> None:
    buffer = JitterBuffer()
    for timestamp, pcm, frames in packets:
        buffer.put(timestamp, pcm)
        assert all(len(buffer.take()) == FRAME_BYTES for _ in range(frames))
