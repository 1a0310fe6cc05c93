"""What a proof finds: a code that never changes, how bad it is, where, a sentence and a fix."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Severity: TypeAlias = Literal["error", "warning", "style"]

_ERRORS = """
not-toml bad-value unknown-name unknown-node undiallable
listener-clash example-password language-twice shared-phone open-door overflow-circle dial-loop
endless-round recursion
unfilled-variable call-value missing-argument missing-result impossible-digits unknown-intent
secret-spoken secret-dialled secret-sent secret-filed secret-to-bot
missing-recording unmade-prompt unspeakable
"""
_WARNINGS = """
weak-password readable-secret
unused-flow unused-queue unused-bot unused-prompt unused-calendar unused-list
unserved-queue agent-without-queue empty-list overflow-back
shadowed-route route-gap route-overlap strange-number undiallable-digits
calendar-overlap calendar-gap calendar-never-open holiday-twice
unreachable-node dead-end silent-round never-returns returns-nowhere
maybe-empty never-filled unused-argument ask-again
impossible-case same-target shadowed-key key-not-offered key-not-there no-person
missing-text one-language mixed-languages same-text
missing-exit missing-phrases same-phrase
timeout-clash
"""
_STYLE = "long-menu long-prompt"

CODES: Mapping[str, Severity] = MappingProxyType(
    {
        **dict.fromkeys(_ERRORS.split(), "error"),
        **dict.fromkeys(_WARNINGS.split(), "warning"),
        **dict.fromkeys(_STYLE.split(), "style"),
    }
)
"""Every code there is. An error keeps some caller from being served, or gives a secret away."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` leads to a place in the document. Message and fix are read as "message; fix"."""

    code: str
    path: Path
    message: str
    fix: str

    @property
    def severity(self) -> Severity:
        return CODES[self.code]

    def __str__(self) -> str:
        return f"{self.message}; {self.fix}"
