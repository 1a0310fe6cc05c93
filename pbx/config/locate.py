"""Where in a TOML text each key and value stands, so that an error can point at it."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

Path = tuple[str | int, ...]

DEEPEST = 64  # parts of one dotted key; each is a place, so that their number would count twice

_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\r\n,]+|#[^\n]*)*")  # elements
_BARE_KEY = re.compile(r"[^ \t=.\]]*")
_PLAIN = re.compile(r"[^,\]}#\r\n]*")  # a number, a date, true or false


class Place(NamedTuple):
    """Both from 1; columns count characters."""

    line: int
    column: int


class Places(NamedTuple):
    """By path from the top of the document: where the key stands, and the value.

    A table's header and an array's element are both.
    """

    keys: Mapping[Path, Place]
    values: Mapping[Path, Place]

    def of_value(self, wanted: Iterable[str | int]) -> Place:
        return self.values[self._nearest(tuple(wanted))]

    def of_key(self, wanted: Iterable[str | int]) -> Place:
        return self.keys[self._nearest(tuple(wanted))]

    def _nearest(self, wanted: Path) -> Path:
        """The longest known path whose parts occur in `wanted` in order, preferring one that ends alike.

        A validator's location also names the branch of a union it took, which is nowhere in the text.
        """
        if wanted in self.values:
            return wanted
        known: set[Path] = {()}
        for part in wanted:
            known |= {(*path, part) for path in known if (*path, part) in self.values}
        return max(known, key=lambda path: (path[-1:] == wanted[-1:], len(path)))


def locate(text: str) -> Places:
    """`text` must be good TOML 1.0 (read it with tomllib first)."""
    scanner = _Scanner(text)
    scanner.document()
    return Places(scanner.keys, scanner.values)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._line, self._line_starts_at, self._counted_to = 1, 0, 0
        self._array_sizes: dict[Path, int] = {}  # of arrays written as [[table]]
        self.keys: dict[Path, Place] = {(): Place(1, 1)}
        self.values: dict[Path, Place] = {(): Place(1, 1)}

    def document(self) -> None:
        table: Path = ()
        while self._skip_blank():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        place = self._place()
        double = self._text.startswith("[[", self._at)
        self._at += 2 if double else 1
        names = self._dotted_key()
        self._at = self._text.index("]", self._at) + (2 if double else 1)
        table: Path = ()
        for depth, name in enumerate(names):
            table = (*table, name)
            if double and depth == len(names) - 1:
                self._array_sizes[table] = self._array_sizes.get(table, 0) + 1
            self._note(table, place, place, weakly=True)
            if table in self._array_sizes:
                table = (*table, self._array_sizes[table] - 1)
        self._note(table, place, place)
        return table

    def _pair(self, table: Path) -> None:
        """key = value, also inside an inline table."""
        place = self._place()
        names = self._dotted_key()
        self._at = self._text.index("=", self._at) + 1
        self._skip_blank()
        for depth in range(1, len(names)):
            self._note((*table, *names[:depth]), place, place, weakly=True)
        self._value((*table, *names), place)

    def _value(self, path: Path, key: Place) -> None:
        self._note(path, key, self._place())
        match self._peek():
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._string()
            case _:
                self._at = _end(_PLAIN, self._text, self._at)

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._skip_blank(_BETWEEN) and self._peek() != "]":
            self._value((*path, index), self._place())
            index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._skip_blank(_BETWEEN) and self._peek() != "}":
            self._pair(path)
        self._at += 1

    def _dotted_key(self) -> tuple[str, ...]:
        names: list[str] = []
        while True:
            self._skip_blank()
            names.append(self._string() if self._peek() in "\"'" else self._bare_key())
            self._skip_blank()
            if self._peek() != ".":
                return tuple(names[:DEEPEST])
            self._at += 1

    def _bare_key(self) -> str:
        start, self._at = self._at, _end(_BARE_KEY, self._text, self._at)
        return self._text[start : self._at]

    def _string(self) -> str:
        """Its value, for keys; what a multi-line string says is never asked for."""
        quote = self._peek()
        fence = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(fence)
        end = self._text.index(fence, self._at)
        if quote == "'" or self._text.find("\\", self._at, end) < 0:
            said, self._at = [self._text[self._at : end]], end
        else:
            said = self._escaped(fence)
        self._at += len(fence)
        while len(fence) == 3 and self._peek() == quote:  # up to two quotes may precede the closing three
            self._at += 1
        return "".join(said)

    def _escaped(self, fence: str) -> list[str]:
        """The signs of a string, up to its end."""
        said: list[str] = []
        while not self._text.startswith(fence, self._at):
            said.append(self._escape() if self._peek() == "\\" else self._take())
        return said

    def _escape(self) -> str:
        self._at += 1
        sign = self._take()
        if sign not in "uU":
            return _ESCAPES.get(sign, "")
        length = 4 if sign == "u" else 8
        self._at += length
        return chr(int(self._text[self._at - length : self._at], 16))

    def _skip_blank(self, blank: re.Pattern[str] = _BLANK) -> bool:
        """Pass over blanks and comments; False at the end of the text."""
        self._at = _end(blank, self._text, self._at)
        return self._at < len(self._text)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _place(self) -> Place:
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        self._line_starts_at = self._text.rfind("\n", 0, self._at) + 1
        return Place(self._line, self._at - self._line_starts_at + 1)

    def _note(self, path: Path, key: Place, value: Place, *, weakly: bool = False) -> None:
        """`weakly`: only passing through, so an earlier place stands."""
        if not weakly or path not in self.keys:
            self.keys[path], self.values[path] = key, value


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where the match that begins here ends."""
    found = pattern.match(text, start)
    return start if found is None else found.end()
