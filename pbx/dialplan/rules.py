"""One line of the dialplan: who dials what and when, and what then happens."""

from dataclasses import dataclass
from datetime import datetime

from pbx.dialplan.pattern import Match
from pbx.sip.outputs import Identity, Standing
from pbx.steps import Step

ANY = "any"  # as `account` or `trunk`: every one of them


@dataclass(frozen=True, slots=True)
class When:
    """A calendar, and whether it must be open or closed."""

    calendar: str
    open: bool = True

    def __str__(self) -> str:
        return self.calendar if self.open else f"not {self.calendar}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A route. Without `public`, `account` or `trunk` it serves every account of ours and nobody else.

    A trunk's callers are strangers of the telephone network, so a route that serves them says so.
    """

    name: str
    match: Match
    step: Step
    place: str = ""  # "dialplan.toml:120", for people
    public: bool = False
    account: str | None = None  # a name, or ANY
    trunk: str | None = None  # a name, or ANY
    caller: Match | None = None  # of the calling number, which only an account's phone cannot choose freely
    when: When | None = None

    def admits(self, identity: Identity) -> bool:
        match identity.standing:
            case Standing.ACCOUNT:
                ours = self.account is None and self.trunk is None
                return self.public or ours or self.account in (ANY, identity.name)
            case Standing.TRUNK:
                return self.public or self.trunk in (ANY, identity.name)
            case Standing.STRANGER:
                return self.public


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call as it comes in. `at` carries a time zone."""

    dialled: str
    caller: str
    identity: Identity
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """The call's first step, with {dialled} and {rest} filled in, and the rule that said so."""

    step: Step
    rule: Rule
