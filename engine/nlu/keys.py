"""Many strings to look up by, without keeping them: eight bytes each instead of a dictionary's hundred."""

from hashlib import blake2b
from typing import Iterable, Tuple

import numpy as np

BYTES = 8  # two of a hundred thousand strings share a hash with a probability of 3e-10


def hashed(strings: Iterable[str]) -> np.ndarray:
    """The same in every run, unlike hash()."""
    digests = b"".join(blake2b(string.encode("utf-8"), digest_size=BYTES).digest() for string in strings)
    return np.frombuffer(digests, dtype="<u8")


class Keys:
    def __init__(self, hashes: np.ndarray) -> None:
        self.hashes = hashes  # in order; a key may stand there several times

    @classmethod
    def of(cls, strings: Iterable[str]) -> Tuple["Keys", np.ndarray]:
        """The keys, and the number that each had among `strings`."""
        hashes = hashed(strings)
        order = np.argsort(hashes, kind="stable")
        return cls(hashes[order]), order

    def __len__(self) -> int:
        return len(self.hashes)

    def find(self, strings: Iterable[str]) -> Tuple[np.ndarray, np.ndarray]:
        """Every place of each of `strings`, and how many places each has."""
        wanted = hashed(strings)
        first = np.searchsorted(self.hashes, wanted)
        count = np.searchsorted(self.hashes, wanted, side="right") - first
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(first, count) + within, count
