"""A clause as a row of numbers: words, lemmas, pairs, letters, what was named, and its dense vector.

Cars, numbers and contacts are masked by what they are, so that no intent is learnt from a model name.
"""

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, hstack

from engine.nlu.entities.model import Word
from engine.nlu.morphology import lemma
from engine.nlu.vectors import Vectors, mean

# Entities that hide their words; the others only add what they are.
MASKED = frozenset(
    [
        "make",
        "model",
        "year",
        "mileage",
        "amount",
        "monthly_payment",
        "down_payment",
        "term",
        "phone",
        "email",
        "vin",
        "vin_tail",
        "plate",
        "listing_url",
        "person",
        "power",
        "engine_volume",
        "time",
        "day",
        "city",
    ]
)
DENSE_COLUMNS = 64  # as good as all 300 and six times faster to learn
RAREST = 2  # a feature seen in fewer rows teaches nothing
Named = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Term:
    """A word of a clause, or the mask over an entity."""

    norm: str
    lemma: str
    start: int
    masked: bool = False


def terms(words: Sequence[Word], named: Named) -> List[Term]:
    masks = {start: (kind, end) for kind, _, start, end in named if kind in MASKED}
    found: List[Term] = []
    hidden_until = -1
    for word in words:
        if word.start in masks:
            kind, hidden_until = masks[word.start]
            found.append(Term(f"<{kind}>", f"<{kind}>", word.start, True))
        elif word.start >= hidden_until:
            found.append(_term(word))
    return found


def _term(word: Word) -> Term:
    if word.norm.isdigit():
        return Term("<number>", "<number>", word.start, True)
    return Term(word.norm, lemma(word.norm) if word.norm.isalpha() else word.norm, word.start)


@dataclass(frozen=True)
class Clause:
    """A message or a part of one: its terms and where it names what («#phone», «#about:ask_price»)."""

    terms: Tuple[Term, ...]
    concepts: Tuple[Tuple[int, str], ...]

    @classmethod
    def of(cls, words: Sequence[Word], named: Named) -> "Clause":
        return cls(tuple(terms(words, named)), tuple(_concepts(named)))

    def part(self, first: int, last: int) -> "Clause":
        inside = self.terms[first:last]
        start = inside[0].start
        end = self.terms[last].start if last < len(self.terms) else float("inf")
        return Clause(inside, tuple((at, name) for at, name in self.concepts if start <= at < end))

    def then(self, other: "Clause") -> "Clause":
        """Both, one after the other."""
        shift = self.terms[-1].start + 1 if self.terms else 0
        moved = tuple(replace(term, start=term.start + shift) for term in other.terms)
        return Clause(self.terms + moved, self.concepts + tuple((at + shift, n) for at, n in other.concepts))


def _concepts(named: Named) -> Iterator[Tuple[int, str]]:
    for kind, value, start, _ in named:
        yield start, f"#{kind}"
        if kind == "aspect":
            yield start, f"#{value}"
            yield start, f"#about:{value.split(':')[0]}"


def word_features(clause: Clause) -> Iterator[str]:
    previous = "<s>"
    for term in clause.terms:
        yield f"w={term.norm}"
        yield f"l={term.lemma}"
        yield f"b={previous} {term.lemma}"
        previous = term.lemma
    yield f"b={previous} </s>"
    yield from (name for _, name in clause.concepts)
    yield f"n={min(len(clause.terms), 12) // 3}"


def letter_features(clause: Clause) -> Iterator[str]:
    for term in clause.terms:
        if not term.masked:
            padded = f" {term.norm} "
            for size in (2, 3, 4, 5):
                for index in range(max(1, len(padded) - size + 1)):
                    yield padded[index : index + size]


