"""The phrases nearest to a message: what it is like, and whether it is like anything at all."""

from typing import Sequence

import numpy as np

from engine.nlu.sentences import times

COLUMNS = 96  # of the vectors' most telling; all of them are no better and take twice the time
TINY = 1e-6


class Neighbours:
    """Sentence vectors of the training phrases, those of one intent side by side.

    `columns`: a vector of unit length each, exact as halves; `starts`: where each intent's begin.
    """

    def __init__(self, columns: np.ndarray, starts: np.ndarray) -> None:
        self.columns, self.starts = columns.astype(np.float32), starts

    @classmethod
    def learn(cls, vectors: np.ndarray, intents: Sequence[int]) -> "Neighbours":
        """`intents`: the number of each phrase's intent; each has at least one phrase."""
        order = np.argsort(intents, kind="stable")
        starts = np.searchsorted(np.asarray(intents)[order], np.arange(max(intents) + 1))
        return cls(np.ascontiguousarray(_unit(vectors[order]).T).astype(np.float16), starts)

    def nearest(self, vectors: np.ndarray) -> np.ndarray:
        """Cosine to the nearest phrase of every intent: a row for each vector."""
        return np.maximum.reduceat(times(_unit(vectors), self.columns), self.starts, axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    telling = vectors[:, :COLUMNS]
    unit: np.ndarray = telling / np.maximum(np.linalg.norm(telling, axis=1, keepdims=True), TINY)
    return unit.astype(np.float32)
