"""A clause as a row of numbers: words, lemmas, pairs, letters, what was named, and its dense vectors.

Cars, numbers and contacts are masked by what they are, so that no intent is learnt from a model name.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, hstack

from engine.nlu.entities.model import Word
from engine.nlu.morphology import lemma
from engine.nlu.sentences import DIMENSIONS, Reading, Sentences, Span
from engine.nlu.vectors import Vectors
from engine.nlu.weights import Rows, Weights, letters

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
WORD_COLUMNS = 64  # as good as all 300 and six times faster to learn
SENTENCE_COLUMNS = 128  # of 512; more are no better
ENOUGH_FOR_AXES = 4000  # clauses
# What the sentence encoder reads for a masked entity: a plain word of its kind.
STANDS_FOR = {
    "<make>": ("машина",),
    "<model>": ("машина",),
    "<number>": ("5",),
    "<amount>": ("500", "тысяч"),
    "<phone>": ("8", "916", "123", "45", "67"),
    "<email>": ("почта",),
    "<year>": ("2018",),
    "<person>": ("сергей",),
    "<mileage>": ("100000", "км"),
    "<monthly_payment>": ("20", "тысяч"),
    "<down_payment>": ("200", "тысяч"),
    "<term>": ("3", "года"),
    "<vin>": ("vin",),
    "<vin_tail>": ("1234",),
    "<plate>": ("номер",),
    "<listing_url>": ("ссылка",),
    "<power>": ("150",),
    "<engine_volume>": ("1.6",),
    "<time>": ("15:00",),
    "<day>": ("завтра",),
    "<city>": ("москва",),
}
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
    reading: Optional[Reading] = None  # of the sentence encoder: of whole messages only

    @classmethod
    def of(cls, words: Sequence[Word], named: Named) -> "Clause":
        return cls(tuple(terms(words, named)), tuple(_concepts(named)))

    def part(self, first: int, last: int) -> "Clause":
        inside = self.terms[first:last]
        start = inside[0].start
        end = self.terms[last].start if last < len(self.terms) else float("inf")
        return Clause(inside, tuple((at, name) for at, name in self.concepts if start <= at < end))

    def then(self, between: Sequence[str], other: "Clause") -> "Clause":
        """Both, with words between."""
        shift = self.terms[-1].start + 1 if self.terms else 0
        words = tuple(Term(word, word, shift + place) for place, word in enumerate(between))
        shift += len(between)
        moved = tuple(Term(t.norm, t.lemma, t.start + shift, t.masked) for t in other.terms)
        concepts = self.concepts + tuple((at + shift, n) for at, n in other.concepts)
        read = self.reading and other.reading and self.reading.then(len(between), other.reading)
        return Clause(self.terms + words + moved, concepts, read)


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


def spelled_words(clause: Clause) -> Iterator[str]:
    return (term.norm for term in clause.terms if not term.masked)


class Dense(NamedTuple):
    """What is known of Russian words and sentences before the first phrase is seen."""

    words: Vectors
    sentences: Sentences

    def read(self, clauses: Sequence[Clause]) -> List[Clause]:
        """The same clauses, each read by the sentence encoder once."""
        unread = [clause for clause in clauses if clause.reading is None]
        readings = iter(self.sentences.read([_spelled(clause) for clause in unread]))
        return [c if c.reading else replace(c, reading=next(readings)) for c in clauses]


class Axes(NamedTuple):
    """The directions in which the vectors of the phrases differ most."""

    words: np.ndarray
    sentences: np.ndarray


def _principal(vectors: np.ndarray, count: int) -> np.ndarray:
    # The axes of the rows' scatter: as by singular values of the rows, at a tenth of the cost.
    spread, axes = np.linalg.eigh(vectors.T @ vectors)
    chosen: np.ndarray = axes.T[np.argsort(-spread)[:count]]
    return chosen


class Parts(NamedTuple):
    """Parts of clauses: their words, their letters, and their dense vectors side by side."""

    words: Rows
    letters: Rows
    dense: np.ndarray


def wholes(clauses: Sequence[Clause]) -> List[List[Span]]:
    return [[(0, len(clause.terms))] for clause in clauses]


def _spelled(clause: Clause) -> List[Tuple[str, ...]]:
    """What the sentence encoder reads for each term; once for a make and its model."""
    read: List[Tuple[str, ...]] = []
    for term in clause.terms:
        words = STANDS_FOR.get(term.norm, (term.norm,))
        repeats = term.masked and any(words == before for before in read[-1:])
        read.append(() if repeats else words)
    return read


class Features:
    """Parts of clauses to rows: words and letters as sparse columns, then the mean vector of the words and
    the vector of the part as a sentence."""

    def __init__(self, words: Weights, letters_: Weights, dense: Dense, axes: Axes) -> None:
        self._words, self._letters, self._dense, self._axes = words, letters_, dense, axes
        self._rarest = float(words.idf.max()) if len(words.idf) else 1.0
        self._nothing = np.zeros(len(axes.words), dtype=np.float32)
        self._weighted_word = lru_cache(maxsize=20_000)(self._compute_weighted)

    @classmethod
    def learn(cls, clauses: Sequence[Clause], dense: Dense) -> "Features":
        words = Weights.learn([word_features(clause) for clause in clauses])
        letters_ = Weights.learn([spelled_words(clause) for clause in clauses], letters)
        all_axes = Axes(*(np.eye(count, dtype=np.float32) for count in (dense.words.dimensions, DIMENSIONS)))
        whole = cls(words, letters_, dense, all_axes)
        some = clauses[:: max(1, len(clauses) // ENOUGH_FOR_AXES)]
        of_words = _principal(whole._means(some, wholes(some)), WORD_COLUMNS)
        of_sentences = _principal(whole.sentences(some, wholes(some)), SENTENCE_COLUMNS)
        return cls(words, letters_, dense, Axes(of_words, of_sentences))

    def read(self, clause: Clause, boundaries: Sequence[int]) -> Clause:
        """The clause as the sentence encoder reads it, for parts that begin at `boundaries`."""
        (reading,) = self._dense.sentences.read([_spelled(clause)], [boundaries])
        return replace(clause, reading=reading)

    def sentences(self, clauses: Sequence[Clause], spans: Sequence[Sequence[Span]]) -> np.ndarray:
        """The vector of each span of terms of each clause, in order."""
        readings = [clause.reading for clause in clauses if clause.reading]
        return self._dense.sentences.vectors(readings, spans) @ self._axes.sentences.T

    @property
    def widths(self) -> Tuple[int, int]:
        """Columns of words, columns of letters."""
        return len(self._words), len(self._letters)

    def parts(
        self, clauses: Sequence[Clause], spans: Sequence[Sequence[Span]], sentences: np.ndarray
    ) -> Parts:
        """A row for each span, in order, with the vectors that `sentences` gave."""
        cut = [clause.part(*span) for clause, own in zip(clauses, spans, strict=False) for span in own]
        words = self._words.rows([word_features(part) for part in cut])
        letters_ = self._letters.rows([spelled_words(part) for part in cut])
        return Parts(words, letters_, np.hstack((self._means(clauses, spans), sentences)))

    def matrix(self, parts: Parts) -> csr_matrix:
        words, letters_ = parts.words.matrix(len(self._words)), parts.letters.matrix(len(self._letters))
        return hstack([words, letters_, csr_matrix(parts.dense)], format="csr")

    def _means(self, clauses: Sequence[Clause], spans: Sequence[Sequence[Span]]) -> np.ndarray:
        """A unit vector for each span; zeros where no word has one."""
        totals = [np.zeros((0, len(self._axes.words)), dtype=np.float32)]
        for clause, own in zip(clauses, spans, strict=False):
            running = np.cumsum([self._nothing, *(self._weighted(term) for term in clause.terms)], axis=0)
            first, last = np.array(own).T
            totals.append(running[last] - running[first])
        total = np.concatenate(totals)
        lengths = np.linalg.norm(total, axis=1, keepdims=True)
        means: np.ndarray = total / np.where(lengths > 0, lengths, 1)
        return means

    def _weighted(self, term: Term) -> np.ndarray:
        return self._nothing if term.masked else self._weighted_word(term.norm, term.lemma)

    def _compute_weighted(self, norm: str, lemma_: str) -> np.ndarray:
        vector = self._dense.words.of(norm)
        if vector is None:
            return self._nothing
        column = self._words.of(f"l={lemma_}")
        weight = float(self._words.idf[column[0]]) if len(column) else self._rarest
        weighted: np.ndarray = weight * (self._axes.words @ vector)
        return weighted

    def known_share(self, clause: Clause) -> float:
        """How much of the clause the training phrases know: gibberish has a share near zero."""
        known = sum(term.masked or len(self._words.of(f"l={term.lemma}")) > 0 for term in clause.terms)
        return known / max(1, len(clause.terms))

    def save(self, folder: Path) -> None:
        self._words.save(folder / "words.npz")
        self._letters.save(folder / "letters.npz")
        np.savez(folder / "axes.npz", words=self._axes.words, sentences=self._axes.sentences)
        self._dense.words.save(folder)
        self._dense.sentences.save(folder)

    @classmethod
    def load(cls, folder: Path) -> "Features":
        dense = Dense(Vectors.load(folder), Sentences.load(folder))
        words, letters_ = Weights.load(folder / "words.npz"), Weights.load(folder / "letters.npz", letters)
        with np.load(folder / "axes.npz") as data:
            axes = Axes(data["words"], data["sentences"])
        return cls(words, letters_, dense, axes)
