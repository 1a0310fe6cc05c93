"""Validation errors in an administrator's words: what was expected, what was found, and a fix."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pbx.config.document import Document, keys_at
from pbx.config.models import Problem
from pbx.config.section import Section
from pbx.config.step_sections import step_names
from pbx.config.toml_file import TomlFile

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_KINDS = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list in [brackets]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": 'a table like { do = "echo" }',
    "date_type": "a date like 2026-12-24, without quotes",
}
_WRITTEN = {
    **dict.fromkeys(("int_type", "float_type", "bool_type", "date_type"), "write it without quotes"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "write { ... }"),
    "list_type": "write [ ... ]",
}


def problems(file: TomlFile, error: ValidationError, root: type[Section] = Document) -> list[Problem]:
    """Each error at its place: an unknown or bad key at the key, the rest at the value. `root` is the whole
    document's section."""
    found: list[Problem] = []
    for detail in error.errors():
        loc, text = detail["loc"], _sentence(detail, root)
        at_key = detail["type"] == "extra_forbidden" or "[key]" in loc
        parts = [part for part in loc if part != "[key]"]
        if detail["type"] == "missing":
            parts.pop()
        found.append(file.at_key(parts, text) if at_key else file.at_value(parts, text))
    return found


def _sentence(detail: "ErrorDetails", root: type[Section]) -> str:
    last, context = detail["loc"][-1] if detail["loc"] else "", detail.get("ctx", {})
    match detail["type"]:
        case "value_error":
            return str(context["error"])
        case "missing":
            return f"`{last}` is missing; add {last} = ..."
        case "extra_forbidden":
            known = keys_at(detail["loc"][:-1], root)
            fix = nearest(str(last), known) or f"known here: {', '.join(sorted(known))}"
            return f"unknown key `{last}`; {fix}"
        case "union_tag_not_found":
            return f'a step says what to do; add do = "...", one of {", ".join(step_names())}'
        case "union_tag_invalid":
            return _unknown_step(str(context["tag"]))
        case "literal_error":
            return f"expected {context['expected']}, found {_found(detail)}; write one of them"
        case "too_short" | "string_too_short":
            return f"expected at least {context.get('min_length')}, found fewer; add one"
        case "too_long" | "string_too_long":
            return f"expected at most {context.get('max_length')}, found more; remove some"
        case kind if kind in _KINDS:
            return f"expected {_KINDS[kind]}, found {_found(detail)}; {_rewritten(detail)}"
        case _:
            message = detail["msg"].replace("Input should be", "expected a number")
            return f"{message}, found {_found(detail)}; change it"


def _unknown_step(name: str) -> str:
    fix = nearest(name, step_names()) or f"write one of {', '.join(step_names())}"
    return f"no step is called {name!r}; {fix}"


def _found(detail: "ErrorDetails") -> str:
    """The value itself, unless it may be a secret."""
    if "password" in detail["loc"]:
        return "something else"
    value = detail["input"]
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _rewritten(detail: "ErrorDetails") -> str:
    """The fix for a value of another type."""
    if detail["type"] != "string_type":
        return _WRITTEN[detail["type"]]
    number = type(detail["input"]) in (int, float) and "password" not in detail["loc"]
    return f'write "{detail["input"]}"' if number else "write it in quotes"


def nearest(word: str, known: Iterable[str]) -> str:
    """ "did you mean ...?", or nothing if nothing is near."""
    close = get_close_matches(word, sorted(known), n=1)
    return f"did you mean `{close[0]}`?" if close else ""
