"""The phrases nearest to a message: what it is like, and whether it is like anything at all."""

from typing import Sequence

import numpy as np

from engine.nlu.sentences import times

COLUMNS = 96  # of the vectors' most telling; all of them are no better and take twice the time
TINY = 1e-6


class Neighbours:
    """Sentence vectors of the training phrases, those of one intent side by side."""

    def __init__(self, vectors: np.ndarray, starts: np.ndarray) -> None:
        self.vectors, self.starts = vectors, starts  # of unit length, as halves; where each intent's begin
        self._columns = np.ascontiguousarray(vectors.T.astype(np.float32))

    @classmethod
    def learn(cls, vectors: np.ndarray, intents: Sequence[int]) -> "Neighbours":
        """`intents`: the number of each phrase's intent; each has at least one phrase."""
        order = np.argsort(intents, kind="stable")
        starts = np.searchsorted(np.asarray(intents)[order], np.arange(max(intents) + 1))
        return cls(_unit(vectors[order]).astype(np.float16), starts)

    def nearest(self, vectors: np.ndarray) -> np.ndarray:
        """Cosine to the nearest phrase of every intent: a row for each vector."""
        return np.maximum.reduceat(times(_unit(vectors), self._columns), self.starts, axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    telling = vectors[:, :COLUMNS]
    unit: np.ndarray = telling / np.maximum(np.linalg.norm(telling, axis=1, keepdims=True), TINY)
    return unit.astype(np.float32)
