"""Sets of numbers, as patterns describe them: shared, taken away from one another, shown by an example."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from pbx.dialplan.pattern import WILD, Match

_NICEST = "1234567890*#"  # in an example


@dataclass(frozen=True, slots=True)
class Box:
    """Numbers whose first signs are each one of a set; with `more`, any number of keys may follow."""

    signs: tuple[frozenset[str], ...]
    more: bool = False

    def example(self) -> str:
        return "".join(min(choice, key=lambda sign: (_NICEST.find(sign) % 99, sign)) for choice in self.signs)

    def literal(self) -> str:
        """What all of them begin with."""
        alike = takewhile(lambda choice: len(choice) == 1, self.signs)
        return "".join(sign for choice in alike for sign in choice)

    def lengthened(self, length: int) -> "Box":
        """Those of at least so many signs."""
        return Box(self.signs + (WILD,) * (length - len(self.signs)), self.more)


def box(match: Match) -> Box:
    """Every number that fits."""
    return Box(match.signs(), match.open_ended)


def common(one: Box, other: Box) -> Box | None:
    longest = max(len(one.signs), len(other.signs))
    if (len(one.signs) < longest and not one.more) or (len(other.signs) < longest and not other.more):
        return None
    pairs = zip(one.lengthened(longest).signs, other.lengthened(longest).signs, strict=True)
    signs = tuple(a & b for a, b in pairs)
    return Box(signs, one.more and other.more) if all(signs) else None


def without(whole: Box, part: Box) -> list[Box]:
    """What is left of `whole`, in boxes that do not overlap."""
    shared = common(whole, part)
    if shared is None:
        return [whole]
    left: list[Box] = []
    length = len(shared.signs)
    if whole.more:
        left += [Box(whole.lengthened(size).signs) for size in range(len(whole.signs), length)]
        if not part.more:
            left.append(Box(whole.lengthened(length + 1).signs, more=True))
    signs = whole.lengthened(length).signs
    for at, taken in enumerate(shared.signs):
        if rest := signs[at] - taken:
            left.append(Box((*shared.signs[:at], rest, *signs[at + 1 :]), shared.more))
    return left


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls to these numbers, from these callers: None is anybody at all."""

    dialled: Box
    caller: Box | None

    def without(self, taken: "Calls") -> list["Calls"]:
        shared = common(self.dialled, taken.dialled)
        if shared is None:
            return [self]
        left = [Calls(dialled, self.caller) for dialled in without(self.dialled, taken.dialled)]
        if taken.caller is None:
            return left
        if self.caller is None:  # there is always somebody whom no pattern describes
            return [*left, Calls(shared, None)]
        return left + [Calls(shared, caller) for caller in without(self.caller, taken.caller)]


def calls(dialled: Match, caller: Match | None) -> Calls:
    return Calls(box(dialled), None if caller is None else box(caller))


def remainder(wanted: Calls, taken: Iterable[Calls]) -> list[Calls]:
    """What is left of `wanted` when others have taken theirs."""
    left = [wanted]
    for part in taken:
        left = [piece for one in left for piece in one.without(part)]
        if not left:
            break
    return left
