"""What may be written in a flow's keys: names, prompts, limits. Every message says what was expected."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")
CALL_VALUES = ("caller", "dialled", "identity", "language")  # what every call knows of itself


def _as_names(value: object) -> object:
    """One name may be written without its list."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _has_words(prompts: tuple[str, ...]) -> tuple[str, ...]:
    if all(PLACEHOLDER.fullmatch(prompt) for prompt in prompts):
        raise ValueError("a question needs at least one prompt besides {variables}")
    return prompts


def _like(pattern: str, expected: str) -> AfterValidator:
    whole = re.compile(pattern)

    def check(text: str) -> str:
        if not whole.fullmatch(text):
            raise ValueError(f"expected {expected}, not {text!r}")
        return text

    return AfterValidator(check)


NodeName: TypeAlias = Annotated[str, _like(r"[A-Za-z0-9_-]{1,64}", "a node's name: letters, digits, - and _")]
Name: TypeAlias = Annotated[str, _like(r"[^\s]{1,64}", "a name of at most 64 characters without spaces")]
VariableName: TypeAlias = Annotated[
    str, _like(r"[a-z][a-z0-9_]{0,31}", "a variable's name: small letters, digits and _")
]
Key: TypeAlias = Annotated[str, _like(r"[0-9*#A-D]", "a key of the phone: 0-9, *, # or A-D")]
Terminator: TypeAlias = Annotated[str, _like(r"[0-9*#A-D]?", 'a key of the phone, or "" for none')]
Prompt: TypeAlias = Annotated[
    str,
    _like(
        r"[a-z0-9][a-z0-9-]{0,62}|\{[a-z][a-z0-9_]{0,31}\}",
        "a prompt's name (small letters, digits and -) or {variable}",
    ),
]
Prompts: TypeAlias = Annotated[
    tuple[Prompt, ...], BeforeValidator(_as_names), Field(min_length=1, max_length=20)
]
Question: TypeAlias = Annotated[Prompts, AfterValidator(_has_words)]
Endpoints: TypeAlias = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=256)], ...],
    BeforeValidator(_as_names),
    Field(min_length=1, max_length=20),
]
Seconds: TypeAlias = Annotated[float, Field(strict=True, gt=0, le=600)]
Attempts: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=10)]
Digits: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=32)]
