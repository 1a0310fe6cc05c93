"""What may be written in a flow's keys: names, prompts, limits. Every message says what was expected."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema
from pydantic_core.core_schema import is_instance_schema

from pbx.ivr.key_pattern import KeyPattern, parse_key_pattern
from pbx.ivr.matching import matching
from pbx.ivr.speech.template import Template, parse_template, variables

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")
CALL_VALUES = ("caller", "dialled", "identity", "language")  # what every call knows of itself
SQL_PARAMETER = re.compile(r"(?<![:\w]):([a-z][a-z0-9_]{0,31})")
SQL_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")  # what is quoted has no parameters

_NAMED_OR_VARIABLE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}|\{[a-z][a-z0-9_]{0,31}\}")
_LIKE_A_NAME = re.compile(r"[\w./\\-]*[\w/\\-]")  # a slip more likely than a text
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
LONGEST_TEXT = 1000  # characters of one prompt's text
LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Text:
    """A prompt written out in each language. "" is the configuration's first language, whichever it is."""

    said: Mapping[str, Template]
    variables: tuple[str, ...]  # every one that is spoken

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        """Made by `_prompt` alone: pydantic need not look inside."""
        return is_instance_schema(cls)


def _as_names(value: object) -> object:
    """One name may be written without its list."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _as_prompts(value: object) -> object:
    """One prompt may be written without its list."""
    return (value,) if isinstance(value, dict) else _as_names(value)  # pyright: ignore[reportUnknownVariableType]


def _prompt(value: object) -> "str | Text":
    match value:
        case str() if _NAMED_OR_VARIABLE.fullmatch(value):
            return value
        case str() if _LIKE_A_NAME.fullmatch(value):
            raise ValueError(
                f"expected a prompt's name (small letters, digits and -) or a text, found {value!r}; "
                "a text has several words, or ends with a mark"
            )
        case str():
            return _text({"": value})
        case dict() if value:
            return _text(value)  # pyright: ignore[reportUnknownArgumentType] - whatever TOML holds
        case _:
            raise ValueError(
                f'expected a prompt: a name, a text, or {{ en = "...", lv = "..." }}, found {value!r}'
            )


def _text(table: Mapping[object, object]) -> Text:
    said: dict[str, Template] = {}
    for language, text in table.items():
        if not isinstance(language, str) or (language and not _LANGUAGE.fullmatch(language)):
            raise ValueError(f'expected a language like "en", found {language!r}')
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"expected what is said in {language or 'words'}, found {text!r}; write a text")
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"at most {LONGEST_TEXT} characters; make two prompts of it")
        said[language] = parse_template(text)
    spoken = (variable for template in said.values() for variable in variables(template))
    return Text(said, tuple(dict.fromkeys(spoken)))


def _has_words(prompts: "tuple[str | Text, ...]") -> "tuple[str | Text, ...]":
    if all(isinstance(prompt, str) and PLACEHOLDER.fullmatch(prompt) for prompt in prompts):
        raise ValueError("a question needs at least one prompt besides {variables}")
    return prompts


def _keys_like(value: object) -> KeyPattern:
    if not isinstance(value, str):
        raise ValueError(f'expected a pattern of keys like "[1-9][0-9]{{5}}", found {value!r}')  # noqa: TRY004 - pydantic wants ValueError
    return parse_key_pattern(value)


def _url(text: str) -> str:
    """The host must not depend on what a caller enters: only the path and the query may."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f'expected an address like "https://crm.example/customers/{{id}}", found {text!r}')
    if "{" in parts.netloc or "{" in parts.scheme:
        raise ValueError("the host is written out: variables may stand in the path and in the query only")
    if parts.username is not None or parts.fragment:
        raise ValueError("no user and no fragment in an address: use token = { env = ... }")
    if not text.isprintable() or " " in text:
        raise ValueError("no spaces in an address: write %20")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"{parts.netloc!r} has no such port: write 1 to 65535") from None
    return text


NodeName: TypeAlias = Annotated[
    str, matching(r"[A-Za-z0-9_-]{1,64}", "a node's name: letters, digits, - and _")
]
Name: TypeAlias = Annotated[str, matching(r"[^\s]{1,64}", "a name of at most 64 characters without spaces")]
VariableName: TypeAlias = Annotated[
    str, matching(r"[a-z][a-z0-9_]{0,31}", "a variable's name: small letters, digits and _")
]
Key: TypeAlias = Annotated[str, matching(r"[0-9*#A-D]", "a key of the phone: 0-9, *, # or A-D")]
Terminator: TypeAlias = Annotated[str, matching(r"[0-9*#A-D]?", 'a key of the phone, or "" for none')]
KeySet: TypeAlias = Annotated[
    str, matching(r"[0-9*#A-D]{0,16}", 'keys of the phone like "#", or "" for none')
]
ScoreKeys: TypeAlias = Annotated[str, matching(r"[0-9]{1,10}", 'the keys that are scores, like "12345"')]
KeysLike: TypeAlias = Annotated[KeyPattern, PlainValidator(_keys_like), WithJsonSchema({"type": "string"})]
Prompt: TypeAlias = Annotated[
    str | Text,
    PlainValidator(_prompt),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": f"^{_LANGUAGE.pattern}$"},
                    "additionalProperties": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
                },
            ]
        }
    ),
]
Prompts: TypeAlias = Annotated[
    tuple[Prompt, ...], BeforeValidator(_as_prompts), Field(min_length=1, max_length=20)
]
Question: TypeAlias = Annotated[Prompts, AfterValidator(_has_words)]
Endpoints: TypeAlias = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=256)], ...],
    BeforeValidator(_as_names),
    Field(min_length=1, max_length=20),
]
ValueText: TypeAlias = Annotated[str, Field(max_length=256)]  # "{variable}" in it stands for a value
Url: TypeAlias = Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_url)]
EnvironmentName: TypeAlias = Annotated[
    str, matching(r"[A-Za-z_][A-Za-z0-9_]{0,63}", 'the name of an environment variable, like "CRM_TOKEN"')
]
FilePath: TypeAlias = Annotated[str, matching(r"[^\x00-\x1f\x7f]{1,500}", "the path of a file")]
Sql: TypeAlias = Annotated[str, Field(min_length=1, max_length=4000)]
DottedPath: TypeAlias = Annotated[
    str,
    matching(
        r"[^\s.]{1,64}(\.[^\s.]{1,64}){0,7}", 'a path into the answer like "account.balance", or a column'
    ),
]
Seconds: TypeAlias = Annotated[float, Field(strict=True, gt=0, le=600)]
Attempts: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=10)]
Digits: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=32)]
