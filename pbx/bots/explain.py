"""What pydantic finds wrong with a bot's file, in an administrator's words."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pbx.ivr.flow import FlowError

_EXPECTED = {
    "string_type": 'a text: write it in "quotes"',
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "float_type": "a number, without quotes",
    "tuple_type": 'a list: ["one", "two"]',
    "dict_type": "a table: { ... }",
    "mapping_type": "a table: { ... }",
    "dataclass_type": "a table: { ... }",
    "literal_error": "%(expected)s",
    "too_short": "at least %(min_length)d; add one",
    "too_long": "at most %(max_length)d; take some away",
    "greater_than": "more than %(gt)g; write a larger number",
    "greater_than_equal": "at least %(ge)g; write a larger number",
    "less_than_equal": "at most %(le)g; write a smaller number",
    "string_too_long": "at most %(max_length)d characters; shorten it",
    "string_too_short": "at least one character",
}


def explained(error: Mapping[str, Any], keys: Iterable[str]) -> FlowError:
    """One of ValidationError.errors(); `keys` are those its table knows."""
    path = tuple(part for part in error["loc"] if part != "[key]")
    last = str(path[-1]) if path else ""
    match error["type"]:
        case "missing":
            return FlowError(path[:-1], f"expected the key {last!r}; add {last} = ...")
        case "unexpected_keyword_argument":
            return FlowError(path, f"unknown key {last!r}; {nearest(last, keys)}", "unknown-name")
        case "value_error":
            return FlowError(path, str(error["ctx"]["error"]))
        case kind if kind in _EXPECTED:
            return FlowError(path, f"expected {_EXPECTED[kind] % error.get('ctx', {})}")
        case kind:
            return FlowError(path, f"expected something else: {kind}")


def nearest(word: str, known: Iterable[str]) -> str:
    """A fix for a name that is not known."""
    names = list(known)
    close = get_close_matches(word, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"write one of {', '.join(names[:12])}" if names else "there are none; remove it"
