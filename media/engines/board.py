"""The switchboard of one worker: its legs, and what each of them hears."""

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from heapq import heappop, heappush
from pathlib import Path
from typing import TypeAlias, assert_never

from media.description.negotiate import UNSPECIFIED
from media.engines.arena import Arena
from media.engines.columns import PHASES, Columns, Line
from media.engines.ears import Ears
from media.engines.latch import Address
from media.engines.party import Party
from media.engines.poll import Poll
from media.engines.ports import Ports
from media.engines.programme import Programme
from media.engines.protocol import (
    Bridge,
    Claim,
    Close,
    Command,
    Complaint,
    Configure,
    Echo,
    Exhausted,
    Listen,
    Load,
    Measured,
    Play,
    Played,
    Pressed,
    Ready,
    Record,
    Report,
    Said,
    SendKey,
    Settle,
    Silent,
    Speak,
    Stop,
    StopRecording,
    Unbridge,
)
from media.engines.reports import Reports
from media.engines.speech import Speech
from media.engines.wire import Counts, Wire
from media.rtp.telephone_event import press_packets

ToLeg: TypeAlias = Play | Speak | Stop | Listen | Record | StopRecording | Echo | SendKey

_UNITS = 8000  # of time as packets are stamped, in a second
_PRESSES_KEPT = 32 * 40  # packets waiting to be sent as keys: far more than anybody types ahead
_PAUSE = (None,) * 5  # frames of silence between two keys


