"""A TOML file: what it says, and where it says it."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from pbx.config.locate import Places, locate
from pbx.config.models import ConfigErrors, Problem

_AT = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)\Z")

_DEEPEST = 32  # levels; a dotted key is read without recursion, so its depth has no other limit
_TOO_DEEP = "nested too deeply; write less within one another"


class TomlFile(NamedTuple):
    name: str  # as the reader knows it
    text: str
    document: dict[str, Any]
    places: Places

    @property
    def stem(self) -> str:
        """The file's name without its folder and suffix: a flow's name."""
        return Path(self.name).stem

    def at_value(self, path: Iterable[str | int], message: str) -> Problem:
        return Problem(self.name, *self.places.of_value(path), message)

    def at_key(self, path: Iterable[str | int], message: str) -> Problem:
        return Problem(self.name, *self.places.of_key(path), message)


def read(path: Path) -> TomlFile:
    """Raises ConfigErrors with the one thing that keeps it from being read."""
    name = str(path)
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(name, 1, 1, f"cannot be read: {reason}; check the path and its permissions") from None
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode()
        raise _refused(name, *_end(good), "expected UTF-8; save the file in that encoding") from None
    return parse(name, text)


def parse(name: str, text: str) -> TomlFile:
    """Raises ConfigErrors with the first syntax error."""
    text = text.replace("\r\n", "\n")
    try:
        file = TomlFile(name, text, tomllib.loads(text), locate(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT.search(message)
        line, column = (int(found[1]), int(found[2])) if found and found[1] else _end(text)
        raise _refused(name, line, column, f"not TOML: {_AT.sub('', message)}") from None
    except RecursionError:
        raise _refused(name, 1, 1, _TOO_DEEP) from None
    except ValueError as error:  # tomllib lets int() and datetime() speak for themselves
        raise _refused(name, 1, 1, f"a value is out of range: {error}") from None
    deepest = max(file.places.values, key=len)
    if len(deepest) > _DEEPEST:
        raise ConfigErrors((file.at_key(deepest, _TOO_DEEP),))
    return file


def _end(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _refused(name: str, line: int, column: int, message: str) -> ConfigErrors:
    return ConfigErrors((Problem(name, line, column, message),))
