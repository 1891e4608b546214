"""A bounded memory of what was computed; unlike `lru_cache`, many new keys are computed at once."""

from typing import Callable, Dict, Generic, Iterable, List, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    def __init__(self, compute: Callable[[List[Key]], Iterable[Value]], most: int) -> None:
        """`compute` gives a value for each of its keys, in order; the `most` newest are kept."""
        self._compute, self._most = compute, most
        self._values: Dict[Key, Value] = {}

    def __call__(self, keys: Iterable[Key]) -> List[Value]:
        asked = list(keys)
        new = [key for key in dict.fromkeys(asked) if key not in self._values]
        if new:
            self._values.update(zip(new, self._compute(new), strict=True))
        found = [self._values[key] for key in asked]
        while len(self._values) > self._most:
            del self._values[next(iter(self._values))]
        return found
