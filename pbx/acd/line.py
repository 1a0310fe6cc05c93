"""A priority queue that items may leave from anywhere: callers in line, idle agents, timers."""

from collections.abc import Collection, Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
Key: TypeAlias = tuple[float, ...]

SLACK = 64  # entries of departed items a line may hold before it is worth rebuilding


class Line(Generic[T]):
    """A binary heap with lazy deletion. Smallest key first; two items never share a key.

    An entry is alive while its item is filed under that very key. The head is always alive, so reading it is
    O(1); joining and leaving are O(log n) amortised; the dead never outnumber the living by more than SLACK.
    """

    __slots__ = ("_heap", "_keys")

    def __init__(self) -> None:
        self._heap: list[tuple[Key, T]] = []
        self._keys: dict[T, Key] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[T]:
        """In no particular order."""
        return iter(self._keys)

    def entries(self) -> Iterable[tuple[T, Key]]:
        """Everybody and their keys, in no particular order."""
        return self._keys.items()

    def put(self, item: T, key: Key) -> None:
        """Join, or move to another key."""
        before = self._keys.get(item)
        if before == key:
            return
        self._keys[item] = key
        heappush(self._heap, (key, item))
        if before is not None:
            self._bury()

    def drop(self, item: T) -> None:
        """Leave, from anywhere; an item that is not in the line stays out of it."""
        if self._keys.pop(item, None) is not None:
            self._bury()

    def head(self) -> tuple[Key, T]:
        """The first and its key. IndexError: the line is empty."""
        return self._heap[0]

    def first(self) -> T:
        """IndexError: the line is empty."""
        return self._heap[0][1]

    def head_outside(self, excluded: Collection[T]) -> tuple[Key, T] | None:
        """The first that is not excluded, if any: O(k log n) for k excluded items ahead of it."""
        if not excluded:
            return self._heap[0] if self._heap else None
        passed: list[tuple[Key, T]] = []
        while self._heap and self._heap[0][1] in excluded:
            passed.append(heappop(self._heap))
            self._bury()
        found = self._heap[0] if self._heap else None
        for entry in passed:
            heappush(self._heap, entry)
        return found

    def _bury(self) -> None:
        heap, keys = self._heap, self._keys
        while heap and keys.get(heap[0][1]) is not heap[0][0]:
            heappop(heap)
        if len(heap) > 2 * len(keys) + SLACK:
            self._heap = [(key, item) for item, key in keys.items()]
            heapify(self._heap)
