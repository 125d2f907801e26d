"""A cache for values that later requests reuse, limited in number and in size."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """The most recently used values: at most `count` of them, with a total size of at most `room`.

    `measure` returns the size of a value. `hits` and `misses` count lookups; `size` is the current total size.
    """

    def __init__(self, count: int, room: int, measure: Callable[[V], int]) -> None:
        self._count = count
        self._room = room
        self._measure = measure
        self._values: OrderedDict[K, V] = OrderedDict()
        self.hits = 0
        self.misses = 0
        self.size = 0

    def get(self, key: K) -> V | None:
        value = self._values.get(key)
        if value is None:
            self.misses += 1
            return None
        self.hits += 1
        self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> V:
        """Keeps the value unless it alone is larger than the cache, and returns it."""
        self._forget(self._values.pop(key, None))
        size = self._measure(value)
        if size <= self._room:
            self._values[key] = value
            self.size += size
        while len(self._values) > self._count or self.size > self._room:
            self._forget(self._values.popitem(last=False)[1])
        return value

    def _forget(self, value: Any) -> None:
        if value is not None:
            self.size -= self._measure(value)

    def __len__(self) -> int:
        return len(self._values)
