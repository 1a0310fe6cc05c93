"""What strangers can do to a running exchange: cost it a little time, and nothing else."""

import random
import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.exchange.callers import callers
from bench.exchange.configuration import write_configuration
from bench.exchange.process import Running, answers, exchange, memory
from pbx.log import LINES_A_SECOND
from tests.operation import stranger

pytestmark = pytest.mark.interop
RTP = (32800, 33998)
GROWTH = 20 * 1024  # KiB
LOGGERS = 3  # that a stranger can make write
CONNECTIONS = 100  # that one address may have
MESSAGE_WITHIN = 5.0  # seconds, over TCP


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder = tmp_path_factory.mktemp("limits")
    with exchange(write_configuration(folder / "exchange", accounts=10), folder / "data", rtp=RTP) as one:
        yield one


@pytest.fixture(autouse=True)
def log_stays_short(running: Running) -> Generator[None]:
    """Every test: no fault, and no more lines than the flood filter lets through."""
    began, before = time.monotonic(), len(running.log.read_text())
    yield
    said, seconds = running.log.read_text()[before:], time.monotonic() - began
    assert "Traceback" not in said
    assert said.count("\n") <= LOGGERS * LINES_A_SECOND * (seconds + 1)
    assert len(said) <= 500 * said.count("\n")


def test_a_flood_of_wrong_passwords_admits_nobody_holds_no_memory_and_an_honest_call_gets_through(
    running: Running, tmp_path: Path
):
    messages = stranger.wrong_passwords(running.port, 4000)
    stranger.flood(running.port, messages[:1000], a_second=1000)
    before = memory(running.pid)
    with callers(tmp_path, "honest", running.port, "1005", count=10, rate=5, hold=1.0) as honest:
        statuses = stranger.flood(running.port, messages[1000:], a_second=1000)
        assert honest.finish(10)
    assert honest.over() == {f"honest-{n}" for n in range(1, 11)}
    assert set(statuses) <= {"401", "403", "503"}
    assert statuses["401"] + statuses["403"] > 2000
    assert memory(running.pid) - before < GROWTH


def test_garbage_of_every_size_is_dropped_and_not_kept(running: Running):
    dice = random.Random(4)
    message = stranger.options(1)
    garbage = [dice.randbytes(dice.choice((1, 40, 1400, 60_000))) for _ in range(500)]
    cut = [message[: dice.randrange(len(message))] for _ in range(500)]
    bent = [_bent(message, dice) for _ in range(500)]
    before = memory(running.pid)
    stranger.flood(running.port, [*garbage, *cut, *bent], a_second=1500)
    stranger.flood(running.port, [b"OPTIONS " + bytes(60_000)] * 2000, a_second=2000)
    assert answers(running.port, within=5) < 5
    assert memory(running.pid) - before < GROWTH


def _bent(message: bytes, dice: random.Random) -> bytes:
    broken = bytearray(message)
    for _ in range(5):
        broken[dice.randrange(len(broken))] = dice.randrange(256)
    return bytes(broken)


def test_one_address_may_open_so_many_tcp_connections_and_others_are_served_beside_them(running: Running):
    with ExitStack() as stack:
        hoard = [stack.enter_context(stranger.connect(running.port)) for _ in range(CONNECTIONS + 10)]
        served = [stranger.is_served(connection, number) for number, connection in enumerate(hoard)]
        assert served == [True] * CONNECTIONS + [False] * 10
        other = stack.enter_context(stranger.connect(running.port, "127.0.0.2"))
        assert stranger.is_served(other, 1000)
    assert answers(running.port, within=5) < 5


def test_a_message_that_trickles_in_over_tcp_is_cut_off_at_its_deadline(running: Running):
    with stranger.connect(running.port) as slow, stranger.connect(running.port) as quick:
        suffered = stranger.seconds_until_closed(slow, stranger.options(2) * 10, 0.2, MESSAGE_WITHIN + 5)
        assert MESSAGE_WITHIN - 1 < suffered < MESSAGE_WITHIN + 3
        assert stranger.is_served(quick, 3)
