"""A TOML file: what it says, and where it says it."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pbx.config.locate import Places, locate
from pbx.config.models import ConfigErrors, Problem
from pbx.ivr.proof.finding import CODES, Finding

_AT = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)\Z")

LARGEST = 4 * 2**20  # bytes of a file that is read whole
_DEEPEST = 32  # levels; a dotted key is read without recursion, so its depth has no other limit
_TOO_DEEP = "nested too deeply; write less within one another"


@dataclass(frozen=True)
class TomlFile:
    name: str  # as the reader knows it
    text: str
    document: dict[str, Any]

    @cached_property
    def places(self) -> Places:
        """Worked out when first asked for: a file that is in order never is."""
        return locate(self.text)

    @cached_property
    def stem(self) -> str:
        """The file's name without its folder and suffix: a flow's name."""
        return Path(self.name).stem

    def at_value(self, path: Iterable[str | int], message: str, code: str = "bad-value") -> Problem:
        return Problem(self.name, *self.places.of_value(path), message, CODES[code], code)

    def at_key(self, path: Iterable[str | int], message: str, code: str = "bad-value") -> Problem:
        return Problem(self.name, *self.places.of_key(path), message, CODES[code], code)

    def found(self, finding: Finding) -> Problem:
        return self.at_value(finding.path, str(finding), finding.code)


def read_bounded(path: Path) -> bytes:
    """The whole of an ordinary file of at most LARGEST bytes. Raises OSError."""
    if not path.is_file() and path.exists():
        raise OSError(0, "not an ordinary file")
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OSError(0, f"larger than {LARGEST // 2**20} MiB")
    return data


def read(path: Path) -> TomlFile:
    """Raises ConfigErrors with the one thing that keeps it from being read."""
    name = str(path)
    try:
        text = read_bounded(path).decode("utf-8-sig")
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
        file = TomlFile(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT.search(message)
        line, column = (int(found[1]), int(found[2])) if found and found[1] else _end(text)
        raise _refused(name, line, column, f"not TOML: {_AT.sub('', message)}; correct it there") from None
    except RecursionError:
        raise _refused(name, 1, 1, _TOO_DEEP) from None
    except ValueError:  # tomllib lets int() and datetime() speak for themselves
        raise _refused(name, 1, 1, "a value is out of range; write a smaller one") from None
    if _is_deeper(file.document, _DEEPEST):
        raise ConfigErrors((file.at_key(max(file.places.values, key=len), _TOO_DEEP, "not-toml"),))
    return file


def _is_deeper(document: dict[str, Any], levels: int) -> bool:
    level: list[Any] = [document]
    for _ in range(levels):
        inner: list[Any] = []
        for table in level:
            inner += table.values() if type(table) is dict else table
        level = [value for value in inner if type(value) in (dict, list)]
        if not level:
            return False
    return True


def _end(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _refused(name: str, line: int, column: int, message: str) -> ConfigErrors:
    return ConfigErrors((Problem(name, line, column, message, "error", "not-toml"),))
