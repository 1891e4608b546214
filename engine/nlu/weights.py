"""Sparse features: columns and inverse document frequencies of words or of their letters."""

import json
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix

RAREST = 2  # a feature seen in fewer rows teaches nothing
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
        documents = np.bincount(everything._counted(seen).indices, minlength=len(features))
        kept = np.flatnonzero(documents >= RAREST)
        idf = np.log((1 + len(rows)) / (1 + documents[kept])) + 1
        columns = {features[old]: new for new, old in enumerate(kept)}
        return cls(columns, idf.astype(np.float32), expand)

    def matrix(self, rows: Iterable[Iterable[str]]) -> csr_matrix:
        counted = self._counted(rows)
        counted.data = (1 + np.log(counted.data)) * self.idf[counted.indices]
        return _unit_rows(counted)

    def _counted(self, rows: Iterable[Iterable[str]]) -> csr_matrix:
        indptr, indices = [0], []
        for row in rows:
            for key in row:
                indices += self._places(key)
            indptr.append(len(indices))
        ones = np.ones(len(indices), dtype=np.float32)
        places = np.array(indices, dtype=np.int32)
        counted = csr_matrix((ones, places, indptr), shape=(len(indptr) - 1, len(self.columns)))
        counted.sum_duplicates()
        return counted

    def save(self, folder: Path, name: str) -> None:
        features = json.dumps(list(self.columns), ensure_ascii=False)
        (folder / f"{name}.json").write_text(features, encoding="utf-8")
        np.save(folder / f"{name}.npy", self.idf)

    @classmethod
    def load(cls, folder: Path, name: str, expand: Expand = _itself) -> "Weights":
        features = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        columns = {feature: column for column, feature in enumerate(features)}
        return cls(columns, np.load(folder / f"{name}.npy"), expand)

    def _find(self, key: str) -> List[int]:
        return [self.columns[feature] for feature in self._expand(key) if feature in self.columns]


def _unit_rows(rows: csr_matrix) -> csr_matrix:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel()
    rows.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(rows.indptr)).astype(np.float32)
    return rows
