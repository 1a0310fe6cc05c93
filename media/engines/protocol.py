"""What the switch and a media worker say to each other: small named tuples, many to a datagram."""

import marshal
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias, get_args

MESSAGES_AT_ONCE = 32
DATAGRAM_SIZE = 1 << 17
CLIPS_AT_ONCE = 500  # names in one play: what keeps a full batch within DATAGRAM_SIZE


class Configure(NamedTuple):
    """First of all. Ports first to last inclusive; `silence` in seconds, 0 for no limit."""

    host: str
    first_port: int
    last_port: int
    silence: float


class Load(NamedTuple):
    """Make the clip in this file known by this number."""

    clip: int
    path: str


class Claim(NamedTuple):
    """This port is out of stock: a leg has been promised it."""

    port: int


class Settle(NamedTuple):
    """Open the leg on this claimed port, or change it. Absent numbers are -1, an absent host is empty."""

    leg: int
    port: int
    host: str
    remote_port: int
    rtcp_host: str
    rtcp_port: int
    source: str
    payload_type: int
    alaw: bool
    event_type: int
    sends: bool
    receives: bool
    held: bool
    mux: bool


class Play(NamedTuple):
    leg: int
    play: int
    clips: tuple[int, ...]
    repeat: bool


class Speak(NamedTuple):
    """Go on, or begin, with this play: `audio` is whole frames of 16-bit PCM. `last`: no more will come."""

    leg: int
    play: int
    audio: bytes
    last: bool


class Stop(NamedTuple):
    """Stop this play, unless a later one has taken over."""

    leg: int
    play: int


class Echo(NamedTuple):
    leg: int
    on: bool


class Bridge(NamedTuple):
    """`music` is heard by either while the other holds; -1 for none."""

    one: int
    other: int
    music: int


class Unbridge(NamedTuple):
    one: int
    other: int


class SendKey(NamedTuple):
    leg: int
    key: str
    milliseconds: int


class Listen(NamedTuple):
    """Tell, or tell no more, what the leg's peer says."""

    leg: int
    on: bool


class Record(NamedTuple):
    """Into the WAV file at `path`, for `most` seconds or until `silence` seconds of that (0: whatever)."""

    leg: int
    recording: int
    path: str
    most: float
    silence: float


class StopRecording(NamedTuple):
    leg: int
    recording: int


class Close(NamedTuple):
    """Give the port back, whether or not the leg was ever settled; answered by a final Measured."""

    leg: int
    port: int


class Ready(NamedTuple):
    """These ports are bound and may be used at once."""

    ports: tuple[int, ...]


class Exhausted(NamedTuple):
    """No more ports can be bound at present."""


class Played(NamedTuple):
    leg: int
    play: int


class Said(NamedTuple):
    """So many more frames of what was spoken have been sent."""

    leg: int
    play: int
    frames: int


class Heard(NamedTuple):
    """A frame of PCM of each of these legs' peers, one after another."""

    legs: tuple[int, ...]
    audio: bytes


class Recorded(NamedTuple):
    """The recording is over; `problem` is empty if nothing went wrong."""

    leg: int
    recording: int
    seconds: float
    problem: str


class Pressed(NamedTuple):
    leg: int
    key: str


class Silent(NamedTuple):
    """The leg's peer has sent nothing for too long."""

    leg: int


class Measured(NamedTuple):
    """A leg's quality; a negative round trip is an unknown one. `final` once the leg is closed."""

    leg: int
    sent: int
    received: int
    lost: int
    jitter_ms: float
    round_trip_ms: float
    final: bool


class Beat(NamedTuple):
    """Still alive. CPU seconds since the start; packets dropped as foreign or as nothing we could use."""

    cpu: float
    legs: int
    foreign: int
    garbage: int


class Complaint(NamedTuple):
    """Something for the log."""

    text: str


Command: TypeAlias = (
    Configure
    | Load
    | Claim
    | Settle
    | Play
    | Speak
    | Stop
    | Listen
    | Record
    | StopRecording
    | Echo
    | Bridge
    | Unbridge
    | SendKey
    | Close
)
Report: TypeAlias = (
    Ready | Exhausted | Played | Said | Heard | Recorded | Pressed | Silent | Measured | Beat | Complaint
)

_COMMANDS: tuple[type[Command], ...] = get_args(Command)
_REPORTS: tuple[type[Report], ...] = get_args(Report)
_NUMBERS = {kind: number for kinds in (_COMMANDS, _REPORTS) for number, kind in enumerate(kinds)}


def pack(messages: Iterable[Command] | Iterable[Report]) -> bytes:
    """One datagram. Both ends are the same program on the same machine, so marshal will do."""
    return marshal.dumps([(_NUMBERS[type(message)], *message) for message in messages])


def unpack_commands(datagram: bytes | bytearray | memoryview) -> list[Command]:
    return [_COMMANDS[number](*fields) for number, *fields in marshal.loads(datagram)]  # noqa: S302 - our own


def unpack_reports(datagram: bytes | bytearray | memoryview) -> list[Report]:
    return [_REPORTS[number](*fields) for number, *fields in marshal.loads(datagram)]  # noqa: S302 - our own
