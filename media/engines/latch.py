"""Whose packets a leg takes for its peer's (symmetric RTP, without RTP bleed or injection)."""

from typing import TypeAlias

Address: TypeAlias = tuple[str, int]

STREAK = 3  # packets in a row before an address other than the described one is believed
ON_TRIAL = 250  # packets (5 s) during which the described address may still take over


class Latch:
    """Believes the described address at once and for good.

    Another address must be on a known host (that of the description or of the signalling), and send several
    packets in a row while the described one is silent. It is on trial at first: whoever only talked
    faster than the described party is put out by that party's first packet.
    """

    __slots__ = ("_candidate", "_hosts", "_run", "_trial", "described", "peer", "sure")

    def __init__(self, described: Address, source: str) -> None:
        self.described = described
        self._hosts = (described[0], source)
        self._candidate: Address | None = None
        self._run = self._trial = 0
        self.peer: Address | None = None
        self.sure = False

    @property
    def target(self) -> Address:
        """Where to send."""
        return self.peer or self.described

    def admits(self, address: Address) -> bool:
        """Hear that a packet came from there: whether it is the peer's."""
        if self.sure:
            return address == self.peer
        if address == self.described:
            self.peer, self.sure = address, True
            return True
        if address[0] not in self._hosts:
            return False
        self._run = self._run + 1 if address == self._candidate else 1
        self._candidate = address
        if address != self.peer:
            if self._run < STREAK:
                return False
            self.peer, self._trial = address, 0
        self._trial += 1
        self.sure = self._trial >= ON_TRIAL
        return True

    def knows_host(self, host: str) -> bool:
        """Whether reports from there are the peer's: they come from another port than its audio."""
        return host == self.target[0]
