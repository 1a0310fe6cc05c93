"""Texts that must look like something: checked by pydantic, and shown to editors by the JSON Schema."""

import re
from dataclasses import dataclass

from pydantic import AfterValidator


@dataclass(frozen=True, slots=True)
class Matches:
    """Lets a text pass that matches all of `pattern`; `expected` says so in words, with an example."""

    pattern: re.Pattern[str]
    expected: str

    def __call__(self, text: str) -> str:
        if self.pattern.fullmatch(text) is None:
            raise ValueError(f"expected {self.expected}, found {text[:80]!r}")
        return text


def matching(pattern: str, expected: str) -> AfterValidator:
    """Raises ValueError, and re.error for a pattern that is none."""
    return AfterValidator(Matches(re.compile(pattern), expected))
