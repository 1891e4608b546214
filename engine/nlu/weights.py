"""Sparse features: columns and inverse document frequencies of words or of their letters."""

from itertools import chain
from pathlib import Path
from typing import Callable, Iterable, List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix

from engine.nlu.keys import Keys
from engine.nlu.remembered import Remembered

RAREST = 2  # a feature seen in fewer rows teaches nothing
NOWHERE = np.zeros(0, dtype=np.int32)
KEYS_REMEMBERED = 20_000
Expand = Callable[[str], Tuple[str, ...]]


def letters(word: str) -> Tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[index : index + size]
        for size in (2, 3, 4, 5)
        for index in range(max(1, len(padded) - size + 1))
    )


def _itself(key: str) -> Tuple[str, ...]:
    return (key,)


class Rows(NamedTuple):
    """Sparse rows: the column and the value of each entry, and where each row's entries begin and end."""

    columns: np.ndarray
    values: np.ndarray
    edges: np.ndarray

    def matrix(self, width: int) -> csr_matrix:
        return csr_matrix((self.values, self.columns, self.edges), shape=(len(self.edges) - 1, width))


class Weights:
    """Columns and inverse document frequencies of one group of features; rows have unit length.

    A row is given as keys; `expand` makes the features of a key, once for each.
    """

    def __init__(self, features: Keys, idf: np.ndarray, expand: Expand = _itself) -> None:
        self._features, self.idf, self._expand = features, idf, expand
        self._columns = Remembered(self._find, KEYS_REMEMBERED)

    @classmethod
    def learn(cls, rows: Sequence[Iterable[str]], expand: Expand = _itself) -> "Weights":
        seen = [list(row) for row in rows]
        names = {feature for key in set(chain.from_iterable(seen)) for feature in expand(key)}
        everything = cls(Keys.of(names)[0], np.ones(len(names)), expand)
        _, found, _ = everything._counted(seen)
        documents = np.bincount(found, minlength=len(names))
        kept = documents >= RAREST
        idf = np.log((1 + len(rows)) / (1 + documents[kept])) + 1
        return cls(Keys(everything._features.hashes[kept]), idf.astype(np.float32), expand)

    def __len__(self) -> int:
        return len(self._features)

    def of(self, key: str) -> np.ndarray:
        """The columns of a key's features."""
        (columns,) = self._columns([key])
        return columns

    def rows(self, rows: Sequence[Iterable[str]]) -> Rows:
        owners, columns, counts = self._counted(rows)
        values = (1 + np.log(counts)) * self.idf[columns]
        lengths = np.sqrt(np.bincount(owners, np.square(values), minlength=len(rows)))
        values = (values / lengths[owners]).astype(np.float32)
        return Rows(columns, values, np.searchsorted(owners, np.arange(len(rows) + 1)))

    def _counted(self, rows: Sequence[Iterable[str]]) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row, column and number of each feature found, in order."""
        width = max(1, len(self))
        seen = [list(row) for row in rows]
        places = self._columns(chain.from_iterable(seen))
        owners = np.repeat(np.arange(len(seen)), [len(row) for row in seen])
        everywhere = np.repeat(owners, [len(own) for own in places]) * width
        everywhere += np.concatenate([NOWHERE, *places])
        found, counts = np.unique(everywhere, return_counts=True)
        return found // width, found % width, counts

    def save(self, path: Path) -> None:
        np.savez(path, features=self._features.hashes, idf=self.idf)

    @classmethod
    def load(cls, path: Path, expand: Expand = _itself) -> "Weights":
        with np.load(path) as data:
            return cls(Keys(data["features"]), data["idf"], expand)

    def _find(self, keys: List[str]) -> List[np.ndarray]:
        features = [self._expand(key) for key in keys]
        places, counts = self._features.find(chain.from_iterable(features))
        ends = np.cumsum(counts)[np.cumsum([len(own) for own in features]) - 1]
        return np.split(places.astype(np.int32), ends[:-1])
