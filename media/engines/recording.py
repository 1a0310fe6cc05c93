"""What one leg's peer says, on its way into a file."""

from pathlib import Path

from media.audio.voice import VoiceActivity
from media.audio.wav import WavFile
from media.engines.protocol import Record, Recorded
from media.rtp.jitter import FRAME_BYTES

_FRAMES = 50  # in a second
_AT_ONCE = _FRAMES // 2 * FRAME_BYTES  # written: few and small, as a write keeps every leg waiting


class Recording:
    """Is `over` when it is long enough, when the peer has been silent for long enough, or on a fault."""

    def __init__(self, order: Record) -> None:
        self._order = order
        self._most = max(1, round(order.most * _FRAMES))
        self._patience = round(order.silence * _FRAMES)
        self._voice = VoiceActivity() if order.silence else None
        self._frames = self._quiet = 0
        self._unwritten = bytearray()
        self._file: WavFile | None = None
        self._problem = ""
        try:
            self._file = WavFile(Path(order.path))
        except OSError as problem:
            self._fail(problem)

    @property
    def number(self) -> int:
        return self._order.recording

    @property
    def over(self) -> bool:
        tired = self._voice is not None and self._quiet >= self._patience
        return bool(self._problem) or tired or self._frames >= self._most

    def hear(self, frame: bytes) -> None:
        """20 ms of PCM; not once it is over."""
        if self._voice is not None:
            self._voice.hear(frame)
            self._quiet = 0 if self._voice.speaking else self._quiet + 1
        self._frames += 1
        self._unwritten += frame
        if len(self._unwritten) >= _AT_ONCE:
            self._write()

    def close(self) -> Recorded:
        """Write the rest; what came of it."""
        seconds = 0.0
        if self._file is not None:
            self._write()
            seconds = self._file.seconds
            self._file.close()
        return Recorded(self._order.leg, self.number, seconds, self._problem)

    def _write(self) -> None:
        if self._file is None or self._problem:
            return
        try:
            self._file.write(bytes(self._unwritten))
        except OSError as problem:
            self._fail(problem)
        self._unwritten.clear()

    def _fail(self, problem: OSError) -> None:
        self._problem = f"{self._order.path}: {problem.strerror or problem}"
