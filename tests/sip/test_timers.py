"""The heap that every timer waits in."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.timers import NEVER, Alarms, Timers


class Thing:
    def __init__(self, deadline: float | None = None) -> None:
        self.deadline = deadline
        self.alarm_at = NEVER


def test_the_intervals_are_those_of_table_4():
    timers = Timers()
    assert timers.give_up == 32
    assert [timers.retransmit(n) for n in range(6)] == [0.5, 1, 2, 4, 4, 4]
    assert [timers.resend_invite(n) for n in range(6)] == [0.5, 1, 2, 4, 8, 16]


def test_a_deadline_moved_later_rings_once_at_the_later_time():
    alarms, thing = Alarms[Thing](), Thing(1.0)
    alarms.set(thing)
    thing.deadline = 2.0
    alarms.set(thing)
    assert list(alarms.due(1.5)) == []
    assert alarms.deadline == 2.0
    assert list(alarms.due(2.0)) == [thing]


def test_a_deadline_moved_earlier_rings_once():
    alarms, thing = Alarms[Thing](), Thing(5.0)
    alarms.set(thing)
    thing.deadline = 1.0
    alarms.set(thing)
    for rung in alarms.due(1.0):
        rung.deadline = None
    assert list(alarms.due(9.0)) == []
    assert alarms.deadline is None


def test_the_dead_are_swept_out():
    alarms = Alarms[Thing]()
    for n in range(5000):
        thing = Thing(1000.0 + n)
        alarms.set(thing)
        thing.deadline = None
    assert len(alarms) <= 256


def test_what_was_swept_out_can_wait_again():
    alarms = Alarms[Thing]()
    things = [Thing(1000.0) for _ in range(200)]
    for thing in things:
        alarms.set(thing)
        thing.deadline = None
    for _ in range(100):
        alarms.set(Thing(2000.0))  # sweeps
    things[0].deadline = 1500.0
    alarms.set(things[0])
    assert list(alarms.due(1500.0)) == [things[0]]


Move = tuple[int, float | None]
MOVES = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(1, 9).map(float))), min_size=1, max_size=30
)


@given(moves=MOVES, sweep_at=st.integers(1, 6))
@settings(max_examples=150)
def test_everything_rings_exactly_at_its_last_deadline(moves: list[Move], sweep_at: int):
    alarms, things = Alarms[Thing](), [Thing() for _ in range(4)]
    alarms._sweep_at = sweep_at  # pyright: ignore[reportPrivateUsage] - so that small examples sweep
    for step, (index, deadline) in enumerate(moves):
        things[index].deadline = deadline
        alarms.set(things[index])
        if step % 5 == 4:
            for thing in alarms.due(float(step // 5)):
                assert thing.deadline is not None
                assert thing.deadline <= step // 5
                thing.deadline = None
    for now in range(10):
        waiting = [thing.deadline for thing in things if thing.deadline is not None]
        assert not waiting or (alarms.deadline is not None and alarms.deadline <= min(waiting))
        expected = [thing for thing in things if thing.deadline is not None and thing.deadline <= now]
        rung = list(alarms.due(float(now)))
        assert len(rung) == len(expected)
        assert set(map(id, rung)) == set(map(id, expected))
        for thing in rung:
            thing.deadline = None
