"""The configuration as the rest of the switch sees it: frozen, checked, complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, NamedTuple

from pbx.acd.model import Agent, Queue
from pbx.bots.bot import Bot
from pbx.dialplan.calendar import Calendar
from pbx.dialplan.route import Dialplan
from pbx.dialplan.rules import Rule
from pbx.ivr.flow import Flow
from pbx.ivr.proof.finding import Severity
from pbx.steps import Step


class Problem(NamedTuple):
    """Something wrong in a file, and how to put it right. Lines, and columns of characters, count from 1.

    `code` is one of pbx.ivr.proof.finding.CODES and never changes; the message may.
    """

    file: str
    line: int
    column: int
    message: str
    severity: Severity = "error"
    code: str = "bad-value"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.code}]"


class ConfigErrors(Exception):  # noqa: N818 - it holds all the errors at once
    """Everything that is wrong with a configuration, in the order of the files."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the exchange listens. `advertise` is the host for Via and Contact where it is another one."""

    transport: Literal["udp", "tcp"]
    host: str
    port: int
    advertise: str | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Account:
    """A phone that may register and call. `example`: its password is in every manual, so loopback only."""

    name: str
    password: str = field(repr=False)
    display: str = ""
    example: bool = False


@dataclass(frozen=True, slots=True)
class Trunk:
    """A carrier or gateway, known by the addresses it sends from."""

    name: str
    networks: tuple[IPv4Network | IPv6Network, ...]


class Speech(NamedTuple):
    """What a prompt says, and the language whose voice says it: a Latvian's choice is offered in Latvian."""

    text: str
    voice: str


class Clip(NamedTuple):
    """A piece of speech that calls play by its name. `text` is "" where nobody has written what it says."""

    language: str
    name: str
    text: str
    voice: str

    @property
    def key(self) -> str:
        """Its name in Configuration.audio."""
        return f"{self.language}/{self.name}"


@dataclass(frozen=True, slots=True)
class SpeechPlan:
    """How texts become audio. An empty command is espeak-ng. A language without a voice is its own."""

    command: tuple[str, ...] = ()
    voices: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """A queue for the desk, and what its callers hear. `music` names are keys of Configuration.audio."""

    desk: Queue
    music: str
    hold_music: str  # heard by a caller whom the agent has put on hold
    welcome: str | None = None  # a prompt's name, played once on entry in the caller's language
    announce_position: bool = True
    announce_every: float = 60.0  # seconds between announcements, at least 15
    message: str | None = None  # a prompt's name, played after each position
    overflow: Step | None = (
        None  # what follows waiting enough, a full queue or one without agents; None hangs up
    )


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """An agent for the desk, and the account whose phone rings."""

    desk: Agent
    phone: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One version of dialplan.toml and ivr_flows/. Running calls keep the one they began with."""

    version: str  # 12 hexadecimal digits of a digest of the files' text
    folder: Path  # of dialplan.toml
    name: str
    realm: str
    digest: tuple[str, ...]  # algorithms a phone may prove its password with, in the order offered
    languages: tuple[str, ...]  # the first is the default
    listeners: tuple[Listener, ...]
    rtp_ports: tuple[int, int]  # first and last
    media_workers: int
    media_host: str | None
    silence_limit: float  # seconds without audio after which a call is over; 0 for never
    accounts: Mapping[str, Account]
    trunks: Mapping[str, Trunk]
    queues: Mapping[str, QueuePlan]
    agents: Mapping[str, AgentPlan]
    dialplan: Dialplan
    flows: Mapping[str, Flow]
    bots: Mapping[str, Bot]
    lists: Mapping[str, frozenset[str]]  # callers' numbers, by the list's name
    audio: Mapping[str, Path]  # "en/main-menu" and "music/waiting" -> file
    clips: tuple[Clip, ...] = field(repr=False)  # all that may be said, with audio or without
    speech: SpeechPlan
    hold_music: str
    warnings: tuple[Problem, ...] = ()
    # Every file this was read from, and those beside it that say what callers hear: its path from the
    # dialplan's folder -> its text. The dialplan is the first. Passwords may be among them.
    sources: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.dialplan.rules

    @property
    def texts(self) -> Mapping[str, str]:
        """What clips say, by their names in `audio`, where that is known."""
        return {clip.key: clip.text for clip in self.clips if clip.text}

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        return self.dialplan.calendars