class Weights:
    """Columns and inverse document frequencies of one group of features; rows have unit length."""

    def __init__(self, columns: Dict[str, int], idf: np.ndarray) -> None:
        self.columns, self.idf = columns, idf

    @classmethod
    def learn(cls, rows: Sequence[Counter]) -> "Weights":
        documents: Counter = Counter(feature for row in rows for feature in row)
        kept = sorted(feature for feature, count in documents.items() if count >= RAREST)
        counts = np.array([documents[feature] for feature in kept], dtype=np.float64)
        idf = np.log((1 + len(rows)) / (1 + counts)) + 1
        return cls({feature: column for column, feature in enumerate(kept)}, idf.astype(np.float32))

    def matrix(self, rows: Sequence[Counter]) -> csr_matrix:
        indptr, indices, values = [0], [], []
        for row in rows:
            known = [
                (self.columns[f], 1 + np.log(n) if n > 1 else 1.0)
                for f, n in row.items()
                if f in self.columns
            ]
            columns = np.array([column for column, _ in known], dtype=np.int32)
            weights = np.array([weight for _, weight in known], dtype=np.float32) * self.idf[columns]
            length = float(np.sqrt((weights**2).sum()))
            indices.append(columns)
            values.append(weights / length if length else weights)
            indptr.append(indptr[-1] + len(columns))
        return csr_matrix(
            (np.concatenate(values), np.concatenate(indices), indptr), shape=(len(rows), len(self.columns))
        )


class Features:
    """Clauses to rows: words and letters as sparse columns, then the mean vector of the words."""

    def __init__(self, words: Weights, letters: Weights, vectors: Vectors, axes: np.ndarray) -> None:
        self._words, self._letters, self._vectors = words, letters, vectors
        self._axes = axes  # the directions in which the vectors of the phrases differ most
        self._rarest = float(words.idf.max()) if len(words.idf) else 1.0

    @classmethod
    def learn(cls, clauses: Sequence[Clause], vectors: Vectors) -> "Features":
        words = Weights.learn([Counter(word_features(clause)) for clause in clauses])
        letters = Weights.learn([Counter(letter_features(clause)) for clause in clauses])
        whole = cls(words, letters, vectors, np.eye(vectors.dimensions, dtype=np.float32))
        dense = np.stack([whole._vector(clause) for clause in clauses])
        return cls(words, letters, vectors, np.linalg.svd(dense, full_matrices=False)[2][:DENSE_COLUMNS])

    def rows(self, clauses: Sequence[Clause]) -> csr_matrix:
        words = self._words.matrix([Counter(word_features(clause)) for clause in clauses])
        letters = self._letters.matrix([Counter(letter_features(clause)) for clause in clauses])
        dense = np.stack([self._vector(clause) for clause in clauses])
        return hstack([words, letters, csr_matrix(dense)], format="csr")

    def _vector(self, clause: Clause) -> np.ndarray:
        weighted = []
        for term in clause.terms:
            vector = None if term.masked else self._vectors.of(term.norm)
            if vector is not None:
                column = self._words.columns.get(f"l={term.lemma}")
                weighted.append((self._rarest if column is None else float(self._words.idf[column]), vector))
        projected = self._axes @ mean(weighted, self._vectors.dimensions)
        length = float(np.linalg.norm(projected))
        return projected / length if length else projected

    def known_share(self, clause: Clause) -> float:
        """How much of the clause the training phrases know: gibberish has a share near zero."""
        known = sum(term.masked or f"l={term.lemma}" in self._words.columns for term in clause.terms)
        return known / max(1, len(clause.terms))

    def save(self, folder: Path) -> None:
        for name, weights in (("words", self._words), ("letters", self._letters)):
            features = json.dumps(list(weights.columns), ensure_ascii=False)
            (folder / f"{name}.json").write_text(features, encoding="utf-8")
            np.save(folder / f"{name}.npy", weights.idf)
        np.save(folder / "axes.npy", self._axes)
        self._vectors.save(folder / "vectors.npz")

    @classmethod
    def load(cls, folder: Path) -> "Features":
        vectors = Vectors.load(folder / "vectors.npz")
        return cls(_load(folder, "words"), _load(folder, "letters"), vectors, np.load(folder / "axes.npy"))


def _load(folder: Path, name: str) -> Weights:
    features = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return Weights(
        {feature: column for column, feature in enumerate(features)}, np.load(folder / f"{name}.npy")
    )
