"""How one leg's incoming RTP is faring: losses and jitter as RFC 3550 A.1, A.3 and A.8 count them."""

from media.rtp.rtcp import ReportBlock, SenderInfo, middle

_MAX_DROPOUT = 3000  # packets a gap may span before it is taken for a restart
_MAX_MISORDER = 100
_NOWHERE = -1


class Receiver:
    """One source at a time; totals go on over changes of source and restarts.

    Feed every packet to `update`, or to `count` where the timestamp does not say when it was sent: events.
    Packets that each simply follow the one before may go to `follow`, and then to `catch_up` as a whole.
    """

    __slots__ = (
        "_arrival",
        "_base",
        "_delay_from",
        "_earlier_expected",
        "_earlier_received",
        "_expected_at_report",
        "_highest",
        "_is_first",
        "_jitter16",
        "_last_sr",
        "_received",
        "_received_at_report",
        "_resume_at",
        "_samples",
        "_timestamp",
        "ssrc",
    )

    def __init__(self) -> None:
        self.ssrc: int | None = None
        self._earlier_expected = self._earlier_received = 0
        self._last_sr = 0
        self._delay_from = 0.0
        self._begin(0)

    def start(self, ssrc: int, sequence: int) -> None:
        """A new source speaks: `sequence` is of its first packet, which is then given to `update` as well."""
        self._earlier_expected += self._expected()
        self._earlier_received += self._received
        if ssrc != self.ssrc:
            self._last_sr = 0
        self.ssrc = ssrc
        self._begin(sequence)

    def _begin(self, sequence: int) -> None:
        self._base = sequence
        self._highest = sequence - 1
        self._received = 0
        self._resume_at = _NOWHERE
        self._is_first = True  # to have been timed
        self._arrival = self._timestamp = self._samples = self._jitter16 = 0
        self._expected_at_report = self._received_at_report = 0

    def update(self, sequence: int, timestamp: int, arrival: int, samples: int = 160) -> None:
        """Count a packet that came at `arrival`, in timestamp units of any origin (8,000 a second)."""
        if not self.count(sequence):
            return
        if not self._is_first:
            change = arrival - self._arrival - (timestamp - self._timestamp)
            change = (change + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            self._jitter16 += (change if change >= 0 else -change) - (self._jitter16 + 8 >> 4)
        self._arrival, self._timestamp, self._samples, self._is_first = arrival, timestamp, samples, False

    def follow(self, arrival: int) -> None:
        """Take a packet's part in the jitter: it came at `arrival`, after one of as many samples."""
        change = arrival - self._arrival - self._samples
        self._arrival = arrival
        self._jitter16 += (change if change >= 0 else -change) - (self._jitter16 + 8 >> 4)

    def catch_up(self, packets: int, samples: int) -> None:
        """Count as many packets as `follow` was told of, with so many samples together."""
        self._highest += packets
        self._received += packets
        self._timestamp = self._timestamp + samples & 0xFFFFFFFF

    def count(self, sequence: int) -> bool:
        """Count a packet; False for a first one after a jump, which may be a stray (RFC 3550 A.1)."""
        step = sequence - self._highest & 0xFFFF
        if step < _MAX_DROPOUT:
            self._highest += step
        elif step <= 0x10000 - _MAX_MISORDER:
            if sequence != self._resume_at:
                self._resume_at = sequence + 1 & 0xFFFF
                return False
            if self.ssrc is not None:
                self.start(self.ssrc, sequence)
            self._highest = sequence
        self._received += 1
        return True

    def heard_report(self, sender: SenderInfo, now: float) -> None:
        """The source's sender report came in at `now` seconds."""
        self._last_sr = middle(sender.ntp)
        self._delay_from = now

    def report(self, now: float) -> ReportBlock | None:
        """How the source is heard, with the fraction lost since the last call; None before there is one."""
        if self.ssrc is None:
            return None
        expected, received = self._expected(), self._received
        expected_now = expected - self._expected_at_report
        lost_now = expected_now - (received - self._received_at_report)
        self._expected_at_report, self._received_at_report = expected, received
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=lost_now * 256 // expected_now if lost_now > 0 else 0,
            lost=max(-0x800000, min(0x7FFFFF, expected - received)),
            highest=self._highest & 0xFFFFFFFF,
            jitter=self._jitter16 >> 4,
            last_sr=self._last_sr,
            delay=int((now - self._delay_from) * 65536) & 0xFFFFFFFF if self._last_sr else 0,
        )

    @property
    def received(self) -> int:
        """Packets of all sources so far."""
        return self._earlier_received + self._received

    @property
    def lost(self) -> int:
        """Packets of all sources that never came; not below zero, whatever came twice."""
        return max(0, self._earlier_expected + self._expected() - self.received)

    @property
    def jitter_ms(self) -> float:
        """Of the present source, at 8,000 timestamp units a second."""
        return self._jitter16 / 16 / 8

    def _expected(self) -> int:
        return self._highest - self._base + 1
