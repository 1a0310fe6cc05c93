"""dialplan.toml as people write it; load.py turns it into a Configuration."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from pbx.acd.model import Needs, Requirement, relaxes
from pbx.config.calendar_section import CalendarSection
from pbx.config.listen import parse_listener, parse_port_range
from pbx.config.models import Listener
from pbx.config.section import Name, Seconds, Section, Text
from pbx.config.step_sections import StepSection
from pbx.dialplan.pattern import Match
from pbx.dialplan.rules import Rule, When
from pbx.ivr import fields
from pbx.ivr.matching import matching

_HOLE = re.compile(r"\{[a-z]+\}")


def _without_values(prompt: str | fields.Text) -> str | fields.Text:
    if prompt[0] == "{" if isinstance(prompt, str) else prompt.variables:
        raise ValueError("a queue has no variables to say; write the text out")
    return prompt


def _as_table(key: str) -> BeforeValidator:
    """A text alone may stand for a table with one key."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f'expected an address or a network like "192.0.2.10" or "192.0.2.0/24", found {value!r}'
        ) from None


def _fillable(command: list[str]) -> list[str]:
    holes = {hole for argument in command for hole in _HOLE.findall(argument)}
    if strange := sorted(holes - {"{text}", "{voice}", "{file}"}):
        raise ValueError(f"cannot fill in {strange[0]}; only {{text}}, {{voice}} and {{file}} are known here")
    if "{file}" not in holes:
        raise ValueError("expected {file} among the arguments: it is where the command writes its audio")
    return command


def _ports(value: object) -> tuple[int, int]:
    return parse_port_range(value if isinstance(value, str) else repr(value))


def _known_listener(text: str) -> str:
    parse_listener(text)
    return text


def _readable_pattern(text: str) -> str:
    Match("pattern", text)
    return text


def _readable_prefix(text: str) -> str:
    Match("prefix", text)
    return text


Host: TypeAlias = Annotated[
    str, matching(r"[A-Za-z0-9:.-]{1,253}", 'a host or an address without a port, e.g. "203.0.113.7"')
]
Language: TypeAlias = Annotated[
    str, matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", 'a language like "en", "lv" or "pt-BR"')
]
Realm: TypeAlias = Annotated[
    str, matching(r'[^"\\\x00-\x1f\x7f]{1,80}', 'a realm without quotes, e.g. "clinic.example"')
]
CalendarName: TypeAlias = Annotated[
    str, matching(r"[A-Za-z0-9_.-]{1,64}", 'a calendar\'s name of letters, digits and _ - ., e.g. "office"')
]
WhenText: TypeAlias = Annotated[
    str, matching(r"(not )?[A-Za-z0-9_.-]{1,64}", 'a calendar\'s name, or "not" before it, e.g. "not office"')
]
Network: TypeAlias = Annotated[
    IPv4Network | IPv6Network, PlainValidator(_network), WithJsonSchema({"type": "string"})
]
Ports: TypeAlias = Annotated[
    tuple[int, int],
    PlainValidator(_ports),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,5}-[0-9]{1,5}$"}),
]
Pattern: TypeAlias = Annotated[str, AfterValidator(_readable_pattern)]
Number: TypeAlias = Annotated[
    str, matching(r"[^\s\x00-\x1f\x7f]{1,64}", 'a number as it is dialled, e.g. "100"')
]


Level: TypeAlias = Annotated[int, Field(ge=1, le=10)]
Announcement: TypeAlias = Annotated[fields.Prompt, AfterValidator(_without_values)]
Algorithm: TypeAlias = Literal["MD5", "SHA-256", "SHA-512-256"]


class ListenerSection(Section):
    listen: Annotated[str, AfterValidator(_known_listener)]
    advertise: Host | None = None

    def listener(self) -> Listener:
        return parse_listener(self.listen, self.advertise)


class MediaSection(Section):
    rtp_ports: Ports = (10000, 19999)
    workers: Annotated[int, Field(ge=1, le=256)] | None = None  # None: one for each two processors
    host: Host | None = None
    silence_limit: Annotated[float, Field(ge=0, le=86400)] = 300.0  # 0: for ever


class SecretSection(Section):
    """A secret in the file, or where it is found."""

    text: str | None = None
    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "SecretSection":
        if [self.text, self.env, self.file].count(None) != 2:
            raise ValueError('expected "SECRET", { env = "NAME" } or { file = "path" }; write one of them')
        return self


class AccountSection(Section):
    password: Annotated[SecretSection, _as_table("text")]
    display: Text | None = None


class TrunkSection(Section):
    networks: Annotated[list[Network], Field(min_length=1)]


class ListSection(Section):
    """Numbers of callers, here or in a file with one on each line."""

    numbers: list[Number] = Field(default_factory=list[str])
    file: str | None = None


class SpeechSection(Section):
    """How texts become audio. `command` runs without a shell and writes a WAV file to {file}.

    It finds the text in {text}, or on its standard input where no argument has {text}.
    """

    command: Annotated[list[str], Field(min_length=1), AfterValidator(_fillable)] | None = None
    voices: dict[Language, str] = Field(default_factory=dict[str, str])


class RelaxSection(Section):
    """From then on agents need only these skills."""

    after: Seconds
    skills: dict[Name, Level] = Field(default_factory=dict[str, int])


