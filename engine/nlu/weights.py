"""Sparse features: columns and inverse document frequencies of words or of their letters."""

import json
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Callable, Dict, Iterable, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix

RAREST = 2  # a feature seen in fewer rows teaches nothing
NOWHERE = np.zeros(0, dtype=np.int64)
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


class Weights:
    """Columns and inverse document frequencies of one group of features; rows have unit length.

    A row is given as keys; `expand` makes the features of a key, once for each.
    """

    def __init__(self, columns: Dict[str, int], idf: np.ndarray, expand: Expand = _itself) -> None:
        self.columns, self.idf, self._expand = columns, idf, expand
        self._places = lru_cache(maxsize=100_000)(self._find)

    @classmethod
    def learn(cls, rows: Sequence[Iterable[str]], expand: Expand = _itself) -> "Weights":
        seen = [list(row) for row in rows]
        features = sorted({feature for key in set(chain.from_iterable(seen)) for feature in expand(key)})
        everything = cls({f: n for n, f in enumerate(features)}, np.ones(len(features)), expand)
        _, found, _ = everything._counted(seen)
        documents = np.bincount(found, minlength=len(features))
        kept = np.flatnonzero(documents >= RAREST)
        idf = np.log((1 + len(rows)) / (1 + documents[kept])) + 1
        columns = {features[old]: new for new, old in enumerate(kept)}
        return cls(columns, idf.astype(np.float32), expand)

    def matrix(self, rows: Sequence[Iterable[str]]) -> csr_matrix:
        owners, columns, counts = self._counted(rows)
        values = (1 + np.log(counts)) * self.idf[columns]
        lengths = np.sqrt(np.bincount(owners, np.square(values), minlength=len(rows)))
        values = (values / lengths[owners]).astype(np.float32)
        starts = np.searchsorted(owners, np.arange(len(rows) + 1))
        return csr_matrix((values, columns, starts), shape=(len(rows), len(self.columns)))

    def _counted(self, rows: Sequence[Iterable[str]]) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row, column and number of each feature found, in order."""
        width = max(1, len(self.columns))
        places = [[self._places(key) for key in row] for row in rows]
        sizes = [sum(map(len, own)) for own in places]
        everywhere = np.repeat(np.arange(len(rows)) * width, sizes)
        everywhere += np.concatenate([NOWHERE, *chain.from_iterable(places)])
        found, counts = np.unique(everywhere, return_counts=True)
        return found // width, found % width, counts

    def save(self, folder: Path, name: str) -> None:
        features = json.dumps(list(self.columns), ensure_ascii=False)
        (folder / f"{name}.json").write_text(features, encoding="utf-8")
        np.save(folder / f"{name}.npy", self.idf)

    @classmethod
    def load(cls, folder: Path, name: str, expand: Expand = _itself) -> "Weights":
        features = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        columns = {feature: column for column, feature in enumerate(features)}
        return cls(columns, np.load(folder / f"{name}.npy"), expand)

    def _find(self, key: str) -> np.ndarray:
        found = [self.columns[feature] for feature in self._expand(key) if feature in self.columns]
        return np.array(found, dtype=np.int64)
