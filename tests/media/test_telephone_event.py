"""Keys: each press heard once whatever the network does, and sent as RFC 4733 has it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.rtp.telephone_event import (
    KEYS,
    MAX_PRESS_MS,
    Event,
    KeyDetector,
    build_event,
    parse_event,
    press_packets,
)

Heard = tuple[int, bytes]  # timestamp, payload


def press(key: str, at: int, milliseconds: int = 100) -> list[Heard]:
    return [(at & 0xFFFFFFFF, packet.payload) for packet in press_packets(key, milliseconds)]


def keys_in(packets: list[Heard], detector: KeyDetector | None = None) -> str:
    detector = detector or KeyDetector()
    return "".join(detector.hear(1, at, payload) or "" for at, payload in packets)


def payload(number: int, duration: int, *, end: bool = False) -> bytes:
    return build_event(Event(number, end, 10, duration))


@given(st.integers(0, 255), st.booleans(), st.integers(0, 63), st.integers(0, 0xFFFF))
@settings(deadline=None)
def test_an_event_is_read_as_it_was_built(number: int, end: bool, volume: int, duration: int) -> None:
    event = Event(number, end, volume, duration)
    assert parse_event(build_event(event)) == event


def test_a_press_of_100_ms_is_these_packets() -> None:
    packets = press_packets("5", 100)
    assert [packet.marker for packet in packets] == [True, False, False, False, False, False, False]
    assert [packet.payload.hex() for packet in packets] == [
        "050a00a0",
        "050a0140",
        "050a01e0",
        "050a0280",
        "058a0320",
        "058a0320",
        "058a0320",
    ]


@pytest.mark.parametrize(
    ("asked", "units"), [(0, 320), (-5, 320), (50, 400), (MAX_PRESS_MS, 64000), (10**9, 64000)]
)
def test_presses_are_neither_too_short_nor_longer_than_can_be_said(asked: int, units: int) -> None:
    events = [parse_event(packet.payload) for packet in press_packets("#", asked)]
    assert [event.duration for event in events if event and event.end] == [units] * 3


def test_a_press_without_a_key_is_an_error() -> None:
    for key in ("E", "a", "", "12"):
        with pytest.raises(ValueError, match="none of the keys"):
            press_packets(key)


def test_every_key_is_heard_once() -> None:
    assert keys_in([packet for at, key in enumerate(KEYS) for packet in press(key, 1600 * at)]) == KEYS


def test_the_same_key_twice_is_two_presses_even_when_quick() -> None:
    assert keys_in(press("1", 0, 40) + press("1", 640, 40)) == "11"


def test_a_key_is_named_at_its_first_packet() -> None:
    detector = KeyDetector()
    assert [detector.hear(1, 0, payload) for _, payload in press("7", 0)][:2] == ["7", None]


@given(st.text(KEYS, min_size=1, max_size=6), st.integers(0, 0xFFFFFFFF), st.data())
@settings(deadline=None)
def test_loss_doubling_and_swapping_change_nothing_as_long_as_one_packet_comes(
    keys: str, start: int, data: st.DataObject
) -> None:
    packets: list[Heard] = []
    for place, key in enumerate(keys):
        sent = press(key, start + 1600 * place)
        packets += data.draw(st.lists(st.sampled_from(sent), min_size=1, max_size=9), label=f"come of {key}")
    assert keys_in(packets) == keys


@given(st.integers(0, 3), st.integers(0, 6))
@settings(deadline=None)
def test_stragglers_of_the_key_before_are_not_heard_again(late: int, at: int) -> None:
    first, second = press("1", 0), press("2", 960)
    stragglers = first[late:]
    kept = first[: late + 1]
    assert keys_in(kept + second[: at + 1] + stragglers + second[at + 1 :]) == "12"


def test_presses_over_the_wrap_of_the_timestamp_are_heard() -> None:
    assert keys_in(press("1", 0xFFFFFF00) + press("2", 0xFFFFFF00 + 1600)) == "12"


def long_press(key: str, segments: int, lost: int = 0, length: int = 0xFFFF) -> list[Heard]:
    """Held for `segments` times 8 s; of each the last `lost` packets never come (RFC 4733 2.5.1.3)."""
    number, packets = KEYS.index(key), list[Heard]()
    for segment in range(segments):
        start = length * segment
        steps = [(start, payload(number, duration)) for duration in range(160, length, 160)]
        packets += steps[: len(steps) - lost] if lost else [*steps, (start, payload(number, length))]
    return [*packets, (length * segments, payload(number, 160, end=True))]


@pytest.mark.parametrize("lost", [0, 1, 5])
def test_a_key_held_for_half_a_minute_is_one_press(lost: int) -> None:
    assert keys_in(long_press("9", 4, lost)) == "9"
    assert keys_in(long_press("9", 4, lost, length=64000)) == "9"
    assert keys_in(long_press("9", 2, lost) + press("9", 0xFFFF * 2 + 800)) == "99"
    assert keys_in(long_press("9", 2, lost)[:-1] + press("8", 0xFFFF * 2)) == "98"


def test_a_long_press_that_ended_is_not_taken_up_again_by_a_quick_one() -> None:
    held = press("9", 0, 5000)
    swapped = [*held[:-4], held[-1], held[-4]]
    assert keys_in(held + press("9", 40800)) == "99"
    assert keys_in(swapped + press("9", 40800)) == "99"


def test_a_press_whose_end_was_lost_does_not_swallow_the_next() -> None:
    assert keys_in(press("4", 0)[:3] + press("4", 1600)) == "44"


def test_phones_that_move_the_timestamp_with_every_packet_press_once() -> None:
    packets = [(at, data) for at, (_, data) in zip(range(0, 16000, 160), press("3", 0), strict=False)]
    assert keys_in(packets) == "3"
    assert keys_in(packets + press("3", 4800)) == "33"


def test_flash_tones_and_short_payloads_are_no_keys_and_disturb_none() -> None:
    one, two = press("1", 0), press("2", 1600)
    flash = (800, payload(16, 160))
    junk = [(900, b""), (901, b"\x01\x0a\x00"), (902, b"\xff\xff\xff\xff")]
    assert keys_in([*one[:3], flash, *junk, *one[3:], *two]) == "12"


def test_a_new_source_s_first_press_counts_whatever_its_timestamp() -> None:
    detector = KeyDetector()
    assert detector.hear(1, 5000, payload(1, 160)) == "1"
    assert detector.hear(2, 5000, payload(1, 160)) == "1"
    assert detector.hear(2, 4000, payload(2, 160)) is None
    assert detector.hear(3, 4000, payload(2, 160)) == "2"


def test_the_first_press_counts_at_timestamp_zero_and_just_before_it() -> None:
    assert keys_in([(0, payload(0, 160))]) == "0"
    assert keys_in([(0xFFFFFFFF, payload(0, 160))]) == "0"


def test_a_source_whose_clock_was_set_far_back_is_heard() -> None:
    assert keys_in(press("1", 1_000_000) + press("2", 100_000)) == "12"
