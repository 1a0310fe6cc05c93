"""A softphone's audio: one thread that sends 20 ms frames and hears what comes, as raw mu-law."""

import select
import socket
from collections import deque
from collections.abc import Callable, Sequence
from threading import Thread
from time import monotonic  # noqa: TID251 - the softphone is a process of its own, not the switch

import numpy as np
from pyVoIP import RTP

from media.codecs.g711 import FRAME, ULAW_SILENCE, Samples, decode_ulaw, encode_ulaw
from media.rtp import packet
from media.rtp.telephone_event import EventPacket, KeyDetector, press_packets

FRAME_SECONDS = 0.02
PRESS_MS = 100
PAUSE_FRAMES = 5  # between two presses
LONG_PAUSE_FRAMES = 50  # what the key `p` stands for
PCMU, EVENT = 0, 101
LONGEST = 3600 * 8000  # samples kept of one call
MOST_PACKETS = 200  # read in one frame's time, so that a flood cannot stop the sending


class Audio(RTP.RTPClient):
    """pyVoIP's own keeps 8-bit linear audio, takes two threads for each call, and has no keys to send."""

    def __init__(
        self, own: socket.socket, far: tuple[str, int], on_key: Callable[[str], None], event: int = EVENT
    ) -> None:
        assoc: dict[int, RTP.PayloadType] = {PCMU: RTP.PayloadType.PCMU, event: RTP.PayloadType.EVENT}
        near: tuple[str, int] = own.getsockname()
        super().__init__(assoc, *near, *far, RTP.TransmitType.SENDRECV, dtmf=on_key)
        self.sin = self.sout = own
        self._event = event
        self._loop: deque[bytes] = deque([ULAW_SILENCE])
        self._presses: deque[EventPacket | None] = deque()
        self._press_began = 0
        self._heard, self._first = bytearray(), -1
        self._keys = KeyDetector()
        self._thread = Thread(target=self.trans, name="softphone audio", daemon=True)

    def start(self) -> None:
        if not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> None:
        self.NSD = False
        if self._thread.is_alive():
            self._thread.join()
        self.sin.close()

    def repeat(self, samples: Samples) -> None:
        """Send these again and again, from now on; their length is cut to whole frames of 20 ms."""
        codes = encode_ulaw(samples).tobytes()
        frames = [codes[at : at + FRAME] for at in range(0, len(codes) - FRAME + 1, FRAME)]
        self._loop = deque(frames or [ULAW_SILENCE])

    def press(self, keys: str) -> None:
        """As RFC 4733 events, one after the other. Raises ValueError for what is neither key nor `p`."""
        presses: list[Sequence[EventPacket | None]] = [
            [None] * LONG_PAUSE_FRAMES
            if key == "p"
            else [*press_packets(key, PRESS_MS), *[None] * PAUSE_FRAMES]
            for key in keys
        ]
        for press in presses:
            self._presses.extend(press)

    @property
    def pressing(self) -> bool:
        return bool(self._presses)

    def heard(self) -> Samples:
        """Everything, losses filled with silence."""
        return decode_ulaw(np.frombuffer(bytes(self._heard), np.uint8))

    def trans(self) -> None:
        due = monotonic()
        while self.NSD:
            self._send_frame()
            due = max(due + FRAME_SECONDS, monotonic() - 5 * FRAME_SECONDS)
            for _ in range(MOST_PACKETS):
                if not select.select([self.sin], [], [], max(0.0, due - monotonic()))[0]:
                    break
                self._receive()

    def _send_frame(self) -> None:
        self.outSequence += 1
        self.outTimestamp += FRAME
        press = self._presses.popleft() if self._presses else None
        kind, payload, timestamp, marker = PCMU, self._loop[0], self.outTimestamp, False
        self._loop.rotate(-1)
        if press is not None:
            if press.marker:
                self._press_began = timestamp
            kind, payload, timestamp, marker = self._event, press.payload, self._press_began, press.marker
        data = packet.build(kind, self.outSequence, timestamp, self.outSSRC, payload, marker=marker)
        try:
            self.sout.sendto(data, (self.outIP, self.outPort))
        except OSError:
            return  # nobody listens there yet, or no longer

    def _receive(self) -> None:
        try:
            got = packet.parse(self.sin.recv(2048))
        except OSError:
            return  # an earlier packet found nobody
        if got is None:
            return
        if got.payload_type == self._event:
            key = self._keys.hear(got.ssrc, got.timestamp, got.payload)
            if key is not None and self.dtmf is not None:
                self.dtmf(key)
        elif got.payload_type == PCMU:
            self._keep(got.timestamp, got.payload)

    def _keep(self, timestamp: int, payload: bytes) -> None:
        if self._first < 0:
            self._first = timestamp
        at = timestamp - self._first & 0xFFFFFFFF
        if at + len(payload) <= LONGEST:
            self._heard.extend(b"\xff" * (at - len(self._heard)))
            self._heard[at : at + len(payload)] = payload
