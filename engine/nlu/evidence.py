"""What speaks for each intent of a message: margins of its whole and parts, and the phrases it is like."""

from dataclasses import dataclass
from itertools import pairwise
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix

from engine.nlu.clauses import Starters, best_split, sentences, spans, sureness
from engine.nlu.features import Clause, Features
from engine.nlu.neighbours import Neighbours
from engine.nlu.sentences import Span

ENOUGH_WORDS = 6  # a part this long is as telling as a longer one


@dataclass(frozen=True)
class Linear:
    """One hyperplane per intent; `coefficients` has a column each, C-ordered, else SciPy copies all of it."""

    coefficients: np.ndarray
    intercepts: np.ndarray

    def margins(self, rows: csr_matrix) -> np.ndarray:
        return np.asarray(rows @ self.coefficients) + self.intercepts


@dataclass(frozen=True)
class Reader:
    """Reads a message whole and in parts: the machine for parts has seen phrases with one intent only."""

    features: Features
    whole: Linear
    parts: Linear
    neighbours: Neighbours
    starters: Starters
    alone: Tuple[int, ...]  # numbers of the intents that are nobody's question


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
    rows = reader.features.rows(clauses, candidates, vectors)
    ends = np.cumsum([len(own) for own in candidates])[:-1]
    by_whole = np.split(reader.whole.margins(rows), ends)
    by_parts = np.split(reader.parts.margins(rows), ends)
    seen = [
        Margins(*row, best_split(row[2], sureness(row[4])))
        for row in zip(clauses, boundaries, candidates, by_whole, by_parts, strict=False)
    ]
    asked = [[one.whole, *one.chosen] for one in seen]
    offsets = np.concatenate(([0], ends)) if len(seen) else []
    places = [offset + place for offset, own in zip(offsets, asked, strict=False) for place in own]
    like = np.split(reader.neighbours.nearest(vectors[places]), np.cumsum([len(own) for own in asked])[:-1])
    return [
        Evidence(_signals(one, near, reader), _positions(one)) for one, near in zip(seen, like, strict=False)
    ]


def _signals(seen: Margins, near: np.ndarray, reader: Reader) -> np.ndarray:
    """`near` has the whole message's row first, then those of the chosen parts."""
    whole = seen.by_whole[[seen.whole]]
    intents = np.arange(whole.shape[1])
    parts = seen.by_parts[seen.chosen]
    strongest = parts.argmax(axis=0)
    is_top = np.isin(intents, parts.argmax(axis=1))
    lengths = np.array([seen.candidates[place][1] - seen.candidates[place][0] for place in seen.chosen])
    known = reader.features.known_share(seen.clause)
    said_apart = [
        seen.candidates.index(span) for span in sentences(seen.clause, seen.boundaries, seen.candidates)
    ]
    in_scope = np.delete(near[0], reader.alone).max()
    out_of_scope = near[0][list(reader.alone)].max() if reader.alone else -1.0
    signals = np.column_stack(
        (
            *_standing(whole),
            whole[0] == whole.max(),
            *_standing(parts),
            is_top,
            is_top * np.minimum(lengths[strongest], ENOUGH_WORDS) / ENOUGH_WORDS,
            is_top * (1 - known),
            *_standing(seen.by_parts[said_apart]),
            *_standing(seen.by_whole[said_apart]),
            seen.by_parts.max(axis=0),
            seen.by_whole.max(axis=0),
            *_standing(near[:1]),
            *_standing(near[1:]),
            is_top * in_scope,
            is_top * out_of_scope,
            *(
                np.full(len(intents), fact)
                for fact in (
                    in_scope,
                    out_of_scope,
                    known,
                    np.log(len(seen.clause.terms)),
                    np.log(len(seen.chosen)),
                    len(said_apart) > 1,
                )
            ),
        )
    )
    # A message that may fall into parts and one that may not are weighed apart.
    return np.hstack((signals, signals * (len(seen.boundaries) > 0)))


def _standing(rows: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Of each intent its highest value, and how far it is there above the best of the others."""
    places, intents = rows.argmax(axis=0), np.arange(rows.shape[1])
    highest: np.ndarray = rows[places, intents]
    return highest, highest - _rivals(rows)[places, intents]


def _rivals(rows: np.ndarray) -> np.ndarray:
    """In each row, what every intent must beat: the highest value of the others."""
    order = np.arange(len(rows))
    first = rows.argmax(axis=1)
    second = np.partition(rows, -2, axis=1)[:, -2]
    rivals = np.repeat(rows[order, first][:, np.newaxis], rows.shape[1], axis=1)
    rivals[order, first] = second
    return rivals


def _positions(seen: Margins) -> np.ndarray:
    """Where the smallest part begins that says each intent most clearly."""
    edges = [0, *seen.boundaries, len(seen.clause.terms)]
    atoms = [seen.candidates.index(span) for span in pairwise(edges)]
    starts = np.array([seen.candidates[place][0] for place in atoms])
    positions: np.ndarray = starts[seen.by_parts[atoms].argmax(axis=0)]
    return positions
