"""What a caller is likely to say to a question."""

from dataclasses import dataclass

from pbx.bots.values import Kind


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Some phrases, and values of some kinds."""

    phrases: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset()
