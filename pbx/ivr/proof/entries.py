"""Which keys a collect can ever take: the numbers it accepts, and whether there are any."""

from functools import lru_cache

from pbx.ivr.asking import luhn
from pbx.ivr.key_pattern import ALL_KEYS, KeyPattern
from pbx.ivr.kinds.questions import Collect

_DIGITS = frozenset("0123456789")


def accepts(node: Collect, value: str) -> bool:
    """Could a caller enter exactly this?"""
    return (
        node.min_digits <= len(value) <= node.max_digits
        and all(key in ALL_KEYS and key != node.terminator for key in value)
        and (node.like is None or node.like.fits(value))
        and (node.check is None or luhn(value))
    )


def accepts_anything(node: Collect) -> bool:
    """Is there an entry of a length it takes that is like its pattern and passes its check?"""
    if node.like is None:
        return True
    keys = (_DIGITS if node.check else frozenset(ALL_KEYS)) - {node.terminator}
    lengths = range(node.min_digits, node.max_digits + 1)
    return any(_some_entry(node.like, length, keys, checked=node.check is not None) for length in lengths)


@lru_cache(256)
def _some_entry(like: KeyPattern, length: int, keys: frozenset[str], *, checked: bool) -> bool:
    """Tries all entries at once: a place is ten times the keys taken, plus their check sum so far."""

    def step(wanted: frozenset[str], places: frozenset[int]) -> frozenset[int]:
        reached: set[int] = set()
        for taken, total in (divmod(place, 10) for place in places if place < length * 10):
            weights = {_weight(key, length - 1 - taken) if checked else 0 for key in wanted & keys}
            reached |= {(taken + 1) * 10 + (total + weight) % 10 for weight in weights}
        return frozenset(reached)

    return length * 10 in like.reach(step, frozenset({0}))


def _weight(key: str, from_the_right: int) -> int:
    """What a digit adds to the check sum (ISO/IEC 7812-1, annex B)."""
    digit = int(key) * (1 + from_the_right % 2)
    return digit - 9 if digit > 9 else digit
