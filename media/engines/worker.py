"""A media worker: one process, one thread, one loop; `python -m media.engines.worker DESCRIPTOR`."""

import gc
import resource
import signal
import socket
import sys
import time

from media.engines.board import Board
from media.engines.columns import PHASES
from media.engines.poll import Poll
from media.engines.protocol import (
    DATAGRAM_SIZE,
    MESSAGES_AT_ONCE,
    Beat,
    Command,
    Complaint,
    Configure,
    Heard,
    Measured,
    Report,
    pack,
    unpack_commands,
)

_UNITS = 8000  # of time as packets are stamped, in a second
_TICK = 0.020 / PHASES
_STOOD_STILL = 0.060  # seconds: one jitter buffer; what is later than that is not made up for
_HOUSEKEEPING = 0.050
_TELL_WITHIN = 0.050  # seconds that figures may wait for company
_CROWD = 50  # packets in one housekeeping's time from which it pays to let them gather
_GATHER = 0.002  # seconds: waking for each packet would cost more than passing it on
_BEATS = 5  # housekeepings to a heartbeat
_READY_AT_ONCE = 256
_OUTBOX_KEPT = 10_000
_COMPLAINTS_APART = 1.0


class Worker:
    """The loop. Ends when the switch's end of the control socket is closed."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._outbox: list[Report] = []
        self._poll = Poll()
        self._datagram = bytearray(DATAGRAM_SIZE)
        anchor = time.time() - time.monotonic()
        configured, *commands = unpack_commands(control.recv(DATAGRAM_SIZE))
        assert isinstance(configured, Configure)
        self._board = Board(configured, self._poll, self._tell, lambda: anchor + time.monotonic())
        self._over = self._obeyed = self._urgent = self._crowded = False
        self._taken = 0  # packets since the last housekeeping
        self._complained = 0.0
        self._obey_all(commands)

    def run(self) -> None:
        self._control.settimeout(0)
        self._poll.watch(self._control, self._obey)
        board, columns = self._board, self._board.columns
        begun = wake = housekeeping = tell = time.monotonic()
        rounds, playing = 0, False
        while not self._over:
            now = time.monotonic()
            due = int((now - begun) / _TICK) - columns.tick + 1
            if now > wake + _STOOD_STILL:
                columns.skip(due)
                board.skip_backlog(now)
            elif playing:
                for _ in range(due):
                    board.tick()
            else:
                columns.skip(due)
            if now >= housekeeping:
                housekeeping = now + _HOUSEKEEPING
                rounds += 1
                self._keep_house(now, beat=rounds % _BEATS == 1)
            if self._outbox and (self._urgent or now >= tell):
                self._flush()
                self._urgent = False
                tell = now + _TELL_WITHIN
            playing = board.playing
            wake = min(housekeeping, begun + columns.tick * _TICK) if playing else housekeeping
            self._carry_until(wake)
        board.close(time.monotonic())

    def _carry_until(self, wake: float) -> None:
        """Take packets as they come, until it is time for something else or there is something to tell."""
        wait, takers, clock = self._poll.wait, self._poll.takers, time.monotonic
        self._obeyed = False
        now = clock()
        while now < wake and not self._urgent and not self._obeyed:
            if self._crowded:
                time.sleep(min(_GATHER, wake - now))
                now = min(clock(), wake)
            ready = wait(wake - now, _READY_AT_ONCE)
            self._taken += len(ready)
            now = clock()
            units = int(now * _UNITS)
            for descriptor, _ in ready:
                take = takers[descriptor]
                if take is None:
                    continue  # closed by a command in this very batch
                try:
                    take(units)
                except OSError:
                    pass  # the peer's host refuses our packets, or nothing was there after all
                except Exception as problem:  # noqa: BLE001 - one bad packet costs no more than itself
                    self._complain(problem)

    def _obey(self, now: int) -> None:
        self._obeyed = True
        size = self._control.recv_into(self._datagram)
        if size == 0:
            self._over = True
            return
        self._obey_all(unpack_commands(memoryview(self._datagram)[:size]))
        self._board.replenish(time.monotonic())

    def _obey_all(self, commands: list[Command]) -> None:
        now = time.monotonic()
        for command in commands:
            try:
                self._board.obey(command, now)
            except Exception as problem:  # noqa: BLE001 - one bad command costs no more than itself
                self._complain(problem)

    def _keep_house(self, now: float, *, beat: bool) -> None:
        board = self._board
        self._crowded, self._taken = self._taken > _CROWD, 0
        board.replenish(now)
        board.send_reports(now)
        if beat:
            board.find_silent(now)
            counts = board.counts
            self._outbox.append(Beat(time.process_time(), len(board.parties), counts.foreign, counts.garbage))

    def _tell(self, report: Report) -> None:
        """What nobody waits for goes with the next that somebody does: each message wakes the switch."""
        if isinstance(report, Heard):
            self._pass_sound(report)
            return
        self._outbox.append(report)
        self._urgent = self._urgent or not isinstance(report, Measured)

    def _pass_sound(self, heard: Heard) -> None:
        """In a datagram of its own, as it may be large; a switch too busy for it needs no late sound."""
        try:
            self._control.send(pack([heard]))
        except BlockingIOError:
            pass
        except OSError:
            self._over = True

    def _flush(self) -> None:
        """Tell the switch; what it cannot take now waits, up to a bound."""
        try:
            while self._outbox:
                self._control.send(pack(self._outbox[:MESSAGES_AT_ONCE]))
                del self._outbox[:MESSAGES_AT_ONCE]
        except BlockingIOError:
            del self._outbox[:-_OUTBOX_KEPT]
        except OSError:
            self._over = True

    def _complain(self, problem: Exception) -> None:
        now = time.monotonic()
        self._board.counts.garbage += 1
        if now - self._complained >= _COMPLAINTS_APART:
            self._complained = now
            self._outbox.append(Complaint(f"{type(problem).__name__}: {problem}"[:200]))


def main(descriptor: int) -> None:
    for everybodys in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(everybodys, signal.SIG_IGN)  # sent to all; the switch decides
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    worker = Worker(socket.socket(fileno=descriptor))
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection takes longer than a frame; the loop makes no cycles
    worker.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
