"""Which language a caller chose last time.

Numbers can be forged, so that this decides nothing but which language a greeting is in.
"""

import re
from collections.abc import Iterable

MOST = 10_000  # callers remembered: those who called longest ago are forgotten

_NUMBER = re.compile(r"\+?[0-9]{3,32}")  # "anonymous" is many people


class Languages:
    def __init__(self, chosen: Iterable[tuple[str, str]] = ()) -> None:
        """`chosen`: (number, language), the latest last."""
        self._of: dict[str, str] = {}
        for number, language in chosen:
            self.remember(number, language)

    def of(self, number: str) -> str | None:
        """None: nothing is known."""
        return self._of.get(number)

    def remember(self, number: str, language: str) -> bool:
        """True if that is news."""
        if not _NUMBER.fullmatch(number):
            return False
        before = self._of.pop(number, None)
        self._of[number] = language
        if len(self._of) > MOST:
            del self._of[next(iter(self._of))]
        return before != language
