"""A clause as a row of numbers: words, lemmas, pairs, letters, what was named, and its dense vector.

Cars, numbers and contacts are masked by what they are, so that no intent is learnt from a model name.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, hstack

from engine.nlu.entities.model import Word
from engine.nlu.morphology import lemma
from engine.nlu.vectors import Vectors

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
Expand = Callable[[str], Tuple[str, ...]]


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
        moved = tuple(Term(t.norm, t.lemma, t.start + shift, t.masked) for t in other.terms)
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


def letters(word: str) -> Tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[index : index + size]
        for size in (2, 3, 4, 5)
        for index in range(max(1, len(padded) - size + 1))
    )


def spelled_words(clause: Clause) -> Iterator[str]:
    return (term.norm for term in clause.terms if not term.masked)


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

    def _find(self, key: str) -> List[int]:
        return [self.columns[feature] for feature in self._expand(key) if feature in self.columns]


def _unit_rows(rows: csr_matrix) -> csr_matrix:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel()
    rows.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(rows.indptr)).astype(np.float32)
    return rows


class Features:
    """Clauses to rows: words and letters as sparse columns, then the mean vector of the words."""

    def __init__(self, words: Weights, letters_: Weights, vectors: Vectors, axes: np.ndarray) -> None:
        self._words, self._letters, self._vectors = words, letters_, vectors
        self._axes = axes  # the directions in which the vectors of the phrases differ most
        self._rarest = float(words.idf.max()) if len(words.idf) else 1.0
        self._weighted = lru_cache(maxsize=20_000)(self._compute_weighted)

    @classmethod
    def learn(cls, clauses: Sequence[Clause], vectors: Vectors) -> "Features":
        words = Weights.learn([word_features(clause) for clause in clauses])
        letters_ = Weights.learn([spelled_words(clause) for clause in clauses], letters)
        whole = cls(words, letters_, vectors, np.eye(vectors.dimensions, dtype=np.float32))
        dense = whole._means(clauses)
        # The axes of the rows' scatter: as by singular values of the rows, at a tenth of the cost.
        spread, axes = np.linalg.eigh(dense.T @ dense)
        return cls(words, letters_, vectors, axes.T[np.argsort(-spread)[:DENSE_COLUMNS]])

    def rows(self, clauses: Sequence[Clause]) -> csr_matrix:
        words = self._words.matrix(word_features(clause) for clause in clauses)
        letters_ = self._letters.matrix(spelled_words(clause) for clause in clauses)
        return hstack([words, letters_, csr_matrix(self._means(clauses))], format="csr")

    def _means(self, clauses: Sequence[Clause]) -> np.ndarray:
        """A unit vector for each clause; zeros where no word has one."""
        places: Dict[Tuple[str, str], int] = {}
        indptr, indices = [0], []
        for clause in clauses:
            indices += [
                places.setdefault((t.norm, t.lemma), len(places)) for t in clause.terms if not t.masked
            ]
            indptr.append(len(indices))
        if not places:
            return np.zeros((len(clauses), len(self._axes)), dtype=np.float32)
        table = np.stack([self._weighted(*word) for word in places])
        ones = np.ones(len(indices), dtype=np.float32)
        total = csr_matrix((ones, indices, indptr), shape=(len(clauses), len(places))) @ table
        lengths = np.linalg.norm(total, axis=1, keepdims=True)
        means: np.ndarray = total / np.where(lengths > 0, lengths, 1)
        return means

    def _compute_weighted(self, norm: str, lemma_: str) -> np.ndarray:
        vector = self._vectors.of(norm)
        if vector is None:
            return np.zeros(len(self._axes), dtype=np.float32)
        column = self._words.columns.get(f"l={lemma_}")
        weight = self._rarest if column is None else float(self._words.idf[column])
        weighted: np.ndarray = weight * (self._axes @ vector)
        return weighted

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
        words, letters_ = _load(folder, "words", _itself), _load(folder, "letters", letters)
        return cls(words, letters_, vectors, np.load(folder / "axes.npy"))


def _load(folder: Path, name: str, expand: Expand) -> Weights:
    features = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    columns = {feature: column for column, feature in enumerate(features)}
    return Weights(columns, np.load(folder / f"{name}.npy"), expand)
