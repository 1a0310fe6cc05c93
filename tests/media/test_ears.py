"""The ears of a worker: who is told what, and when nobody listens any more."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from media.engines.columns import PHASES
from media.engines.ears import Ears
from media.engines.party import Party
from media.engines.protocol import DATAGRAM_SIZE, Complaint, Heard, Record, Recorded, Report, pack
from media.rtp.jitter import FRAME_BYTES
from tests.media.test_wire import Relay

FRAME = b"\x80" * 160  # the loudest of mu-law
LOUD = (32124).to_bytes(2, "little") * 160


class House:
    """Legs of one worker, each of the next phase, and what their ears tell."""

    def __init__(self, legs: int) -> None:
        self.told: list[Report] = []
        self.ears = Ears(self.told.append)
        wires = Relay(0, 0).columns
        self.relays = [Relay(0, 0, wires) for _ in range(legs)]
        self.parties = [
            Party(number, 2 * number, relay.wire, cast(Any, None), 0.0)
            for number, relay in zip(count(1), self.relays, strict=False)
        ]

    def frame(self) -> list[Heard]:
        """20 ms; what was heard in them."""
        self.told.clear()
        for phase in range(PHASES):
            self.ears.tick(phase)
        return [report for report in self.told if isinstance(report, Heard)]


@pytest.fixture
def house() -> Iterator[House]:
    house = House(5)
    yield house
    for party in house.parties:
        house.ears.close(party)
    assert not house.ears


def test_each_leg_listened_to_is_told_of_once_a_frame_and_all_of_a_phase_together(house: House) -> None:
    for party in house.parties:
        house.ears.listen(party, on=True)
    heard = house.frame()
    assert len(heard) == len({party.phase for party in house.parties}) == 2
    assert sorted(leg for report in heard for leg in report.legs) == [1, 2, 3, 4, 5]
    assert all(len(report.audio) == FRAME_BYTES * len(report.legs) for report in heard)


def test_what_a_leg_s_peer_says_is_told_under_its_number(house: House) -> None:
    for party in house.parties:
        house.ears.listen(party, on=True)
    house.relays[2].hear(FRAME)
    frames = [house.frame() for _ in range(3)]
    spoken = {
        (at, leg)
        for at, reports in enumerate(frames)
        for report in reports
        for place, leg in enumerate(report.legs)
        if report.audio[place * FRAME_BYTES :][:FRAME_BYTES] == LOUD
    }
    assert spoken == {(2, 3)}


def test_where_nobody_listens_any_more_packets_are_no_longer_looked_at(house: House, tmp_path: Path) -> None:
    [party, *_] = house.parties
    house.ears.listen(party, on=True)
    house.ears.record(party, Record(party.number, 1, str(tmp_path / "a.wav"), 60, 0))
    house.ears.listen(party, on=False)
    assert party.wire.tap is not None
    assert house.frame() == []
    house.ears.stop_recording(party, 1)
    assert party.wire.tap is None
    assert not house.ears
    house.ears.listen(party, on=False)
    assert not house.ears


def test_only_the_recording_of_that_number_is_stopped(house: House, tmp_path: Path) -> None:
    [party, *_] = house.parties
    house.ears.record(party, Record(party.number, 1, str(tmp_path / "a.wav"), 60, 0))
    house.ears.record(party, Record(party.number, 2, str(tmp_path / "b.wav"), 60, 0))
    house.ears.stop_recording(party, 1)
    house.frame()
    assert house.ears
    house.ears.stop_recording(party, 2)
    assert house.told == [Recorded(party.number, 2, 0.02, "")]


def test_a_recording_that_fails_is_complained_of(house: House, tmp_path: Path) -> None:
    [party, *_] = house.parties
    house.ears.record(party, Record(party.number, 1, str(tmp_path / "none" / "a.wav"), 60, 0))
    house.frame()
    recorded, complaint = house.told
    assert isinstance(recorded, Recorded)
    assert isinstance(complaint, Complaint)
    assert recorded.problem in complaint.text
    assert not house.ears


def test_however_many_are_listened_to_each_message_fits_a_datagram() -> None:
    house = House(1100)
    for party in house.parties:
        house.ears.listen(party, on=True)
    heard = house.frame()
    assert sorted(leg for report in heard for leg in report.legs) == [*range(1, 1101)]
    assert all(len(pack([report])) <= DATAGRAM_SIZE for report in heard)
