"""The model behind `QuestionClassifier`: margins over parts and whole of a message, made probabilities."""

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix

from engine.nlu.clauses import Span, Starters, best_split, spans, sureness
from engine.nlu.features import Clause, Features
from engine.nlu.joins import ALONE


class Guess(NamedTuple):
    intent: str
    confidence: float
    position: int  # of the first term of the part that says it


@dataclass(frozen=True)
class Linear:
    """One hyperplane per intent; `coefficients` has a column each, C-ordered, else SciPy copies all of it."""

    coefficients: np.ndarray
    intercepts: np.ndarray

    def margins(self, rows: csr_matrix) -> np.ndarray:
        return np.asarray(rows @ self.coefficients) + self.intercepts


class Evidence(NamedTuple):
    """What the calibration sees of a message: a row of signals per intent."""

    signals: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True)
class Reader:
    """Reads a message whole and in parts: the machine for parts has seen phrases with one intent only."""

    features: Features
    whole: Linear
    parts: Linear
    starters: Starters


def evidence(clauses: Sequence[Clause], reader: Reader) -> List[Evidence]:
    """Of each clause; many at once cost a fraction of one by one."""
    boundaries = [reader.starters.boundaries(clause) for clause in clauses]
    candidates = [spans(clause, edges) for clause, edges in zip(clauses, boundaries, strict=False)]
    rows = reader.features.rows(
        [clause.part(*span) for clause, own in zip(clauses, candidates, strict=False) for span in own]
    )
    ends = np.cumsum([len(own) for own in candidates])
    wholes = [
        end - len(own) + own.index((0, len(clause.terms)))
        for clause, own, end in zip(clauses, candidates, ends, strict=False)
    ]
    of_wholes = reader.whole.margins(rows[wholes])
    of_parts = np.split(reader.parts.margins(rows), ends[:-1])
    return [
        Evidence(
            _signals(of_whole, margins, own, reader.features.known_share(clause)),
            _positions(own, edges, margins),
        )
        for clause, edges, own, of_whole, margins in zip(
            clauses, boundaries, candidates, of_wholes, of_parts, strict=False
        )
    ]


def _signals(
    of_whole: np.ndarray, margins: np.ndarray, candidates: Sequence[Span], known_share: float
) -> np.ndarray:
    chosen = best_split(candidates, sureness(margins))
    parts = margins[chosen]
    intents = np.arange(parts.shape[1])
    strongest = parts.argmax(axis=0)
    highest = parts[strongest, intents]
    is_top = np.isin(intents, parts.argmax(axis=1))
    lengths = np.array([candidates[index][1] - candidates[index][0] for index in chosen])
    signals = np.column_stack(
        (
            of_whole,
            of_whole - _rivals(of_whole[np.newaxis])[0],
            of_whole == of_whole.max(),
            highest,
            highest - _rivals(parts)[strongest, intents],
            is_top,
            is_top * np.minimum(lengths[strongest], 6) / 6,
            is_top * (1 - known_share),
            np.full(len(intents), np.log(len(chosen))),
        )
    )
    # A message in one part and one in several are weighed apart.
    return np.hstack((signals, signals * (len(chosen) > 1)))


def _rivals(margins: np.ndarray) -> np.ndarray:
    """In each row, what every intent must beat: the highest margin of the others."""
    rows = np.arange(len(margins))
    first = margins.argmax(axis=1)
    second = np.partition(margins, -2, axis=1)[:, -2]
    rivals = np.repeat(margins[rows, first][:, np.newaxis], margins.shape[1], axis=1)
    rivals[rows, first] = second
    return rivals


def _positions(candidates: Sequence[Span], boundaries: Sequence[int], margins: np.ndarray) -> np.ndarray:
    """Where the smallest part begins that says each intent most clearly."""
    edges = [0, *boundaries, max(last for _, last in candidates)]
    atoms = [candidates.index(span) for span in pairwise(edges)]
    starts = np.array([candidates[index][0] for index in atoms])
    positions: np.ndarray = starts[margins[atoms].argmax(axis=0)]
    return positions


@dataclass(frozen=True)
class Calibration:
    """Logistic regression over the signals, one intercept per intent, and the lines it is cut at."""

    weights: np.ndarray
    intercepts: np.ndarray
    said: float = 0.5  # an intent at least this probable was said
    guessed: float = 0.3  # the best one below this is no understanding at all

    def probabilities(self, signals: np.ndarray) -> np.ndarray:
        scores: np.ndarray = 1 / (1 + np.exp(-(signals @ self.weights + self.intercepts)))
        return scores


@dataclass(frozen=True)
class QuestionModel:
    intents: Tuple[str, ...]
    reader: Reader
    calibration: Calibration

    def ranking(self, clause: Clause) -> List[Guess]:
        """Every intent, the most probable first."""
        if not clause.terms:
            return []
        (seen,) = evidence([clause], self.reader)
        probabilities = self.calibration.probabilities(seen.signals)
        guesses = [
            Guess(*row)
            for row in zip(self.intents, probabilities.tolist(), seen.positions.tolist(), strict=False)
        ]
        return sorted(guesses, key=lambda guess: (-guess.confidence, guess.intent))

    def said(self, ranking: Sequence[Guess]) -> List[Guess]:
        """The intents of the message in the order they were said; none when nothing is sure."""
        return said(ranking, self.calibration)

    def save(self, folder: Path) -> None:
        self.reader.features.save(folder)
        facts = {
            "intents": self.intents,
            "starters": sorted(self.reader.starters.words),
            "said": self.calibration.said,
            "guessed": self.calibration.guessed,
        }
        (folder / "model.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        np.savez(
            folder / "linear.npz",
            whole=self.reader.whole.coefficients,
            whole_intercepts=self.reader.whole.intercepts,
            parts=self.reader.parts.coefficients,
            parts_intercepts=self.reader.parts.intercepts,
            weights=self.calibration.weights,
            offsets=self.calibration.intercepts,
        )

    @classmethod
    def load(cls, folder: Path) -> "QuestionModel":
        facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "linear.npz") as data:
            whole = Linear(data["whole"], data["whole_intercepts"])
            parts = Linear(data["parts"], data["parts_intercepts"])
            calibration = Calibration(data["weights"], data["offsets"], facts["said"], facts["guessed"])
        reader = Reader(Features.load(folder), whole, parts, Starters(facts["starters"]))
        return cls(tuple(facts["intents"]), reader, calibration)


def said(ranking: Sequence[Guess], calibration: Calibration) -> List[Guess]:
    if not ranking or ranking[0].confidence < calibration.guessed:
        return []
    if ranking[0].intent in ALONE:  # a joke with a price in it asks no price
        return [ranking[0]]
    sure = [g for g in ranking if g.confidence >= calibration.said and g.intent not in ALONE] or [ranking[0]]
    return sorted(sure, key=lambda guess: (guess.position, -guess.confidence))


def cut(calibration: Calibration, said_at: float, guessed_at: float) -> Calibration:
    return replace(calibration, said=said_at, guessed=guessed_at)
