"""Which accounts' phones are in how many calls, so that the desk offers nothing to a busy phone."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext


class Lines:
    def __init__(self, changed: Callable[[str, bool], None]) -> None:
        """`changed(account, busy)` is told when a phone's first call begins and when its last one ends."""
        self._changed = changed
        self._in_use: Counter[str] = Counter()

    def in_use(self, account: str) -> AbstractContextManager[None]:
        """The account's phone is in a call for as long as the block lasts; strangers have no account: ""."""
        return self._in_use_by(account) if account else nullcontext()

    @contextmanager
    def _in_use_by(self, account: str) -> Generator[None]:
        self._in_use[account] += 1
        if self._in_use[account] == 1:
            self._changed(account, True)
        try:
            yield
        finally:
            self._in_use[account] -= 1
            if not self._in_use[account]:
                del self._in_use[account]
                self._changed(account, False)

    def busy(self, account: str) -> bool:
        return account in self._in_use

    def at_rest(self) -> list[str]:
        return [f"line {account}" for account in self._in_use]
