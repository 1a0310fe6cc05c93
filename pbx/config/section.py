"""What the tables of dialplan.toml have in common: strictness, names, errors that say what was expected."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A table of dialplan.toml. Values are taken as they are: "30" is no number and 100 is no text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def matching(pattern: str, expected: str) -> AfterValidator:
    """A text that matches all of `pattern`; `expected` says so in words, with an example."""
    regex = re.compile(pattern)

    def check(text: str) -> str:
        if regex.fullmatch(text) is None:
            raise ValueError(f"expected {expected}, found {text[:80]!r}")
        return text

    return AfterValidator(check)


Name: TypeAlias = Annotated[
    str,
    matching(
        r"[A-Za-z0-9*+_-][A-Za-z0-9*+_.-]{0,63}",
        'a name of at most 64 letters, digits and _ - . * +, e.g. "1001"',
    ),
]
Prompt: TypeAlias = Annotated[
    str, matching(r"[a-z0-9][a-z0-9-]{0,62}", 'a prompt\'s name in lower case, e.g. "queue-welcome"')
]
Text: TypeAlias = Annotated[
    str, matching(r"[^\x00-\x1f\x7f]{1,80}", 'a text of 1 to 80 characters on one line, e.g. "Front desk"')
]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=86400)]