class QueueSection(Section):
    strategy: Literal["longest_idle", "fewest_calls", "least_talk", "round_robin", "linear", "random"] = (
        "longest_idle"
    )
    ring_time: Annotated[float, Field(ge=3, le=300)] = 15.0
    wrap_up: Annotated[float, Field(ge=0, le=3600)] = 10.0
    maximum_wait: Seconds | None = None
    maximum_length: Annotated[int, Field(ge=1, le=100_000)] | None = None
    maximum_expected_wait: Seconds | None = None
    join_when_empty: bool = True
    leave_when_empty: Literal["never", "signed_out", "paused"] = "never"
    priority_credit: Annotated[float, Field(ge=0, le=86400)] = 60.0
    target: Seconds = 20.0
    weight: Annotated[float, Field(gt=0, le=1000)] = 1.0
    tier: Literal["emergency", "voice"] = "voice"
    skills: dict[Name, Level] = Field(default_factory=dict[str, int])
    relax: list[RelaxSection] = Field(default_factory=list[RelaxSection])
    tier_wait: Annotated[float, Field(ge=0, le=86400)] = 0.0
    reserve: dict[Name, Annotated[int, Field(ge=1, le=10_000)]] = Field(default_factory=dict[str, int])
    music: Name
    hold_music: Name | None = None
    welcome: Announcement | None = None
    announce_position: bool = True
    announce_every: Annotated[float, Field(ge=15, le=3600)] = 60.0
    message: Announcement | None = None
    overflow: StepSection | None = None

    @model_validator(mode="after")
    def _only_relaxes(self) -> "QueueSection":
        if not relaxes(self.requirement()):
            raise ValueError(
                "each step of `relax` comes later and asks for less than the one before; "
                "write e.g. skills = { german = 4 }, relax = [{ after = 30, skills = { german = 2 } }]"
            )
        return self

    def requirement(self) -> Requirement:
        if not self.skills and not self.relax:
            return ()
        steps = [(0.0, self.skills), *((step.after, step.skills) for step in self.relax)]
        return tuple(Needs(after, frozenset(skills.items())) for after, skills in steps)


class AgentSection(Section):
    phone: Name
    queues: list[Name]
    skills: dict[Name, Level] = Field(default_factory=dict[str, int])
    tiers: dict[Name, Annotated[int, Field(ge=1, le=10)]] = Field(default_factory=dict[str, int])
    display: Text | None = None


class RouteSection(Section):
    name: Text | None = None
    number: Number | None = None
    pattern: Pattern | None = None
    prefix: Annotated[str, AfterValidator(_readable_prefix)] | None = None
    public: bool = False
    account: Name | None = None
    trunk: Name | None = None
    caller: Pattern | None = None
    when: WhenText | None = None
    then: StepSection

    @model_validator(mode="after")
    def _one_match_one_audience(self) -> "RouteSection":
        if [self.number, self.pattern, self.prefix].count(None) != 2:
            raise ValueError(
                'expected one of number, pattern and prefix; write e.g. number = "100" or pattern = "10XX"'
            )
        if self.public and (self.account or self.trunk):
            raise ValueError("a public route is for everybody; remove `public`, or `account` and `trunk`")
        return self

    def match(self) -> Match:
        if self.number is not None:
            return Match("number", self.number)
        return (
            Match("pattern", self.pattern) if self.pattern is not None else Match("prefix", self.prefix or "")
        )

    def rule(self, place: str) -> Rule:
        match = self.match()
        return Rule(
            name=self.name or match.text,
            match=match,
            step=self.then.step(),
            place=place,
            public=self.public,
            account=self.account,
            trunk=self.trunk,
            caller=None if self.caller is None else Match("pattern", self.caller),
            when=None if self.when is None else _when(self.when),
        )


def _when(text: str) -> When:
    calendar = text.removeprefix("not ")
    return When(calendar, open=calendar == text)


def _md5() -> list[Algorithm]:
    """What every phone knows; sipp and baresip stumble over an offer of SHA-256."""
    return ["MD5"]


class Document(Section):
    name: Text = "Centrala"
    realm: Realm = "centrala"
    digest: list[Algorithm] = Field(default_factory=_md5, min_length=1)
    languages: Annotated[list[Language], Field(min_length=1)]
    hold_music: Name
    listeners: Annotated[list[Annotated[ListenerSection, _as_table("listen")]], Field(min_length=1)]
    media: MediaSection = MediaSection()
    speech: SpeechSection = SpeechSection()
    accounts: dict[Name, AccountSection] = Field(default_factory=dict[str, AccountSection])
    trunks: dict[Name, TrunkSection] = Field(default_factory=dict[str, TrunkSection])
    queues: dict[Name, QueueSection] = Field(default_factory=dict[str, QueueSection])
    agents: dict[Name, AgentSection] = Field(default_factory=dict[str, AgentSection])
    lists: dict[Name, ListSection] = Field(default_factory=dict[str, ListSection])
    calendars: dict[CalendarName, CalendarSection] = Field(default_factory=dict[str, CalendarSection])
    routes: Annotated[list[RouteSection], Field(min_length=1)]


def keys_at(location: Sequence[str | int], root: type[Section] = Document) -> set[str]:
    """The keys that may be written in the table at a validator's location, union branches included."""
    sections: list[type[Section]] = [root]
    for part in location:
        branch = [section for section in sections if part in get_args(_annotation(section, "do"))]
        fields = [_annotation(section, part) for section in sections if part in section.model_fields]
        sections = branch or [inner for field in fields for inner in _sections_in(field)] or sections
    return {key for section in sections for key in section.model_fields}


def _annotation(section: type[Section], key: str | int) -> Any:
    field = section.model_fields.get(str(key))
    return None if field is None else field.annotation


def _sections_in(annotation: Any) -> list[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [section for inner in get_args(annotation) for section in _sections_in(inner)]
