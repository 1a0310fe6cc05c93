"""The headers of a message: names made long, lines unfolded, values as written (RFC 3261 7.3)."""

from collections.abc import Callable
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

    __slots__ = ("_first", "_headers", "_more", "get")

    get: Callable[[str], str | None]
    """The first header of this lower-case long name."""

    def __init__(self, headers: Headers) -> None:
        self._index(headers)

    @property
    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = list(self._first.items())
        return self._headers

    def all(self, name: str) -> list[str]:
        """Every header of this name, one for each line."""
        value = self.get(name)
        return [] if value is None else self._more.get(name) or [value]

    def elements(self, name: str) -> list[str]:
        """The elements of a comma list, over all its lines. Raises Malformed(400) for open quotes."""
        return [element for line in self.all(name) for element in split_list(line)]

    def _index(self, headers: Headers) -> None:
        self._headers: Headers | None = headers  # None where no name is repeated, until somebody asks
        self._first: dict[str, str] = {}  # the first value of each name
        self._more: dict[str, list[str]] = {}  # all values of a name that has several
        for name, value in headers:
            if name in self._first:
                self._more.setdefault(name, [self._first[name]]).append(value)
            else:
                self._first[name] = value
        self.get = self._first.get

    def read_headers(self, lines: list[str], *, tidy: bool = False) -> None:
        """Take the headers from a message's lines. Raises Malformed(400), once what can be read is read.

        `tidy`: no line is too long, and no value begins or ends with a blank but the one after the colon.
        """
        first: dict[str, str] = {}
        try:
            for line in lines[1:]:
                name, colon, value = line.partition(": ")
                if not colon:
                    break
                first[CANONICAL[name]] = value
        except KeyError:
            tidy = False
        if tidy and len(first) == len(lines) - 1:
            self._headers, self._first, self._more, self.get = None, first, {}, first.get
        else:
            self._read_untidy(lines)

    def _read_untidy(self, lines: list[str]) -> None:
        """The same where a name is rare or repeated, or a line is folded, too long or no header at all."""
        fault = "Too Many Headers" if len(lines) > MOST_HEADERS + 1 else ""
        headers: Headers = []
        for line in lines[1 : MOST_HEADERS + 1]:
            name, colon, value = line.partition(":")
            name = canonical(name)
            if name and colon and len(line) <= LONGEST_HEADER:
                headers.append((name, value.strip(" \t")))
            elif line[:1] in (" ", "\t"):
                self._read_untidy(_unfold(lines))
                return
            else:
                fault = fault or "Bad Header"
        self._index(headers)
        repeated = [name for name in self._more if name in _ONCE]
        if repeated and not fault:
            fault = f"Repeated {written(repeated[0])}"
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