class Board:
    """Obeys commands, serves ticks, and tells what happens. `now` is monotonic seconds throughout."""

    def __init__(
        self, configured: Configure, poll: Poll, tell: Callable[[Report], None], wall: Callable[[], float]
    ) -> None:
        self._poll, self._tell, self._wall = poll, tell, wall
        self._silence = configured.silence
        self._ports = Ports(configured.host, configured.first_port, configured.last_port)
        self._exhausted = False
        self._arena = Arena()
        self.columns = Columns(self._arena)
        self.counts = Counts()
        self.parties: dict[int, Party] = {}
        self._by_line: dict[Line, Party] = {}
        self._ears = Ears(tell)
        self._by_hand: set[Party] = set()  # those who send keys or speech, packet by packet
        self._reports_due: list[tuple[float, int]] = []

    @property
    def playing(self) -> bool:
        """Something is due at one of the next ticks."""
        return bool(self._by_hand or self._ears) or self.columns.playing

    def obey(self, command: Command, now: float) -> None:
        match command:
            case Load(clip, path):
                self._arena.load(clip, Path(path))
            case Claim(port):
                self._ports.claim(port)
            case Settle():
                self._settle(command, now)
            case Bridge(one, other, music):
                self._bridge(one, other, music)
            case Unbridge(one, other):
                self._unbridge(one, other)
            case Close(leg, port):
                self._close(leg, port, now)
            case Play() | Speak() | Stop() | Listen() | Record() | StopRecording() | Echo() | SendKey():
                party = self.parties.get(command.leg)
                if party is not None:
                    self._direct(party, command)
            case Configure():
                raise ValueError("configured twice")
            case _:
                assert_never(command)

    def tick(self) -> None:
        """Serve the next quarter of the legs."""
        phase = self.columns.tick % PHASES
        ended = [party for party in self._by_hand if party.phase == phase and self._send_by_hand(party)]
        for line in self.columns.serve():
            self._clip_ended(self._by_line[line])
        for party in ended:  # only now, as this frame's packet has been sent
            self._arrange(party)
        self._ears.tick(phase)

    def replenish(self, now: float) -> None:
        """Keep ports in stock."""
        if not self._ports.low:
            return
        bound = self._ports.bind_more(now)
        if bound:
            self._tell(Ready(bound))
        elif self._ports.empty and not self._exhausted:
            self._tell(Exhausted())
        self._exhausted = self._ports.empty

    def send_reports(self, now: float) -> None:
        """RTCP of the legs whose time has come."""
        while self._reports_due and self._reports_due[0][0] <= now:
            number = heappop(self._reports_due)[1]
            party = self.parties.get(number)
            if party is not None:
                party.send_report(self._wall())
                self._tell(party.measure(final=False))
                heappush(self._reports_due, (now + party.reports.next_interval(), number))

    def find_silent(self, now: float) -> None:
        """Tell, once, of every leg that ought to speak and has not for too long."""
        if not self._silence:
            return
        for party in self.parties.values():
            received, settled = party.wire.receiver.received, party.wire.settled
            if received != party.heard or settled.held or not settled.receives:
                party.heard, party.heard_at = received, now
            elif now - party.heard_at >= self._silence and not party.fell_silent:
                party.fell_silent = True
                self._tell(Silent(party.number))

    def skip_backlog(self, now: float) -> None:
        """This process stood still: what has piled up meanwhile is heard by nobody."""
        for party in self.parties.values():
            party.wire.skip_backlog(int(now * _UNITS))

    def close(self, now: float) -> None:
        for party in list(self.parties.values()):
            self._close(party.number, party.port, now)
        self._ports.close()

    # What wires tell

    def pressed(self, wire: Wire, key: str) -> None:
        self._tell(Pressed(self._by_line[wire.line].number, key))

    def latched(self, wire: Wire) -> None:
        party = self._by_line[wire.line]
        host, port = wire.latch.target
        if wire.latch.target != wire.latch.described:
            party.reports.target = (host, port if wire.settled.mux else port + 1)
        self._arrange(party)

    def parted(self, udp: socket.socket) -> None:
        self._poll.forget(udp)
        udp.close()

    def reported(self, wire: Wire, datagram: bytes) -> None:
        self.counts.garbage += not self._by_line[wire.line].hear_report(datagram, self._wall())

    def _take_report(self, party: Party, now: int) -> None:
        datagram, address = party.reports.rtcp.recvfrom(2048)
        if not party.wire.latch.knows_host(address[0]):
            self.counts.foreign += 1
        elif party.hear_report(datagram, self._wall()):
            party.reports.target = address[:2]
        else:
            self.counts.garbage += 1

    # Commands

    def _direct(self, party: Party, command: ToLeg) -> None:
        match command:
            case Listen(_, on):
                self._ears.listen(party, on=on)
            case Record():
                self._ears.record(party, command)
            case StopRecording(_, recording):
                self._ears.stop_recording(party, recording)
            case _:
                self._direct_sound(party, command)
                self._arrange(party)

    def _direct_sound(self, party: Party, command: Play | Speak | Stop | Echo | SendKey) -> None:
        match command:
            case Play(_, play, clips, repeat):
                alaw = party.wire.settled.alaw
                party.programme = Programme(play, clips, self._arena, alaw=alaw, repeat=repeat)
            case Speak(_, play, audio, last):
                speech = party.programme
                if not isinstance(speech, Speech) or speech.play != play:
                    speech = party.programme = Speech(play)
                speech.add(audio, last=last)
            case Stop(_, play):
                if party.programme is not None and party.programme.play == play:
                    party.programme = None
            case Echo(_, on):
                if on or party.source is party:
                    self._listen(party, party if on else None)
            case SendKey(_, key, milliseconds):
                can = party.wire.settled.event_type >= 0 and party.wire.settled.sends
                if can and len(party.presses) < _PRESSES_KEPT:
                    party.presses.extend([*press_packets(key, milliseconds), *_PAUSE])
            case _:
                assert_never(command)

    def _settle(self, settled: Settle, now: float) -> None:
        party = self.parties.get(settled.leg)
        try:
            party = self._open(settled, now) if party is None else self._change(party, settled)
        except (KeyError, OSError) as problem:
            self._tell(Complaint(f"port {settled.port} cannot be used: {problem!r}"))
            self._tell(Silent(settled.leg))
            return
        party.heard_at = now
        self._arrange(party)
        if party.source is not None:
            self._arrange(party.source)

    def _open(self, settled: Settle, now: float) -> Party:
        rtp, rtcp = self._ports.take(settled.port)
        ssrc = secrets.randbits(32)
        line = self.columns.open(ssrc, secrets.randbits(16), secrets.randbits(32))
        wire = Wire(rtp, settled, line, self, self.counts)
        reports = Reports(rtcp, ssrc, _rtcp_target(settled))
        party = Party(settled.leg, settled.port, wire, reports, now)
        self.parties[settled.leg] = self._by_line[line] = party
        self._poll.watch(rtcp, partial(self._take_report, party))
        heappush(self._reports_due, (now + reports.next_interval(), settled.leg))
        return party

    def _change(self, party: Party, settled: Settle) -> Party:
        wire, before = party.wire, party.wire.settled
        wire.settle(settled)
        described = (settled.host, settled.remote_port)
        if described != wire.latch.described and settled.host not in UNSPECIFIED:
            party.reports.target = _rtcp_target(settled)
            if wire.mouth is not None:
                self.parted(wire.mouth)
            if wire.latch.sure:
                self.parted(wire.rtp)
                wire.use(self._ports.rebind(party.port))
            else:
                wire.use(wire.rtp)
        if settled.alaw != before.alaw:
            self._recode(party, alaw=settled.alaw)
        return party

    def _recode(self, party: Party, *, alaw: bool) -> None:
        self._run(party, None)
        for programme in (party.programme, party.hold):
            if isinstance(programme, Programme):
                programme.recode(self._arena, alaw=alaw)

    def _bridge(self, one: int, other: int, music: int) -> None:
        first, second = self.parties.get(one), self.parties.get(other)
        if first is not None and second is not None:
            first.music = second.music = music
            self._listen(first, second)
            self._listen(second, first)

    def _unbridge(self, one: int, other: int) -> None:
        first, second = self.parties.get(one), self.parties.get(other)
        if first is not None and second is not None and first.source is second:
            self._listen(first, None)
            self._listen(second, None)

    def _listen(self, party: Party, source: Party | None) -> None:
        if party.source is not None:
            party.source.wire.feed(None, relaying=False)
            self._watch(party.source)
        party.source = source
        self._arrange(party)

    def _close(self, leg: int, port: int, now: float) -> None:
        party = self.parties.pop(leg, None)
        if party is not None:
            if party.source is not None:
                self._listen(party.source, None)
                self._listen(party, None)
            self._ears.close(party)
            party.send_report(self._wall(), goodbye=True)
            self._tell(party.measure(final=True))
            self._by_hand.discard(party)
            self._run(party, None)
            del self._by_line[party.wire.line]
            for udp in (party.wire.rtp, party.wire.mouth, party.reports.rtcp):
                if udp is not None:
                    self.parted(udp)
        else:
            self._tell(Measured(leg, 0, 0, 0, 0.0, -1.0, final=True))
        self._ports.put_back(port, now)

    # What a leg hears

    def _arrange(self, party: Party) -> None:
        """Put on its line what it is to hear now: the one place where that is decided."""
        wire, source = party.wire, party.source
        wire.aim()
        held = source is not None and source is not party and source.wire.settled.held
        if not held or party.music < 0:
            party.hold = None
        elif party.hold is None:
            alaw = wire.settled.alaw
            party.hold = Programme(None, (party.music,), self._arena, alaw=alaw, repeat=True)
        current = None if party.presses else party.programme or party.hold
        if source is not None:
            relaying = current is None and not party.presses and wire.settled.sends
            source.wire.feed(wire, relaying=relaying)
            self._watch(source)
        by_hand = bool(party.presses) or isinstance(current, Speech)
        (self._by_hand.add if by_hand else self._by_hand.discard)(party)
        self._run(party, current if isinstance(current, Programme) else None)
        self._watch(party)

    def _run(self, party: Party, programme: Programme | None) -> None:
        """Take what runs off the air, keeping its place, and put this on."""
        line = party.wire.line
        if programme is party.running:
            return
        if party.running is not None:
            party.running.left = line.stop()
        if programme is not None:
            self._open_mouth(party.wire)
            line.start(programme.left)
        party.running = programme

    def _open_mouth(self, wire: Wire) -> None:
        """Much is about to be sent to a peer that may stay silent."""
        if wire.mouth is None and wire.latch.peer is None and wire.settled.sends:
            with suppress(OSError):  # the peer cannot be reached now: it is sent to all the same
                wire.mouth = self._ports.double(wire.rtp, wire.latch.described)
                wire.aim()

    def _clip_ended(self, party: Party) -> None:
        programme = party.running
        assert programme is not None
        if programme.advance():
            party.wire.line.start(programme.left, marker=False)
            return
        party.wire.line.stop()
        party.running = party.programme = None
        if programme.play is not None:
            self._tell(Played(party.number, programme.play))
        self._arrange(party)

    def _send_by_hand(self, party: Party) -> bool:
        """The next packet of the keys waiting to be sent, or of speech; whether it was the last."""
        speech = party.programme
        if party.presses:
            party.send_press()
            return not party.presses
        if not isinstance(speech, Speech):
            return True
        party.say(speech)
        if said := speech.said():
            self._tell(Said(party.number, speech.play, said))
        if speech.over:
            party.programme = None
            self._tell(Played(party.number, speech.play))
        return speech.over

    def _watch(self, party: Party) -> None:
        for udp, take in party.wire.takes:
            self._poll.watch(udp, take)


def _rtcp_target(settled: Settle) -> Address | None:
    return (settled.rtcp_host, settled.rtcp_port) if settled.rtcp_host else None
