"""Where unguessable names come from: tags, branches, Call-IDs, nonces, contacts."""

import random
import secrets
from typing import Protocol


class IdSource(Protocol):
    def token(self) -> str:
        """16 lower-case hexadecimal digits: 64 bits that nobody can predict."""
        ...


class SecretIds:
    """From the system's random source, drawn 256 at a time: one system call for many names."""

    def __init__(self) -> None:
        self._stock: list[str] = []

    def token(self) -> str:
        if not self._stock:
            digits = secrets.token_hex(8 * 256)
            self._stock = [digits[at : at + 16] for at in range(0, len(digits), 16)]
        return self._stock.pop()


class SeededIds:
    """The same names for the same seed: for tests and replays."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def token(self) -> str:
        return f"{self._dice.getrandbits(64):016x}"
