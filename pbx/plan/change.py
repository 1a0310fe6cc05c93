"""One thing that a new configuration changes, in words."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

Verb: TypeAlias = Literal["added", "removed", "moved", "changed"]


class Change(NamedTuple):
    """`subject` is what it is about, e.g. `queue support`; `details` say what about it, a line each."""

    subject: str
    verb: Verb
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.verb == "changed" and len(self.details) == 1:
            return f"{self.subject}: {self.details[0]}"
        return "\n  ".join((f"{self.subject} {self.verb}", *self.details))

    def in_short(self) -> str:
        """On one line."""
        if self.verb != "changed" or not self.details:
            return f"{self.subject} {self.verb}"
        first, *others = self.details
        return f"{self.subject}: {first}" + (f" (and {len(others)} more)" if others else "")


def in_one_line(changes: Sequence[Change]) -> str:
    """The first, and how many more there are."""
    if not changes:
        return "comments and layout"
    more = f"; {len(changes) - 1} more" if len(changes) > 1 else ""
    return f"{changes[0].in_short()}{more}"
