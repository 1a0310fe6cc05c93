"""A call and what it may use."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from media.api import MediaEngine, Quality
from pbx.bots.handover import Handover
from pbx.bots.providers import Cast
from pbx.calls.languages import Languages
from pbx.calls.lines import Lines
from pbx.calls.look_up import LookUps
from pbx.calls.queue_desk import QueueDesk
from pbx.calls.sip_leg import CallerLeg, Leg
from pbx.calls.sip_phonebook import Phonebook
from pbx.clock import Clock
from pbx.config.models import Configuration
from pbx.identifiers import IdSource
from pbx.ivr.model import State
from pbx.records.facts import Fact, MediaMeasured
from pbx.records.journal import Journal


@dataclass(frozen=True, slots=True)
class Services:
    """Everything outside a call. Built once in pbx.app; in tests too, over a simulated network."""

    clock: Clock
    ids: IdSource
    journal: Journal
    media: MediaEngine
    phonebook: Phonebook
    desk: QueueDesk
    phone_of: Callable[
        [str], str
    ]  # an agent's account, by the configuration in force, which the desk goes by
    lines: Lines
    languages: Languages
    look_up: LookUps
    messages: Path | None  # where they are kept; without it none are taken
    cast: Cast  # who plays the parts of a bot


@dataclass(slots=True)
class Call:
    """`configuration` is the one that was in force when the call arrived: it stays to the end."""

    id: str
    caller: CallerLeg
    services: Services
    configuration: Configuration
    language: str
    since: float  # when it arrived, on the exchange's clock
    came_from: str = "dialplan"  # what leads to the next queue: the dialplan, or a flow's name
    ended_by: Literal["customer", "agent", "callee", "system"] = "system"  # who hung up first
    doing: str = "arriving"  # for the list of live calls
    state: State | None = None  # in the flow that is running, or ran last
    handover: Handover | None = None  # how the latest conversation with a bot went

    def record(self, fact: Callable[..., Fact], /, **details: Any) -> None:
        """File a fact about this call, dated now."""
        now = self.services.clock.unix_ms()
        self.services.journal.append(fact(at=now, contact=self.id, **details))

    def measure(self, leg: Leg) -> None:
        """See that what this leg's audio was like is filed when it is closed; nothing if there was none."""

        def file(quality: Quality) -> None:
            if quality.sent or quality.received:
                self.record(
                    MediaMeasured,
                    leg=leg.call,
                    sent=quality.sent,
                    received=quality.received,
                    lost=quality.lost,
                    jitter_ms=round(quality.jitter_ms, 3),
                )

        leg.media.when_measured(file)

    def prompt(self, name: str) -> str:
        """The audio that says this in the caller's language."""
        return f"{self.language}/{name}"
