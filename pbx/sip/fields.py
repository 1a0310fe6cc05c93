"""The headers of a message: names made long, lines unfolded, values as written (RFC 3261 7.3)."""

from typing import Final, TypeAlias

from pbx.sip.errors import Malformed
from pbx.sip.grammar import split_list
from pbx.sip.names import CANONICAL, canonical, written

LONGEST_HEADER: Final = 8_192
MOST_HEADERS: Final = 200

Headers: TypeAlias = list[tuple[str, str]]

_ONCE: Final = frozenset(
    (
        *("from", "to", "call-id", "cseq", "max-forwards", "expires", "min-expires"),
        *("content-length", "content-type", "content-disposition"),
    )
)


class Fields:
    """`headers` holds lower-case long names and values, in order. Only our own methods change it."""

    __slots__ = ("_first", "_more", "headers")

    def __init__(self, headers: Headers) -> None:
        self.headers = headers
        self._first: dict[str, str] | None = None  # the first value of each name
        self._more: dict[str, list[str]] = {}  # all values of a name that has several

    def get(self, name: str) -> str | None:
        """The first header of this lower-case long name."""
        return (self._first if self._first is not None else self._index()).get(name)

    def all(self, name: str) -> list[str]:
        """Every header of this name, one for each line."""
        value = self.get(name)
        return [] if value is None else self._more.get(name) or [value]

    def elements(self, name: str) -> list[str]:
        """The elements of a comma list, over all its lines. Raises Malformed(400) for open quotes."""
        return [element for line in self.all(name) for element in split_list(line)]

    def _index(self) -> dict[str, str]:
        self._first, self._more = {}, {}
        for name, value in self.headers:
            if name in self._first:
                self._more.setdefault(name, [self._first[name]]).append(value)
            else:
                self._first[name] = value
        return self._first

    def read_headers(self, lines: list[str]) -> None:
        """Take the headers from a message's lines. Raises Malformed(400), once what can be read is read."""
        fault = "Too Many Headers" if len(lines) > MOST_HEADERS + 1 else ""
        headers, first, known = self.headers, dict[str, str](), CANONICAL.get
        for line in lines[1 : MOST_HEADERS + 1]:
            name, colon, value = line.partition(":")
            name = known(name) or canonical(name)
            if not name or not colon or len(line) > LONGEST_HEADER:
                if line[:1] in (" ", "\t"):
                    self.headers, self._more = [], {}
                    self.read_headers(_unfold(lines))
                    return
                fault = fault or "Bad Header"
                continue
            value = value.strip(" \t")
            headers.append((name, value))
            if name not in first:
                first[name] = value
            else:
                self._more.setdefault(name, [first[name]]).append(value)
                if name in _ONCE:
                    fault = fault or f"Repeated {written(name)}"
        self._first = first
        if fault:
            raise Malformed(400, fault)


def _unfold(lines: list[str]) -> list[str]:
    """Continuation lines joined to the line they continue (RFC 3261 7.3.1)."""
    if lines[1][:1] in (" ", "\t"):
        raise Malformed(400, "Folded Start Line")
    whole = [[lines[0]]]
    for line in lines[1:]:
        if line[:1] in (" ", "\t"):
            whole[-1].append(line.strip(" \t"))
        else:
            whole.append([line])
    return [" ".join(pieces) for pieces in whole]
