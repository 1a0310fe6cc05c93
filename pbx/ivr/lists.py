"""Lists of callers: numbers, and beginnings of numbers with a "*" behind."""

from collections.abc import Collection


def listed(number: str, numbers: Collection[str]) -> bool:
    """Is the number there, or a beginning of it? `numbers` of any size, if they are a set."""
    return number in numbers or any(f"{number[:end]}*" in numbers for end in range(len(number) + 1))
