"""What the switch asks of a media engine, and all that it may know about one.

Signalling and media never call each other: session descriptions pass between them as text.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

RINGING = "tone/ringing"
"""A clip that is always prepared: the ringing tone, 425 Hz, one second in five (ITU-T E.180)."""


class NoCommonCodec(Exception):  # noqa: N818 - named as the fact it states
    """Nothing in the peer's description can be spoken here; the message says what was missing (488)."""


class MediaUnavailable(Exception):  # noqa: N818
    """No port or worker can be had now: the call cannot be served (503)."""


class NotRecorded(OSError):  # noqa: N818
    """The file cannot be written, or not further: no folder, no right, no space. What was written stays."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What one leg's audio was like (RFC 3550 6.4). Counts are packets, times milliseconds."""

    sent: int = 0
    received: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    round_trip_ms: float | None = None


class MediaSession(Protocol):
    """The audio of one leg: one port, one SSRC, one unbroken timestamp line.

    Sound as bytes is 16-bit little-endian mono PCM at 8 kHz; a frame is 20 ms of it, 320 bytes. Of `play`,
    `beep` and `speak` the latest is heard, and the one before returns; all of them wait until the session is
    settled, as `record` does. `listen` and `record` hear the peer whatever it hears itself.
    """

    def offer(self) -> str:
        """Describe what we can do, to put in an INVITE or in the 200 to an INVITE without an offer."""
        ...

    def answer(self, offer: str, source: str) -> str:
        """Settle on something both can do and start. Raises NoCommonCodec, and then keeps what was before.

        `source` is the address the signalling came from: audio is only ever taken from there or from the
        address in the description. Also answers a re-INVITE: hold, resume, a new address (RFC 3264 8).
        """
        ...

    def accept(self, answer: str, source: str) -> None:
        """Take the peer's answer to our latest offer. Raises NoCommonCodec."""
        ...

    @property
    def held(self) -> bool:
        """The peer has put us on hold: its latest description is sendonly, inactive or 0.0.0.0."""
        ...

    async def play(self, audio: Sequence[str], *, repeat: bool = False) -> None:
        """Return once these prompts have been sent one after another; cancel to stop within one frame.

        Names are those of `MediaEngine.prepare`. With `repeat`, starts again for ever.
        """
        ...

    async def beep(self) -> None:
        """Return once 0.2 s of 1 kHz have been sent."""
        ...

    async def speak(self, audio: AsyncIterator[bytes]) -> None:
        """Send chunks of any size as they come, at the pace of speech; return once all was sent.

        Reads at most a second ahead of what is heard; where `audio` is late there is silence, and the last
        frame is filled up with it. Cancel to stop within one frame: what was read ahead is not sent. When a
        later `play` or `speak` takes over, returns at the next chunk or at the end of `audio`.
        """
        ...

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The peer's voice while the block lasts: a frame every 20 ms, silence where nothing came.

        Frames begin once the session is settled, some 50 ms behind the peer's lips, and end with its loss.
        Two seconds are kept for a slow reader, then the oldest are dropped. Any number may listen.
        """
        ...

    async def record(self, path: Path, *, most: float, silence: float | None = None) -> float:
        """Write what the peer says to a WAV file; return the seconds of sound in it.

        Ends after `most` seconds, or once the peer has said nothing for `silence` seconds (they are in the
        file, too), or by cancellation, which returns when the file is complete. It is a valid file, at most
        half a second short, whatever is killed meanwhile. What was in it before is lost; a new one may be
        read by its owner only. Raises NotRecorded, and ValueError while another recording of this leg lasts.
        """
        ...

    async def key(self) -> str:
        """The next key pressed (0-9, *, #, A-D), each press once; earlier ones wait in a bounded buffer."""
        ...

    def press(self, key: str, milliseconds: int = 100) -> None:
        """A key that arrived by signalling (INFO): goes where the leg's RFC 4733 keys go."""
        ...

    def forget_keys(self) -> None:
        """Empty the type-ahead buffer."""
        ...

    def when_lost(self, watcher: Callable[[], None] | None) -> None:
        """Call `watcher`, the latest one given, when the leg can carry no audio: at once if so already.

        Its worker died, or the peer fell silent for too long.
        """
        ...

    def when_measured(self, watcher: Callable[[Quality], None]) -> None:
        """Call `watcher` once with the final figures, soon after the session's block is left."""
        ...


class MediaEngine(Protocol):
    def session(self, beside: MediaSession | None = None) -> AbstractAsyncContextManager[MediaSession]:
        """A session whose port is released on leaving the block. Raises MediaUnavailable.

        Sessions that may be bridged are opened beside each other.
        """
        ...

    def bridge(
        self, one: MediaSession, other: MediaSession, *, hold_music: str | None = None
    ) -> AbstractAsyncContextManager[None]:
        """Each hears the other for as long as the block lasts; while one holds, the other hears music."""
        ...

    def echo(self, session: MediaSession) -> AbstractAsyncContextManager[None]:
        """The peer hears itself for as long as the block lasts."""
        ...

    async def prepare(self, audio: Mapping[str, Path]) -> None:
        """Load and encode these files under these names, beside those loaded before. Raises ValueError naming
        the first file that cannot be read as audio."""
        ...

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
