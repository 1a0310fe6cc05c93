"""What the tables of dialplan.toml have in common: strictness, names, errors that say what was expected."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from pbx.ivr.matching import matching


class Section(BaseModel):
    """A table of dialplan.toml. Values are taken as they are: "30" is no number and 100 is no text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Name: TypeAlias = Annotated[
    str,
    matching(
        r"[A-Za-z0-9*+_-][A-Za-z0-9*+_.-]{0,63}",
        'a name of at most 64 letters, digits and _ - . * +, e.g. "1001"',
    ),
]
Text: TypeAlias = Annotated[
    str, matching(r"[^\x00-\x1f\x7f]{1,80}", 'a text of 1 to 80 characters on one line, e.g. "Front desk"')
]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=86400)]
