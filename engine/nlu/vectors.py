"""Dense Russian word vectors: a part of the navec table that natasha ships, kept quantised.

A word is 100 bytes, each the number of a three-float centroid, so 60,000 words are six megabytes. A word the
table lacks gets the mean of the words that share its character n-grams (as fastText does, in one step).
"""

from importlib.resources import files
from pathlib import Path
from typing import Iterable, List, Optional
from zlib import crc32

import numpy as np
from navec import Navec

from engine.nlu.keys import Keys
from engine.nlu.tables import InRows, Table

TABLE = "data/emb/navec_news_v1_1B_250K_300d_100q.tar"
FREQUENT_WORDS = 60_000
WORDS_FOR_GRAMS = 20_000
BUCKETS = 1 << 14


class Vectors:
    def __init__(self, words: Keys, indexes: InRows, codes: np.ndarray, grams: InRows) -> None:
        self._words, self._indexes, self._codes, self._grams = words, indexes, codes, grams
        self._subspaces = np.arange(codes.shape[0])
        self.dimensions = codes.shape[0] * codes.shape[2]

    @classmethod
    def choose(cls, wanted: Iterable[str]) -> "Vectors":
        """The most frequent words of the table and those of `wanted` that it has."""
        navec = Navec.load(str(files("natasha") / TABLE))
        frequent = np.argsort(-np.asarray(navec.vocab.counts))[:FREQUENT_WORDS]
        rows = {int(row) for row in frequent} | {navec.vocab[w] for w in wanted if w in navec.vocab}
        chosen = sorted(row for row in rows if not navec.vocab.words[row].startswith("<"))
        words, order = Keys.of(navec.vocab.words[row] for row in chosen)
        indexes = navec.pq.indexes[chosen][order]
        common = sorted(set(frequent[:WORDS_FOR_GRAMS].tolist()) & set(chosen))
        grams = _gram_vectors(
            [navec.vocab.words[row] for row in common], navec.pq.indexes[common], navec.pq.codes
        )
        return cls(words, indexes, navec.pq.codes, grams)

    def save(self, folder: Path) -> None:
        np.savez(folder / "vectors.npz", words=self._words.hashes, codes=self._codes)
        np.save(folder / "indexes.npy", self._indexes)
        np.save(folder / "grams.npy", self._grams)

    @classmethod
    def load(cls, folder: Path) -> "Vectors":
        with np.load(folder / "vectors.npz") as data:
            return cls(
                Keys(data["words"]),
                Table(folder / "indexes.npy"),
                data["codes"],
                Table(folder / "grams.npy"),
            )

    def of(self, word: str) -> Optional[np.ndarray]:
        """Unit vector of the word, guessed from its letters when the table lacks it."""
        found, _ = self._words.find([word])
        if len(found):
            return _unit(self._codes[self._subspaces, self._indexes[found][0]].reshape(-1))
        if len(word) < 3 or not word.isalpha():
            return None
        return _unit(self._grams[_buckets(word)].astype(np.float32).mean(axis=0))


def _unit(vector: np.ndarray) -> Optional[np.ndarray]:
    length = float(np.linalg.norm(vector))
    return (vector / length).astype(np.float32) if length else None


def _buckets(word: str) -> List[int]:
    padded = f"<{word}>"
    return [_hash(padded[i : i + n]) for n in (3, 4, 5) for i in range(len(padded) - n + 1)]


def _hash(gram: str) -> int:
    return crc32(gram.encode("utf-8")) % BUCKETS  # stable between runs, unlike hash()


def _gram_vectors(words: List[str], indexes: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Mean vector of the words that contain each n-gram, as float16 by hashed n-gram."""
    subspaces = np.arange(codes.shape[0])
    total = np.zeros((BUCKETS, codes.shape[0] * codes.shape[2]), dtype=np.float32)
    seen = np.ones((BUCKETS, 1), dtype=np.float32)
    for row, word in enumerate(words):
        if 3 < len(word) < 20 and word.isalpha():
            buckets = _buckets(word)
            total[buckets] += codes[subspaces, indexes[row]].reshape(-1)
            seen[buckets] += 1
    return (total / seen).astype(np.float16)
