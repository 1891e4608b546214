"""What speaks for each intent of a message: margins of its whole and parts, and the phrases it is like."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

from engine.nlu.clauses import Starters, best_split, sentences, spans, sureness
from engine.nlu.features import Clause, Features, Parts
from engine.nlu.neighbours import Neighbours
from engine.nlu.sentences import Span
from engine.nlu.weights import Rows

BYTE, TINY = 127, 1e-12
ENOUGH_WORDS = 6  # a part this long is as telling as a longer one


class Planes(NamedTuple):
    """Hyperplanes: a row of coefficients for each feature, and an intercept each."""

    coefficients: np.ndarray
    intercepts: np.ndarray


class Linear(NamedTuple):
    """Two machines, a hyperplane per intent each: the one for parts has seen phrases with one intent only.

    Coefficients of words and letters are kept as bytes, a scale for each feature.
    """

    words: np.ndarray
    words_scale: np.ndarray
    letters: np.ndarray
    letters_scale: np.ndarray
    dense: np.ndarray
    intercepts: np.ndarray

    @classmethod
    def of(cls, whole: Planes, parts: Planes, widths: Tuple[int, int]) -> "Linear":
        both = np.hstack((whole.coefficients, parts.coefficients))
        words, letters, dense = np.split(both, np.cumsum(widths))
        return cls(
            *_as_bytes(words), *_as_bytes(letters), dense, np.append(whole.intercepts, parts.intercepts)
        )

    def margins(self, parts: Parts) -> Tuple[np.ndarray, np.ndarray]:
        """By the machine for whole messages, and by the one for parts."""
        sums = parts.dense @ self.dense + self.intercepts
        sums += _product(parts.words, self.words, self.words_scale)
        sums += _product(parts.letters, self.letters, self.letters_scale)
        by_whole, by_parts = np.hsplit(sums, 2)
        return by_whole, by_parts


def _as_bytes(coefficients: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    scale = np.abs(coefficients).max(axis=1, initial=TINY) / BYTE
    return np.rint(coefficients / scale[:, np.newaxis]).astype(np.int8), scale.astype(np.float32)


def _product(rows: Rows, coefficients: np.ndarray, scale: np.ndarray) -> np.ndarray:
    values = rows.values * scale[rows.columns]
    taken = [slice(first, last) for first, last in pairwise(rows.edges)]
    return np.stack([values[own] @ coefficients[rows.columns[own]].astype(np.float32) for own in taken])


@dataclass(frozen=True)
class Reader:
    """Reads a message whole and in parts."""

    features: Features
    linear: Linear
    neighbours: Neighbours
    starters: Starters
    alone: Tuple[int, ...]  # numbers of the intents that are nobody's question

    def read(self, clause: Clause) -> Clause:
        return self.features.read(clause, self.starters.boundaries(clause))


class Evidence(NamedTuple):
    """What the calibration sees of a message: a row of signals per intent."""

    signals: np.ndarray
    positions: np.ndarray


class Margins(NamedTuple):
    """Of every candidate part of one message, by both machines; the parts it splits into best."""

    clause: Clause
    boundaries: List[int]
    candidates: List[Span]
    by_whole: np.ndarray
    by_parts: np.ndarray
    chosen: List[int]

    @property
    def whole(self) -> int:
        return self.candidates.index((0, len(self.clause.terms)))


def evidence(clauses: Sequence[Clause], reader: Reader) -> List[Evidence]:
    """Of each clause; many at once cost a fraction of one by one."""
    boundaries = [reader.starters.boundaries(clause) for clause in clauses]
    candidates = [spans(clause, edges) for clause, edges in zip(clauses, boundaries, strict=False)]
    vectors = reader.features.sentences(clauses, candidates)
    parts = reader.features.parts(clauses, candidates, vectors)
    ends = np.cumsum([len(own) for own in candidates])[:-1]
    by_whole, by_parts = (np.split(margins, ends) for margins in reader.linear.margins(parts))
    seen = [
        Margins(*row, best_split(row[2], sureness(row[4])))
        for row in zip(clauses, boundaries, candidates, by_whole, by_parts, strict=False)
    ]
    asked = [[one.whole, *one.chosen] for one in seen]
    offsets = np.concatenate(([0], ends)) if len(seen) else []
    places = [offset + place for offset, own in zip(offsets, asked, strict=False) for place in own]
    once, again = np.unique(places, return_inverse=True)  # a message in one part is its only part
    near = reader.neighbours.nearest(vectors[once])[again]
    like = np.split(near, np.cumsum([len(own) for own in asked])[:-1])
    return [
        Evidence(_signals(one, near, reader), _positions(one)) for one, near in zip(seen, like, strict=False)
    ]


def _signals(seen: Margins, near: np.ndarray, reader: Reader) -> np.ndarray:
    """`near` has the whole message's row first, then those of the chosen parts."""
    whole, parts = seen.by_whole[[seen.whole]], seen.by_parts[seen.chosen]
    lengths = np.array([seen.candidates[place][1] - seen.candidates[place][0] for place in seen.chosen])
    is_top = np.zeros(whole.shape[1])
    is_top[parts.argmax(axis=1)] = 1
    known = reader.features.known_share(seen.clause)
    said_apart = [
        seen.candidates.index(span) for span in sentences(seen.clause, seen.boundaries, seen.candidates)
    ]
    alone = np.isin(np.arange(whole.shape[1]), reader.alone)
    in_scope = near[0][~alone].max()
    out_of_scope = near[0][alone].max() if reader.alone else -1.0
    apart_by_parts, apart_by_whole = seen.by_parts[said_apart], seen.by_whole[said_apart]
    by_intent = (
        *_standings(whole, parts, apart_by_parts, apart_by_whole, near[:1], near[1:]),
        whole[0] == whole.max(),
        is_top,
        is_top * np.minimum(lengths[parts.argmax(axis=0)], ENOUGH_WORDS) / ENOUGH_WORDS,
        is_top * (1 - known),
        seen.by_parts.max(axis=0),
        seen.by_whole.max(axis=0),
        is_top * in_scope,
        is_top * out_of_scope,
    )
    of_all = (
        in_scope,
        out_of_scope,
        known,
        np.log(len(seen.clause.terms)),
        np.log(len(seen.chosen)),
        len(said_apart) > 1,
    )
    signals = np.empty((whole.shape[1], len(by_intent) + len(of_all)))
    signals[:, : len(by_intent)] = np.stack(by_intent, axis=1)
    signals[:, len(by_intent) :] = of_all
    # A message that may fall into parts and one that may not are weighed apart.
    return np.hstack((signals, signals * (len(seen.boundaries) > 0)))


def _standings(*groups: np.ndarray) -> Iterator[np.ndarray]:
    """Of each group of rows: every intent's highest value, and its lead there over the best of the others."""
    rows = np.concatenate(groups)
    second, first = np.partition(rows, -2, axis=1)[:, -2:].T[..., np.newaxis]
    leads = rows - np.where(rows == first, second, first)
    intents, start = np.arange(rows.shape[1]), 0
    for group in groups:
        places = start + group.argmax(axis=0)
        yield rows[places, intents]
        yield leads[places, intents]
        start += len(group)


def _positions(seen: Margins) -> np.ndarray:
    """Where the smallest part begins that says each intent most clearly."""
    edges = [0, *seen.boundaries, len(seen.clause.terms)]
    atoms = [seen.candidates.index(span) for span in pairwise(edges)]
    starts = np.array([seen.candidates[place][0] for place in atoms])
    positions: np.ndarray = starts[seen.by_parts[atoms].argmax(axis=0)]
    return positions
